"""Back-tests: each model sees a panel cut at the origin, and is scored on what came after."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats
from forestall.core.random import resampler
from forestall.schema.conventions import EVENT_DEATHS
from forestall.scoring.forecasts import (
    coverage,
    crps,
    ignorance,
    interval_score,
    log_crps,
    randomised_pit,
)
from forestall.scoring.probabilities import brier
from forestall.warning.features import EVENT
from forestall.warning.months import parse_month

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forestall.warning.panel import Panel
    from forestall.warning.protocol import Model

ORIGIN_MONTH = 10
YEAR_HORIZONS = tuple(range(3, 15))
SCORES = ("crps", "ign", "mis", "log_crps", "coverage90", "brier")


@dataclass(frozen=True)
class Scored:
    """Scores of one model from one origin, cell by cell; NaN where a cell cannot be scored.

    Parameters
    ----------
    cells
        Scores by name, shape (horizons, countries).
    observed
        Deaths that came, same shape.
    year_sum
        Deaths of the 12 months up to the origin, shape (countries,).
    pit
        Randomised PIT, shape (horizons, countries).
    seconds
        Time to fit and predict.
    """

    cells: dict[str, Floats]
    observed: Floats
    year_sum: Floats
    pit: Floats
    seconds: float

    def mean(self, score: str, mask: Floats | None = None) -> float:
        """Return the mean of a score over the cells that can be scored."""
        values = self.cells[score]
        if mask is not None:
            values = np.where(mask, values, np.nan)
        return float(np.nanmean(values)) if (~np.isnan(values)).any() else float("nan")


def forecast_from(
    model: Model, panel: Panel, origin: int, horizons: Sequence[int], draws: int, lag: int = 0
) -> tuple[Floats, float]:
    """Fit and predict on the panel as it ends at the origin: what comes later is not there.

    Parameters
    ----------
    model
        The method.
    panel
        The whole panel; only months up to ``origin`` are handed on.
    origin
        Number of the last month known.
    horizons
        Months after the origin.
    draws
        Draws a cell.
    lag
        Months before the origin of which the deaths are not released yet.

    Returns
    -------
    tuple
        Draws, shape (horizons, countries, draws), and seconds taken.
    """
    known = panel.cut(origin - lag)
    ahead = [horizon + lag for horizon in horizons]
    start = perf_counter()
    made = model.fit(known, ahead).predict(known, ahead, draws)
    return made, perf_counter() - start


def score_from(
    model: Model,
    panel: Panel,
    origin: int,
    horizons: Sequence[int],
    draws: int = 1000,
    *,
    past: Panel | None = None,
    lag: int = 0,
) -> Scored:
    """Forecast from one origin and score every cell that came to be known.

    Parameters
    ----------
    model, panel, origin, horizons, draws, lag
        As for :func:`forecast_from`.
    past
        Another release of the same countries, which the model sees instead of the panel.
    """
    made, seconds = forecast_from(model, past or panel, origin, horizons, draws, lag)
    observed = np.stack([panel.month(origin + horizon) for horizon in horizons])
    known = ~np.isnan(observed) & ~np.isnan(made).any(axis=-1)
    cells = {name: np.full(observed.shape, np.nan) for name in SCORES}
    pit = np.full(observed.shape, np.nan)
    uniform = resampler(origin).random(observed.shape)
    for name, values in score_cells(made[known], observed[known]).items():
        cells[name][known] = values
    pit[known] = randomised_pit(made[known], observed[known], uniform[known])
    year_sum = np.nansum(panel.cut(origin).deaths[-12:], axis=0)
    return Scored(cells, observed, year_sum, pit, seconds)


def score_cells(draws: Floats, observed: Floats) -> dict[str, Floats]:
    """Score cells by every score of the back-test.

    Parameters
    ----------
    draws
        Ascending draws, shape (cells, draws).
    observed
        What happened, shape (cells,).
    """
    event = (observed >= EVENT_DEATHS).astype(np.float64)
    return {
        "crps": crps(draws, observed),
        "ign": ignorance(draws, observed),
        "mis": interval_score(draws, observed),
        "log_crps": log_crps(draws, observed),
        "coverage90": coverage(draws, observed),
        "brier": brier((draws >= EVENT_DEATHS).mean(axis=-1), event),
    }


def score_year(
    model: Model,
    panel: Panel,
    year: int,
    draws: int = 1000,
    *,
    past: Panel | None = None,
    lag: int = 0,
) -> Scored:
    """Score a year as the VIEWS prediction challenge does: known to October of the year before.

    Parameters
    ----------
    model
        The method.
    panel
        The whole panel; a year of which only some months exist is scored on those.
    year
        Year forecast, horizons 3 to 14.
    draws
        Draws a cell.
    past, lag
        As for :func:`score_from`.
    """
    origin = parse_month(f"{year - 1}-{ORIGIN_MONTH:02d}")
    horizons = [h for h in YEAR_HORIZONS if origin + h <= panel.last_month]
    return score_from(model, panel, origin, horizons, draws, past=past, lag=lag)


def by_country(scored: Sequence[Scored], score: str) -> tuple[Floats, Floats]:
    """Sum a score over all cells of each country, with the number of cells.

    Parameters
    ----------
    scored
        One per origin, with the same countries.
    score
        Name of the score.

    Returns
    -------
    tuple
        Sums and counts, shape (countries,) each.
    """
    sums = sum(np.nansum(one.cells[score], axis=0) for one in scored)
    counts = sum((~np.isnan(one.cells[score])).sum(axis=0) for one in scored)
    return np.asarray(sums, dtype=np.float64), np.asarray(counts, dtype=np.float64)


def gain_interval(
    ours: Sequence[Scored], base: Sequence[Scored], score: str, level: float = 0.9, seed: int = 1
) -> tuple[float, float]:
    """Give the interval of the gain 1 - ours / base, resampling countries.

    Parameters
    ----------
    ours, base
        The same origins, scored for two models.
    score
        Name of the score.
    level
        Coverage of the interval.
    seed
        Seed of the resampling.

    References
    ----------
    Efron, B. and Tibshirani, R. (1986), Bootstrap methods for standard errors, confidence
    intervals, and other measures of statistical accuracy, Statistical Science 1(1):54-75,
    https://doi.org/10.1214/ss/1177013815
    """
    top, bottom = by_country(ours, score)[0], by_country(base, score)[0]
    generator = resampler(seed)
    picks = generator.multinomial(len(top), np.full(len(top), 1 / len(top)), size=4000)
    gains = 1 - (picks @ top) / np.maximum(picks @ bottom, 1e-12)
    tail = (1 - level) / 2
    low, high = np.quantile(gains, [tail, 1 - tail])
    return float(low), float(high)


def share_of_worst(scored: Sequence[Scored], score: str, countries: int = 3) -> float:
    """Return the share of a score's sum that the worst countries owe."""
    sums = np.sort(by_country(scored, score)[0])[::-1]
    return float(sums[:countries].sum() / sums.sum()) if sums.sum() else float("nan")


