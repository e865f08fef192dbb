"""Supplies known at a place: what is there on a day, and what is left after use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from forestall.core.arrays import Floats

PER_DAY = ("/day", " per day", "/d")
Stocks = dict[tuple[str, str], list[tuple[date, float, str]]]
"""Day of use, quantity and unit of each row, by place and item."""


@dataclass(frozen=True, eq=False)
class Supply:
    """What is known of one item at one place.

    Attributes
    ----------
    added
        Amount that becomes usable on each day, shape (days,); before the first day included
        in the first.
    daily
        Amount that comes again each day (a water plant, a bakery), shape (days,).
    known
        False where no row is known: then the supply is unknown, not zero.
    """

    added: Floats
    daily: Floats
    known: bool


def by_place_and_item(supplies: pl.DataFrame, zone: ZoneInfo) -> Stocks:
    """Return the rows of each place and item with the day from which they can be used.

    Parameters
    ----------
    supplies
        Table ``supplies``.
    zone
        Zone of the crisis, in which days are counted.
    """
    found: Stocks = {}
    day = pl.col("available_from").dt.convert_time_zone(zone.key).dt.date()
    rows = supplies.filter(pl.col("quantity") >= 0).with_columns(day=day)
    for place, item, when, quantity, unit in rows.select(
        "place", "item", "day", "quantity", "unit"
    ).iter_rows():
        found.setdefault((place, item), []).append((when, quantity, unit))
    return found


def supply_of(stocks: Stocks, place: str, item: str, unit: str, *, dates: Sequence[date]) -> Supply:
    """Gather the rows of one item at one place over the days.

    A row in the unit of the standard is an amount, one in that unit per day is a daily rate.
    Rows in any other unit and negative amounts are left out (a check reports them).

    Parameters
    ----------
    stocks
        Rows by place and item.
    place, item, unit
        What is looked for.
    dates
        Days, in order.
    """
    added, daily, known = np.zeros(len(dates)), np.zeros(len(dates)), False
    for day, quantity, stated in stocks.get((place, item), ()):
        index = _first_day(day, dates)
        if stated == unit:
            known = True
            added[index : index + 1] += quantity
        elif stated in [unit + suffix for suffix in PER_DAY]:
            known = True
            daily[index:] += quantity
    return Supply(added, daily, known)


def _first_day(day: date, dates: Sequence[date]) -> int:
    """Return the index of the first day on or after that day."""
    return sum(1 for d in dates if d < day)


def on_hand(need: Floats, supply: Supply, *, used_up: bool) -> Floats:
    r"""Return what is on hand each day before it is used.

    Items that last: everything that has become usable, plus the daily rate. Items that are
    used up: :math:`A_t = S_{t-1} + a_t + r_t`, :math:`S_t = \max(0, A_t - r_t - \max(0, n_t - r_t))`,
    with need n, added a, daily rate r (what comes daily and is not used is not kept).

    Parameters
    ----------
    need
        Need, shape (..., days).
    supply
        What is known of the item.
    used_up
        Whether the item is used up.

    Examples
    --------
    >>> stock = Supply(np.array([10.0, 0, 0]), np.zeros(3), True)
    >>> on_hand(np.array([4.0, 4.0, 4.0]), stock, used_up=True).tolist()
    [10.0, 6.0, 2.0]
    """
    if not used_up:
        return np.broadcast_to(np.cumsum(supply.added) + supply.daily, need.shape).astype(np.float64)
    out = np.empty(need.shape)
    stock = np.zeros(need.shape[:-1])
    for day in range(need.shape[-1]):
        stock = stock + supply.added[day]
        out[..., day] = stock + supply.daily[day]
        stock = np.maximum(0.0, stock - np.maximum(0.0, need[..., day] - supply.daily[day]))
    return out


def gap_of(need: Floats, supply: Supply, *, used_up: bool) -> Floats:
    """Return the gap: need minus what is on hand, at least 0.

    Examples
    --------
    >>> gap_of(np.array([4.0]), Supply(np.array([3.0]), np.zeros(1), True), used_up=False).tolist()
    [1.0]
    """
    return np.maximum(0.0, need - on_hand(need, supply, used_up=used_up))
