"""E147: an actor that depends on itself."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every tie of an actor to itself."""
    rows = with_lines(crisis, "ties").filter(pl.col("actor") == pl.col("partner"))
    message = "the tie binds an actor to itself"
    yield from found("E147", message, "ties", rows, "partner", expected="another actor than the one it is of")
