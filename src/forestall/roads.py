"""What a corridor can be used for by its status, who may pass, and what can be reached from where.

This is the one home of the question. A corridor of which no status is known is unknown: it is never
called open and never called shut, and whoever has to go on without knowing says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import polars as pl


class Use(NamedTuple):
    """What a corridor can be used for; None = not known.

    Parameters
    ----------
    traffic : bool or None
        Whether people who leave, hosts and lorries with stored supplies may pass.
    relief : bool or None
        Whether convoys that every side agreed to may pass.
    freely : bool or None
        Whether both, in either direction and without limits.
    words : str
        The status, as people read it.
    """

    traffic: bool | None
    relief: bool | None
    freely: bool | None
    words: str


UNKNOWN = Use(None, None, None, "not assessed")
USES = {
    "open": Use(True, True, True, "open"),
    "one_way": Use(True, True, False, "one way"),
    "restricted": Use(True, True, False, "restricted"),
    "humanitarian_only": Use(False, True, False, "humanitarian transport only"),
    "closed": Use(False, False, False, "closed"),
}
"""By status, the least limited first."""


def use_of(status: str | None) -> Use:
    """Return what a corridor of a status can be used for.

    Parameters
    ----------
    status : str or None
        Latest status known; None where there is none.

    Examples
    --------
    >>> use_of("humanitarian_only").traffic, use_of("humanitarian_only").relief
    (False, True)
    >>> use_of(None).traffic is None
    True
    """
    return USES.get(status, UNKNOWN) if status is not None else UNKNOWN


PASSABLE = tuple(status for status, use in USES.items() if use.traffic)
"""Statuses under which people and stored supplies pass."""
SHUT = tuple(status for status, use in USES.items() if use.traffic is False)
"""Statuses under which they do not."""
LIMITED = tuple(status for status, use in USES.items() if use.freely is False)
"""Every status known to be less than open."""


def corridors_in_use(corridors: pl.DataFrame, status: pl.DataFrame, *, unknown: bool) -> pl.DataFrame:
    """Return the corridors that traffic uses, in order of their names.

    Parameters
    ----------
    corridors : polars.DataFrame
        The table ``corridors``.
    status : polars.DataFrame
        Latest status by corridor, from ``crisis.status("corridor_status")``.
    unknown : bool
        Whether corridors of which no status is known are among them.

    Examples
    --------
    >>> roads = pl.DataFrame({"corridor": ["a", "b", "c"]})
    >>> log = pl.DataFrame({"corridor": ["a", "b"], "status": ["open", "humanitarian_only"]})
    >>> corridors_in_use(roads, log, unknown=False)["corridor"].to_list()
    ['a']
    >>> corridors_in_use(roads, log, unknown=True)["corridor"].to_list()
    ['a', 'c']
    """
    known = status.select("corridor", "status")
    joined = corridors.join(known, on="corridor", how="left", maintain_order="left")
    passes = pl.col("status").is_in(PASSABLE)
    return joined.filter(passes.fill_null(unknown)).sort("corridor")


def without_status(corridors: pl.DataFrame, status: pl.DataFrame) -> list[str]:
    """Return the corridors of which no status is known.

    Examples
    --------
    >>> roads = pl.DataFrame({"corridor": ["a", "b"]})
    >>> without_status(roads, pl.DataFrame({"corridor": ["a"], "status": ["open"]}))
    ['b']
    """
    return corridors.join(status, on="corridor", how="anti")["corridor"].sort().to_list()


def leading_to(goals: Iterable[str], ways: Iterable[tuple[str, str]]) -> set[str]:
    """Return the places from which a goal can be reached, goals included.

    Parameters
    ----------
    goals : iterable of str
        Places to reach.
    ways : iterable of (str, str)
        Directed ways, from where and to where.

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
