"""Odds of every country at once, by the fitted model that was known at the moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from forestall.core.arrays import Bools, Floats
from forestall.core.errors import CrisisError, Finding
from forestall.core.random import normals
from forestall.schema.conventions import EVENT_DEATHS
from forestall.warning.artefacts import Artefact, newest_artefact
from forestall.warning.conflictology import Conflictology
from forestall.warning.draws import dependent_ranks
from forestall.warning.features import Features
from forestall.warning.months import month_id
from forestall.warning.panel import Panel, panel_from_frame
from forestall.warning.sequential import draw_countries
from forestall.world import load_deaths, load_neighbours

MONTHS_AHEAD = 12
LONGEST_HORIZON = 36
FEWEST_MONTHS = 12
STAND_IN_PERSISTENCE = 0.5


@dataclass(frozen=True, eq=False)
class Outlooks:
    """Futures of every country.

    Parameters
    ----------
    countries
        ISO3 codes.
    last_month
        Number of the last month known.
    ahead
        Months from it to each month of the forecast.
    futures
        Deaths, shape (months, countries, draws); NaN where a country cannot be assessed.
    resting
        True where the last twelve months known had no month with 25 deaths, shape (countries,).
    artefact
        The fitted model, or None where conflictology stood in.
    """

    countries: tuple[str, ...]
    last_month: int
    ahead: list[int]
    futures: Floats
    resting: Bools
    artefact: Artefact | None


def known_panel(as_of: datetime) -> Panel:
    """Return state-based deaths of all countries by month, each cell as known last by the moment.

    Raises
    ------
    CrisisError
        Where nothing was known by then.
    """
    rows = load_deaths(as_of).filter(violence="state-based").sort("known_at")
    if not rows.height:
        message = "no deaths were known by that moment: the data begin in 1990"
        raise CrisisError([Finding("E504", "error", message, value=f"{as_of:%Y-%m-%d}")])
    newest = rows.unique(["iso3", "start"], keep="last", maintain_order=True)
    month = (newest["start"].dt.year().cast(pl.Int64) - 1980) * 12 + newest["start"].dt.month()
    tidy = newest.select(pl.col("iso3").alias("where"), pl.col("best").cast(pl.Float64).alias("deaths"))
    borders = load_neighbours().select(pl.col("iso3").alias("where"), "neighbour")
    return panel_from_frame(tidy.with_columns(month.alias("month")), borders)


def world_outlooks(as_of: datetime, *, draws: int = 1000, seed: int = 1) -> Outlooks:
    """Forecast deaths of every country for the twelve months after a moment.

    Parameters
    ----------
    as_of
        Moment of knowledge in UTC.
    draws
        Sampled futures.
    seed
        Seed of all random streams.
    """
    panel = known_panel(as_of)
    # A country that no longer exists has no figure in the last month and is left out.
    there = ~np.isnan(panel.deaths[-1])
    first = month_id((as_of + timedelta(days=1)).date())
    ahead = [min(max(first + step - panel.last_month, 1), LONGEST_HORIZON) for step in range(MONTHS_AHEAD)]
    artefact = newest_artefact(as_of)
    raw, persistence = _draws(panel, ahead, artefact, draws)
    names = tuple(code for code, here in zip(panel.countries, there, strict=True) if here)
    futures = raw[:, there]
    for index, code in enumerate(names):
        scores = [normals(seed, "warn", draws, place=code, step=first + step) for step in range(MONTHS_AHEAD)]
        ranks = dependent_ranks(np.stack(scores), persistence)
        futures[:, index] = np.take_along_axis(futures[:, index], ranks, axis=1)
    resting = np.nanmax(panel.deaths[-12:, there], axis=0) < EVENT_DEATHS
    return Outlooks(names, panel.last_month, ahead, futures, resting, artefact)


def _draws(panel: Panel, ahead: list[int], artefact: Artefact | None, draws: int) -> tuple[Floats, float]:
    """Return ascending draws by month and country, and how much months hang together."""
    if artefact is None:
        stand_in = Conflictology(24).fit(panel, ahead)
        return stand_in.predict(panel, ahead, draws), STAND_IN_PERSISTENCE
    model = artefact.forecaster(neighbours=True)
    shares = model.shares_of(Features(panel), ahead)
    short = (~np.isnan(panel.deaths)).sum(axis=0) < FEWEST_MONTHS
    found = draw_countries(shares, artefact.arrays["positions"], panel, draws)
    found[:, short] = np.nan
    return found, artefact.persistence


def chance(outlooks: Outlooks, deaths: int, months: int) -> Floats:
    """Return the chance of a month with at least so many deaths within the first months, by country."""
    highest = outlooks.futures[:months].max(axis=0)
    return np.where(np.isnan(highest).any(axis=1), np.nan, (highest >= deaths).mean(axis=1))
