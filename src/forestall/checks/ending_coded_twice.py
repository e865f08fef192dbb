"""E148: one ending of fighting that stands in two rows."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every ending of the same parties on a day that stands above it already."""
    parties = pl.col("parties").str.split("|").list.sort().list.join("|").alias("sides")
    rows = with_lines(crisis, "endings").with_columns(parties)
    again = rows.filter(~pl.struct("sides", "date").is_first_distinct())
    expected = "one row for each ending of the same parties on a day: it would count twice in every rate"
    yield from found("E148", "the ending is coded twice", "endings", again, "ending", expected=expected)
