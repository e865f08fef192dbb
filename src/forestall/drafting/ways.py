"""A network of roads simplified to the ways between places: one way for each pair of neighbours on it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from forestall.core.arrays import Counts, Floats, Ints
from forestall.core.geography import great_circle_km
from forestall.drafting.extract import Roads, classes

SNAP_KM = 15.0
"""Farthest that a place may lie from the road that is said to reach it."""
NOWHERE = -1


@dataclass(frozen=True, eq=False)
class Way:
    """The fastest way between two neighbouring places on the roads that were read.

    Parameters
    ----------
    one, other
        Numbers of the places.
    km, hours
        Length, and time at the free speeds of its classes.
    lanes
        Fewest lanes mapped in one direction; None where none are mapped.
    road_class
        Class of our tables that most of its length has.
    road
        Number or name that most of its length bears; empty where none is mapped.
    bridges
        Stretches on it that are mapped as bridges.
    junctions
        Numbers of the junctions that it passes, in order.
    """

    one: int
    other: int
    km: float
    hours: float
    lanes: float | None
    road_class: str
    road: str
    bridges: int
    junctions: Ints


def snapped(roads: Roads, lon: Floats, lat: Floats, within_km: float = SNAP_KM) -> Ints:
    """Return the junction nearest to each place, -1 where the nearest is too far or another place's.

    Parameters
    ----------
    roads
        As read.
    lon, lat
        Places in degrees, shape (places,).
    within_km
        Farthest that a junction may lie.
    """
    nearest = np.full(len(lon), NOWHERE, dtype=np.int64)
    for number, (x, y) in enumerate(zip(lon, lat, strict=True)):
        away = great_circle_km(x, y, roads.lon, roads.lat)
        found = int(away.argmin())
        if away[found] <= within_km and found not in nearest[:number]:
            nearest[number] = found
    return nearest


def ways_between(roads: Roads, at: Ints) -> list[Way]:
    """Return the fastest way between each two places that are neighbours on the roads.

    Every junction belongs to the place from which it is reached first; two places are neighbours where a
    stretch joins their territories. This is the network Voronoi diagram, found by one search from all places.

    Parameters
    ----------
    roads
        As read.
    at
        Junction of each place, -1 where it is on no road.

    References
    ----------
    Erwig, M. (2000), The graph Voronoi diagram with applications, Networks 36(3):156-163,
    https://doi.org/10.1002/1097-0037(200010)36:3<156::AID-NET2>3.0.CO;2-L
    """
    places = np.flatnonzero(at != NOWHERE)
    if len(places) < 2:
        return []
    single = _single(roads)
    one, other, hours = (single[name].to_numpy() for name in ("one", "other", "hours"))
    graph = csr_matrix((hours, (one, other)), shape=(len(roads.lon), len(roads.lon)))
    hence, before, source = dijkstra(
        graph, directed=False, indices=at[places], min_only=True, return_predecessors=True
    )
    owner = np.full(len(roads.lon), NOWHERE, dtype=np.int64)
    owner[at[places]] = places
    owner = np.where(source >= 0, owner[np.maximum(source, 0)], NOWHERE)
    meeting = single.with_columns(
        pl.Series("first", np.minimum(owner[one], owner[other])),
        pl.Series("second", np.maximum(owner[one], owner[other])),
        pl.Series("total", hence[one] + hours + hence[other]),
    ).filter((pl.col("first") >= 0) & (pl.col("first") != pl.col("second")))
    best = meeting.sort("total", "first", "second", "stretch").unique(
        ["first", "second"], keep="first", maintain_order=True
    )
    rows = _by_ends(single)
    return [_way(roads, rows, before, owner, row) for row in best.iter_rows(named=True)]


def _single(roads: Roads) -> pl.DataFrame:
    """Return one stretch for each pair of junctions: the fastest."""
    low, high = np.minimum(roads.one, roads.other), np.maximum(roads.one, roads.other)
    table = pl.DataFrame({"one": low, "other": high, "hours": roads.hours}).with_row_index("stretch")
    return table.sort("hours", "stretch").unique(["one", "other"], keep="first", maintain_order=True)


def _by_ends(single: pl.DataFrame) -> dict[tuple[int, int], int]:
    return {(one, other): row for one, other, row in single.select("one", "other", "stretch").iter_rows()}


def _way(
    roads: Roads,
    rows: dict[tuple[int, int], int],
    before: Counts,
    owner: Ints,
    meeting: dict[str, int],
) -> Way:
    """Follow the ways back from a meeting stretch to the places on both sides of it."""
    ends = (meeting["one"], meeting["other"])
    first, last = ends if owner[ends[0]] == meeting["first"] else ends[::-1]
    path = [*reversed(_back(before, first)), *_back(before, last)]
    steps = [rows[min(a, b), max(a, b)] for a, b in pairwise(path)]
    stretch = np.array(steps, dtype=np.int64)
    km = roads.km[stretch]
    lanes = roads.lanes[stretch]
    known = lanes[~np.isnan(lanes)]
    words = classes()["road_class"].to_list()
    return Way(
        meeting["first"], meeting["second"], float(km.sum()), float(roads.hours[stretch].sum()),
        max(float(known.min()) / 2, 1.0) if len(known) else None,
        _longest([words[kind] for kind in roads.kind[stretch]], km),
        _longest([roads.name[row] for row in stretch], km), int(roads.bridge[stretch].sum()),
        np.array(path, dtype=np.int64),
    )  # fmt: skip


def _back(before: Counts, junction: int) -> list[int]:
    """Return the junctions from one back to the place it belongs to."""
    path = [junction]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path


def _longest(words: list[str], km: Floats) -> str:
    """Return the word that most of the length bears; of two alike the first by alphabet."""
    sums: dict[str, float] = {}
    for word, length in zip(words, km, strict=True):
        sums[word] = sums.get(word, 0.0) + float(length)
    return min(sums, key=lambda word: (-sums[word], word))
