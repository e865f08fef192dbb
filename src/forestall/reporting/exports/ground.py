"""Places and corridors as a GeoPackage (OGC 12-128r19) and as GeoJSON (RFC 7946), by the standard library."""

import json
import sqlite3
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from forestall.reporting.desk import Desk
from forestall.reporting.pages.quantiles import spread
from forestall.reporting.style import TEMPLATES

WGS84 = 4326
_ORDER = 1


@dataclass(frozen=True, slots=True)
class Feature:
    """One point or line with its values; positions are longitude and latitude in degrees."""

    layer: str
    positions: tuple[tuple[float, float], ...]
    values: dict[str, Any]


COLUMNS = {
    "places": {"place": "TEXT", "name": "TEXT", "kind": "TEXT", "country": "TEXT", "people": "REAL"},
    "corridors": {
        "corridor": "TEXT",
        "from_place": "TEXT",
        "to_place": "TEXT",
        "status": "TEXT",
        "since": "TEXT",
        "km": "REAL",
        "people_low": "REAL",
        "people": "REAL",
        "people_high": "REAL",
    },
}
"""Columns of each layer. ``people`` of a place: to plan for there, central; of a corridor: who pass it."""


def features(desk: Desk) -> list[Feature]:
    """Return places and corridors; people by place and by corridor only where detail may be shown.

    Parameters
    ----------
    desk : Desk
        The tables of a brief.
    """
    if not desk.has("places"):
        return []
    located = desk.frame("places").drop_nulls(["lon", "lat"])
    at = {row["place"]: (row["lon"], row["lat"]) for row in located.iter_rows(named=True)}
    planned = _planned(desk)
    out = [
        Feature("places", (at[row["place"]],), _place(row, planned.get(row["place"])))
        for row in located.iter_rows(named=True)
    ]
    ways = desk.frame("corridors").iter_rows(named=True) if desk.has("corridors") else ()
    state = _states(desk)
    for row in ways:
        if row["from_place"] in at and row["to_place"] in at:
            line = (at[row["from_place"]], at[row["to_place"]])
            out.append(Feature("corridors", line, _corridor(desk, row, state)))
    return out


def _place(row: dict[str, Any], people: float | None) -> dict[str, Any]:
    """Return the values of one place."""
    return {name: row[name] for name in ("place", "name", "kind", "country")} | {"people": people}


def _planned(desk: Desk) -> dict[str, float]:
    """Return the people to plan for by place."""
    if not desk.detail or not desk.has("caseloads"):
        return {}
    whole = (pl.col("figure") == "central") & (pl.col("age_group") == "all") & (pl.col("sex") == "all")
    return dict(desk.arm("caseloads", "if it happens").filter(whole).select("place", "people").iter_rows())


def _states(desk: Desk) -> dict[str, tuple[str, str]]:
    """Return the newest status of each corridor and since when it holds; one without a row is not known."""
    if not desk.has("corridor_status"):
        return {}
    known = desk.frame("corridor_status").filter(pl.col("effective") <= desk.now).sort("effective")
    newest = known.unique("corridor", keep="last")
    return {
        key: (status, at.isoformat())
        for key, status, at in newest.select("corridor", "status", "effective").iter_rows()
    }


def _corridor(desk: Desk, row: dict[str, Any], state: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """Return the values of one corridor."""
    status, since = state.get(row["corridor"], ("not known", None))
    found = None
    if desk.detail:
        found = spread(desk, "flows_summary", "people", arm="if it happens", corridor=row["corridor"])
    people = (found.low, found.middle, found.high) if found else (None, None, None)
    told = {name: row[name] for name in ("corridor", "from_place", "to_place", "km")}
    return (
        told
        | dict(zip(("people_low", "people", "people_high"), people, strict=True))
        | {
            "status": status,
            "since": since,
        }
    )


def geojson(found: list[Feature]) -> str:
    """Return features as GeoJSON.

    Examples
    --------
    >>> text = geojson([Feature("places", ((46.5, 39.8),), {"place": "a"})])
    >>> json.loads(text)["features"][0]["geometry"]["type"]
    'Point'
    """
    body = [
        {
            "type": "Feature",
            "geometry": {
                "type": "Point" if len(f.positions) == 1 else "LineString",
                "coordinates": list(f.positions[0])
                if len(f.positions) == 1
                else [list(p) for p in f.positions],
            },
            "properties": {"layer": f.layer, **f.values},
        }
        for f in found
    ]
    return json.dumps({"type": "FeatureCollection", "features": body}, ensure_ascii=False) + "\n"


def geopackage(found: list[Feature]) -> bytes:
    """Return features as a GeoPackage with a layer of places and one of corridors."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.gpkg"
        database = sqlite3.connect(path)
        try:
            _frame(database)
            for layer, columns in COLUMNS.items():
                _layer(database, layer, columns, [f for f in found if f.layer == layer])
            database.commit()
        finally:
            database.close()
        return path.read_bytes()


def _frame(database: sqlite3.Connection) -> None:
    """Make the tables that every GeoPackage holds."""
    database.executescript((TEMPLATES / "geopackage.sql").read_text(encoding="utf-8"))


def _layer(database: sqlite3.Connection, layer: str, columns: dict[str, str], found: list[Feature]) -> None:
    """Make one layer with its features."""
    kind = "POINT" if layer == "places" else "LINESTRING"
    told = ", ".join(f'"{name}" {sort}' for name, sort in columns.items())
    database.execute(f'CREATE TABLE "{layer}" (fid INTEGER PRIMARY KEY AUTOINCREMENT, geom {kind}, {told})')
    xs = [x for f in found for x, _ in f.positions] or [0.0]
    ys = [y for f in found for _, y in f.positions] or [0.0]
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y, srs_id)"
        " VALUES (?, 'features', ?, ?, ?, ?, ?, ?)",
        (layer, layer, min(xs), min(ys), max(xs), max(ys), WGS84),
    )
    database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", (layer, kind, WGS84))
    holes = ", ".join("?" for _ in range(len(columns) + 1))
    names = ", ".join(f'"{name}"' for name in columns)
    lines = [(_geometry(f.positions), *(f.values.get(name) for name in columns)) for f in found]
    database.executemany(f'INSERT INTO "{layer}" (geom, {names}) VALUES ({holes})', lines)  # noqa: S608 - own names


def _geometry(positions: tuple[tuple[float, float], ...]) -> bytes:
    """Return a point or a line as the binary of GeoPackage: its head, then well-known binary."""
    head = b"GP" + struct.pack("<BBi", 0, _ORDER, WGS84)
    flat = [value for position in positions for value in position]
    if len(positions) == 1:
        return head + struct.pack("<BI2d", _ORDER, 1, *flat)
    return head + struct.pack(f"<BII{len(flat)}d", _ORDER, 2, len(positions), *flat)
