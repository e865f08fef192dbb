"""What differs between draws, as arrays for the movement: capacities, pace, routes, reception."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from forestall.core.arrays import Bools, Counts, Floats, Ints
from forestall.core.random import normals
from forestall.core.sampling import binomials, place_number, stream_key
from forestall.core.units import parse_duration
from forestall.displacement.cohorts import Capacities, Clock, Homes, Keys, Reception, Record, Roads
from forestall.displacement.destinations import attraction, nested_shares
from forestall.displacement.environment import Choice, Environment
from forestall.displacement.memory import Size, refuse_what_cannot_fit
from forestall.displacement.movement import move
from forestall.displacement.network import CLASSES
from forestall.displacement.onset import HOUR, Onsets, draw_reopening, first_given_day
from forestall.displacement.priors import Prior, own_priors, parameters, prior_scores
from forestall.displacement.reception import dirichlet_shares
from forestall.displacement.scale import most_who_leave, share_of_scale
from forestall.displacement.shares import shares_of_cases
from forestall.options.displace import DisplaceOptions

CARRY_OVER = 0.7
"""Share of a day's deviation of capacity that is left the next day (autoregression)."""
ROAD_RECORD_HOURS = 6
SHOCKS = ("onset", "begun", "reaches", "reopening", "return", "lost", "scale")


@dataclass(frozen=True, eq=False)
class Futures:
    """Draws with their parameters and onsets.

    Parameters
    ----------
    draws : array of int, shape (d,)
        Numbers of the draws: the keys of their random streams.
    scores, values : mapping of str to array of float, shape (d,)
        Standard normal scores and values of the parameters.
    onset_hours : array of float, shape (d,)
        Hours from the moment of knowledge to the onset.
    reopening_hours : array of float, shape (d,)
        Hours from the onset until shut corridors open; infinite where never.
    unrest : array of float, shape (d, origins), optional
        Pace per hour at which people leave where no wave is under way; not a number where one is.
    """

    draws: Ints
    scores: Mapping[str, Floats]
    values: Mapping[str, Floats]
    onset_hours: Floats
    reopening_hours: Floats
    unrest: Floats | None = None

    @property
    def steady(self) -> Bools:
        """In which draws people leave without a wave."""
        if self.unrest is None:
            return np.zeros(len(self.draws), dtype=np.bool_)
        return np.asarray(~np.isnan(self.unrest).all(axis=1))

    def only(self, keep: Bools | Ints) -> Futures:
        """Return some of the draws."""
        return Futures(
            self.draws[keep],
            {k: v[keep] for k, v in self.scores.items()},
            {k: v[keep] for k, v in self.values.items()},
            self.onset_hours[keep],
            self.reopening_hours[keep],
            None if self.unrest is None else self.unrest[keep],
        )


@dataclass(frozen=True, eq=False)
class Exodus:
    """Movement of some draws, with who was where at the onset."""

    clock: Clock
    roads: Roads
    capacities: Capacities
    record: Record
    people: Ints
    leavers: Ints
    reached: Bools
    lanes: Ints
    total: Counts | None = None


def make_clock(hourly: float, total: float, *, daily: bool) -> Clock:
    """Return steps that cover ``total`` hours: hourly up to ``hourly`` hours, then daily.

    Examples
    --------
    >>> make_clock(24, 72, daily=False).hours.shape, make_clock(24, 72, daily=True).hours.tolist()
    ((26,), [24.0, 24.0, 24.0])
    """
    fine = 0 if daily else min(math.ceil(hourly / 24) * 24, math.ceil(total / 24) * 24)
    coarse = max(0, math.ceil((total - fine) / 24))
    hours = np.concatenate([np.ones(fine), np.full(coarse, 24.0)])
    start = np.concatenate([[0.0], np.cumsum(hours)[:-1]]) if len(hours) else np.zeros(0)
    noted = np.where(hours < 2, (start + hours) % ROAD_RECORD_HOURS == 0, True)
    record = np.where(noted, np.cumsum(noted) - 1, -1).astype(np.int64)
    return Clock(start, hours, record, fine)


def days_of(clock: Clock) -> int:
    """Return how many days a clock covers."""
    return max(1, math.ceil(float((clock.start + clock.hours).max(initial=24.0)) / 24))


