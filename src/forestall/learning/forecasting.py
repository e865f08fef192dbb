"""People at each site by day, with all that is not known: one forecast per draw.

Before any count, the rules' totals and shares deviate by what they left out of other crises. After
thirty days of counts the total deviates by the part of what was seen that lasts (two normal quantities
of which only the sum is seen), and shares lie between those of the rules and those of day 30, anywhere
with equal chance: a pool of forecasts, which beats its better member more often than not [1]_.

References
----------
.. [1] Bates, J. M., Granger, C. W. J. (1969). The combination of forecasts. Operational Research
   Quarterly 20(4), 451-468. doi:10.1057/jors.1969.103
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from forestall.core.arrays import Floats
from forestall.core.errors import UsageError
from forestall.core.names import nearest
from forestall.core.random import normals, uniforms
from forestall.learning.course import simulate
from forestall.learning.likelihood import EARLY_DAY, LATER_DAYS, residuals
from forestall.learning.parameters import Values
from forestall.learning.situation import Situation

Arm = Literal["with capacities", "without capacities", "forecast"]
ARMS: tuple[Arm, ...] = ("with capacities", "without capacities", "forecast")


def checked_arm(text: str) -> Arm:
    """Return an arm by its name.

    Raises
    ------
    UsageError
        Where there is none of that name.

    Examples
    --------
    >>> checked_arm("forecast")
    'forecast'
    """
    for arm in ARMS:
        if arm == text:
            return arm
    raise UsageError(f"unknown arm {text!r}; nearest: {nearest(text, ARMS)}; known: {', '.join(ARMS)}")


def people_by_day(situation: Situation, values: Values, arm: Arm, seed: int) -> Floats:
    """Return people at each site on every day.

    Parameters
    ----------
    situation : Situation
        A crisis; its capacities are used in the arm with capacities only, its counts in the arm
        forecast only, and there those of the first thirty days only.
    values : mapping of str to array of float, shape (draws,)
        Parameters by draw, learnt from other crises.
    arm : {"with capacities", "without capacities", "forecast"}
        What may be known.
    seed : int
        Seed of what the rules leave out.

    Returns
    -------
    array of float, shape (draws, days, sites)
        In the arm forecast the days up to the thirtieth hold the counts.
    """
    seen = situation if arm == ARMS[0] else situation.without_capacities()
    simulated = simulate(seen, values, range(situation.days))
    if arm == "forecast":
        return _after_counts(seen, simulated, values, seed)
    return _from_nothing(seen, simulated, values, seed)


def _from_nothing(situation: Situation, simulated: Floats, values: Values, seed: int) -> Floats:
    """Return what was simulated with the deviations of the crisis, its sites and its first weeks."""
    draws, days = np.arange(len(simulated)), np.arange(situation.days)
    fading = fade(days)[None, :]
    total = values["crisis_spread"] * normals(seed, "learning:crisis", draws)
    total = total + values["pace_spread"] * normals(seed, "learning:pace", draws)
    early = values["early_spread"] * normals(seed, "learning:early", draws)
    site = values["site_spread"][:, None] * _by_site(situation, seed, "site", draws)
    first = values["early_spread"][:, None] * _by_site(situation, seed, "early", draws)
    lasting = site[:, None, :] + fading[:, :, None] * first[:, None, :]
    return deviating(simulated, total[:, None] + fading * early[:, None], lasting)


def fade(days: np.ndarray) -> Floats:
    """Return how much of the early deviations is left: all up to day 30, none from day 90 on.

    Examples
    --------
    >>> fade(np.array([0, 30, 60, 90])).tolist()
    [1.0, 1.0, 0.5, 0.0]
    """
    left = (LATER_DAYS[0] - days) / (LATER_DAYS[0] - EARLY_DAY)
    return np.asarray(np.clip(left, 0.0, 1.0), dtype=np.float64)


def _by_site(situation: Situation, seed: int, name: str, draws: np.ndarray) -> Floats:
    """Return a standard normal number by draw and site, each keyed by the site's name."""
    return np.stack(
        [normals(seed, f"learning:{name}", draws, place=site) for site in situation.sites], axis=1
    )


def deviating(people: Floats, total: Floats, site: Floats) -> Floats:
    """Return people whose totals and shares deviate, both in logarithms.

    Examples
    --------
    >>> zero = np.zeros((1, 1))
    >>> deviating(np.array([[[1.0, 3.0]]]), zero + np.log(2), zero[..., None]).tolist()
    [[[2.0, 6.0]]]
    """
    moved = people * np.exp(site)
    return np.asarray(_shares(moved) * (people.sum(axis=-1) * np.exp(total))[..., None], dtype=np.float64)


def _after_counts(situation: Situation, simulated: Floats, values: Values, seed: int) -> Floats:
    """Return the counts of the first days, and then totals and shares that both have learnt from them."""
    known, counts = situation.counted, np.nan_to_num(situation.counts[: EARLY_DAY + 1])
    ratio = residuals(simulated[:, EARLY_DAY : EARLY_DAY + 1][:, :, known], counts[-1:, known])[0]
    draws, fading = np.arange(len(simulated)), fade(np.arange(situation.days))[None, :]
    crisis, early = values["crisis_spread"], np.hypot(values["early_spread"], values["pace_spread"])
    lasting = _lasting(ratio[:, 0], crisis, early) + _left(crisis, early) * normals(
        seed, "learning:crisis", draws
    )
    total = lasting[:, None] + fading * (ratio - lasting[:, None])
    moved = values["early_spread"][:, None] * _by_site(situation, seed, "early", draws)
    held = uniforms(seed, "learning:held", draws)[:, None, None]
    mixed = (1.0 - held) * _shares(simulated) + held * _shares(counts[-1:])
    people = deviating(
        mixed * simulated.sum(axis=-1, keepdims=True), total, (1.0 - fading)[:, :, None] * moved[:, None, :]
    )
    people[:, : EARLY_DAY + 1] = counts
    return people


def _shares(people: Floats) -> Floats:
    """Return shares over the last axis, zero where there is nobody."""
    total = people.sum(axis=-1, keepdims=True)
    share = np.divide(people, total, out=np.zeros_like(people), where=total > 0)
    return np.asarray(share, dtype=np.float64)


def _lasting(seen: Floats, lasting: Floats, passing: Floats) -> Floats:
    """Return the mean of the lasting part of a sum of two normal deviations that was seen."""
    return np.asarray(seen * lasting**2 / (lasting**2 + passing**2), dtype=np.float64)


def _left(lasting: Floats, passing: Floats) -> Floats:
    """Return the standard deviation of the lasting part once the sum was seen."""
    return np.asarray(lasting * passing / np.hypot(lasting, passing), dtype=np.float64)
