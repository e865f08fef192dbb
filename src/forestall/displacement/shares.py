"""Shares that leave, drawn from the named cases of what happened to a place.

A draw takes a case of the same kind that was over by the moment, each as likely as any other, and a
share even in its range; so a replay rests neither on its own crisis nor on a later one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import numpy as np

from forestall.core.arrays import Floats
from forestall.displacement.cases import load_cases
from forestall.displacement.exposure import Estimate, mixture_quantile

KINDS = {
    "share_leaving": "fighting in the town",
    "share_leaving_lost": "control lost or given up",
}
"""Which cases a share is drawn from."""
FEWEST = 5
"""Cases below which the prior of priors.csv is used instead."""


def ranges_of(regime: str, day: date) -> list[Estimate]:
    """Return the shares gone after thirty days (else ninety) of the cases that were over before a day."""
    found = []
    for case in load_cases(known_by=day, regime=regime):
        some = case.share_30d or case.share_90d
        if some is not None:
            found.append(Estimate(case.case, some[0], max(some[1], some[0] + 1e-6), 1.0))
    return found


def shares_of_cases(
    scores: Mapping[str, Floats], settled: Collection[str], day: date | None
) -> dict[str, Floats]:
    """Return the shares that are drawn from cases, at standard normal scores; not those settled otherwise.

    Examples
    --------
    >>> found = shares_of_cases({name: np.zeros(1) for name in KINDS}, (), date(2022, 1, 1))
    >>> bool(0.5 < found["share_leaving_lost"][0] < 1)
    True
    """
    from scipy.special import ndtr

    found: dict[str, Floats] = {}
    for name, regime in KINDS.items():
        ranges = ranges_of(regime, day) if day is not None and name not in settled else []
        if len(ranges) >= FEWEST:
            found[name] = np.clip(mixture_quantile(ranges, ndtr(scores[name])), 0.0, 1.0)
    return found
