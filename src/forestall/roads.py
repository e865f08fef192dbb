"""What a corridor can be used for by its status, who may pass, and what can be reached from where.

This is the one home of the question. A corridor of which no status is known is unknown: it is never
called open and never called shut, and whoever has to go on without knowing says so.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import polars as pl

from forestall.core.arrays import Bools
from forestall.core.random import uniforms


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


class UnknownRoads(NamedTuple):
    """What is assumed of roads of which no status is known, from ``roads.csv``.

    Parameters
    ----------
    a, b : float
        Parameters of the beta distribution of the chance that such a road can be used.
    patterns, patterns_large : int
        Patterns that the draws share; the second on networks too large for detailed routes.
    """

    a: float
    b: float
    patterns: int
    patterns_large: int

    @property
    def words(self) -> str:
        """The assumption in words."""
        return f"beta({self.a:g}, {self.b:g}), mean {self.a / (self.a + self.b):.2f}"


@cache
def unknown_roads() -> UnknownRoads:
    """Return what is assumed of roads of which no status is known.

    Examples
    --------
    >>> unknown_roads().words
    'beta(4, 1), mean 0.80'
    """
    text = files("forestall").joinpath("roads.csv").read_text(encoding="utf-8")
    values = {row["name"]: float(row["value"]) for row in csv.DictReader(text.splitlines())}
    counts = (int(values["patterns"]), int(values["patterns_large"]))
    return UnknownRoads(values["usable_a"], values["usable_b"], *counts)


def usable_if_unknown(ways: Sequence[tuple[str, str]], seed: int, patterns: int) -> Bools:
    """Draw whether each way can be used, should nothing be known of it; both directions share their fate.

    The chance is drawn for each pattern, then each road by itself: what nobody knows of one road
    tells little of the next, but whether roads can be used at all holds for all.

    Parameters
    ----------
    ways : sequence of (str, str)
        From where and to where.
    seed : int
        Seed of the run.
    patterns : int
        How many patterns.

    Returns
    -------
    array of bool, shape (patterns, ways)

    Examples
    --------
    >>> there_and_back = usable_if_unknown([("a", "b"), ("b", "a")], 1, 8)
    >>> bool((there_and_back[:, 0] == there_and_back[:, 1]).all())
    True
    """
    from scipy.special import betaincinv

    prior = unknown_roads()
    chance = betaincinv(prior.a, prior.b, uniforms(seed, "unknown roads", patterns))
    drawn = [uniforms(seed, "unknown road", patterns, place="|".join(sorted(way))) < chance for way in ways]
    return np.stack(drawn, axis=1) if drawn else np.ones((patterns, 0), dtype=np.bool_)


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
