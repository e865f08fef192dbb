"""Errors of simulated displacement against recorded counts, and naive rows to set beside them.

Arrays have the shape (..., days, camps); leading axes are draws.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forestall.core.arrays import Floats

HELD_DAY = 30
"""Day whose shares are held in the naive row of that name."""


def relative_difference(
    simulated: npt.ArrayLike, recorded: npt.ArrayLike, *, rescaled: bool = False
) -> Floats:
    """Averaged relative difference by day.

    ``raw(t) = sum_k |s_k - d_k| / max(D, 1)`` with ``D = sum_k d_k``; rescaled, ``s_k`` is first
    multiplied by ``D / S`` with ``S = sum_k s_k`` (by 0 where ``S`` is 0), so that only shares count.
    Each difference is rounded to 4 decimals, as in the peer's own evaluation.

    Parameters
    ----------
    simulated : array_like, shape (..., days, camps)
        People present, in people.
    recorded : array_like, shape (days, camps)
        Recorded counts, in people.
    rescaled : bool
        Whether to compare shares only.

    Returns
    -------
    numpy.ndarray, shape (..., days)
        Relative difference of every day.

    References
    ----------
    Suleimenova, D., Bell, D., Groen, D. (2017). A generalized simulation development approach for
    predicting refugee destinations. Scientific Reports 7, 13377. doi:10.1038/s41598-017-13828-9

    Examples
    --------
    >>> relative_difference([[30.0, 10.0]], [[10.0, 10.0]]).tolist()
    [1.0]
    >>> relative_difference([[30.0, 10.0]], [[10.0, 10.0]], rescaled=True).tolist()
    [0.5]
    """
    s, d = np.asarray(simulated, dtype=np.float64), np.asarray(recorded, dtype=np.float64)
    known, total = d.sum(axis=-1), s.sum(axis=-1)
    if rescaled:
        factor = np.divide(known, total, out=np.zeros_like(total), where=total > 0)
        s = s * factor[..., None]
    difference: Floats = np.round(np.abs(s - d), 4).sum(axis=-1) / np.maximum(known, 1.0)
    return difference


def ard(simulated: npt.ArrayLike, recorded: npt.ArrayLike, *, rescaled: bool = False) -> Floats:
    """Averaged relative difference over all days, day 0 included, of every draw.

    Arguments as for :func:`relative_difference`. The error of a forecast is the mean of these over
    draws; the error of the mean forecast is lower.

    Examples
    --------
    >>> float(ard([[[30.0, 10.0], [20.0, 20.0]]], [[10.0, 10.0], [20.0, 20.0]])[0])
    0.5
    """
    mean: Floats = relative_difference(simulated, recorded, rescaled=rescaled).mean(axis=-1)
    return mean


def rmse(simulated: npt.ArrayLike, recorded: npt.ArrayLike) -> Floats:
    """Root mean square error over days and camps of every draw, in people.

    Examples
    --------
    >>> float(rmse([[3.0, 4.0]], [[0.0, 0.0]]))
    3.5355339059327378
    """
    difference = np.asarray(simulated, dtype=np.float64) - np.asarray(recorded, dtype=np.float64)
    root: Floats = np.sqrt(np.mean(difference**2, axis=(-2, -1)))
    return root


def shares_over(recorded: npt.ArrayLike, shares: npt.ArrayLike) -> Floats:
    """People by camp if the recorded total of each day were split by fixed shares.

    Examples
    --------
    >>> shares_over([[30.0, 10.0]], [0.5, 0.5]).tolist()
    [[20.0, 20.0]]
    """
    total = np.asarray(recorded, dtype=np.float64).sum(axis=-1, keepdims=True)
    split: Floats = total * np.asarray(shares, dtype=np.float64)
    return split


def naive(
    recorded: npt.ArrayLike, capacities: npt.ArrayLike | None = None, *, held_day: int = HELD_DAY
) -> dict[str, float | None]:
    """Error of rows that simulate nothing; they know the total of every day.

    Parameters
    ----------
    recorded : array_like, shape (days, camps)
        Recorded counts.
    capacities : array_like, shape (camps,), optional
        Capacities; a value not above 0 or missing makes the row of capacities unknown.
    held_day : int
        Day whose recorded shares are held.

    Returns
    -------
    dict
        ``equal_shares``, ``capacity_shares`` and ``day30_shares_held``: averaged relative
        difference, None where it cannot be known.

    Examples
    --------
    >>> naive([[30.0, 10.0]] * 40, [30, 10])
    {'equal_shares': 0.5, 'capacity_shares': 0.0, 'day30_shares_held': 0.0}
    """
    d = np.asarray(recorded, dtype=np.float64)
    camps = d.shape[1]
    rows: dict[str, float | None] = {"equal_shares": _error(d, np.full(camps, 1.0))}
    sizes = None if capacities is None else np.asarray(capacities, dtype=np.float64)
    usable = sizes is not None and bool(np.isfinite(sizes).all()) and bool((sizes > 0).all())
    rows["capacity_shares"] = _error(d, sizes) if usable and sizes is not None else None
    rows["day30_shares_held"] = _error(d, d[held_day]) if len(d) > held_day else None
    return rows


def _error(recorded: Floats, weights: Floats) -> float | None:
    """Return the error of fixed shares, None where there are none."""
    if weights.sum() <= 0:
        return None
    return float(ard(shares_over(recorded, weights / weights.sum()), recorded))
