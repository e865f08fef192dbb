"""The default model: a pool of the sequential model and conflictology."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from forestall.core.arrays import Floats, Ints
from forestall.warning.bins import COUNT, bin_of
from forestall.warning.features import Features, window_sum
from forestall.warning.sequential import Sequential, draw_countries, fitted_horizons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forestall.warning.features import Cells
    from forestall.warning.panel import Panel

REFERENCE = (
    "Geweke, J. and Amisano, G. (2011), Optimal prediction pools, Journal of Econometrics "
    "164(1):130-141, https://doi.org/10.1016/j.jeconom.2011.02.017"
)
WINDOWS = (6, 12, 24)
STRATA = (0.5, 25.0, 2500.0)
HELD_BACK = 60
PRIOR = 20.0
ROUNDS = 200


def stratum_of(year_sum: Floats) -> Ints:
    """Return the stratum by deaths of the last 12 months: none, under 25, under 2,500, more.

    Examples
    --------
    >>> stratum_of(np.array([0.0, 3.0, 25.0, 9000.0])).tolist()
    [0, 1, 2, 3]
    """
    return np.searchsorted(STRATA, year_sum, side="right").astype(np.int64)


def window_shares(panel: Panel, cells: Cells, months: int) -> Floats:
    """Return the share of the last known months in each step, shape (cells, steps)."""
    rows, places = cells
    steps = bin_of(np.nan_to_num(panel.deaths))
    known = (~np.isnan(panel.deaths)).astype(np.float64)
    count = np.maximum(window_sum(known, months)[cells], 1.0)
    shares = np.zeros((len(rows), COUNT))
    for back in range(months):
        row = np.maximum(rows - back, 0)
        inside = known[row, places] * (rows >= back)
        shares[np.arange(len(rows)), steps[row, places]] += inside / count
    return shares


def learn_weights(likelihood: Floats, prior: Floats) -> Floats:
    """Learn the weights of a linear pool that make past outcomes likeliest.

    The expectation-maximisation steps of a mixture whose components are known, with pseudo
    counts that hold the weights back.

    Parameters
    ----------
    likelihood
        What each component gave to the outcome, shape (cells, components).
    prior
        Pseudo counts, shape (components,).

    Returns
    -------
    numpy.ndarray
        Weights adding up to 1, shape (components,).

    Examples
    --------
    >>> learn_weights(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([1.0, 1.0])).round(2).tolist()
    [0.73, 0.27]
    """
    weights: Floats = prior / prior.sum()
    for _ in range(ROUNDS):
        share = weights * likelihood
        share /= share.sum(axis=1, keepdims=True)
        weights = (share.sum(axis=0) + prior) / (len(share) + prior.sum())
    return weights


class Climber(Protocol):
    """A fitted model that gives a probability to each step."""

    @property
    def positions(self) -> Floats:
        """Quantiles of deaths within each step, shape (steps, positions)."""
        ...

    def shares_at(self, features: Features, cells: Cells, horizons: Sequence[int]) -> Floats:
        """Return probabilities at chosen origins, shape (horizons, cells, steps)."""
        ...


@dataclass(frozen=True)
class PoolForecaster:
    """The fitted sequential model with the weights of the pool, by stratum."""

    sequential: Climber
    weights: Floats
    name: str = "pool"
    reference: str = REFERENCE

    def shares(self, panel: Panel, horizons: Sequence[int]) -> Floats:
        """Return the pooled probability of each step, shape (horizons, countries, steps)."""
        return self.shares_of(Features(panel), horizons)

    def shares_of(self, features: Features, horizons: Sequence[int]) -> Floats:
        """Return the same from series that are already there, at their last month."""
        panel = features.panel
        places = np.arange(len(panel.countries))
        cells = (np.full_like(places, len(panel.deaths) - 1), places)
        parts = component_shares(self.sequential, features, cells, horizons)
        weights = self.weights[stratum_of(features.year_sum[cells])]
        pooled: Floats = np.einsum("hcks,ck->hcs", parts, weights)
        return pooled

    def predict(self, panel: Panel, horizons: Sequence[int], draws: int) -> Floats:
        """Return ascending draws, shape (horizons, countries, draws); NaN = not assessed."""
        return draw_countries(self.shares(panel, horizons), self.sequential.positions, panel, draws)


def component_shares(
    sequential: Climber, features: Features, cells: Cells, horizons: Sequence[int]
) -> Floats:
    """Return what each component gives to each step, shape (horizons, cells, components, steps)."""
    model = sequential.shares_at(features, cells, horizons)
    parts = [model]
    for months in WINDOWS:
        shares = window_shares(features.panel, cells, months)
        parts.append(np.broadcast_to(shares, model.shape))
    return np.stack(parts, axis=2)


@dataclass(frozen=True)
class Pool:
    """Linear pool of the sequential model and conflictology over 6, 12 and 24 months.

    The weights differ by stratum of the last 12 months' deaths and are learnt inside the
    training window: the sequential model is fitted without its last five years, all components
    forecast those years, and the weights that make the outcomes likeliest are kept.

    References
    ----------
    Geweke, J. and Amisano, G. (2011), https://doi.org/10.1016/j.jeconom.2011.02.017
    """

    neighbours: bool = True
    name: str = "pool"

    def fit(self, panel: Panel, horizons: Sequence[int]) -> PoolForecaster:
        """Fit the weights on the held-back years and the model on all."""
        method = Sequential(neighbours=self.neighbours)
        features, end = Features(panel), len(panel.deaths)
        early = method.fit_until(features, end - HELD_BACK, horizons)
        weights = held_back_weights(early, features, fitted_horizons(horizons))
        return PoolForecaster(method.fit_until(features, end, horizons), weights)


def held_back_weights(early: Climber, features: Features, horizons: Sequence[int]) -> Floats:
    """Learn the weights of each stratum from the years held back, shape (strata, components)."""
    deaths = features.panel.deaths
    likelihood, strata = [], []
    for horizon in horizons:
        origins = np.arange(max(len(deaths) - HELD_BACK, 0), len(deaths) - horizon, 2)
        known = ~np.isnan(deaths[origins]) & ~np.isnan(deaths[origins + horizon])
        index, places = np.nonzero(known)
        cells = (origins[index], places)
        outcome = bin_of(deaths[cells[0] + horizon, places])
        parts = component_shares(early, features, cells, [horizon])[0]
        likelihood.append(parts[np.arange(len(outcome)), :, outcome] + 1e-3)
        strata.append(stratum_of(features.year_sum[cells]))
    gained, stratum = np.concatenate(likelihood), np.concatenate(strata)
    prior = PRIOR * np.array([0.7] + [0.3 / len(WINDOWS)] * len(WINDOWS))
    return np.stack([learn_weights(gained[stratum == s], prior) for s in range(len(STRATA) + 1)])
