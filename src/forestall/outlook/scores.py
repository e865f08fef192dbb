"""The record of the yearly forecasts, with and without the wait for the figures, beside plain rules."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.outlook.displaced import DEFAULT, abroad_draws, inside_draws
from forestall.outlook.yearly import EVER, abroad_yearly, moved_yearly, with_counted_elsewhere
from forestall.schema.conventions import ENDS
from forestall.scoring.forecasts import crps
from forestall.world import load_abroad, load_inside

BAR = 10_000
"""People newly displaced within a year from which it counts as an event."""
RISE = 1.2
"""Ratio of people abroad to those known last from which it counts as an event."""
WAITS = {True: "figures once they are out", False: "figures at once"}
SCHEMA = {
    "what": pl.String, "known": pl.String, "year": pl.Int64, "rule": pl.String, "default": pl.Boolean,
    "countries": pl.Int64, "log1p_crps": pl.Float64, "brier": pl.Float64, "covered": pl.Float64,
    "covered_moving": pl.Float64,
}  # fmt: skip


def score_displaced(years: range, countries: tuple[str, ...]) -> pl.DataFrame:
    """Score each rule by year, made on the last day of the year before.

    Parameters
    ----------
    years
        Calendar years that are forecast.
    countries
        ISO3 codes; those counted together with one of them are added.

    Returns
    -------
    polars.DataFrame
        what ("inside": people newly displaced; "abroad": people displaced abroad at the end), known
        (only what was out by then, or figures without the wait), year, rule, default (whether
        it is the rule of ``forestall world``), countries, log1p_crps
        (mean, less is better), brier (of 10,000 people or more inside, of a rise by a fifth abroad),
        covered (share within 5-95 %), covered_moving (the same where the 95 % point is above nobody).
    """
    rows = [
        row
        for waits in WAITS
        for year in years
        for row in (*_inside(year, countries, waits=waits), *_abroad(year, countries, waits=waits))
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def _made_on(year: int) -> datetime:
    """Return the last minute of the year before."""
    return datetime(year - 1, 12, 31, 23, 59, tzinfo=UTC)


def _inside(year: int, countries: tuple[str, ...], *, waits: bool) -> list[dict[str, object]]:
    everybody = with_counted_elsewhere(countries, load_inside()["iso3"])
    truth = moved_yearly(EVER, everybody)
    if year not in truth.years:
        return []
    made = inside_draws(_made_on(year), everybody, waits=waits)
    bar = np.full(len(everybody), float(BAR))
    return _scored("inside", year, made, truth.of(year), bar, waits=waits)


def _abroad(year: int, countries: tuple[str, ...], *, waits: bool) -> list[dict[str, object]]:
    everybody = with_counted_elsewhere(countries, load_abroad()["origin"])
    truth = abroad_yearly(EVER, everybody)
    if year not in truth.years:
        return []
    made = abroad_draws(_made_on(year), everybody, waits=waits)
    if not made:
        return []
    bar = RISE * (made["no change"][:, 0] + 1.0) - 1.0
    return _scored("abroad", year, made, truth.of(year), bar, waits=waits)


def _scored(
    what: str, year: int, made: dict[str, Floats], happened: Floats, bar: Floats, *, waits: bool
) -> list[dict[str, object]]:
    """Return a row of scores for each rule."""
    rows: list[dict[str, object]] = []
    for rule, draws in made.items():
        low, high = np.quantile(draws, ENDS, axis=1)
        held = (low <= happened) & (happened <= high)
        moving = held[high > 0]
        chance = (draws >= bar[:, None]).mean(axis=1)
        rows.append(
            {
                "what": what, "known": WAITS[waits], "year": year, "rule": rule,
                "default": rule == DEFAULT[what], "countries": len(held),
                "log1p_crps": float(crps(np.log1p(draws), np.log1p(happened)).mean()),
                "brier": float(((chance - (happened >= bar)) ** 2).mean()),
                "covered": float(held.mean()),
                "covered_moving": float(moving.mean()) if len(moving) else None,
            }
        )  # fmt: skip
    return rows
