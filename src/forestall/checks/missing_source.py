"""W203: a row that does not say where it comes from."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, tables_of_kind, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema import table_of


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every row without a source."""
    for name in tables_of_kind(crisis, "reference", "observed"):
        if name != "sources" and "source" in table_of(name).names:
            rows = with_lines(crisis, name).filter(pl.col("source").is_null())
            yield from found(
                "W203", "the row has no source", name, rows, "source", expected="a source of sources.csv"
            )
