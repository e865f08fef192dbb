"""Would it last: the hazard of fighting again, year by year since an ending.

A discrete-time survival model: in each year after an ending fighting comes back with a probability
that depends on the time since, on how it ended, on what was agreed and on what surrounds it. The
coefficients are drawn from the normal approximation to their posterior under a ridge, so that every
odd has an interval. Nothing here is a cause: agreements with peacekeepers are made in hard cases.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.core.errors import UsageError
from forestall.core.logistic import column_scale, fit_logistic, logistic, logistic_spread
from forestall.core.random import stream
from forestall.peace.endings import known_by, load_endings
from forestall.peace.features import TIME, WITH_EFFECT, dyad_years, names, years_ahead

EFFECT_SD = 1.0
"""Standard deviation of the prior of a log odds ratio."""
PROVISION_SD = 0.2
"""The same for what was agreed, of which there are few cases; both chosen on endings of 1996-2005."""
TIME_PENALTY = 1.0
"""Penalty on the time since the ending, standardised."""
MODEL_WEIGHT = 0.75
"""Weight of the model in the pool with the plain rate of the kind; chosen on endings of 1986-2005."""
FEWEST = 10
"""Fewest cases for a rate or a fit."""


@dataclass(frozen=True, eq=False)
class Hazard:
    """Draws of the coefficients, and what they rest on.

    Parameters
    ----------
    best : array, shape (columns,)
        Most likely coefficients.
    draws : array, shape (draws, columns)
        Draws around them.
    cases, returns : int
        Endings fitted to, and how many of them saw fighting again.
    until : int
        Last year that was known.
    """

    best: Floats
    draws: Floats
    cases: int
    returns: int
    until: int

    def odds_of_holding(self, row: list[float], held_for: int, years: int) -> Floats:
        """Return the probability that an ending that has held so long holds so many years more, by draw.

        Parameters
        ----------
        row : list of float
            Features of the ending, as of :func:`forestall.peace.features.row_of`.
        held_for : int
            Whole years it has held already.
        years : int
            Years ahead.

        Returns
        -------
        array, shape (draws + 1,)
            The most likely one first.
        """
        ahead = years_ahead(row, held_for + 1, held_for + years)
        coefficients = np.vstack([self.best, self.draws])
        hazard = logistic(ahead @ coefficients.T)
        chance: Floats = np.prod(1.0 - hazard, axis=0)
        return chance


def pooled(chance: Floats, rate: float | Floats | None) -> Floats:
    """Return the linear pool of the model's odds with the rate of the kind; the odds where there is none.

    References
    ----------
    Stone, M. (1961), The opinion pool, Annals of Mathematical Statistics 32:1339-1342,
    https://doi.org/10.1214/aoms/1177704873

    Examples
    --------
    >>> pooled(np.array([0.4]), 0.8).tolist()
    [0.5]
    """
    return chance if rate is None else MODEL_WEIGHT * chance + (1.0 - MODEL_WEIGHT) * rate


def penalties(features: Floats) -> Floats:
    """Return the ridge of each standardised column that equals the prior of its coefficient."""
    scale = column_scale(features)
    agreed = {"any agreement", "full agreement", *WITH_EFFECT}
    sd = np.array([PROVISION_SD if name in agreed else EFFECT_SD for name in names()])
    ridge: Floats = 1.0 / (sd * scale) ** 2
    ridge[: len(TIME)] = TIME_PENALTY
    return ridge


def fit_hazard(
    until: int, *, draws: int = 1000, seed: int = 1, endings: pl.DataFrame | None = None
) -> Hazard:
    """Fit the hazard on all endings and fightings known by the end of a year.

    Parameters
    ----------
    until : int
        Last year that is known; nothing after it is used.
    draws : int
        Draws of the coefficients.
    seed : int
        Seed of the draws.
    endings : polars.DataFrame, optional
        Other endings than those that come with the package.

    Raises
    ------
    UsageError
        Where fewer than ten endings are known by then.

    Examples
    --------
    >>> hazard = fit_hazard(2005, draws=10)
    >>> hazard.draws.shape[0], hazard.until
    (10, 2005)
    """
    known = known_by(load_endings() if endings is None else endings, until)
    if known.height < FEWEST:
        raise UsageError(
            f"too few cases (n = {known.height}) by {until}: no odds; at least {FEWEST} are needed"
        )
    features, outcome = dyad_years(known, until)
    weights, ridge = np.ones(len(outcome)), penalties(features)
    best = fit_logistic(features, outcome, weights, ridge)
    spread = logistic_spread(features, best, weights, ridge)
    numbers = stream(seed, "peace:hazard").standard_normal((draws, len(best)))
    return Hazard(best, best + numbers @ spread.T, known.height, int(outcome.sum()), until)
