"""Risks ahead: what to watch, where it stands, how often it happened before; or no estimate."""

from datetime import date, datetime
from itertools import pairwise
from typing import Any

import polars as pl

from forestall.action.after import after_defeat
from forestall.action.indicators import Question, follow, odds_row
from forestall.core.errors import CrisisError, Finding
from forestall.core.units import parse_duration
from forestall.crisis import Crisis
from forestall.schema import frame
from forestall.schema.indicators import indicator_fault, indicator_rows
from forestall.scoring.intervals import jeffreys_interval

FEWEST_WINDOWS = 5
NO_INDICATOR = "none"
Counted = tuple[int, int]
"""Past windows in which the risk came about, and past windows in all."""


def risk_faults(risks: pl.DataFrame) -> list[Finding]:
    """Return what is wrong with the indicators of a table of risks."""
    named = [name for name in risks["indicator"] if name != NO_INDICATOR]
    return [fault for fault in (indicator_fault(name, "risks") for name in named) if fault is not None]


def risks_register(crisis: Crisis, moment: datetime) -> pl.DataFrame:
    """Return the register of risks as it stood at the moment.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment, with the results of earlier stages.
    moment : datetime
        The moment, in UTC.

    Returns
    -------
    polars.DataFrame
        The table ``risks_register``: present value of the indicator with its interval, and the
        share of past windows in which the risk came about (Jeffreys interval), or "no estimate".

    Raises
    ------
    CrisisError
        For an unknown indicator.
    """
    faults = risk_faults(crisis["risks"])
    if faults:
        raise CrisisError(faults)
    rows = [_risk_row(crisis, row, moment) for row in crisis["risks"].iter_rows(named=True)]
    return frame("risks_register", rows).sort("risk")


