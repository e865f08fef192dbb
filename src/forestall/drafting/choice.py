"""Which places a new crisis begins with: the country's own, and the nearest towns abroad."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forestall.core.errors import CrisisError, Finding
from forestall.core.geography import great_circle_km
from forestall.world import load_areas, load_countries, load_neighbours, load_towns

MOST_AREAS = 60
HOSTS_PER_NEIGHBOUR = 3
MOST_HOSTS = 15
SMALLEST_HOST = 20_000
ISLAND_HOST_STATES = 3
FARTHEST_ISLAND_HOST_KM = 3000.0
NOT_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, eq=False)
class Places:
    """The places of a new crisis.

    Parameters
    ----------
    country
        Row of the table of countries.
    home
        Towns of the country: place, name, iso3, area, lon, lat, people, role.
    rest
        Areas of the country, for the people outside those towns: place, area, name, lon, lat, people.
    hosts
        Towns abroad, with km to the nearest town of the country.
    neighbours
        ISO3 codes of the states on its land border.
    """

    country: dict[str, Any]
    home: pl.DataFrame
    rest: pl.DataFrame
    hosts: pl.DataFrame
    neighbours: tuple[str, ...]


def identifier(name: str) -> str:
    """Return a name as a short identifier.

    Examples
    --------
    >>> identifier("São Filipe")
    'sao_filipe'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return NOT_NAME.sub("_", plain).strip("_")


def choose_places(iso3: str, count: int) -> Places:
    """Choose capital, largest town of each area and largest towns, areas, and towns abroad.

    Parameters
    ----------
    iso3
        Country.
    count
        Towns of the country, at most.

    Raises
    ------
    CrisisError
        Where no town of 5,000 people is known there.
    """
    country = load_countries().filter(iso3=iso3).row(0, named=True)
    towns = load_towns().filter(iso3=iso3).sort("people", "town", descending=[True, False])
    if not towns.height:
        message = (
            f"no town of 5,000 people or more is known in {country['name']}, so no crisis can be drawn up"
        )
        fault = Finding("E503", "error", message, value=iso3, next="forestall new FOLDER, without --country")
        raise CrisisError([fault])
    home = _home(towns, country["capital_town"], count)
    neighbours = tuple(load_neighbours().filter(iso3=iso3)["neighbour"])
    rest = _rest(iso3, country["people"] or 0, towns, home)
    hosts = _hosts(iso3, neighbours, home)
    if not neighbours and home.height < 2:
        message = (
            f"{country['name']} has one town and no land border: nobody could be drawn up as going anywhere"
        )
        fault = Finding("E503", "error", message, value=iso3, next="forestall new FOLDER, without --country")
        raise CrisisError([fault])
    home, rest, hosts = _identified(home, rest, hosts)
    return Places(country, home, rest, hosts, neighbours)


