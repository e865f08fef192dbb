"""Unmet person-days by sector, and what supplies ordered, stored or bought avert of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats, Ints
from forestall.core.units import parse_duration
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.items import Item
from forestall.preparedness.needs import demands
from forestall.preparedness.people import Presence
from forestall.preparedness.preposition import candidate_sites, prices_of
from forestall.preparedness.reach import open_corridors, shortest_ways

if TYPE_CHECKING:
    from forestall.crisis import Crisis

WHO = ("arrived", "on the road", "inside")


@dataclass(frozen=True, eq=False)
class Shortfall:
    """People lacking one item, by draw and day, where supplies can reach them and where not.

    Attributes
    ----------
    reached, unreached
        People lacking it, shape (draws, days).
    travel
        Days from dispatch to the nearest reached place.
    """

    item: Item
    reached: Floats
    unreached: Floats
    travel: int


def of_kind(presence: Presence, who: str) -> Presence:
    """Return the presence of one kind of people alone."""
    rows = [i for i, (_, kind) in enumerate(presence.groups) if kind == who]
    groups = tuple(presence.groups[i] for i in rows)
    return replace(presence, groups=groups, people=presence.people[:, rows, :])


def orderable(crisis: Crisis, items: Sequence[Item]) -> list[Item]:
    """Return the items that can be ordered, those with a known price; where there is none, all."""
    prices = prices_of(crisis["items"], items)
    return [item for item, price in zip(items, prices, strict=True) if price] or list(items)


def shortfalls(
    crisis: Crisis, presence: Presence, items: Sequence[Item], *, sites: Sequence[str] | None = None
) -> list[Shortfall]:
    """Return who lacks what, split by whether open roads lead there from a site.

    Parameters
    ----------
    crisis
        Roads, supplies and sites.
    presence
        People of one kind.
    items
        Items looked at.
    sites
        Places supplies come from; None = every site that can be stocked.
    """
    starts = list(sites) if sites is not None else [site.place for site in candidate_sites(crisis, presence)]
    roads = open_corridors(crisis["corridors"], crisis.status("corridor_status"))
    places = presence.places
    hours = shortest_ways(roads, starts, places).hours if starts and places else np.zeros((0, len(places)))
    nearest = dict(zip(places, hours.min(axis=0, initial=np.inf), strict=True))
    shape = (len(presence.draws), len(presence.dates))
    found = {item: (np.zeros(shape), np.zeros(shape), [0.0]) for item in items}
    for entry in demands(presence, items, crisis["supplies"], crisis.zone):
        people = np.divide(
            entry.gap, entry.item.rate, out=np.zeros(shape), where=np.greater(entry.item.rate, 0)
        )
        there, cut_off, travel = found[entry.item]
        if np.isfinite(nearest[entry.place]):
            there += people
            travel.append(float(nearest[entry.place]))
        else:
            cut_off += people
    return [Shortfall(item, a, b, ceil(max(hours_) / 24)) for item, (a, b, hours_) in found.items()]


def unmet_after(lacking: Shortfall, stock: float, start: Ints) -> Floats:
    r"""Return the unmet person-days of each draw once stock can be handed out from a day on.

    Lasting items serve :math:`\min(x_t, S/r)` people each day from the start; items that are
    used up serve people until the stock is gone. Distribution between the places reached is
    taken as perfect; places no open road leads to get nothing.

    Parameters
    ----------
    lacking
        People lacking the item.
    stock
        Units.
    start
        First day of handing out, shape (draws,); the number of days or more means never.

    Examples
    --------
    >>> from forestall.preparedness.standards import Standard
    >>> item = Item(Standard("shelter", "blanket", 1.0, "piece", False, "read", None), np.ones(3))
    >>> lack = Shortfall(item, np.array([[10.0, 20.0, 20.0]]), np.zeros((1, 3)), 0)
    >>> unmet_after(lack, 15.0, np.array([1])).tolist()
    [20.0]
    """
    people, rate = lacking.reached, lacking.item.rate
    open_days = np.arange(people.shape[1])[None, :] >= start[:, None]
    if lacking.item.used_up:
        wanted = people * rate * open_days
        before = np.cumsum(wanted, axis=1) - wanted
        given = np.clip(stock - before, 0, wanted)
        served = np.divide(given, rate, out=np.zeros_like(given), where=np.greater(rate, 0))
    else:
        most = np.divide(stock, rate, out=np.zeros_like(rate), where=np.greater(rate, 0))
        served = np.minimum(people, most[None, :]) * open_days
    return np.asarray((people - served).sum(axis=1) + lacking.unreached.sum(axis=1), dtype=np.float64)


def start_days(lacking: Shortfall, available: Floats, options: PrepareOptions) -> Ints:
    """Return the first day of handing out: once available and needed, plus dispatch and travel.

    Parameters
    ----------
    lacking
        People lacking the item.
    available
        Day on which the stock is in the warehouse, shape (draws,); negative = before the first.
    options
        Options of the stage: dispatch.
    """
    needed = lacking.reached > 0
    days = needed.shape[1]
    first = np.where(needed.any(axis=1), needed.argmax(axis=1), days)
    under_way = ceil(parse_duration(options.dispatch).days) + lacking.travel
    return np.asarray(np.maximum(first, np.ceil(available)) + under_way, dtype=np.int64)


def by_sector(unmet: Mapping[Item, Floats]) -> dict[str, Floats]:
    """Return the unmet person-days of each sector: those of the item that is lacked most, draw by draw.

    Sectors are never added: the same person may lack food and shelter.
    """
    sectors: dict[str, Floats] = {}
    for item, days in unmet.items():
        sectors[item.sector] = np.maximum(sectors.get(item.sector, 0.0), days)
    return sectors
