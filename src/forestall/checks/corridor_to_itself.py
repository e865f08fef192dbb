"""E125: a corridor that starts where it ends."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every corridor from a place to itself."""
    rows = with_lines(crisis, "corridors").filter(pl.col("from_place") == pl.col("to_place"))
    yield from found(
        "E125",
        "the corridor leads from a place to itself",
        "corridors",
        rows,
        "to_place",
        expected="another place than from_place",
    )