def draw_scores(seed: int, draws: Ints, origins: Sequence[str], days: int) -> dict[str, Floats]:
    """Return standard normal scores of all parameters and of what chance adds to them, by draw.

    Parameters
    ----------
    seed : int
        Seed of the run.
    draws : array of int, shape (d,)
        Numbers of the draws.
    origins : sequence of str
        Places that violence may reach.
    days : int
        Days over which capacities drift.
    """
    shocks = {f"shock:{name}": normals(seed, f"displace:{name}", draws) for name in SHOCKS}
    shocks["shock:reached"] = np.stack(
        [normals(seed, "displace:reached", draws, place=o) for o in origins], axis=1
    )
    shocks["shock:unrest"] = np.stack(
        [normals(seed, "displace:unrest", draws, place=o) for o in origins], axis=1
    )
    shocks["shock:capacity"] = np.stack(
        [normals(seed, "displace:capacity", draws, step=d) for d in range(days)], axis=1
    )
    return {**prior_scores(seed, draws), **shocks}


def make_futures(
    options: DisplaceOptions,
    draws: Ints,
    scores: Mapping[str, Floats],
    onsets: Onsets,
    day: date | None = None,
    priors: Mapping[str, Prior] | None = None,
) -> Futures:
    """Return draws with the values of their parameters, their onset and the reopening of corridors.

    Shares that leave are drawn from the named cases that were over by ``day``.
    """
    settled = {*options.fixed, *own_priors(priors or {})}
    values = {**parameters(scores, options.fixed, priors), **shares_of_cases(scores, settled, day)}
    elapsed = np.where(onsets.happens, np.maximum(-onsets.starts, 0.0), 0.0)
    never = values["reopening_never"]
    if "reopening_days" in options.fixed:
        reopening = np.where(never >= 1.0, np.inf, np.maximum(values["reopening_days"] * 24.0, elapsed))
    else:
        reopening = draw_reopening(
            scores["reopening_days"], scores["shock:reopening"], never, elapsed, priors
        )
    return Futures(draws, scores, values, onsets.starts, reopening)


def simulate(environment: Environment, futures: Futures, clock: Clock, *, onward: bool = True) -> Exodus:
    """Move the people of some draws over the steps of a clock, with or without what follows reception.

    Where no wave is under way the few who leave are let through what is open to relief only.
    """
    options, steady = environment.options, futures.steady
    futures = replace(futures, reopening_hours=np.where(steady, 0.0, futures.reopening_hours))
    roads, lanes = make_roads(environment)
    people = people_at_onset(environment, futures)
    reached = (reached_places(futures) | environment.lost) & ~steady[:, None]
    leavers = people_who_leave(environment, futures, people, bounded=True)
    leavers = np.where(steady[:, None], people, leavers)
    sizes = Size(len(environment.origins), len(environment.reception), len(environment.hosts), len(lanes))
    refuse_what_cannot_fit(sizes, clock, len(futures.draws), options.memory)
    homes = make_homes(environment, futures, clock, people, leavers, reached)
    capacities = make_capacities(environment, futures, clock, lanes)
    reception = make_reception(environment, futures) if onward else only_arrival(environment, futures)
    leave, route, onward_key, back = (
        stream_key(options.seed, f"displace:{name}") for name in ("leave", "route", "onward", "back")
    )
    keys = Keys(leave, route, onward_key, back, futures.draws)
    record = move(roads, capacities, clock, homes, reception, keys, workers=options.workers)
    return Exodus(clock, roads, capacities, record, people, leavers, reached, lanes)


def people_at_onset(environment: Environment, futures: Futures) -> Ints:
    """Return the people of each place by draw; never fewer than are given to leave it."""
    people = environment.exposure.people(futures.values["population"])
    if not environment.crisis.has("departures"):
        return people
    given: dict[str, int] = {}
    for place, some in environment.crisis["departures"].select("place", "people").iter_rows():
        given[place] = given.get(place, 0) + some
    return np.maximum(
        people, np.array([given.get(place, 0) for place in environment.origins], dtype=np.int64)
    )


def reached_places(futures: Futures) -> Bools:
    """Return which places violence reaches: the drawn share of them, at least one."""
    from scipy.special import ndtr

    numbers = ndtr(futures.scores["shock:reached"])
    share = futures.values["reached"][:, None]
    return np.asarray((numbers < share) | (numbers == numbers.min(axis=1, keepdims=True)))


