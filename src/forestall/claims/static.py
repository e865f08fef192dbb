"""What can be said of the queries of claims without running them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

from forestall.claims.ask import Answer
from forestall.claims.judge import misfit_of, numbered, readable_names, refusal_of
from forestall.claims.options import ClaimsOptions
from forestall.claims.refuse import Refused, first_line, refuse
from forestall.core.errors import Finding
from forestall.schema import table_of

if TYPE_CHECKING:
    import duckdb

TYPES = {
    "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP",
}  # fmt: skip


def query_findings(claims: pl.DataFrame, lines: pl.Series | None = None) -> list[Finding]:
    """Return the claims of a table whose query or expected value cannot be used.

    Nothing is run: each query is parsed, and its names are looked up in empty tables. One that
    never ends shows only when the claims are judged.

    Parameters
    ----------
    claims : polars.DataFrame
        The table ``claims``.
    lines : polars.Series, optional
        Lines of its rows in the file.
    """
    asked = [row for row in numbered(claims, lines) if row["query"]]
    if not asked:
        return []
    con = _empty_tables(readable_names())
    columns = {name for table in readable_names() for name in table_of(table).names}
    found = []
    for row in asked:
        answer = _look_at(con, row["query"])
        found += [refusal_of(row, answer, columns)] if answer.refused else []
        fault = misfit_of(row)
        found += [fault] if fault else []
    con.close()
    return found


def _empty_tables(names: Iterable[str]) -> "duckdb.DuckDBPyConnection":
    """Return a locked database with every table and no row."""
    import duckdb

    con = duckdb.connect(":memory:")
    for name in names:
        columns = ", ".join(
            f'"{c.name}" {TYPES.get(c.type, "VARCHAR")}' for c in table_of(name).columns if c.name != "note"
        )
        con.execute(f'CREATE TABLE "{name}" ({columns})')
    for setting in ("enable_external_access = false", "python_enable_replacements = false"):
        con.execute(f"SET {setting}")
    con.execute("PRAGMA disable_optimizer")
    con.execute("SET lock_configuration = true")
    return con


def _look_at(con: "duckdb.DuckDBPyConnection", query: str) -> Answer:
    """Return why a query cannot be used, or an answer without rows."""
    import duckdb

    try:
        refuse(con, query, readable_names(), ClaimsOptions().characters)
        con.execute(f"EXPLAIN {query}")
    except Refused as refused:
        return Answer(kind=refused.kind, message=refused.message, nearest=refused.nearest)
    except duckdb.Error as error:
        return Answer(kind="unknown name", message=first_line(error))
    return Answer()
