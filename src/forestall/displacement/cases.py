"""Named cases of flight by what happened to the place, and the pace of flight in long wars.

Cases of both sides stand in one table, by one rule. What is recalled says so; a replay reads only
cases that were over and public by its moment, so that it never learns from itself.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from forestall.core.errors import CrisisError, Finding
from forestall.core.names import nearest

REGIMES = (
    "control lost or given up",
    "fighting in the town",
    "raids and insecurity around",
    "closure without fighting",
)
BASES = ("reported", "partly recalled", "recalled", "derived")
PAIRS = ("people_before", "share_30d", "share_90d")


@dataclass(frozen=True, slots=True)
class Case:
    """What people did when something happened to the place they lived in.

    Parameters
    ----------
    case, group, side, place, iso3 : str
        Name, whose people, whether their side lost the place or kept it, where.
    day : date
        Day on which it happened or began.
    regime : str
        One of :data:`REGIMES`.
    people_before, share_30d, share_90d : tuple of float or None
        Low and high: people before, share gone after 30 and 90 days; None where not known.
    days_until_road_usable : float or None
        Days until a road out could be used.
    over_by : date
        Day from which the case was public and over.
    source, basis, confidence, note : str
        Where it comes from, and whether it was read or is recalled.
    """

    case: str
    group: str
    side: str
    place: str
    iso3: str
    day: date
    regime: str
    people_before: tuple[float, float] | None
    share_30d: tuple[float, float] | None
    share_90d: tuple[float, float] | None
    days_until_road_usable: float | None
    over_by: date
    source: str
    basis: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class Pace:
    """Shares of an area's people that left in a month of a long war, over many areas and months.

    Parameters
    ----------
    war, iso3, regime, unit : str
        Which war, what happens to the places, what one cell is.
    over_by : date
        Day from which the counts were public.
    cells : int
        Areas times months with any flight.
    median, q95, q99, most : float
        Quantiles of the share.
    source, basis : str
        Where the counts come from.
    """

    war: str
    iso3: str
    regime: str
    unit: str
    over_by: date
    cells: int
    median: float
    q95: float
    q99: float
    most: float
    source: str
    basis: str


def load_cases(known_by: date | None = None, regime: str | None = None) -> tuple[Case, ...]:
    """Return the shipped cases, only those over and public before a day where one is given.

    Parameters
    ----------
    known_by : date, optional
        Day of the replay; a case that was over on or after it is left out.
    regime : str, optional
        One of :data:`REGIMES`.

    Raises
    ------
    CrisisError
        With every fault of the table.

    Examples
    --------
    >>> from datetime import date
    >>> old = load_cases(date(2010, 1, 1), "control lost or given up")
    >>> max(case.over_by.year for case in old)
    2009
    """
    return tuple(
        case
        for case in _shipped_cases()
        if (known_by is None or case.over_by < known_by) and (regime is None or case.regime == regime)
    )


@cache
def _shipped_cases() -> tuple[Case, ...]:
    """Return every shipped case."""
    return read_cases(Path(str(files("forestall.displacement").joinpath("cases.csv"))))


def read_cases(path: Path) -> tuple[Case, ...]:
    """Return the cases of a file.

    Raises
    ------
    CrisisError
        With every fault: table, line, column, value, what was expected.
    """
    rows = _rows(path)
    faults = [fault for line, row in enumerate(rows, 2) for fault in _faults(line, row)]
    names = [row["case"] for row in rows]
    faults += [
        _fault(line, "case", name, "a name of its own")
        for line, name in enumerate(names, 2)
        if name in names[: line - 2]
    ]
    if faults:
        raise CrisisError(faults)
    return tuple(_case(row) for row in rows)


def load_paces(known_by: date | None = None) -> tuple[Pace, ...]:
    """Return shares that left in a month of long wars; ``bench/flight_paces.py`` computes them.

    Parameters
    ----------
    known_by : date, optional
        Day of the replay; counts public on or after it are left out.

    Examples
    --------
    >>> {pace.war for pace in load_paces()} >= {"Somalia"}
    True
    """
    path = Path(str(files("forestall.displacement").joinpath("paces.csv")))
    return tuple(pace for pace in map(_pace, _rows(path)) if known_by is None or pace.over_by < known_by)


def _rows(path: Path) -> Sequence[dict[str, str]]:
    """Return the rows of a file as text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _faults(line: int, row: Mapping[str, str]) -> Iterable[Finding]:
    """Yield what is wrong with a row."""
    for column, known in (("regime", REGIMES), ("basis", BASES)):
        if row[column] not in known:
            yield _fault(line, column, row[column], f"one of {', '.join(known)}", nearest(row[column], known))
    for column in ("case", "group", "place", "source"):
        if not row[column].strip():
            yield _fault(line, column, "", "a text")
    if len(row["iso3"]) != 3 or not row["iso3"].isupper():
        yield _fault(line, "iso3", row["iso3"], "an ISO 3166-1 alpha-3 code")
    yield from _days(line, row)
    for name in PAIRS:
        yield from _order(line, row, name)


