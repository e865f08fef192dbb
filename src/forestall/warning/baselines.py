"""The other public baselines: last month, negative binomial, analogue states, all countries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats, Ints
from forestall.warning.conflictology import REFERENCE, recent_months
from forestall.warning.draws import tile
from forestall.warning.features import window_sum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forestall.warning.panel import Panel

ANALOGUE_WINDOWS = (3, 12, 60)
ANALOGUE_BANDS = (0.5, 5.5, 25.5, 100.5, 1000.5)
FEWEST_ANALOGUES = 12


def _levels(draws: int) -> Floats:
    """Return the levels (i + 1/2) / draws."""
    levels: Floats = (np.arange(draws) + 0.5) / draws
    return levels


@dataclass(frozen=True)
class LastMonth:
    """Poisson draws around the newest known month, the same at every horizon."""

    name: str = "last-month"
    reference: str = REFERENCE

    def fit(self, panel: Panel, horizons: Sequence[int]) -> LastMonth:  # noqa: ARG002
        """Return itself: there is nothing to fit."""
        return self

    def predict(self, panel: Panel, horizons: Sequence[int], draws: int) -> Floats:
        """Return ascending draws, shape (horizons, countries, draws)."""
        from scipy.stats import poisson

        newest = [recent_months(series, 1) for series in panel.deaths.T]
        mean = np.array([value[0] if len(value) else np.nan for value in newest])
        one = np.where(
            mean[:, None] > 0, poisson.ppf(_levels(draws), np.nan_to_num(mean)[:, None]), mean[:, None]
        )
        return np.broadcast_to(one, (len(horizons), *one.shape)).copy()


@dataclass(frozen=True)
class NegativeBinomial:
    """Negative binomial with mean and variance of the last ``months`` known months.

    With variance not above the mean it is Poisson.
    """

    months: int = 12
    name: str = "negative-binomial"
    reference: str = REFERENCE

    def fit(self, panel: Panel, horizons: Sequence[int]) -> NegativeBinomial:  # noqa: ARG002
        """Return itself: mean and variance are taken when it predicts."""
        return self

    def predict(self, panel: Panel, horizons: Sequence[int], draws: int) -> Floats:
        """Return ascending draws, shape (horizons, countries, draws)."""
        one = np.stack([self._draws(series, draws) for series in panel.deaths.T])
        return np.broadcast_to(one, (len(horizons), *one.shape)).copy()

    def _draws(self, series: Floats, draws: int) -> Floats:
        from scipy.stats import nbinom, poisson

        known = recent_months(series, self.months)
        mean, variance = (known.mean(), known.var()) if len(known) else (np.nan, np.nan)
        if np.isnan(mean) or mean == 0:
            return np.full(draws, mean)
        if variance <= mean:
            return np.asarray(poisson.ppf(_levels(draws), mean), dtype=np.float64)
        size = mean**2 / (variance - mean)
        return np.asarray(nbinom.ppf(_levels(draws), size, size / (size + mean)), dtype=np.float64)


@dataclass(frozen=True)
class AllMonths:
    """Months of all countries over the last ``months`` months: the same forecast for everyone."""

    months: int = 240
    name: str = "all-countries"
    reference: str = REFERENCE

    def fit(self, panel: Panel, horizons: Sequence[int]) -> AllMonths:  # noqa: ARG002
        """Return itself: there is nothing to fit."""
        return self

    def predict(self, panel: Panel, horizons: Sequence[int], draws: int) -> Floats:
        """Return ascending draws, shape (horizons, countries, draws)."""
        known = panel.deaths[-self.months :]
        one = tile(np.sort(known[~np.isnan(known)]), draws)
        shape = (len(horizons), len(panel.countries), draws)
        return np.broadcast_to(one, shape).copy()


def analogue_states(deaths: Floats) -> Ints:
    """Return the number of each month's state: the bands of deaths over 3, 12 and 60 months together.

    Parameters
    ----------
    deaths
        Shape (months, countries).

    Examples
    --------
    >>> analogue_states(np.array([[0.0], [7.0]])).ravel().tolist()
    [0, 86]
    """
    state = np.zeros(deaths.shape, dtype=np.int64)
    for months in ANALOGUE_WINDOWS:
        state = state * (len(ANALOGUE_BANDS) + 1) + np.searchsorted(
            ANALOGUE_BANDS, window_sum(deaths, months)
        )
    return state


@dataclass(frozen=True)
class Analogue:
    """What followed, at each horizon, when any country was in the same state as now.

    With fewer than twelve such months the country's own last twelve months stand in.

    References
    ----------
    Lorenz, E. N. (1969), Atmospheric predictability as revealed by naturally occurring
    analogues, J. Atmospheric Sciences 26(4):636-646,
    https://doi.org/10.1175/1520-0469(1969)26<636:APARBN>2.0.CO;2
    """

    name: str = "analogue"
    reference: str = "Lorenz, E. N. (1969), J. Atmospheric Sciences 26(4):636-646"

    def fit(self, panel: Panel, horizons: Sequence[int]) -> Analogue:  # noqa: ARG002
        """Return itself: the past months are looked up when it predicts."""
        return self

    def predict(self, panel: Panel, horizons: Sequence[int], draws: int) -> Floats:
        """Return ascending draws, shape (horizons, countries, draws)."""
        states = analogue_states(panel.deaths)
        out = np.full((len(horizons), len(panel.countries), draws), np.nan)
        for row, horizon in enumerate(horizons):
            later = panel.deaths[horizon:]
            known = ~np.isnan(later) & ~np.isnan(panel.deaths[: len(later)])
            before, after = states[: len(later)][known], later[known]
            order = np.argsort(before, kind="stable")
            before, after = before[order], after[order]
            for country, state in enumerate(states[-1]):
                first, last = np.searchsorted(before, [state, state + 1])
                found = np.sort(after[first:last])
                if len(found) < FEWEST_ANALOGUES:
                    found = recent_months(panel.deaths[:, country], 12)
                if len(found) and not np.isnan(panel.deaths[-12:, country]).all():
                    out[row, country] = tile(found, draws)
        return out
