"""Triggers: what the thresholds said on rows known by then, and who agreed to them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import polars as pl
from markupsafe import Markup

from forestall.reporting.blocks import Block, Figure, Table, missing, text
from forestall.reporting.charts.timeline import Act, draw_timeline
from forestall.reporting.desk import Desk
from forestall.reporting.sections.now import rule, standing_in_words
from forestall.reporting.writing import exact, rounded, sentence

ACTIVATION_DAYS = 730
"""Days before the moment over which activations are drawn."""


def show_triggers(desk: Desk) -> Sequence[Block]:
    """Return which triggers activated on what was known, when, and which did not."""
    if "activations" not in desk.crisis.tables:
        return [missing("Not assessed", "The triggers were not put to the rows known by the moment.")]
    rows = desk.crisis["activations"].sort("activated_at")
    said = text(
        "A trigger is a threshold for acting. Each says who agreed to it before; where nobody did it is a "
        "proposal, and no money stands ready. A person decides. Only rows known by then count. Triggers "
        "on odds and on forecast arrivals are looked at for the moment of the run alone: when they would "
        "have activated before is in the trigger report."
    )
    blocks: list[Block] = [said, _trigger_table(desk, rows)]
    recent = rows.filter(pl.col("activated_at") >= desk.now - timedelta(days=ACTIVATION_DAYS))
    if recent.height:
        blocks.insert(1, _trigger_figure(desk, recent))
    return [*blocks, _activation_table(desk, rows)] if rows.height else blocks


def _trigger_table(desk: Desk, rows: pl.DataFrame) -> Block:
    """Return each trigger with what it looks at and how often it activated."""
    times: dict[str, list[datetime]] = {}
    for trigger, at in rows.select("trigger", "activated_at").iter_rows():
        times.setdefault(trigger, []).append(at)
    body = []
    for r in desk.frame("triggers").iter_rows(named=True):
        found = times.get(r["trigger"], [])
        body.append(
            (
                _trigger_name(r["trigger"]),
                sentence(r["stage"]),
                rule(r),
                r["lead_time"],
                exact(len(found)),
                desk.day(min(found)) if found else "not activated",
                desk.day(max(found)) if found else "not activated",
                standing_in_words(r),
            )
        )
    head = ("Trigger", "Stage", "Rule", "Lead time", "Times", "First", "Latest", "Agreed by")
    return Table("Triggers and their activations by the moment", head, tuple(body), numeric=(4,))


def _trigger_figure(desk: Desk, rows: pl.DataFrame) -> Block:
    """Return when each trigger activated in the last two years."""
    lanes = [_trigger_name(t) for t in rows["trigger"].unique(maintain_order=True)]
    acts = [
        Act(r["activated_at"], _trigger_name(r["trigger"]), r["stage"] == "activation", conflict=False)
        for r in rows.iter_rows(named=True)
    ]
    name, saying = (
        "Activations in the two years before the moment",
        "One lane for each trigger that activated.",
    )
    start = desk.now - timedelta(days=ACTIVATION_DAYS)
    draw = partial(draw_lanes, acts, lanes, desk, None, start, name, saying)
    return Figure(name, draw, saying, (("act-mc", "activation"), ("act-vc", "readiness")))


def _trigger_name(key: str) -> str:
    """Return the name of a trigger as people read it."""
    return sentence(key.replace("_", " ").replace("-", " "))


def _activation_table(desk: Desk, rows: pl.DataFrame) -> Table:
    """Return every activation with the rows that decided it, newest first."""
    shown = rows.sort("activated_at", descending=True).head(desk.options.rows_shown)
    body = tuple(
        (
            _trigger_name(r["trigger"]),
            sentence(r["stage"]),
            desk.when(r["activated_at"]),
            f"{rounded(r['value'])} {r['unit']}",
            f"{rounded(r['threshold'])} {r['unit']}",
            r["seen_in"],
        )
        for r in shown.iter_rows(named=True)
    )
    head = ("Trigger", "Stage", "Activated", "Value then", "Threshold", "Rows that decided it")
    cut = f"The newest {shown.height} of {rows.height}." if rows.height > shown.height else ""
    return Table("Every activation", head, body, numeric=(3, 4), folded=True, note=cut)


def draw_lanes(
    acts: Sequence[Act],
    lanes: Sequence[str],
    desk: Desk,
    warning: datetime | None,
    start: datetime,
    name: str,
    saying: str,
    width: float,
) -> Markup:
    """Draw words and deeds, or activations, at a width."""
    return draw_timeline(
        acts,
        lanes,
        width,
        zone=desk.zone,
        warning=warning,
        moment=desk.now,
        start=start,
        title=name,
        text=saying,
    )
