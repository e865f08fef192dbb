"""Every country as tidy rows: one row is a country, a quantity, a horizon and a quantile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from forestall.outlook.displaced import DEFAULT, abroad_draws, inside_draws
from forestall.outlook.odds import MONTHS_AHEAD, Outlooks, chance, world_outlooks
from forestall.outlook.yearly import with_counted_elsewhere
from forestall.schema.conventions import BAND, EVENT_DEATHS
from forestall.warning.bands import record_row
from forestall.warning.months import first_day, month_id
from forestall.world import load_abroad, load_countries, load_inside

WINDOWS = (3, 6, 12)
BARS = (EVENT_DEATHS, 100)
RECORD_MONTH = 3
NEWEST = "2024-01-20"
"""The day on which the last shipped month of deaths had come out."""
SORTED_BY = 3
SCHEMA = {
    "iso3": pl.String, "m49": pl.String, "country": pl.String, "quantity": pl.String, "horizon": pl.Int64,
    "quantile": pl.Float64, "value": pl.Float64, "unit": pl.String, "as_of": pl.Date, "data_to": pl.Date,
}  # fmt: skip


@cache
def dictionary() -> pl.DataFrame:
    """Return what each quantity means: quantity, unit, horizon, meaning."""
    return pl.read_csv(str(files("forestall.outlook").joinpath("dictionary.csv")))


def world_table(as_of: datetime, *, draws: int = 1000, seed: int = 1) -> pl.DataFrame:
    """Return the world at a moment, the countries whose odds rose most in the last month first.

    Parameters
    ----------
    as_of
        Moment of knowledge in UTC.
    draws
        Sampled futures.
    seed
        Seed of all random streams.

    Returns
    -------
    polars.DataFrame
        Columns as in :data:`SCHEMA`; quantities as in :func:`dictionary`. A country that cannot be
        assessed has no rows of odds.
    """
    now = world_outlooks(as_of, draws=draws, seed=seed)
    before = world_outlooks(_month_before(as_of), draws=draws, seed=seed)
    rows = [*_odds(now), *_changes(now, before), *_displaced(as_of, now.countries), *_stocks(as_of)]
    rows += _record(now)
    age = month_id(as_of.date()) - now.last_month
    rows += [_row(code, "data_age", None, None, age) for code in now.countries]
    table = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.lit(as_of.date()).alias("as_of"), pl.lit(first_day(now.last_month)).alias("data_to")
    )
    names = load_countries().select("iso3", "m49", pl.col("name").alias("country"))
    units = dictionary().select("quantity", "unit")
    joined = table.join(names, on="iso3").join(units, on="quantity")
    return _sorted(joined.select(*(pl.col(name).cast(kind) for name, kind in SCHEMA.items())))


def _month_before(moment: datetime) -> datetime:
    """Return the same day a month before, or the last one there is."""
    number = moment.year * 12 + moment.month - 2
    for day in (moment.day, 30, 29, 28):
        try:
            return moment.replace(year=number // 12, month=number % 12 + 1, day=day)
        except ValueError:
            continue
    return moment


def _row(
    iso3: str, quantity: str, horizon: int | None, quantile: float | None, value: float
) -> dict[str, Any]:
    return {
        "iso3": iso3,
        "quantity": quantity,
        "horizon": horizon,
        "quantile": quantile,
        "value": float(value),
    }


def _by_country(
    codes: Sequence[str], values: Sequence[float], quantity: str, horizon: int | None, quantile: float | None
) -> list[dict[str, Any]]:
    return [
        _row(code, quantity, horizon, quantile, value)
        for code, value in zip(codes, values, strict=True)
        if value == value  # noqa: PLR0124
    ]


def _odds(now: Outlooks) -> list[dict[str, Any]]:
    rows = []
    for months in WINDOWS:
        for bar in BARS:
            rows += _by_country(now.countries, list(chance(now, bar, months)), f"p_{bar}", months, None)
        onset = np.where(now.resting, chance(now, BARS[0], months), np.nan)
        rows += _by_country(now.countries, list(onset), "p_onset", months, None)
        sums = now.futures[:months].sum(axis=0)
        rows += _by_country(now.countries, list(sums.mean(axis=1)), "deaths", months, None)
        for level in BAND:
            rows += _by_country(
                now.countries, list(np.quantile(sums, level, axis=1)), "deaths", months, level
            )
    return rows


def _changes(now: Outlooks, before: Outlooks) -> list[dict[str, Any]]:
    rows = []
    for months in WINDOWS:
        earlier = dict(zip(before.countries, chance(before, BARS[0], months), strict=True))
        changes = [
            value - earlier.get(code, float("nan"))
            for code, value in zip(now.countries, chance(now, BARS[0], months), strict=True)
        ]
        rows += _by_country(now.countries, changes, "change_p_25", months, None)
    return rows


def _displaced(as_of: datetime, countries: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return quantiles of people newly displaced inside, and abroad at the end, within a year."""
    rows = []
    inside = with_counted_elsewhere(countries, load_inside(as_of)["iso3"])
    abroad = with_counted_elsewhere(countries, load_abroad(as_of)["origin"])
    for quantity, names, made, rule in (
        ("displaced", inside, inside_draws(as_of, inside), DEFAULT["inside"]),
        ("abroad", abroad, abroad_draws(as_of, abroad), DEFAULT["abroad"]),
    ):
        for level in BAND if made else ():
            values = list(np.quantile(made[rule], level, axis=1))
            rows += _by_country(names, values, quantity, MONTHS_AHEAD, level)
    return rows


