"""E130: a supply that can be used before it was ordered."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every supply available before its order."""
    rows = with_lines(crisis, "supplies").filter(pl.col("available_from") < pl.col("ordered_at"))
    yield from found(
        "E130",
        "the supply can be used before it was ordered",
        "supplies",
        rows,
        "available_from",
        expected="a moment not before ordered_at",
    )
