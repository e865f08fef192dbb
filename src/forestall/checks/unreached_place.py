"""W205: a place off the open network, or one from which no open way leads to a host."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl

from forestall.checks.rows import found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.roads import PASSABLE, corridors_in_use, leading_to

ON_THE_NETWORK = ("settlement", "crossing", "junction", "site")
EXPECTED = "a corridor with the status " + ", ".join(PASSABLE)


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every such place; a corridor without a status is not known to be open, nor shut."""
    if not crisis.has("corridors"):
        return
    corridors, status = crisis["corridors"], crisis.status("corridor_status")
    hosts = crisis["places"].filter(pl.col("hosts"))["place"].to_list()
    needed = pl.col("kind").is_in(ON_THE_NETWORK) | pl.col("hosts").fill_null(value=False)
    rows = with_lines(crisis, "places").filter(needed)
    open_ways, no_shut_ways = (
        Ways.of(corridors_in_use(corridors, status, unknown=unknown), hosts) for unknown in (False, True)
    )
    told = set[str]()
    for touched, message in (
        (no_shut_ways.touched, "every corridor that starts or ends here is shut, or there is none"),
        (open_ways.touched, "no corridor here is known to be open: of some no status is known"),
        *((no_shut_ways.leading, "no way that is not shut leads from here to a place that hosts people"),)
        * bool(hosts),
        *((open_ways.leading, "no way known to be open leads from here to a place that hosts people"),)
        * bool(hosts),
    ):
        left = rows.filter(~pl.col("place").is_in(sorted(touched | told)))
        yield from found("W205", message, "places", left, "place", expected=EXPECTED)
        told |= set(left["place"])


class Ways(NamedTuple):
    """Places that ways start or end at, and places from which they lead to a host."""

    touched: set[str]
    leading: set[str]

    @classmethod
    def of(cls, corridors: pl.DataFrame, hosts: Sequence[str]) -> "Ways":
        """Return both for some corridors."""
        pairs = list(corridors.select("from_place", "to_place").iter_rows())
        return cls({place for pair in pairs for place in pair}, leading_to(hosts, pairs))
