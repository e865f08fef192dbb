"""Scores of forecasts given as draws: the lower, the better."""

from __future__ import annotations

import numpy as np

from forestall.core.arrays import Floats

IGNORANCE_EDGES: Floats = np.array([0.5, 2.5, 5.5, 10.5, 25.5, 50.5, 100.5, 250.5, 500.5, 1000.5])
OFFICIAL_DRAWS = 1000
CHALLENGE = (
    "Hegre, H. and others (2024), The 2023/24 VIEWS Prediction Challenge: predicting the number "
    "of fatalities in armed conflict, with uncertainty, arXiv:2407.11045"
)


def crps(draws: Floats, observed: Floats) -> Floats:
    """Score draws by the continuous ranked probability score.

    CRPS = mean |x - y| - mean |x - x'| / 2, the second mean over all m^2 pairs of draws.

    Parameters
    ----------
    draws
        Ascending draws, shape (..., draws).
    observed
        What happened, shape (...).

    Returns
    -------
    numpy.ndarray
        Shape (...), in the unit of the draws.

    References
    ----------
    Gneiting, T. and Raftery, A. E. (2007), Strictly proper scoring rules, prediction, and
    estimation, JASA 102(477):359-378, https://doi.org/10.1198/016214506000001437

    Examples
    --------
    >>> crps(np.array([0.0, 2.0]), np.array(1.0)).item()
    0.5
    """
    count = draws.shape[-1]
    away = np.abs(draws - observed[..., None]).mean(axis=-1)
    rank = 2 * np.arange(1, count + 1) - count - 1
    score: Floats = away - draws @ rank / count**2
    return score


def log_crps(draws: Floats, observed: Floats) -> Floats:
    """Score log(1 + deaths) by the CRPS, so that one war does not decide the mean.

    Parameters
    ----------
    draws, observed
        As for :func:`crps`.

    References
    ----------
    Bosse, N. I. and others (2023), Scoring epidemiological forecasts on transformed scales,
    PLOS Computational Biology 19(8):e1011393, https://doi.org/10.1371/journal.pcbi.1011393

    Examples
    --------
    >>> log_crps(np.array([0.0, 0.0]), np.array(0.0)).item()
    0.0
    """
    return crps(np.log1p(draws), np.log1p(observed))


def ignorance(draws: Floats, observed: Floats) -> Floats:
    """Score draws by the binned ignorance score of the VIEWS prediction challenge, in bits.

    IGN = -log2((n_k + 1) / (n + 11)), n_k of the n draws lying in the bin of what happened;
    eleven bins with edges 0.5, 2.5, 5.5, 10.5, 25.5, 50.5, 100.5, 250.5, 500.5, 1000.5.

    Parameters
    ----------
    draws, observed
        As for :func:`crps`; the draws need no order.

    Examples
    --------
    >>> round(ignorance(np.array([0.0] * 1000), np.array(0.0)).item(), 4)
    0.0143
    """
    bins = len(IGNORANCE_EDGES) + 1
    step = np.searchsorted(IGNORANCE_EDGES, observed)
    low = np.concatenate([[-np.inf], IGNORANCE_EDGES])[step]
    high = np.concatenate([IGNORANCE_EDGES, [np.inf]])[step]
    inside = ((draws > low[..., None]) & (draws <= high[..., None])).sum(axis=-1)
    score: Floats = -np.log2((inside + 1) / (draws.shape[-1] + bins))
    return score


def official_resampling(draws: Floats, count: int = OFFICIAL_DRAWS) -> Floats:
    """Stretch a forecast of another number of draws as the challenge's own code does.

    Fourier resampling of the draws in the order given, floored at 0. It flatters forecasts of
    few draws, because it puts values between them.

    Parameters
    ----------
    draws
        Shape (..., draws).
    count
        Number of draws wanted.

    Examples
    --------
    >>> official_resampling(np.full((1, 1), 3.0), 4).tolist()
    [[3.0, 3.0, 3.0, 3.0]]
    """
    size = draws.shape[-1]
    if size == count:
        return draws
    spectrum = np.fft.rfft(draws, axis=-1)
    kept = min(size, count) // 2 + 1
    wide = np.zeros((*draws.shape[:-1], count // 2 + 1), dtype=complex)
    wide[..., :kept] = spectrum[..., :kept]
    if min(size, count) % 2 == 0:
        wide[..., kept - 1] *= 0.5 if size < count else 2.0
    stretched: Floats = np.maximum(np.fft.irfft(wide, count, axis=-1) * count / size, 0)
    return stretched


def interval_score(draws: Floats, observed: Floats, level: float = 0.9) -> Floats:
    """Score the central interval: its width, and a penalty for what falls outside.

    MIS = (u - l) + 2/a (l - y)+ + 2/a (y - u)+, a = 1 - level, ends by linear quantiles.

    Parameters
    ----------
    draws, observed
        As for :func:`crps`; the draws need no order.
    level
        Coverage the interval claims.

    References
    ----------
    Gneiting and Raftery (2007), https://doi.org/10.1198/016214506000001437

    Examples
    --------
    >>> interval_score(np.array([0.0, 10.0]), np.array(20.0), 0.5).item()
    55.0
    """
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=-1)
    below, above = np.maximum(low - observed, 0), np.maximum(observed - high, 0)
    score: Floats = high - low + (below + above) / tail
    return score


def coverage(draws: Floats, observed: Floats, level: float = 0.9) -> Floats:
    """Tell whether what happened lies in the central interval: 1 or 0.

    Parameters
    ----------
    draws, observed
        As for :func:`crps`; the draws need no order.
    level
        Coverage the interval claims.

    Examples
    --------
    >>> coverage(np.array([0.0, 1.0, 2.0]), np.array(1.0)).item()
    1.0
    """
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=-1)
    inside: Floats = ((observed >= low) & (observed <= high)).astype(np.float64)
    return inside


def randomised_pit(draws: Floats, observed: Floats, uniform: Floats) -> Floats:
    """Place what happened among the draws, ties broken at random: flat if the forecast is calibrated.

    PIT = F(y-) + v (F(y) - F(y-)), v uniform on (0, 1).

    Parameters
    ----------
    draws, observed
        As for :func:`crps`.
    uniform
        Random numbers, shape (...).

    References
    ----------
    Czado, C., Gneiting, T. and Held, L. (2009), Predictive model assessment for count data,
    Biometrics 65(4):1254-1261, https://doi.org/10.1111/j.1541-0420.2009.01191.x

    Examples
    --------
    >>> randomised_pit(np.array([0.0, 0.0, 5.0, 9.0]), np.array(0.0), np.array(0.5)).item()
    0.25
    """
    below = (draws < observed[..., None]).mean(axis=-1)
    upto = (draws <= observed[..., None]).mean(axis=-1)
    place: Floats = below + uniform * (upto - below)
    return place
