"""Odds of each kind of violence judged at rolling origins, beside what the country's own last year says."""

from __future__ import annotations

from typing import Any

import numpy as np

from forestall.core.arrays import Bools, Floats
from forestall.core.errors import UsageError
from forestall.core.logistic import logistic
from forestall.core.random import resampler
from forestall.schema.conventions import ENDS
from forestall.scoring.probabilities import average_precision
from forestall.warning.kinds import FEWEST_YEARS, SOURCE, Years, features_of, fit_kind, read_years, targets

YEARS = (2018, 2024)
ROUNDS = 500
SHARES = (1 / 5, 1.0, 5.0)
"""Ends of the bands of the baseline, as shares of the deaths that count; below them none and some."""


def score_kinds(years: tuple[int, int] = YEARS, seed: int = 1) -> dict[str, Any]:
    """Judge the odds of each kind, each year forecast from what lay before it.

    Parameters
    ----------
    years
        First and last year judged.  Nothing was chosen on years after 2017.
    seed
        Of the resampling of countries behind the interval.

    Returns
    -------
    dict
        For each kind and distance: country-years, events, Brier score and average precision of the
        model, of the bands of the own last known year and of the base rate, and the gain in Brier score
        over the bands with its 90 % interval.
    """
    known = read_years()
    earliest = known.first + FEWEST_YEARS
    if not earliest <= years[0] <= years[1] <= known.last:
        raise UsageError(f"years {years[0]} to {years[1]}: odds can be judged for {earliest} to {known.last}")
    features = features_of(known)
    rows = [_judged(known, features, what, ahead, years, seed) for what in targets() for ahead in (1, 2)]
    return {
        "years": list(years),
        "kinds": rows,
        "rests_on": f"{SOURCE}, final vintage: figures of the past as revised later, no replay in real time",
    }


def _judged(
    known: Years, features: Floats, what: str, ahead: int, years: tuple[int, int], seed: int
) -> dict[str, Any]:
    odds = {name: np.full(known.deaths.shape[1:], np.nan) for name in ("model", "own last year", "base rate")}
    kind, limit = targets()[what]
    for year in range(years[0], years[1] + 1):
        row = year - known.first
        fitted = fit_kind(known, features, what, ahead, year - ahead)
        odds["model"][row] = logistic(features[row - ahead] @ fitted.coefficients)
        odds["own last year"][row] = _band_rates(known, what, ahead, row)
        odds["base rate"][row] = fitted.events / fitted.cases
    inside = np.arange(known.deaths.shape[1])[:, None] - np.array(years) + known.first
    mask = (inside[:, :1] >= 0) & (inside[:, 1:] <= 0) & ~np.isnan(known.deaths[kind])
    mask[ahead:] &= ~np.isnan(known.deaths[kind, :-ahead])
    event = np.nan_to_num(known.deaths[kind]) >= limit
    gain, span = _gain(odds["model"], odds["own last year"], event, mask, seed)
    return {
        "what": what,
        "years_ahead": ahead,
        "country_years": int(mask.sum()),
        "events": int(event[mask].sum()),
        **{name: _scores(chance[mask], event[mask].astype(float)) for name, chance in odds.items()},
        "brier_gain": gain,
        "brier_gain90": span,
        "says": _says(span),
    }


def _band_rates(known: Years, what: str, ahead: int, row: int) -> Floats:
    """Return how often an event followed when any country was in the band that each is in now."""
    kind, limit = targets()[what]
    edges = np.array([1 / 2, *(share * limit for share in SHARES)])
    bands = np.digitize(np.nan_to_num(known.deaths[kind]), edges)
    before, later = bands[: row - 2 * ahead + 1], known.deaths[kind, ahead : row - ahead + 1]
    seen = ~np.isnan(later)
    counts = np.bincount(before[seen], minlength=len(edges) + 1)
    hits = np.bincount(before[seen & (np.nan_to_num(later) >= limit)], minlength=len(edges) + 1)
    rates: Floats = (hits + 0.5) / (counts + 1)
    now: Floats = rates[bands[row - ahead]]
    return now


def _scores(chance: Floats, event: Floats) -> dict[str, float]:
    return {
        "brier": float(np.mean((chance - event) ** 2)),
        "average_precision": float(average_precision(chance, event)),
    }


def _gain(
    model: Floats, other: Floats, event: Bools, mask: Bools, seed: int
) -> tuple[float, tuple[float, float]]:
    """Return how much lower the Brier score of the model is, and its interval from resampled countries."""
    difference = np.where(mask, (other - event) ** 2 - (model - event) ** 2, 0.0)
    sums, counts = difference.sum(axis=0), mask.sum(axis=0)
    drawn = resampler(seed).integers(0, len(sums), (ROUNDS, len(sums)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), ENDS)
    return float(sums.sum() / counts.sum()), (float(low), float(high))


def _says(span: tuple[float, float]) -> str:
    if span[0] > 0:
        return "better than the own last year"
    return "worse than the own last year" if span[1] < 0 else "no skill beyond the own last year is shown"
