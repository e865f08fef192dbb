"""W243, W244: codes that are no country, and points far from the country they are said to be in."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from forestall.checks.plausible import threshold
from forestall.checks.rows import LINE, found, with_lines
from forestall.core.errors import Finding
from forestall.core.geography import great_circle_km
from forestall.core.names import nearest
from forestall.crisis import Crisis


def find_code(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every code that is no country; codes that begin with X are free for use."""
    from forestall.world.read import load_countries

    known = load_countries()["iso3"].to_list()
    for table, column in (("places", "country"), ("actors", "iso3")):
        rows = with_lines(crisis, table)
        used = pl.col(column).is_not_null() & (pl.col(column) != "")
        wrong = rows.filter(used & ~pl.col(column).is_in(known) & ~pl.col(column).str.starts_with("X"))
        yield from found(
            "W243",
            "no country has this code",
            table,
            wrong,
            column,
            expected="an ISO 3166-1 alpha-3 code",
            nearest=lambda value: nearest(value, known),
        )


def find_point(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every point that is far from all towns of its country."""
    from forestall.world.read import load_towns

    rows = with_lines(crisis, "places").drop_nulls(["lon", "lat", "country"])
    towns = load_towns().filter(pl.col("iso3").is_in(rows["country"].unique().to_list()))
    points = {iso3: group.select("lon", "lat").to_numpy() for (iso3,), group in towns.group_by("iso3")}
    for line, place, iso3, lon, lat in rows.select(LINE, "place", "country", "lon", "lat").iter_rows():
        if iso3 not in points or _away(points[iso3], lon, lat) <= threshold("far_km"):
            continue
        swapped = abs(lon) <= 90 and _away(points[iso3], lat, lon) <= threshold("far_km")
        cause = "longitude and latitude look swapped" if swapped else "look at the point and at the country"
        message = f"{place} at longitude {lon:g}, latitude {lat:g} is far from every town of {iso3}; {cause}"
        expected = f"longitude {lat:g}, latitude {lon:g}" if swapped else f"a point in {iso3}"
        row = pl.DataFrame({LINE: [line], "lon": [lon]}, schema={LINE: pl.Int64, "lon": pl.Float64})
        yield from found("W244", message, "places", row, "lon", expected=expected)


def _away(towns: np.ndarray, lon: float, lat: float) -> float:
    """Return kilometres to the nearest town."""
    here = np.full(len(towns), lon), np.full(len(towns), lat)
    return float(np.min(great_circle_km(*here, towns[:, 0], towns[:, 1])))
