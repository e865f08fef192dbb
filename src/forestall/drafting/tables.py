"""The tables of a new crisis: every row derived or with its source, each with a confidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from forestall.core.arrays import Floats, Ints
from forestall.core.geography import great_circle_km
from forestall.drafting.choice import Places
from forestall.drafting.land import Land, read_land, turned, turned_back
from forestall.drafting.roads import Link, derived_links, way_km
from forestall.schema import frame, table_of
from forestall.world import (
    load_abroad,
    load_counted_with,
    load_countries,
    load_deaths,
    load_inside,
    load_sources,
)

Row = dict[str, Any]

GEONAMES = {
    "source": "geonames",
    "url": "https://www.geonames.org/",
    "basis": "reported",
    "confidence": "medium",
}
DERIVED = {"source": "derived", "url": "", "basis": "derived", "confidence": "low"}
ASSUMED = {"source": "assumption", "url": "", "basis": "assumption", "confidence": "low"}
UCDP = {"source": "ucdp", "url": "https://ucdp.uu.se/downloads/", "basis": "reported", "confidence": "high"}
UNHCR = {
    "source": "unhcr", "url": "https://www.unhcr.org/refugee-statistics/", "basis": "reported",
    "confidence": "high",
}  # fmt: skip
IDMC = {
    "source": "idmc", "url": "https://www.internal-displacement.org/database/", "basis": "reported",
    "confidence": "high",
}  # fmt: skip
TOTAL_SPREAD = 0.1
"""Half width, relative, of the total of a country: its day is not stated."""
MAPPED_ROADS = {
    "source": "openstreetmap", "publisher": "OpenStreetMap contributors", "title": "Extract given with --osm",
    "licence": "ODbL 1.0",
    "redistribution": "with the names of its contributors; tables made from it under the same licence",
}  # fmt: skip
STOCK_YEARS = 10
SMALLEST_STOCK = 100
MARGIN_DEGREES = 1.5
PEOPLE_AGE = timedelta(days=1)
HOME = 1
"""Number of the country of the crisis in the grid of states."""


def rows_of(table: str, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Lay rows out as a table of the schema; cells that are not given are empty."""
    names = table_of(table).names
    given = [{name: row.get(name) for name in names} for row in rows]
    unknown = {name for row in rows for name in row} - set(names) if isinstance(rows, list) else set()
    if unknown:
        raise ValueError(f"{table} has no columns {sorted(unknown)}")
    return frame(table, pl.DataFrame(given, infer_schema_length=None) if given else table_frame(names))


def table_frame(names: Iterable[str]) -> pl.DataFrame:
    """Return a table without rows."""
    return pl.DataFrame(schema=dict.fromkeys(names, pl.String))


def template(name: str) -> list[Row]:
    """Return the rows of a template that every new crisis begins with."""
    path = str(files("forestall.drafting").joinpath("templates", f"{name}.csv"))
    return [
        {key: value for key, value in row.items() if value not in (None, "")}
        for row in pl.read_csv(path, infer_schema=False).iter_rows(named=True)
    ]


def known(moment: datetime, basis: str = "release rule") -> Row:
    """Return from when a row may be used."""
    return {"known_at": moment, "known_basis": basis}


def place_rows(chosen: Places) -> list[Row]:
    """Return the towns of the country, its areas, the country as a whole, and the hosts."""
    country = chosen.country
    names = {row["area"]: row["name"] for row in chosen.rest.iter_rows(named=True)}
    towns = [
        {
            "place": row["place"], "name": row["name"], "kind": "settlement", "country": row["iso3"],
            "admin1": names.get(row["area"]), "admin1_code": row["area"], "lon": row["lon"],
            "lat": row["lat"], "hosts": hosting, **GEONAMES,
        }
        for table, hosting in ((chosen.home, False), (chosen.hosts, True))
        for row in table.iter_rows(named=True)
    ]  # fmt: skip
    areas = [
        {
            "place": row["place"], "name": f"{row['name']} (outside the towns listed)", "kind": "admin",
            "country": country["iso3"], "admin1": row["name"], "admin1_code": row["area"], "lon": row["lon"],
            "lat": row["lat"], "hosts": False, "note": "a point inside the area; Natural Earth", **DERIVED,
        }
        for row in chosen.rest.iter_rows(named=True)
    ]  # fmt: skip
    whole = {
        "place": whole_id(chosen), "name": country["name"], "other_names": country["name_own"],
        "kind": "country", "country": country["iso3"], "hosts": False, **GEONAMES,
    }  # fmt: skip
    return [*towns, *areas, whole]


