"""From rows that are wrong to findings that say where."""

from collections.abc import Callable, Iterator

import polars as pl

from forestall.checks.codes import codes
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema import load_schema

LINE = "__line"
"""Name of the extra column that holds the line of the file."""

MAX_ROWS = 20
"""How many rows of one column are listed one by one; the rest is counted."""


def with_lines(crisis: Crisis, table: str) -> pl.DataFrame:
    """Return a table with the line of the file each row stands on, null where it has none."""
    frame = crisis[table]
    lines = crisis.lines.get(table)
    if lines is None or lines.len() != frame.height:
        lines = pl.Series(LINE, [None] * frame.height, dtype=pl.Int64)
    return frame.with_columns(lines.cast(pl.Int64).alias(LINE))


def tables_of_kind(crisis: Crisis, *kinds: str) -> Iterator[str]:
    """Yield the tables of a crisis that have rows and are of one of these kinds."""
    schema = load_schema()
    yield from (name for name in crisis if schema[name].kind in kinds and crisis.has(name))


def found(
    code: str,
    message: str,
    table: str,
    rows: pl.DataFrame,
    column: str,
    *,
    expected: str = "",
    nearest: Callable[[str], str] = lambda _: "",
) -> list[Finding]:
    """Return a finding per row up to :data:`MAX_ROWS`, and one more that counts the rest.

    Parameters
    ----------
    code : str
        Code of the check.
    message, expected : str
        What is wrong, and what was expected.
    table, column : str
        Where.
    rows : polars.DataFrame
        The rows that are wrong, with :data:`LINE` and the column.
    nearest : callable
        Gives the nearest valid name of a value.
    """
    severity = codes()[code].severity
    findings = [
        Finding(
            code,
            severity,
            message,
            table=table,
            row=line,
            column=column,
            value=_shown(value),
            expected=expected,
            nearest=nearest(_shown(value)),
            next=f"forestall explain {code}",
        )
        for line, value in rows.head(MAX_ROWS).select(LINE, pl.col(column).alias("value")).iter_rows()
    ]
    if rows.height > MAX_ROWS:
        more = f"{message}: {rows.height - MAX_ROWS} more rows"
        findings.append(
            Finding(code, severity, more, table=table, column=column, next=f"forestall explain {code}")
        )
    return findings


def _shown(value: object) -> str:
    """Return a value as people see it in a file, at most 80 characters."""
    return "" if value is None else str(value)[:80]
