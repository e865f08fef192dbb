"""The schema: sound in itself, and what is made from it is current."""

import csv
from pathlib import Path

import pytest

from forestall.checks.docs import checks_page
from forestall.core.errors import UsageError
from forestall.options.docs import options_page
from forestall.schema import empty, frame, load_schema, table_of
from forestall.schema.datapackage import datapackage
from forestall.schema.docs import tables_page

ROOT = Path(__file__).parents[2]
TYPES = {"id", "text", "ref", "integer", "number", "boolean", "date", "timestamp", "enum"}


@pytest.mark.parametrize("table", load_schema().values(), ids=lambda table: table.name)
def test_columns_are_named_once_and_typed(table):
    assert len(set(table.names)) == len(table.names)
    assert {column.type for column in table.columns} <= TYPES
    assert table.key, "every table has a key"
    assert all(column.description for column in table.columns)
    assert all(bool(column.values) == (column.type == "enum") for column in table.columns)


@pytest.mark.parametrize("table", load_schema().values(), ids=lambda table: table.name)
def test_references_and_defaults_hold(table):
    for column in table.columns:
        if column.refers_to:
            target, _, name = column.refers_to.partition(".")
            assert name in table_of(target).names
        if column.default and column.values:
            assert column.default in column.values


def test_every_file_of_the_schema_is_a_table():
    folder = ROOT / "src/forestall/schema/tables"
    assert {path.stem for path in folder.glob("*.csv")} == set(load_schema())


def test_observed_tables_carry_a_date_of_knowledge():
    for table in load_schema().values():
        assert ("known_at" in table.names) == (table.kind == "observed")


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(UsageError, match="nearest: places"):
        table_of("plaecs")


def test_frame_refuses_unknown_columns():
    with pytest.raises(UsageError, match="colour"):
        frame("terms", {"colour": ["red"]})


def test_the_data_package_describes_every_column():
    package = datapackage()
    fields = {r["name"]: [f["name"] for f in r["schema"]["fields"]] for r in package["resources"]}
    assert fields == {name: list(table.names) for name, table in load_schema().items()}
    assert empty("places").columns == fields["places"]


@pytest.mark.parametrize(
    ("file", "page"), [("tables.md", tables_page), ("checks.md", checks_page), ("options.md", options_page)]
)
def test_the_generated_pages_are_current(file, page):
    said = (ROOT / "docs" / file).read_text(encoding="utf-8")
    assert said == page(), "run `make docs-tables`"


def test_lists_beside_the_schema_have_no_row_twice():
    for path in (ROOT / "src/forestall").rglob("*.csv"):
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        if path.parent.name in {"checks", "schema"}:
            assert len(rows) == len({tuple(row) for row in rows}), path.name
