"""W205: a place from which, and to which, no open corridor leads."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis

ON_THE_NETWORK = ("settlement", "crossing", "junction", "site")


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every place off the open network; a corridor without a status is not open."""
    if not crisis.has("corridors"):
        return
    open_ones = crisis.status("corridor_status").filter(pl.col("status") != "closed")["corridor"]
    usable = crisis["corridors"].filter(pl.col("corridor").is_in(open_ones.implode()))
    ends = pl.concat([usable["from_place"], usable["to_place"]]).unique()
    needed = pl.col("kind").is_in(ON_THE_NETWORK) | pl.col("hosts").fill_null(value=False)
    rows = with_lines(crisis, "places").filter(needed & ~pl.col("place").is_in(ends.implode()))
    message = "no corridor that is open by its last status starts or ends here"
    yield from found(
        "W205", message, "places", rows, "place", expected="a corridor with a status other than closed"
    )
