"""From sampled values to a fixed number of draws, and from months to futures."""

from __future__ import annotations

import numpy as np

from forestall.core.arrays import Floats, Ints


def tile(values: Floats, draws: int) -> Floats:
    """Stretch m equally likely values to a number of draws: draw i is value floor(i m / draws).

    Parameters
    ----------
    values
        Values, ascending, shape (..., m).
    draws
        Number of draws wanted.

    Returns
    -------
    numpy.ndarray
        Ascending draws, shape (..., draws).

    Examples
    --------
    >>> tile(np.array([0.0, 8.0]), 4).tolist()
    [0.0, 0.0, 8.0, 8.0]
    """
    size = values.shape[-1]
    return values[..., np.arange(draws) * size // draws]


def dependent_ranks(scores: Floats, persistence: float) -> Ints:
    """Give each future the rank it takes in every month, near months alike.

    A Gaussian first-order autoregression turns independent scores e into
    z(h) = r z(h-1) + sqrt(1 - r^2) e(h); the rank of z(h) among all futures picks the draw
    of the month. Every month keeps exactly its own distribution, only the order changes.

    Parameters
    ----------
    scores
        Independent standard normal scores, shape (months, draws).
    persistence
        Correlation r of neighbouring months, 0 to 1.

    Returns
    -------
    numpy.ndarray
        Ranks 0 to draws - 1, shape (months, draws).

    References
    ----------
    Pinson, P., Madsen, H., Nielsen, H. A., Papaefthymiou, G. and Klockl, B. (2009),
    From probabilistic forecasts to statistical scenarios of short-term wind power
    production, Wind Energy 12(1):51-62, https://doi.org/10.1002/we.284

    Examples
    --------
    >>> dependent_ranks(np.array([[0.1, -1.0, 2.0], [0.0, 0.0, 0.0]]), 0.5).tolist()
    [[1, 0, 2], [1, 0, 2]]
    """
    chained = scores.copy()
    for month in range(1, len(scores)):
        chained[month] = persistence * chained[month - 1] + np.sqrt(1 - persistence**2) * scores[month]
    return chained.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