def whole_id(chosen: Places) -> str:
    """Return the identifier of the country as a whole."""
    return f"country_{str(chosen.country['iso3']).lower()}"


def population_rows(chosen: Places, moment: datetime) -> list[Row]:
    """Return people of towns and areas, and of the country, as GeoNames has them now."""
    day = min(day_before(moment), date(2020, 1, 1))
    said = {"group": "all", "kind": "estimate", "date": day, **known(moment)}
    late = "the latest figure of the source; its day is not stated, so it stands in for that of the time"
    parts = [
        {"place": row["place"], "people": row["people"], "who": "sum of the parts", "level": "settlement",
         "note": late, **said, **GEONAMES, "confidence": "low"}
        for row in chosen.home.iter_rows(named=True)
    ]  # fmt: skip
    rest = [
        {"place": row["place"], "people": row["people"], "who": "sum of the parts", "level": "district",
         "note": "total less towns, spread by the number of towns of an area", **said, **DERIVED}
        for row in chosen.rest.iter_rows(named=True)
    ]  # fmt: skip
    abroad = [
        {"place": row["place"], "people": row["people"], "who": "GeoNames", "level": "settlement",
         "note": late, **said, **GEONAMES, "confidence": "low"}
        for row in chosen.hosts.iter_rows(named=True)
    ]  # fmt: skip
    total = int(str(chosen.country["people"] or 0))
    whole = {"place": whole_id(chosen), "people": total, "low": round(total * (1 - TOTAL_SPREAD)),
             "high": round(total * (1 + TOTAL_SPREAD)), "who": "GeoNames", "level": "total",
             "note": late, **said, **GEONAMES, "confidence": "low"}  # fmt: skip
    return [*parts, *rest, *abroad, *([whole] if total else [])]


@dataclass(frozen=True, eq=False)
class Ground:
    """The towns of a crisis on the land of their states.

    Parameters
    ----------
    towns
        place, iso3, lon, lat: those of the country first, then those abroad.
    lon, lat
        Degrees; from 0 to 360 where the land lies across the date line. Shape (towns,).
    state
        Number of the state of each town in the grid; the country of the crisis is HOME.
    land
        The grid of states.
    """

    towns: pl.DataFrame
    lon: Floats
    lat: Floats
    state: Ints
    land: Land


def ground_of(chosen: Places) -> Ground:
    """Return the towns of a new crisis on the land of their states."""
    columns = ["place", "iso3", "lon", "lat"]
    towns = pl.concat([chosen.home.select(columns), chosen.hosts.select(columns)])
    across = float(towns["lon"].max()) - float(towns["lon"].min()) > 180  # type: ignore[arg-type]
    lon, lat = turned(towns["lon"].to_numpy(), west_first=across), towns["lat"].to_numpy()
    land = _grid(chosen, towns, lon, lat, across=across)
    state = np.array([land.codes.index(code) + 1 for code in towns["iso3"]], dtype=np.int64)
    return Ground(towns, lon, lat, state, land)


def _grid(chosen: Places, towns: pl.DataFrame, lon: Floats, lat: Floats, *, across: bool) -> Land:
    home = str(chosen.country["iso3"])
    others = sorted({*towns["iso3"].to_list(), *chosen.neighbours} - {home})
    box = (
        float(lon.min()) - MARGIN_DEGREES, float(lat.min()) - MARGIN_DEGREES,
        float(lon.max()) + MARGIN_DEGREES, float(lat.max()) + MARGIN_DEGREES,
    )  # fmt: skip
    return read_land([home, *others], box, across=across)


