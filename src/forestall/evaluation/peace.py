"""Would it last, out of time: fitted to 2005, judged on the endings of 2006-2020, beside plain rates."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.core.logistic import fit_logistic
from forestall.core.random import stream
from forestall.peace.endings import LAST_YEAR, held, known_by, load_endings, rate_by_kind
from forestall.peace.features import row_of
from forestall.peace.survival import Hazard, fit_hazard, pooled
from forestall.schema.conventions import ENDS

FITTED_TO = 2005
YEARS = (2, 5, 10)
PLACEBOS = 40
RESAMPLES = 500


def score_peace(fitted_to: int = FITTED_TO, until: int = LAST_YEAR, seed: int = 1) -> pl.DataFrame:
    """Score the odds of holding against the rate by kind of ending.

    Parameters
    ----------
    fitted_to : int
        Last year the model and the rates may know.
    until : int
        Last year of the endings judged, and of the fighting that judges them.
    seed : int
        Seed of the placebos and of the interval.

    Returns
    -------
    polars.DataFrame
        A row per number of years: cases, how many held, Brier score of the model, of the rate by kind
        and of the model with shuffled covariates (placebo, median), the gain with its 90 % interval
        (endings resampled), slope of the calibration line.

    References
    ----------
    Cox, D. R. (1958), Two further applications of a model for binary regression, Biometrika
    45:562-565 (calibration line), https://doi.org/10.1093/biomet/45.3-4.562
    """
    known = known_by(load_endings(), fitted_to)
    hazard = fit_hazard(fitted_to, draws=1, seed=seed)
    placebos = [fit_hazard(fitted_to, draws=1, endings=_shuffled(known, seed, k)) for k in range(PLACEBOS)]
    rows = [_scored(years, hazard, placebos, known, fitted_to, until, seed) for years in YEARS]
    return pl.DataFrame(rows)


def _shuffled(endings: pl.DataFrame, seed: int, step: int) -> pl.DataFrame:
    """Return endings whose outcomes belong to other endings."""
    order = stream(seed, "peace:placebo", step=step).permutation(endings.height)
    outcome = endings.select("year", "again", "ended")[order]
    return endings.drop("year", "again", "ended").hstack(outcome)


def _scored(
    years: int,
    hazard: Hazard,
    placebos: list[Hazard],
    known: pl.DataFrame,
    fitted_to: int,
    until: int,
    seed: int,
) -> Mapping[str, Any]:
    """Return the scores for one number of years."""
    judged = known_by(load_endings(), until).filter(pl.col("year").is_between(fitted_to + 1, until - years))
    cases = held(judged, years, until)
    outcome = cases["held"].to_numpy().astype(np.float64)
    rate = _rates(known, cases, years, fitted_to)
    model = pooled(_odds(hazard, cases, years), rate)
    gain = (rate - outcome) ** 2 - (model - outcome) ** 2
    low, high = _interval(gain, seed)
    worse = [float(((pooled(_odds(p, cases, years), rate) - outcome) ** 2).mean()) for p in placebos]
    return {
        "years": years, "cases": len(outcome), "held": float(outcome.mean()),
        "brier": float(((model - outcome) ** 2).mean()), "brier_rate": float(((rate - outcome) ** 2).mean()),
        "brier_placebo": float(np.median(worse)), "gain": float(gain.mean()), "gain_low": low,
        "gain_high": high, "slope": slope(model, outcome),
    }  # fmt: skip


def _odds(hazard: Hazard, cases: pl.DataFrame, years: int) -> Floats:
    """Return the odds of holding of each case."""
    rows = cases.iter_rows(named=True)
    return np.array([hazard.odds_of_holding(row_of(row), 0, years)[0] for row in rows])


def _rates(known: pl.DataFrame, cases: pl.DataFrame, years: int, until: int) -> Floats:
    """Return the share of earlier endings of the same kind that held."""
    rates = dict(rate_by_kind(known, years, until).select("kind", "rate").iter_rows())
    return np.array([1.0 - rates[kind] for kind in cases["kind"]])


def _interval(gain: Floats, seed: int) -> tuple[float, float]:
    """Return the 90 % interval of a mean by resampling."""
    numbers = stream(seed, "peace:resample").integers(0, len(gain), (RESAMPLES, len(gain)))
    low, high = np.quantile(gain[numbers].mean(axis=1), ENDS)
    return float(low), float(high)


def slope(chance: Floats, outcome: Floats) -> float:
    """Return the slope of the calibration line: 1 = odds as spread out as they should be.

    Examples
    --------
    >>> outcome = np.tile([1.0, 0, 1, 1, 0, 0, 0, 1], 50)
    >>> chance = np.tile([0.75, 0.75, 0.75, 0.75, 0.25, 0.25, 0.25, 0.25], 50)
    >>> round(slope(chance, outcome), 1)
    1.0
    """
    score = np.log(chance / (1.0 - chance))
    features = np.column_stack([np.ones_like(score), score])
    return float(fit_logistic(features, outcome, np.ones_like(outcome), 1e-6)[1])