def lost_draws(environment: Environment, futures: Futures) -> Bools:
    """Return in which draws those who hold the exposed places lose them, or give them up.

    Where some were lost lately, the chance of the others follows: the prior is beta(a, b), and each
    place lost or kept by those who lost any counts as one more (beta-binomial).
    """
    from scipy.special import betaincinv, ndtr

    if environment.lost.all():
        return np.ones(len(futures.draws), dtype=np.bool_)
    prior, (gone, held) = environment.priors["control_lost"], environment.holder_losses
    chance = futures.values["control_lost"]
    if prior.distribution == "beta" and held and "control_lost" not in environment.options.fixed:
        position = ndtr(futures.scores["control_lost"])
        chance = betaincinv(prior.a + gone, prior.b + held - gone, position)
    return np.asarray(ndtr(futures.scores["shock:lost"]) < chance)


def leaving_share(environment: Environment, futures: Futures) -> Floats:
    """Return the share of each place's people that leaves, by what happens to the place.

    Fighting in it, or around it (a smaller share); control of it lost or given up.

    Returns
    -------
    array of float, shape (draws, origins)
    """
    reached, values = reached_places(futures), futures.values
    share = values["share_leaving"][:, None] * np.where(reached, 1.0, values["far_share"][:, None])
    lost = (lost_draws(environment, futures)[:, None] & reached) | environment.lost[None, :]
    return np.where(lost, np.maximum(share, values["share_leaving_lost"][:, None]), share)


def people_who_leave(
    environment: Environment, futures: Futures, people: Ints, *, bounded: bool = False
) -> Ints:
    """Return how many of each place would leave: binomial, by the share for what happens to it.

    Where nobody has been counted, no more leave in all than wars of so many deaths moved elsewhere.
    """
    if environment.crisis.has("departures"):
        return people
    share = leaving_share(environment, futures)
    most = most_of(environment, futures, people) if bounded else None
    if most is not None:
        share = share * share_of_scale((people * share).sum(axis=1), most)[:, None]
    numbers = np.array([place_number(o) for o in environment.origins], dtype=np.uint64)
    return binomials(
        stream_key(environment.options.seed, "displace:leavers"),
        people,
        share,
        draw=futures.draws[:, None],
        place=numbers[None, :],
    )


def most_of(environment: Environment, futures: Futures, people: Ints) -> Floats | None:
    """Return the most people who leave by draw; None where a loss of control is known."""
    if environment.lost.all():
        return None
    return scale_of(environment, futures, people, lost_draws(environment, futures))


def scale_of(environment: Environment, futures: Futures, people: Ints, lost: Bools) -> Floats | None:
    """Return the most people who leave by draw, by its deaths and whether places are lost in it."""
    places = environment.crisis["places"]
    own = places.filter(places["place"].is_in(environment.origins))
    countries = sorted(own["country"].drop_nulls().unique().to_list())
    exposed = float(np.median(people.sum(axis=1)))
    score = futures.scores["shock:scale"]
    return most_who_leave(environment.crisis, futures.draws, countries, score, lost, exposed)


def make_roads(environment: Environment) -> tuple[Roads, Ints]:
    """Return slots and lanes in use, and the lanes' numbers in the network."""
    forest, corridors = environment.forest, len(environment.network.corridors)
    used, lane = np.unique(np.array(forest.lane, dtype=np.int64), return_inverse=True)
    delay = np.stack([forest.delays(1.0), forest.delays(24.0)])
    order_of_slots = np.argsort(lane, kind="stable")
    first = np.searchsorted(lane[order_of_slots], np.arange(len(used) + 1)).astype(np.int64)
    remaining = np.zeros(len(used))
    np.maximum.at(remaining, lane, np.array(forest.remaining_hours))
    longest = np.zeros((2, len(used)), dtype=np.int64)
    for phase in (0, 1):
        np.maximum.at(longest[phase], lane, delay[phase])
    roads = Roads(
        lane=lane.astype(np.int64),
        following=np.array(forest.following, dtype=np.int64),
        site=np.array(forest.site, dtype=np.int64),
        delay=delay,
        first=first,
        slots=order_of_slots.astype(np.int64),
        order=np.lexsort((np.arange(len(used)), -remaining)).astype(np.int64),
        corridor=used % corridors,
        longest=longest,
        passable=environment.passable,
        restricted=environment.restricted,
        reroute=environment.reroute,
    )
    return roads, used