def corridor_rows(chosen: Places) -> tuple[list[Row], list[Row]]:
    """Return derived corridors both ways, and the derived crossings they need as places."""
    ground = ground_of(chosen)
    links = derived_links(ground.lon, ground.lat, ground.state, HOME, ground.land)
    rows, crossings = link_rows(chosen, ground, links)
    return [*rows, *area_corridors(chosen)], crossings


def link_rows(
    chosen: Places, ground: Ground, links: Iterable[Link], first: int = 1
) -> tuple[list[Row], list[Row]]:
    """Return derived links as corridors both ways, and their crossings, numbered from the first on."""
    names, states = ground.towns["place"].to_list(), ground.towns["iso3"].to_list()
    rows: list[Row] = []
    crossings: list[Row] = []
    for link in links:
        one, other = names[link.one], names[link.other]
        if link.border is None:
            rows += both_ways(one, other, link.straight_km, link.mode)
            continue
        number = first + len(crossings)
        pair = "-".join(sorted({states[link.one], states[link.other]}))
        crossing = _crossing(chosen, f"crossing_{number}", pair, number, link.border)
        crossings.append(crossing)
        for end, place in ((link.one, one), (link.other, other)):
            row = ground.towns.row(end, named=True)
            km = float(great_circle_km(row["lon"], row["lat"], crossing["lon"], crossing["lat"]))
            rows += both_ways(place, str(crossing["place"]), km, link.mode)
    return rows, crossings


def _crossing(chosen: Places, place: str, pair: str, number: int, at: tuple[float, float]) -> Row:
    return {
        "place": place, "name": f"Derived crossing {number}, {pair}", "kind": "crossing",
        "country": chosen.country["iso3"], "lon": round(turned_back(at[0]), 3), "lat": round(at[1], 3),
        "hosts": False,
        "note": "where a straight line between two towns meets the border; no crossing is known to be there",
        **DERIVED,
    }  # fmt: skip


def both_ways(one: str, other: str, straight_km: float, mode: str) -> list[Row]:
    """Return a derived corridor in both directions."""
    km = round(max(way_km(straight_km), 0.1), 1)
    facts = {"mode": mode, "km": km, "note": "derived from a straight line; no road was read", **DERIVED}
    return [
        {"corridor": f"{a}-{b}", "from_place": a, "to_place": b, **facts}
        for a, b in ((one, other), (other, one))
    ]


def area_corridors(chosen: Places) -> list[Row]:
    """Join each area to the nearest town of the country."""
    home = chosen.home
    rows = []
    for area in chosen.rest.iter_rows(named=True):
        km = great_circle_km(area["lon"], area["lat"], home["lon"].to_numpy(), home["lat"].to_numpy())
        nearest = int(km.argmin())
        rows += both_ways(area["place"], home["place"][nearest], float(km[nearest]), "road")
    return rows


def status_rows(corridors: list[Row], moment: datetime) -> list[Row]:
    """Return that ways on land are assumed open; of a way by sea nothing is assumed."""
    note = "assumed: no report of this way was read; confirm it before anyone relies on it"
    return [
        {"corridor": row["corridor"], "status": "open", "effective": moment, "note": note,
         **known(moment, "assumed"), **ASSUMED}
        for row in corridors
        if row["mode"] == "road"
    ]  # fmt: skip


def deaths_of(iso3: str, moment: datetime) -> tuple[pl.DataFrame, str]:
    """Return deaths by month of a country known by a moment, and what is to be said of them.

    Parameters
    ----------
    iso3
        Country.
    moment
        Moment of knowledge.

    Returns
    -------
    tuple
        Rows, and a sentence where the source does not count the country apart; else an empty text.
    """
    every = load_deaths(moment)
    own = every.filter(iso3=iso3)
    if own.height:
        return own, ""
    with_whom = load_counted_with().filter(iso3=iso3)
    if with_whom.height:
        other, note = with_whom.select("counted_with", "note").row(0)
        rows = every.filter(iso3=other).with_columns(pl.lit(iso3).alias("iso3"))
        return rows, f"{note}: the figures of both stand here"
    some = every.filter(violence="state-based").unique("start", keep="first", maintain_order=True)
    rows = some.with_columns(pl.lit(iso3).alias("iso3"), pl.lit(0, pl.Int32).alias("best"))
    return rows, (
        "the source covers the whole world and books no deaths under this name: months stand as 0, which "
        "says nothing of deaths that are counted elsewhere"
    )


