"""Onset: the chance that a country at rest sees a month with 25 deaths within three months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Bools, Floats
from forestall.core.logistic import fit_logistic, logistic
from forestall.warning.features import EVENT, Features, window_maximum, window_sum

if TYPE_CHECKING:
    from forestall.warning.features import Cells
    from forestall.warning.panel import Panel

WITHIN = 3
REST = 12
FIRST_ORIGIN = 36
RIDGE = 10.0


def resting(panel: Panel) -> Bools:
    """Tell where a country is known and had no month with 25 deaths or more for twelve months.

    Parameters
    ----------
    panel
        Months known.

    Returns
    -------
    numpy.ndarray
        Shape (months, countries).
    """
    calm: Bools = window_maximum(panel.deaths, REST) <= EVENT
    return calm & ~np.isnan(panel.deaths)


def onset_windows(panel: Panel) -> Floats:
    """Tell whether one of the three months after each month has 25 deaths or more.

    Parameters
    ----------
    panel
        Months known.

    Returns
    -------
    numpy.ndarray
        1 or 0, NaN where the window is not known whole, shape (months, countries).
    """
    event = np.where(np.isnan(panel.deaths), np.nan, (panel.deaths > EVENT).astype(np.float64))
    came = np.full_like(event, np.nan)
    count = len(event) - WITHIN
    if count > 0:
        came[:count] = np.max([event[step : count + step] for step in range(1, WITHIN + 1)], axis=0)
    return came


def onset_features(features: Features, cells: Cells) -> Floats:
    """Stack what the onset model looks at, shape (cells, columns).

    Levels over four spans, any deaths, time since deaths and war, peaks, rises, and wars next
    door where the country itself has no deaths.

    Parameters
    ----------
    features
        The series.
    cells
        Rows and columns of the origins.
    """
    f, (rows, places) = features, cells
    last, *levels = (series[cells] for series in (f.last, *f.levels))
    quiet = f.quiet[cells]
    long_quiet = (window_sum(f.panel.deaths, 60)[cells] == 0).astype(np.float64)
    columns = [np.ones_like(last), last, *levels]
    columns += [f.above[2][rows, places, 0], f.above[3][rows, places, 0]]
    columns += [f.since_deaths[cells], f.since_event[cells]]
    columns += [f.peak_year[cells], f.peak_five_years[cells], quiet, long_quiet]
    columns += [np.maximum(levels[0] - levels[2], 0), np.maximum(last - levels[1], 0)]
    columns += [quiet * series[cells] for series in f.neighbours]
    return np.stack(columns, axis=-1)


@dataclass(frozen=True)
class OnsetForecaster:
    """Fitted onset model."""

    coefficients: Floats

    def chance_at(self, features: Features, cells: Cells) -> Floats:
        """Return the chance of onset at chosen origins, shape (cells,)."""
        return logistic(onset_features(features, cells) @ self.coefficients)


@dataclass(frozen=True)
class Onset:
    """Ridge logistic regression of onset within three months on own and neighbouring months.

    Examples
    --------
    >>> Onset().name
    'onset'
    """

    name: str = "onset"

    def fit(self, features: Features, end: int) -> OnsetForecaster:
        """Fit on the months at rest whose window lies before row ``end``.

        Parameters
        ----------
        features
            The series.
        end
            Row after the last month that may be used.
        """
        came = onset_windows(features.panel)
        rest = resting(features.panel) & ~np.isnan(came)
        rest[:FIRST_ORIGIN] = False
        rest[max(end - WITHIN, 0) :] = False
        rows, places = np.nonzero(rest)
        series = onset_features(features, (rows, places))
        ones = np.ones(len(rows))
        return OnsetForecaster(fit_logistic(series, came[rows, places], ones, RIDGE))
