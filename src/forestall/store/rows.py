"""Tidy rows with the moment each became known: nothing is edited, nothing stands twice.

A row is about something (its key without the release) and says something (its other cells). A row that
says what was known of the same thing already is left out; one that says something else is a revision,
one more row with its own date of knowledge.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

import polars as pl

from forestall.schema import Table, empty, table_of
from forestall.store.migrate import columns_of, columns_there, ensure_table

if TYPE_CHECKING:
    from forestall.store.database import Connection

NO_MATTER = frozenset(
    ("known_at", "known_basis", "note", "retrieved", "vintage", "url", "source", "basis", "confidence")
)
"""Columns that tell how a row is known, not what it says."""
RELEASE = "vintage"
"""Column of a key that tells releases apart: a later release is about the same thing."""
KNOWN: dict[str, pl.DataType] = {
    "_key": pl.String(),
    "_says": pl.String(),
    "known_at": pl.Datetime("us", "UTC"),
}


def add_rows(
    connection: Connection,
    name: str,
    table: pl.DataFrame,
    *,
    countries: Sequence[str],
    fetched_at: datetime,
    asked_of: str | None = None,
) -> int:
    """Add the rows that say something new and return how many they are.

    A revision by a source that names no releases became known when it was fetched, not at the date of the
    figure it takes the place of.

    Parameters
    ----------
    connection
        A transaction that writes.
    name
        Table of the schema.
    table
        Rows as :func:`forestall.schema.frame` types them.
    countries
        For each row the ISO3 codes of the countries it concerns, between bars: ``|AZE|ARM|``.
    fetched_at
        When they were fetched.
    asked_of
        The source they were fetched from, as it is asked; one may give rows of several publishers.
    """
    ensure_table(connection, name)
    if not table.height:
        return 0
    own = pl.DataFrame({"_countries": list(countries)}, schema={"_countries": pl.String}).with_columns(
        pl.lit(fetched_at).alias("_fetched_at"), pl.lit(asked_of, pl.String).alias("_from")
    )
    rows = pl.concat([table, digests(name, table), own], how="horizontal")
    rows = _new(rows, _known_of(connection, name, rows), fetched_at, table_of(name))
    if rows.height:
        columns = columns_of(name)
        names = [column for column, _ in columns]
        listed = ", ".join(f'"{column}"' for column in names)
        connection.stage("incoming", columns, rows.select(names))
        connection.execute(f"insert into rows_{name} ({listed}) select {listed} from incoming")  # noqa: S608
    return rows.height


def digests(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return for each row what it is about and what it says, as digests of 128 bits.

    Examples
    --------
    >>> from forestall.schema import frame
    >>> row = {"source": "a", "publisher": "A", "licence": "CC0 1.0", "redistribution": "yes"}
    >>> digests("sources", frame("sources", [row]))["_key"][0]
    '1433e6aa-1897-d018-210e-095c70411a18'
    """
    schema = table_of(name)
    key = [column for column in schema.key if column != RELEASE]
    if "source" in table.columns and name != "sources":
        key.append("source")
    says = [c for c in schema.names if c not in NO_MATTER and c not in key]
    if name == "sources":
        says = [c for c in schema.names if c not in {"source", "retrieved"}]
    return pl.DataFrame(
        {"_key": _digests([name], table.select(key)), "_says": _digests([], table.select(says))},
        schema={"_key": pl.String, "_says": pl.String},
    )


def _digests(first: list[str], table: pl.DataFrame) -> list[str]:
    lines: Iterable[str] = (json.dumps([*first, *row], default=str) for row in table.iter_rows())
    return [str(UUID(bytes=sha256(line.encode()).digest()[:16])) for line in lines]