def stratum_scores(scored: Sequence[Scored]) -> dict[str, dict[str, object]]:
    """Score quiet, stirring and active countries apart, with calibration.

    Active: 25 deaths or more in the 12 months before the origin; quiet: none.

    Parameters
    ----------
    scored
        One per origin.
    """
    rows: dict[str, dict[str, object]] = {}
    bounds = {"quiet": (-1.0, 0.5), "stirring": (0.5, EVENT), "active": (EVENT, np.inf)}
    for name, (low, high) in bounds.items():
        masks = [np.broadcast_to((s.year_sum > low) & (s.year_sum < high), s.observed.shape) for s in scored]
        cells = {
            score: np.concatenate([s.cells[score][m] for s, m in zip(scored, masks, strict=True)])
            for score in SCORES
        }
        pit = np.concatenate([s.pit[m] for s, m in zip(scored, masks, strict=True)])
        known = ~np.isnan(cells["ign"])
        shares = np.histogram(pit[known], bins=10, range=(0, 1))[0] / max(known.sum(), 1)
        rows[name] = {"cells": int(known.sum())}
        rows[name].update({s: float(v[known].mean()) if known.any() else None for s, v in cells.items()})
        rows[name]["pit_tenths"] = [round(float(share), 4) for share in shares]
    return rows