def death_rows(chosen: Places, moment: datetime) -> pl.DataFrame:
    """Return deaths by month of the country and its neighbours, as known by the moment."""
    iso3 = str(chosen.country["iso3"])
    own, note = deaths_of(iso3, moment)
    around = load_deaths(moment).filter(pl.col("iso3").is_in(list(chosen.neighbours)), violence="state-based")
    own = own.with_columns(pl.lit(note or None, pl.String).alias("note"))
    table = pl.concat([own, around.with_columns(pl.lit(None, pl.String).alias("note"))])
    rows = table.select(
        pl.lit("country").alias("where_kind"),
        pl.col("iso3").alias("where"),
        pl.lit("month").alias("period"),
        "start",
        "violence",
        pl.col("best").cast(pl.Int64),
        "vintage",
        "known_at",
        pl.lit("release rule").alias("known_basis"),
        *(pl.lit(value).alias(key) for key, value in UCDP.items()),
        "note",
    )
    derived = pl.when(pl.col("note").is_null()).then(pl.col("basis")).otherwise(pl.lit("derived"))
    return frame("deaths", _whole("deaths", rows.with_columns(derived.alias("basis"))))


def _whole(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    missing = [
        pl.lit(None, pl.String).alias(name) for name in table_of(table).names if name not in rows.columns
    ]
    return rows.with_columns(missing).select(table_of(table).names)


def stock_rows(chosen: Places, moment: datetime) -> list[Row]:
    """Return people displaced abroad by asylum and inside, of the last years known by the moment."""
    iso3 = str(chosen.country["iso3"])
    people = pl.col("refugees") + pl.col("asylum_seekers") + pl.col("others")
    abroad = load_abroad(moment).filter(pl.col("origin") == iso3).with_columns(people.alias("people"))
    first = moment.year - STOCK_YEARS
    known_abroad = abroad.filter((pl.col("people") >= SMALLEST_STOCK) & (pl.col("year") >= first))
    group = "refugees, asylum-seekers and others in need of protection"
    rows = [
        {"stock": f"abroad_{row['asylum'].lower()}_{row['year']}", "place": row["asylum"], "group": group,
         "date": date(row["year"], 12, 31), "people": row["people"], **known(row["known_at"]), **UNHCR}
        for row in known_abroad.iter_rows(named=True)
    ]  # fmt: skip
    inside = (
        load_inside(moment).filter((pl.col("iso3") == iso3) & (pl.col("year") >= first)).drop_nulls("stock")
    )
    rows += [
        {"stock": f"inside_{row['year']}", "place": iso3, "group": "displaced inside by conflict",
         "date": date(row["year"], 12, 31), "people": row["stock"], **known(row["known_at"]), **IDMC}
        for row in inside.iter_rows(named=True)
    ]  # fmt: skip
    return rows


def share_rows(chosen: Places, moment: datetime) -> list[Row]:
    """Return how arrivals may spread over hosts: by distance, size, people already there, language."""
    if not chosen.hosts.height:
        return []
    iso3 = str(chosen.country["iso3"])
    latest = load_abroad(moment).filter(pl.col("origin") == iso3)
    latest = latest.filter(pl.col("year") == pl.col("year").max())
    there = dict(
        latest.select("asylum", pl.col("refugees") + pl.col("asylum_seekers") + pl.col("others")).iter_rows()
    )
    spoken = dict(load_countries().select("iso3", "languages").iter_rows())
    own = set(str(chosen.country["languages"]).split("|"))
    pull = []
    for row in chosen.hosts.iter_rows(named=True):
        shared = 1.5 if own & set(spoken.get(row["iso3"], "").split("|")) - {"en", "fr"} else 1.0
        known_there = (1.0 + there.get(row["iso3"], 0) / 1000.0) ** 0.5
        pull.append(max(row["people"], 1) ** 0.5 / (row["km"] + 50.0) * known_there * shared)
    total = sum(pull)
    note = "size^.5 / (km + 50) x (1 + people of the same origin / 1,000)^.5 x 1.5 where a language is shared"
    return [
        {"destination_share": f"pull_{number}", "wave": "expected", "place": place,
         "measure": "pull of hosts", "date": day_before(moment), "share": round(weight / total, 6),
         "note": note, **known(moment, "assumed"), **DERIVED}
        for number, (place, weight) in enumerate(zip(chosen.hosts["place"], pull, strict=True), start=1)
    ]  # fmt: skip


def actor_rows(chosen: Places) -> list[Row]:
    """Return the state, its neighbours and the agencies."""
    names = dict(load_countries().select("iso3", "name").iter_rows())
    own = str(chosen.country["iso3"])
    said = {"source": "geonames", "basis": "reported", "confidence": "medium"}
    states = [{"actor": own, "name": names[own], "kind": "state", "iso3": own, "role": "party", **said}]
    states += [
        {"actor": code, "name": names[code], "kind": "state", "iso3": code, "role": "outside", **said}
        for code in chosen.neighbours
    ]
    return [*states, *({**row, **RECALLED} for row in template("actors"))]


RECALLED = {"source": "recalled", "basis": "recalled", "confidence": "medium"}


def trigger_rows(chosen: Places) -> list[Row]:
    """Return the usual triggers for the country, with actions and the time they need."""
    iso3 = str(chosen.country["iso3"])
    note = "threshold chosen by the makers; no agency or government has agreed to it"
    return [
        {
            **row,
            **({"where": row["where"].format(iso3=iso3)} if "where" in row else {}),
            "note": note,
            **ASSUMED,
        }
        for row in template("triggers")
    ]


def demography_rows(moment: datetime) -> list[Row]:
    """Return round shares of age and sex, to be replaced."""
    return [
        {**row, "date": day_before(moment), **known(moment, "assumed"), **ASSUMED}
        for row in template("demography")
    ]


def source_rows(*, mapped: bool = False) -> list[Row]:
    """Return where the rows come from and under which terms, mapped roads too where they were read."""
    table = (
        load_sources()
        .filter(pl.col("redistribution") != "")
        .unique("source", keep="first", maintain_order=True)
    )
    rows = [
        {"source": row["source"], "publisher": row["publisher"], "title": row["title"],
         "licence": row["licence"], "redistribution": row["redistribution"], "retrieved": row["day"]}
        for row in table.iter_rows(named=True)
        if row["source"] != "recalled"
    ]  # fmt: skip
    fixed = (
        ("derived", "Forestall", "Computed from the other rows and from outlines"),
        ("assumption", "Forestall", "Assumptions to be confirmed"),
        ("recalled", "Forestall", "General knowledge, not read in a source"),
    )
    rows += [
        {"source": name, "publisher": who, "title": title, "licence": "BSD-3-Clause", "redistribution": "yes"}
        for name, who, title in fixed
    ]
    rows += [MAPPED_ROADS] if mapped else []
    rows.append({"source": "sphere", "publisher": "Sphere", "title": "Sphere Handbook 2018",
                 "licence": "not stated", "redistribution": "not stated"})  # fmt: skip
    return rows


def start_of(moment: datetime) -> datetime:
    """Return the moment from which undated rows are known: the day before the moment, in UTC."""
    return (moment - PEOPLE_AGE).astimezone(UTC).replace(microsecond=0)


def day_before(moment: datetime) -> date:
    """Return a day that is over in every time zone by the moment."""
    return moment.date() - PEOPLE_AGE
