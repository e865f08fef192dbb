"""Pre-positioning: from gaps, sites, prices and roads to the programme's arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forestall.core.arrays import Floats, Ints
from forestall.core.units import parse_amount, parse_duration
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.items import Item
from forestall.preparedness.needs import Demand, demands
from forestall.preparedness.people import Presence
from forestall.preparedness.programme import Programme
from forestall.preparedness.reach import Reach, closed_in, not_shut, open_corridors, shortest_ways

if TYPE_CHECKING:
    from forestall.crisis import Crisis

SITE_WEIGHT = 1e-3
"""A further site must avert more than this share of the unmet need."""


@dataclass(frozen=True)
class Site:
    """Where supplies can be stored before: room in tonnes and money to open it, None = not known."""

    site: str
    place: str
    room: float | None
    opening: float | None


@dataclass(frozen=True, eq=False)
class Instance:
    """One instance of the programme, with the names of its rows.

    Attributes
    ----------
    at_once
        The same with every site reaching every place at once.
    person_days
        Unmet person-days if nothing is stored, shape (draws, items).
    worth
        Loss per unmet person-day, shape (items,).
    """

    problem: Programme
    at_once: Programme
    sites: tuple[Site, ...]
    items: tuple[Item, ...]
    unpriced: tuple[Item, ...]
    places: tuple[str, ...]
    person_days: Floats
    worth: Floats


def candidate_sites(crisis: Crisis, presence: Presence) -> list[Site]:
    """Return the sites that can be stocked; where the crisis names none, every place that hosts.

    Left out are closed sites, and those that open roads join to people inside a closed area
    but to no place that hosts: nothing can be brought there before.
    """
    closed = crisis.status("site_status").filter(pl.col("status") == "closed")["site"].implode()
    rows = crisis["sites"].filter(~pl.col("site").is_in(closed)).sort("site")
    shut = cut_off(crisis, presence)
    if rows.height:
        named = [Site(r["site"], r["place"], r["room_tonnes"], r["cost"]) for r in rows.iter_rows(named=True)]
        return [site for site in named if site.place not in shut]
    hosts = crisis["places"].filter(pl.col("hosts"))["place"].to_list()
    arrived = {place for place, who in presence.groups if who == "arrived"}
    return [Site(place, place, None, None) for place in sorted(arrived.intersection(hosts) or arrived)]


def cut_off(crisis: Crisis, presence: Presence) -> set[str]:
    """Return the places that only shut roads, or none, join to a place that hosts or where people arrive."""
    hosts = crisis["places"].filter(pl.col("hosts"))["place"].to_list()
    arrived = [place for place, who in presence.groups if who == "arrived"]
    inside = [place for place, who in presence.groups if who in ("inside", "at home")]
    roads = not_shut(crisis["corridors"], crisis.status("corridor_status"))
    return closed_in(roads, inside, [*hosts, *arrived])


def prices_of(items: pl.DataFrame, names: Sequence[Item]) -> list[float | None]:
    """Return the price of each item: that of its standard, else that of the table ``items``."""
    listed = {(r["item"], r["unit"]): r["price"] for r in items.iter_rows(named=True)}
    return [item.standard.price or listed.get((item.name, item.unit)) for item in names]


def tonnes_of(items: pl.DataFrame, names: Sequence[Item]) -> Floats:
    """Return tonnes per unit of each item, 0 where not known."""
    listed = {(r["item"], r["unit"]): r["kg"] for r in items.iter_rows(named=True)}
    return np.array([(listed.get((item.name, item.unit)) or 0.0) / 1000 for item in names])


def sample_draws(presence: Presence, count: int) -> Presence:
    """Return that many draws, evenly spaced over the cumulative weight (systematic sampling)."""
    if len(presence.draws) <= count:
        return presence
    reached = np.cumsum(presence.weights) / presence.weights.sum()
    picks = np.unique(np.searchsorted(reached, (np.arange(count) + 0.5) / count))
    keep = np.zeros(len(presence.draws), dtype=np.bool_)
    keep[picks] = True
    return presence.only(keep)


def build(
    crisis: Crisis, presence: Presence, items: Sequence[Item], options: PrepareOptions
) -> Instance | None:
    """Return the programme of one arm, or None where nothing can be planned.

    Parameters
    ----------
    crisis
        Places, corridors, sites, supplies and prices.
    presence
        People present in the draws of the arm.
    items
        Items with the figure of each day.
    options
        Options of the stage.
    """
    part = sample_draws(presence, options.plan_draws)
    found = list(demands(part, items, crisis["supplies"], crisis.zone))
    present = [item for item in items if any(d.item is item and d.gap.any() for d in found)]
    prices = prices_of(crisis["items"], present)
    priced = [item for item, price in zip(present, prices, strict=True) if price]
    sites = candidate_sites(crisis, presence)
    if not priced or not sites:
        return None
    places = tuple(sorted({d.place for d in found}))
    roads = open_corridors(crisis["corridors"], crisis.status("corridor_status"))
    reach = shortest_ways(roads, [site.place for site in sites], places)
    money = np.array([price for price in prices if price], dtype=np.float64)
    return _setting(crisis, part, found, (priced, present, money), (sites, places, reach), options)


def _setting(
    crisis: Crisis,
    part: Presence,
    found: Sequence[Demand],
    goods: tuple[Sequence[Item], Sequence[Item], Floats],
    ground: tuple[Sequence[Site], tuple[str, ...], Reach],
    options: PrepareOptions,
) -> Instance:
    """Fill the arrays and name their rows."""
    (priced, present, money), (sites, places, reach) = goods, ground
    demand, usable, averted, person_days = _arrays(part, found, priced, places, reach.hours, options)
    soonest = options.model_copy(update={"lead_time": "0 days", "dispatch": "0 hours"})
    free = _arrays(part, found, priced, places, np.zeros_like(reach.hours), soonest)
    chance = part.weights / part.weights.sum()
    weights = _weights(priced)
    worth = weights / max(float(chance @ person_days @ weights), 1e-12)
    budget = parse_amount(options.budget)[0] if options.budget is not None else np.inf
    days = len(part.dates)
    problem = Programme(
        chance=chance,
        loss=person_days @ worth,
        demand=demand,
        usable=usable,
        benefit=averted * worth[None, :, None, None],
        price=money,
        bulk=tonnes_of(crisis["items"], priced),
        room=np.array([np.inf if site.room is None else site.room for site in sites]),
        opening=np.array([site.opening or 0.0 for site in sites]),
        budget=budget,
        path=reach.path,
        carry=np.full(len(reach.corridors), options.lorries_per_day * options.lorry_tonnes * days),
        tail_weight=options.tail_weight,
        tail=options.tail,
        cost_weight=1e-6 / budget if 0 < budget < np.inf else 0.0,
        site_weight=SITE_WEIGHT,
    )
    at_once = replace(problem, demand=free[0], usable=free[1], benefit=free[2] * worth[None, :, None, None])
    unpriced = tuple(item for item in present if item not in priced)
    return Instance(
        problem=_drop_idle_corridors(problem),
        at_once=at_once,
        sites=tuple(sites),
        items=tuple(priced),
        unpriced=unpriced,
        places=places,
        person_days=person_days,
        worth=worth,
    )


def _weights(items: Sequence[Item]) -> Floats:
    """Weigh a person-day alike in every sector, and the items of a sector alike; sum 1."""
    sectors = [item.sector for item in items]
    return np.array([1 / len(set(sectors)) / sectors.count(sector) for sector in sectors])


def _drop_idle_corridors(problem: Programme) -> Programme:
    """Lift the limit of corridors that could not be full in any draw."""
    flow = np.einsum("skij,k->sij", problem.usable, problem.bulk)
    most = np.array([flow[:, path].sum(axis=1).max(initial=0.0) for path in problem.path])
    carry = np.where(most > problem.carry, problem.carry, np.inf) if len(most) else problem.carry
    return replace(problem, carry=carry)


def _arrays(
    part: Presence,
    found: Sequence[Demand],
    items: Sequence[Item],
    places: tuple[str, ...],
    hours: Floats,
    options: PrepareOptions,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return demand, usable, person-days averted per unit, and person-days unmet without stock."""
    draws, sites = len(part.draws), hours.shape[0]
    usable = np.zeros((draws, len(items), sites, len(places)))
    averted, demand = np.zeros_like(usable), np.zeros((draws, len(items), len(places)))
    person_days = np.zeros((draws, len(items)))
    for entry in found:
        if entry.item not in items:
            continue
        k, j = list(items).index(entry.item), places.index(entry.place)
        start = _first_served(entry, hours[:, j], options)
        usable[:, k, :, j], averted[:, k, :, j] = served(
            entry.gap, _rate(entry.item), start, used_up=entry.item.used_up
        )
        demand[:, k, j] = usable[:, k, :, j].max(axis=1)
        person_days[:, k] += entry.gap.sum(axis=1) / _rate(entry.item)
    return demand, usable, averted, person_days


