"""Figures of a fan with its table, shared by the sections that show one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import numpy as np
import polars as pl
from markupsafe import Markup

from forestall.reporting.blocks import Figure, Table
from forestall.reporting.charts.fan import Count, Fan, draw_fan
from forestall.reporting.charts.svg import nice_top
from forestall.reporting.desk import Desk, wide
from forestall.reporting.reckoning import at_moment
from forestall.reporting.writing import exact, interval, rounded
from forestall.schema.conventions import QUANTILES, column_of

FAN_KEY = (("median", "median"), ("band50", "50 % of draws"), ("band90", "90 % of draws"))
NEAR = timedelta(days=16)
"""Length of the close-up after the moment."""
SOON = 0.6
"""Share of the high end of the whole horizon that the close-up must reach."""
LONG = timedelta(days=45)
"""Horizons longer than this get a close-up, where a fair part is expected to happen within it."""


def fan_from(rows: pl.DataFrame, value: str) -> Fan | None:
    """Return the fan of a long table with moments and quantiles, or None where there is too little."""
    table = wide(rows, ["at"], value).sort("at").drop_nulls()
    if table.height < 2:
        return None
    return Fan(table["at"].to_list(), *[table[column_of(q)].to_list() for q in QUANTILES])


def cut(fan: Fan, end: datetime) -> Fan:
    """Return a fan up to a moment."""
    keep = [at <= end for at in fan.at]
    part = [[v for v, k in zip(series, keep, strict=True) if k] for series in _series(fan)]
    return Fan([at for at, k in zip(fan.at, keep, strict=True) if k], *part)


def _series(fan: Fan) -> Sequence[Sequence[float]]:
    """Return the five quantiles of a fan."""
    return (fan.q05, fan.q25, fan.q50, fan.q75, fan.q95)


def close_up(fan: Fan, moment: datetime | None) -> Fan | None:
    """Return the first days after the moment, where the horizon is long and much may happen in them."""
    start = moment or fan.at[0]
    if fan.at[-1] - start < LONG:
        return None
    near = cut(fan, start + NEAR)
    return near if len(near.at) > 4 and near.q95[-1] >= SOON * fan.q95[-1] > 0 else None


def top_of(fans: Sequence[Fan], counts: Sequence[Count] = ()) -> float:
    """Return one end of the axis for all fans and the counts within them."""
    seen = [c.people for c in counts for fan in fans if fan.at[0] <= c.at <= fan.at[-1]]
    return nice_top(max([*(v for fan in fans for v in fan.q95), *seen, 1.0]))


def fan_figure(
    desk: Desk,
    fan: Fan,
    name: str,
    saying: str,
    *,
    counts: Sequence[Count] = (),
    top: float | None = None,
    since: bool = False,
    unit: str = "people",
) -> Figure:
    """Return a fan with its key and its table.

    Parameters
    ----------
    desk : Desk
        Gives zone and moment.
    fan : Fan
        Quantiles along time.
    name, saying : str
        Title and caption.
    counts : sequence of Count
        What was counted; only what falls within the fan, or was known by the moment, is drawn.
    top : float, optional
        End of the axis.
    since : bool
        Count days from the start of the fan.
    unit : str
        Written above the axis.
    """
    inside = [c for c in counts if fan.at[0] <= c.at <= fan.at[-1] or not c.later]
    key = list(FAN_KEY)
    key += [("count-then", "counted, known at the moment")] if any(not c.later for c in inside) else []
    key += [("count-later", "counted, known only later")] if any(c.later for c in inside) else []
    draw = partial(_draw, fan, inside, desk, top or top_of([fan], inside), name, saying, since, unit)
    return Figure(name, draw, saying, tuple(key), fan_table(desk, name, fan, inside, since=since))


def _draw(
    fan: Fan,
    counts: Sequence[Count],
    desk: Desk,
    top: float,
    name: str,
    saying: str,
    since: bool,
    unit: str,
    width: float,
) -> Markup:
    """Draw one fan at a width."""
    return draw_fan(
        fan,
        counts,
        width,
        zone=desk.zone,
        moment=None if since else desk.moment,
        top_value=top,
        title=name,
        text=saying,
        since=since,
        unit=unit,
    )


def fan_table(desk: Desk, name: str, fan: Fan, counts: Sequence[Count], *, since: bool = False) -> Table:
    """Return the fan at about a dozen moments beside the counts nearest to them."""
    picked = [fan.at[round(i)] for i in np.linspace(0, len(fan.at) - 1, min(13, len(fan.at)))]
    body = []
    for at in picked:
        low, low50, middle, high50, high = at_moment(fan, at)
        days = f"{(at - fan.at[0]).total_seconds() / 86400:.1f}" if since else desk.when(at)
        cells = (days, rounded(middle), interval(low50, high50), interval(low, high))
        body.append((*cells, _beside(at, counts)) if counts else cells)
    head = ("Days since it began" if since else "Moment", "Median", "50 % band", "90 % band")
    more = ("Counted within 12 hours before",) if counts else ()
    return Table(name, (*head, *more), tuple(body), numeric=(1, 2, 3, 4)[: 3 + len(more)], folded=True)


def _beside(at: datetime, counts: Sequence[Count]) -> str:
    """Return the last count of the twelve hours before a moment, marked where known only later."""
    near = [c for c in counts if 0 <= (at - c.at).total_seconds() <= 12 * 3600]
    if not near:
        return "no count"
    return exact(near[-1].people) + (" (known only later)" if near[-1].later else "")
