"""conflicts.csv, sim_period.csv and location_changes.csv."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from forestall.core.names import nearest
from forestall.flee.reading.cells import Notes, date_of, number_of, read_rows
from forestall.flee.reading.places import Kind, PlaceRow, kind_of

CONFLICTS = "conflicts.csv"
PERIOD = "sim_period.csv"
CHANGES = "location_changes.csv"
MAX_DAYS = 36_525


def read_period(path: Path, notes: Notes) -> tuple[date, int] | None:
    """Read start and length in days; None, with a finding, where they cannot be made out."""
    comments, rows = read_rows(path, notes)
    values = {row.cell(0).lower(): row.cell(1) for row in [*comments, *rows]}
    start, length = date_of(values.get("startdate", "")), number_of(values.get("length", ""))
    if start is None or length is None or not 1 <= length <= MAX_DAYS:
        notes.add(
            "E484",
            "error",
            "start or length of the period cannot be read",
            PERIOD,
            value=str(values)[:80],
            expected=f"StartDate,YYYY-MM-DD and Length,N with N from 1 to {MAX_DAYS:,}",
        )
        return None
    return start, int(length)


def conflicts_by_date(places: Mapping[str, PlaceRow], days: int) -> dict[str, list[float]]:
    """Return columns of conflict from the days of conflict of the places."""
    return {
        name: [1.0 if day >= (place.conflict_date or 0) else 0.0 for day in range(days)]
        for name, place in places.items()
        if place.kind == "conflict"
    }


def read_conflicts(
    path: Path, places: Mapping[str, PlaceRow], days: int, notes: Notes
) -> dict[str, list[float]]:
    """Read the strength of conflict by place and day; rows are days in the order of the file."""
    comments, rows = read_rows(path, notes)
    if comments:
        header = comments[0].cells
    elif rows:
        header, rows = rows[0].cells, rows[1:]
    else:
        notes.refused("a table without any row", CONFLICTS)
        return {}
    wanted = {column: name for column, name in enumerate(header) if column and name}
    for name in wanted.values():
        if name not in places:
            notes.refused(
                "a conflict in an unknown place", CONFLICTS, column=name, nearest=nearest(name, places)
            )
    given = [number_of(row.cell(0)) for row in rows]
    if given != [float(i) for i in range(len(rows))]:
        notes.add(
            "W493",
            "warning",
            "the days are not 0, 1, 2, ...: rows are taken in the order of the file, as in the peer",
            CONFLICTS,
        )
    table = {name: _column(rows, column, name, notes) for column, name in wanted.items() if name in places}
    return {name: _fitted(values, days) for name, values in _noted(table, len(rows), days, notes).items()}


def _column(rows: list, column: int, name: str, notes: Notes) -> list[float]:  # type: ignore[type-arg]
    values = [number_of(row.cell(column)) for row in rows]
    wrong = sum(value is None or value < 0 for value in values)
    if wrong:
        notes.refused(
            f"{wrong} strengths that are no number from 0 on; they count as 0", CONFLICTS, column=name
        )
    return [0.0 if value is None or value < 0 else value for value in values]


def _noted(table: dict[str, list[float]], rows: int, days: int, notes: Notes) -> dict[str, list[float]]:
    if rows < days:
        notes.mended(
            f"the table ends on day {rows - 1} of {days - 1}: its last row holds until the end", CONFLICTS
        )
    late = [name for name, values in table.items() if any(v > 0 for v in values[days:])]
    if late:
        notes.add(
            "N386", "note", "conflict outside the period is not used", CONFLICTS, value=", ".join(late)[:80]
        )
    return table


def _fitted(values: list[float], days: int) -> list[float]:
    """Return exactly so many days; the last value holds where there are too few."""
    last = values[-1] if values else 0.0
    return (values + [last] * days)[:days]


def read_changes(path: Path, places: Mapping[str, PlaceRow], notes: Notes) -> list[tuple[str, Kind, int]]:
    """Read changes of type: place, new type, day."""
    _, rows = read_rows(path, notes)
    found = []
    for row in rows:
        name, kind, day = row.cell(0), kind_of(row.cell(1)), number_of(row.cell(2))
        if (
            name not in places
            or day is None
            or kind in ("untyped", "marker")
            or places[name].kind == "marker"
        ):
            notes.refused(
                "a change of type of an unknown place, without a day, or of or to a marker",
                CHANGES,
                row=row.line,
                value=",".join(row.cells)[:60],
                nearest=nearest(name, places),
            )
            continue
        found.append((name, kind, int(day)))
    return found
