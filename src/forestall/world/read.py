"""The tables of the world, each read once and only when asked for."""

from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import polars as pl

DISCLAIMER = (
    "Outlines and names are those of the sources with the changes of our worldview table. They do not "
    "say, and are not to be taken to say, whose a territory is or where a border runs. Where a border is "
    "not agreed the area is marked as disputed."
)


def path_of(name: str) -> Path:
    """Return where a shipped table lies."""
    return Path(str(files("forestall.world").joinpath("tables", name)))


@cache
def load_countries() -> pl.DataFrame:
    """Return countries and territories with an ISO 3166-1 code, and Kosovo as XKX.

    Returns
    -------
    polars.DataFrame
        iso3, iso2, m49, gw, panel_id (number in the panel of deaths, null where it has none), names in
        the six languages of the United Nations and their own, capital, capital_town, zone, languages,
        area_km2, people (the latest figure of GeoNames, whose day is not stated).

    Examples
    --------
    >>> load_countries().filter(iso3="FJI").select("m49", "name_fr").row(0)
    ('242', 'Fidji')
    """
    numbers = {"gw": pl.Int32, "panel_id": pl.Int32, "people": pl.Int64, "area_km2": pl.Float64}
    table = pl.read_csv(path_of("countries.csv"), infer_schema=False, schema_overrides=numbers)
    return table.with_columns(pl.col("capital_town").cast(pl.Int64))


@cache
def load_areas() -> pl.DataFrame:
    """Return first-level areas: code, country, names, kind, who is drawn to hold it, a point inside.

    ``iso3`` follows the worldview table; ``drawn_as`` is the source; ``status`` is empty, patched,
    disputed or own code. ``row`` joins :func:`load_outlines`.

    Examples
    --------
    >>> load_areas().filter(area="UA-43")["iso3"].to_list()
    ['UKR']
    """
    return _with_m49(pl.read_parquet(path_of("areas.parquet")))


@cache
def load_outlines() -> pl.DataFrame:
    """Return rings of the areas: row, part, hole, and lon and lat in degrees as lists.

    Simplified together to about a kilometre, so that neighbours still share their line; to be shown
    only with :data:`DISCLAIMER`.
    """
    steps = pl.read_parquet(path_of("outlines.parquet"))
    degrees = [
        pl.col(f"{axis}_steps").list.eval(pl.element().cum_sum() / 1000.0).alias(axis)
        for axis in ("lon", "lat")
    ]
    return steps.select("row", "part", "hole", *degrees)


@cache
def load_towns() -> pl.DataFrame:
    """Return towns of 5,000 people and more: town, name, iso3, m49, area, lon, lat, people, zone."""
    return _with_m49(pl.read_parquet(path_of("towns.parquet")))


@cache
def load_town_names() -> pl.DataFrame:
    """Return all other names and spellings of the towns: town, other_names."""
    return pl.read_parquet(path_of("town_names.parquet"))


@cache
def load_neighbours() -> pl.DataFrame:
    """Return land borders, each way: iso3, m49, neighbour, km along the outlines.

    The outlines are coarser than the ground: a border is longer than its line on a map.

    Examples
    --------
    >>> load_neighbours().filter(iso3="LSO")["neighbour"].to_list()
    ['ZAF']
    """
    return _with_m49(pl.read_csv(path_of("borders.csv")))


def load_deaths(as_of: datetime | None = None, *, by: str = "month") -> pl.DataFrame:
    """Return deaths in organised violence by country and month or year.

    Parameters
    ----------
    as_of
        Moment of knowledge in UTC; figures published later are left out. None = all.
    by
        "month": iso3, m49, start, violence, best, vintage, known_at; a month may have two vintages.
        "year": iso3, m49, year, violence, best, low, high, known_at.
    """
    return _known(_deaths("deaths_months.parquet" if by == "month" else "deaths_years.parquet"), as_of)


def load_abroad(as_of: datetime | None = None) -> pl.DataFrame:
    """Return people displaced abroad: origin, asylum, year, refugees, asylum_seekers, others, known_at."""
    return _known(_abroad(), as_of)


def load_inside(as_of: datetime | None = None) -> pl.DataFrame:
    """Return people displaced inside by conflict: iso3, m49, year, moved, stock, known_at."""
    return _known(_csv("inside.csv"), as_of)


def load_displaced(as_of: datetime | None = None) -> pl.DataFrame:
    """Return people displaced by origin, where they are and year, inside and abroad alike.

    Returns
    -------
    polars.DataFrame
        iso3 (origin), where (country they are in), year, people, known_at.
    """
    abroad = load_abroad(as_of).select(
        pl.col("origin").alias("iso3"),
        pl.col("asylum").alias("where"),
        "year",
        (pl.col("refugees") + pl.col("asylum_seekers") + pl.col("others")).cast(pl.Int64).alias("people"),
        "known_at",
    )
    inside = load_inside(as_of).select(
        "iso3", pl.col("iso3").alias("where"), "year", pl.col("stock").alias("people"), "known_at"
    )
    return pl.concat([abroad, inside.drop_nulls("people")])


def load_risk(as_of: datetime | None = None) -> pl.DataFrame:
    """Return INFORM Risk: iso3, m49, year, risk, hazard, vulnerability, coping (0-10), known_at."""
    return _known(_csv("risk.csv"), as_of)


@cache
def load_changes() -> pl.DataFrame:
    """Return states split, merged or made independent since 1990: date, kind, state, became, note."""
    return pl.read_csv(path_of("changes.csv"), try_parse_dates=True)


@cache
def load_worldview() -> pl.DataFrame:
    """Return which areas are given to another state than the source draws, and why."""
    return pl.read_csv(path_of("worldview.csv"))


@cache
def load_counted_with() -> pl.DataFrame:
    """Return which countries the source of deaths counts together with another: iso3, counted_with, note."""
    return pl.read_csv(path_of("counted_with.csv"))


@cache
def load_sources() -> pl.DataFrame:
    """Return source, terms and day of every table."""
    return pl.read_csv(path_of("sources.csv"), try_parse_dates=True)


def _with_m49(table: pl.DataFrame) -> pl.DataFrame:
    """Add the numeric code beside the ISO3 code."""
    joined = table.join(load_countries().select("iso3", "m49"), on="iso3", how="left", maintain_order="left")
    names = [name for name in joined.columns if name != "m49"]
    names.insert(names.index("iso3") + 1, "m49")
    return joined.select(names)


def _moment(table: pl.DataFrame) -> pl.DataFrame:
    """Turn the day a figure came out into the end of that day."""
    end = pl.col("known_on").cast(pl.Datetime("us", "UTC")) + pl.duration(days=1, microseconds=-1)
    return table.with_columns(end.alias("known_at")).drop("known_on")


@cache
def _deaths(name: str) -> pl.DataFrame:
    return _moment(_with_m49(pl.read_parquet(path_of(name))))


@cache
def _abroad() -> pl.DataFrame:
    return _moment(pl.read_parquet(path_of("abroad.parquet")))


@cache
def _csv(name: str) -> pl.DataFrame:
    return _moment(_with_m49(pl.read_csv(path_of(name), try_parse_dates=True)))


def _known(table: pl.DataFrame, as_of: datetime | None) -> pl.DataFrame:
    return table if as_of is None else table.filter(pl.col("known_at") <= as_of)
