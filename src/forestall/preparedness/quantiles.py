"""Quantiles over draws, with or without weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forestall.core.arrays import Floats


def draw_quantiles(values: Floats, weights: Floats, quantiles: Sequence[float]) -> Floats:
    r"""Return quantiles along the first axis.

    With equal weights these are linear quantiles; else the inverse of the weighted
    distribution function, the smallest value whose cumulative weight reaches the quantile.

    Parameters
    ----------
    values
        Draws, shape (draws, ...).
    weights
        Weight of each draw, shape (draws,), not negative.
    quantiles
        Probabilities, 0-1.

    Returns
    -------
    ndarray
        Shape (quantiles, ...).

    Examples
    --------
    >>> draw_quantiles(np.array([1.0, 2.0, 3.0]), np.ones(3), [0.5]).tolist()
    [2.0]
    >>> draw_quantiles(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 3.0]), [0.2, 0.5]).tolist()
    [2.0, 3.0]
    """
    if np.ptp(weights) == 0:
        return np.asarray(np.quantile(values, quantiles, axis=0), dtype=np.float64)
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    reached = np.cumsum(weights[order], axis=0) / weights.sum()
    picks = [(reached >= q - 1e-12).argmax(axis=0) for q in quantiles]
    return np.stack([np.take_along_axis(ordered, pick[None], axis=0)[0] for pick in picks])


def draw_mean(values: Floats, weights: Floats) -> Floats:
    """Return the weighted mean along the first axis.

    Examples
    --------
    >>> float(draw_mean(np.array([1.0, 3.0]), np.array([3.0, 1.0])))
    1.5
    """
    return np.asarray(np.tensordot(weights / weights.sum(), values, axes=1), dtype=np.float64)
