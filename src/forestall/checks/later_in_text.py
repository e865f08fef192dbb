"""W208: a text that mentions a day or a year after the moment its row became known."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, tables_of_kind, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema import Column, table_of

DAY = r"\b(?:19|20)\d{2}-[01]\d-[0-3]\d\b"
YEAR = r"\b(?:19|20)\d{2}\b"
SILENT = {"note", "url", "source", "vintage", "unit", "licence", "query", "expected"}
"""Columns that never enter a stage, that name the edition of a source, or that ask later rows on purpose."""


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every text that mentions a later day or year."""
    for name in tables_of_kind(crisis, "observed"):
        for column in table_of(name).columns:
            dated = pl.col(column.name).str.contains(YEAR)
            if not is_prose(column) or not crisis[name].select(dated.any()).item():
                continue
            rows = with_lines(crisis, name).filter(dated)
            rows = rows.filter(mentions_later(column.name, crisis.zone.key))
            message = "the text mentions a time after the row became known"
            yield from found(
                "W208",
                message,
                name,
                rows,
                column.name,
                expected="words that could be written when known_at",
            )


def is_prose(column: Column) -> bool:
    """Return whether a column holds words that a reader or a stage sees."""
    return column.type in ("text", "id") and column.name not in SILENT


def mentions_later(column: str, zone: str) -> pl.Expr:
    """Return where a text names a day, or else a year, later than known_at."""
    known = pl.col("known_at").dt.convert_time_zone(zone)
    day = _latest(column, DAY).str.to_date("%Y-%m-%d", strict=False) > known.dt.date()
    year = _latest(column, YEAR).cast(pl.Int32) > known.dt.year()
    return day.fill_null(value=False) | year.fill_null(value=False)


def _latest(column: str, pattern: str) -> pl.Expr:
    """Return the latest of the times that a text names."""
    return pl.col(column).str.extract_all(pattern).list.max()
