"""Invented crises for the tests of learning, without counts."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from forestall.learning.situation import Situation
from forestall.learning.ways import Ways


def invented(number: int, *, days: int = 400, sites: int = 4, origins: int = 3, seed: int = 1) -> Situation:
    """Return a country of three places at war and four sites, without counts."""
    some = np.random.default_rng([seed, number])
    km = some.uniform(60, 400, (1, origins, sites))
    onset = np.concatenate([[0.0], some.integers(0, 60, origins - 1)])
    intensity = (np.arange(days)[None, :] >= onset[:, None]).astype(float)
    return Situation(
        title=f"invented {number}",
        start=date(2001, 1, 1) + timedelta(days=1000 * number),
        origins=tuple(f"origin {i}" for i in range(origins)),
        sites=tuple(f"site {i}" for i in range(sites)),
        people=np.exp(some.normal(11, 1, origins)),
        intensity=intensity,
        onset=onset,
        ways=Ways(np.zeros(days, np.int64), km, some.integers(0, 2, km.shape).astype(float)),
        siblings=np.array([1.0, *[sites - 1.0] * (sites - 1)]),
        entries=some.integers(1, 5, sites).astype(float),
        roads=some.integers(1, 4, sites).astype(float),
        capacity=np.ones(sites),
        counts=np.full((days, sites), np.nan),
    )
