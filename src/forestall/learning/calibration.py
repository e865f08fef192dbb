"""Simulation-based calibration: what is learnt from invented crises is as sure as it should be.

Parameters are drawn from their ranges, crises invented with them, and learnt from; over many such
rounds the rank of each true value among its draws is uniform if the fit is right [1]_.

References
----------
.. [1] Talts, S., Betancourt, M., Simpson, D., Vehtari, A., Gelman, A. (2018). Validating Bayesian
   inference algorithms with simulation-based calibration. arXiv:1804.06788.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from forestall.core.arrays import Floats, Ints
from forestall.core.random import stream
from forestall.learning.course import simulate
from forestall.learning.fitting import fit
from forestall.learning.forecasting import deviating
from forestall.learning.likelihood import LATER_DAYS, days_compared
from forestall.learning.parameters import names, prior_scores, values_of
from forestall.learning.situation import Situation


def with_counts(situation: Situation, scores: Floats, seed: int) -> Situation:
    """Return a crisis with counts that follow from parameters and from what the rules leave out.

    Parameters
    ----------
    situation : Situation
        Its counts are replaced; all its sites get some.
    scores : array of float, shape (1, parameters)
        Standard normal scores of the truth.
    seed : int
        Seed of the deviations.
    """
    some, values = stream(seed, "learning:invented"), values_of(scores)
    days, sites = days_compared(situation.days), len(situation.sites)
    late = np.array([day >= LATER_DAYS[0] for day in days])
    early_total = values["early_spread"][0] * some.normal()
    total = values["crisis_spread"][0] * some.normal()
    total = total + np.where(late, values["pace_spread"][0] * some.normal(size=len(days)), early_total)
    site = values["site_spread"][0] * some.normal(size=sites)
    early = values["early_spread"][0] * some.normal(size=sites)
    share = site[None, :] + np.where(late[:, None], 0.0, early[None, :])
    people = deviating(simulate(situation, values, days), total[None, :], share[None])[0]
    by_day = [np.interp(np.arange(situation.days), days, people[:, s]) for s in range(sites)]
    return replace(situation, counts=np.stack(by_day, axis=1))


def ranks(
    invented: Callable[[int], Sequence[Situation]], *, rounds: int, draws: int, seed: int
) -> tuple[Ints, Floats]:
    """Return the rank of each true value among its draws, and how far the counts moved the draws.

    Parameters
    ----------
    invented : function of int
        Crises without counts for each round.
    rounds, draws, seed : int
        Rounds, draws of each fit, seed of all.

    Returns
    -------
    ranks : array of int, shape (rounds, parameters)
        From 0 to the number of draws.
    left : array of float, shape (parameters,)
        Mean standard deviation of the scores: 1 where the counts say nothing.
    """
    found = np.zeros((rounds, len(names())), dtype=np.int64)
    left = np.zeros(len(names()))
    for number in range(rounds):
        truth = prior_scores(seed, np.array([number]), "truth")
        crises = [with_counts(one, truth, seed + 1000 * number + i) for i, one in enumerate(invented(number))]
        scores = fit(crises, draws=draws, seed=seed + number, workers=1).scores
        found[number] = (scores < truth).sum(axis=0)
        left += scores.std(axis=0) / rounds
    return found, left
