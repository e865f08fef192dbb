"""The course of a counted flight in the form in which movement is written down.

People set out some hours before they arrive, go on from first reception to hosts after a mean stay,
and return once they can; each is in one place at any time, to the person.
"""

from __future__ import annotations

import numpy as np

from forestall.core.arrays import Counts, Floats, Ints
from forestall.displacement.cohorts import Capacities, Clock, Record
from forestall.displacement.course import Course
from forestall.displacement.environment import Environment
from forestall.displacement.futures import (
    Exodus,
    Futures,
    make_capacities,
    make_reception,
    make_roads,
    people_at_onset,
    people_who_leave,
    reached_places,
    return_start,
)
from forestall.displacement.memory import Size, refuse_what_cannot_fit

HOURLY_UP_TO = 336.0
"""Hours since the onset up to which the course is kept hour by hour."""
HOURLY_AHEAD = 168.0


def course_clock(since: float, horizon: float) -> Clock:
    """Return steps from the onset to the horizon, one of which ends at the moment of knowledge.

    Examples
    --------
    >>> clock = course_clock(30.5, 240.0)
    >>> float(clock.start[0]), bool(np.isclose(clock.start + clock.hours, 30.5).any())
    (0.0, True)
    """
    step = 1.0 if since <= HOURLY_UP_TO else 24.0
    before = np.append(0.0, since - np.arange(np.ceil(since / step) - 1, -1, -1) * step)
    fine = np.arange(1.0, min(HOURLY_AHEAD, horizon) + 1) if step < 24 else np.zeros(0)
    rest = np.arange((len(fine) and fine[-1]) or 0.0, horizon, 24.0) + 24.0
    ends = np.unique(np.round(np.concatenate([before[1:], since + fine, since + rest]), 6))
    start = np.append(0.0, ends[:-1])
    hours = ends - start
    noted = (np.round(ends - since) % 6 == 0) | (hours > 2)
    record = np.where(noted, np.cumsum(noted) - 1, -1).astype(np.int64)
    return Clock(start, hours, record, int((hours < 2).sum()))


def exodus_of(environment: Environment, futures: Futures, clock: Clock, course: Course) -> Exodus:
    """Return the movement of all draws from their course."""
    roads, lanes = make_roads(environment)
    sizes = Size(len(environment.origins), len(environment.reception), len(environment.hosts), len(lanes))
    refuse_what_cannot_fit(sizes, clock, len(futures.draws), environment.options.memory)
    people = people_at_onset(environment, futures)
    reached = reached_places(futures)
    total = np.rint(course.total).astype(np.int64)
    people = at_least(people, total[:, -1])
    leavers = np.minimum(people_who_leave(environment, futures, people), people)
    capacities = make_capacities(environment, futures, clock, lanes)
    left = left_by_origin(course, clock, people, leavers, total)
    site, hosted, at_host, back = after_reception(environment, futures, clock, course, total)
    returned = split_back(back, left)
    on_lane, queued, used = on_roads(environment, lanes, capacities, clock, course, left, total)
    record = Record(
        arrived=counts(course.sites),
        hosted=counts(hosted),
        at_site=counts(site),
        at_host=counts(at_host),
        left=counts(left),
        back=counts(returned),
        on_lane=on_lane,
        queued=queued,
        used=used,
    )
    return Exodus(clock, roads, capacities, record, people, leavers, reached, lanes, counts(total))


def counts(people: Floats | Ints) -> Counts:
    """Return whole people."""
    return np.asarray(np.floor(np.asarray(people, dtype=np.float64) + 1e-6), dtype=np.int32)


def at_least(people: Ints, gone: Ints) -> Ints:
    """Return people by place, raised in proportion where fewer live there than were counted as gone."""
    everybody = people.sum(axis=1)
    short = np.maximum(gone - everybody, 0)
    scale = (everybody + short) / np.maximum(everybody, 1)
    return np.asarray(np.ceil(people * scale[:, None]), dtype=np.int64)


def left_by_origin(course: Course, clock: Clock, people: Ints, leavers: Ints, total: Ints) -> Ints:
    """Return people who left each place: arrived, on the way, or waiting; by who leaves from where."""
    ends = clock.start + clock.hours
    ahead = np.searchsorted(ends, ends + course.way_hours - 1e-6)
    later = np.minimum(ahead, len(ends) - 1)
    gone = np.minimum(total[:, later] + np.rint(course.waiting).astype(np.int64), people.sum(axis=1)[:, None])
    gone = np.asarray(np.maximum.accumulate(np.maximum(gone, total), axis=1), dtype=np.int64)
    weight = np.where(leavers.sum(axis=1, keepdims=True) > 0, leavers, people).astype(np.float64)
    share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1.0)
    some = np.minimum(np.floor(gone[:, :, None] * share[:, None, :]), people[:, None, :]).astype(np.int64)
    missing: Ints = gone - some.sum(axis=2)
    for o in np.argsort(-people.sum(axis=0)):
        more = np.minimum(missing, people[:, None, o] - some[:, :, o])
        some[:, :, o] += more
        missing -= more
    return np.asarray(some, dtype=np.int64)


