"""Inside a closed area: how long supplies would last, beside the days on which shortages were reported."""

from collections.abc import Sequence
from functools import partial

import polars as pl
from markupsafe import Markup

from forestall.reporting.blocks import Block, Figure, Heading, Table, text
from forestall.reporting.charts.bars import Row, draw_rows
from forestall.reporting.desk import Desk, wide
from forestall.reporting.sections.fans import fan_figure, fan_from
from forestall.reporting.sections.tables import plain_table, withheld
from forestall.reporting.writing import interval, percent, rounded, sentence, unit

VARIANT = "as reported"
"""The variant that is drawn; half and double of the one-sided figures stand in the table."""


def show_closure(desk: Desk) -> Sequence[Block]:
    """Return days to exhaustion, the stocks over time and the shortages that were reported."""
    if not desk.detail:
        said = "How long supplies would last inside a closed area is restricted detail."
        return [withheld(said)]
    said = (
        "Stock, inflow and ration are followed day by day. What one party alone reports, and stocks that "
        "are assumed, are also taken at half and at double; when the corridor reopens is drawn. Beside each "
        "stands the first shortage that was reported: a shortage is not yet the end of all stocks."
    )
    rows = desk.frame("closure_exhaustion")
    blocks: list[Block] = [text(said), _figure(desk, rows), *_stocks(desk)]
    if desk.has("closure_reports"):
        blocks += [Heading("Shortages that were publicly reported"), plain_table(desk, "closure_reports")]
    return blocks


def _figure(desk: Desk, rows: pl.DataFrame) -> Block:
    """Return days until each item runs out, by variant of the figures."""
    keys = ["item", "variant", "place", "closed_since", "runs_out", "horizon_days", "first_reported", "words"]
    table = wide(rows, keys, "days")
    horizon = max(table["horizon_days"].to_list())
    bars: list[Row] = []
    for (item,), part in table.group_by("item", maintain_order=True):
        bars.append(Row(sentence(str(item)), style="heading"))
        bars += [_bar(r, horizon) for r in part.iter_rows(named=True)]
    name = "Days from the closure until supplies run out"
    saying = (
        f"Median, 50 and 90 % bands; a line that reaches {horizon} days did not run out within the horizon."
    )
    body = tuple(
        (
            sentence(r["item"]),
            r["variant"],
            desk.name(r["place"]),
            desk.day(r["closed_since"]),
            percent(r["runs_out"]),
            rounded(r["q50"]) if r["q50"] is not None else f"over {horizon}",
            _span(r, horizon),
            desk.day(r["first_reported"]) if r["first_reported"] else "none reported",
            sentence(r["words"] or ""),
        )
        for r in table.iter_rows(named=True)
    )
    head = (
        "Item",
        "Figures",
        "Area",
        "Closed since",
        "Runs out in",
        "Days, median",
        "90 % band",
        "First shortage reported",
        "In words",
    )
    shown = Table(name, head, body, numeric=(4, 5, 6), folded=True)
    key = (("disc", "median"), ("whisker-inner", "50 % band"), ("whisker", "90 % band"))
    return Figure(name, partial(_draw, bars, name, saying), saying, key, shown)


def _bar(row: dict[str, float], horizon: float) -> Row:
    """Return one variant of one item; quantiles past the horizon end at it."""
    low, low50, middle, high50, high = (
        horizon if row[q] is None else row[q] for q in ("q05", "q25", "q50", "q75", "q95")
    )
    return Row(str(row["variant"]), middle, low, high, low50, high50)


def _span(row: dict[str, float], horizon: float) -> str:
    """Return the 90 % band in words, open where it passes the horizon."""
    if row["q05"] is None:
        return f"over {horizon:g}"
    if row["q95"] is None:
        return f"{rounded(row['q05'])} to over {horizon:g}"
    return interval(row["q05"], row["q95"])


def _draw(bars: Sequence[Row], name: str, saying: str, width: float) -> Markup:
    """Draw days to exhaustion at a width."""
    return draw_rows(bars, width, title=name, text=saying, label_width=170)


def _stocks(desk: Desk) -> list[Block]:
    """Return what is left of each item over time, as reported."""
    if not desk.has("closure_stock"):
        return []
    rows = desk.frame("closure_stock").filter((pl.col("variant") == VARIANT) & pl.col("known"))
    noon = pl.col("date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC") + pl.duration(hours=12)
    out: list[Block] = []
    for (item, kind), part in rows.with_columns(at=noon).group_by("item", "unit", maintain_order=True):
        fan = fan_from(part, "stock")
        if fan is not None and max(fan.q95) > 0:
            name = f"{sentence(str(item))} left, {unit(str(kind))}"
            out.append(
                fan_figure(desk, fan, name, "Stock by day, figures as reported.", unit=unit(str(kind)))
            )
    return out
