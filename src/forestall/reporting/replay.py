"""Several moments of one crisis beside what happened: the table with which the demo closes."""

from collections.abc import Iterable
from datetime import date, datetime

import polars as pl

from forestall.core.moments import parse_moment
from forestall.crisis import Crisis
from forestall.reporting.desk import ARMS, Desk
from forestall.reporting.reckoning import Reckoning, at_moment, counts_of, fan_of, half_of, reckon
from forestall.reporting.writing import day

COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "moment": pl.Datetime("us", "UTC"),
    "mode": pl.String,
    "arm": pl.String,
    "by": pl.Datetime("us", "UTC"),
    "q05": pl.Float64,
    "median": pl.Float64,
    "q95": pl.Float64,
    "counted": pl.Float64,
    "position": pl.String,
    "half_low": pl.Datetime("us", "UTC"),
    "half_median": pl.Datetime("us", "UTC"),
    "half_high": pl.Datetime("us", "UTC"),
    "half_counted": pl.Datetime("us", "UTC"),
    "horizon_end": pl.Datetime("us", "UTC"),
    "verdict": pl.String,
}


def replay_table(
    crises: Iterable[Crisis], *, outcome: Crisis, by: str | date | datetime | None = None
) -> pl.DataFrame:
    """Return one row per moment and arm: what the replay said, what was counted, the verdict.

    Parameters
    ----------
    crises : iterable of Crisis
        The crisis after its stages, at several moments.
    outcome : Crisis
        The whole crisis; its counts are known only later.
    by : str, date or datetime, optional
        Moment of the comparison; ``replay_by`` in the section ``[report]`` of crisis.toml where None,
        else the last count within each horizon.

    Returns
    -------
    polars.DataFrame
        Columns moment, mode, arm, by, q05, median, q95, counted (people), position, half_low,
        half_median, half_high, half_counted, horizon_end (where it lies before ``by``), verdict.
    """
    rows = [_row(Desk(crisis, outcome, crisis.plan.report), arm, by) for crisis in crises for arm in ARMS]
    kept = [row for row in rows if row is not None]
    return pl.DataFrame(kept, schema=COLUMNS, orient="row")


def _row(desk: Desk, arm: str, by: str | date | datetime | None) -> dict[str, object] | None:
    """Return one row of the table, or None where the arm was not run."""
    asked = by if by is not None else desk.options.replay_by
    end = parse_moment(asked, desk.zone) if asked is not None else None
    found = reckon(desk, arm, by=end)
    if found is None:
        return None
    found = _at(desk, found, end)
    return {
        "moment": desk.moment,
        "mode": desk.crisis.mode,
        "arm": arm,
        "by": found.at,
        "q05": found.q05,
        "median": found.q50,
        "q95": found.q95,
        "counted": found.counted,
        "position": found.position,
        "half_low": found.half.low,
        "half_median": found.half.median,
        "half_high": found.half.high,
        "half_counted": found.half.counted,
        "horizon_end": found.horizon_end,
        "verdict": in_words(found),
    }


def _at(desk: Desk, found: Reckoning, end: datetime | None) -> Reckoning:
    """Return the reckoning at the moment asked for, against the last count by then, also past the horizon."""
    place, counts = desk.entry, [c for c in counts_of(desk, desk.entry) if end is None or c.at <= end]
    fan = fan_of(desk, found.arm, place) if place else None
    if (
        end is None
        or place is None
        or fan is None
        or found.counted is not None
        or not any(c.later for c in counts)
    ):
        return found
    low, _, middle, _, high = at_moment(fan, end)
    half = half_of(desk, found.arm, place, end, counts)
    past = fan.at[-1] if fan.at[-1] < end else None
    return Reckoning(found.arm, end, counts[-1].people, low, middle, high, 1, 0, half, past)


def in_words(found: Reckoning) -> str:
    """Return the verdict on one replay in a few words.

    Examples
    --------
    >>> from datetime import UTC
    >>> from forestall.reporting.reckoning import Half
    >>> at = datetime(2023, 10, 3, tzinfo=UTC)
    >>> in_words(Reckoning("if it happens", at, 100.0, 10, 50, 200, 3, 3, Half(None, None, None, None)))
    'inside the 90 % band; median 50 % too low'
    """
    if found.counted is None:
        return "no count falls within the horizon"
    where = {
        "inside": "inside the 90 % band",
        "above": "more came than the 90 % band held: too low",
        "below": "fewer came than the 90 % band held: too high",
        "not comparable": "not comparable",
    }[found.position]
    past = [f"its horizon had ended {day(found.horizon_end)}"] if found.horizon_end else []
    return "; ".join([*past, where, *_median_words(found), *_half_words(found)])


def _median_words(found: Reckoning) -> list[str]:
    """Return by how much the median was off, where a count stands to compare."""
    if found.ratio is None:
        return []
    if abs(found.ratio) < 0.1:
        return ["median within 10 % of the count"]
    if found.ratio > 1:
        return [f"median {found.ratio + 1:.1f} times the count"]
    return [f"median {abs(found.ratio) * 100:.0f} % too {'high' if found.ratio > 0 else 'low'}"]


def _half_words(found: Reckoning) -> list[str]:
    """Return by how much the timing was off."""
    late = found.half.hours_late
    if late is None:
        return []
    if abs(late) < 6:
        return ["half of its arrivals come within 6 hours of the counted moment"]
    amount = f"{abs(late) / 24:.0f} days" if abs(late) >= 72 else f"{abs(late):.0f} hours"
    return [f"half of its arrivals come {amount} too {'late' if late > 0 else 'early'}"]
