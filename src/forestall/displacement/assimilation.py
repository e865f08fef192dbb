"""Assimilation: futures that agree with the people counted by the moment.

The likelihood of a future's parameters under the counts is worked out in :mod:`wave`.  The
futures are moved from the priors to the posterior by sequential Monte Carlo with tempering [1]_:
the likelihood is raised to powers from 0 to 1, chosen so that half the particles stay effective;
at each power particles are resampled [2]_ and moved by preconditioned Crank-Nicolson steps [3]_,

    z' = sqrt(1 - b^2) z + b xi,   accepted with probability min(1, (L(z') / L(z))^power),

which leave the standard normal scores of the priors as they are where the counts say nothing.

References
----------
.. [1] Del Moral, P., Doucet, A., Jasra, A. (2006). Sequential Monte Carlo samplers. Journal of
   the Royal Statistical Society B 68(3), 411-436. doi:10.1111/j.1467-9868.2006.00553.x
.. [2] Gordon, N. J., Salmond, D. J., Smith, A. F. M. (1993). Novel approach to nonlinear/
   non-Gaussian Bayesian state estimation. IEE Proceedings F 140(2), 107-113.
   doi:10.1049/ip-f-2.1993.0015
.. [3] Cotter, S. L., Roberts, G. O., Stuart, A. M., White, D. (2013). MCMC methods for functions:
   modifying old algorithms to make them faster. Statistical Science 28(3), 424-446.
   doi:10.1214/13-STS421
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from forestall.core.arrays import Floats, Ints
from forestall.core.random import normals, uniforms

MOVES = 8
"""Moves at each power: with fewer, particles resampled from the same one stay near each other."""
FIRST_STEP = 0.5
MOST_STAGES = 12

Scores = Mapping[str, Floats]
Likelihood = Callable[[Scores], Floats]


@dataclass(frozen=True, eq=False)
class Fit:
    """Scores of the particles after fitting, and how it went.

    Parameters
    ----------
    stages : int
        Powers of the likelihood.
    acceptance : float
        Share of moves accepted.
    prior_effective : float
        Effective draws from the priors, before any move.
    distinct : int
        Different particles after the last move.
    """

    scores: dict[str, Floats]
    stages: int
    acceptance: float
    prior_effective: float
    distinct: int


def effective(weight: Floats) -> float:
    """Return the effective number of equally weighted particles, (sum w)^2 / sum w^2 (Kish).

    Examples
    --------
    >>> effective(np.array([1.0, 1.0, 0.0]))
    2.0
    """
    return float(weight.sum() ** 2 / (weight**2).sum())


def fit(scores: Scores, likelihood: Likelihood, seed: int) -> Fit:
    """Return particles that agree with the counts.

    Parameters
    ----------
    scores : mapping of str to array of float, shape (particles, ...)
        Standard normal scores drawn from the priors.
    likelihood : callable
        Log likelihood of scores.
    seed : int
        Seed of the run.
    """
    current: dict[str, Floats] = {name: np.array(z) for name, z in scores.items()}
    level, power, step, accepted = likelihood(current), 0.0, FIRST_STEP, []
    prior_effective = effective(np.exp(level - level.max()))
    for stage in range(MOST_STAGES):
        following = next_power(level, power) if stage < MOST_STAGES - 1 else 1.0
        chosen = resample(np.exp((following - power) * (level - level.max())), seed, stage)
        current = {name: z[chosen] for name, z in current.items()}
        level, power = level[chosen], following
        for move in range(MOVES):
            current, level, share = crank_nicolson(
                current, level, likelihood, power, step, seed, stage * MOVES + move
            )
            step = min(0.9, max(0.05, step * (1.5 if share > 0.35 else 0.6 if share < 0.15 else 1.0)))
            accepted.append(share)
        if power >= 1.0:
            break
    some = next(z for z in current.values() if z.ndim == 1)
    return Fit(current, stage + 1, float(np.mean(accepted)), prior_effective, len(np.unique(some)))


def next_power(level: Floats, power: float) -> float:
    """Return the largest next power at which half of the particles stay effective (bisection)."""

    def share(following: float) -> float:
        return effective(np.exp((following - power) * (level - level.max()))) / len(level)

    if share(1.0) >= 0.5:
        return 1.0
    low, high = power, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if share(middle) >= 0.5 else (low, middle)
    return max(low, power + 1e-6)


def resample(weight: Floats, seed: int, stage: int) -> Ints:
    """Return the particles that go on, systematically: one uniform number for all.

    Examples
    --------
    >>> resample(np.array([0.0, 1.0, 0.0, 1.0]), 1, 0).tolist()
    [1, 1, 3, 3]
    """
    size = len(weight)
    offset = float(uniforms(seed, "assimilation:resample", 1, step=stage)[0])
    points = (np.arange(size) + offset) / size
    return np.minimum(np.searchsorted(np.cumsum(weight) / weight.sum(), points), size - 1).astype(np.int64)


def crank_nicolson(
    current: dict[str, Floats],
    level: Floats,
    likelihood: Likelihood,
    power: float,
    step: float,
    seed: int,
    move: int,
) -> tuple[dict[str, Floats], Floats, float]:
    """Return particles after one preconditioned Crank-Nicolson move, their likelihood, the share moved."""
    draws = np.arange(len(level), dtype=np.int64)
    proposed = {
        name: np.sqrt(1 - step**2) * z + step * noise(z, seed, name, move) for name, z in current.items()
    }
    other = likelihood(proposed)
    coin = uniforms(seed, "assimilation:accept", draws, step=move)
    yes = np.log(coin) < power * (other - level)
    moved = {
        name: np.where(yes if z.ndim == 1 else yes[:, None], proposed[name], z) for name, z in current.items()
    }
    return moved, np.where(yes, other, level), float(yes.mean())


def noise(z: Floats, seed: int, name: str, move: int) -> Floats:
    """Return standard normal numbers in the shape of ``z``, one stream per score and move."""
    draws = np.arange(len(z), dtype=np.int64)
    if z.ndim == 1:
        return normals(seed, f"assimilation:{name}", draws, step=move)
    columns = [
        normals(seed, f"assimilation:{name}", draws, place=str(i), step=move) for i in range(z.shape[1])
    ]
    return np.stack(columns, axis=1)
