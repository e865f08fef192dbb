"""Files people use: a workbook without formulas, a GeoPackage that holds its layers, GeoJSON."""

import json
import sqlite3
import struct
from datetime import date
from io import BytesIO
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest

from brief_tables import replayed, whole
from forestall.crisis import Crisis
from forestall.preparedness.costs import Costs
from forestall.reporting.desk import Desk
from forestall.reporting.exports.ground import features, geojson, geopackage
from forestall.reporting.exports.workbook import workbook
from forestall.reporting.pages.made import files_of

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(replayed(), whole(), today=TODAY)


def test_a_geopackage_opens_as_a_database_with_its_layers(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "map.gpkg"
    path.write_bytes(geopackage(features(desk)))
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA application_id").fetchone()[0] == int.from_bytes(b"GPKG")
        layers = {name for (name,) in database.execute("SELECT table_name FROM gpkg_contents")}
        assert layers == {"places", "corridors"}
        geometry, place = database.execute("SELECT geom, place FROM places").fetchone()
    row = desk.frame("places").filter(pl.col("place") == place).row(0, named=True)
    assert struct.unpack("<2d", geometry[-16:]) == (row["lon"], row["lat"])


def test_a_corridor_without_a_row_is_not_known(desk: Desk) -> None:
    known = set(desk.frame("corridor_status")["corridor"])
    ways = [
        f for f in json.loads(geojson(features(desk)))["features"] if f["properties"]["layer"] == "corridors"
    ]
    assert ways
    for way in ways:
        told = way["properties"]
        assert (told["status"] == "not known") == (told["corridor"] not in known)


def test_people_on_the_roads_are_withheld(desk: Desk) -> None:
    assert not desk.detail
    assert all(f.values["people"] is None for f in features(desk))


def test_no_text_becomes_a_formula(desk: Desk) -> None:
    crisis = desk.crisis
    events = crisis["events"].with_columns(pl.lit('=HYPERLINK("http://x","y")').alias("description"))
    hostile = Crisis(
        crisis.settings, {**crisis.tables, "events": events}, as_of=crisis.as_of, mode=crisis.mode
    )
    book = openpyxl.load_workbook(BytesIO(workbook(hostile)))
    names = [cell.value for cell in book["events"][1]]
    cell = book["events"].cell(2, names.index("description") + 1)
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x","y")')
    assert {"read_me", "events"} <= set(book.sheetnames)
    units = {row[1].value: row[2].value for row in book["read_me"].iter_rows()}
    assert units["population.people"] == "people"


def test_a_run_holds_every_file(desk: Desk) -> None:
    made = files_of(desk.crisis, whole())
    wanted = {"brief.html", "brief.txt", "brief.json", "annex.html", "map.svg", "map.geojson", "map.gpkg"}
    assert wanted <= set(made)


class _Given:
    """An object with the fields it is given."""

    def __init__(self, **fields: object) -> None:
        self.__dict__.update(fields)


def test_what_moves_on_with_people_is_priced_once() -> None:
    rate = np.ones(2)
    used = _Given(name="blankets", unit="blankets", sector="shelter", used_up=False, rate=rate)
    costs = Costs(_Given(weights=np.ones(1)), "if it happens", [("central", 0.5)])  # type: ignore[arg-type]
    for gap in ([100.0, 0.0], [0.0, 80.0]):
        costs.add(_Given(item=used, gap=np.array([gap])))  # type: ignore[arg-type]
    row = costs.rows({("blankets", "blankets"): 2.0}).row(0, named=True)
    assert (row["quantity"], row["cost"]) == (100.0, 200.0)
