"""What was said and done, how long it took, and who depends on whom."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import polars as pl
from markupsafe import Markup

from forestall.reporting.blocks import Block, Figure, Table, text
from forestall.reporting.charts.bars import Row, draw_rows, draw_shares
from forestall.reporting.charts.timeline import Act
from forestall.reporting.desk import Desk
from forestall.reporting.sections.triggers import draw_lanes
from forestall.reporting.writing import count_of, exact, percent, rounded, sentence

LANES = 12
"""Actors with a lane of their own on the timeline; the table holds all."""


def show_timeline(desk: Desk) -> Sequence[Block]:
    """Return words and deeds on one axis, the days counted from the first public warning."""
    rows = desk.frame("response_timeline").sort("at")
    first = desk.frame("response_gap").row(0, named=True) if desk.has("response_gap") else None
    blocks: list[Block] = []
    if first is not None:
        blocks.append(
            text(
                f"The days are counted from the first public warning, {desk.when(first['warning_at'])}: "
                f"{first['warning']}."
            )
        )
    blocks.append(_timeline_figure(desk, rows, first))
    return blocks


def _without_id(desk: Desk, words: str) -> str:
    """Return what happened without the id of its event before it."""
    start, _, rest = words.partition(": ")
    return rest if rest and desk.has("events") and start in desk.frame("events")["event"].unique() else words


def _timeline_figure(desk: Desk, rows: pl.DataFrame, first: dict[str, Any] | None) -> Block:
    """Return the picture with its table."""
    warning: datetime | None = first["warning_at"] if first else None
    begin: datetime = warning or rows["at"][0]
    start = begin - timedelta(days=desk.options.timeline_days_before)
    shown = rows.filter(pl.col("at") >= start)
    acts = [
        Act(r["at"], desk.name(r["actor"]), r["form"] == "material", r["stance"] == "conflict")
        for r in shown.iter_rows(named=True)
    ]
    counts = Counter(act.lane for act in acts)
    lanes = sorted(counts, key=lambda lane: (-counts[lane], lane))
    name = "Words and deeds since the first public warning"
    saying = "One lane for each actor, by the same rule for all."
    if len(lanes) > LANES:
        more = count_of(len(lanes) - LANES, "more actor")
        saying += f" The {LANES} actors with most entries have a lane; {more} stand in the table."
    draw = partial(draw_lanes, acts, lanes[:LANES], desk, warning, start, name, saying)
    key = (
        ("act-mc", "deed, cooperation"),
        ("act-vc", "word, cooperation or criticism"),
        ("act-mx", "deed, conflict"),
        ("act-vx", "word, conflict"),
    )
    return Figure(name, draw, saying, key, _timeline_table(desk, shown, name))


def _timeline_table(desk: Desk, rows: pl.DataFrame, name: str) -> Table:
    """Return statements and acts, newest first."""
    shown = rows.sort("at", descending=True).head(desk.options.rows_shown)
    body = tuple(
        (
            desk.when(r["at"]),
            exact(r["days_from_warning"]),
            desk.name(r["actor"]),
            f"{'deed' if r['form'] == 'material' else 'word'}, {r['stance']}",
            r["what"],
        )
        for r in shown.iter_rows(named=True)
    )
    cut = (
        f"The newest {desk.options.rows_shown} of {rows.height} rows."
        if rows.height > desk.options.rows_shown
        else ""
    )
    return Table(name, ("Known", "Days", "Who", "Form", "What"), body, numeric=(1,), folded=True, note=cut)


def show_response(desk: Desk) -> Sequence[Block]:
    """Return the days to each actor's first statement and first material act."""
    rows = desk.frame("response_gap").sort("days_to_material", "days_to_statement", "actor", nulls_last=True)
    answered = rows.filter(
        pl.col("days_to_material").is_not_null() | pl.col("days_to_statement").is_not_null()
    )
    silent = rows.height - answered.height
    said = (
        "The same rule for all: days from the first public warning to the first statement and to the "
        "first material act of cooperation known by the moment. None known is not a proof of none."
    )
    if silent:
        said += f" For {count_of(silent, 'more actor')} neither is known."
    return [
        text(said),
        *([_response_figure(desk, answered)] if answered.height else []),
        _response_table(desk, rows),
    ]


