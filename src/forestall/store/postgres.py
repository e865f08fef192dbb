"""A store in a PostgreSQL database, for a team."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from forestall.core.errors import Unavailable, UsageError
from forestall.core.extras import need

if TYPE_CHECKING:
    import polars as pl
    import psycopg

TURN = 20_261_124
"""Number of the advisory lock that writers take in turn."""
PATIENCE_MS = 60_000
SECONDS_TO_CONNECT = 10


class PostgresConnection:
    """One transaction on PostgreSQL; see :class:`forestall.store.database.Connection`."""

    def __init__(self, inner: psycopg.Connection[Any]) -> None:
        self.inner = inner

    def execute(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """Run a statement."""
        self.inner.execute(_spelt(sql), dict(values or {}))

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        done = self.inner.execute(_spelt(sql), dict(values or {}))
        names = [column.name for column in done.description or ()]
        return [dict(zip(names, row, strict=True)) for row in done.fetchall()]

    def frame(self, sql: str, values: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """Return the rows of a query as a table."""
        import polars as pl

        done = self.inner.execute(_spelt(sql), dict(values or {}))
        names = [column.name for column in done.description or ()]
        kinds = [_KINDS.get(column.type_code) for column in done.description or ()]
        schema = {
            name: getattr(pl, kind) if kind else pl.String for name, kind in zip(names, kinds, strict=True)
        }
        schema = {n: pl.Datetime("us", "UTC") if k is pl.Datetime else k for n, k in schema.items()}
        rows = [tuple(map(_plain, row)) for row in done.fetchall()]
        return pl.DataFrame(rows, schema=schema, orient="row")

    def stage(self, name: str, columns: Sequence[tuple[str, str]], table: pl.DataFrame) -> None:
        """Make a passing table from a frame, by COPY."""
        typed = ", ".join(f'"{column}" {kind}' for column, kind in columns)
        self.execute(f"drop table if exists {name}")
        self.execute(f"create temp table {name} ({typed}) on commit drop")
        with self.inner.cursor() as cursor, cursor.copy(f"copy {name} from stdin") as copy:
            for row in table.iter_rows():
                copy.write_row(row)


_KINDS = {16: "Boolean", 20: "Int64", 23: "Int32", 701: "Float64", 1082: "Date", 1184: "Datetime"}
"""Types by the numbers PostgreSQL gives them; all others are read as text."""


class PostgresDatabase:
    """A PostgreSQL database; see :class:`forestall.store.database.Database`."""

    def __init__(self, url: str) -> None:
        need("psycopg", "stores in PostgreSQL")
        self.url = url
        self.address = re.sub(r"(://[^:/@]*):[^@/]*@", r"\1@", url)

    def exists(self) -> bool:
        """Return whether the tables of the store are there."""
        with self._opened() as connection:
            return bool(connection.rows("select to_regclass('store_version') as t")[0]["t"])

    def size(self) -> int:
        """Return the bytes of the database."""
        with self._opened() as connection:
            return int(connection.rows("select pg_database_size(current_database()) as n")[0]["n"])

    @contextmanager
    def reading(self) -> Iterator[PostgresConnection]:
        """Give a transaction that sees one state and changes nothing."""
        if not self.exists():
            raise UsageError(f"there is no store in {self.address!r} yet; next: forestall fetch --help")
        with self._opened() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[PostgresConnection]:
        """Give a transaction of which all stays, or nothing; writers take turns."""
        import psycopg

        from forestall.store.migrate import migrate

        with self._opened() as connection:
            connection.execute(f"set local lock_timeout = {PATIENCE_MS}")
            try:
                connection.execute(f"select pg_advisory_xact_lock({TURN})")
            except psycopg.errors.LockNotAvailable as error:
                raise Unavailable(f"others have written to {self.address} for a minute; try again") from error
            migrate(connection)
            yield connection

    @contextmanager
    def _opened(self) -> Iterator[PostgresConnection]:
        """Open a connection: it commits where the block ends well, and takes all back where not."""
        import psycopg

        try:
            inner = psycopg.connect(self.url, connect_timeout=SECONDS_TO_CONNECT, options="-c timezone=UTC")
        except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
            said = str(error).strip().splitlines()[0]
            raise Unavailable(f"the store {self.address} cannot be reached: {said}") from error
        try:
            with inner:
                yield PostgresConnection(inner)
        except (psycopg.errors.DiskFull, psycopg.errors.InsufficientPrivilege) as error:
            raise OSError(f"the store {self.address} could not be written: {error}") from error
        except psycopg.OperationalError as error:
            raise Unavailable(f"the store {self.address} went away: {str(error).splitlines()[0]}") from error

    def compact(self) -> None:
        """Have PostgreSQL take in the space of rows that are gone."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True, connect_timeout=SECONDS_TO_CONNECT) as inner:
            inner.execute("vacuum analyze")


def _spelt(sql: str) -> str:
    """Return a statement with its parameters as this driver names them.

    Examples
    --------
    >>> _spelt("select * from a where b like 'x%' and c = $moment")
    "select * from a where b like 'x%%' and c = %(moment)s"
    """
    return re.sub(r"\$([a-z_]+)", r"%(\1)s", sql.replace("%", "%%"))


def _plain(value: Any) -> Any:
    """Return a value as a table holds it: identifiers as text, moments in UTC."""
    import uuid
    from datetime import UTC, datetime

    if isinstance(value, uuid.UUID):
        return str(value)
    return value.astimezone(UTC) if isinstance(value, datetime) else value
