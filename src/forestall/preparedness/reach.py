"""Which place supplies can reach from which site, in how many hours, over which corridors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from forestall.core.arrays import Bools, Counts, Floats
from forestall.roads import corridors_in_use

FREE_KM_PER_HOUR = 40.0
"""Speed of a loaded lorry where a corridor gives no free-flow time."""


@dataclass(frozen=True, eq=False)
class Reach:
    """Hours and corridors from each site to each place.

    Attributes
    ----------
    hours
        Driving hours, shape (sites, places); infinite where no open corridor leads.
    corridors
        Names of the corridors used by any of these ways.
    path
        Whether the way uses a corridor, shape (corridors, sites, places).
    """

    hours: Floats
    corridors: tuple[str, ...]
    path: Bools


def open_corridors(corridors: pl.DataFrame, status: pl.DataFrame) -> pl.DataFrame:
    """Return the corridors that stored supplies are known to be able to use.

    Nothing is planned over a road of which no status is known; the plan says how many were left out.

    Parameters
    ----------
    corridors
        Table ``corridors``.
    status
        Latest status by corridor.
    """
    return corridors_in_use(corridors, status, unknown=False)


def shortest_ways(corridors: pl.DataFrame, sites: Sequence[str], places: Sequence[str]) -> Reach:
    """Return the shortest ways from sites to places over the given corridors.

    Parameters
    ----------
    corridors
        Corridors that can be used, from :func:`open_corridors`.
    sites, places
        Places at which supplies are stored and needed.

    References
    ----------
    Dijkstra, E. W. (1959), A note on two problems in connexion with graphs, Numerische
    Mathematik 1:269-271, https://doi.org/10.1007/BF01386390
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    nodes = sorted({*corridors["from_place"], *corridors["to_place"], *sites, *places})
    position = {node: number for number, node in enumerate(nodes)}
    best = _fastest(corridors)
    start, end = ([position[place] for place in best[c]] for c in ("from_place", "to_place"))
    graph = csr_matrix((best["hours"].to_numpy(), (start, end)), shape=(len(nodes), len(nodes)))
    sources = [position[site] for site in sites]
    hours, before = dijkstra(graph, indices=sources, return_predecessors=True)
    names = {
        (position[f], position[t]): c
        for f, t, c in best.select("from_place", "to_place", "corridor").iter_rows()
    }
    targets = [position[place] for place in places]
    used, path = _paths(before, sources, targets, names)
    return Reach(np.asarray(hours[:, targets], dtype=np.float64), used, path)


def not_shut(corridors: pl.DataFrame, status: pl.DataFrame) -> pl.DataFrame:
    """Return the corridors that are not known to be shut: what nobody knows closes no place in.

    Parameters
    ----------
    corridors
        Table ``corridors``.
    status
        Latest status by corridor.
    """
    return corridors_in_use(corridors, status, unknown=True)


def closed_in(corridors: pl.DataFrame, inside: Sequence[str], hosts: Sequence[str]) -> set[str]:
    """Return the places that corridors join to people inside but to no place that hosts.

    Parameters
    ----------
    corridors
        Corridors that are not known to be shut, from :func:`not_shut`.
    inside
        Places with people still inside the exposed area.
    hosts
        Places that host.
    """
    ways = corridors.select("from_place", "to_place")
    return _joined(ways, set(inside)) - _joined(ways, set(hosts))


def _joined(ways: pl.DataFrame, start: set[str]) -> set[str]:
    """Return every place joined to the start in either direction."""
    found, grown = set[str](), set(start)
    while grown - found:
        found = set(grown)
        touched = ways.filter(pl.col("from_place").is_in(list(found)) | pl.col("to_place").is_in(list(found)))
        grown = found | set(touched["from_place"]) | set(touched["to_place"])
    return found


def _fastest(corridors: pl.DataFrame) -> pl.DataFrame:
    """Return the fastest corridor between each two places with its hours, never 0."""
    hours = pl.col("free_hours").fill_null(pl.col("km") / FREE_KM_PER_HOUR).clip(lower_bound=1e-6)
    return (
        corridors.filter(pl.col("from_place") != pl.col("to_place"))
        .with_columns(hours=hours)
        .sort("hours", "corridor")
        .unique(["from_place", "to_place"], keep="first", maintain_order=True)
    )


def _paths(
    before: Counts,
    sources: Sequence[int],
    targets: Sequence[int],
    names: dict[tuple[int, int], str],
) -> tuple[tuple[str, ...], Bools]:
    """Return the corridors used and by which (source, target)."""
    ways: dict[str, list[tuple[int, int]]] = {}
    for i, source in enumerate(sources):
        for j, target in enumerate(targets):
            node = target
            while node != source and before[i, node] >= 0:
                ways.setdefault(names[int(before[i, node]), node], []).append((i, j))
                node = int(before[i, node])
    used = tuple(sorted(ways))
    path = np.zeros((len(used), len(sources), len(targets)), dtype=np.bool_)
    for number, name in enumerate(used):
        for i, j in ways[name]:
            path[number, i, j] = True
    return used, path