def make_capacities(environment: Environment, futures: Futures, clock: Clock, lanes: Ints) -> Capacities:
    """Return what each lane in use can carry and hold, by draw."""
    network, values, corridors = environment.network, futures.values, len(environment.network.corridors)
    corridor, on_foot = lanes % corridors, lanes >= corridors
    per_vehicle = values["people_per_vehicle"][:, None]
    prior = np.stack([values[f"capacity_{c}"] for c in CLASSES], axis=1)[:, network.road_class[corridor]]
    known = network.vehicles_per_hour[corridor][None, :]
    vehicles = np.where(np.isnan(known), prior, known)
    crossing = network.into_crossing[corridor][None, :] & np.isnan(known)
    vehicles = np.where(crossing, np.minimum(vehicles, values["capacity_crossing"][:, None]), vehicles)
    carried = (
        vehicles * per_vehicle * network.capacity_factor[corridor][None, :]
        + network.extra_people_per_hour[corridor][None, :]
    )
    capacity = np.where(on_foot[None, :], np.inf, carried)
    hold = (
        np.where(np.isnan(network.storage_vehicles), network.km * network.lanes, np.nan)[corridor][None, :]
        * values["jam_density"][:, None]
    )
    hold = np.where(
        np.isnan(network.storage_vehicles[corridor])[None, :],
        hold,
        network.storage_vehicles[corridor][None, :],
    )
    storage = np.where(on_foot[None, :] | np.isnan(hold), np.inf, hold * per_vehicle)
    hours, states = switches(environment, futures)
    return Capacities(
        capacity,
        storage,
        capacity_drift(futures, clock),
        values["restricted_capacity"],
        values["opening_hours"],
        hours,
        states,
    )


def capacity_drift(futures: Futures, clock: Clock) -> Floats:
    """Return the factor on all capacities by draw and day: exp of a stationary AR(1)."""
    days = days_of(clock)
    shocks = futures.scores["shock:capacity"][:, :days]
    level = np.empty_like(shocks)
    level[:, 0] = shocks[:, 0]
    for day in range(1, days):
        level[:, day] = CARRY_OVER * level[:, day - 1] + math.sqrt(1 - CARRY_OVER**2) * shocks[:, day]
    sd = futures.values["capacity_drift"][:, None]
    return np.asarray(np.exp(sd * level - sd**2 / 2), dtype=np.float64)


def switches(environment: Environment, futures: Futures) -> tuple[Floats, Ints]:
    """Return when the use of the network changes in each draw: hours after the onset, state from then on."""
    regimes, moment = environment.regimes, environment.crisis.moment
    known = np.array([(c - moment).total_seconds() / HOUR for c in regimes.changes])
    states = len(regimes.changes) + 1
    changes = known[None, :] - futures.onset_hours[:, None]
    reopening = np.maximum(futures.reopening_hours, -futures.onset_hours)[:, None]
    hours = np.concatenate([np.full((len(changes), 1), -np.inf), changes, reopening], axis=1)
    plain = np.broadcast_to(np.arange(states), (len(changes), states))
    reopened_in = (changes <= reopening).sum(axis=1)[:, None]
    state = np.concatenate([plain, reopened_in], axis=1)
    after = np.concatenate(
        [
            np.zeros((len(changes), 1), dtype=bool),
            changes > reopening,
            np.ones((len(changes), 1), dtype=bool),
        ],
        axis=1,
    )
    state = np.where(after, state + states, state) + 2 * states * pattern_of(environment, futures)[:, None]
    order = np.argsort(hours, axis=1, kind="stable")
    return np.take_along_axis(hours, order, axis=1), np.take_along_axis(state, order, axis=1).astype(np.int64)


def pattern_of(environment: Environment, futures: Futures) -> Ints:
    """Return by draw the pattern of roads of unknown use, from 1; 0 where every status is known."""
    if not environment.patterns:
        return np.zeros(len(futures.draws), dtype=np.int64)
    return np.asarray(1 + futures.draws % environment.patterns, dtype=np.int64)


