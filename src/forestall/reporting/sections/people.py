"""Who lives there, as everybody who counted or claimed says; and who fled and died before."""

from collections.abc import Sequence
from functools import partial

import polars as pl
from markupsafe import Markup

from forestall.reporting.blocks import Block, Figure, Heading, Table, text
from forestall.reporting.charts.bars import Row, draw_rows
from forestall.reporting.cite import cite
from forestall.reporting.desk import Desk
from forestall.reporting.writing import count_of, exact, range_words

KINDS = {
    "census": "census",
    "registration": "registration",
    "survey": "survey",
    "arithmetic": "other figures added and subtracted",
    "estimate": "estimate",
    "claim": "claim",
    "observed": "observed",
    "projection": "projection",
}


def show_exposed(desk: Desk) -> Sequence[Block]:
    """Return the competing estimates of the whole area, as a chart with its table."""
    totals = desk.frame("population").filter(pl.col("level") == "total")
    if totals.is_empty():
        return [_table(desk, desk.frame("population"), "People by place")]
    low, high = _span(totals)
    said = (
        f"{count_of(totals.height, 'figure')} for the whole area were public, from {exact(low)} to "
        f"{exact(high)} people. None is taken for the truth: the runs draw from their disagreement."
    )
    districts = desk.frame("population").filter(pl.col("level") != "total")
    blocks: list[Block] = [text(said), _figure(desk, totals)]
    if districts.height:
        blocks.append(_table(desk, districts, "By place", folded=True))
    return blocks


def _span(frame: pl.DataFrame) -> tuple[float, float]:
    """Return the smallest and the largest figure of all."""
    values = [v for name in ("low", "people", "high") for v in frame[name].drop_nulls().to_list()]
    return min(values), max(values)


def _figure(desk: Desk, totals: pl.DataFrame) -> Block:
    """Return who says how many."""
    rows = [
        Row(f"{r['who'][:34]}, {r['date'].year}", r["people"], r["low"], r["high"], style="said")
        for r in totals.sort("date").iter_rows(named=True)
    ]
    name = "How many people live there: who says what"
    saying = "Each mark is one published figure, each line its own range where one was given."
    return Figure(
        name,
        partial(_draw, rows, name, saying),
        saying,
        (("square", "figure given"), ("whisker", "range given")),
        _table(desk, totals, name, folded=True),
    )


def _draw(rows: Sequence[Row], name: str, saying: str, width: float) -> Markup:
    """Draw the estimates at a width."""
    return draw_rows(rows, width, title=name, text=saying, label_width=290)


def _table(desk: Desk, frame: pl.DataFrame, caption: str, *, folded: bool = False) -> Table:
    """Return population rows as a table."""
    rows = tuple(
        (
            desk.name(r["place"]),
            exact(r["people"]) if r["people"] is not None else None,
            range_words(r["low"], r["high"]),
            KINDS.get(r["kind"], r["kind"]),
            r["who"],
            desk.day(r["date"]),
            r["confidence"],
            cite(desk, r),
        )
        for r in frame.sort("place", "date").iter_rows(named=True)
    )
    head = ("Place", "People", "Range", "Kind", "Who says so", "Date", "Confidence", "Source")
    return Table(caption, head, rows, numeric=(1, 2), folded=folded)


def show_before(desk: Desk) -> Sequence[Block]:
    """Return earlier displacement and losses, of every side."""
    blocks: list[Block] = [
        text(
            "Displacement and losses of every side, as far as they were known. Rows that are part of a "
            "larger row are not added again."
        )
    ]
    blocks.append(_movements(desk))
    if desk.has("losses"):
        blocks += [Heading("Losses by side"), _losses(desk)]
    return blocks


def _movements(desk: Desk) -> Block:
    """Return who fled before."""
    frame = desk.frame("movements").sort("start")
    rows = tuple(
        (
            desk.day(r["start"]),
            r["group"],
            r["origin"],
            r["destination"],
            exact(r["people"]) if r["people"] is not None else None,
            range_words(r["low"], r["high"]),
            cite(desk, r),
        )
        for r in frame.iter_rows(named=True)
    )
    head = ("From", "Who", "Where from", "Where to", "People", "Range", "Source")
    return Table("Displacement and return known by then", head, rows, numeric=(4, 5), folded=len(rows) > 14)


def _losses(desk: Desk) -> Block:
    """Return losses by side, from sources that code the side."""
    rows = tuple(
        (
            r["side"],
            r["who_died"],
            r["episode"],
            exact(r["best"]) if r["best"] is not None else None,
            range_words(r["low"], r["high"]),
            r["measure"],
            cite(desk, r),
        )
        for r in desk.frame("losses").sort("start").iter_rows(named=True)
    )
    head = ("Side", "Who", "Episode", "Deaths", "Range", "What is counted", "Source")
    return Table(
        "Losses by side, civilians apart where the source tells them apart",
        head,
        rows,
        numeric=(3, 4),
        folded=len(rows) > 14,
    )