def _risk_row(crisis: Crisis, row: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """Return one risk."""
    return {
        **{name: row[name] for name in ("risk", "what", "indicator", "where")},
        **_present(crisis, row, moment),
        **_base_rate(crisis, row),
    }


def _present(crisis: Crisis, row: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """Return the last known value of the indicator with its interval."""
    if row["indicator"] == NO_INDICATOR:
        return {}
    question = Question(
        argument=row["indicator"].partition(":")[2],
        where=row["where"] or "",
        window=parse_duration(row["window"]),
        threshold=0.0,
        moment=moment,
    )
    known = [point for point in follow(crisis, row["indicator"], question) if point.value is not None]
    if not known:
        return {}
    low, high = _interval(crisis, row)
    unit = indicator_rows()[row["indicator"].partition(":")[0]]["unit"]
    return {
        "value": known[-1].value, "low": low, "high": high,
        "unit": _stated_unit(crisis, row) if unit == "as stated" else unit,
        "value_from": "; ".join(known[-1].seen),
    }  # fmt: skip


def _series(crisis: Crisis, row: dict[str, Any]) -> pl.DataFrame:
    """Return the rows of a measured series, in order of date and knowledge."""
    name = row["indicator"].partition(":")[2]
    of_series = (pl.col("indicator") == name) & pl.col("value").is_not_null()
    rows = crisis["indicators"].filter(of_series)
    rows = rows.filter(pl.col("where") == row["where"]) if row["where"] else rows
    return rows.sort("date", "known_at")


def _stated_unit(crisis: Crisis, row: dict[str, Any]) -> str | None:
    """Return the unit that the rows of a series state."""
    units = _series(crisis, row)["unit"]
    return str(units[-1]) if len(units) else None


def _interval(crisis: Crisis, row: dict[str, Any]) -> tuple[float | None, float | None]:
    """Return the interval of a present value where its rows give one."""
    name = row["indicator"].partition(":")[0]
    if name == "indicator":
        last = _series(crisis, row).row(-1, named=True)
        return last["low"], last["high"]
    if name == "p_event":
        odds = odds_row(crisis, row["where"] or "", parse_duration(row["window"]))
        return (odds["p_low"], odds["p_high"]) if odds else (None, None)
    months = {"deaths_month": 1, "deaths_sum": round(parse_duration(row["window"]).days / 30.4375)}
    return _deaths_interval(crisis, row["where"], months[name]) if name in months else (None, None)


def _deaths_interval(crisis: Crisis, where: str | None, months: int) -> tuple[float | None, float | None]:
    """Return the sums of low and of high figures over the last known months."""
    of_place = crisis["deaths"].filter(
        (pl.col("where") == where) & (pl.col("period") == "month") & pl.col("best").is_not_null()
    )
    last = of_place["start"].unique().sort().tail(months)
    rows = of_place.filter(pl.col("start").is_in(last.implode())).sort("known_at", maintain_order=True)
    latest = rows.unique(["start", "violence"], keep="last", maintain_order=True)
    if latest["low"].null_count() or latest["high"].null_count():
        return None, None
    return float(latest["low"].sum()), float(latest["high"].sum())


def _base_rate(crisis: Crisis, row: dict[str, Any]) -> dict[str, Any]:
    """Return how often the risk came about before, or no estimate and why."""
    if row["base_rule"] == "none":
        return {"estimate": "no estimate: the tables hold no past cases that could be counted"}
    if row["base_rule"] == "after_defeat":
        return after_defeat(row["base_series"] or row["risk"], crisis_year(crisis))
    months = round(parse_duration(row["horizon"]).days / 30.4375)
    count = _count_deaths if row["base_rule"] == "deaths_at_least" else _count_drops
    events, windows = count(crisis, row, months)
    if windows < FEWEST_WINDOWS:
        return {
            "estimate": f"no estimate: only {windows} past windows are known, fewer than {FEWEST_WINDOWS}"
        }
    low, high = jeffreys_interval(events, windows)
    words = f"in {events} of {windows} past windows of {row['horizon']} ({low:.0%} to {high:.0%})"
    return {
        "base_rate": events / windows, "base_low": low, "base_high": high,
        "base_windows": windows, "base_events": events, "estimate": words,
    }  # fmt: skip


def crisis_year(crisis: Crisis) -> int:
    """Return the last whole year before the moment, or before the end of the period."""
    day = crisis.settings.period.end if crisis.as_of is None else crisis.local_date()
    return day.year - 1


def _count_deaths(crisis: Crisis, row: dict[str, Any], months: int) -> Counted:
    """Count the windows, back from the last known month, in which a month had so many deaths."""
    places = (row["base_where"] or row["where"] or "").split("|")
    rows = crisis["deaths"].filter(
        pl.col("where").is_in(places) & (pl.col("period") == "month") & pl.col("best").is_not_null()
    )
    key = ["where", "start", "violence"]
    latest = rows.sort("known_at", "vintage").unique(key, keep="last", maintain_order=True)
    by_place = latest.group_by("where", "start").agg(pl.col("best").sum())
    worst = by_place.group_by("start").agg(pl.col("best").max(), pl.len().alias("places"))
    whole = worst.filter(pl.col("places") == by_place["where"].n_unique())
    if row["base_threshold"] is None:
        return 0, 0
    return count_windows(dict(whole.select("start", "best").iter_rows()), months, row["base_threshold"])


def count_windows(deaths: dict[date, int], months: int, threshold: float) -> Counted:
    """Count windows of whole known months, back from the last one, that reach a threshold.

    Parameters
    ----------
    deaths : dict of date to int
        Deaths by first day of the month; a month that is missing is not known.
    months : int
        Length of a window.
    threshold : float
        Deaths in one month.

    Examples
    --------
    >>> from datetime import date
    >>> known = {date(2020, month, 1): 30 if month == 2 else 0 for month in range(1, 10)}
    >>> count_windows(known, 3, 25)
    (1, 3)
    """
    series = {day.year * 12 + day.month: value for day, value in deaths.items()}
    events = windows = 0
    end = max(series, default=0)
    while series and end - months + 1 >= min(series):
        window = [series.get(month) for month in range(end - months + 1, end + 1)]
        known = [value for value in window if value is not None]
        if len(known) == months:
            windows += 1
            events += max(known) >= threshold
        end -= months
    return events, windows


def _count_drops(crisis: Crisis, row: dict[str, Any], months: int) -> Counted:
    """Count the steps of a series over which it fell by at least so much."""
    rows = crisis["indicators"].filter(
        (pl.col("indicator") == row["base_series"]) & pl.col("value").is_not_null()
    )
    places = (row["base_where"] or row["where"] or "").split("|") if row["base_threshold"] is not None else []
    events = windows = 0
    for place in places:
        of_place = rows.filter(pl.col("where") == place).sort("date", "known_at")
        latest = of_place.unique("date", keep="last", maintain_order=True)
        found = count_drops(list(latest.select("date", "value").iter_rows()), months, row["base_threshold"])
        events, windows = events + found[0], windows + found[1]
    return events, windows


def count_drops(series: list[tuple[date, float]], months: int, threshold: float) -> Counted:
    """Count the steps of about the horizon over which a series fell by at least a threshold.

    Parameters
    ----------
    series : list of (date, value)
        In order of date.
    months : int
        Horizon; a step counts when it is within a quarter of it.
    threshold : float
        Fall, in the unit of the series.

    Examples
    --------
    >>> from datetime import date
    >>> count_drops([(date(2020 + year, 1, 1), value) for year, value in enumerate((9, 9, 5, 6))], 12, 3)
    (1, 3)
    """
    events = windows = 0
    for (start, before), (end, after) in pairwise(series):
        if abs((end - start).days / 30.4375 - months) <= months / 4:
            windows += 1
            events += before - after >= threshold
    return events, windows
