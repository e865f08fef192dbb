"""Indicators of triggers and risks: each a small function over what was known by each moment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

import polars as pl

from forestall.action.series import Point
from forestall.core.moments import end_of_day
from forestall.core.units import Duration
from forestall.crisis import Crisis
from forestall.roads import LIMITED, SHUT
from forestall.schema.conventions import ALL

CLOSED_TO_ALL = ("closed",)
PARTIES = ("actor", "target")


@dataclass(frozen=True, slots=True)
class Question:
    """What a trigger or a risk asks of an indicator.

    Parameters
    ----------
    argument, where : str
        What stands after the colon of the indicator's name; country, place, corridor or actor.
    window : Duration
        How far it looks back (forecasts: ahead).
    threshold : float
        In the indicator's unit; lets a running clock be read at the very moment it gets there.
    moment : datetime
        The moment of the replay, in UTC.
    """

    argument: str
    where: str
    window: Duration
    threshold: float
    moment: datetime


def follow(crisis: Crisis, indicator: str, question: Question) -> list[Point]:
    """Return an indicator at every moment at which it changed, on what was known by each.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    indicator : str
        Name, with an argument after a colon where it takes one.
    question : Question
        Where, how far back, and up to when.
    """
    name = indicator.partition(":")[0]
    points = _FUNCTIONS[name](crisis, question)
    return [point for point in points if point.at <= question.moment]


# --- corridors -----------------------------------------------------------------------------


def _days_in(statuses: tuple[str, ...]) -> Callable[[Crisis, Question], list[Point]]:
    """Return the indicator: days since a corridor came to have one of these statuses."""

    def days(crisis: Crisis, question: Question) -> list[Point]:
        log = crisis["corridor_status"].filter(pl.col("corridor") == question.where)
        rows = log.sort("known_at", "effective").select("effective", "known_at", "status").rows()
        moments = sorted({at for row in rows for at in row[:2]} | {question.moment})
        points: list[Point] = []
        for start, end in pairwise([*moments, question.moment + timedelta(microseconds=1)]):
            points += _clock(rows, statuses, start, end, question)
        return points

    return days


def _clock(
    rows: list[tuple[datetime, datetime, str]],
    statuses: tuple[str, ...],
    start: datetime,
    end: datetime,
    question: Question,
) -> Iterator[Point]:
    """Read the clock of a closure at the start of a stretch, and where it reaches the threshold."""
    since = closed_since(rows, statuses, start)
    if since is None:
        known = any(known_at <= start for _, known_at, _ in rows)
        yield Point(start, 0.0 if known else None)
        return
    seen = (f"corridor_status {question.where} from {since:%Y-%m-%d}",)
    yield Point(start, _days_from(since, start), seen)
    yield from _passing(since, start, end, question, seen)


def _days_from(since: datetime, moment: datetime) -> float:
    """Return the days between two moments."""
    return (moment - since).total_seconds() / 86400


def _passing(
    since: datetime, start: datetime, end: datetime, question: Question, seen: tuple[str, ...]
) -> Iterator[Point]:
    """Read a running clock where it reaches the threshold, and just after (for ``>``)."""
    for seconds in (0, 1):
        moment = since + timedelta(days=question.threshold, seconds=seconds)
        if start < moment < end:
            yield Point(moment, question.threshold + seconds / 86400, seen)


def closed_since(
    rows: list[tuple[datetime, datetime, str]], statuses: tuple[str, ...], moment: datetime
) -> datetime | None:
    """Return since when a corridor has had one of the statuses, on what was known at a moment.

    Parameters
    ----------
    rows : list of (effective, known_at, status)
        Log of one corridor, in order of ``known_at``.
    statuses : tuple of str
        Statuses that count.
    moment : datetime
        Moment of knowledge.

    Returns
    -------
    datetime or None
        None where the corridor has another status, or none that is known.
    """
    known = {effective: status for effective, known_at, status in rows if max(effective, known_at) <= moment}
    since = None
    for effective in sorted(known, reverse=True):
        if known[effective] not in statuses:
            break
        since = effective
    return since


# --- events --------------------------------------------------------------------------------


def select_events(crisis: Crisis, argument: str, where: str) -> pl.DataFrame:
    """Return the events of a kind, form and stance, by or towards an actor; no later outcomes.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    argument : str
        ``kind``, ``kind:form`` or ``kind:form:stance``; ``any`` matches every kind.
    where : str
        Actor or target, or empty.
    """
    kind, form, stance = (*argument.split(":"), "", "")[:3]
    events = crisis["events"].filter(pl.col("outcome_of").is_null())
    for column, wanted in (("kind", kind), ("form", form), ("stance", stance)):
        if wanted not in {"", "any"}:
            events = events.filter(pl.col(column) == wanted)
    if where:
        named = (pl.col(column).fill_null("").str.contains(where, literal=True) for column in PARTIES)
        events = events.filter(pl.any_horizontal(*named))
    return events.sort("known_at", "event")


def _dated(crisis: Crisis, question: Question) -> list[tuple[str, date, datetime]]:
    """Return identifier, day and date of knowledge of the events asked for."""
    rows = select_events(crisis, question.argument, question.where)
    return list(rows.select("event", "date", "known_at").iter_rows())


def _events_count(crisis: Crisis, question: Question) -> list[Point]:
    """Count the events known and still inside the window."""
    window, rows = question.window.timedelta, _dated(crisis, question)
    spans = [(known, end_of_day(day, crisis.zone) + window, name) for name, day, known in rows]
    first = crisis["events"]["known_at"].min() if crisis.has("events") else None
    points = [Point(first, 0.0)] if isinstance(first, datetime) else []
    return points + _sweep(spans)


def _sweep(spans: list[tuple[datetime, datetime, str]]) -> list[Point]:
    """Return how many spans are open at every moment at which one opens or closes.

    Parameters
    ----------
    spans : list of (opens, closes, name)
        A span is open from its first moment up to, not with, its last.
    """
    changes = [(opens, True, name) for opens, closes, name in spans if opens < closes]
    changes += [(closes, False, name) for opens, closes, name in spans if opens < closes]
    inside: dict[str, None] = {}
    points = []
    for moment, group in groupby(sorted(changes), key=itemgetter(0)):
        for _, opens, name in group:
            if opens:
                inside[name] = None
            else:
                inside.pop(name, None)
        points.append(Point(moment, float(len(inside)), tuple(inside)))
    return points


def _days_since_event(crisis: Crisis, question: Question) -> list[Point]:
    """Count the days since the last event of a kind."""
    rows = _dated(crisis, question)
    points: list[Point] = []
    for (name, day, known_at), following in pairwise([*rows, ("", date.max, question.moment)]):
        end = end_of_day(day, crisis.zone)
        points.append(Point(known_at, max(0.0, _days_from(end, known_at)), (name,)))
        points += _passing(end, known_at, following[2], question, (name,))
    return points


# --- deaths --------------------------------------------------------------------------------


def _deaths(months: Callable[[Question], int]) -> Callable[[Crisis, Question], list[Point]]:
    """Return the indicator: deaths in the last known months."""

    def deaths(crisis: Crisis, question: Question) -> list[Point]:
        rows = crisis["deaths"].filter(
            (pl.col("where") == question.where) & (pl.col("period") == "month") & pl.col("best").is_not_null()
        )
        table: dict[object, dict[str, int]] = {}
        points = []
        for (known_at,), news in rows.sort("known_at", "start").group_by(["known_at"], maintain_order=True):
            for start, violence, best in news.select("start", "violence", "best").rows():
                table.setdefault(start, {})[violence] = best
            last = sorted(table, key=str)[-months(question) :]
            value = float(sum(sum(table[month].values()) for month in last))
            points.append(Point(_moment(known_at), value, (f"deaths {question.where} to {last[-1]}",)))
        return points

    return deaths


def _moment(value: object) -> datetime:
    """Return a value that is a moment as one."""
    if not isinstance(value, datetime):
        raise TypeError(value)
    return value


# --- last known values -----------------------------------------------------------------------


def _latest(rows: pl.DataFrame, key: str, label: str) -> list[Point]:
    """Return the value of the latest ``key`` known, at each moment at which rows became known."""
    latest: tuple[object, float] | None = None
    points = []
    for at, known_at, value in rows.sort("known_at", key).select(key, "known_at", "value").rows():
        if latest is None or at >= latest[0]:
            latest = (at, float(value))
        points.append(Point(known_at, latest[1], (f"{label} {latest[0]}",)))
    return points


def _arrivals_total(crisis: Crisis, question: Question) -> list[Point]:
    """Return the last running total of arrivals."""
    rows = crisis["counts"].filter((pl.col("what") == "arrived") & (pl.col("record") == "cumulative"))
    if question.where:
        rows = rows.filter(pl.col("place") == question.where)
    return _latest(rows, "at", "counts")


def _access_value(crisis: Crisis, question: Question) -> list[Point]:
    """Return the last value of a metric on access."""
    rows = crisis["access"].filter((pl.col("metric") == question.argument) & pl.col("value").is_not_null())
    if question.where:
        rows = rows.filter(pl.col("topic") == question.where)
    return _latest(rows, "date", f"access {question.argument}")


def _indicator(crisis: Crisis, question: Question) -> list[Point]:
    """Return the last value of a measured series."""
    of_series = (pl.col("indicator") == question.argument) & pl.col("value").is_not_null()
    rows = crisis["indicators"].filter(of_series)
    if question.where:
        rows = rows.filter(pl.col("where") == question.where)
    return _latest(rows, "date", f"indicators {question.argument}")


# --- forecasts: at the moment of the replay only ---------------------------------------------


def _p_event(crisis: Crisis, question: Question) -> list[Point]:
    """Return the probability of violence within the window, by the model listed first."""
    row = odds_row(crisis, question.where, question.window)
    if row is None:
        return [Point(question.moment, None)]
    return [Point(question.moment, row["p_event"], (f"warning_odds {row['where']} {row['model']}",))]


def odds_row(crisis: Crisis, where: str, window: Duration) -> dict[str, Any] | None:
    """Return the odds of a place within a window, by the model listed first; None = not known.

    Where the warning gives no odds for all places together, ``ALL`` is the place with the highest
    odds: the odds that it happens anywhere are at least as high.

    Parameters
    ----------
    crisis : Crisis
        With the results of the warning.
    where : str
        Country, place, or ALL.
    window : Duration
        How far ahead.
    """
    months = round(window.days / 30.4375)
    odds = crisis["warning_odds"].filter(pl.col("within_months") == months)
    of_place = odds.filter(pl.col("where") == (where or ALL))
    if of_place.is_empty() and where in {"", ALL} and odds.height:
        first = odds.filter(pl.col("model") == odds["model"][0])
        of_place = first.sort("p_event", descending=True, maintain_order=True)
    return of_place.row(0, named=True) if of_place.height else None


def _arrivals_forecast(crisis: Crisis, question: Question) -> list[Point]:
    """Return the highest forecast arrivals over the horizon at a quantile."""
    rows = crisis["arrivals_summary"].filter(
        (pl.col("arm") == "unconditional")
        & (pl.col("place") == (question.where or ALL))
        & ((pl.col("quantile") - float(question.argument)).abs() < 1e-9)
    )
    peak = rows["people"].max()
    value = float(peak) if isinstance(peak, int | float) else None
    return [Point(question.moment, value, (f"arrivals_summary {question.argument}",))]


_FUNCTIONS: dict[str, Callable[[Crisis, Question], list[Point]]] = {
    "corridor_closed_days": _days_in(SHUT),
    "corridor_not_open_days": _days_in(LIMITED),
    "access_suspended_days": _days_in(CLOSED_TO_ALL),
    "events_count": _events_count,
    "days_since_event": _days_since_event,
    "deaths_month": _deaths(lambda _: 1),
    "deaths_sum": _deaths(lambda question: max(1, round(question.window.days / 30.4375))),
    "p_event": _p_event,
    "arrivals_total": _arrivals_total,
    "arrivals_forecast": _arrivals_forecast,
    "access_value": _access_value,
    "indicator": _indicator,
}
