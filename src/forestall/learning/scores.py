"""The daily rules judged on a crisis they have not learnt from, arm by arm, beside naive rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forestall.core.arrays import Floats
from forestall.core.errors import CrisisError, Finding
from forestall.learning.forecasting import ARMS, Arm, people_by_day
from forestall.learning.likelihood import EARLY_DAY
from forestall.learning.parameters import values_of
from forestall.learning.situation import Situation
from forestall.schema.conventions import BAND
from forestall.scoring.displacement import HELD_DAY, ard, naive

TOTAL_DAYS = (90, 300)
"""Days after which the number of people is judged."""
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Claims of bands that are held against what they keep."""
SAID = {
    ARMS[0]: "capacities are used, which often are the largest count of the site's own record",
    ARMS[1]: "nothing computed from the counts of this crisis is used, neither totals nor capacities",
    ARMS[2]: "counts of the first 30 days are used, as corrected later; scored on the days after",
}


@dataclass(frozen=True, eq=False)
class Judged:
    """People simulated and counted at the sites that have counts.

    Parameters
    ----------
    sites : tuple of str
        Sites with counts, also those that no way reaches.
    people : array of float, shape (draws, days, sites)
    counts : array of float, shape (days, sites)
    first : int
        First day that is scored.
    """

    sites: tuple[str, ...]
    people: Floats
    counts: Floats
    first: int


def judged(situation: Situation, scores: Floats, arm: Arm, seed: int) -> Judged:
    """Return people by draw beside counts.

    Raises
    ------
    CrisisError
        Where there are no counts to judge by, or in the arm forecast no day after the thirtieth.
    """
    refuse_unscorable(situation, arm)
    people = people_by_day(situation, values_of(scores), arm, seed)
    known = np.isfinite(situation.counts[0])
    names = tuple(name for name, has in zip(situation.sites, known, strict=True) if has)
    first = EARLY_DAY if arm == "forecast" else 0
    return Judged(names, people[:, :, known], situation.counts[:, known], first)


def refuse_unscorable(situation: Situation, arm: Arm) -> None:
    """Refuse a crisis that cannot be judged by its counts, or not in this arm."""
    faults = []
    if not np.nan_to_num(situation.counts).any():
        faults.append(
            Finding(
                "E652",
                "error",
                f"{situation.title}: no site has counts, so that nothing can be learnt or judged",
                "source_data",
                expected="a count above 0 for at least one site",
                next="add its counts to source_data, or leave it out",
            )
        )
    if arm == "forecast" and situation.days <= EARLY_DAY + 1:
        said = f"{situation.title}: the arm forecast learns from 30 days and is judged on those after"
        faults.append(
            Finding(
                "E653", "error", said, "sim_period", value=f"{situation.days} days", expected="32 or more"
            )
        )
    if faults:
        raise CrisisError(faults)


def score(situation: Situation, scores: Floats, arm: Arm, seed: int) -> dict[str, Any]:
    """Return errors, totals and coverage of one arm.

    Parameters
    ----------
    situation : Situation
        The crisis that is judged.
    scores : array of float, shape (draws, parameters)
        Draws learnt from other crises.
    arm : {"with capacities", "without capacities", "forecast"}
        What may be known.
    seed : int
        Seed of what the rules leave out.

    Returns
    -------
    dict
        ``ard_raw`` and ``ard_rescaled`` of the median by site and day, the means of the draws' own
        errors, totals with 90 % bands, coverage of the bands by site and day, naive rows.
    """
    found = judged(situation, scores, arm, seed)
    counts, people = found.counts[found.first :], found.people[:, found.first :]
    low, middle, high = np.quantile(people, BAND, axis=0)
    return {
        "crisis": situation.title,
        "rules": "forestall",
        "arm": arm,
        "draws": len(scores),
        "seed": seed,
        "days_scored": len(counts),
        "ard_raw": float(ard(middle, counts)),
        "ard_rescaled": float(ard(middle, counts, rescaled=True)),
        "ard_raw_draws": float(ard(people, counts).mean()),
        "ard_rescaled_draws": float(ard(people, counts, rescaled=True).mean()),
        "naive": naive(counts, _capacities(situation, arm), held_day=HELD_DAY - found.first),
        "totals": totals(found),
        "coverage": coverage(low[1:], high[1:], counts[1:]),
        "reliability": reliability(people[:, 1:], counts[1:]),
        "camps": _last_day(found),
        "findings": [finding.as_dict() for finding in situation.findings],
        "note": SAID[arm],
    }


def _capacities(situation: Situation, arm: Arm) -> Floats | None:
    """Return capacities of the sites with counts, where the arm may know them."""
    return situation.capacity[np.isfinite(situation.counts[0])] if arm == ARMS[0] else None


def coverage(low: Floats, high: Floats, counts: Floats) -> float | None:
    """Return the share of counts, by site and day, that lie within the bands.

    Examples
    --------
    >>> coverage(np.zeros((1, 2)), np.ones((1, 2)), np.array([[0.5, 2.0]]))
    0.5
    """
    return float(((counts >= low) & (counts <= high)).mean()) if counts.size else None


def reliability(people: Floats, counts: Floats) -> dict[str, float | None]:
    """Return, for bands that claim to hold 10 to 90 % of counts, the share that they hold.

    Examples
    --------
    >>> reliability(np.arange(101.0).reshape(-1, 1, 1), np.array([[60.0]]))["0.3"]
    1.0
    """
    held = {}
    for level in LEVELS:
        low, high = np.quantile(people, (0.5 - level / 2, 0.5 + level / 2), axis=0)
        held[f"{level:g}"] = coverage(low, high, counts)
    return held


def totals(found: Judged) -> list[dict[str, Any]]:
    """Return people at all sites after 90 and 300 days: counted, and median and 90 % band."""
    rows = []
    for day in TOTAL_DAYS:
        at = min(day, len(found.counts)) - 1
        if at < found.first or day > len(found.counts):
            continue
        low, middle, high = np.quantile(found.people[:, at].sum(axis=-1), BAND)
        counted = float(found.counts[at].sum())
        rows.append(
            {
                "day": day,
                "counted": counted,
                "q05": float(low),
                "q50": float(middle),
                "q95": float(high),
                "ratio": float(middle / counted) if counted > 0 else None,
                "held": bool(low <= counted <= high),
            }
        )
    return rows


def _last_day(found: Judged) -> dict[str, dict[str, float]]:
    """Return people in every site on the last day: counted, and median and 90 % band."""
    low, middle, high = np.quantile(found.people[:, -1], BAND, axis=0)
    return {
        name: {
            "recorded": float(found.counts[-1, i]),
            "q05": float(low[i]),
            "q50": float(middle[i]),
            "q95": float(high[i]),
        }
        for i, name in enumerate(found.sites)
    }