def _rate(item: Item) -> float:
    """Return the mean amount per person over the days on which a standard holds."""
    return float(item.rate[item.rate > 0].mean())


def _first_served(entry: Demand, hours: Floats, options: PrepareOptions) -> Ints:
    """Return the first day on which stock of each site can serve the place, shape (draws, sites)."""
    days = entry.gap.shape[-1]
    there = entry.people > 0
    first = np.where(there.any(axis=1), there.argmax(axis=1), days)
    lead = ceil(parse_duration(options.lead_time).days)
    travel = (parse_duration(options.dispatch).days * 24 + hours) / 24
    travelled = np.where(np.isfinite(travel), np.ceil(np.where(np.isfinite(travel), travel, 0)), days)
    start = np.maximum(first[:, None] + travelled[None, :], lead)
    return np.asarray(np.minimum(start, days), dtype=np.int64)


def served(gap: Floats, rate: float, start: Ints, *, used_up: bool) -> tuple[Floats, Floats]:
    r"""Return the units that can be used from a day on, and the person-days each averts.

    Used up: :math:`u = \sum_{t \ge t_0} g_t`, each unit averting 1/r. Lasting:
    :math:`u = \max_{t \ge t_0} g_t`, each averting :math:`\sum_{t \ge t_0} g_t / (r u)`; since a
    part f of the units covers at least the part f of each day's gap, this never overstates.

    Parameters
    ----------
    gap
        Gap without stock, shape (draws, days).
    rate
        Amount per person (used up: and day).
    start
        First day served, shape (draws, sites); the number of days means never.
    used_up
        Whether the item is used up.

    Examples
    --------
    >>> units, averted = served(np.array([[2.0, 4.0]]), 2.0, np.array([[1]]), used_up=False)
    >>> units.tolist(), averted.tolist()
    ([[4.0]], [[0.5]])
    """
    after = np.concatenate([np.cumsum(gap[:, ::-1], axis=1)[:, ::-1], np.zeros((len(gap), 1))], axis=1)
    total = np.take_along_axis(after, start, axis=1)
    if used_up:
        return total, np.where(total > 0, 1 / rate, 0.0)
    most = np.concatenate(
        [np.maximum.accumulate(gap[:, ::-1], axis=1)[:, ::-1], np.zeros((len(gap), 1))], axis=1
    )
    peak = np.take_along_axis(most, start, axis=1)
    return peak, np.divide(total, rate * peak, out=np.zeros_like(total), where=peak > 0)
