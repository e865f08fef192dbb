"""How well draws agree with the counts of a crisis.

Of a crisis two kinds of numbers are compared, on a few days: the logarithm of the total, and the
shares of the sites as centred log-ratios [1]_. What the rules leave out is normal: one deviation of
the total for the whole crisis, one of each site, and smaller ones by day. Hundreds of neighbouring
days of one series are one observation of each, not hundreds.

References
----------
.. [1] Aitchison, J. (1982). The statistical analysis of compositional data. Journal of the Royal
   Statistical Society B 44(2), 139-177. doi:10.1111/j.2517-6161.1982.tb01195.x
"""

from __future__ import annotations

import numpy as np

from forestall.core.arrays import Floats
from forestall.learning.course import simulate
from forestall.learning.parameters import Values
from forestall.learning.situation import Situation

EARLY_DAY = 30
"""Day up to which the arm forecast is fitted."""
LATER_DAYS = (90, 180, 300, 600, 900)
"""Days on which counts are compared; neighbouring ones hold the same information."""
FLOOR = 0.005
"""Smallest share that is told from none."""


def days_compared(days: int) -> tuple[int, ...]:
    """Return the days on which a crisis of a length is compared; its last day where it is short.

    Examples
    --------
    >>> days_compared(400), days_compared(50), days_compared(12)
    ((30, 90, 180, 300), (30, 49), (11,))
    """
    inside = [day for day in (EARLY_DAY, *LATER_DAYS) if day < days]
    return tuple(inside if len(inside) > 1 else sorted({*inside, days - 1}))


def log_ratios(people: Floats) -> Floats:
    """Return centred log-ratios over the last axis, shares no smaller than the floor.

    Examples
    --------
    >>> log_ratios(np.array([1.0, 1.0])).tolist()
    [0.0, 0.0]
    """
    total = people.sum(axis=-1, keepdims=True)
    share = np.divide(people, total, out=np.zeros_like(people), where=total > 0)
    logs = np.log(np.maximum(share, FLOOR))
    return np.asarray(logs - logs.mean(axis=-1, keepdims=True), dtype=np.float64)


def residuals(simulated: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Return what was counted less what was simulated, in logarithms.

    Parameters
    ----------
    simulated : array of float, shape (draws, days, sites)
        People.
    counts : array of float, shape (days, sites)
        People counted at the same sites.

    Returns
    -------
    totals : array of float, shape (draws, days)
    shares : array of float, shape (draws, days, sites)
        Zero where nobody was counted on a day.
    """
    there = counts.sum(axis=-1) > 0
    totals = np.log(np.maximum(counts.sum(axis=-1), 1.0)) - np.log(np.maximum(simulated.sum(axis=-1), 1.0))
    shares = np.where(there[:, None], log_ratios(counts) - log_ratios(simulated), 0.0)
    return totals, shares


def log_likelihood(situation: Situation, values: Values, workers: int | None = None) -> Floats:
    """Return the log-likelihood of the counts of a crisis for each draw, shape (draws,)."""
    days, known = days_compared(situation.days), situation.counted
    simulated = simulate(situation, values, days, workers)[:, :, known]
    return density(*residuals(simulated, situation.counts[list(days)][:, known]), values)


def density(totals: Floats, shares: Floats, values: Values) -> Floats:
    """Return the log-density of residuals, up to a constant, shape (draws,).

    The first day is the early one where there are others; the later ones share their deviations.
    """
    late = slice(1, None) if totals.shape[1] > 1 else slice(None)
    later = totals[:, late]
    number, sites = later.shape[1], shares.shape[2]
    crisis, pace = values["crisis_spread"], values["pace_spread"]
    site, early = values["site_spread"], values["early_spread"]
    middle = later.mean(axis=1)
    found = _normal(middle[:, None], np.sqrt(crisis**2 + pace**2 / number), 1)
    found += _normal(later - middle[:, None], pace, number - 1)
    lasting = shares[:, late].mean(axis=1)
    found += _normal(lasting, site, sites - 1)
    if totals.shape[1] > 1:
        found += _normal((totals[:, 0] - middle)[:, None], np.sqrt(early**2 + pace**2 / number), 1)
        found += _normal(shares[:, 0] - lasting, early, sites - 1)
    return found


def _normal(deviations: Floats, spread: Floats, freedom: int) -> Floats:
    """Return the log-density of deviations with so many degrees of freedom."""
    squares = (deviations**2).sum(axis=1)
    return np.asarray(-freedom * np.log(spread) - squares / (2.0 * spread**2), dtype=np.float64)
