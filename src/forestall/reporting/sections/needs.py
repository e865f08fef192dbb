"""What would be missing, by sector, and how many people would need help."""

from collections.abc import Sequence
from datetime import date
from functools import partial

import polars as pl
from markupsafe import Markup

from forestall.reporting.blocks import Block, Box, Figure, Heading, Table, missing, text
from forestall.reporting.charts.bars import Row, draw_shares
from forestall.reporting.desk import Desk, arms_apart, quantile, wide
from forestall.reporting.writing import interval, percent, rounded, sentence, unit
from forestall.schema.conventions import ALL


def show_gaps(desk: Desk) -> Sequence[Block]:
    """Return the gap of each item over all places on the day of the largest need."""
    parts = [(arm, desk.arm("gaps", arm).filter(pl.col("place") == ALL)) for arm in arms_apart(desk, "gaps")]
    blocks = [block for arm, rows in parts if rows.height for block in _gap_blocks(desk, arm, rows)]
    if not blocks:
        return [missing("Not assessed", "No gap over all places is in the table.")]
    return [text(*_saying()), *blocks, *_by_place(desk)]


def _gap_blocks(desk: Desk, arm: str, rows: pl.DataFrame) -> list[Block]:
    """Return what is covered and what is missing in one arm."""
    day = gap_day(rows)
    that_day = rows.filter(pl.col("date") == day)
    items = that_day.select("item", "supply_known").unique()
    blocks: list[Block] = [Heading(f"{sentence(arm)}: {desk.day(day)}, the day of the largest need")]
    if items["supply_known"].any():
        blocks.append(_coverage(arm, that_day))
    else:
        blocks.append(
            text(f"No supply is known for any of the {items.height} items: each gap is the most it can be.")
        )
    return [*blocks, _table(arm, that_day)]


def _saying() -> list[str]:
    """Return how to read the tables."""
    return [
        (
            "Need is the standard times the people present; the gap is the need minus the supply that is "
            "known, never below zero. Sectors are never added up or averaged. Where no supply is known "
            "the cell is hatched and the gap is the most it can be."
        )
    ]


def gap_day(rows: pl.DataFrame) -> date:
    """Return the day on which the median need, added over items relative to their peak, is largest."""
    middle = quantile(rows, 0.5)
    middle = middle if middle.height else rows
    share = pl.col("need") / pl.when(pl.col("need").max().over("item") > 0).then(
        pl.col("need").max().over("item")
    )
    by_day = (
        middle.with_columns(share=share.fill_null(0.0))
        .group_by("date")
        .agg(pl.col("share").sum())
        .sort("share", "date", descending=[True, False])
    )
    found: date = by_day["date"][0]
    return found


def _table(arm: str, rows: pl.DataFrame) -> Block:
    """Return need, supply and gap by sector and item."""
    gap, need = wide(rows, ["sector", "item"], "gap"), wide(rows, ["sector", "item"], "need")
    facts = rows.group_by("sector", "item", maintain_order=True).agg(
        pl.col("unit", "supply", "verified", "supply_known").first()
    )
    table = gap.join(need, on=["sector", "item"], suffix="_need", maintain_order="left").join(
        facts, on=["sector", "item"], maintain_order="left"
    )
    body = tuple(
        (
            sentence(r["sector"]),
            r["item"],
            unit(r["unit"]),
            rounded(r["q50_need"]),
            rounded(r["supply"]) if r["supply_known"] else None,
            rounded(r["q50"]),
            interval(r["q05"], r["q95"]),
            r["verified"],
        )
        for r in table.sort("sector", maintain_order=True).iter_rows(named=True)
    )
    head = (
        "Sector",
        "Item",
        "Unit",
        "Need, median",
        "Known supply",
        "Gap, median",
        "Gap, 90 % band",
        "Standard",
    )
    return Table(f"Gaps by sector, {arm}", head, body, numeric=(3, 4, 5, 6))