def after_reception(
    environment: Environment, futures: Futures, clock: Clock, course: Course, total: Ints
) -> tuple[Floats, Floats, Floats, Ints]:
    """Return people present at first reception, those who came to hosts, those there, and who went home."""
    draws, steps = total.shape
    reception = make_reception(environment, futures)
    went_on = np.zeros((draws, steps))
    back = np.zeros((draws, steps))
    gates = np.array([place not in environment.hosts for place in environment.reception])
    onward = not reception.last_stop and len(environment.hosts) > 0
    scale = total / np.maximum(course.sites.sum(axis=2), 1.0)
    passing = (course.sites[:, :, gates].sum(axis=2) * scale) if onward else np.zeros((draws, steps))
    present, home = np.zeros(draws), np.zeros(draws)
    begins = return_start(futures)
    for t in range(steps):
        came = passing[:, t] - (passing[:, t - 1] if t else 0.0)
        move = (present + came) * -np.expm1(-clock.hours[t] / reception.stay_hours)
        present = present + came - move
        went_on[:, t] = (went_on[:, t - 1] if t else 0.0) + move
        rate = -np.expm1(-reception.return_rate * clock.hours[t])
        home = home + np.where(clock.start[t] >= begins, rate * np.maximum(total[:, t] - home, 0.0), 0.0)
        back[:, t] = home
    still = 1.0 - np.clip(back / np.maximum(total, 1.0), 0.0, 1.0)
    share = reception.host_share if onward else np.zeros((draws, len(environment.hosts)))
    share = share / np.maximum(share.sum(axis=1, keepdims=True), 1e-300)
    hosted = went_on[:, :, None] * share[:, None, :]
    there = course.sites * scale[:, :, None]
    if onward and gates.any():
        kept = 1.0 - went_on / np.maximum(passing, 1e-9)
        there[:, :, gates] *= np.clip(kept, 0.0, 1.0)[:, :, None]
    return there * still[:, :, None], hosted, hosted * still[:, :, None], np.floor(back).astype(np.int64)


def split_back(back: Ints, left: Ints) -> Ints:
    """Return people who went home to each place, in proportion to those who left it."""
    gone = left.sum(axis=2)
    share = left / np.maximum(gone, 1)[:, :, None]
    return np.asarray(np.floor(back[:, :, None] * share), dtype=np.int64)


def on_roads(
    environment: Environment,
    lanes: Ints,
    capacities: Capacities,
    clock: Clock,
    course: Course,
    left: Ints,
    total: Ints,
) -> tuple[Counts, Counts, Ints]:
    """Return people on each lane, in its queue, and who used it: by the cheapest routes to each place."""
    rows = np.flatnonzero(clock.record >= 0)
    use, hours, narrow = use_of_lanes(environment, lanes, capacities)
    to_site = course.sites[:, rows] / np.maximum(course.sites[:, rows].sum(axis=2, keepdims=True), 1.0)
    way = np.maximum(left.sum(axis=2) - total, 0)[:, rows]
    waiting = np.minimum(np.rint(course.waiting[:, rows]), way)
    time_spent = use * hours[:, None]
    spent = time_spent / np.maximum(time_spent.sum(axis=0, keepdims=True), 1e-300)
    moving = ((way - waiting)[:, :, None] * to_site) @ spent.T
    queue = (waiting[:, :, None] * to_site) @ narrow.T
    used = np.rint(course.sites[:, -1] @ use.T).astype(np.int64)
    return counts(moving + queue), counts(queue), used


def use_of_lanes(
    environment: Environment, lanes: Ints, capacities: Capacities
) -> tuple[Floats, Floats, Floats]:
    """Return the share of each place's people on each lane, its hours, and each place's narrowest lane."""
    network, forest = environment.network, environment.forest
    row = {int(lane): i for i, lane in enumerate(lanes)}
    use = np.zeros((len(lanes), len(environment.reception)))
    narrow = np.zeros_like(use)
    hours = np.where(
        lanes >= len(network.corridors), forest.walking_hours[lanes % len(network.corridors)], 0.0
    ) + np.where(lanes < len(network.corridors), network.hours[lanes % len(network.corridors)], 0.0)
    capacity = np.median(capacities.capacity, axis=0) if len(capacities.capacity) else np.zeros(len(lanes))
    for o, choices in enumerate(environment.choices[-1]):
        for site in {c.site for c in choices}:
            best = min((c for c in choices if c.site == site), key=lambda c: (c.hours, c.walking))
            path, here = [], best.slot
            while here >= 0:
                path.append(row[forest.lane[here]])
                here = forest.following[here]
            use[path, site] += environment.exposure.share[o]
            narrow[min(path, key=lambda lane: (capacity[lane], lane)), site] += environment.exposure.share[o]
    total = narrow.sum(axis=0, keepdims=True)
    scale = np.where(total > 0, total, 1.0)
    return use / scale, np.asarray(hours, dtype=np.float64), narrow / scale


def capacity_of_ways(environment: Environment, futures: Futures, clock: Clock) -> Floats:
    """Return the most people per hour that reach reception, by draw; infinite where ways are unknown."""
    _, lanes = make_roads(environment)
    capacities = make_capacities(environment, futures, clock, lanes)
    _, _, narrow = use_of_lanes(environment, lanes, capacities)
    unknown = narrow.sum(axis=0) <= 0
    if unknown.any() or not len(lanes):
        return np.full(len(futures.draws), np.inf)
    return np.asarray(capacities.capacity[:, narrow.sum(axis=1) > 0].sum(axis=1), dtype=np.float64)
