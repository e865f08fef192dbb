"""The tables of a store: made in steps, each once; tidy tables follow the schema of the project."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from forestall.core.errors import UsageError
from forestall.schema import Table, load_schema

if TYPE_CHECKING:
    from forestall.store.database import Connection

TYPES = {
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamptz",
}
OWN = (
    ("_key", "uuid"),
    ("_says", "uuid"),
    ("_countries", "text"),
    ("_fetched_at", "timestamptz"),
    ("_from", "text"),
)
"""Columns of every tidy table beside those of the schema: what the row is about, what it says, the
countries it concerns (``|AZE|ARM|``), when it was fetched and which source was asked."""


def stored_tables() -> dict[str, Table]:
    """Return the tables of the schema that a store can hold, by name.

    Examples
    --------
    >>> "deaths" in stored_tables(), "outlook" in stored_tables()
    (True, False)
    """
    return {
        name: table for name, table in load_schema().items() if table.kind == "observed" or name == "sources"
    }


def columns_of(name: str) -> list[tuple[str, str]]:
    """Return the columns of a tidy table with their SQL types.

    Examples
    --------
    >>> columns_of("stocks")[4]
    ('people', 'bigint')
    """
    table = stored_tables()[name]
    return [*((column.name, TYPES.get(column.type, "text")) for column in table.columns), *OWN]


@cache
def _steps() -> tuple[str, ...]:
    folder = files("forestall.store").joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


def migrate(connection: Connection) -> None:
    """Bring a store to the present version, within the transaction of the writer.

    Raises
    ------
    UsageError
        Where a newer version of the software made it.
    """
    connection.execute("create table if not exists store_version (version integer not null)")
    found = connection.rows("select max(version) as version from store_version")[0]["version"] or 0
    if found > len(_steps()):
        raise UsageError(
            f"the store is of version {found}, this software knows versions up to {len(_steps())}; "
            "next: pip install --upgrade forestall"
        )
    for number, step in enumerate(_steps()[found:], start=found + 1):
        for statement in filter(str.strip, step.split(";")):
            connection.execute(statement)
        connection.execute(f"insert into store_version values ({number})")  # noqa: S608


def ensure_table(connection: Connection, name: str) -> None:
    """Make the tidy table of a name where it is not there, and give it the columns it lacks."""
    columns = columns_of(name)
    typed = ", ".join(f'"{column}" {kind}' for column, kind in columns)
    there = set(columns_there(connection, name))
    if not there:
        connection.execute(f"create table rows_{name} ({typed})")
    for column, kind in columns:
        if there and column not in there:
            connection.execute(f'alter table rows_{name} add column "{column}" {kind}')


def columns_there(connection: Connection, name: str) -> list[str]:
    """Return the columns a tidy table has in this store; none where it is not there."""
    found = connection.rows(
        "select column_name as name from information_schema.columns where table_name = $table "
        "order by ordinal_position",
        {"table": f"rows_{name}"},
    )
    return [row["name"] for row in found]


def tables_there(connection: Connection) -> list[str]:
    """Return the names of the tidy tables of this store."""
    found = connection.rows(
        "select distinct table_name as name from information_schema.tables where table_name like 'rows_%'"
    )
    return sorted({row["name"].removeprefix("rows_") for row in found} & stored_tables().keys())
