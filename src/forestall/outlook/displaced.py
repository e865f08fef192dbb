"""People newly displaced inside a country by conflict within a year: a plain baseline, and its record."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.scoring.forecasts import crps
from forestall.world import load_deaths, load_inside

OWN_YEARS = 5
ALIKE = 50
DRAWS = 200
FIRST_YEAR = 2009
"""First year of the source; a country that it does not list in a year it covers had no movement reported."""


def moved_matrix(as_of: datetime, countries: tuple[str, ...]) -> tuple[list[int], Floats]:
    """Return years and people moved, shape (years, countries), of what was known by a moment."""
    rows = load_inside(as_of).drop_nulls("moved").filter(pl.col("year") >= FIRST_YEAR)
    years = sorted(rows["year"].unique().to_list())
    table = np.zeros((len(years), len(countries)))
    column = {code: index for index, code in enumerate(countries)}
    for iso3, year, moved in rows.select("iso3", "year", "moved").iter_rows():
        if iso3 in column:
            table[years.index(year), column[iso3]] = moved
    return years, table


def deaths_matrix(as_of: datetime, countries: tuple[str, ...], years: list[int]) -> Floats:
    """Return state-based deaths of the same years and countries, as known last by the moment."""
    rows = load_deaths(as_of).filter(violence="state-based").sort("known_at")
    rows = rows.unique(["iso3", "start"], keep="last", maintain_order=True)
    sums = rows.group_by("iso3", pl.col("start").dt.year().alias("year")).agg(pl.col("best").sum())
    table = np.zeros((len(years), len(countries)))
    column = {code: index for index, code in enumerate(countries)}
    for iso3, year, deaths in sums.iter_rows():
        if iso3 in column and year in years:
            table[years.index(year), column[iso3]] = deaths
    return table


def spread(values: Floats, draws: int) -> Floats:
    """Return ascending draws that hold each value equally often.

    Examples
    --------
    >>> spread(np.array([3.0, 1.0]), 4).tolist()
    [1.0, 1.0, 3.0, 3.0]
    """
    ordered = np.sort(values)
    return ordered[(np.arange(draws) * len(ordered)) // draws]


def displaced_draws(as_of: datetime, countries: tuple[str, ...], draws: int = DRAWS) -> dict[str, Floats]:
    """Forecast people moved within a year by three rules, each with shape (countries, draws).

    Parameters
    ----------
    as_of
        Moment of knowledge in UTC.
    countries
        ISO3 codes.
    draws
        Draws, an even number.

    Returns
    -------
    dict
        "last year", "own five years", "analogues" (what followed in the country-years most like this
        one by last year's movement and deaths) and "pool", the equal pool of the last two.
    """
    years, moved = moved_matrix(as_of, countries)
    if len(years) < 2:
        return {}
    deaths = deaths_matrix(as_of, countries, years)
    now = np.column_stack([np.log1p(moved[-1]), np.log1p(deaths[-1])])
    before = np.column_stack([np.log1p(moved[:-1]).ravel(), np.log1p(deaths[:-1]).ravel()])
    after = moved[1:].ravel()
    own, alike = np.empty((len(countries), draws)), np.empty((len(countries), draws))
    for index in range(len(countries)):
        own[index] = spread(moved[-OWN_YEARS:, index], draws)
        away = np.abs(before - now[index]).sum(axis=1)
        nearest = np.argsort(away, kind="stable")[:ALIKE]
        alike[index] = spread(after[nearest], draws)
    pool = np.sort(np.concatenate([own[:, ::2], alike[:, ::2]], axis=1), axis=1)
    last = np.repeat(moved[-1][:, None], draws, axis=1)
    return {"last year": last, "own five years": own, "analogues": alike, "pool": pool}


def score_displaced(years: range, countries: tuple[str, ...]) -> pl.DataFrame:
    """Score each rule by year: made on the last day of the year before, with what was known then.

    Parameters
    ----------
    years
        Calendar years that are forecast.
    countries
        ISO3 codes.

    Returns
    -------
    polars.DataFrame
        year, rule, countries, log1p_crps (mean, less is better), covered (share within 5-95 %).
    """
    every, truth = moved_matrix(datetime.max.replace(tzinfo=UTC), countries)
    rows = []
    for year in years:
        if year not in every:
            continue
        happened = truth[every.index(year)]
        made = displaced_draws(datetime(year - 1, 12, 31, 23, 59, tzinfo=UTC), countries)
        for rule, draws in made.items():
            score = crps(np.log1p(draws), np.log1p(happened))
            low, high = np.quantile(draws, [0.05, 0.95], axis=1)
            rows.append(
                {
                    "year": year,
                    "rule": rule,
                    "countries": len(countries),
                    "log1p_crps": float(score.mean()),
                    "covered": float(((low <= happened) & (happened <= high)).mean()),
                }
            )
    schema = {"year": pl.Int64, "rule": pl.String, "countries": pl.Int64, "log1p_crps": pl.Float64,
              "covered": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema)
