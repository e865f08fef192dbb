"""What to do now: actions proposed or agreed before, by how soon they must begin, and what to find out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from forestall.action.due import standing_of
from forestall.core.errors import UsageError
from forestall.core.units import parse_duration
from forestall.reporting.blocks import Block, Bullets, Heading, Table, missing, text
from forestall.reporting.desk import Desk
from forestall.reporting.writing import rounded, sentence

RECENT_DAYS = 365
"""Days before the moment within which an activation still stands here."""
COMPARED = {">=": "at least", ">": "over", "<=": "at most", "<": "under"}


def show_now(desk: Desk) -> Sequence[Block]:
    """Return the actions whose triggers activated in the last year, shortest lead time first."""
    if "activations" not in desk.crisis.tables:
        return [missing("Not assessed", "The triggers were not put to the rows known by the moment.")]
    rows = _standing(desk)
    said = (
        "Actions of triggers that activated in the year before the moment. Each says who agreed to it "
        "before; where nobody did it is a proposal. The tool releases nothing: a person does, and asks the "
        "people concerned first. Whether one still stands is for people to judge, by its rule to call off."
    )
    if not rows:
        return [text(said), text("No trigger activated in the year before the moment."), *_collect(desk)]
    head = ("Do", "Trigger", "Activated", "Takes", "Money", "Call off when", "Agreed by")
    return [text(said), Table("Actions, shortest lead time first", head, tuple(rows)), *_collect(desk)]


def _standing(desk: Desk) -> list[tuple[str, ...]]:
    """Return a row for each trigger that activated within the year."""
    since = desk.now - timedelta(days=RECENT_DAYS)
    recent = desk.crisis["activations"].filter(pl.col("activated_at") >= since).sort("activated_at")
    latest: dict[str, datetime] = dict(recent.select("trigger", "activated_at").iter_rows())
    rows = [r for r in desk.frame("triggers").iter_rows(named=True) if r["trigger"] in latest]
    return [
        (
            r["actions"],
            f"{sentence(r['stage'])}: {rule(r)}",
            desk.day(latest[r["trigger"]]),
            r["lead_time"],
            f"{rounded(r['money'])} USD" if r["money"] is not None else "none stated",
            r["stop_rule"] or "no rule given",
            standing_in_words(r),
        )
        for r in sorted(rows, key=lambda r: (_hours(r["lead_time"]), r["trigger"]))
    ]


def standing_in_words(row: dict[str, Any]) -> str:
    """Return who agreed to a trigger before, or that it is a proposal, and whose.

    Examples
    --------
    >>> standing_in_words({"agreed_by": None, "source": "assumption"})
    'nobody: proposed (assumption)'
    >>> standing_in_words({"agreed_by": "OCHA", "source": "plan"})
    'OCHA'
    """
    standing, whose = standing_of(row)
    return whose if standing == "agreed" else f"nobody: proposed ({whose})"


def rule(row: dict[str, object]) -> str:
    """Return the rule of a trigger in words.

    Examples
    --------
    >>> rule({"indicator": "corridor_closed_days", "comparison": ">=", "threshold": 1.0, "unit": "days"})
    'corridor closed days: at least 1 day'
    >>> rule({"indicator": "events_count:violence", "comparison": ">", "threshold": 2.0, "unit": "events"})
    'events count (violence): over 2 events'
    """
    name, *kinds = str(row["indicator"]).replace("_", " ").split(":")
    threshold, unit = float(str(row["threshold"])), str(row["unit"] or "")
    unit = unit.removesuffix("s") if threshold == 1 else unit
    compared = COMPARED.get(str(row["comparison"]), str(row["comparison"]))
    of = f" ({', '.join(kinds)})" if kinds else ""
    return f"{name}{of}: {compared} {rounded(threshold)} {unit}".strip()


def _hours(lead_time: str) -> float:
    """Return a lead time in hours; one that cannot be read comes last."""
    try:
        return float(parse_duration(lead_time).days) * 24
    except UsageError:
        return float("inf")


def _collect(desk: Desk) -> list[Block]:
    """Return what would narrow the planning figures most, where that was worked out."""
    if not desk.has("sensitivity"):
        return []
    rows = desk.frame("sensitivity").filter((pl.col("arm") == "if it happens") & pl.col("collect_next"))
    names = rows.sort("rank")["assumption"].unique(maintain_order=True).to_list()
    return (
        [Heading("What to find out first"), Bullets(tuple(sentence(name) for name in names))] if names else []
    )
