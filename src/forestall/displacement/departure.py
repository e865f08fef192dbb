"""Departure: who leaves home, and how fast.

Of the people of a place a share will leave, larger where violence reaches the place.  Each of
them decides to leave at a pace (a hazard rate per hour; [1]_) that is the sum and product of rules:

    pace = (near or far) * intensity + fear * base * (share of the neighbours that has left)
    pace *= hurry after a closed corridor opened, and before the announced end of an open one

    chance to decide within a step of h hours = 1 - exp(-pace * h).

People who decided and have no open route wait at home and leave when a route opens.  The number
of people who leave is therefore forecast, not given; a crisis may give it (``departures``).

References
----------
.. [1] Cox, D. R. (1972). Regression models and life-tables. Journal of the Royal Statistical
   Society B 34(2), 187-220. doi:10.1111/j.2517-6161.1972.tb00899.x
.. [2] Granovetter, M. (1978). Threshold models of collective behavior. American Journal of
   Sociology 83(6), 1420-1443. doi:10.1086/226707
"""

from __future__ import annotations

import math

import numpy as np

from forestall.core.arrays import Bools, Counts, Floats, Hashes, Ints
from forestall.core.kernels import compiled
from forestall.core.sampling import binomial, cell_state, multinomial
from forestall.displacement.queues import enter


@compiled
def decide(
    inside: Ints,
    ready: Ints,
    left: Ints,
    people: Ints,
    pace: Floats,
    fear: Floats,
    hurry: Floats,
    neighbour_first: Ints,
    neighbours: Ints,
    hours: float,
    key: np.uint64,
    draws: Ints,
    number: Hashes,
    t: int,
) -> None:
    """Let people at every origin decide to leave in this step.

    Parameters
    ----------
    inside, ready, left : array of int, shape (draws, origins)
        People who would leave, who decided, who left; written in place.
    people : array of int, shape (draws, origins)
        People at the onset.
    pace : array of float, shape (draws, origins)
        Pace by violence near and far, per hour.
    fear, hurry : array of float, shape (draws,)
        Pace added once all neighbours have left, per hour; factor on the whole.
    """
    for d in range(inside.shape[0]):
        for origin in range(inside.shape[1]):
            if inside[d, origin] == 0:
                continue
            gone, there = 0, 0
            for i in range(neighbour_first[origin], neighbour_first[origin + 1]):
                gone += left[d, neighbours[i]]
                there += people[d, neighbours[i]]
            afraid = fear[d] * gone / there if there > 0 else 0.0
            chance = 1.0 - math.exp(-(pace[d, origin] + afraid) * hurry[d] * hours)
            some, _ = binomial(inside[d, origin], chance, cell_state(key, draws[d], number[origin], t))
            inside[d, origin] -= some
            ready[d, origin] += some


@compiled
def set_out(
    due: Counts,
    waiting: Ints,
    on_lane: Ints,
    used: Ints,
    ready: Ints,
    left: Ints,
    lanes: Ints,
    due_at: Ints,
    open_lane: Bools,
    hold: Floats,
    state: Ints,
    entry_first: Ints,
    entry_slot: Ints,
    entry_share: Floats,
    split: Ints,
    key: np.uint64,
    draws: Ints,
    number: Hashes,
    t: int,
) -> None:
    """Put those who decided on their routes, where there is one and where there is room."""
    for d in range(due.shape[1]):
        for origin in range(ready.shape[1]):
            first, last = entry_first[state[d], origin], entry_first[state[d], origin + 1]
            if ready[d, origin] == 0 or first == last:
                continue
            part = split[: last - first]
            multinomial(
                ready[d, origin],
                entry_share[d, first:last],
                part,
                cell_state(key, draws[d], number[origin], t),
            )
            for i in range(last - first):
                slot = entry_slot[first + i]
                lane = lanes[slot]
                room = hold[d, lane] - on_lane[d, lane] if open_lane[d, lane] else 0.0
                some = part[i] if room >= part[i] else max(math.floor(room), 0)
                if some > 0:
                    enter(due, waiting[d], on_lane[d], used[d], d, lane, slot, some, due_at[slot], t)
                    ready[d, origin] -= some
                    left[d, origin] += some
