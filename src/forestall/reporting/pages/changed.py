"""What has changed: on the record before the moment, or since an earlier brief, in words."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from forestall.core.errors import UsageError
from forestall.reporting.desk import Desk
from forestall.reporting.pages.actions import due, planned, steps
from forestall.reporting.pages.needs import missing_items
from forestall.reporting.pages.say import (
    Count,
    Data,
    Hours,
    Line,
    Listed,
    Moment,
    Money,
    Name,
    Part,
    Rows,
    Said,
    Share,
    Value,
    Word,
    rows,
    say,
)
from forestall.reporting.pages.standing import (
    REPORTED,
    Road,
    begun,
    moving,
    road_rows,
    series_of,
    violent_draws,
    war,
)
from forestall.reporting.sections.odds import headline_odds
from forestall.schema.conventions import ALL

CHANGE_HOURS = (24, 168)
"""Stretches before the moment that are tried, shortest first, for what has changed."""
MOST_ROADS, MOST_COUNTS = 2, 3
FIGURES = ("central", "reasonable worst")


def changed_part(desk: Desk, before: Desk | None = None) -> Part:
    """Return in words what has changed since an earlier brief, or on the record before the moment.

    Parameters
    ----------
    desk : Desk
        The tables of the brief.
    before : Desk, optional
        The tables of the earlier brief.

    Raises
    ------
    UsageError
        Where the earlier brief is of another crisis, or is not earlier.
    """
    if before is not None:
        return _since(desk, before)
    for hours in CHANGE_HOURS:
        lines = _on_record(desk, desk.now - timedelta(hours=hours), Hours(hours))
        if lines:
            return Part("changed", (*lines,))
    return Part("changed", (say("changed.nothing", rows("events"), span=Hours(CHANGE_HOURS[-1])),))


def _since(desk: Desk, before: Desk) -> Part:
    """Return what has changed since an earlier brief: the figures, the actions, the record."""
    if before.crisis.settings.title != desk.crisis.settings.title:
        raise UsageError(f"the earlier brief is of {before.crisis.settings.title!r}, not of this crisis")
    if before.now >= desk.now:
        earlier, now = before.now.isoformat(), desk.now.isoformat()
        raise UsageError(f"--since {earlier}: expected a moment before that of the brief, {now}")
    head = say("changed.since", weight="lead", at=Moment(before.now))
    lines = [*_figures(desk, before), *_actions(desk, before)]
    lines += _on_record(desk, before.now, Hours((desk.now - before.now).total_seconds() / 3600))
    return Part("changed", (head, *(lines or [say("changed.same", rows("events"))])))


def _figures(desk: Desk, before: Desk) -> Iterator[Line]:
    """Return each figure of the brief that is another than it was, with what it was."""
    were = {key: value for key, value, _ in _standing(before)}
    for key, value, found in _standing(desk):
        was = were.get(key)
        if was != value:
            told: Value = Said("not_known") if was is None else was
            yield Line(Said("changed.figure", {"what": Word(key), "now": value, "before": told}), found)


def _standing(desk: Desk) -> Iterator[tuple[str, Value, tuple[Rows, ...]]]:
    """Return the figures that two briefs are compared by: key of their name, value and rows."""
    state = war(desk)
    if state is not None:
        yield "figure.war", Word(f"state.{state.state.replace(' ', '_')}"), state.rows
    odds = None if begun(desk) else headline_odds(desk)
    if odds is not None:
        found = rows("warning_odds", where=str(odds["where"]), within_months=int(str(odds["within_months"])))
        yield "figure.odds", Share(round(float(str(odds["p_event"])), 2), about=True), (found,)
    draws = violent_draws(desk)
    if draws is not None and not draws.few:
        yield from _planning(desk)


def _planning(desk: Desk) -> Iterator[tuple[str, Value, tuple[Rows, ...]]]:
    """Return the people to plan for and what is missing costs, for the central figure and the worst."""
    people, missing = planned(desk), missing_items(desk)
    for index, figure in enumerate(FIGURES):
        name = figure.replace(" ", "_")
        if figure in people:
            found = rows("caseloads", arm="if it happens", place=ALL, figure=figure)
            yield f"figure.people_{name}", _about(people[figure]), (found,)
        priced = [item.cost[index] for item in missing if item.cost is not None]
        if priced:
            yield f"figure.cost_{name}", Money(round(sum(priced), -5)), (rows("needs_cost", figure=figure),)


def _about(people: float) -> Count:
    """Return a count of people to two digits, so that a change below them is none."""
    return Count(float(f"{people:.2g}"), about=True)


def _actions(desk: Desk, before: Desk) -> Iterator[Line]:
    """Return which actions have become due, and which are due no more."""
    now, then = ({action.what for action in due(one)} for one in (desk, before))
    for key, names in (("changed.due", now - then), ("changed.not_due", then - now)):
        if names:
            said = Listed(tuple(Data(steps(name)[0]) for name in sorted(names)))
            yield say(key, rows("actions_due"), actions=said)


def _on_record(desk: Desk, after: datetime, span: Hours) -> list[Line]:
    """Return what became known after a moment: counts, roads, events."""
    grown = [] if moving(desk) is not None else series_of(desk)
    lines = [grown_line(series) for series in grown if series[-1]["known_at"] > after][:MOST_COUNTS]
    lines += _turned(desk, after)[:MOST_ROADS]
    fresh = desk.frame("events").filter(pl.col("known_at") > after).height if desk.has("events") else 0
    if fresh:
        lines.append(say("changed.events", rows("events"), count=Count(fresh), span=span))
    return lines


def grown_line(series: list[dict[str, Any]]) -> Line:
    """Return how a count has grown since the one before it, or that it is the first."""
    last = series[-1]
    values: dict[str, Value] = {
        "what": Word(f"count.{last['what']}"),
        "place": Name(last["place"]),
        "people": Count(last["value"]),
        "at": Moment(last["at"]),
    }
    found = rows("counts", count=last["count"])
    if len(series) < 2:
        return Line(Said("changed.first_count", values), (found,))
    before = series[-2]
    values |= {"before": Count(before["value"]), "then": Moment(before["at"])}
    return Line(Said("changed.count", values), (found, rows("counts", count=before["count"])))


def _turned(desk: Desk, after: datetime) -> list[Line]:
    """Return the stretches of road whose status became known after a moment, one for each status."""
    if not desk.has("corridor_status"):
        return []
    frame = desk.frame("corridor_status").filter(REPORTED, pl.col("known_at") > after).sort("effective")
    newest = frame.unique("status", keep="last", maintain_order=True).to_dicts()
    found = [Road(row["corridor"], row["status"], row["effective"], None) for row in reversed(newest)]
    return [stretch(desk, road, "changed.road", at=Moment(road.effective)) for road in found]


def stretch(desk: Desk, road: Road, key: str, **values: Value) -> Line:
    """Return a line about a stretch of road: its ends and its status."""
    ends = desk.frame("corridors").filter(pl.col("corridor") == road.corridor)
    start, end = ends.select("from_place", "to_place").row(0) if ends.height else (road.corridor, "")
    word = Word(f"status.{road.status}")
    told: dict[str, Value] = {"start": Name(start), "end": Name(end), "status": word, **values}
    return Line(Said(key, told), (road_rows(road),))


__all__ = ["changed_part", "grown_line", "stretch"]
