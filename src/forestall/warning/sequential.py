"""The sequential model: is there any death, and if so, how many steps are climbed."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats
from forestall.core.logistic import fit_logistic, logistic
from forestall.warning.bins import COUNT, EDGES, draws_from, own_positions, positions_within
from forestall.warning.features import Features, climb_features, hurdle_features

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forestall.warning.features import Cells
    from forestall.warning.panel import Panel

REFERENCE = (
    "Tutz, G. (1991), Sequential models in categorical regression, Computational Statistics "
    "and Data Analysis 11(3):275-295, https://doi.org/10.1016/0167-9473(91)90086-H"
)
FIRST_ORIGIN = 36
HALF_LIFE = 120.0
RIDGE = 30.0
HURDLE_EVERY = 3
CENTRE = 2.0
HURDLE_BY_HORIZON = tuple(range(11))
CLIMB_BY_HORIZON = (*range(8), *range(15, 19))
RECENT = 12


def fitted_horizons(horizons: Sequence[int]) -> list[int]:
    """Choose a few horizons to fit on, evenly spaced on the log scale.

    Examples
    --------
    >>> fitted_horizons(range(3, 15)), fitted_horizons(range(1, 37)), fitted_horizons([6])
    ([3, 14], [1, 3, 11, 36], [6])
    """
    low, high = min(horizons), max(horizons)
    count = 1 + ceil(log(high / low) / log(5)) if high > low else 1
    return sorted({round(low * (high / low) ** (i / max(count - 1, 1))) for i in range(count)})


def by_horizon(features: Floats, columns: Sequence[int], horizon: int) -> Floats:
    """Append the named columns times the centred log of the horizon."""
    shift = log(horizon) - CENTRE
    return np.concatenate([features, features[..., list(columns)] * shift], axis=-1)


@dataclass(frozen=True)
class SequentialForecaster:
    """Coefficients of the fitted model, with the table of positions within steps."""

    hurdle: Floats
    climb: Floats
    positions: Floats
    neighbours: bool
    name: str = "sequential"
    reference: str = REFERENCE

    def shares(self, panel: Panel, horizons: Sequence[int]) -> Floats:
        """Return the probability of each step, shape (horizons, countries, steps)."""
        places = np.arange(len(panel.countries))
        rows = np.full_like(places, len(panel.deaths) - 1)
        return self.shares_at(Features(panel), (rows, places), horizons)

    def shares_at(self, features: Features, cells: Cells, horizons: Sequence[int]) -> Floats:
        """Return probabilities at chosen origins, shape (horizons, cells, steps)."""
        hurdle = hurdle_features(features, cells, neighbours=self.neighbours)
        chances = [_chance(hurdle, HURDLE_BY_HORIZON, horizons, self.hurdle)]
        for step in range(1, len(EDGES)):
            climb = climb_features(features, cells, step)
            chances.append(_chance(climb, CLIMB_BY_HORIZON, horizons, self.climb))
        return steps_from(np.stack(chances, axis=-1))

    def predict(self, panel: Panel, horizons: Sequence[int], draws: int) -> Floats:
        """Return ascending draws, shape (horizons, countries, draws); NaN = not assessed."""
        return draw_countries(self.shares(panel, horizons), self.positions, panel, draws)


def _chance(
    features: Floats, columns: Sequence[int], horizons: Sequence[int], coefficients: Floats
) -> Floats:
    """Return the chance of one step at every horizon, shape (horizons, cells)."""
    count = features.shape[1]
    level = features @ coefficients[:count]
    slope = features[:, list(columns)] @ coefficients[count:]
    shift = np.log(np.asarray(horizons, dtype=np.float64)) - CENTRE
    return logistic(level + shift[:, None] * slope)


def steps_from(chances: Floats) -> Floats:
    """Turn the chance of climbing each edge into the probability of each step.

    Parameters
    ----------
    chances
        P(deaths > edge k | deaths > edge k - 1), shape (..., edges).

    Returns
    -------
    numpy.ndarray
        Shape (..., edges + 1), adding up to 1.

    Examples
    --------
    >>> steps_from(np.array([0.5, 0.5])).tolist()
    [0.5, 0.25, 0.25]
    """
    reach = np.cumprod(chances, axis=-1)
    above = np.concatenate([np.ones_like(reach[..., :1]), reach], axis=-1)
    return np.concatenate([above[..., :-1] - above[..., 1:], above[..., -1:]], axis=-1)


def draw_countries(shares: Floats, positions: Floats, panel: Panel, draws: int) -> Floats:
    """Turn probabilities of steps into draws, each country with its own recent months."""
    out = np.full((*shares.shape[:2], draws), np.nan)
    for country in range(shares.shape[1]):
        recent = panel.deaths[-RECENT:, country]
        if not np.isnan(recent).all() and not np.isnan(shares[:, country]).any():
            within = own_positions(positions, recent)
            out[:, country] = draws_from(shares[:, country], within, draws)
    return out


@dataclass(frozen=True)
class Sequential:
    """Continuation-ratio model of monthly deaths.

    P(any death) has its own coefficients; P(more than edge k | more than edge k - 1) shares
    one set over all later edges, with levels taken relative to the edge. Both are ridge
    logistic regressions on the country's own months, recent ones and long past ones, and, for
    quiet countries, on wars next door; coefficients change with the log of the horizon. Pairs
    weigh half as much for every ten years they lie back.

    References
    ----------
    Tutz, G. (1991), https://doi.org/10.1016/0167-9473(91)90086-H
    """

    neighbours: bool = True
    name: str = "sequential"

    def fit(self, panel: Panel, horizons: Sequence[int]) -> SequentialForecaster:
        """Fit on all pairs of origin and outcome inside the panel."""
        return self.fit_until(Features(panel), len(panel.deaths), horizons)

    def fit_until(
        self,
        features: Features,
        end: int,
        horizons: Sequence[int],
        country_weights: Floats | None = None,
    ) -> SequentialForecaster:
        """Fit on the pairs whose outcome lies before row ``end``; countries may be weighted."""
        panel = features.panel
        use = self.neighbours and bool(panel.borders.any())
        chosen = fitted_horizons(horizons)
        weigh = np.ones(len(panel.countries)) if country_weights is None else country_weights
        first = [_pairs(features, end, 0, horizon, weigh, neighbours=use) for horizon in chosen]
        steps = range(1, len(EDGES))
        later = [_pairs(features, end, step, horizon, weigh) for step in steps for horizon in chosen]
        positions = positions_within(panel.deaths[24:end])
        return SequentialForecaster(_fit_pairs(first), _fit_pairs(later), positions, use)

    def fit_hurdle(
        self, features: Features, end: int, horizons: Sequence[int], country_weights: Floats
    ) -> Floats:
        """Fit the first step alone and return its coefficients."""
        chosen = fitted_horizons(horizons)
        use = self.neighbours and bool(features.panel.borders.any())
        return _fit_pairs([_pairs(features, end, 0, h, country_weights, neighbours=use) for h in chosen])


def outcome_pairs(features: Features, end: int, step: int, horizon: int) -> tuple[Cells, Floats, Floats]:
    """Pair origins with what came ``horizon`` months later, where the step below was passed.

    Parameters
    ----------
    features
        The series.
    end
        Row after the last month whose outcome may be used.
    step
        Number of the edge.
    horizon
        Months ahead.

    Returns
    -------
    tuple
        Cells of the origins, outcome (1 above the edge) and weight of each pair.
    """
    deaths = features.panel.deaths[:end]
    later = np.full_like(deaths, np.nan)
    later[: max(len(deaths) - horizon, 0)] = deaths[horizon:]
    kept = ~np.isnan(later) & ~np.isnan(deaths)
    kept[:FIRST_ORIGIN] = False
    if step:
        kept &= later > EDGES[step - 1]
    else:
        kept &= (np.arange(len(deaths)) % HURDLE_EVERY == len(deaths) % HURDLE_EVERY)[:, None]
    rows, places = np.nonzero(kept)
    cells = (rows, places)
    weights = 0.5 ** ((len(deaths) - horizon - cells[0]) / HALF_LIFE)
    return cells, (later[cells] > EDGES[step]).astype(np.float64), weights


def _pairs(
    features: Features,
    end: int,
    step: int,
    horizon: int,
    country_weights: Floats,
    *,
    neighbours: bool = False,
) -> tuple[Floats, Floats, Floats]:
    """Return features with the horizon worked in, outcome and weight of each pair."""
    cells, outcome, weights = outcome_pairs(features, end, step, horizon)
    weights = weights * country_weights[cells[1]]
    if step:
        climb = climb_features(features, cells, step)
        return by_horizon(climb, CLIMB_BY_HORIZON, horizon), outcome, weights
    hurdle = hurdle_features(features, cells, neighbours=neighbours)
    return by_horizon(hurdle, HURDLE_BY_HORIZON, horizon), outcome, weights


def _fit_pairs(pairs: Sequence[tuple[Floats, Floats, Floats]]) -> Floats:
    features, outcome, weights = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return fit_logistic(features, outcome, weights, RIDGE)


__all__ = ["COUNT", "Sequential", "SequentialForecaster"]
