"""Draws of the parameters given the counts of several crises: tempered sequential Monte Carlo.

Draws of the ranges are moved to agree with the counts step by step: the likelihood enters with a
power that rises from 0 to 1, each step so far that half of the draws keep their weight; then draws
are chosen by weight and moved by two kinds of moves in turn that leave the target as it is [1]_: a
random walk as wide as the draws lie, and one that leaves the ranges as they are, so that parameters of
which the counts say nothing keep their whole spread [2]_.

References
----------
.. [1] Del Moral, P., Doucet, A., Jasra, A. (2006). Sequential Monte Carlo samplers. Journal of the
   Royal Statistical Society B 68(3), 411-436. doi:10.1111/j.1467-9868.2006.00553.x
.. [2] Cotter, S. L., Roberts, G. O., Stuart, A. M., White, D. (2013). MCMC methods for functions:
   modifying old algorithms to make them faster. Statistical Science 28(3), 424-446.
   doi:10.1214/13-STS421
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forestall.core.arrays import Floats
from forestall.core.random import uniforms
from forestall.learning.likelihood import log_likelihood
from forestall.learning.parameters import prior_scores, values_of
from forestall.learning.situation import Situation

KEEP = 0.5
"""Part of the draws that must keep their weight in a step."""
MOVES = 6
"""Moves of every draw after each step, of both kinds in turn."""
LAST_MOVES = 24
"""Moves of every draw once the counts have entered in full."""
WANTED = 0.3
"""Share of accepted moves to which their sizes are fitted."""
MOST_STEPS = 60
FEWEST_DIFFERENT = 0.2
"""Share of different draws below which a fit is degenerate."""
LEAST_ACCEPTED = 0.05
"""Share of accepted moves below which a fit is degenerate."""

LogLikelihood = Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Fit:
    """Draws of the parameters given counts, with how well they were found.

    Parameters
    ----------
    scores : array of float, shape (draws, parameters)
        Standard normal scores under the ranges.
    steps : int
        Steps of the power.
    accepted : float
        Share of moves accepted in the last step.
    different : float
        Share of draws that differ from all others.
    power : float
        Power with which the likelihood entered at the end; below 1 the draws never reached the counts.
    log_evidence : float
        Logarithm of the probability of the counts under the ranges, up to a constant.
    """

    scores: Floats
    steps: int
    accepted: float
    different: float
    power: float
    log_evidence: float

    @property
    def degenerate(self) -> bool:
        """Whether too few different draws stand for the rest."""
        few = self.different < FEWEST_DIFFERENT or self.accepted < LEAST_ACCEPTED
        return few or self.power < 1.0


def together(situations: Sequence[Situation], workers: int | None = None) -> LogLikelihood:
    """Return the log-likelihood of the counts of all crises, as a function of scores."""

    def of(scores: Floats) -> Floats:
        values = values_of(scores)
        each = [log_likelihood(one, values, workers) for one in situations]
        return np.asarray(np.sum(each, axis=0), dtype=np.float64)

    return of


def fit(situations: Sequence[Situation], *, draws: int, seed: int, workers: int | None = None) -> Fit:
    """Return draws of the parameters given the counts of crises.

    Parameters
    ----------
    situations : sequence of Situation
        Crises to learn from; with none, the draws are those of the ranges.
    draws, seed : int
        Number of draws; the same seed gives the same draws for any number of workers.
    workers : int, optional
        Threads.
    """
    if not situations:
        return prior(draws, seed)
    return sample(together(situations, workers), draws=draws, seed=seed)


def prior(draws: int, seed: int) -> Fit:
    """Return draws of the ranges alone."""
    return Fit(prior_scores(seed, np.arange(draws)), 0, 1.0, 1.0, 1.0, 0.0)


def sample(log_likelihood_of: LogLikelihood, *, draws: int, seed: int) -> Fit:
    """Return draws from the ranges times a likelihood, by tempered sequential Monte Carlo."""
    scores = prior_scores(seed, np.arange(draws))
    found, power, evidence, accepted, sizes = log_likelihood_of(scores), 0.0, 0.0, 1.0, [0.4, 0.5]
    for step in range(1, MOST_STEPS + 1):
        higher = next_power(found, power)
        weight = (higher - power) * (found - found.max())
        evidence += float(np.log(np.exp(weight).mean()) + (higher - power) * found.max())
        chosen = resampled(np.exp(weight), float(uniforms(seed, "learning:choose", 1, step=step)[0]))
        scores, found, power = scores[chosen], found[chosen], higher
        for move in range(LAST_MOVES if power >= 1.0 else MOVES):
            kind, number = move % 2, step * LAST_MOVES + move
            proposed, gain = (_walk, _mix)[kind](scores, sizes[kind], seed, number)
            new = log_likelihood_of(proposed)
            limit = np.log(uniforms(seed, "learning:accept", np.arange(draws), step=number))
            taken = limit < power * (new - found) + gain
            scores, found = np.where(taken[:, None], proposed, scores), np.where(taken, new, found)
            accepted = float(taken.mean())
            sizes[kind] = min(float(sizes[kind] * np.exp(accepted - WANTED)), 1.0)
        if power >= 1.0:
            break
    different = len(np.unique(scores, axis=0)) / draws
    return Fit(scores, step, accepted, different, power, evidence)


def _walk(scores: Floats, size: float, seed: int, number: int) -> tuple[Floats, Floats]:
    """Return draws moved by a random walk as wide as they lie, and the gain under the ranges."""
    wide = np.cov(scores.T) + 1e-6 * np.eye(scores.shape[1])
    steps = prior_scores(seed, np.arange(len(scores)), f"move {number}")
    proposed = scores + size * steps @ np.linalg.cholesky(wide).T
    return proposed, 0.5 * ((scores**2).sum(axis=1) - (proposed**2).sum(axis=1))


def _mix(scores: Floats, size: float, seed: int, number: int) -> tuple[Floats, Floats]:
    """Return draws mixed with fresh ones of the ranges, which leaves these as they are: no gain."""
    fresh = prior_scores(seed, np.arange(len(scores)), f"move {number}")
    return np.sqrt(1.0 - size**2) * scores + size * fresh, np.zeros(len(scores))


def next_power(found: Floats, power: float) -> float:
    """Return the next power, so far that the draws keep their part of the effective number.

    Examples
    --------
    >>> next_power(np.zeros(4), 0.5)
    1.0
    """
    if effective_part((1.0 - power) * found) >= KEEP:
        return 1.0
    low, high = power, 1.0
    for _ in range(50):
        middle = (low + high) / 2.0
        low, high = (middle, high) if effective_part((middle - power) * found) >= KEEP else (low, middle)
    return low if low > power else high


def effective_part(logs: Floats) -> float:
    """Return the effective number of weighted draws over their number.

    Examples
    --------
    >>> effective_part(np.zeros(4)), round(effective_part(np.array([0.0, -1e9])), 3)
    (1.0, 0.5)
    """
    weight = np.exp(logs - logs.max())
    return float(weight.sum() ** 2 / ((weight**2).sum() * len(weight)))


def resampled(weight: Floats, position: float) -> np.ndarray:
    """Return the numbers of draws chosen by weight, systematically from one position.

    Examples
    --------
    >>> resampled(np.array([1.0, 1.0, 0.0, 2.0]), 0.5).tolist()
    [0, 1, 3, 3]
    """
    number = len(weight)
    edges = np.cumsum(weight) / weight.sum()
    chosen = np.searchsorted(edges, (np.arange(number) + position) / number)
    return np.minimum(chosen, number - 1)
