"""What all draws share: network, states of use, routes, reception, and the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Bools, Floats, Ints
from forestall.core.geography import great_circle_km
from forestall.core.units import parse_duration
from forestall.displacement.control import control_given_up, held_lately, places_lost
from forestall.displacement.destinations import Pulls, read_pulls
from forestall.displacement.exposure import Exposure, read_exposure
from forestall.displacement.network import Network, Regimes, read_network, read_regimes
from forestall.displacement.priors import Prior, load_priors, priors_of
from forestall.displacement.reception import (
    expected_shares,
    host_places,
    hours_between,
    limits,
    reception_places,
)
from forestall.displacement.routes import (
    Route,
    SlotForest,
    adjacency,
    cheapest,
    cheapest_routes,
    routes_by_site,
)
from forestall.options.displace import DisplaceOptions
from forestall.roads import unknown_roads, usable_if_unknown

if TYPE_CHECKING:
    from forestall.crisis import Crisis

MOST_SITES = 20
"""Places of reception that people of one origin choose between, the nearest first."""
NEIGHBOURS = 5
"""Nearest origins whose leaving is noticed."""


@dataclass(frozen=True, eq=False)
class Choice:
    """One route that people of one origin may take in one state of the network."""

    slot: int
    hours: float
    conflict_places: int
    walking: bool
    may_walk: bool
    site: int = 0


@dataclass(frozen=True, eq=False)
class Environment:
    """What all draws share: the environment in the sense of ODD (Grimm et al. 2020, doi:10.18564/jasss.4259).

    Parameters
    ----------
    network, regimes, exposure
        See their modules. States 0..n-1 are those of ``regimes``; state n+i is state i with the
        corridors open that may reopen. In these 2n states corridors of which no status is known stand
        as passable; the next 2n are the same by the first pattern drawn for them, and so on.
    patterns : int
        How many patterns are drawn; 0 where every status is known.
    passable, restricted : array of bool, shape (states, corridors)
        Use of each corridor by people who leave.
    origins, reception, hosts : list of str
        Places.
    forest : SlotForest
        Slots of all routes.
    choices : list of list of list of Choice
        By state and origin.
    reroute : array of int, shape (states, slots)
        Slot that people on a slot change to when a state begins.
    pulls : Pulls
        What draws people to each place of reception.
    way_hours : array of float, shape (origins, reception)
        Travel time once all that may reopen is open; infinite where there is no way.
    """

    crisis: Crisis
    options: DisplaceOptions
    network: Network
    regimes: Regimes
    exposure: Exposure
    passable: Bools
    restricted: Bools
    patterns: int
    reception: list[str]
    hosts: list[str]
    host_hours: Floats
    host_share: Floats
    host_share_source: str
    site_limit: Ints
    host_limit: Ints
    forest: SlotForest
    choices: list[list[list[Choice]]]
    reroute: Ints
    neighbours: list[list[int]]
    pulls: Pulls
    way_hours: Floats

    @property
    def origins(self) -> list[str]:
        """Places with people who may leave."""
        return self.exposure.origins

    @cached_property
    def control_given_up(self) -> str | None:
        """The known event in which holders of exposed places give them up, or None."""
        found = control_given_up(self.crisis, self.options, self.exposure.holders)
        return found[0] if found is not None else None

    @cached_property
    def lost(self) -> Bools:
        """Which origins are known to be lost: changed hands lately, or given up by who holds them."""
        found = control_given_up(self.crisis, self.options, self.exposure.holders)
        theirs = found[1] if found is not None else []
        lately = held_lately(self.crisis, self.options)
        given = lately.filter(lately["held_by"].is_in(theirs) | lately["before"].is_in(theirs))["place"]
        gone = {*self.places_lost, *given.to_list()}
        return np.array([place in gone for place in self.origins], dtype=np.bool_)

    @cached_property
    def holder_losses(self) -> tuple[int, int]:
        """How many exposed places were lost lately by those who lost any, of how many they held."""
        lately = held_lately(self.crisis, self.options)
        lately = lately.filter(lately["place"].is_in(self.origins)).drop_nulls("before")
        losers = lately.filter(lately["before"] != lately["held_by"])["before"].unique()
        held = lately.filter(lately["before"].is_in(losers.implode()))
        return int((held["before"] != held["held_by"]).sum()), held.height

    @cached_property
    def priors(self) -> Mapping[str, Prior]:
        """The general priors, with those of the crisis in their place."""
        return priors_of(self.crisis)

    @cached_property
    def places_lost(self) -> list[str]:
        """Exposed places whose holder has changed since shortly before the moment."""
        return places_lost(self.crisis, self.options, self.origins)

    @property
    def cut_off(self) -> list[str]:
        """Origins without a route at the moment that have one in another state."""
        return self.shut_in(self.regimes.state_at(self.crisis.moment))

    def shut_in(self, state: int) -> list[str]:
        """Return the origins without a route in a state that have one in another."""
        return [
            name
            for name, choices in zip(self.origins, self.choices[state], strict=True)
            if not choices and name not in self.never_joined
        ]

    @property
    def all_cut_off(self) -> bool:
        """Whether no origin that has a way out in any state has one at the moment."""
        return bool(self.cut_off) and len(self.cut_off) + len(self.never_joined) == len(self.origins)

    @property
    def never_joined(self) -> list[str]:
        """Origins without a route in any state."""
        return [name for o, name in enumerate(self.origins) if not any(state[o] for state in self.choices)]


def read_environment(crisis: Crisis, options: DisplaceOptions, since: datetime) -> Environment:
    """Return what all draws share, for violence that starts not before ``since``."""
    network = read_network(crisis)
    regimes = read_regimes(crisis, network, since, parse_duration(options.recent_closure).timedelta)
    exposure = read_exposure(crisis, options)
    reception = reception_places(crisis, options)
    exposure = without_reception(exposure, reception)
    hosts = host_places(crisis, reception, exposure.origins)
    if_known = np.concatenate([regimes.passable, regimes.passable | regimes.may_reopen])
    patterns = drawn_patterns(network, regimes, options)
    passable = by_pattern(if_known, regimes.unknown, patterns)
    restricted = np.tile(regimes.restricted, (2 + 2 * len(patterns), 1))
    walking = walking_hours(network, options.walking_km_per_hour)
    forest = SlotForest(network, walking)
    choices = [
        choices_of(network, forest, options, exposure, reception, usable) for usable in distinct(passable)
    ]
    reroute = reroutes(network, forest, passable, len(if_known), reception)
    starts, ends = [network.place(p) for p in reception], [network.place(p) for p in hosts]
    share, source = expected_shares(crisis, hosts)
    return Environment(
        crisis=crisis,
        options=options,
        network=network,
        regimes=regimes,
        exposure=exposure,
        passable=passable,
        restricted=restricted,
        patterns=len(patterns),
        reception=reception,
        hosts=hosts,
        host_hours=hours_between(network, if_known[-1], starts, ends),
        host_share=share,
        host_share_source=source,
        site_limit=limits(crisis, reception),
        host_limit=limits(crisis, hosts),
        forest=forest,
        choices=spread_out(passable, choices),
        reroute=reroute,
        neighbours=nearest_origins(network, exposure.origins),
        pulls=read_pulls(crisis, reception, exposure.origins),
        way_hours=hours_between(network, if_known[-1], [network.place(o) for o in exposure.origins], starts),
    )


def drawn_patterns(network: Network, regimes: Regimes, options: DisplaceOptions) -> Bools:
    """Return which corridors can be used should their status be unknown, shape (patterns, corridors)."""
    if not regimes.unknown.any():
        return np.ones((0, len(network.corridors)), dtype=np.bool_)
    prior = unknown_roads()
    large = len(network.places) > options.detailed_routes_up_to
    ways = [(network.places[a], network.places[b]) for a, b in zip(network.start, network.end, strict=True)]
    return usable_if_unknown(ways, options.seed, prior.patterns_large if large else prior.patterns)


def by_pattern(passable: Bools, unknown: Bools, patterns: Bools) -> Bools:
    """Return the states of use by pattern, those with every unknown corridor passable first.

    Parameters
    ----------
    passable : array of bool, shape (2 states, corridors)
    unknown : array of bool, shape (states, corridors)
    patterns : array of bool, shape (patterns, corridors)

    Returns
    -------
    array of bool, shape ((1 + patterns) 2 states, corridors)

    Examples
    --------
    >>> both = np.array([[True, True], [True, True]])
    >>> by_pattern(both, np.array([[False, True]]), np.array([[False, False]])).tolist()
    [[True, True], [True, True], [True, False], [True, False]]
    """
    twice = np.concatenate([unknown, unknown])
    return np.concatenate([passable, *(np.where(twice, passable & drawn, passable) for drawn in patterns)])


def without_reception(exposure: Exposure, reception: Sequence[str]) -> Exposure:
    """Return the exposure without places of reception: nobody flees from where people are received."""
    keep = [i for i, place in enumerate(exposure.origins) if place not in reception]
    if len(keep) == len(exposure.origins):
        return exposure
    share = exposure.share[keep]
    return Exposure(
        [exposure.origins[i] for i in keep],
        share / share.sum(),
        exposure.estimates,
        exposure.unknown,
        exposure.holders,
    )


def distinct(passable: Bools) -> list[Bools]:
    """Return the different states of use, in order of their first appearance."""
    return [passable[s] for s in first_alike(passable) if s == first_alike(passable)[s]]


def first_alike(passable: Bools) -> list[int]:
    """Return for each state the first state with the same use."""
    seen: dict[bytes, int] = {}
    return [seen.setdefault(row.tobytes(), s) for s, row in enumerate(passable)]


def spread_out(passable: Bools, choices: list[list[list[Choice]]]) -> list[list[list[Choice]]]:
    """Return the choices of every state from those of the different ones."""
    alike = first_alike(passable)
    rank = {state: i for i, state in enumerate(dict.fromkeys(alike))}
    return [choices[rank[state]] for state in alike]


def walking_hours(network: Network, km_per_hour: float) -> Floats:
    """Return hours on foot; where the length is not known, ten times those of vehicles."""
    on_foot = np.where(network.on_foot, network.hours, network.km / km_per_hour)
    return np.where(np.isnan(on_foot), network.hours * 10.0, on_foot)


def choices_of(
    network: Network,
    forest: SlotForest,
    options: DisplaceOptions,
    exposure: Exposure,
    reception: Sequence[str],
    usable: Bools,
) -> list[list[Choice]]:
    """Return the routes of every origin in one state of the network."""
    origins, sites = [network.place(p) for p in exposure.origins], [network.place(p) for p in reception]
    cost = search_cost(network, exposure.origins)
    most = max(options.routes, min(len(sites), MOST_SITES))
    routes = routes_by_site(network, cost, usable, origins, sites, most)
    if len(network.places) <= options.detailed_routes_up_to:
        leaving, targets = adjacency(network, cost, usable), frozenset(sites)
        detailed = [cheapest_routes(network, leaving, cost, o, targets, options.routes) for o in origins]
        routes = [joined_routes(network, *both) for both in zip(detailed, routes, strict=True)]
    exposed = set(origins)
    site_of = {place: i for i, place in enumerate(sites)}
    return [
        [c for route in found for c in as_choices(network, forest, options, route, exposed, site_of)]
        for found in routes
    ]


def joined_routes(network: Network, cheap: list[Route], by_site: list[Route]) -> list[Route]:
    """Return the cheapest routes, and the cheapest one to every place of reception that they leave out."""
    reached = {int(network.end[route.corridors[-1]]) for route in cheap}
    return [*cheap, *(r for r in by_site if int(network.end[r.corridors[-1]]) not in reached)]


def search_cost(network: Network, exposed: Sequence[str]) -> Floats:
    """Return the generalised cost by which routes are found: hours, and danger of exposed places."""
    danger = np.zeros(len(network.places))
    danger[[network.place(p) for p in exposed]] = load_priors()["danger_hours"].a
    return np.asarray(network.hours + danger[network.end], dtype=np.float64)


def as_choices(
    network: Network,
    forest: SlotForest,
    options: DisplaceOptions,
    route: Route,
    exposed: set[int],
    site_of: dict[int, int],
) -> list[Choice]:
    """Return a route as people in vehicles and, where it is short enough, on foot take it."""
    path = list(route.corridors)
    site = site_of[int(network.end[path[-1]])]
    hours, passed = float(network.hours[path].sum()), sum(int(network.end[e]) in exposed for e in path)
    may_walk = float(forest.walking_hours[path].sum()) <= options.walking_hours_at_most
    ways = [Choice(forest.add(path, walking=False, site=site), hours, passed, False, may_walk, site)]
    if may_walk:
        ways.append(Choice(forest.add(path, walking=True, site=site), hours, passed, True, True, site))
    return ways


def reroutes(
    network: Network, forest: SlotForest, passable: Bools, states: int, reception: Sequence[str]
) -> Ints:
    """Return which slot people change to when a state of the network begins.

    People whose remaining route is shut take the cheapest open one from where their corridor
    ends; where there is none they wait. A draw stays within its pattern, of ``states`` states each.
    """
    targets = frozenset(network.place(p) for p in reception)
    site_of = {network.place(p): i for i, p in enumerate(reception)}
    table: list[list[int]] = [[] for _ in range(len(passable))]
    if any(not (some == some[0]).all() for some in np.split(passable, len(passable) // states)):
        grown = -1
        while grown != len(forest.lane):
            grown = len(forest.lane)
            for state, usable in enumerate(passable):
                leaving = adjacency(network, network.hours, usable)
                for slot in range(len(table[state]), len(forest.lane)):
                    table[state].append(_other_slot(network, forest, slot, usable, leaving, targets, site_of))
    width = len(forest.lane)
    return np.array([row + list(range(len(row), width)) for row in table], dtype=np.int64).reshape(
        len(passable), width
    )


def _other_slot(
    network: Network,
    forest: SlotForest,
    slot: int,
    usable: Bools,
    leaving: dict[int, list[tuple[int, int, float]]],
    targets: frozenset[int],
    site_of: dict[int, int],
) -> int:
    rest = forest.rest(slot)
    if all(usable[e] for e in rest):
        return slot
    corridor = forest.lane[slot] % len(network.corridors)
    other = cheapest(leaving, int(network.end[corridor]), targets)
    if other is None or not other.corridors:
        return slot
    walking = forest.lane[slot] >= len(network.corridors)
    path = [corridor, *other.corridors]
    return forest.add(path, walking=walking, site=site_of[int(network.end[path[-1]])])


def nearest_origins(network: Network, origins: Sequence[str]) -> list[list[int]]:
    """Return for each origin itself and its nearest origins; all of them where positions are unknown."""
    rows = [network.place(p) for p in origins]
    lon, lat = network.lon[rows], network.lat[rows]
    if np.isnan(lon + lat).any() or len(rows) <= NEIGHBOURS:
        return [list(range(len(rows))) for _ in rows] if len(rows) <= 50 else [[o] for o in range(len(rows))]
    return [
        np.argsort(great_circle_km(lon[o], lat[o], lon, lat), kind="stable")[: NEIGHBOURS + 1].tolist()
        for o in range(len(rows))
    ]


def horizon_end(crisis: Crisis, options: DisplaceOptions) -> datetime:
    """Return the end of the forecast."""
    return crisis.moment + timedelta(days=parse_duration(options.horizon).days)
