"""A store in one DuckDB file.

DuckDB lets one process at a time open a file to write. A lock beside the file makes the others wait
for their turn; the system frees it where a process dies, and DuckDB then takes back what it had not
committed.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forestall.core.errors import Unavailable, UsageError

if TYPE_CHECKING:
    import duckdb
    import polars as pl

PATIENCE = 60.0
"""Seconds to wait for the turn."""
SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET memory_limit = '700MB'",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET preserve_insertion_order = false",
)


class DuckConnection:
    """One transaction on a DuckDB file; see :class:`forestall.store.database.Connection`."""

    def __init__(self, inner: duckdb.DuckDBPyConnection) -> None:
        self.inner = inner

    def execute(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """Run a statement."""
        self.inner.execute(sql, _asked(sql, values))

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        done = self.inner.execute(sql, _asked(sql, values))
        names = [column[0] for column in done.description or ()]
        return [dict(zip(names, row, strict=True)) for row in done.fetchall()]

    def frame(self, sql: str, values: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """Return the rows of a query as a table, without a detour over Python objects."""
        import polars as pl

        return pl.DataFrame(self.inner.sql(sql, params=_asked(sql, values) or None))

    def stage(self, name: str, columns: Sequence[tuple[str, str]], table: pl.DataFrame) -> None:
        """Make a passing table from a frame, by a Parquet file: the fastest way without more libraries."""
        typed = ", ".join(f'"{column}" {kind}' for column, kind in columns)
        self.execute(f"create or replace temp table {name} ({typed})")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.parquet"
            table.write_parquet(path)
            source = str(path).replace("'", "''")
            self.execute(f"insert into {name} by position select * from read_parquet('{source}')")  # noqa: S608


class DuckDatabase:
    """A DuckDB file; see :class:`forestall.store.database.Database`."""

    def __init__(self, path: str) -> None:
        self.address = path
        self.path = Path(path)

    def exists(self) -> bool:
        """Return whether the file is there."""
        return self.path.is_file()

    def size(self) -> int:
        """Return the bytes of the file and of what is not yet written into it."""
        files = (self.path, self.path.with_name(self.path.name + ".wal"))
        return sum(file.stat().st_size for file in files if file.is_file())

    @contextmanager
    def reading(self) -> Iterator[DuckConnection]:
        """Give a transaction that changes nothing; many may read at once."""
        if not self.exists():
            raise UsageError(f"there is no store {self.address!r} yet; next: forestall fetch --help")
        with self._turn(alone=False), self._opened(read_only=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[DuckConnection]:
        """Give a transaction of which all stays, or nothing."""
        from forestall.store.migrate import migrate

        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._turn(alone=True), self._opened(read_only=False) as connection:
            connection.execute("begin")
            try:
                migrate(connection)
                yield connection
                connection.execute("commit")
            except BaseException:
                with suppress(Exception):  # a database that failed in between has rolled back by itself
                    connection.execute("rollback")
                raise

    @contextmanager
    def _opened(self, *, read_only: bool) -> Iterator[DuckConnection]:
        """Open the file, and turn faults of the disk into faults of the machine."""
        import duckdb

        try:
            inner = duckdb.connect(str(self.path), read_only=read_only)
            for setting in SETTINGS:
                inner.execute(setting)
        except duckdb.IOException as error:
            raise _explained(error, self.address) from error
        try:
            yield DuckConnection(inner)
        except (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException) as error:
            raise OSError(f"the store {self.address} could not be written: {error}") from error
        finally:
            with suppress(duckdb.Error):
                inner.close()

    @contextmanager
    def _turn(self, *, alone: bool) -> Iterator[None]:
        """Wait for the lock beside the file; where the system has none, DuckDB's own must do."""
        try:
            import fcntl
        except ImportError:
            yield
            return
        lock = self.path.with_name(self.path.name + ".lock")
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            until = time.monotonic() + PATIENCE
            while not _locked(handle, fcntl.LOCK_EX if alone else fcntl.LOCK_SH):
                if time.monotonic() > until:
                    raise Unavailable(f"others have used the store {self.address} for {PATIENCE:.0f} seconds")
                time.sleep(0.02)
            yield
        finally:
            os.close(handle)

    def compact(self) -> None:
        """Copy the rows into a fresh file that takes the old one's place."""
        import duckdb

        if not self.exists():
            raise UsageError(f"there is no store {self.address!r}")
        fresh = self.path.with_name(f".{self.path.name}.fresh")
        with self._turn(alone=True):
            fresh.unlink(missing_ok=True)
            with duckdb.connect() as connection:
                for name, path in (("old", self.path), ("new", fresh)):
                    connection.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as {name}")
                connection.execute("copy from database old to new")
            fresh.replace(self.path)
            self.path.with_name(self.path.name + ".wal").unlink(missing_ok=True)


def _asked(sql: str, values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the values a statement names: DuckDB refuses one that is given and not used."""
    import re

    return {name: (values or {})[name] for name in set(re.findall(r"\$([a-z_]+)", sql))}


def _locked(handle: int, how: int) -> bool:
    """Try to take a lock."""
    import fcntl

    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _explained(error: Exception, address: str) -> Exception:
    """Return a fault of opening in the words of the house."""
    text = str(error)
    if "lock" in text.lower():
        return Unavailable(f"another program has the store {address} open; close it and try again")
    if "not a valid DuckDB" in text or "magic" in text.lower():
        return UsageError(f"{address!r} is no DuckDB file; choose another path with --store")
    return OSError(f"the store {address} cannot be opened: {text.splitlines()[0]}")