def _known_of(connection: Connection, name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return what the store holds on the things that the rows are about."""
    connection.stage("asked", [("_key", "uuid")], rows.select(pl.col("_key").unique()))
    at = "known_at" if "known_at" in rows.columns else "_fetched_at"
    known = connection.frame(
        f"select cast(_key as text) as _key, cast(_says as text) as _says, {at} as known_at "  # noqa: S608
        f"from rows_{name} where _key in (select _key from asked)"
    )
    return known.select(pl.col(column).cast(kind) for column, kind in KNOWN.items())


def _new(rows: pl.DataFrame, known: pl.DataFrame, fetched_at: datetime, table: Table) -> pl.DataFrame:
    """Return the rows that say something new, revisions dated anew."""
    logged = "known_at" in table.names
    if RELEASE not in table.names:
        rows = _revised(rows, known, fetched_at, logged=logged)
    order = rows.with_row_index("_order").with_columns(
        pl.lit(1).alias("_new"), (pl.col("known_at") if logged else pl.col("_fetched_at")).alias("_at")
    )
    old = known.with_columns(pl.lit(0).alias("_new")).rename({"known_at": "_at"})
    both = pl.concat([old, order], how="diagonal_relaxed").sort("_key", "_at", "_new", "_order")
    same = (pl.col("_says") == pl.col("_says").shift(1).over("_key")).fill_null(value=False)
    return both.filter((pl.col("_new") == 1) & ~same).sort("_order").select(rows.columns)


def _revised(rows: pl.DataFrame, known: pl.DataFrame, fetched_at: datetime, *, logged: bool) -> pl.DataFrame:
    """Leave out what says the newest already; date a revision by the fetch where its own date is no later.

    A source that keeps no releases gives the figure of today under the date of the first one.
    """
    latest = known.sort("known_at").group_by("_key", maintain_order=True).last()
    latest = latest.rename({"_says": "_before", "known_at": "_since"})
    beside = rows.join(latest, on="_key", how="left", maintain_order="left")
    beside = beside.filter(pl.col("_before").is_null() | (pl.col("_before") != pl.col("_says")))
    if logged:
        late = pl.col("_before").is_not_null() & (pl.col("known_at") <= pl.col("_since"))
        beside = beside.with_columns(
            pl.when(late).then(pl.lit(fetched_at)).otherwise("known_at").alias("known_at"),
            pl.when(late).then(pl.lit("stated")).otherwise("known_basis").alias("known_basis"),
        )
    return beside.select(rows.columns)


def rows_as_of(
    connection: Connection,
    name: str,
    moment: datetime | None = None,
    *,
    iso3: Sequence[str] = (),
    sources: Sequence[str] = (),
    newest: bool = True,
) -> pl.DataFrame:
    """Return the rows of a table known by a moment, of each thing the newest one.

    Parameters
    ----------
    connection
        A transaction.
    name
        Table of the schema.
    moment
        Nothing known later counts; None for all that is known.
    iso3
        Countries that the rows must concern, any where empty.
    sources
        Sources as they are asked, any where empty.
    newest
        Whether only the newest row of each thing is wanted.

    Returns
    -------
    polars.DataFrame
        With the columns of the schema; empty where the store holds no such table.
    """
    there = columns_there(connection, name)
    if not there:
        return empty(name)
    wanted = [column for column in table_of(name).names if column in there]
    listed = ", ".join(f'r."{column}"' for column in wanted)
    where, values = _conditions(name, moment, iso3, sources)
    if newest and "known_at" in wanted:
        sql = (
            f"with newest as (select _key, max(known_at) as known_at from rows_{name} r "  # noqa: S608
            f"where {where} group by _key) select {listed} from rows_{name} r "
            f"join newest n on r._key = n._key and r.known_at = n.known_at where {where}"
        )
    else:
        sql = f"select {listed} from rows_{name} r where {where}"  # noqa: S608
    found = connection.frame(sql, values)
    return pl.concat([empty(name), found.select(wanted)], how="diagonal_relaxed").sort(
        [*table_of(name).key, *(["known_at"] if "known_at" in wanted else [])], maintain_order=True
    )


def _conditions(
    name: str, moment: datetime | None, iso3: Sequence[str], sources: Sequence[str]
) -> tuple[str, dict[str, object]]:
    """Return the condition on rows ``r`` and its values."""
    parts, values = ["true"], dict[str, object]()
    if moment is not None and name != "sources":
        parts.append("r.known_at <= $moment")
        values["moment"] = moment
    for letter, code in zip("abcdefghijklmnopqrstuvwxyz", iso3, strict=False):
        values[f"country_{letter}"] = f"%|{code}|%"
    if iso3:
        parts.append(
            "(" + " or ".join(f"r._countries like ${key}" for key in values if key[:8] == "country_") + ")"
        )
    for letter, source in zip("abcdefghijklmnopqrstuvwxyz", sources, strict=False):
        values[f"source_{letter}"] = source
    if sources:
        parts.append("r._from in (" + ", ".join(f"${key}" for key in values if key[:7] == "source_") + ")")
    return " and ".join(parts), values
