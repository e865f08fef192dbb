"""The learning model: boosted trees climb the steps of deaths, pooled with the default's parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.arrays import Floats
from forestall.core.extras import need
from forestall.warning.bins import EDGES
from forestall.warning.features import Features, climb_features, hurdle_features
from forestall.warning.pool import PoolForecaster, held_back_weights
from forestall.warning.sequential import (
    Sequential,
    SequentialForecaster,
    fitted_horizons,
    outcome_pairs,
    steps_from,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forestall.warning.features import Cells
    from forestall.warning.panel import Panel

REFERENCE = (
    "Ke, G. and others (2017), LightGBM: a highly efficient gradient boosting decision tree, "
    "Advances in Neural Information Processing Systems 30"
)
TREES = {"hurdle": 100, "climb": 100}
SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 12,
    "learning_rate": 0.07,
    "min_data_in_leaf": 150,
    "lambda_l2": 20.0,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "verbose": -1,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 2,
}
HELD_BACK = 60


@dataclass(frozen=True)
class TreesForecaster:
    """The sequential model and trees on the same steps, half and half."""

    linear: SequentialForecaster
    hurdle: Any
    climb: Any

    @property
    def positions(self) -> Floats:
        """Positions within steps."""
        return self.linear.positions

    def shares_at(self, features: Features, cells: Cells, horizons: Sequence[int]) -> Floats:
        """Return probabilities at chosen origins, shape (horizons, cells, steps)."""
        linear = self.linear.shares_at(features, cells, horizons)
        hurdle = hurdle_features(features, cells, neighbours=self.linear.neighbours)
        chances = [
            _tree_chance(self.hurdle, hurdle, horizons),
            *(
                _tree_chance(self.climb, climb_features(features, cells, step), horizons)
                for step in range(1, len(EDGES))
            ),
        ]
        trees = steps_from(np.stack(chances, axis=-1))
        return (linear + trees) / 2


def _tree_chance(trees: Any, features: Floats, horizons: Sequence[int]) -> Floats:
    rows = [
        trees.predict(np.column_stack([features, np.full(len(features), np.log(horizon))]))
        for horizon in horizons
    ]
    return np.stack(rows)


@dataclass(frozen=True)
class LearnedPool:
    """Pool of the sequential model, boosted trees on its steps, and conflictology.

    Needs the extra ``learn``.

    References
    ----------
    Ke, G. and others (2017), LightGBM, NeurIPS 30.
    """

    neighbours: bool = True
    name: str = "learn"

    def fit(self, panel: Panel, horizons: Sequence[int]) -> PoolForecaster:
        """Fit linear parts and trees on all pairs, the weights on the years held back."""
        features, end = Features(panel), len(panel.deaths)
        early = self._fit_until(features, end - HELD_BACK, horizons)
        weights = held_back_weights(early, features, fitted_horizons(horizons))
        late = self._fit_until(features, end, horizons)
        return PoolForecaster(late, weights, name=self.name, reference=REFERENCE)

    def _fit_until(self, features: Features, end: int, horizons: Sequence[int]) -> TreesForecaster:
        linear = Sequential(neighbours=self.neighbours).fit_until(features, end, horizons)
        chosen = fitted_horizons(horizons)
        pairs = [
            (hurdle_features(features, cells, neighbours=linear.neighbours), horizon, outcome, weights)
            for horizon in chosen
            for cells, outcome, weights in [outcome_pairs(features, end, 0, horizon)]
        ]
        climbs = [
            (climb_features(features, cells, step), horizon, outcome, weights)
            for step in range(1, len(EDGES))
            for horizon in chosen
            for cells, outcome, weights in [outcome_pairs(features, end, step, horizon)]
        ]
        return TreesForecaster(linear, _boost(pairs, TREES["hurdle"]), _boost(climbs, TREES["climb"]))


def _boost(pairs: Sequence[tuple[Floats, int, Floats, Floats]], trees: int) -> Any:
    """Boost trees on pairs of features, horizon, outcome and weight."""
    need("lightgbm", "models that learn")
    from lightgbm import Dataset, train

    features = np.concatenate([np.column_stack([f, np.full(len(f), np.log(h))]) for f, h, _, _ in pairs])
    outcome = np.concatenate([o for _, _, o, _ in pairs])
    weights = np.concatenate([w for _, _, _, w in pairs])
    return train(SETTINGS, Dataset(features, outcome, weight=weights), trees)
