"""The world as one list: what is known of every country, and what nobody assessed."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import polars as pl

from forestall.world import DISCLAIMER, load_areas, load_countries, load_deaths, load_inside, load_outlines

NOT_ASSESSED = "not assessed"
TOLERANCE = 0.35
"""Degrees by which a ring's points may be off on the map of the world: a third of a screen's pixel or so."""


@cache
def _figures() -> pl.DataFrame:
    """Return each country with its latest deaths in a year and people displaced inside."""
    deaths = (
        load_deaths(by="year")
        .group_by("iso3", "year")
        .agg(pl.col("best").sum(), pl.col("known_at").max())
        .sort("year")
        .group_by("iso3", maintain_order=True)
        .agg(
            pl.col("year").last().alias("deaths_year"),
            pl.col("best").last().alias("deaths"),
            pl.col("best").tail(2).first().alias("deaths_year_before"),
            pl.col("known_at").last().alias("deaths_known_at"),
        )
    )
    inside = (
        load_inside()
        .sort("year")
        .group_by("iso3", maintain_order=True)
        .agg(
            pl.col("year").last().alias("displaced_year"),
            pl.col("moved").last().alias("newly_displaced"),
            pl.col("stock").last().alias("displaced_inside"),
            pl.col("known_at").last().alias("displaced_known_at"),
        )
    )
    countries = load_countries().select("iso3", "m49", "name_en", "people")
    return countries.join(deaths, on="iso3", how="left").join(inside, on="iso3", how="left")


def world_rows(odds: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a row per country: odds where a run gives them, deaths and people displaced where known.

    Parameters
    ----------
    odds : mapping
        By ISO code: p_event, words, within_months, as_of, crisis, from the latest run of a crisis.

    Returns
    -------
    list of dict
        Those with odds first, the highest first, then by deaths. A figure that nobody gave is None.

    Examples
    --------
    >>> world_rows({})[-1]["odds"], world_rows({"FJI": {"p_event": 0.01}})[0]["iso3"]
    ('not assessed', 'FJI')
    """
    rows = []
    for row in _figures().to_dicts():
        given = odds.get(row["iso3"])
        row |= {"odds": given["p_event"] if given else NOT_ASSESSED, "assessed": given is not None}
        rows.append(row | {"outlook": dict(given) if given else None})
    return sorted(rows, key=_rank)


def _rank(row: Mapping[str, Any]) -> tuple[float, float, str]:
    """Return the place of a country in the list."""
    return (-row["odds"] if row["assessed"] else 1.0, -(row["deaths"] or 0), row["name_en"])


@cache
def outlines() -> dict[str, Any]:
    """Return the outlines of the countries as rings of degrees, thinned for a map of the world.

    Returns
    -------
    dict
        disclaimer, and countries: ISO code -> list of rings, each a flat list lon, lat, lon, lat ...
    """
    owners = load_areas().filter(pl.col("row").is_not_null()).select("row", "iso3")
    rings = load_outlines().filter(pl.col("hole") == 0).join(owners, on="row", how="inner")
    drawn: dict[str, list[list[float]]] = {}
    for iso3, lon, lat in rings.select("iso3", "lon", "lat").iter_rows():
        ring = thinned(zip(lon, lat, strict=True))
        if ring is not None:
            drawn.setdefault(iso3, []).append(ring)
    return {"disclaimer": DISCLAIMER, "countries": drawn}


def thinned(points: Iterable[tuple[float, float]]) -> list[float] | None:
    """Return a ring on a coarse grid, without points that fall together; None where nothing is left.

    Neighbours share the grid, and so still share their line.

    Examples
    --------
    >>> thinned([(0, 0), (0.01, 0), (2, 0), (2, 2), (0, 0)])
    [0.0, 0.0, 2.1, 0.0, 2.1, 2.1, 0.0, 0.0]
    >>> thinned([(0, 0), (0.01, 0), (0, 0)]) is None
    True
    """
    flat: list[float] = []
    last: tuple[float, float] | None = None
    seen = set()
    for lon, lat in points:
        point = round(round(lon / TOLERANCE) * TOLERANCE, 2), round(round(lat / TOLERANCE) * TOLERANCE, 2)
        if point != last:
            flat += point
            seen.add(point)
        last = point
    return flat if len(seen) >= 3 else None
