"""What the movement kernels work on: plain arrays, in groups.

The draw is the first axis wherever a quantity differs between draws.  ``lane`` is a corridor as
vehicles or walkers use it, ``slot`` a lane with the rest of the route (see routes), ``state`` one
of the ways in which the network can be used (see network.Regimes).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from forestall.displacement.network import Bools, Ints
from forestall.displacement.priors import Floats

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a kernel, keep its code on disk, and let other threads run beside it."""
    try:
        dispatcher = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder that the cache may be written to
        dispatcher = numba.njit(nogil=True)(function)
    kernel: F = dispatcher
    return kernel


class Clock(NamedTuple):
    """Steps after the onset: hourly ones first, then daily ones."""

    start: Floats
    hours: Floats
    phase: Ints
    record: Ints
    turn: int


class Roads(NamedTuple):
    """Lanes and slots."""

    lane: Ints
    following: Ints
    site: Ints
    delay: Ints
    first: Ints
    slots: Ints
    order: Ints
    corridor: Ints
    longest: Ints
    passable: Bools
    restricted: Bools
    reroute: Ints


class Supply(NamedTuple):
    """What each lane can carry and hold, by draw: people per hour, people."""

    capacity: Floats
    storage: Floats
    drift: Floats
    restricted: Floats
    switch_hour: Floats
    switch_state: Ints


class Homes(NamedTuple):
    """People at the origins and how fast they leave, by draw."""

    people: Ints
    leavers: Ints
    pace: Floats
    fear: Floats
    reopening_hurry: Floats
    ending_hurry: Floats
    ending_from: Floats
    ending_until: Floats
    intensity: Floats
    given: Ints
    neighbour_first: Ints
    neighbours: Ints
    number: NDArray[np.uint64]
    entry_first: Ints
    entry_slot: Ints
    entry_share: Floats


class Reception(NamedTuple):
    """Places of first reception and hosts beyond them."""

    stay_hours: Floats
    host_share: Floats
    nearness: Floats
    delay: Ints
    site_limit: Ints
    host_limit: Ints
    last_stop: int
    return_from: Floats
    return_rate: Floats
    number: NDArray[np.uint64]


class Keys(NamedTuple):
    """Random streams, and the numbers of the draws."""

    leave: np.uint64
    route: np.uint64
    onward: np.uint64
    back: np.uint64
    draws: Ints


class Record(NamedTuple):
    """What is written down: people by draw and step, or by draw and recorded step."""

    arrived: NDArray[np.int32]
    hosted: NDArray[np.int32]
    at_site: NDArray[np.int32]
    at_host: NDArray[np.int32]
    left: NDArray[np.int32]
    back: NDArray[np.int32]
    on_lane: NDArray[np.int32]
    queued: NDArray[np.int32]
    used: Ints
    waiting_at_home: NDArray[np.int32]


class State(NamedTuple):
    """One draw at one moment."""

    due: Ints
    waiting: Ints
    head: Ints
    on_lane: Ints
    credit: Floats
    used: Ints
    inside: Ints
    ready: Ints
    left: Ints
    back: Ints
    arrived: Ints
    at_site: Ints
    hosted: Ints
    at_host: Ints
    onward: Ints
    coming: Ints


@compiled
def due_step(clock: Clock, t: int, delay_hours_phase: int, delay_days_phase: int) -> int:
    """Return the step in which a journey that begins in step ``t`` ends."""
    if clock.phase[t] == 1:
        return t + delay_days_phase
    end = t + delay_hours_phase
    if end < clock.turn:
        return end
    return int(clock.turn + (end - clock.turn) // 24)
