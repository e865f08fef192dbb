"""Endings of fighting between two sides, 1946-2020, and whether they fought again.

The table ``endings.csv`` is made by ``tools/make_peace_endings.py`` from the conflict termination
and peace agreement datasets of UCDP (CC BY 4.0), which names the papers.
"""

from functools import cache
from importlib.resources import files

import polars as pl

KINDS = ("agreement", "ceasefire", "government victory", "rebel victory", "low activity", "actor ceased")
PROVISIONS = (
    "autonomy",
    "borders",
    "ceasefire",
    "commission",
    "disarmament",
    "guarantor",
    "peacekeepers",
    "power sharing",
    "prisoners",
    "return",
    "withdrawal",
)
LAST_YEAR = 2020
"""Last year of which the table knows whether there was fighting."""


@cache
def load_endings() -> pl.DataFrame:
    """Return every ending, oldest first.

    Returns
    -------
    polars.DataFrame
        ``dyad``, ``side_a``, ``side_b``, ``iso3`` (countries, ``|`` between them), ``ended`` (date),
        ``year``, ``kind``, ``war`` (a year with 1,000 battle deaths), ``territory``, ``between_states``,
        ``colonial``, ``years`` (fought), ``rounds_before``, ``others_fighting`` (other sides active there
        that year), ``scope``, ``provisions``, ``again`` (year of the next fighting).

    Examples
    --------
    >>> load_endings().filter(kind="ceasefire").height
    95
    """
    text = files("forestall.peace").joinpath("endings.csv").read_bytes()
    table = pl.read_csv(text, schema_overrides={"ended": pl.Date, "again": pl.Int64})
    return table.with_columns(pl.col("ended").dt.year().cast(pl.Int64).alias("year"))


def known_by(endings: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the endings over by the end of a year, with later fighting not yet known.

    Examples
    --------
    >>> known = known_by(load_endings(), 1995)
    >>> int(known["year"].max()), int(known["again"].max()) <= 1995
    (1995, True)
    """
    known = endings.filter(pl.col("year") <= year)
    return known.with_columns(pl.when(pl.col("again") <= year).then(pl.col("again")).alias("again"))


def held(endings: pl.DataFrame, years: int, until: int = LAST_YEAR) -> pl.DataFrame:
    """Return the endings whose outcome after so many years is known, with whether they held.

    Parameters
    ----------
    years : int
        Years after the ending.
    until : int
        Last year of which fighting is known.

    Returns
    -------
    polars.DataFrame
        With the boolean column ``held``.
    """
    broke = (pl.col("again") - pl.col("year") <= years).fill_null(value=False)
    seen = (pl.col("year") + years <= until) | broke
    return endings.filter(seen).with_columns((~broke).alias("held"))


def rate_by_kind(
    endings: pl.DataFrame, years: int, until: int = LAST_YEAR, held_for: int = 0
) -> pl.DataFrame:
    """Return how often fighting came back within so many years, by kind of ending.

    Only endings that could be watched that long count, so that those watched briefly do not
    enter as failures alone.

    Parameters
    ----------
    years : int
        Years ahead.
    until : int
        Last year of which fighting is known.
    held_for : int
        Count only endings that had held so many years, from then on.

    Returns
    -------
    polars.DataFrame
        ``kind``, ``n``, ``rate``.

    Examples
    --------
    >>> rates = rate_by_kind(load_endings(), 5)
    >>> round(rates.filter(kind="agreement")["rate"][0], 2)
    0.13
    """
    lasting = held(endings, held_for, until).filter("held") if held_for else endings
    watched = held(lasting, held_for + years, until).filter(pl.col("year") + held_for + years <= until)
    counted = (pl.len().alias("n"), (~pl.col("held")).mean().alias("rate"))
    return watched.group_by("kind").agg(*counted).sort("kind")