def _days(line: int, row: Mapping[str, str]) -> Iterable[Finding]:
    """Yield faults of the days: not a day, or over before it began."""
    days = {}
    for column in ("date", "over_by"):
        try:
            days[column] = date.fromisoformat(row[column])
        except ValueError:
            yield _fault(line, column, row[column], "a day such as 1995-08-05")
    if len(days) == 2 and days["over_by"] < days["date"]:
        yield _fault(
            line, "over_by", row["over_by"], f"{row['date']} or later: it is not over before it begins"
        )


def _order(line: int, row: Mapping[str, str], name: str) -> Iterable[Finding]:
    """Yield faults of a low and a high figure."""
    low, high = (row[f"{name}_{end}"] for end in ("low", "high"))
    most = 1.0 if name.startswith("share") else float("inf")
    if not low and not high:
        return
    try:
        values = float(low), float(high)
    except ValueError:
        yield _fault(line, f"{name}_low", low or high, "two numbers, or both empty")
        return
    if not 0 <= values[0] <= values[1] <= most:
        expected = "low at most high" + (", both from 0 to 1" if most == 1.0 else ", none below 0")
        yield _fault(line, f"{name}_low", f"{low} to {high}", expected)


def _fault(line: int, column: str, value: str, expected: str, close: str = "") -> Finding:
    """Return a fault of the table of cases."""
    return Finding(
        "E103", "error", "a case of flight that cannot be read", "cases", line, column, value, expected, close
    )


def _pair(row: Mapping[str, str], name: str) -> tuple[float, float] | None:
    """Return low and high, None where both are empty."""
    low, high = (row[f"{name}_{end}"] for end in ("low", "high"))
    return (float(low), float(high)) if low and high else None


def _case(row: Mapping[str, str]) -> Case:
    """Return a row as a case."""
    days = row["days_until_road_usable"]
    return Case(
        case=row["case"],
        group=row["group"],
        side=row["side"],
        place=row["place"],
        iso3=row["iso3"],
        day=date.fromisoformat(row["date"]),
        regime=row["regime"],
        people_before=_pair(row, "people_before"),
        share_30d=_pair(row, "share_30d"),
        share_90d=_pair(row, "share_90d"),
        days_until_road_usable=float(days) if days else None,
        over_by=date.fromisoformat(row["over_by"]),
        source=row["source"],
        basis=row["basis"],
        confidence=row["confidence"],
        note=row["note"],
    )


def _pace(row: Mapping[str, str]) -> Pace:
    """Return a row as a pace."""
    return Pace(
        war=row["war"],
        iso3=row["iso3"],
        regime=row["regime"],
        unit=row["unit"],
        over_by=date.fromisoformat(row["over_by"]),
        cells=int(row["cells"]),
        median=float(row["median"]),
        q95=float(row["q95"]),
        q99=float(row["q99"]),
        most=float(row["most"]),
        source=row["source"],
        basis=row["basis"],
    )
