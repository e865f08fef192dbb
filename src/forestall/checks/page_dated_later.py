"""W214: a row that cites a page whose own address is dated after the row became known."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, tables_of_kind, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema import table_of

DAY = r"\b((?:19|20)\d{2})[-/](0?[1-9]|1[0-2])[-/](0?[1-9]|[12]\d|3[01])\b"
"""A day in an address, as year, month and day: /2023/04/27/ or 2023-4-27."""


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every row that cites a page of a later day, but for those marked as such."""
    for name in tables_of_kind(crisis, "observed"):
        for column in table_of(name).columns:
            if column.name == "url":
                rows = with_lines(crisis, name).filter(dated_later(crisis.zone.key))
                yield from found(
                    "W214",
                    "the address of the page cited is dated after the row became known",
                    name,
                    rows,
                    "url",
                    expected="a page of the time, a later known_at, or known_basis 'release rule'",
                )


def dated_later(zone: str) -> pl.Expr:
    """Return where an address names a day later than known_at, but for rows marked as of a later vintage."""
    parts = pl.col("url").str.extract_groups(DAY)
    day = pl.concat_str(
        parts.struct[0], parts.struct[1].str.zfill(2), parts.struct[2].str.zfill(2), separator="-"
    ).str.to_date("%Y-%m-%d", strict=False)
    later = day > pl.col("known_at").dt.convert_time_zone(zone).dt.date()
    return later.fill_null(value=False) & (pl.col("known_basis") != "release rule").fill_null(value=True)
