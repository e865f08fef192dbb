"""What the months known by then say: levels, shares above each step, times since, neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Bools, Floats, Ints
from forestall.schema.conventions import EVENT_DEATHS
from forestall.warning.bins import EDGES

if TYPE_CHECKING:
    from forestall.warning.panel import Panel

    Cells = tuple[Ints, Ints]

HALF_LIVES = (1.5, 5.0, 15.0, 50.0)
LONGEST_SINCE = 240
EVENT = EVENT_DEATHS - 0.5
"""Between no event and the smallest, so that figures that were spread over months fall on one side."""
LOG_EDGES = np.log1p(EDGES)


def weighted_mean(values: Floats, half_life: float) -> Floats:
    """Return at each month the mean of the months so far, recent ones weighing more.

    The weight of a month halves every ``half_life`` months; unknown months have none.

    Parameters
    ----------
    values
        NaN where unknown, shape (months, ...).
    half_life
        Months.

    Returns
    -------
    numpy.ndarray
        Same shape; 0 where no month is known yet.

    Examples
    --------
    >>> weighted_mean(np.array([4.0, np.nan, 0.0]), 1.0).round(3).tolist()
    [4.0, 4.0, 0.8]
    """
    decay = 0.5 ** (1 / half_life)
    known = (~np.isnan(values)).astype(np.float64)
    filled = np.nan_to_num(values)
    total, weight = np.zeros_like(filled), np.zeros_like(filled)
    for month in range(len(values)):
        earlier = month - 1 if month else 0
        total[month] = decay * total[earlier] + filled[month]
        weight[month] = decay * weight[earlier] + known[month]
    return np.divide(total, weight, out=np.zeros_like(total), where=weight > 1e-9)


def newest(values: Floats) -> Floats:
    """Return at each month the newest known value, 0 where there is none yet.

    Examples
    --------
    >>> newest(np.array([[4.0], [np.nan]])).ravel().tolist()
    [4.0, 4.0]
    """
    row = np.where(np.isnan(values), -1, np.arange(len(values))[:, None])
    last = np.maximum.accumulate(row, axis=0)
    found = np.take_along_axis(np.nan_to_num(values), np.maximum(last, 0), axis=0)
    return np.where(last >= 0, found, 0.0)


def window_sum(values: Floats, months: int) -> Floats:
    """Return at each month the sum of the last so many months, unknown ones left out."""
    total = np.cumsum(np.nan_to_num(values), axis=0)
    total[months:] = total[months:] - total[:-months]
    return total


def window_maximum(values: Floats, months: int) -> Floats:
    """Return at each month the largest value of the last so many months, 0 if none is known."""
    filled = np.nan_to_num(values)
    padded = np.concatenate([np.zeros((months - 1, *values.shape[1:])), filled])
    largest: Floats = np.lib.stride_tricks.sliding_window_view(padded, months, axis=0).max(axis=-1)
    return largest


def months_since(happened: Bools) -> Floats:
    """Return at each month how many months ago something last happened, 240 at the most.

    Before its first time the count runs from the first month of the panel.

    Parameters
    ----------
    happened
        True where it happened, shape (months, countries).
    """
    row = np.arange(1, len(happened) + 1)[:, None]
    last = np.maximum.accumulate(np.where(happened, row, 0), axis=0)
    since: Floats = np.minimum(row - last, LONGEST_SINCE).astype(np.float64)
    return since


@dataclass(frozen=True)
class Features:
    """All series that the models look at, shape (months, countries) each.

    Parameters
    ----------
    panel
        Months known by then; nothing later can enter.
    """

    panel: Panel

    @cached_property
    def logs(self) -> Floats:
        """Log of one plus deaths, NaN where unknown."""
        return np.log1p(self.panel.deaths)

    @cached_property
    def last(self) -> Floats:
        """Log deaths of the newest known month."""
        return newest(self.logs)

    @cached_property
    def levels(self) -> list[Floats]:
        """Weighted mean of log deaths, one per half-life."""
        return [weighted_mean(self.logs, half_life) for half_life in HALF_LIVES]

    @cached_property
    def above(self) -> list[Floats]:
        """Root of the weighted share of months above each edge, shape (months, countries, edges)."""
        deaths = self.panel.deaths[..., None]
        over = np.where(np.isnan(deaths), np.nan, (deaths > EDGES).astype(np.float64))
        return [np.sqrt(np.maximum(weighted_mean(over, half_life), 0)) for half_life in HALF_LIVES]

    @cached_property
    def peak_year(self) -> Floats:
        """Largest log deaths of the last 12 months."""
        return window_maximum(self.logs, 12)

    @cached_property
    def peak_five_years(self) -> Floats:
        """Largest log deaths of the last 60 months."""
        return window_maximum(self.logs, 60)

    @cached_property
    def spread(self) -> Floats:
        """Standard deviation of log deaths over the last 12 months."""
        count = np.maximum(window_sum((~np.isnan(self.logs)).astype(np.float64), 12), 1)
        mean = window_sum(self.logs, 12) / count
        square = window_sum(self.logs**2, 12) / count
        deviation: Floats = np.sqrt(np.maximum(square - mean**2, 0))
        return deviation

    @cached_property
    def since_deaths(self) -> Floats:
        """Log months since the last month with deaths."""
        return np.log1p(months_since(np.nan_to_num(self.panel.deaths) > EDGES[0]))

    @cached_property
    def since_event(self) -> Floats:
        """Log months since the last month with at least 25 deaths."""
        return np.log1p(months_since(np.nan_to_num(self.panel.deaths) > EVENT))

    @cached_property
    def year_sum(self) -> Floats:
        """Deaths of the last 12 months."""
        return window_sum(self.panel.deaths, 12)

    @cached_property
    def quiet(self) -> Floats:
        """1 where no death is known of in the last 12 months."""
        still: Floats = (self.year_sum == 0).astype(np.float64)
        return still

    @cached_property
    def neighbours(self) -> list[Floats]:
        """Wars next door: how many, how deadly the worst, how fresh, how lasting on average."""
        borders = self.panel.borders
        degree = np.maximum(borders.sum(axis=1), 1)
        at_war = (self.year_sum >= EVENT_DEATHS).astype(np.float64) @ borders.T.astype(np.float64)
        worst = self._worst_next_door(np.log1p(self.year_sum))
        fresh = self._worst_next_door(self.levels[1])
        lasting = self.levels[3] @ (borders / degree[:, None]).T
        return [np.log1p(at_war), worst, fresh, lasting]

    def _worst_next_door(self, values: Floats) -> Floats:
        worst = np.zeros_like(values)
        for country, around in enumerate(self.panel.borders):
            if around.any():
                worst[:, country] = values[:, around].max(axis=1)
        return worst


def hurdle_features(features: Features, cells: Cells, *, neighbours: bool) -> Floats:
    """Stack what the first step (any death at all) looks at.

    Parameters
    ----------
    features
        The series.
    cells
        Rows and columns of the origins.
    neighbours
        Whether the neighbours are known; they count only where the country itself is quiet.

    Returns
    -------
    numpy.ndarray
        Shape (cells, columns); the first eleven also enter times the log horizon.
    """
    f, (rows, places) = features, cells
    last, *levels = (series[cells] for series in (f.last, *f.levels))
    any_death = [share[rows, places, 0] for share in f.above]
    since, peak = f.since_deaths[cells], f.peak_five_years[cells]
    columns = [np.ones_like(last), last, *levels, *any_death, since]
    columns += [f.since_event[cells], f.peak_year[cells], peak, f.spread[cells]]
    columns += [share[rows, places, 1] for share in f.above]
    columns += [levels[1] ** 2 / 5, levels[2] ** 2 / 5]
    resting = [np.ones_like(last), since, any_death[3], levels[3], peak]
    resting += [series[cells] for series in f.neighbours] if neighbours else []
    columns += [f.quiet[cells] * column for column in resting]
    return np.stack(columns, axis=-1)


def climb_features(features: Features, cells: Cells, step: int) -> Floats:
    """Stack what a later step (more deaths than its edge, given more than the one below) looks at.

    Levels enter relative to the edge, so that one set of coefficients serves all steps.

    Parameters
    ----------
    features
        The series.
    cells
        Rows and columns of the origins.
    step
        Number of the edge, from 1.

    Returns
    -------
    numpy.ndarray
        Shape (cells, columns).
    """
    f, (rows, places) = features, cells
    edge = LOG_EDGES[step]
    series = [f.last, *f.levels, f.peak_year, f.peak_five_years]
    relative = [column[cells] - edge for column in series]
    one = np.ones_like(relative[0])
    columns = [one, *relative, *(np.maximum(column, 0) for column in relative)]
    columns += [share[rows, places, step] for share in f.above]
    columns += [share[rows, places, step - 1] for share in f.above]
    columns += [f.spread[cells], *(share[rows, places, 0] for share in f.above)]
    columns += [one * edge / 3, one * (edge / 3) ** 2, one * (edge - LOG_EDGES[step - 1])]
    return np.stack(columns, axis=-1)
