"""The pass over steps, for all draws at once: decide, set out, queue, arrive, go on, return."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np

from forestall.core.arrays import Bools, Counts, Floats, Ints
from forestall.displacement.cohorts import Capacities, Clock, Homes, Keys, Reception, Record, Roads, State
from forestall.displacement.departure import decide, set_out
from forestall.displacement.queues import change_routes, join_queues, serve
from forestall.displacement.sites import come_in, go_back, go_on

CHUNK = 256
"""Draws that are moved together at most."""


def fresh_state(roads: Roads, clock: Clock, homes: Homes, reception: Reception) -> State:
    """Return draws at their onset: everybody at home, empty roads."""
    draws, origins = homes.people.shape
    slots, lanes, steps = len(roads.lane), len(roads.first) - 1, len(clock.start)
    sites, hosts = reception.nearness.shape

    def none(*shape: int) -> Ints:
        return np.zeros((draws, *shape), dtype=np.int64)

    return State(
        due=np.zeros((steps, draws, slots), dtype=np.int32),
        waiting=none(lanes),
        head=none(lanes),
        on_lane=none(lanes),
        credit=np.zeros((draws, lanes)),
        used=none(lanes),
        inside=homes.leavers.copy(),
        ready=none(origins),
        left=none(origins),
        back=none(origins),
        arrived=none(sites),
        at_site=none(sites),
        hosted=none(hosts),
        at_host=none(hosts),
        onward=np.zeros((steps, draws, hosts), dtype=np.int32),
        coming=none(hosts),
    )


def empty_record(roads: Roads, clock: Clock, homes: Homes, reception: Reception) -> Record:
    """Return arrays to write the movement of all draws into."""
    draws, origins = homes.people.shape
    steps, rows, lanes = len(clock.start), int(clock.record.max(initial=-1)) + 1, len(roads.first) - 1
    sites, hosts = reception.nearness.shape

    def zeros(steps: int, *shape: int) -> Counts:
        """Return an array by draw and step whose cells of one step lie together in memory."""
        return np.moveaxis(np.zeros((steps, draws, *shape), dtype=np.int32), 0, 1)

    return Record(
        arrived=zeros(steps, sites),
        hosted=zeros(steps, hosts),
        at_site=zeros(steps, sites),
        at_host=zeros(steps, hosts),
        left=zeros(steps, origins),
        back=zeros(steps, origins),
        on_lane=zeros(rows, lanes),
        queued=zeros(rows, lanes),
        used=np.zeros((draws, lanes), dtype=np.int64),
    )


def write_down(record: Record, clock: Clock, here: State, t: int) -> None:
    """Record the state at the end of a step."""
    for name in ("arrived", "hosted", "at_site", "at_host", "left", "back"):
        getattr(record, name)[:, t] = getattr(here, name)
    row = clock.record[t]
    if row >= 0:
        record.on_lane[:, row] = here.on_lane
        record.queued[:, row] = here.waiting


def states_by_step(capacities: Capacities, clock: Clock) -> Ints:
    """Return the state of the network by draw and step."""
    begun = (capacities.switch_hour[:, None, :] <= clock.start[None, :, None] + 1e-9).sum(axis=2) - 1
    return np.take_along_axis(capacities.switch_state, begun, axis=1)


def opened_by_step(states: Ints, passable: Bools) -> Bools:
    """Return by draw and step whether a corridor opened for people who leave since the onset."""
    opens = np.asarray((passable[None, :, :] & ~passable[:, None, :]).any(axis=2))
    now = np.zeros(states.shape, dtype=np.bool_)
    now[:, 1:] = opens[states[:, :-1], states[:, 1:]]
    return np.asarray(np.logical_or.accumulate(now, axis=1), dtype=np.bool_)


def hurry_at(homes: Homes, opened: Bools, now: float) -> Floats:
    """Return the factor on the pace of leaving in a step, by draw."""
    ending = (homes.ending_from <= now) & (now < homes.ending_until)
    return np.where(opened, homes.reopening_hurry, 1.0) * np.where(ending, homes.ending_hurry, 1.0)


def coming_into_use(
    roads: Roads, capacities: Capacities, clock: Clock, begun: Ints, opened: Floats, t: int
) -> Floats:
    """Return the share of its capacity that each corridor has come to since it opened, by draw.

    1 - exp(-h / opening) after h hours; 1 for corridors that were open at the onset.

    Parameters
    ----------
    begun : array of int, shape (draws,)
        State of the network at the onset.
    opened : array of float, shape (draws,)
        Hours after the onset at which a corridor first opened; infinite where none did.
    """
    hours = clock.start[t] + clock.hours[t] - opened
    share = np.where(
        hours > 0, -np.expm1(-np.maximum(hours, 0.0) / np.maximum(capacities.opening, 1e-9)), 1.0
    )
    return np.where(roads.passable[begun], 1.0, share[:, None])


def opening_time(clock: Clock, opened: Bools) -> Floats:
    """Return hours after the onset at which a corridor first opened, by draw; infinite where none did."""
    return np.where(opened.any(axis=1), clock.start[np.argmax(opened, axis=1)], np.inf)


def lane_use(
    roads: Roads, capacities: Capacities, clock: Clock, state: Ints, share: Floats, t: int
) -> tuple[Floats, Bools, Floats]:
    """Return by draw people each lane lets out in a step, whether it can be entered, people it can hold.

    What it can hold is at least what passes while a journey on it takes place.
    """
    hours = clock.hours[t]
    day = min(int((clock.start[t] + 1e-9) // 24), capacities.drift.shape[1] - 1)
    factor = (
        np.where(roads.restricted[state][:, roads.corridor], capacities.restricted[:, None], 1.0)
        * capacities.drift[:, day, None]
        * share[:, roads.corridor]
    )
    longest = roads.longest[0 if t < clock.turn else 1]
    hold = np.maximum(capacities.storage, capacities.capacity * hours * (1 + longest)[None, :])
    return capacities.capacity * factor * hours, roads.passable[state][:, roads.corridor], hold


def move_some(
    roads: Roads,
    capacities: Capacities,
    clock: Clock,
    homes: Homes,
    reception: Reception,
    keys: Keys,
    record: Record,
) -> None:
    """Move the people of some draws through all steps, all draws step by step."""
    here = fresh_state(roads, clock, homes, reception)
    states = states_by_step(capacities, clock)
    opened = opened_by_step(states, roads.passable)
    opened_at = opening_time(clock, opened)
    split = np.zeros(max(1, len(homes.entry_slot)), dtype=np.int64)
    for t in range(len(clock.start)):
        state, due_at = states[:, t], clock.due(t, roads.delay)
        changed = state != states[:, t - 1] if t else np.zeros(len(state), dtype=np.bool_)
        if changed.any():
            change_routes(here.due, roads.reroute, changed, state)
        share = coming_into_use(roads, capacities, clock, states[:, 0], opened_at, t)
        supplied, open_lane, hold = lane_use(roads, capacities, clock, state, share, t)
        join_queues(here.due, here.waiting, roads.first, roads.slots, t)
        come_in(here.onward, here.hosted, here.at_host, t)
        leave_home(homes, here, clock, keys, opened[:, t], t)
        here.credit[:] += supplied
        travel(roads, homes, here, keys, due_at, open_lane, hold, state, split, t)
        leave_reception(reception, here, clock, keys, t)
        write_down(record, clock, here, t)
    record.used[:] = here.used


def travel(
    roads: Roads,
    homes: Homes,
    here: State,
    keys: Keys,
    due_at: Ints,
    open_lane: Bools,
    hold: Floats,
    state: Ints,
    split: Ints,
    t: int,
) -> None:
    """Put people on the roads and let them out of the lanes for one step."""
    set_out(
        here.due, here.waiting, here.on_lane, here.used, here.ready, here.left, roads.lane, due_at, open_lane,
        hold, state, homes.entry_first, homes.entry_slot, homes.entry_share, split, keys.route, keys.draws,
        homes.number, t,
    )  # fmt: skip
    serve(
        here.due, here.waiting, here.head, here.on_lane, here.used, here.credit, here.arrived, here.at_site,
        roads.lane, roads.following, roads.site, roads.first, roads.slots, roads.order, due_at, open_lane,
        hold, t,
    )  # fmt: skip


def leave_home(homes: Homes, here: State, clock: Clock, keys: Keys, opened: Bools, t: int) -> None:
    """Let people decide to leave: as given, or by the rules of departure."""
    if homes.given.shape[1]:
        some = np.minimum(homes.given[None, :, t], here.inside)
        here.inside[:] -= some
        here.ready[:] += some
        return
    now, hours = clock.start[t], float(clock.hours[t])
    day = min(int((now + 1e-9) // 24), homes.intensity.shape[1] - 1)
    decide(
        here.inside,
        here.ready,
        here.left,
        homes.people,
        homes.pace * homes.intensity[None, :, day],
        homes.fear,
        hurry_at(homes, opened, now),
        homes.neighbour_first,
        homes.neighbours,
        hours,
        keys.leave,
        keys.draws,
        homes.number,
        t,
    )


def leave_reception(reception: Reception, here: State, clock: Clock, keys: Keys, t: int) -> None:
    """Let people go on from reception to hosts, and return from there."""
    hosts, origins, hours = here.hosted.shape[1], here.left.shape[1], float(clock.hours[t])
    if hosts:
        go_on(
            here.at_site,
            here.coming,
            here.hosted,
            here.at_host,
            here.onward,
            clock.due(t, reception.delay),
            reception.stay_hours,
            reception.host_share,
            reception.nearness,
            reception.site_limit,
            reception.host_limit,
            reception.last_stop,
            np.zeros(hosts),
            np.zeros(hosts, dtype=np.int64),
            hours,
            keys.onward,
            keys.draws,
            reception.number,
            t,
        )
    returning = np.where(
        reception.return_from <= clock.start[t], -np.expm1(-reception.return_rate * hours), 0.0
    )
    if hosts and returning.any():
        go_back(
            here.at_host,
            here.coming,
            here.left,
            here.back,
            returning,
            np.zeros(origins),
            np.zeros(origins, dtype=np.int64),
            keys.back,
            keys.draws,
            t,
        )


def part(group: object, rows: slice) -> object:
    """Return a group of arrays for some draws: those whose first axis is the draw are cut."""
    by_draw = {
        Capacities: {"capacity", "storage", "drift", "restricted", "opening", "switch_hour", "switch_state"},
        Homes: {
            "people",
            "leavers",
            "pace",
            "fear",
            "reopening_hurry",
            "ending_hurry",
            "ending_from",
            "ending_until",
            "entry_share",
        },
        Reception: {"stay_hours", "host_share", "return_from", "return_rate"},
        Keys: {"draws"},
        Record: {field.name for field in fields(Record)},
    }[type(group)]
    return replace(group, **{name: getattr(group, name)[rows] for name in by_draw})  # type: ignore[type-var]


def compiling() -> bool:
    """Tell whether the next run has to compile its kernels first, which takes some seconds."""
    from forestall.core.kernels import compilation_pending

    return compilation_pending([decide, set_out, join_queues, serve, come_in, go_on])


def move(
    roads: Roads,
    capacities: Capacities,
    clock: Clock,
    homes: Homes,
    reception: Reception,
    keys: Keys,
    *,
    workers: int = 0,
) -> Record:
    """Move the people of all draws through all steps.

    Parameters
    ----------
    roads, capacities, clock, homes, reception, keys
        See :mod:`forestall.displacement.cohorts`.
    workers : int
        Threads; 0 = one per core. The result does not depend on it.

    Returns
    -------
    Record
        Counts of people; in every draw and step those at home, on the way and arrived add up to
        the people there were.
    """
    draws = homes.people.shape[0]
    record = empty_record(roads, clock, homes, reception)
    threads = max(1, min(workers or os.cpu_count() or 1, draws))
    size = min(CHUNK, max(1, -(-draws // threads)))
    cuts = [slice(start, min(start + size, draws)) for start in range(0, draws, size)]

    def run(rows: slice) -> None:
        supplied, lived, received, key, written = (
            part(group, rows) for group in (capacities, homes, reception, keys, record)
        )
        move_some(roads, supplied, clock, lived, received, key, written)  # type: ignore[arg-type]

    if threads == 1:
        for rows in cuts:
            run(rows)
        return record
    with ThreadPoolExecutor(threads) as pool:
        for task in [pool.submit(run, rows) for rows in cuts]:
            task.result()
    return record
