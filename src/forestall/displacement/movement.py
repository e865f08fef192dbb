"""The pass over draws and steps: decide, set out, queue, arrive, go on, return."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from forestall.displacement.cohorts import (
    Clock,
    Homes,
    Keys,
    Reception,
    Record,
    Roads,
    State,
    Supply,
    compiled,
)
from forestall.displacement.departure import decide, set_out
from forestall.displacement.network import Ints
from forestall.displacement.queues import change_routes, join_queues, serve_all
from forestall.displacement.sites import come_in, go_back, go_on

CHUNK = 64
"""Draws that a thread takes at a time."""


@compiled
def fresh_state(roads: Roads, clock: Clock, homes: Homes, reception: Reception, draw: int) -> State:
    """Return a draw at its onset: everybody at home, empty roads."""
    slots, lanes, steps = roads.lane.shape[0], roads.first.shape[0] - 1, clock.start.shape[0]
    origins = homes.people.shape[1]
    sites, hosts = reception.nearness.shape
    return State(
        np.zeros((slots, steps), dtype=np.int64),
        np.zeros(lanes, dtype=np.int64),
        np.zeros(lanes, dtype=np.int64),
        np.zeros(lanes, dtype=np.int64),
        np.zeros(lanes, dtype=np.float64),
        np.zeros(lanes, dtype=np.int64),
        homes.leavers[draw].copy(),
        np.zeros(origins, dtype=np.int64),
        np.zeros(origins, dtype=np.int64),
        np.zeros(origins, dtype=np.int64),
        np.zeros(sites, dtype=np.int64),
        np.zeros(sites, dtype=np.int64),
        np.zeros(hosts, dtype=np.int64),
        np.zeros(hosts, dtype=np.int64),
        np.zeros((hosts, steps), dtype=np.int64),
        np.zeros(hosts, dtype=np.int64),
    )


@compiled
def write_down(record: Record, clock: Clock, here: State, draw: int, t: int) -> None:
    """Record the state at the end of a step."""
    record.arrived[draw, t] = here.arrived
    record.hosted[draw, t] = here.hosted
    record.at_site[draw, t] = here.at_site
    record.at_host[draw, t] = here.at_host
    record.left[draw, t] = here.left
    record.back[draw, t] = here.back
    record.waiting_at_home[draw, t] = here.ready.sum()
    row = clock.record[t]
    if row >= 0:
        record.on_lane[draw, row] = here.on_lane
        record.queued[draw, row] = here.waiting


@compiled
def one_draw(
    roads: Roads, supply: Supply, clock: Clock, homes: Homes, reception: Reception, keys: Keys, record: Record, draw: int
) -> None:
    """Move the people of one draw through all steps."""
    here = fresh_state(roads, clock, homes, reception, draw)
    state, coming, opened = supply.switch_state[draw, 0], 1, False
    for t in range(clock.start.shape[0]):
        while coming < supply.switch_hour.shape[1] and supply.switch_hour[draw, coming] <= clock.start[t] + 1e-9:
            after = supply.switch_state[draw, coming]
            for c in range(roads.passable.shape[1]):
                opened = opened or (roads.passable[after, c] and not roads.passable[state, c])
            if after != state:
                change_routes(roads, here, after)
            state = after
            coming += 1
        join_queues(roads, here, t)
        come_in(here, t)
        decide(homes, here, clock, keys, draw, opened, t)
        set_out(roads, supply, clock, homes, here, keys, draw, state, t)
        serve_all(roads, supply, clock, here, draw, state, t)
        go_on(reception, clock, here, keys, draw, t)
        go_back(reception, homes, clock, here, keys, draw, t)
        write_down(record, clock, here, draw, t)
    record.used[draw] = here.used


@compiled
def some_draws(
    roads: Roads, supply: Supply, clock: Clock, homes: Homes, reception: Reception, keys: Keys, record: Record,
    first: int, last: int,
) -> None:
    """Move the people of the draws from ``first`` to before ``last``."""
    for draw in range(first, last):
        one_draw(roads, supply, clock, homes, reception, keys, record, draw)


def empty_record(roads: Roads, clock: Clock, homes: Homes, reception: Reception) -> Record:
    """Return arrays to write the movement of all draws into."""
    draws, origins = homes.people.shape
    steps, rows, lanes = len(clock.start), int(clock.record.max(initial=-1)) + 1, len(roads.first) - 1
    sites, hosts = reception.nearness.shape

    def zeros(*shape: int) -> Ints:
        return np.zeros((draws, *shape), dtype=np.int32)  # type: ignore[return-value]

    return Record(
        zeros(steps, sites), zeros(steps, hosts), zeros(steps, sites), zeros(steps, hosts),  # type: ignore[arg-type]
        zeros(steps, origins), zeros(steps, origins), zeros(rows, lanes), zeros(rows, lanes),  # type: ignore[arg-type]
        np.zeros((draws, lanes), dtype=np.int64), zeros(steps),  # type: ignore[arg-type]
    )


def move(
    roads: Roads, supply: Supply, clock: Clock, homes: Homes, reception: Reception, keys: Keys, *, workers: int = 0
) -> Record:
    """Move the people of all draws through all steps.

    Parameters
    ----------
    roads, supply, clock, homes, reception, keys
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
    threads = min(workers or os.cpu_count() or 1, max(1, -(-draws // CHUNK)))
    arguments = (roads, supply, clock, homes, reception, keys, record)
    some_draws(*arguments, 0, min(1, draws))  # compiles, where that is still to be done
    starts = range(min(1, draws), draws, CHUNK)
    with ThreadPoolExecutor(threads) as pool:
        for task in [pool.submit(some_draws, *arguments, s, min(s + CHUNK, draws)) for s in starts]:
            task.result()
    return record
