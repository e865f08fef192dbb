"""W205: a place off the open network, or one from which no open way leads to a host."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import polars as pl

from forestall.checks.rows import found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis

ON_THE_NETWORK = ("settlement", "crossing", "junction", "site")


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every such place; a corridor without a status is not open."""
    if not crisis.has("corridors"):
        return
    open_ones = crisis.status("corridor_status").filter(pl.col("status") != "closed")["corridor"]
    usable = crisis["corridors"].filter(pl.col("corridor").is_in(open_ones.implode()))
    ends = pl.concat([usable["from_place"], usable["to_place"]]).unique()
    needed = pl.col("kind").is_in(ON_THE_NETWORK) | pl.col("hosts").fill_null(value=False)
    touched = pl.col("place").is_in(ends.implode())
    rows = with_lines(crisis, "places").filter(needed & ~touched)
    message = "no corridor that is open by its last status starts or ends here"
    expected = "a corridor with a status other than closed"
    yield from found("W205", message, "places", rows, "place", expected=expected)
    hosts = crisis["places"].filter(pl.col("hosts"))["place"].to_list()
    if hosts:
        joined = pl.Series(sorted(leading_to(hosts, usable.select("from_place", "to_place").iter_rows())))
        left = with_lines(crisis, "places").filter(
            needed & touched & ~pl.col("place").is_in(joined.implode())
        )
        message = "no way over open corridors leads from here to a place that hosts people"
        yield from found("W205", message, "places", left, "place", expected=expected)


def leading_to(goals: Iterable[str], ways: Iterable[tuple[str, str]]) -> set[str]:
    """Return the places from which a goal can be reached, goals included.

    Examples
    --------
    >>> sorted(leading_to(["c"], [("a", "b"), ("b", "c"), ("x", "y")]))
    ['a', 'b', 'c']
    """
    before = defaultdict(list)
    for start, end in ways:
        before[end].append(start)
    reached, open_ends = set(goals), list(goals)
    while open_ends:
        for start in before[open_ends.pop()]:
            if start not in reached:
                reached.add(start)
                open_ends.append(start)
    return reached
