"""A database behind the store: the same SQL on DuckDB and on PostgreSQL.

The two dialects agree in all that the store needs, so that a statement is written once; parameters
are named, ``$moment``. Only opening, bulk loading and taking turns differ.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from forestall.core.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

DEFAULT = "forestall.duckdb"
VARIABLE = "FORESTALL_STORE"
SCHEMES = ("postgresql://", "postgres://")


class Connection(Protocol):
    """One transaction."""

    def execute(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """Run a statement."""

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a query."""

    def frame(self, sql: str, values: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """Return the rows of a query as a table."""

    def stage(self, name: str, columns: Sequence[tuple[str, str]], table: pl.DataFrame) -> None:
        """Make a table that lasts as long as the transaction and holds the rows of a frame.

        Parameters
        ----------
        name
            Its name.
        columns
            Name and SQL type of each column, in the order of the frame.
        table
            The rows.
        """


class Database(Protocol):
    """Where a store is, and transactions on it."""

    address: str
    """Path, or URL without its password."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a transaction that sees one state and changes nothing.

        Raises
        ------
        UsageError
            Where there is no store yet.
        Unavailable
            Where it cannot be reached, or others write for too long.
        """

    def writing(self) -> AbstractContextManager[Connection]:
        """Give a transaction that takes its turn: all of it stays, or nothing of it.

        Raises
        ------
        Unavailable
            Where it cannot be reached, or others write for too long.
        """

    def exists(self) -> bool:
        """Return whether there is a store."""

    def size(self) -> int:
        """Return the bytes it takes on disk."""

    def compact(self) -> None:
        """Give the space of rows that are gone back to the machine."""


def open_database(address: str | None = None) -> Database:
    """Return the database of a store by its path or URL.

    Parameters
    ----------
    address
        Path of a DuckDB file, or ``postgresql://user@host/name``; None for what the variable
        FORESTALL_STORE says, else ``forestall.duckdb`` in the working folder.

    Raises
    ------
    UsageError
        Where the address has a scheme that is not known, or its library is missing.

    Examples
    --------
    >>> open_database("s.duckdb").address
    's.duckdb'
    >>> open_database("mysql://here/s")
    Traceback (most recent call last):
    ...
    forestall.core.errors.UsageError: 'mysql://here/s' is no store; expected a path or postgresql://host/name
    """
    chosen = address or os.environ.get(VARIABLE) or DEFAULT
    if chosen.startswith(SCHEMES):
        from forestall.store.postgres import PostgresDatabase

        return PostgresDatabase(chosen)
    if "://" in chosen:
        raise UsageError(f"{chosen!r} is no store; expected a path or postgresql://host/name")
    from forestall.store.duck import DuckDatabase

    return DuckDatabase(chosen)
