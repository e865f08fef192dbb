"""The daily rules: who arrives at which site by when, for all draws at once.

Of the people N of a place at war, 100 km from the nearest open site, 1 - exp(-share (N / 50,000)^(a-1))
arrive in the long run, fewer where the nearest site is farther. They leave in a wave that fades, and at
a steady pace while the conflict lasts:

    per day = strength * [exp(-t / days) (1 - exp(-1 / days)) + steady / 300] / (1 + steady),

with t days since the onset there. Each day's leavers choose among the open sites in proportion to

    (km + nearest)^-decay * exp(-passing * sites on the way) * siblings^-nest * entries^a * roads^b
    * capacity^c * (1 + share of all who are there * number of sites)^ties,

and a small part goes to any open site. Nobody is taken off a site again.

References
----------
.. [1] McFadden, D. (1978). Modelling the choice of residential location. In A. Karlqvist et al. (eds.),
   Spatial Interaction Theory and Planning Models, 75-96. North-Holland.
.. [2] Stouffer, S. A. (1940). Intervening opportunities: a theory relating mobility and distance.
   American Sociological Review 5(6), 845-867. doi:10.2307/2084520
.. [3] Simini, F., Gonzalez, M. C., Maritan, A., Barabasi, A.-L. (2012). A universal model for mobility
   and migration patterns. Nature 484, 96-100. doi:10.1038/nature10856
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from forestall.core.arrays import Floats, Ints
from forestall.core.kernels import compilation_pending, compiled
from forestall.learning.parameters import Values
from forestall.learning.situation import Situation

REFERENCE_PEOPLE = 50_000.0
REFERENCE_KM = 100.0
STEADY_DAYS = 300.0
CHUNK = 64
"""Draws that one thread moves at a time."""
TAKEN = (
    "share_leaving",
    "people_exponent",
    "remoteness",
    "days_to_leave",
    "steady",
    "distance_decay",
    "nearest_km",
    "passing",
    "pull_ties",
    "stray",
)
"""Parameters that the kernel takes, in their order there; the pull of a site comes ready."""


@compiled
def _pulls(
    values: Floats, people: Floats, km: Floats, passed: Floats, own: Floats, weight: Floats, leave: Floats
) -> None:
    """Fill the pull of each site and the people who will leave, by stretch and origin."""
    share, power, remote, decay, near, lost = (
        values[0],
        values[1],
        values[2],
        values[5],
        values[6],
        values[7],
    )
    for e in range(km.shape[0]):
        for o in range(km.shape[1]):
            closest = math.inf
            for s in range(km.shape[2]):
                weight[e, o, s] = 0.0
                if km[e, o, s] >= 0.0:
                    closest = min(closest, km[e, o, s])
                    far = math.exp(-decay * math.log(km[e, o, s] + near) - lost * passed[e, o, s])
                    weight[e, o, s] = far * own[s]
            leave[e, o] = 0.0
            if closest < math.inf:
                way = math.exp((REFERENCE_KM - closest) / remote)
                rate = share * math.exp((power - 1.0) * math.log(people[o] / REFERENCE_PEOPLE)) * way
                leave[e, o] = people[o] * (1.0 - math.exp(-rate))


@compiled
def _arrive(pace: float, weight: Floats, drawn: Floats, stray: float, pull: Floats, came: Floats) -> None:
    """Add the people of one origin and day to those who came, by their choice of a site."""
    total, some = 0.0, 0
    for s in range(weight.shape[0]):
        pull[s] = weight[s] * drawn[s]
        total += pull[s]
        some += weight[s] > 0.0
    for s in range(weight.shape[0]):
        if weight[s] > 0.0:
            came[s] += pace * ((1.0 - stray) * pull[s] / total + stray / some)


@compiled
def _move(
    first: int,
    last: int,
    values: Floats,
    own: Floats,
    people: Floats,
    onset: Floats,
    intensity: Floats,
    stretch: Ints,
    km: Floats,
    passed: Floats,
    weight: Floats,
    leave: Floats,
    left: Floats,
    work: Floats,
    days: Ints,
    there: Floats,
) -> None:
    """Move draws from the first to before the last through all days."""
    there_now, drawn, pull = work[0], work[1], work[2]
    sites = there_now.shape[0]
    for q in range(first, last):
        wave, steady, ties, stray = values[q, 3], values[q, 4], values[q, 8], values[q, 9]
        fading = math.exp(-1.0 / wave)
        _pulls(values[q], people, km, passed, own[q], weight, leave)
        for s in range(sites):
            there_now[s] = 0.0
        kept = 0
        for t in range(days[-1] + 1):
            if t == days[kept]:
                for s in range(sites):
                    there[q, kept, s] = there_now[s]
                kept += 1
            total = 0.0
            for s in range(sites):
                total += there_now[s]
            for s in range(sites):
                part = there_now[s] / total * sites if total > 0.0 else 0.0
                drawn[s] = math.exp(ties * math.log1p(part))
            e = stretch[t]
            for o in range(people.shape[0]):
                strength = intensity[o, t]
                left[o] = 1.0 if t <= onset[o] else left[o] * fading
                if strength > 0.0 and leave[e, o] > 0.0:
                    pace = left[o] * (1.0 - fading) + steady / STEADY_DAYS
                    pace *= leave[e, o] * strength / (1.0 + steady)
                    _arrive(pace, weight[e, o], drawn, stray, pull, there_now)


KERNELS = (_pulls, _arrive, _move)


def compiling() -> bool:
    """Tell whether the next run has to compile first."""
    return compilation_pending(KERNELS)


def site_pull(situation: Situation, values: Values) -> Floats:
    """Return the pull of each site by draw, distance and ties aside, shape (draws, sites)."""
    logs = (
        -values["nest"][:, None] * np.log(situation.siblings)
        + values["pull_entries"][:, None] * np.log(situation.entries)
        + values["pull_roads"][:, None] * np.log(situation.roads)
        + values["pull_capacity"][:, None] * np.log(situation.capacity)
    )
    return np.asarray(np.exp(logs), dtype=np.float64)


def simulate(situation: Situation, values: Values, days: Sequence[int], workers: int | None = None) -> Floats:
    """Return people who have arrived at each site by the end of chosen days.

    Parameters
    ----------
    situation : Situation
        Places, ways and sites.
    values : mapping of str to array of float, shape (draws,)
        Parameters by name.
    days : sequence of int
        Rising days of the period.
    workers : int, optional
        Threads; the result is the same for any number.

    Returns
    -------
    array of float, shape (draws, days, sites)

    References
    ----------
    McFadden (1978); Stouffer (1940), doi:10.2307/2084520; Simini (2012), doi:10.1038/nature10856.
    """
    taken = np.stack([values[name] for name in TAKEN], axis=1)
    own, ways, sites = site_pull(situation, values), situation.ways, len(situation.sites)
    there, wanted = np.zeros((len(taken), len(days), sites)), np.asarray(days, dtype=np.int64)

    def some(first: int) -> None:
        """Move one chunk of draws, with its own room to work in."""
        weight, leave = np.zeros(ways.km.shape), np.zeros(ways.km.shape[:2])
        fixed = (situation.people, situation.onset, situation.intensity, ways.stretch, ways.km, ways.passed)
        room = (weight, leave, np.zeros(len(situation.people)), np.zeros((3, sites)))
        _move(first, min(first + CHUNK, len(taken)), taken, own, *fixed, *room, wanted, there)

    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        list(pool.map(some, range(0, len(taken), CHUNK)))
    return there
