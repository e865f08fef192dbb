"""Arrivals: the fan of each arm, where people would arrive, how many would be on the road and wait."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import numpy as np
import polars as pl
from markupsafe import Markup

from forestall.reporting.blocks import Block, Box, Figure, Heading, Table, missing, text
from forestall.reporting.charts.bars import Row, draw_rows
from forestall.reporting.charts.fan import Count, Fan, draw_fan
from forestall.reporting.charts.svg import nice_top
from forestall.reporting.desk import ARMS, QUANTILES, Desk, wide
from forestall.reporting.reckoning import at_moment, counts_of, fan_of, weighted_quantile, weights_of
from forestall.reporting.writing import exact, interval, percent, rounded, span

FAN_KEY = (("median", "median"), ("band50", "50 % of draws"), ("band90", "90 % of draws"))
ARM_SAYS = {
    "unconditional": "Over all draws: those in which nothing happens count with their zero.",
    "if it happens": "Only over the draws in which large-scale violence happens within the horizon.",
}
WITHHELD = "Detail below the first admin level is withheld; the last section says what and how to show it."


def show_arrivals(desk: Desk) -> Sequence[Block]:
    """Return one fan for each arm, never mixed, with what was counted laid over it."""
    place = desk.entry
    fans = {arm: fan for arm in ARMS if place and (fan := fan_of(desk, arm, place)) is not None}
    if not fans or place is None:
        return [missing("Not assessed", "No arrivals over all places are in the table.")]
    counts = counts_of(desk, place)
    blocks: list[Block] = [text(*_happens(desk))]
    if _same(fans):
        blocks.append(text("Violence has already begun, so both arms are the same and one is shown."))
        fans = {"if it happens": fans["if it happens"]}
    top = _top(list(fans.values()), counts)
    for arm, fan in fans.items():
        blocks.append(Heading(arm.capitalize()))
        blocks.append(text(ARM_SAYS[arm]))
        blocks.append(_figure(desk, arm, fan, counts, top))
    return blocks


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
    if never > 0:
        share = percent(never / _weight(happens))
        told += f" In {share} of these no closed corridor opens for people leaving within the horizon."
    return [told]


def _weight(rows: pl.DataFrame) -> float:
    """Return the weight of draws together."""
    return float(rows["weight"].sum())


def _top(fans: Sequence[Fan], counts: Sequence[Count]) -> float:
    """Return one end of the axis for all fans."""
    seen = [c.people for c in counts for fan in fans if fan.at[0] <= c.at <= fan.at[-1]]
    return nice_top(max([*(v for fan in fans for v in fan.q95), *seen, 1.0]))


def _figure(desk: Desk, arm: str, fan: Fan, counts: Sequence[Count], top: float) -> Block:
    """Return the fan of one arm with its key and table."""
    inside = [c for c in counts if fan.at[0] <= c.at <= fan.at[-1] or not c.later]
    key = list(FAN_KEY)
    if any(not c.later for c in inside):
        key.append(("count-then", "counted, known at the moment"))
    if any(c.later for c in inside):
        key.append(("count-later", "counted, known only later"))
    name = f"People arrived, {arm}"
    where = "at all reception places" if desk.entry == "ALL" else f"at {desk.name(desk.entry)}"
    saying = f"People arrived so far {where}: median, 50 and 90 % bands of the draws."
    draw = partial(_draw, fan, inside, desk, top, name, saying)
    return Figure(name, draw, saying, tuple(key), _table(desk, name, fan, inside))


def _draw(
    fan: Fan, counts: Sequence[Count], desk: Desk, top: float, name: str, saying: str, width: float
) -> Markup:
    """Draw one fan at a width."""
    return draw_fan(
        fan, counts, width, zone=desk.zone, moment=desk.moment, top_value=top, title=name, text=saying
    )


def _table(desk: Desk, name: str, fan: Fan, counts: Sequence[Count]) -> Table:
    """Return the fan at about a dozen moments beside the counts nearest to them."""
    picked = [fan.at[round(i)] for i in np.linspace(0, len(fan.at) - 1, min(13, len(fan.at)))]
    body = []
    for at in picked:
        low, low50, middle, high50, high = at_moment(fan, at)
        body.append(
            (
                desk.when(at),
                rounded(middle),
                interval(low50, high50),
                interval(low, high),
                _beside(at, counts),
            )
        )
    head = ("Moment", "Median", "50 % band", "90 % band", "Counted within 12 hours before")
    return Table(name, head, tuple(body), numeric=(1, 2, 3, 4), folded=True)


def _beside(at: datetime, counts: Sequence[Count]) -> str:
    """Return the last count of the twelve hours before a moment, marked where known only later."""
    near = [c for c in counts if 0 <= (at - c.at).total_seconds() <= 12 * 3600]
    if not near:
        return "no count"
    return exact(near[-1].people) + (" (known only later)" if near[-1].later else "")


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
    table = desk.arm("arrivals_summary", arm).filter(~pl.col("place").is_in(["ALL", desk.entry or "ALL"]))
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


def show_road(desk: Desk) -> Sequence[Block]:
    """Return people on the road over time, and where detail may be shown queues and hours of waiting."""
    arm = "if it happens"
    rows = desk.arm("road_summary", arm).filter(pl.col("corridor") == "ALL")
    table = wide(rows, ["at"], "on_road").sort("at").drop_nulls()
    blocks: list[Block] = []
    if table.height > 1:
        fan = Fan(table["at"].to_list(), *[table[f"q{q * 100:02.0f}"].to_list() for q in QUANTILES])
        blocks.append(_road_figure(desk, fan))
    if not desk.detail:
        return [
            *blocks,
            Box(
                "withheld",
                "Withheld",
                ("Queues and hours of waiting by corridor are restricted. " + WITHHELD,),
            ),
        ]
    return [*blocks, _waiting(desk, arm)]


def _road_figure(desk: Desk, fan: Fan) -> Block:
    """Return the fan of people on the road."""
    name, saying = (
        "People on the road, if it happens",
        "People under way at each moment, whether they move or wait.",
    )
    draw = partial(_draw, fan, [], desk, nice_top(max([*fan.q95, 1.0])), name, saying)
    picked = [fan.at[round(i)] for i in np.linspace(0, len(fan.at) - 1, min(13, len(fan.at)))]
    body = []
    for at in picked:
        low, low50, middle, high50, high = at_moment(fan, at)
        body.append((desk.when(at), rounded(middle), interval(low50, high50), interval(low, high)))
    table = Table(
        name, ("Moment", "Median", "50 % band", "90 % band"), tuple(body), numeric=(1, 2, 3), folded=True
    )
    return Figure(name, draw, saying, FAN_KEY, table)


def _waiting(desk: Desk, arm: str) -> Block:
    """Return each corridor at the hour of its longest median wait."""
    rows = desk.arm("road_summary", arm).filter(pl.col("corridor") != "ALL")
    body = []
    for (key,), part in rows.group_by("corridor", maintain_order=True):
        wait, queue = wide(part, ["at"], "wait_hours"), wide(part, ["at"], "queued")
        peak = wait.sort("q50", "q95", descending=True).row(0, named=True)
        if not peak["q95"]:
            continue
        held = queue.filter(pl.col("at") == peak["at"]).row(0, named=True)
        cells = (
            rounded(held["q50"]),
            interval(held["q05"], held["q95"]),
            span(peak["q50"]),
            f"{rounded(peak['q05'], 2)} to {rounded(peak['q95'], 2)}",
        )
        body.append((peak["q50"], (desk.corridors.get(str(key), str(key)), desk.when(peak["at"]), *cells)))
    if not body:
        return text("No corridor has a queue in any draw.")
    shown = tuple(cells for _, cells in sorted(body, key=lambda pair: -pair[0]))
    head = ("Corridor", "At", "People in the queue", "90 % band", "Wait, median", "Hours, 90 % band")
    return Table("Each corridor at its longest median wait, if it happens", head, shown, numeric=(2, 3, 4, 5))
