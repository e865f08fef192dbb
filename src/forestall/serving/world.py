"""The world as one list: what is known of every country, and what nobody assessed."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from forestall.core.moments import parse_moment
from forestall.outlook import wide, world_table
from forestall.outlook.table import NEWEST
from forestall.world import DISCLAIMER, load_areas, load_countries, load_deaths, load_outlines

NOT_ASSESSED = "not assessed"
TOLERANCE = 0.35
"""Degrees by which a ring's points may be off on the map of the world: a third of a screen's pixel or so."""


MOMENT = parse_moment(NEWEST, ZoneInfo("UTC"))
"""Moment of the list; nothing that became known later is in it."""
DRAWS = 500
"""Sampled futures of the list; it is made once, when it is first asked for."""


@cache
def _figures() -> pl.DataFrame:
    """Return a row per country: what watch says of it, and the deaths counted last."""
    deaths = (
        load_deaths(MOMENT, by="year")
        .group_by("iso3", "year")
        .agg(pl.col("best").sum())
        .sort("year")
        .group_by("iso3", maintain_order=True)
        .agg(pl.col("year").last().alias("deaths_year"), pl.col("best").last().alias("deaths"))
    )
    watched = wide(_watched()).rename(NAMES).select("iso3", *NAMES.values())
    countries = load_countries().select("iso3", "m49", pl.col("name_en").alias("name"), "people")
    return countries.join(watched, on="iso3", how="left").join(deaths, on="iso3", how="left")


NAMES = {
    "p_25 3 months": "odds",
    "change": "change",
    "p_25 12 months": "odds_12_months",
    "displaced (median)": "displaced_next_year",
    "displaced (95 %)": "displaced_next_year_worst",
    "inside now": "displaced_inside_now",
    "abroad now": "displaced_abroad_now",
}
"""Columns of watch, by the names they have here."""


@cache
def _watched() -> pl.DataFrame:
    """Return the table of the world at the newest moment that the shipped deaths reach."""
    return world_table(MOMENT, draws=DRAWS, seed=1)


def world_of(crises: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return the world as one list, with what it rests on.

    Parameters
    ----------
    crises : mapping
        By ISO code: crisis and at, the newest run that speaks of the country.

    Returns
    -------
    dict
        says, as_of, data_to, sources, and countries: the highest odds first, those that nobody assessed
        last. A figure that nobody gave is None, and odds that nobody gave are "not assessed".

    Examples
    --------
    >>> last = world_of({})["countries"][-1]
    >>> last["odds"], last["assessed"]
    ('not assessed', False)
    """
    rows = []
    for row in _figures().to_dicts():
        given = crises.get(row["iso3"], {})
        assessed = row["odds"] is not None
        row |= {"assessed": assessed, "odds": row["odds"] if assessed else NOT_ASSESSED}
        rows.append(row | {"crisis": given.get("crisis"), "at": given.get("at")})
    return {
        "says": "Odds of a month with 25 or more state-based deaths in the next 3. Not assessed is not safe.",
        "as_of": NEWEST,
        "data_to": _watched()["data_to"][0],
        "countries": sorted(rows, key=_rank),
    }


def _rank(row: Mapping[str, Any]) -> tuple[float, float, str]:
    """Return the place of a country in the list."""
    return (-row["odds"] if row["assessed"] else 1.0, -(row["deaths"] or 0), row["name"])


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
