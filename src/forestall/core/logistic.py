"""Ridge logistic regression by Newton's method."""

from __future__ import annotations

import numpy as np

from forestall.core.arrays import Floats

_STEPS = 25
_SMALL_STEP = 1e-2
_LARGEST = 30.0


def logistic(score: Floats) -> Floats:
    """Return 1 / (1 + exp(-score)), with scores cut at plus and minus 30.

    Examples
    --------
    >>> logistic(np.array([0.0])).tolist()
    [0.5]
    """
    value: Floats = 1 / (1 + np.exp(-np.clip(score, -_LARGEST, _LARGEST)))
    return value


def column_scale(features: Floats) -> Floats:
    """Return the standard deviation of each column; 1 for a column that does not vary.

    Examples
    --------
    >>> column_scale(np.array([[1.0, 0.0], [1.0, 2.0]])).tolist()
    [1.0, 1.0]
    """
    scale: Floats = features.std(axis=0)
    scale[scale < 1e-9] = 1.0
    return scale


def fit_logistic(features: Floats, outcome: Floats, weights: Floats, ridge: float | Floats) -> Floats:
    """Fit a logistic regression with a ridge on standardised coefficients.

    Minimises sum w (log(1 + exp(z)) - y z) + ridge/2 sum (s b)^2 with z = X b and s the
    standard deviation of each column; the first column is the constant and is not held back.

    Parameters
    ----------
    features
        Shape (rows, columns), the first column constant.
    outcome
        0 or 1, shape (rows,).
    weights
        Weight of each row, shape (rows,).
    ridge
        Strength of the ridge; one number for all columns or one for each, shape (columns,).

    Returns
    -------
    numpy.ndarray
        Coefficients for the features as given, shape (columns,).

    References
    ----------
    Le Cessie, S. and van Houwelingen, J. C. (1992), Ridge estimators in logistic
    regression, Applied Statistics 41(1):191-201, https://doi.org/10.2307/2347628

    Examples
    --------
    >>> x = np.ones((4, 1))
    >>> share = logistic(x @ fit_logistic(x, np.array([0.0, 0, 0, 1]), np.ones(4), 1.0))
    >>> round(float(share[0]), 3)
    0.25
    """
    scale = column_scale(features)
    scaled = features / scale
    penalty = np.full(features.shape[1], 1.0) * ridge
    penalty[0] = 1e-4
    beta = np.zeros(features.shape[1])
    for _ in range(_STEPS):
        chance = logistic(scaled @ beta)
        slope = scaled.T @ ((chance - outcome) * weights) + penalty * beta
        bend = np.maximum(chance * (1 - chance), 1e-6) * weights
        curve = (scaled * bend[:, None]).T @ scaled + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        beta = beta - step
        if np.abs(step).max() < _SMALL_STEP:
            break
    coefficients: Floats = beta / scale
    return coefficients


def logistic_spread(features: Floats, coefficients: Floats, weights: Floats, ridge: float | Floats) -> Floats:
    """Return a square root of the covariance of fitted coefficients: the Laplace approximation.

    The ridge is read as a normal prior on the standardised coefficients, so that the inverse of the
    penalised curvature at the fit is the covariance of the posterior.

    Parameters
    ----------
    features, weights, ridge
        As given to :func:`fit_logistic`.
    coefficients
        As it returned them, shape (columns,).

    Returns
    -------
    numpy.ndarray
        Matrix L with L L' the covariance, shape (columns, columns).

    References
    ----------
    Tierney, L. and Kadane, J. B. (1986), Accurate approximations for posterior moments and marginal
    densities, Journal of the American Statistical Association 81:82-86,
    https://doi.org/10.1080/01621459.1986.10478240

    Examples
    --------
    >>> x, y = np.ones((100, 1)), np.repeat([0.0, 1.0], 50)
    >>> beta = fit_logistic(x, y, np.ones(100), 1.0)
    >>> round(float(logistic_spread(x, beta, np.ones(100), 1.0)[0, 0]), 2)
    0.2
    """
    scale = column_scale(features)
    chance = logistic(features @ coefficients)
    bend = np.maximum(chance * (1 - chance), 1e-6) * weights
    scaled = features / scale
    penalty = np.full(features.shape[1], 1.0) * ridge
    penalty[0] = 1e-4
    curve = (scaled * bend[:, None]).T @ scaled + np.diag(penalty)
    root: Floats = np.linalg.cholesky(np.linalg.inv(curve)) / scale[:, None]
    return root