def _coverage(arm: str, rows: pl.DataFrame) -> Block:
    """Return how much of the median need the known supply covers."""
    middle = rows.filter((pl.col("quantile") - 0.5).abs() < 1e-6).sort("sector", maintain_order=True)
    bars: list[Row] = []
    for (sector,), part in middle.group_by("sector", maintain_order=True):
        bars.append(Row(sentence(str(sector)), style="heading"))
        bars += [_bar(r) for r in part.iter_rows(named=True)]
    name = f"Share of the need that known supply covers, {arm}"
    saying = (
        "Bars are the share covered at the median; hatched: no supply is known, which is not the same as "
        "none."
    )
    return Figure(
        name,
        partial(_draw, bars, name, saying),
        saying,
        (("bar", "covered by known supply"), ("unknown", "supply not known")),
    )


def _bar(row: dict[str, float]) -> Row:
    """Return the covered share of one item."""
    if not row["supply_known"]:
        return Row(str(row["item"]))
    share = 1.0 if row["need"] <= 0 else max(0.0, 1.0 - row["gap"] / row["need"])
    return Row(str(row["item"]), share, aside=percent(share))


def _draw(bars: Sequence[Row], name: str, saying: str, width: float) -> Markup:
    """Draw the covered shares at a width."""
    return draw_shares(bars, width, title=name, text=saying)


def _by_place(desk: Desk) -> list[Block]:
    """Return the gaps by place, where detail may be shown."""
    rows = desk.arm("gaps", "if it happens").filter(
        (pl.col("place") != ALL) & ((pl.col("quantile") - 0.5).abs() < 1e-6)
    )
    if rows.is_empty():
        return []
    if not desk.detail:
        return [
            Box(
                "withheld",
                "Withheld",
                ("Gaps by place are restricted detail; the last section says how to show them.",),
            )
        ]
    last = rows.filter(pl.col("date") == gap_day(rows)).sort("sector", "item", "place")
    body = tuple(
        (
            desk.name(r["place"]),
            sentence(r["sector"]),
            r["item"],
            rounded(r["need"]),
            rounded(r["supply"]) if r["supply_known"] else None,
            rounded(r["gap"]),
            unit(r["unit"]),
        )
        for r in last.head(desk.options.rows_shown).iter_rows(named=True)
    )
    cut = (
        f"The first {desk.options.rows_shown} of {last.height} rows."
        if last.height > desk.options.rows_shown
        else ""
    )
    return [
        Table(
            "Gaps by place at the median, if it happens",
            ("Place", "Sector", "Item", "Need", "Known supply", "Gap", "Unit"),
            body,
            numeric=(3, 4, 5),
            folded=True,
            note=cut,
        )
    ]


def show_severity(desk: Desk) -> Sequence[Block]:
    """Return people in need over all places by sector, counted mechanically and not endorsed."""
    said = (
        "Counted by the mechanical rules of JIAF 2 and not endorsed by anyone: the joint figure of a "
        "place is its highest sector, and the figure over places is their sum. Final figures are people's "
        "decisions."
    )
    rows = desk.arm("people_in_need", "if it happens").filter(pl.col("place") == ALL)
    if rows.is_empty():
        return [text(said), missing("Not assessed", "No figure over all places is in the table.")]
    # Where nobody is in need at the median, the day of the most is that of the other quantiles.
    middle = rows.filter((pl.col("quantile") - 0.5).abs() < 1e-6)
    middle = rows if middle.is_empty() else middle
    worst = middle.filter(pl.col("sector") == "joint") if "joint" in middle["sector"].unique() else middle
    peak = worst.sort("in_need", "date", descending=[True, False])["date"][0]
    # A quantile at which nobody is in need has no row.
    table = wide(rows.filter(pl.col("date") == peak), ["sector"], "in_need").fill_null(0.0)
    body = tuple(
        (sentence(r["sector"]), rounded(r["q50"]), interval(r["q05"], r["q95"]))
        for r in table.iter_rows(named=True)
    )
    shown = Table(
        f"People in need on {desk.day(peak)}, the day of the most, if it happens",
        ("Sector", "Median", "90 % band"),
        body,
        numeric=(1, 2),
    )
    return [text(said), shown]
