"""W249: a disputed provision that does not say how each side reads it."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import LINE, found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every disputed status with fewer than two readings."""
    rows = with_lines(crisis, "provision_status").filter(pl.col("status") == "disputed")
    told = pl.col("readings").fill_null("").str.split("|").list.eval(pl.element().str.contains(r"\S:\s*\S"))
    one_sided = rows.filter(told.list.sum() < 2).sort(LINE)
    yield from found(
        "W249",
        "a disputed provision does not name both readings",
        "provision_status",
        one_sided,
        "readings",
        expected="one side: what it says | the other: what it says",
    )
