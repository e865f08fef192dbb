"""Countries by ISO3 code, with their number in the panel and their Gleditsch-Ward code."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import polars as pl


class Country(NamedTuple):
    """One country; XKX stands for Kosovo, which has no ISO code."""

    iso3: str
    panel_id: int
    gw_code: int
    name: str
    land_borders: tuple[str, ...]


@cache
def countries() -> dict[str, Country]:
    """Read the countries that the panel knows, by ISO3 code.

    Examples
    --------
    >>> countries()["ARM"].panel_id, countries()["AZE"].gw_code
    (125, 373)
    """
    text = files("forestall.warning").joinpath("countries.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    borders = _land_borders({row["iso3"] for row in rows})
    return {
        row["iso3"]: Country(
            row["iso3"],
            int(row["panel_id"]),
            int(row["gw_code"]),
            row["name"],
            borders.get(row["iso3"], ()),
        )
        for row in rows
    }


def _land_borders(known: set[str]) -> dict[str, tuple[str, ...]]:
    """Return the countries of the panel that each borders on land, from the outlines of the world."""
    text = files("forestall.world").joinpath("tables", "borders.csv").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for row in csv.DictReader(text.splitlines()):
        if row["neighbour"] in known:
            found.setdefault(row["iso3"], []).append(row["neighbour"])
    return {iso3: tuple(sorted(others)) for iso3, others in found.items()}


@cache
def iso3_of() -> dict[int, str]:
    """Map the number of a country in the panel to its ISO3 code."""
    return {country.panel_id: country.iso3 for country in countries().values()}


def border_table() -> pl.DataFrame:
    """Return the land borders as pairs of numbers in the panel: columns where and neighbour.

    Examples
    --------
    >>> border_table().columns
    ['where', 'neighbour']
    """
    known = countries()
    pairs = [
        (str(country.panel_id), str(known[other].panel_id))
        for country in known.values()
        for other in country.land_borders
    ]
    return pl.DataFrame(pairs, schema={"where": pl.String, "neighbour": pl.String}, orient="row")


def country_name(iso3: str) -> str:
    """Name a country; a code that is not known stands for itself.

    Examples
    --------
    >>> country_name("AZE"), country_name("ZZZ")
    ('Azerbaijan', 'ZZZ')
    """
    country = countries().get(iso3)
    return country.name if country else iso3