def _home(towns: pl.DataFrame, capital: int | None, count: int) -> pl.DataFrame:
    """Return the capital, then the largest town of each area, then the largest of all."""
    first = pl.col("town") == (capital if capital is not None else towns["town"][0])
    seat = pl.col("area").is_not_null() & pl.col("town").is_first_distinct().over("area")
    leading = pl.int_range(pl.len()).over("area") == 0
    role = (
        pl.when(first)
        .then(pl.lit("capital"))
        .when(seat & leading)
        .then(pl.lit("seat"))
        .otherwise(pl.lit("town"))
    )
    order = pl.col("role").replace_strict({"capital": 0, "seat": 1, "town": 2}, return_dtype=pl.Int32)
    ranked = towns.with_columns(role.alias("role"))
    # At most half of the places go to seats, so that large towns are never crowded out by small areas.
    seats = ranked.filter(role="seat").head(max(count // 2, 1))["town"].to_list()
    kept = ranked.with_columns(
        pl.when((pl.col("role") == "seat") & ~pl.col("town").is_in(seats))
        .then(pl.lit("town"))
        .otherwise(pl.col("role"))
        .alias("role")
    )
    return kept.sort(order, pl.col("people"), descending=[False, True], maintain_order=True).head(count)


def _rest(iso3: str, total: int, towns: pl.DataFrame, home: pl.DataFrame) -> pl.DataFrame:
    """Return the people of each area outside the towns chosen.

    Towns left out stay in their area; those who live in no town are spread by the number of towns of
    an area, as small towns stand where the countryside is peopled.
    """
    areas = load_areas().filter(iso3=iso3).select("area", "name", "lon", "lat")
    left_out = towns.join(home.select("town"), on="town", how="anti")
    by_area = towns.group_by("area").agg(pl.len().alias("towns"))
    outside = left_out.group_by("area").agg(pl.col("people").sum().alias("outside"))
    table = areas.join(by_area, on="area", how="left").join(outside, on="area", how="left").fill_null(0)
    rural = max(0, total - int(towns["people"].sum()))
    weight = (pl.col("towns") + 1) / (pl.col("towns") + 1).sum()
    people = (pl.col("outside") + rural * weight).round().cast(pl.Int64).alias("people")
    return _merged(table.with_columns(people).sort("people", "area", descending=[True, False]))


def _merged(areas: pl.DataFrame) -> pl.DataFrame:
    """Keep the areas with most people; those of the others are counted with the nearest one kept."""
    kept, others = areas.head(MOST_AREAS), areas.slice(MOST_AREAS)
    if others.height:
        away = great_circle_km(
            others["lon"].to_numpy()[:, None], others["lat"].to_numpy()[:, None],
            kept["lon"].to_numpy()[None, :], kept["lat"].to_numpy()[None, :],
        )  # fmt: skip
        more = np.bincount(away.argmin(axis=1), weights=others["people"].to_numpy(), minlength=kept.height)
        kept = kept.with_columns((pl.col("people") + pl.Series(more).cast(pl.Int64)).alias("people"))
    return kept.filter(pl.col("people") > 0).select("area", "name", "lon", "lat", "people")


def _hosts(iso3: str, neighbours: tuple[str, ...], home: pl.DataFrame) -> pl.DataFrame:
    """Return the towns abroad that are near and large, some of each neighbour."""
    island = not neighbours
    abroad = pl.col("iso3").is_in(list(neighbours)) if neighbours else pl.col("iso3") != iso3
    towns = load_towns().filter(abroad)
    large = towns.filter(
        (pl.col("people") >= SMALLEST_HOST)
        | (pl.col("people").rank("ordinal", descending=True).over("iso3") <= HOSTS_PER_NEIGHBOUR)
    )
    away = great_circle_km(
        large["lon"].to_numpy()[:, None], large["lat"].to_numpy()[:, None],
        home["lon"].to_numpy()[None, :], home["lat"].to_numpy()[None, :],
    ).min(axis=1)  # fmt: skip
    pull = pl.col("people").pow(0.25) / (pl.col("km") + 20.0)
    near = large.with_columns(pl.Series("km", away)).with_columns(pull.alias("pull"))
    near = near.sort("pull", "town", descending=[True, False])
    if island:
        near = near.filter(pl.col("km") <= FARTHEST_ISLAND_HOST_KM)
        states = near["iso3"].unique(maintain_order=True).head(ISLAND_HOST_STATES).to_list()
        near = near.filter(pl.col("iso3").is_in(states))
    each = near.group_by("iso3", maintain_order=True).head(1 if island else HOSTS_PER_NEIGHBOUR)
    firsts = each.group_by("iso3", maintain_order=True).head(1)
    others = each.join(firsts.select("town"), on="town", how="anti").sort(
        "pull", "town", descending=[True, False]
    )
    return pl.concat([firsts, others.select(firsts.columns)]).head(max(MOST_HOSTS, firsts.height))


def _identified(*tables: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    """Give every place an identifier of its own."""
    taken: set[str] = set()
    done = []
    for table in tables:
        names = []
        for row in table.iter_rows(named=True):
            base = identifier(row["name"]) or identifier(row["area"] or "") or "place"
            base = base if "town" in row else f"{base}_area"
            name, number = base, 2
            while name in taken:
                name, number = f"{base}_{number}", number + 1
            taken.add(name)
            names.append(name)
        done.append(table.with_columns(pl.Series("place", names, dtype=pl.String)))
    return tuple(done)