def make_homes(
    environment: Environment, futures: Futures, clock: Clock, people: Ints, leavers: Ints, reached: Bools
) -> Homes:
    """Return people at the origins, the rules of departure and the routes open to them, by draw."""
    values, draws = futures.values, len(futures.draws)
    near = 1.0 / (24.0 * values["days_to_leave"])
    pace = near[:, None] * np.where(reached, 1.0, values["far_pace"][:, None])
    steady = futures.steady
    if futures.unrest is not None:
        pace = np.where(steady[:, None], futures.unrest, pace)
    first, slots, share = entries(environment, futures)
    neighbour_first = np.concatenate([[0], np.cumsum([len(n) for n in environment.neighbours])]).astype(
        np.int64
    )
    ending_from, ending_until = ending(environment, futures)
    return Homes(
        people=people,
        leavers=leavers,
        pace=pace,
        fear=np.where(steady, 0.0, near * values["fear"]),
        reopening_hurry=np.where(steady, 1.0, values["reopening_hurry"]),
        ending_hurry=np.where(steady, 1.0, values["ending_hurry"]),
        ending_from=ending_from,
        ending_until=ending_until,
        intensity=intensity(environment, clock),
        given=given_departures(environment, clock),
        neighbour_first=neighbour_first,
        neighbours=np.array([n for some in environment.neighbours for n in some], dtype=np.int64),
        number=np.array([place_number(o) for o in environment.origins], dtype=np.uint64),
        entry_first=first,
        entry_slot=slots,
        entry_share=share if draws else np.zeros((0, len(slots))),
    )


def ending(environment: Environment, futures: Futures) -> tuple[Floats, Floats]:
    """Return from and until when an announced closure makes people hurry, in hours after the onset."""
    end = environment.regimes.announced_end
    if end is None:
        nowhere = np.full(len(futures.draws), np.inf)
        return nowhere, nowhere
    until = (end - environment.crisis.moment).total_seconds() / HOUR - futures.onset_hours
    known = np.maximum(
        until - parse_duration(environment.options.announced_end_window).timedelta.total_seconds() / HOUR,
        -futures.onset_hours,
    )
    return known, until


def entries(environment: Environment, futures: Futures) -> tuple[Ints, Ints, Floats]:
    """Return the slots by which people set out, by state and origin, and the share of each by draw."""
    first = np.zeros((len(environment.choices), len(environment.origins) + 1), dtype=np.int64)
    slots: list[int] = []
    shares: list[Floats] = []
    done: dict[int, int] = {}
    pull = attraction(environment.pulls, futures.values, environment.options.seed, futures.draws)
    for state, by_origin in enumerate(environment.choices):
        if id(by_origin) in done:
            first[state] = first[done[id(by_origin)]]
            continue
        done[id(by_origin)] = state
        for origin, choices in enumerate(by_origin):
            first[state, origin] = len(slots)
            slots.extend(choice.slot for choice in choices)
            shares.extend(route_shares(choices, futures, environment, pull))
            first[state, origin + 1] = len(slots)
    share = np.stack(shares, axis=1) if shares else np.zeros((len(futures.draws), 0))
    return first, np.array(slots, dtype=np.int64), np.ascontiguousarray(share)


def route_shares(
    choices: list[Choice], futures: Futures, environment: Environment, pull: Floats
) -> list[Floats]:
    """Return the share of people on each choice by draw: the destination, the route, on foot or not.

    Parameters
    ----------
    pull : array of float, shape (draws, reception)
        Pull of each place of reception, distance aside.
    """
    riding = [c for c in choices if not c.walking]
    if not riding:
        return []
    values = futures.values
    cost = np.stack([c.hours + values["danger_hours"] * c.conflict_places for c in riding], axis=1)
    sites = np.array([c.site for c in riding])
    share = np.empty_like(cost)
    there = np.unique(sites)
    nearest = np.array([min(c.hours for c in riding if c.site == site) for site in there])
    going = nested_shares(pull[:, there], nearest, environment.pulls.inside[there], values)
    for column, site in enumerate(there):
        own = sites == site
        some = cost[:, own]
        weight = np.exp(-values["route_sensitivity"][:, None] * (some - some.min(axis=1, keepdims=True)))
        share[:, own] = going[:, [column]] * weight / weight.sum(axis=1, keepdims=True)
    return on_foot_or_not(choices, share, values["without_vehicle"])