def _stocks(as_of: datetime) -> list[dict[str, Any]]:
    """Return people in displacement at the end of the last year known of each country."""
    inside = load_inside(as_of).drop_nulls("stock").sort("year").unique("iso3", keep="last")
    people = (pl.col("refugees") + pl.col("asylum_seekers") + pl.col("others")).sum().alias("people")
    abroad = load_abroad(as_of).group_by(pl.col("origin").alias("iso3"), "year").agg(people)
    abroad = abroad.filter(pl.col("year") == pl.col("year").max())
    rows = [
        _row(iso3, "stock_inside", None, None, stock) for iso3, stock in inside.select("iso3", "stock").rows()
    ]
    return rows + [
        _row(iso3, "stock_abroad", None, None, total)
        for iso3, total in abroad.select("iso3", "people").rows()
    ]


def _record(now: Outlooks) -> list[dict[str, Any]]:
    """Return how often odds like each country's came true, of models of earlier cut-offs."""
    if now.artefact is None or not now.artefact.record:
        return []
    rows = []
    month = (now.futures[RECORD_MONTH - 1] >= BARS[0]).mean(axis=1)
    for code, value in zip(now.countries, month, strict=True):
        found = record_row(now.artefact.record, float(value))
        rows.append(_row(code, "record_issued", 1, None, float(str(found["issued"]))))
        rows.append(_row(code, "record_events", 1, None, float(str(found["events"]))))
    return rows


def _sorted(table: pl.DataFrame) -> pl.DataFrame:
    """Put the country first whose odds within three months rose most."""
    rose = table.filter(quantity="change_p_25", horizon=SORTED_BY).select(
        "iso3", pl.col("value").alias("rose")
    )
    order = ["iso3", "quantity", "horizon", "quantile"]
    ranked = table.join(rose, on="iso3", how="left").sort(
        ["rose", *order], descending=[True, *[False] * len(order)], nulls_last=True
    )
    return ranked.drop("rose")


def wide(table: pl.DataFrame) -> pl.DataFrame:
    """Return one row per country with what a reader looks at first."""
    picks = {
        "p_25 3 months": ("p_25", 3, None), "change": ("change_p_25", 3, None),
        "p_25 12 months": ("p_25", 12, None),
        "p_100 12 months": ("p_100", 12, None), "onset 12 months": ("p_onset", 12, None),
        "deaths 12 months": ("deaths", 12, None), "displaced (median)": ("displaced", 12, 0.5),
        "displaced (95 %)": ("displaced", 12, 0.95), "inside now": ("stock_inside", None, None),
        "abroad now": ("stock_abroad", None, None), "abroad (median)": ("abroad", 12, 0.5),
        "abroad (95 %)": ("abroad", 12, 0.95),
    }  # fmt: skip
    out = table.select("iso3", "country").unique(maintain_order=True)
    for name, (quantity, horizon, quantile) in picks.items():
        part = table.filter(
            pl.col("quantity") == quantity,
            pl.col("horizon").eq_missing(horizon),
            pl.col("quantile").eq_missing(quantile),
        ).select("iso3", pl.col("value").alias(name))
        out = out.join(part, on="iso3", how="left", maintain_order="left")
    return out.filter(pl.col("p_25 3 months").is_not_null() | pl.col("displaced (median)").is_not_null())
