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
from forestall.reporting.pages.ahead import few_draws
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
    no_table,
    not_assessed,
    rows,
    say,
)
from forestall.reporting.pages.standing import ways_out
from forestall.schema.conventions import ALL

STANDS_DAYS = 60
"""Days for which an activation stands where its call-off rule cannot be read."""
_ROADS = ("corridor_", "access_")
"""Indicators of the state of a road: what they activated stands as long as the road is not open."""
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Due:
    """One action that is due, as the table ``actions_due`` gives it."""

    what: str
    order_by: date
    lead_hours: float | None
    late: bool
    money: float | None
    gaps: float | None
    owner: str | None
    agreed: bool
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
    """Return the actions whose trigger has activated and that nothing calls off, by their order-by day.

    Those of one trigger stand together. One without a gap to close is due today.
    """
    if not desk.has("actions_due"):
        return []
    frame = desk.frame("actions_due").filter(pl.col("state") == "activated")
    shut = {road.corridor for road in ways_out(desk) if road.status != "open"}
    rules = {row["trigger"]: row for row in desk.frame("triggers").iter_rows(named=True)}
    found = [
        _of_rows(desk, part, rules.get(str(trigger)))
        for (trigger,), part in frame.group_by("trigger", maintain_order=True)
        if _holds(desk, part.row(0, named=True), rules.get(str(trigger)), shut)
    ]
    return sorted(found, key=lambda action: (action.order_by, action.lead_hours or 0.0, action.what))


def _of_rows(desk: Desk, part: pl.DataFrame, rule: dict[str, Any] | None) -> Due:
    """Return the actions of one trigger as one."""
    first = part.row(0, named=True)
    today = desk.now.astimezone(desk.zone).date()
    wanted = part["order_by"].min()
    order_by = wanted if isinstance(wanted, date) else today
    return Due(
        what=str(rule["actions"]) if rule else "; ".join(part["action"].unique(maintain_order=True)),
        order_by=order_by,
        lead_hours=_hours(first["lead_time"]),
        late=order_by < today,
        money=first["money"],
        gaps=_gaps_cost(part),
        owner=None if first["owner"].startswith("not set") else first["owner"],
        agreed=first["standing"] == "agreed",
        promise=_promise(desk, first),
        stop_rule=first["stop_rule"],
        rows=(rows("actions_due", trigger=first["trigger"]), rows("triggers", trigger=first["trigger"])),
    )


def _promise(desk: Desk, row: dict[str, Any]) -> str | None:
    """Return who promised what covers an action; money for no named purpose covers none by itself."""
    if not row["commitment"] or row["covered_by"] == "money for no named purpose":
        return None
    keys = row["commitment"].split("|")
    if not desk.has("commitments"):
        return ", ".join(keys)
    frame = desk.frame("commitments").filter(pl.col("commitment").is_in(keys))
    return ", ".join(f"{who}: {what}" for who, what in frame.select("who", "what").head(1).iter_rows())


def _gaps_cost(part: pl.DataFrame) -> float | None:
    """Return what the gaps would cost that an action closes; each gap is taken once."""
    once = part.unique(["sector", "item"], maintain_order=True)["cost"].drop_nulls()
    return float(once.sum()) if once.len() else None


def _holds(desk: Desk, row: dict[str, Any], rule: dict[str, Any] | None, shut: set[str]) -> bool:
    """Return whether an activation still holds: as its call-off rule says, else by its road or its age."""
    if row["stop_met"] is not None:
        return not row["stop_met"]
    return rule is None or _stands(desk, rule, row["activated_at"], shut)


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
    if not desk.has("triggers"):
        return no_table("actions", "triggers")
    if "actions_due" not in desk.crisis.tables:
        return not_assessed("actions", "forestall act")
    found = due(desk)
    if not found:
        return Part("actions", (say("actions.none", rows("actions_due")),))
    shown = found[:SHOWN]
    left = len(found) - len(shown)
    lines = [people] if (people := people_line(desk)) is not None else []
    if not any(action.owner or action.agreed for action in shown):
        lines.append(say("actions.unowned", *(row for action in shown for row in action.rows)))
    lines += [say("actions.more", rows("actions_due"), count=Count(left))] if left else []
    return Part("actions", tuple(lines), _grid(desk, shown))


def people_line(desk: Desk) -> Line | None:
    """Return for how many people to act: the central figure and the reasonable worst."""
    figures = {} if few_draws(desk) else planned(desk)
    if not {"central", "reasonable worst"} <= set(figures):
        return None
    found = tuple(
        rows("caseloads", arm="if it happens", place=ALL, age_group="all", sex="all", figure=name)
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
    whole = (pl.col("place") == ALL) & (pl.col("age_group") == "all") & (pl.col("sex") == "all")
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


def _cost(action: Due) -> Value:
    """Return the money agreed, else what the gaps cost that the action would close."""
    if action.money is not None:
        return Money(action.money)
    return Said("up_to", {"money": Money(action.gaps)}) if action.gaps else Said("not_priced")


def _cells(action: Due, today: date) -> tuple[Value | None, ...]:
    """Return the cells of one action; what is not set is said in words."""
    by: Value = Said("late", {"day": Day(action.order_by)}) if action.late else Day(action.order_by)
    takes: Value = Said("not_known")
    if action.lead_hours is not None:
        there = today + timedelta(hours=action.lead_hours)
        takes = Said("takes", {"span": Hours(action.lead_hours), "day": Day(there)})
    return (
        Data(action.what) if action.agreed else Said("proposed", {"what": Data(action.what)}),
        by,
        takes,
        _cost(action),
        Data(action.owner) if action.owner else Said("owner.none"),
        Data(action.promise) if action.promise else Said("promise.none"),
        Data(action.stop_rule) if action.stop_rule else Said("call_off.none"),
    )
