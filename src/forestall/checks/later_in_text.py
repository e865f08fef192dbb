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
            if is_prose(column):
                wrong = mentions_later(column.name, crisis.zone.key)
                if crisis[name].select(wrong.any()).item():
                    rows = with_lines(crisis, name).filter(wrong)
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
    text = pl.col(column)
    day = text.str.extract_all(DAY).list.max() > known.dt.strftime("%Y-%m-%d")
    year = text.str.extract_all(YEAR).list.max() > known.dt.strftime("%Y")
    return day.fill_null(value=False) | year.fill_null(value=False)
