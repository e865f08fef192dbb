"""Make the artefacts: one default model per yearly cut-off, with its record before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.arrays import Floats
from forestall.core.random import resampler, stream
from forestall.schema.conventions import EVENT_DEATHS
from forestall.scoring.probabilities import area_under_curve, brier
from forestall.warning.artefacts import Artefact, event_chance
from forestall.warning.bands import count_record
from forestall.warning.features import EVENT, Features
from forestall.warning.months import first_day
from forestall.warning.onset import Onset
from forestall.warning.pool import HELD_BACK, Pool, component_shares, held_back_weights, stratum_of
from forestall.warning.sequential import Sequential, fitted_horizons

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forestall.warning.panel import Panel

HORIZONS = tuple(range(1, 37))
REPLICAS = 10
RECORD_HORIZON = 3
RECORD_YEARS = 5
WINDOW = 3
CORRELATIONS = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
FUTURES = 500


def make_artefacts(
    panel: Panel, years: Sequence[int], card: dict[str, Any], replicas: int = REPLICAS
) -> Iterator[Artefact]:
    """Fit the default model to the December of each year, oldest first.

    The record of each is counted from forecasts of earlier cut-offs, made five years before
    the first; nothing after a cut-off enters it.

    Parameters
    ----------
    panel
        The whole panel.
    years
        Years whose December is the cut-off.
    card
        What the cards say of the data.
    replicas
        Resamplings of countries, for intervals.
    """
    hindcasts: list[tuple[Floats, Floats, Floats]] = []
    for year in range(min(years) - RECORD_YEARS, max(years) + 1):
        cutoff = (year - 1980) * 12 + 12
        known = panel.cut(cutoff)
        wanted = year in years
        arrays = fit_arrays(known, replicas if wanted else 0)
        chances = [part[0] for part in hindcasts]
        events = [part[1] for part in hindcasts]
        record = count_record(np.concatenate(chances), np.concatenate(events)) if hindcasts else {}
        artefact = Artefact(cutoff, arrays, _persistence(hindcasts), record)
        if wanted:
            yield Artefact(
                cutoff,
                arrays,
                artefact.persistence,
                record,
                {**card, **_about(known, artefact), "scores": _scores(hindcasts)},
            )
        hindcasts.append(_hindcast(artefact, panel.cut(cutoff + 12)))


def fit_arrays(panel: Panel, replicas: int) -> dict[str, Floats]:
    """Fit all parts of the default model on a panel that ends at the cut-off.

    Parameters
    ----------
    panel
        The panel.
    replicas
        Resamplings of countries.
    """
    features, end = Features(panel), len(panel.deaths)
    around, alone = Sequential(), Sequential(neighbours=False)
    early = around.fit_until(features, end - HELD_BACK, HORIZONS)
    full = around.fit_until(features, end, HORIZONS)
    single = alone.fit_until(features, end, HORIZONS)
    arrays = {
        "hurdle": full.hurdle,
        "hurdle_alone": single.hurdle,
        "climb": full.climb,
        "positions": full.positions,
        "weights": held_back_weights(early, features, fitted_horizons(HORIZONS)),
        "onset": Onset().fit(features, end).coefficients,
    }
    count = len(panel.countries)
    generator = stream(1, "countries", step=panel.last_month)
    resampled = [
        (
            around.fit_until(features, end, HORIZONS, weights),
            alone.fit_hurdle(features, end, HORIZONS, weights),
        )
        for weights in generator.multinomial(count, np.full(count, 1 / count), size=replicas).astype(float)
    ]
    arrays["hurdle_replicas"] = np.array([both.hurdle for both, _ in resampled])
    arrays["climb_replicas"] = np.array([both.climb for both, _ in resampled])
    arrays["hurdle_alone_replicas"] = np.array([hurdle for _, hurdle in resampled])
    return arrays


def _hindcast(artefact: Artefact, panel: Panel) -> tuple[Floats, Floats, Floats]:
    """Forecast the year after a cut-off: chances at three months, what came, windows of three."""
    forecaster = artefact.forecaster(neighbours=True)
    features = Features(panel)
    first = artefact.cutoff - panel.first_month
    rows = np.arange(first, len(panel.deaths) - WINDOW)
    known = ~np.isnan(panel.deaths[rows]) & ~np.isnan(panel.deaths[rows + WINDOW])
    index, places = np.nonzero(known)
    cells = (rows[index], places)
    parts = component_shares(forecaster.sequential, features, cells, range(1, WINDOW + 1))
    weights = forecaster.weights[stratum_of(features.year_sum[cells])]
    shares = np.einsum("hcks,ck->hcs", parts, weights)
    chances = event_chance(shares, artefact.arrays["positions"], EVENT_DEATHS)
    came = np.stack([panel.deaths[cells[0] + step, places] > EVENT for step in range(1, WINDOW + 1)])
    windows = np.column_stack([chances.T, came.any(axis=0)]).astype(np.float64)
    third: Floats = came[RECORD_HORIZON - 1].astype(np.float64)
    return chances[RECORD_HORIZON - 1], third, windows


def _persistence(hindcasts: Sequence[tuple[Floats, Floats, Floats]]) -> float:
    """Choose the correlation of months that gives windows of three as many events as came."""
    if not hindcasts:
        return 0.5
    windows = np.concatenate([part[2] for part in hindcasts])
    unsure = (windows[:, :WINDOW].max(axis=1) > 0.02) & (windows[:, :WINDOW].max(axis=1) < 0.98)
    chances, came = windows[unsure, :WINDOW], windows[unsure, WINDOW]
    gaps = [abs(any_chance(chances.T, r).sum() - came.sum()) for r in CORRELATIONS]
    return CORRELATIONS[int(np.argmin(gaps))]


def any_chance(chances: Floats, persistence: float) -> Floats:
    """Return the chance of at least one event over months that hang together.

    Scores follow a Gaussian first-order autoregression, as in the futures of the outlook.

    Parameters
    ----------
    chances
        Chance of each month, shape (months, cells).
    persistence
        Correlation of neighbouring months.

    Examples
    --------
    >>> any_chance(np.array([[0.5]]), 0.5).round(1).tolist()
    [0.5]
    """
    from scipy.special import ndtri

    generator = resampler(1)
    bar = ndtri(1 - np.clip(chances, 1e-9, 1 - 1e-9))
    score = generator.standard_normal(FUTURES)
    hit = score[None, :] > bar[0][:, None]
    for row in bar[1:]:
        score = persistence * score + np.sqrt(1 - persistence**2) * generator.standard_normal(FUTURES)
        hit |= score[None, :] > row[:, None]
    chance: Floats = hit.mean(axis=1)
    return chance


def _scores(hindcasts: Sequence[tuple[Floats, Floats, Floats]]) -> dict[str, float]:
    """Score the forecasts of earlier cut-offs beside the base rate."""
    chance, came = (np.concatenate([part[i] for part in hindcasts]) for i in (0, 1))
    return {
        "brier": round(float(brier(chance, came).mean()), 5),
        "brier_of_base_rate": round(float(came.mean() * (1 - came.mean())), 5),
        "area_under_curve": round(area_under_curve(chance, came), 4),
    }


def _about(panel: Panel, artefact: Artefact) -> dict[str, Any]:
    """Say what an artefact was fitted on and what its record holds."""
    issued, events = (sum(counts[i] for counts in artefact.record.values()) for i in (0, 1))
    return {
        "model": Pool().name,
        "months": f"{first_day(panel.first_month):%Y-%m} to {first_day(panel.last_month):%Y-%m}",
        "countries": len(panel.countries),
        "known_cells": int((~np.isnan(panel.deaths)).sum()),
        "record": f"{issued} forecasts three months ahead by earlier cut-offs, {events} events",
        "persistence": "matches how often windows of three months saw an event in those forecasts",
        "no_skill": (
            "countries without a death in twelve months (no better there than the country's own "
            "record), the size of a war, and any first war that nothing in monthly deaths precedes"
        ),
    }
