"""E143: ties whose shares of one total add up to more than all of it."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis

TOLERANCE = 0.01
"""Rounding of published shares."""

TOTAL = ["actor", "channel", "year", "of_what"]


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for each tie of an actor whose shares add up to more than 1."""
    rows = with_lines(crisis, "ties").with_columns(pl.col("share").cast(pl.Float64))
    latest = rows.sort("known_at", maintain_order=True).unique(
        [*TOTAL, "partner"], keep="last", maintain_order=True
    )
    over = latest.filter(pl.col("share").sum().over(TOTAL) > 1 + TOLERANCE)
    yield from found(
        "E143",
        "the shares of one total add up to more than 1",
        "ties",
        over.sort("actor", "channel", "year"),
        "share",
        expected="shares of one actor, channel, year and total (of_what) that add up to 1 at the most",
    )
