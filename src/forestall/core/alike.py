"""Forecasts as weights on what followed before: own years, cases alike, steps; and pools of them.

Three plain rules whose errors differ, so that their equal pool is better than each: what the country
itself saw in its newest years; what followed where the newest figures were alike, by a kernel [1]_; and
a ladder of logistic steps, each the chance to pass an edge for those who passed the one below [2]_.

References
----------
.. [1] Lall, U. and Sharma, A. (1996), A nearest neighbor bootstrap for resampling hydrologic time
   series, Water Resources Research 32(3):679-693, https://doi.org/10.1029/95WR02966
.. [2] Tutz, G. (1991), Sequential models in categorical regression, Computational Statistics and
   Data Analysis 11(3):275-295, https://doi.org/10.1016/0167-9473(91)90086-H
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forestall.core.arrays import Floats
from forestall.core.logistic import column_scale, fit_logistic, logistic

POINTS = 20
"""Values that stand for those of one step."""


@dataclass(frozen=True, eq=False)
class Weighted:
    """A distribution for each country on common values.

    Parameters
    ----------
    values
        Shape (values,).
    weights
        Shape (countries, values); each row adds up to 1.
    """

    values: Floats
    weights: Floats


def own_years(past: Floats, most: int, decay: float) -> Weighted:
    """Weigh each country's own newest years, the newest most.

    Parameters
    ----------
    past
        Shape (years, countries).
    most
        Years that count.
    decay
        Weight of a year against the one after it.

    Examples
    --------
    >>> own = own_years(np.array([[1.0], [2.0]]), 5, 0.5)
    >>> own.values.tolist(), own.weights.round(3).tolist()
    ([1.0, 2.0], [[0.333, 0.667]])
    """
    newest = past[-most:]
    share = decay ** np.arange(len(newest), dtype=np.float64)[::-1]
    weights = np.kron(np.eye(newest.shape[1]), share / share.sum())
    return Weighted(newest.T.ravel(), weights)


def alike(before: Floats, after: Floats, now: Floats, scale: Sequence[float]) -> Weighted:
    """Weigh what followed past cases by exp(-sum |difference| / scale).

    Parameters
    ----------
    before
        Past cases, shape (cases, columns).
    after
        What followed each, shape (cases,).
    now
        Cases that are forecast, shape (countries, columns).
    scale
        Difference of each column that makes a case e times less alike.

    Examples
    --------
    >>> near = alike(np.array([[0.0], [9.0]]), np.array([3.0, 5.0]), np.array([[0.0]]), [1.0])
    >>> near.weights.round(3).tolist()
    [[1.0, 0.0]]
    """
    away = np.zeros((len(now), len(before)))
    for column, width in enumerate(scale):
        away += np.abs(before[None, :, column] - now[:, column, None]) / width
    weights = np.exp(-(away - away.min(axis=1, keepdims=True)))
    return Weighted(after, weights / weights.sum(axis=1, keepdims=True))


def steps(before: Floats, after: Floats, now: Floats, edges: Floats, ridge: float) -> Weighted:
    """Climb from edge to edge by logistic regressions; within a step values lie as they lay before.

    Parameters
    ----------
    before, after, now
        As for :func:`alike`.
    edges
        Rising edges in the unit of ``after``.
    ridge
        Ridge on standardised columns.

    Examples
    --------
    >>> x = np.array([[0.0], [0.0], [9.0], [9.0]])
    >>> up = steps(x, np.array([0.0, 0.0, 7.0, 7.0]), x[[0, 3]], np.array([1.0]), 0.1)
    >>> (up.weights[:, up.values > 1].sum(axis=1) > 0.5).tolist()
    [False, True]
    """
    centre, width = before.mean(axis=0), column_scale(before)
    past = np.column_stack([np.ones(len(before)), (before - centre) / width])
    coming = np.column_stack([np.ones(len(now)), (now - centre) / width])
    step_of, left = np.searchsorted(edges, after), np.ones(len(now))
    values, weights = [], []
    for step in range(len(edges) + 1):
        there = step_of >= step
        passed = (step_of[there] > step).astype(np.float64)
        chance = np.zeros(len(now))
        if passed.any():
            beta = fit_logistic(past[there], passed, np.ones(len(passed)), ridge)
            chance = logistic(coming @ beta)
        inside = _points(after[step_of == step])
        if len(inside):
            values.append(inside)
            weights.append(np.repeat((left * (1 - chance) / len(inside))[:, None], len(inside), axis=1))
            left = left * chance
    table = np.concatenate(weights, axis=1)
    return Weighted(np.concatenate(values), table / table.sum(axis=1, keepdims=True))


def _points(values: Floats) -> Floats:
    """Return a few values in the middle of equal parts of all."""
    if len(values) <= POINTS:
        return np.sort(values)
    return np.asarray(
        np.quantile(values, (np.arange(POINTS) + 0.5) / POINTS, method="inverted_cdf"), dtype=np.float64
    )


def pooled(parts: Sequence[Weighted]) -> Weighted:
    """Return the equal pool: the mean of the distributions.

    References
    ----------
    Stone, M. (1961), The opinion pool, Annals of Mathematical Statistics 32(4):1339-1342,
    https://doi.org/10.1214/aoms/1177704873

    Examples
    --------
    >>> one = Weighted(np.array([1.0]), np.array([[1.0]]))
    >>> pooled([one, Weighted(np.array([3.0]), np.array([[1.0]]))]).weights.tolist()
    [[0.5, 0.5]]
    """
    values = np.concatenate([part.values for part in parts])
    return Weighted(values, np.concatenate([part.weights for part in parts], axis=1) / len(parts))


def drawn(made: Weighted, draws: int) -> Floats:
    """Return ascending draws at the middles of equal parts of probability, shape (countries, draws).

    Examples
    --------
    >>> drawn(Weighted(np.array([3.0, 1.0]), np.array([[0.25, 0.75]])), 4).tolist()
    [[1.0, 1.0, 1.0, 3.0]]
    """
    order = np.argsort(made.values, kind="stable")
    values, heights = made.values[order], np.cumsum(made.weights[:, order], axis=1)
    levels = (np.arange(draws) + 0.5) / draws
    places = np.stack([np.searchsorted(row / row[-1], levels) for row in heights])
    return values[np.minimum(places, len(values) - 1)]