def _response_figure(desk: Desk, rows: pl.DataFrame) -> Block:
    """Return the days to words and to deeds as two marks on one line for each actor."""
    bars = [
        Row(
            desk.name(r["actor"]),
            r["days_to_material"] if r["days_to_material"] is not None else r["days_to_statement"],
            r["days_to_statement"] if r["days_to_material"] is not None else None,
            r["days_to_material"] if r["days_to_statement"] is not None else None,
            style="model" if r["days_to_material"] is not None else "baseline",
            beside=(r["days_to_statement"],) if r["days_to_statement"] is not None else (),
        )
        for r in rows.iter_rows(named=True)
    ]
    name = "Days from the first public warning to words and to deeds"
    saying = (
        "Lines join the first statement and the first material act; a square alone: no material act is known."
    )
    key = (("square", "first statement"), ("disc", "first material act of cooperation"))
    return Figure(name, partial(_draw_days, bars, name, saying), saying, key)


def _draw_days(bars: Sequence[Row], name: str, saying: str, width: float) -> Markup:
    """Draw days to words and to deeds at a width."""
    return draw_rows(bars, width, title=name, text=saying, label_width=250)


def _response_table(desk: Desk, rows: pl.DataFrame) -> Table:
    """Return days, counts and money by actor."""
    body = tuple(
        (
            desk.name(r["actor"]),
            exact(r["days_to_statement"]) if r["days_to_statement"] is not None else "none known",
            exact(r["days_to_material"]) if r["days_to_material"] is not None else "none known",
            exact(r["statements"]),
            exact(r["material_acts"]),
            _money(r["promised"], r["unit"]),
            _money(r["delivered"], r["unit"]),
        )
        for r in rows.iter_rows(named=True)
    )
    head = (
        "Actor",
        "Days to first statement",
        "Days to first material act of cooperation",
        "Statements",
        "Material acts",
        "Promised",
        "Delivered",
    )
    return Table(
        "From warning to words and deeds", head, body, numeric=(1, 2, 3, 4, 5, 6), folded=len(body) > 12
    )


def _money(amount: float | None, unit: str | None) -> str | None:
    """Return an amount with its unit; None where it is not known."""
    return None if amount is None else f"{rounded(amount)} {unit or ''}".strip()


def show_ties(desk: Desk) -> Sequence[Block]:
    """Return who depends on whom, channel by channel, newest year known."""
    rows = desk.frame("ties_table")
    newest = newest_ties(rows)
    bars: list[Row] = []
    for (channel,), part in newest.sort("channel", "actor", "partner").group_by(
        "channel", maintain_order=True
    ):
        bars.append(Row(sentence(str(channel)), style="heading"))
        for r in part.sort("share", descending=True, nulls_last=True).iter_rows(named=True):
            share = r["share"]
            bars.append(
                Row(
                    f"{desk.name(r['actor'])} on {desk.name(r['partner'])}, {r['year']}",
                    share,
                    aside=percent(share),
                )
            )
    known = newest.filter(pl.col("share").is_not_null()).height
    name = "Who depends on whom"
    saying = (
        f"Share of the first actor's total in that channel that comes from or goes to the second; {known} "
        f"of {newest.height} shares are known. Hatched: not known, which is not zero."
    )
    table = _ties_table(desk, rows)
    return [
        Figure(
            name,
            partial(_draw_ties, bars, name, saying),
            saying,
            (("bar", "share"), ("unknown", "not known")),
            table,
        )
    ]


def newest_ties(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per actor, partner and channel: the newest share known, else the newest unknown one."""
    order = rows.with_columns(known=pl.col("share").is_not_null())
    best = order.sort("known", "year", descending=[True, True], maintain_order=True)
    return best.unique(["actor", "partner", "channel"], keep="first", maintain_order=True).drop("known")


def _draw_ties(bars: Sequence[Row], name: str, saying: str, width: float) -> Markup:
    """Draw the ties at a width."""
    return draw_shares(bars, width, title=name, text=saying, label_width=290)


def _ties_table(desk: Desk, rows: pl.DataFrame) -> Table:
    """Return the ties with what each is a share of and where it comes from."""
    body = tuple(
        (
            desk.name(r["actor"]),
            desk.name(r["partner"]),
            r["channel"],
            str(r["year"]),
            percent(r["share"]) if r["share"] is not None else None,
            r["of_what"],
            r["source"],
            r["confidence"],
        )
        for r in rows.sort("channel", "actor", "partner").iter_rows(named=True)
    )
    head = ("Who depends", "On whom", "Channel", "Year", "Share", "Of what", "Source", "Confidence")
    return Table("Ties known at the moment", head, body, numeric=(3, 4), folded=True)
