"""What the movement works on: arrays in groups.

The draw is the first axis wherever a quantity differs between draws.  ``lane`` is a corridor as
vehicles or walkers use it, ``slot`` a lane with the rest of the route (see routes), ``state`` one
of the ways in which the network can be used (see network.Regimes).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forestall.core.arrays import Bools, Counts, Floats, Hashes, Ints


@dataclass(frozen=True, eq=False)
class Clock:
    """Steps after the onset: hourly ones first, then daily ones.

    Parameters
    ----------
    start, hours : array of float, shape (steps,)
        Hours after the onset at which a step begins, and its length.
    record : array of int, shape (steps,)
        Row of the road record written at the end of a step; -1 = none.
    turn : int
        First daily step.
    """

    start: Floats
    hours: Floats
    record: Ints
    turn: int

    def first(self, steps: int) -> Clock:
        """Return the first steps."""
        return Clock(self.start[:steps], self.hours[:steps], self.record[:steps], min(self.turn, steps))

    def due(self, t: int, delay: Ints) -> Ints:
        """Return the step in which journeys that begin in step ``t`` end.

        Parameters
        ----------
        delay : array of int, shape (2, ...)
            Steps that they take, hourly and daily ones.
        """
        if t >= self.turn:
            return np.asarray(t + delay[1])
        end = t + delay[0]
        return np.asarray(np.where(end < self.turn, end, self.turn + (end - self.turn) // 24))


@dataclass(frozen=True, eq=False)
class Roads:
    """Lanes and slots: what follows what, in how many steps, and which lanes can be used when."""

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


@dataclass(frozen=True, eq=False)
class Capacities:
    """What each lane can carry (people per hour) and hold (people) by draw, and when its use changes.

    A corridor that was shut at the onset comes into full use with ``opening``, a number of hours.
    """

    capacity: Floats
    storage: Floats
    drift: Floats
    restricted: Floats
    opening: Floats
    switch_hour: Floats
    switch_state: Ints


@dataclass(frozen=True, eq=False)
class Homes:
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
    number: Hashes
    entry_first: Ints
    entry_slot: Ints
    entry_share: Floats


@dataclass(frozen=True, eq=False)
class Reception:
    """Places of first reception and hosts beyond them."""

    stay_hours: Floats
    host_share: Floats
    nearness: Floats
    delay: Ints
    site_limit: Ints
    host_limit: Ints
    last_stop: bool
    return_from: Floats
    return_rate: Floats
    number: Hashes


@dataclass(frozen=True, eq=False)
class Keys:
    """Random streams, and the numbers of the draws."""

    leave: np.uint64
    route: np.uint64
    onward: np.uint64
    back: np.uint64
    draws: Ints


@dataclass(frozen=True, eq=False)
class Record:
    """What is written down: people by draw and step, or by draw and recorded step."""

    arrived: Counts
    hosted: Counts
    at_site: Counts
    at_host: Counts
    left: Counts
    back: Counts
    on_lane: Counts
    queued: Counts
    used: Ints


@dataclass(frozen=True, eq=False)
class State:
    """Some draws at one moment; written in place by the kernels."""

    due: Counts
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
    onward: Counts
    coming: Ints
