"""Arrivals: the fan of each arm with what was counted laid over it, and where people would arrive."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import polars as pl
from markupsafe import Markup

from forestall.reporting.blocks import Block, Box, Figure, Heading, Table, missing, text
from forestall.reporting.charts.bars import Row, draw_rows
from forestall.reporting.charts.fan import Count, Fan
from forestall.reporting.desk import ARMS, Desk, wide
from forestall.reporting.reckoning import counts_of, fan_of, weighted_quantile, weights_of
from forestall.reporting.sections.fans import close_up, fan_figure, fan_from, top_of
from forestall.reporting.writing import exact, interval, percent, rounded
from forestall.schema.conventions import ALL, QUANTILES

ARM_SAYS = {
    "unconditional": "Over all draws: those in which nothing happens count with their zero.",
    "if it happens": "Only over the draws in which large-scale violence happens within the horizon.",
}
WITHHELD = "Detail below the first admin level is withheld; the last section says what and how to show it."
SINCE_DAYS = 30
"""Days since the beginning over which arrivals are shown."""


def show_arrivals(desk: Desk) -> Sequence[Block]:
    """Return the fans of each arm, never mixed, with what was counted laid over them."""
    place = desk.entry
    fans = {arm: fan for arm in ARMS if place and (fan := fan_of(desk, arm, place)) is not None}
    if not fans or place is None:
        return [missing("Not assessed", "No arrivals over all places are in the table.")]
    counts = counts_of(desk, place)
    blocks: list[Block] = [text(*_happens(desk))]
    if _same(fans):
        blocks.append(text("Violence has already begun, so both arms are the same and one is shown."))
        fans = {"if it happens": fans["if it happens"]}
    top = top_of(list(fans.values()), counts)
    for arm, fan in fans.items():
        blocks += [Heading(arm.capitalize()), text(ARM_SAYS[arm]), *_figures(desk, arm, fan, counts, top)]
    return [*blocks, *_since(desk, place)]


def _figures(desk: Desk, arm: str, fan: Fan, counts: Sequence[Count], top: float) -> list[Block]:
    """Return the close-up of the first days, where there is one, and the whole horizon."""
    where = "at all reception places" if desk.entry == ALL else f"at {desk.name(desk.entry)}"
    saying = f"People arrived so far {where}: median, 50 and 90 % bands of the draws."
    near = close_up(fan, desk.moment)
    whole = fan_figure(desk, fan, f"People arrived, {arm}", saying, counts=counts, top=top)
    if near is None:
        return [whole]
    name = f"People arrived, {arm}: the days after the moment"
    return [fan_figure(desk, near, name, saying, counts=counts), whole]


def _since(desk: Desk, place: str) -> list[Block]:
    """Return arrivals by days since the violence began, which no date of beginning blurs."""
    if not desk.has("arrivals_since_onset") or _ongoing(desk):
        return []
    start = datetime(2000, 1, 1, tzinfo=UTC)
    rows = desk.frame("arrivals_since_onset").filter(
        (pl.col("place") == place) & (pl.col("hours") <= SINCE_DAYS * 24)
    )
    at = pl.lit(start).dt.cast_time_unit("us") + pl.duration(seconds=(pl.col("hours") * 3600).cast(pl.Int64))
    fan = fan_from(rows.with_columns(at=at), "people")
    if fan is None:
        return []
    name = "People arrived, if it happens, by days since it began"
    saying = "The same draws, counted from the day on which violence begins in each."
    return [fan_figure(desk, fan, name, saying, since=True)]


def _ongoing(desk: Desk) -> bool:
    """Return whether the violence had begun before the moment in every draw."""
    return desk.has("episodes") and bool(desk.frame("episodes")["ongoing"].all())


def _same(fans: dict[str, Fan]) -> bool:
    """Return whether both arms say the same."""
    both = [fans.get(arm) for arm in ARMS]
    return None not in both and both[0] == both[1]


def _happens(desk: Desk) -> list[str]:
    """Return in words in how many draws violence happens."""
    if not desk.has("episodes"):
        return ["Each draw is one sampled future; the bands hold the middle 50 and 90 % of them."]
    rows = desk.frame("episodes")
    happens = rows.filter(pl.col("happens"))
    told = (
        f"Of {exact(rows.height)} draws, large-scale violence happens in "
        f"{percent(_weight(happens) / _weight(rows))}"
    )
    told += " (it had begun before the moment)." if rows["ongoing"].all() else " within the horizon."
    never = _weight(happens.filter(pl.col("reopens_at").is_null()))
    if 0 < never < _weight(happens):
        share = percent(never / _weight(happens))
        told += f" In {share} of these no closed corridor opens for people leaving within the horizon."
    return [told]


def _weight(rows: pl.DataFrame) -> float:
    """Return the weight of draws together."""
    return float(rows["weight"].sum())


def show_places(desk: Desk) -> Sequence[Block]:
    """Return where people would be at the end of the horizon, by place or by admin area."""
    arm = "if it happens"
    rows = _by_place(desk, arm) if desk.detail else _by_admin(desk, arm)
    if not rows:
        return [missing("Not assessed", "No arrivals by reception area are in the table.")]
    name = "Arrivals by place, if it happens" if desk.detail else "Arrivals by admin area, if it happens"
    saying = (
        "Median and 90 % band at the end of the horizon; the places are not independent and must not be "
        "added."
    )
    draw = partial(_draw_places, rows, name, saying)
    body = tuple(
        (r.name, rounded(r.middle), interval(r.inner_low, r.inner_high), interval(r.low, r.high))
        for r in rows
    )
    table = Table(name, ("Where", "Median", "50 % band", "90 % band"), body, numeric=(1, 2, 3), folded=True)
    key = (("disc", "median"), ("whisker-inner", "50 % band"), ("whisker", "90 % band"))
    blocks: list[Block] = [Figure(name, draw, saying, key, table)]
    return blocks if desk.detail else [*blocks, Box("withheld", "Withheld", (WITHHELD,))]


def _draw_places(rows: Sequence[Row], name: str, saying: str, width: float) -> Markup:
    """Draw arrivals by place at a width."""
    return draw_rows(rows, width, title=name, text=saying, label_width=230)


def _by_place(desk: Desk, arm: str) -> list[Row]:
    """Return arrivals by place at the last moment, largest first."""
    table = desk.arm("arrivals_summary", arm).filter(~pl.col("place").is_in([ALL, desk.entry or ALL]))
    table = table.filter(pl.col("at") == pl.col("at").max())
    rows = wide(table, ["place"], "people").sort("q50", descending=True)
    return [
        Row(desk.name(r["place"]), r["q50"], r["q05"], r["q95"], r["q25"], r["q75"])
        for r in rows.iter_rows(named=True)
    ]


def _by_admin(desk: Desk, arm: str) -> list[Row]:
    """Return arrivals by first admin area at the last moment, added up within each draw."""
    if not desk.has("arrivals"):
        return []
    area = pl.coalesce("admin1", "country", pl.lit("area not known")).alias("area")
    places = desk.frame("places").filter(pl.col("hosts")).select("place", area)
    draws = desk.frame("arrivals").filter(pl.col("at") == pl.col("at").max()).join(places, on="place")
    table = draws.group_by("area", "draw").agg(pl.col("people").sum()).join(weights_of(desk, arm), on="draw")
    rows = [_area_row(str(area), part) for (area,), part in table.group_by("area", maintain_order=True)]
    return sorted(rows, key=lambda row: (-(row.middle or 0.0), row.name))


def _area_row(area: str, part: pl.DataFrame) -> Row:
    """Return the quantiles of one area."""
    people, weight = part["people"].cast(pl.Float64).to_numpy(), part["weight"].to_numpy()
    low, low50, middle, high50, high = (weighted_quantile(people, weight, q) for q in QUANTILES)
    return Row(area, middle, low, high, low50, high50)
