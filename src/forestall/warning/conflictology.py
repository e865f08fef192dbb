"""Conflictology: the country's own recent months are the forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats
from forestall.warning.draws import tile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forestall.warning.panel import Panel

REFERENCE = (
    "Hegre, H. and others (2024), The 2023/24 VIEWS Prediction Challenge: predicting the number "
    "of fatalities in armed conflict, with uncertainty, arXiv:2407.11045"
)


def recent_months(series: Floats, months: int) -> Floats:
    """Return the last known months of one series, ascending.

    Parameters
    ----------
    series
        Deaths by month, NaN where unknown, shape (months,).
    months
        How many known months to take at the most.

    Examples
    --------
    >>> recent_months(np.array([9.0, 4.0, np.nan, 2.0]), 2).tolist()
    [2.0, 4.0]
    """
    known = series[~np.isnan(series)]
    return np.sort(known[-months:])


@dataclass(frozen=True)
class Conflictology:
    """Each country's last ``months`` known months, every one equally likely at every horizon.

    With ``neighbours`` a share of the draws comes from the same months of the bordering
    countries. A country without a known month is not assessed (NaN).

    Examples
    --------
    >>> from forestall.warning.panel import Panel
    >>> panel = Panel(1, ("AAA",), np.array([[0.0], [8.0]]), np.zeros((1, 1), bool))
    >>> Conflictology(12).fit(panel, [1]).predict(panel, [1], 4).ravel().tolist()
    [0.0, 0.0, 8.0, 8.0]
    """

    months: int = 12
    neighbours: float = 0.0
    reference: str = REFERENCE

    @property
    def name(self) -> str:
        """Name of the model."""
        return f"conflictology-{self.months}" + ("-neighbours" if self.neighbours else "")

    def fit(self, panel: Panel, horizons: Sequence[int]) -> Conflictology:  # noqa: ARG002
        """Return itself: there is nothing to fit."""
        return self

    def predict(self, panel: Panel, horizons: Sequence[int], draws: int) -> Floats:
        """Return ascending draws, shape (horizons, countries, draws)."""
        columns = [self._draws(panel, index, draws) for index in range(len(panel.countries))]
        one = np.stack(columns) if columns else np.empty((0, draws))
        return np.broadcast_to(one, (len(horizons), *one.shape)).copy()

    def _draws(self, panel: Panel, country: int, draws: int) -> Floats:
        own = recent_months(panel.deaths[:, country], self.months)
        if not len(own):
            return np.full(draws, np.nan)
        borrowed = self._neighbours(panel, country) if self.neighbours else own[:0]
        count = round(self.neighbours * draws) if len(borrowed) else 0
        return np.sort(np.concatenate([tile(own, draws - count), tile_or_none(borrowed, count)]))

    def _neighbours(self, panel: Panel, country: int) -> Floats:
        around = np.flatnonzero(panel.borders[country])
        months = [recent_months(panel.deaths[:, index], self.months) for index in around]
        return np.sort(np.concatenate(months)) if months else np.empty(0)


def tile_or_none(values: Floats, draws: int) -> Floats:
    """Tile values, or return nothing when no draw is wanted."""
    return tile(values, draws) if draws else np.empty(0)
