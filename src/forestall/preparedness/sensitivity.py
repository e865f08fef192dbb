"""Sensitivity: which assumption moves the planning figures most, and so what to find out next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from forestall.core.arrays import Floats, Ints
from forestall.core.random import stream
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.caseloads import peak_arrived
from forestall.preparedness.people import Presence
from forestall.schema import empty, frame
from forestall.schema.conventions import ALL

if TYPE_CHECKING:
    from forestall.crisis import Crisis

LEAST_DRAWS = 50
BINS = 10
RESAMPLES = 200
LEVEL = 0.9
WORTH = 0.05
"""An assumption is worth finding out about where even the low end of its share is that much."""
ASSUMPTIONS = {
    "exposed": "people exposed: which population estimate holds",
    "share_leaving": "share that leaves where people can",
    "reached": "share of the exposed people that violence reaches",
    "onset_day": "day violence starts",
    "reopens_day": "day closed corridors open for people leaving, or never",
}


def first_order(assumption: Floats, output: Floats, bins: int = BINS) -> float:
    r"""Return the first-order share of variance that an assumption explains on its own.

    .. math:: S_i = \frac{\mathrm{Var}[E(Y \mid X_i)]}{\mathrm{Var}(Y)}

    estimated from bins of equal counts, less what as many bins would explain by chance.

    Parameters
    ----------
    assumption, output
        One number per draw.
    bins
        Number of bins.

    References
    ----------
    Saltelli, A. et al. (2008), Global Sensitivity Analysis: The Primer, Wiley,
    https://doi.org/10.1002/9780470725184

    Examples
    --------
    >>> x = np.linspace(0, 1, 400)
    >>> round(first_order(x, 3 * x), 2), round(first_order(x, np.tile([0.0, 1.0], 200)), 2)
    (0.99, 0.0)
    """
    place = bins_of(assumption, bins)
    return 0.0 if place is None else explained(place, output)


def bins_of(assumption: Floats, bins: int = BINS) -> Ints | None:
    """Return the bin of equal counts each draw falls into; None where the assumption does not vary."""
    if np.ptp(assumption) == 0:
        return None
    edges = np.quantile(assumption, np.arange(1, bins) / bins)
    return np.asarray(np.searchsorted(edges, assumption, side="right"), dtype=np.int64)


def explained(place: Ints, output: Floats) -> float:
    """Return the share of the variance that bins explain, less what as many would by chance.

    Examples
    --------
    >>> explained(np.array([0, 0, 1, 1]), np.array([1.0, 1.0, 2.0, 2.0]))
    1.0
    """
    spread = float(output.var())
    if spread == 0:
        return 0.0
    counts = np.bincount(place).astype(np.float64)
    filled = counts > 0
    means = np.bincount(place, weights=output)[filled] / counts[filled]
    between = float((counts[filled] * (means - output.mean()) ** 2).sum()) / len(output)
    used, draws = int(filled.sum()), len(output)
    adjusted = 1 - (1 - between / spread) * (draws - 1) / max(draws - used, 1)
    return float(np.clip(adjusted, 0.0, 1.0))


def assumptions_of(episodes: pl.DataFrame, presence: Presence) -> dict[str, Floats]:
    """Return the drawn assumptions of each draw, in numbers; never opening counts as far beyond.

    Parameters
    ----------
    episodes
        Table ``episodes``.
    presence
        The draws of the arm.
    """
    rows = episodes.filter(pl.col("draw").is_in(presence.draws.tolist())).sort("draw")
    start = presence.dates[0]
    onset = (rows["onset_at"].dt.date() - pl.Series([start])).dt.total_days()
    reopen = (rows["reopens_at"].dt.date() - pl.Series([start])).dt.total_days()
    return {
        "exposed": rows["exposed"].cast(pl.Float64).to_numpy(),
        "share_leaving": rows["share_leaving"].to_numpy(),
        "reached": rows["reached"].to_numpy(),
        "onset_day": onset.cast(pl.Float64).fill_null(1e4).to_numpy(),
        "reopens_day": reopen.cast(pl.Float64).fill_null(1e4).to_numpy(),
    }


def outputs_of(presence: Presence) -> dict[str, Floats]:
    """Return what is planned for, by draw: the caseload, and person-days displaced over the horizon.

    Unmet need of every sector moves with person-days displaced and, in a closed area, inside.
    """
    kinds = [who for _, who in presence.groups]
    totals = {
        name: presence.people[:, [i for i, kind in enumerate(kinds) if kind in who], :].sum(axis=(1, 2))
        for name, who in (("arrived", ("arrived",)), ("inside", ("inside", "at home")))
    }
    return {
        "caseload: people received, highest day": peak_arrived(presence)[ALL],
        "gap: person-days of people received": totals["arrived"],
        "gap: person-days of people inside": totals["inside"],
    }


def sensitivity_table(crisis: Crisis, presence: Presence, options: PrepareOptions) -> pl.DataFrame:
    """Return the table ``sensitivity`` of both arms; an arm with fewer than 50 draws is left out."""
    rows = [
        row
        for arm, part in presence.arms()
        if len(part.draws) >= LEAST_DRAWS
        for row in _arm_rows(assumptions_of(crisis["episodes"], part), outputs_of(part), part, arm, options)
    ]
    return frame("sensitivity", rows) if rows else empty("sensitivity")


def _arm_rows(
    assumptions: Mapping[str, Floats],
    outputs: Mapping[str, Floats],
    presence: Presence,
    arm: str,
    options: PrepareOptions,
) -> Iterator[dict[str, Any]]:
    """Yield the rows of one arm, ranked by output."""
    draws = len(presence.draws)
    picks = stream(options.seed, "sensitivity", place=arm).choice(
        draws, (RESAMPLES, draws), p=presence.weights / presence.weights.sum()
    )
    for name, output in outputs.items():
        if output.var() == 0:
            continue
        found = {
            key: _share(values, output, picks) for key, values in assumptions.items() if np.ptp(values) > 0
        }
        ranked = sorted(found, key=lambda key: -found[key][0])
        for rank, key in enumerate(ranked, start=1):
            share, low, high = found[key]
            yield {
                "arm": arm,
                "output": name,
                "assumption": ASSUMPTIONS[key],
                "rank": rank,
                "share": share,
                "low": low,
                "high": high,
                "draws": draws,
                "rank_correlation": rank_correlation(assumptions[key], output),
                "collect_next": low >= WORTH,
            }


def _share(values: Floats, output: Floats, picks: Any) -> tuple[float, float, float]:
    """Return the first-order share with its bootstrap interval (percentiles)."""
    place = bins_of(values)
    if place is None:
        return 0.0, 0.0, 0.0
    again = [explained(place[pick], output[pick]) for pick in picks]
    low, high = np.quantile(again, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(np.clip(explained(place, output), low, high)), float(low), float(high)


def rank_correlation(one: Floats, other: Floats) -> float | None:
    """Return Spearman's rank correlation, or None where one of them does not vary.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 9.0]))
    1.0
    """
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    ranks = [pl.Series(values).rank("average").to_numpy() for values in (one, other)]
    return round(float(np.corrcoef(ranks[0], ranks[1])[0, 1]), 12)
