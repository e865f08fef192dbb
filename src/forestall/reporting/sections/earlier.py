"""What could be placed, changed or done earlier, and what each would buy under its assumptions."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import polars as pl
from markupsafe import Markup

from forestall.reporting.blocks import Block, Box, Figure, Heading, Table, text
from forestall.reporting.charts.bars import Row, draw_rows
from forestall.reporting.desk import Desk, wide
from forestall.reporting.sections.tables import plain_table, tables, withheld
from forestall.reporting.writing import interval, percent, percent_interval, rounded, sentence
from forestall.schema.conventions import ALL


def show_plan(desk: Desk) -> Sequence[Block]:
    """Return what to place where before, what it is worth and what it averts."""
    said = (
        "A plan over the draws within the budget and the limits of roads and stores. What is placed "
        "outside a closed road buys nothing inside it."
    )
    return [text(said), *tables(desk, "plan", "plan_value", "plan_effect", "needs_cost")]


def show_options(desk: Desk) -> Sequence[Block]:
    """Return what options change on the same draws, with their evidence and safeguards beside them."""
    said = (
        "Each option is judged with and without it on the same draws. They stand in the order of their "
        "names and are never ranked by people moved. Beside any option that moves people stand "
        "voluntariness, safety and the right to return."
    )
    blocks: list[Block] = [text(said), *([_notes(desk)] if desk.has("options_notes") else [])]
    if not desk.detail:
        return [*blocks, withheld("The effects are restricted detail.")]
    keys = ["options", "arm", "measure", "where", "unit"]
    rows = wide(desk.frame("options_effect"), keys, "difference").sort("options", maintain_order=True)
    over_all = rows.filter((pl.col("where") == ALL) & (pl.col("arm") == "if it happens"))
    if over_all.height:
        blocks.append(
            _effects(
                desk, "What each option changes over all places, if it happens", over_all, everywhere=True
            )
        )
    return [
        *blocks,
        _effects(desk, "Every effect: with the option less without it, paired by draw", rows),
    ]


def _effects(desk: Desk, caption: str, rows: pl.DataFrame, *, everywhere: bool = False) -> Table:
    """Return paired differences as a table; with place and arm where it is not over all places."""
    shown = rows.head(desk.options.rows_shown)
    body = tuple(
        (
            r["options"],
            r["measure"],
            *(() if everywhere else (desk.name(r["where"]), r["arm"])),
            rounded(r["q50"]),
            interval(r["q05"], r["q95"]),
            r["unit"],
        )
        for r in shown.iter_rows(named=True)
    )
    named = () if everywhere else ("Where", "Arm")
    head = ("Options", "Measure", *named, "Change, median", "90 % band", "Unit")
    cut = f"The first {shown.height} of {rows.height} rows." if rows.height > shown.height else ""
    first = 2 + len(named)
    return Table(caption, head, body, numeric=(first, first + 1), folded=not everywhere, note=cut)


def _notes(desk: Desk) -> Table:
    """Return what each option changes, on what evidence, and what stands beside it."""
    body = tuple(
        (
            r["option"],
            r["changes"],
            _published(r),
            r["evidence"],
            r["safeguards"] or "it moves nobody",
        )
        for r in desk.frame("options_notes").iter_rows(named=True)
    )
    head = ("Option", "What it changes", "Published effect", "Evidence", "What stands beside it")
    return Table("Options, their evidence and their safeguards", head, body)


def _published(row: dict[str, Any]) -> str:
    """Return the published effect of an act with its interval and reference, where it rests on one."""
    if row["effect"] is None:
        return "none used"
    band = f" ({interval(row['low'], row['high'])})" if row["low"] is not None else ""
    source = row["reference"] or "no reference given"
    return f"{rounded(row['effect'])} times the chance of violence{band}; {source}; an assumption"


def show_earlier(desk: Desk) -> Sequence[Block]:
    """Return unmet need averted under these assumptions, by trigger date and sector."""
    said = (
        "Supplies ordered on each date arrive after their lead time; movement is the same by "
        "construction. This is unmet need averted under these assumptions, sector by sector, never added "
        "over sectors, and never a claim that an act would have prevented violence. The dates were chosen "
        "with hindsight, so beside them stands how often the same rule would have activated and what that "
        "would have cost."
    )
    blocks: list[Block] = [Box("later", "Worked out with hindsight", (said,))]
    rows = desk.frame("earlier_averted")
    if desk.detail:
        blocks += [
            block
            for arm in rows["arm"].unique(maintain_order=True)
            for block in _averted(desk, arm, rows.filter(pl.col("arm") == arm))
        ]
    else:
        blocks.append(withheld("The figures by sector are restricted detail."))
    if desk.has("earlier_record"):
        blocks += [
            Heading("How often the same rule would have activated"),
            plain_table(desk, "earlier_record"),
        ]
    return blocks


def _averted(desk: Desk, arm: str, rows: pl.DataFrame) -> list[Block]:
    """Return averted person-days of one arm, a heading for each sector."""
    table = wide(rows, ["trigger", "ordered", "where", "sector"], "averted").sort(
        "sector", "ordered", "where"
    )
    reasons = {
        (trigger, where, sector): words
        for trigger, where, sector, words in rows.select("trigger", "where", "sector", "words").iter_rows()
    }
    bars: list[Row] = []
    for (sector,), part in table.group_by("sector", maintain_order=True):
        bars.append(Row(sentence(str(sector)), style="heading"))
        bars += [
            Row(
                f"{r['trigger'].replace('_', ' ')}, {r['where']}",
                r["q50"],
                r["q05"],
                r["q95"],
                r["q25"],
                r["q75"],
            )
            for r in part.iter_rows(named=True)
        ]
    name = f"Person-days of unmet need averted, {arm}"
    saying = (
        "Paired differences on the same draws: median, 50 and 90 % bands, by the date supplies would have "
        "been ordered."
    )
    body = tuple(
        (
            sentence(r["sector"]),
            r["trigger"].replace("_", " "),
            desk.day(r["ordered"]),
            r["where"],
            rounded(r["q50"]),
            interval(r["q05"], r["q95"]),
            "" if r["q05"] != r["q95"] else reasons.get((r["trigger"], r["where"], r["sector"]), ""),
        )
        for r in table.iter_rows(named=True)
    )
    shown = Table(
        name,
        ("Sector", "Trigger date", "Ordered", "Who", "Averted, median", "90 % band", "Why nothing"),
        body,
        numeric=(4, 5),
        folded=True,
    )
    key = (("disc", "median"), ("whisker-inner", "50 % band"), ("whisker", "90 % band"))
    return [Figure(name, partial(_draw, bars, name, saying), saying, key, shown)]


def _draw(bars: Sequence[Row], name: str, saying: str, width: float) -> Markup:
    """Draw averted need at a width."""
    return draw_rows(bars, width, title=name, text=saying, label_width=240)


def show_sensitivity(desk: Desk) -> Sequence[Block]:
    """Return which assumption moves the planning figures most, with intervals."""
    rows = desk.frame("sensitivity")
    rows = rows.filter(pl.col("arm") == "if it happens") if "if it happens" in rows["arm"].unique() else rows
    bars: list[Row] = []
    for (output,), part in rows.sort("output", "rank").group_by("output", maintain_order=True):
        bars.append(Row(sentence(str(output)), style="heading"))
        bars += [Row(r["assumption"], r["share"], r["low"], r["high"]) for r in part.iter_rows(named=True)]
    name = "Share of the spread that each assumption explains, if it happens"
    saying = "The larger the share, the more would be gained by measuring it; lines are 90 % intervals."
    body = tuple(
        (
            sentence(r["output"]),
            r["assumption"],
            percent(r["share"]),
            percent_interval(r["low"], r["high"]),
            "yes" if r["collect_next"] else "no",
        )
        for r in rows.sort("output", "rank").iter_rows(named=True)
    )
    table = Table(
        name,
        ("Figure", "Assumption", "Share", "90 % interval", "Collect next"),
        body,
        numeric=(2, 3),
        folded=True,
    )
    key = (("disc", "share"), ("whisker", "90 % interval"))
    return [Figure(name, partial(_draw_shares, bars, name, saying), saying, key, table)]


def _draw_shares(bars: Sequence[Row], name: str, saying: str, width: float) -> Markup:
    """Draw shares of the spread at a width."""
    return draw_rows(bars, width, title=name, text=saying, share=True, label_width=330)
