"""E122: a cell names a row of another table that is not there."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, tables_of_kind, with_lines
from forestall.core.errors import Finding
from forestall.core.names import nearest
from forestall.crisis import Crisis
from forestall.schema import table_of


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every reference without its row."""
    for name in tables_of_kind(crisis, "reference", "observed"):
        for column in table_of(name).columns:
            if column.refers_to:
                yield from dangling(crisis, name, column.name, column.refers_to, "E122")
    if crisis.has("deaths"):
        yield from dangling(
            crisis, "deaths", "where", "places.place", "E122", pl.col("where_kind") == "place"
        )


def dangling(
    crisis: Crisis, table: str, column: str, refers_to: str, code: str, only: pl.Expr | None = None
) -> Iterator[Finding]:
    """Yield a finding for every cell of a column that names no row of another table."""
    target, _, target_column = refers_to.partition(".")
    if table_of(target).required and target not in crisis:
        return  # E109 says so once
    known = crisis[target][target_column].drop_nulls().unique()
    cell = pl.col(column)
    missing = (
        cell.is_not_null() & ~cell.is_in(known.implode()) & (only if only is not None else pl.lit(value=True))
    )
    rows = with_lines(crisis, table).filter(missing)
    choices = known.to_list() if rows.height else []
    message = f"no row of {target}.csv has this {target_column}"
    yield from found(
        code,
        message,
        table,
        rows,
        column,
        expected=f"a {target_column} of {target}.csv",
        nearest=lambda v: nearest(v, choices),
    )
