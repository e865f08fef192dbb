"""What to do, for how many, by when, at what cost, by whom, and when to call it off."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from forestall.core.errors import UsageError
from forestall.core.units import parse_duration
from forestall.reporting.desk import Desk
from forestall.reporting.pages.say import (
    Count,
    Data,
    Day,
    Grid,
    Hours,
    Line,
    Money,
    Part,
    Rows,
    Said,
    Value,
    not_assessed,
    rows,
    say,
)
from forestall.reporting.pages.standing import ways_out

STANDS_DAYS = 60
"""Days for which an activation stands where no table says when it is called off."""
_ROADS = ("corridor_", "access_")
"""Indicators of the state of a road: what they activated stands as long as the road is not open."""
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Due:
    """One action that is due, as the table ``actions_due`` or the activations give it."""

    what: str
    order_by: date
    lead_hours: float | None
    late: bool
    money: float | None
    owner: str | None
    promise: str | None
    stop_rule: str | None
    rows: tuple[Rows, ...]


def steps(what: str) -> list[str]:
    """Return the single steps of an action that is written as several.

    Examples
    --------
    >>> steps("Open reception places; send transport to the entry")
    ['Open reception places', 'send transport to the entry']
    """
    return [part for part in re.split(r";\s*", what.strip()) if part]


def due(desk: Desk) -> list[Due]:
    """Return the actions that are due and not called off, by the day by which they must be ordered.

    Without the table ``actions_due`` each is due at its activation, and those that can be in place first
    stand first.
    """
    if "actions_due" in desk.crisis.tables:
        return sorted(_of_table(desk), key=lambda action: (action.order_by, action.what))
    return sorted(_of_activations(desk), key=lambda action: (action.lead_hours or 0.0, action.what))


def _of_table(desk: Desk) -> list[Due]:
    """Return the actions of the table that act makes."""
    frame = desk.crisis["actions_due"]
    off = [c for c in ("called_off_at", "called_off") if c in frame.columns]
    kept = [r for r in frame.to_dicts() if not any(r[c] for c in off)]
    return [_of_row(desk, row) for row in kept]


def _of_row(desk: Desk, row: dict[str, Any]) -> Due:
    """Return one row of the table ``actions_due``."""
    today = desk.now.astimezone(desk.zone).date()
    order_by = row.get("order_by") or today
    order_by = order_by.astimezone(desk.zone).date() if hasattr(order_by, "astimezone") else order_by
    key = {name: row[name] for name in ("trigger", "action") if row.get(name) is not None}
    return Due(
        str(row.get("what") or row.get("action") or row.get("actions") or row.get("trigger")),
        order_by,
        _hours(row.get("lead_time")),
        bool(row.get("late", order_by < today)),
        row.get("money", row.get("cost")),
        row.get("owner"),
        row.get("promise") or row.get("commitment"),
        row.get("stop_rule"),
        (rows("actions_due", **key),),
    )


def _of_activations(desk: Desk) -> list[Due]:
    """Return the actions of the triggers that activated within the year; each was due on that day."""
    if "activations" not in desk.crisis.tables:
        return []
    ordered = desk.crisis["activations"].sort("activated_at")
    latest = dict(ordered.select("trigger", "activated_at").iter_rows())
    shut = {road.corridor for road in ways_out(desk) if road.status != "open"}
    today = desk.now.astimezone(desk.zone).date()
    out = []
    for row in desk.frame("triggers").iter_rows(named=True):
        at = latest.get(row["trigger"])
        if at is None or not _stands(desk, row, at, shut):
            continue
        lead = _hours(row["lead_time"])
        wanted = (at + timedelta(hours=lead or 0.0)).astimezone(desk.zone).date()
        found = (
            rows("activations", trigger=row["trigger"], activated_at=at),
            rows("triggers", trigger=row["trigger"]),
        )
        out.append(
            Due(
                row["actions"],
                at.astimezone(desk.zone).date(),
                lead,
                wanted < today,
                row["money"],
                row.get("owner"),
                None,
                row["stop_rule"],
                found,
            )
        )
    return out


def _stands(desk: Desk, row: dict[str, Any], at: datetime, shut: set[str]) -> bool:
    """Return whether an activation still stands: while its road is not open, else for some weeks."""
    if str(row["indicator"]).startswith(_ROADS):
        return row["where"] in shut
    return at >= desk.now - timedelta(days=STANDS_DAYS)


def _hours(lead_time: object) -> float | None:
    """Return a lead time in hours, None where it cannot be read."""
    if lead_time is None:
        return None
    try:
        return float(parse_duration(str(lead_time)).days) * 24
    except UsageError:
        return None


def actions_part(desk: Desk) -> Part:
    """Return the actions as one table, those to be ordered first at the top."""
    if "activations" not in desk.crisis.tables:
        return not_assessed("actions", "forestall act")
    if not desk.has("triggers"):
        return not_assessed("actions", "forestall add triggers")
    found = due(desk)
    if not found:
        return Part("actions", (say("actions.none", rows("activations")),))
    shown = found[:SHOWN]
    left = len(found) - len(shown)
    lines = [people] if (people := _people(desk)) is not None else []
    lines += [say("actions.more", count=Count(left))] if left else []
    return Part("actions", tuple(lines), _grid(desk, shown))


def _people(desk: Desk) -> Line | None:
    """Return for how many people to act: the central figure and the reasonable worst."""
    figures = planned(desk)
    if not {"central", "reasonable worst"} <= set(figures):
        return None
    found = tuple(
        rows("caseloads", arm="if it happens", place="ALL", age_group="all", sex="all", figure=name)
        for name in ("central", "reasonable worst")
    )
    middle, worst = (Count(figures[name], about=True) for name in ("central", "reasonable worst"))
    if figures["central"] <= 0:
        return say("actions.for_none", *found, worst=worst)
    return say("actions.for", *found, middle=middle, worst=worst)


def planned(desk: Desk) -> dict[str, float]:
    """Return the people to plan for by figure: best, central, reasonable worst."""
    if not desk.has("caseloads"):
        return {}
    whole = (pl.col("place") == "ALL") & (pl.col("age_group") == "all") & (pl.col("sex") == "all")
    frame = desk.arm("caseloads", "if it happens").filter(whole)
    return dict(frame.select("figure", "people").iter_rows())


def _grid(desk: Desk, found: Sequence[Due]) -> Grid:
    """Return the table of actions."""
    today = desk.now.astimezone(desk.zone).date()
    cells = tuple(_cells(action, today) for action in found)
    return Grid(
        "actions",
        ("what", "order_by", "takes", "cost", "owner", "promise", "call_off"),
        cells,
        tuple(action.rows for action in found),
        late=tuple(index for index, action in enumerate(found) if action.late),
    )


def _cells(action: Due, today: date) -> tuple[Value | None, ...]:
    """Return the cells of one action; what is not set is said in words."""
    by: Value = Said("late", {"day": Day(action.order_by)}) if action.late else Day(action.order_by)
    takes: Value = Said("not_known")
    if action.lead_hours is not None:
        there = today + timedelta(hours=action.lead_hours)
        takes = Said("takes", {"span": Hours(action.lead_hours), "day": Day(there)})
    return (
        Data(action.what),
        by,
        takes,
        Money(action.money) if action.money is not None else Said("not_priced"),
        Data(action.owner) if action.owner else Said("owner.none"),
        Data(action.promise) if action.promise else Said("promise.none"),
        Data(action.stop_rule) if action.stop_rule else Said("call_off.none"),
    )
