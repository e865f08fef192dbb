"""A closed area: how its stocks run down, and when each item runs out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.core.moments import end_of_day
from forestall.core.random import uniforms
from forestall.core.units import parse_duration
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.quantiles import draw_mean, draw_quantiles
from forestall.preparedness.reports import first_report, report_rows
from forestall.roads import SHUT
from forestall.schema import empty, frame

if TYPE_CHECKING:
    from forestall.crisis import Crisis

VARIANTS = (("as reported", 1.0), ("half", 0.5), ("double", 2.0))
TABLES = ("closure_stock", "closure_exhaustion", "closure_reports")
WEEK = 7
ASSUMED = "assumption"
"""Basis of a row that nobody reported."""


def run_down(stock: Floats, inflow: Floats, use: Floats) -> tuple[Floats, Floats]:
    r"""Run a stock down day by day.

    .. math:: S_t = \max(0,\; S_{t-1} + \mathrm{inflow}_t - \mathrm{use}_t), \qquad
        m_t = \min\left(1,\; \frac{S_{t-1} + \mathrm{inflow}_t}{\mathrm{use}_t}\right)

    Parameters
    ----------
    stock
        Stock before the first day, shape (draws,).
    inflow, use
        What comes in and what would be used each day (ration x people), shape (draws, days).

    Returns
    -------
    tuple of ndarray
        What is left at the end of each day, and the share of the use that is met.

    Examples
    --------
    >>> left, met = run_down(np.array([25.0]), np.zeros((1, 3)), np.full((1, 3), 10.0))
    >>> left.tolist(), met.tolist()
    ([[15.0, 5.0, 0.0]], [[1.0, 1.0, 0.5]])
    """
    left, met = np.empty(use.shape), np.ones(use.shape)
    held = np.array(stock, dtype=np.float64)
    for day in range(use.shape[1]):
        there, wanted = held + inflow[:, day], use[:, day]
        np.divide(there, wanted, out=met[:, day], where=there < wanted)
        held = np.maximum(0.0, there - wanted)
        left[:, day] = held
    return left, met


def days_until_out(met: Floats) -> Floats:
    """Return the days until the use is first not met, counted from 1; infinite where it always is.

    Examples
    --------
    >>> days_until_out(np.array([[1.0, 1.0, 0.5], [1.0, 1.0, 1.0]])).tolist()
    [3.0, inf]
    """
    short = met < 1
    return np.where(short.any(axis=1), short.argmax(axis=1) + 1.0, np.inf)


def days_until_reopening(closed_days: int, chances: Floats) -> Floats:
    r"""Draw how much longer a closure lasts that has lasted some days, knowing nothing else.

    .. math:: P(T > d + s \mid T > d) = \frac{d}{d + s}

    Parameters
    ----------
    closed_days
        Days closed so far, at least 1.
    chances
        Uniform numbers in (0, 1), one per draw.

    References
    ----------
    Gott, J. R. (1993), Implications of the Copernican principle for our future prospects,
    Nature 363:315-319, https://doi.org/10.1038/363315a0

    Examples
    --------
    >>> days_until_reopening(100, np.array([0.5])).tolist()
    [100.0]
    """
    return max(closed_days, 1) * (1 / np.clip(chances, 1e-9, 1) - 1)


def closed_since(log: pl.DataFrame, corridors: Sequence[str], at: datetime | None) -> datetime | None:
    """Return since when all of these corridors are shut at a moment, or None where one is not.

    Parameters
    ----------
    log
        Table ``corridor_status``.
    corridors
        Corridors that lead into the area.
    at
        Moment; None = the end of the log.
    """
    starts = [_shut_since(log.filter(pl.col("corridor") == corridor), at) for corridor in corridors]
    shut = [start for start in starts if start is not None]
    return max(shut) if shut and len(shut) == len(starts) else None


def _shut_since(log: pl.DataFrame, at: datetime | None) -> datetime | None:
    """Return when the present spell of being shut began, or None where the corridor is not shut."""
    rows = log if at is None else log.filter(pl.col("effective") <= at)
    latest = rows.sort("effective", "known_at").unique(["effective"], keep="last", maintain_order=True)
    since = None
    for status, effective in latest.select("status", "effective").iter_rows():
        since = (since or effective) if status in SHUT else None
    return since


@dataclass(frozen=True, eq=False)
class Closure:
    """One closed area over its days.

    Attributes
    ----------
    people
        People inside, shape (draws, days).
    open_again
        Whether the area is open again, shape (draws, days).
    known_days
        Days up to the moment; the rest lies ahead.
    """

    place: str
    dates: tuple[date, ...]
    people: Floats
    open_again: Any
    weights: Floats
    known_days: int


def closure_tables(crisis: Crisis, options: PrepareOptions) -> dict[str, pl.DataFrame]:
    """Run the stocks of each closed area down from the day it was closed.

    Returns
    -------
    dict
        The tables ``closure_stock``, ``closure_exhaustion`` and ``closure_reports``; empty
        where no area of ``closure_items`` is closed at the moment.
    """
    rows: dict[str, list[Any]] = {table: [] for table in TABLES}
    for (place,), items in (
        crisis["closure_items"].sort("place", "item").group_by("place", maintain_order=True)
    ):
        closure = _closure(crisis, str(place), items, options)
        if closure is None:
            continue
        reports = list(report_rows(crisis["access"], closure.dates[0], items, options))
        rows["closure_reports"] += reports
        for item in items.iter_rows(named=True):
            reported = first_report(reports, item["item"])
            for variant, factor in VARIANTS:
                left, met = _item_run(crisis, closure, item, factor, options, crisis["inflows"])
                label = {"variant": variant, "place": closure.place, "item": item["item"]}
                rows["closure_stock"] += list(_stock_rows(closure, label, item["unit"], (left, met), options))
                then = _item_run(crisis, closure, item, factor, options, _known_then(crisis, closure))[1]
                days = (_median_day(closure, then), _median_day(closure, met), reported)
                beside = {"when_closed": days[0], "first_reported": reported, "words": beside_reports(*days)}
                rows["closure_exhaustion"] += list(_exhaustion_rows(closure, label | beside, met, options))
    unique = {name: list({tuple(r.items()): r for r in found}.values()) for name, found in rows.items()}
    return {name: frame(name, found) if found else empty(name) for name, found in unique.items()}


def _closure(crisis: Crisis, place: str, items: pl.DataFrame, options: PrepareOptions) -> Closure | None:
    """Return the area with its people and days, or None where it is not closed."""
    corridors = sorted({name for text in items["corridors"] for name in text.split("|") if name})
    since = closed_since(crisis["corridor_status"], corridors, crisis.as_of)
    episodes = crisis["episodes"].sort("draw").head(options.draws)
    if since is None or not episodes.height:
        return None
    first, today = since.astimezone(crisis.zone).date(), crisis.local_date()
    ahead = round(parse_duration(options.closure_horizon).days)
    known = (today - first).days + 1
    dates = tuple(first + timedelta(days=n) for n in range(known + ahead))
    numbers = episodes["draw"].to_numpy()
    chances = uniforms(options.seed, "closure-reopens", numbers, place=place)
    reopens = known + days_until_reopening(known, chances)
    people = _people_inside(crisis["presence"], episodes, dates)
    again = np.arange(len(dates))[None, :] >= reopens[:, None]
    weights = episodes["weight"].fill_null(1.0).to_numpy()
    return Closure(place, dates, people, again, weights, known)


def _people_inside(presence: pl.DataFrame, episodes: pl.DataFrame, dates: Sequence[date]) -> Floats:
    """Return the people inside: the exposed people up to the moment, those still inside after it."""
    people = np.repeat(episodes["exposed"].to_numpy().astype(np.float64)[:, None], len(dates), axis=1)
    inside = presence.filter(pl.col("who") == "inside").group_by("draw", "date").agg(pl.col("people").sum())
    column = {day: number for number, day in enumerate(dates)}
    row = {draw: number for number, draw in enumerate(episodes["draw"])}
    worked_out = sorted(column[day] for day in inside["date"].unique() if day in column)
    if not worked_out:
        return people
    people[:, worked_out] = 0
    for draw, day, count in inside.iter_rows():
        if draw in row and day in column:
            people[row[draw], column[day]] = count
    people[:, worked_out[-1] :] = people[:, worked_out[-1], None]
    return people


def daily_inflow(
    inflows: pl.DataFrame, place: str, item: str, dates: Sequence[date], zone: Any, factor: float
) -> Floats:
    """Return what comes in each day by the log; one-sided figures times a factor, shape (days,).

    Among rows effective by a day the latest counts, among equals the one known last; before
    the first row nothing is known to come in.
    """
    rows = (
        inflows.filter(pl.col("place") == place, pl.col("item") == item)
        .with_columns(day=pl.col("effective").dt.convert_time_zone(zone.key).dt.date())
        .sort("effective", "known_at")
    )
    amounts = np.zeros(len(dates))
    for row in rows.iter_rows(named=True):
        amount = row["quantity"] * (factor if row["one_sided"] else 1.0)
        amounts[[day >= row["day"] for day in dates]] = amount
    return amounts


def _known_then(crisis: Crisis, closure: Closure) -> pl.DataFrame:
    """Return the inflows known by the end of the day after closing."""
    then = end_of_day(closure.dates[0] + timedelta(days=1), crisis.zone)
    return crisis["inflows"].filter(pl.col("known_at") <= then)


def _median_day(closure: Closure, met: Floats) -> date | None:
    """Return the median day on which an item first runs out, or None where that lies beyond the horizon."""
    days = days_until_out(met)
    middle = float(draw_quantiles(np.where(np.isfinite(days), days, 1e9), closure.weights, [0.5])[0])
    return closure.dates[0] + timedelta(days=round(middle) - 1) if middle <= len(closure.dates) else None


def beside_reports(then: date | None, now: date | None, reported: date | None) -> str:
    """Return what later reports changed of a reckoning, and which of the two a reported shortage fits.

    Parameters
    ----------
    then, now
        Median day of running out on what was known when the area was closed, and on what is known now;
        None = beyond the horizon.
    reported
        Day of the first reported shortage.

    Examples
    --------
    >>> beside_reports(date(2023, 1, 9), date(2023, 4, 20), date(2022, 12, 15)).split("; ")[-1]
    'the first shortage was reported on 2022-12-15: the first reckoning was nearer'
    >>> beside_reports(date(2023, 1, 9), date(2023, 1, 9), None)
    'runs out on 2023-01-09, nothing known since changes it; no shortage of it was reported'
    """
    words = (
        f"{_runs_out(now)}, nothing known since changes it"
        if then == now
        else f"reckoned when it closed: {_runs_out(then)}; by later reports: {_runs_out(now)}"
    )
    if reported is None:
        return f"{words}; no shortage of it was reported"
    if then == now:
        return f"{words}; the first shortage was reported on {reported}"
    first, second = (abs((day - reported).days) if day else 10**6 for day in (then, now))
    which = "both reckonings were as near"
    if first != second:
        which = f"the {'first' if first < second else 'second'} reckoning was nearer"
    return f"{words}; the first shortage was reported on {reported}: {which}"


def _runs_out(day: date | None) -> str:
    """Return when an item runs out, in words."""
    return f"runs out on {day}" if day else "is not to run out within the horizon"


def _item_run(
    crisis: Crisis,
    closure: Closure,
    item: dict[str, Any],
    factor: float,
    options: PrepareOptions,
    inflows: pl.DataFrame,
) -> tuple[Floats, Floats]:
    """Return what is left of an item and the share met, shape (draws, days).

    The factor stands for what one side alone reports, and for a stock that is assumed.
    """
    use = item["ration"] * (1 - (item["made_inside"] or 0.0)) * closure.people
    listed = daily_inflow(inflows, closure.place, item["item"], closure.dates, crisis.zone, factor)
    inflow = np.where(closure.open_again, use, listed[None, :])
    draws = crisis["episodes"].sort("draw").head(options.draws)["draw"].to_numpy()
    chance = uniforms(options.seed, "closure-stock", draws, place=f"{closure.place}/{item['item']}")
    low, high = np.log(item["stock_days_low"]), np.log(item["stock_days_high"])
    stock = np.exp(low + (high - low) * chance) * (factor if item["basis"] == ASSUMED else 1.0)
    return run_down(stock * use[:, 0], inflow, use)


def _stock_rows(
    closure: Closure,
    label: dict[str, Any],
    unit: str,
    run: tuple[Floats, Floats],
    options: PrepareOptions,
) -> Iterator[dict[str, Any]]:
    """Yield what is left by week."""
    left, met = run
    for day in range(0, len(closure.dates), WEEK):
        values = draw_quantiles(left[:, day], closure.weights, options.quantiles)
        share = float(draw_mean(met[:, day], closure.weights))
        for quantile, stock in zip(options.quantiles, values, strict=True):
            yield {
                **label,
                "date": closure.dates[day],
                "quantile": quantile,
                "stock": float(stock),
                "unit": unit,
                "met": share,
                "known": day < closure.known_days,
            }


def _exhaustion_rows(
    closure: Closure, label: dict[str, Any], met: Floats, options: PrepareOptions
) -> Iterator[dict[str, Any]]:
    """Yield the days until the item first runs out; empty where that lies beyond the horizon."""
    days = days_until_out(met)
    share = float(draw_mean(np.isfinite(days).astype(np.float64), closure.weights))
    beyond = np.where(np.isfinite(days), days, 1e9)
    for quantile, value in zip(
        options.quantiles, draw_quantiles(beyond, closure.weights, options.quantiles), strict=True
    ):
        within = float(value) <= len(closure.dates)
        yield {
            **label,
            "closed_since": closure.dates[0],
            "quantile": quantile,
            "days": float(value) if within else None,
            "date": closure.dates[0] + timedelta(days=round(float(value)) - 1) if within else None,
            "runs_out": share,
            "horizon_days": len(closure.dates),
        }
