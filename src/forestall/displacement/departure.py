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

from forestall.displacement.cohorts import Clock, Homes, Keys, Roads, State, Supply, compiled
from forestall.displacement.queues import enter, room_on
from forestall.displacement.sampling import binomial, cell_state, multinomial


@compiled
def neighbours_gone(homes: Homes, here: State, draw: int, origin: int) -> float:
    """Return the share of the people of the neighbouring places that has left."""
    gone, people = 0, 0
    for i in range(homes.neighbour_first[origin], homes.neighbour_first[origin + 1]):
        other = homes.neighbours[i]
        gone += here.left[other]
        people += homes.people[draw, other]
    return gone / people if people > 0 else 0.0


@compiled
def pace_of(homes: Homes, here: State, clock: Clock, draw: int, origin: int, reopened: bool, t: int) -> float:
    """Return the pace at which people of a place decide to leave, per hour."""
    now = clock.start[t]
    day = min(int((now + 1e-9) // 24.0), homes.intensity.shape[1] - 1)
    pace = homes.pace[draw, origin] * homes.intensity[origin, day]
    if homes.fear[draw] > 0.0:
        pace += homes.fear[draw] * neighbours_gone(homes, here, draw, origin)
    if reopened:
        pace *= homes.reopening_hurry[draw]
    if homes.ending_from[draw] <= now < homes.ending_until[draw]:
        pace *= homes.ending_hurry[draw]
    return float(pace)


@compiled
def decide(homes: Homes, here: State, clock: Clock, keys: Keys, draw: int, reopened: bool, t: int) -> None:
    """Let people at every origin decide to leave in this step."""
    if homes.given.shape[1] > 0:
        for origin in range(here.inside.shape[0]):
            people = min(homes.given[origin, t] if t < homes.given.shape[1] else 0, here.inside[origin])
            here.inside[origin] -= people
            here.ready[origin] += people
        return
    chance = np.zeros(here.inside.shape[0])
    for origin in range(here.inside.shape[0]):
        if here.inside[origin] > 0:
            pace = pace_of(homes, here, clock, draw, origin, reopened, t)
            chance[origin] = 1.0 - math.exp(-pace * clock.hours[t])
    for origin in range(here.inside.shape[0]):
        if here.inside[origin] > 0:
            cell = cell_state(keys.leave, keys.draws[draw], homes.number[origin], t)
            people, _ = binomial(here.inside[origin], chance[origin], cell)
            here.inside[origin] -= people
            here.ready[origin] += people


@compiled
def set_out(
    roads: Roads, supply: Supply, clock: Clock, homes: Homes, here: State, keys: Keys, draw: int, state: int, t: int
) -> None:
    """Put those who decided on their routes, where there is one and where there is room."""
    for origin in range(here.inside.shape[0]):
        first, last = homes.entry_first[state, origin], homes.entry_first[state, origin + 1]
        if here.ready[origin] == 0 or first == last:
            continue
        cell = cell_state(keys.route, keys.draws[draw], homes.number[origin], t)
        split = np.zeros(last - first, dtype=np.int64)
        multinomial(here.ready[origin], homes.entry_share[draw, first:last], split, cell)
        for i in range(last - first):
            slot = homes.entry_slot[first + i]
            room = room_on(roads, supply, clock, here, draw, roads.lane[slot], state, t)
            people = split[i] if room >= split[i] else max(int(math.floor(room)), 0)
            if people > 0:
                enter(roads, clock, here, slot, people, t)
                here.ready[origin] -= people
                here.left[origin] += people