def on_foot_or_not(choices: list[Choice], share: Floats, on_foot: Floats) -> list[Floats]:
    """Return the share of each choice from the share of each route, and of people who walk."""
    shares: list[Floats] = []
    route = -1
    for choice in choices:
        route += not choice.walking
        part = on_foot if choice.walking else 1.0 - on_foot if choice.may_walk else np.ones_like(on_foot)
        shares.append(share[:, route] * part)
    return shares


def intensity(environment: Environment, clock: Clock) -> Floats:
    """Return the given intensity of violence by origin and day after the onset; 1 where none is given."""
    days = days_of(clock)
    table = np.ones((len(environment.origins), days))
    if not environment.crisis.has("intensity"):
        return table
    row = {name: o for o, name in enumerate(environment.origins)}
    first = first_given_day(environment.crisis)
    if first is None:
        return table
    table[:] = 0.0
    for place, day, value in environment.crisis["intensity"].select("place", "date", "value").iter_rows():
        if place in row and 0 <= (day - first).days < days:
            table[row[place], (day - first).days] = value
    return table


def given_departures(environment: Environment, clock: Clock) -> Ints:
    """Return given departures by origin and step, evenly over the day; no steps where none are given."""
    if not environment.crisis.has("departures"):
        return np.zeros((len(environment.origins), 0), dtype=np.int64)
    row = {name: o for o, name in enumerate(environment.origins)}
    table = np.zeros((len(environment.origins), len(clock.start)), dtype=np.int64)
    first = first_given_day(environment.crisis)
    if first is None:
        return table
    for place, day, people in environment.crisis["departures"].select("place", "date", "people").iter_rows():
        hours = (day - first).days * 24.0
        steps = np.flatnonzero((clock.start >= hours - 1e-9) & (clock.start < hours + 24.0 - 1e-9))
        if place in row and len(steps):
            whole = np.floor(np.arange(1, len(steps) + 1) * (people / len(steps)) + 1e-9).astype(np.int64)
            table[row[place], steps] += np.diff(np.concatenate([[0], whole]))
    return table


def make_reception(environment: Environment, futures: Futures) -> Reception:
    """Return stays, limits, ways on and return, by draw."""
    values, seed = futures.values, environment.options.seed
    last_stop = environment.hosts == environment.reception
    share = dirichlet_shares(
        seed, futures.draws, environment.hosts, environment.host_share, values["shares_concentration"]
    )
    hours = np.where(np.isfinite(environment.host_hours), environment.host_hours, 0.0)
    nearness = np.isfinite(environment.host_hours).astype(np.float64)
    if last_stop:
        nearness = np.where(nearness > 0, np.exp(-hours / 24.0), 0.0)
        np.fill_diagonal(nearness, 0.0)
    return Reception(
        stay_hours=np.full(len(futures.draws), np.inf) if last_stop else values["stay_hours"],
        host_share=np.ones_like(share) if last_stop else share,
        nearness=nearness,
        delay=np.stack([np.rint(hours), np.rint(hours / 24.0)]).astype(np.int64),
        site_limit=environment.site_limit,
        host_limit=environment.host_limit,
        last_stop=last_stop,
        return_from=return_start(futures),
        return_rate=values["return_rate"] / (30.4375 * 24.0),
        number=np.array([place_number(p) for p in environment.reception], dtype=np.uint64),
    )


def only_arrival(environment: Environment, futures: Futures) -> Reception:
    """Return reception that nobody leaves."""
    sites, nobody, never = (
        len(environment.reception),
        np.zeros((len(futures.draws), 0)),
        np.full(len(futures.draws), np.inf),
    )
    return Reception(
        stay_hours=never,
        host_share=nobody,
        nearness=np.zeros((sites, 0)),
        delay=np.zeros((2, sites, 0), dtype=np.int64),
        site_limit=environment.site_limit,
        host_limit=np.zeros(0, dtype=np.int64),
        last_stop=False,
        return_from=never,
        return_rate=np.zeros(len(futures.draws)),
        number=np.zeros(sites, dtype=np.uint64),
    )


def return_start(futures: Futures) -> Floats:
    """Return hours after the onset from which people return; infinite where they do not."""
    from scipy.special import ndtr

    possible = ndtr(futures.scores["shock:return"]) < futures.values["return_possible"]
    return np.where(possible, futures.values["return_after_days"] * 24.0, np.inf)
