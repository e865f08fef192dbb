"""Road distances from places at war to sites, for each stretch of days with the same closures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forestall.core.arrays import Floats, Ints
from forestall.flee.engine.instance import Closure, FleeInstance, Link


@dataclass(frozen=True, eq=False)
class Ways:
    """Ways by stretch, origin and site.

    Parameters
    ----------
    stretch : array of int, shape (days,)
        Stretch of each day.
    km : array of float, shape (stretches, origins, sites)
        Shortest way; -1 where there is none or the site is closed.
    passed : array of float, same shape
        Sites on that way before its end.
    """

    stretch: Ints
    km: Floats
    passed: Floats


def closed_on(closure: Closure, day: int) -> bool:
    """Return whether a closure holds on a day; an end not after the start means for good."""
    return closure.start <= day and (closure.end <= closure.start or day < closure.end)


def stretches(closures: Sequence[Closure], days: int) -> list[int]:
    """Return the first day of each stretch in which nothing opens or closes."""
    turns = {0} | {day for c in closures for day in (c.start, c.end)}
    return sorted(day for day in turns if 0 <= day < days)


def ways_of(instance: FleeInstance, origins: Sequence[str], sites: Sequence[str]) -> Ways:
    """Return the ways of an instance by stretch.

    A country closure shuts all links between two countries. A closure of a place that names a second
    one shuts the links between the two; of a site alone, the site; of any other place, its links.
    """
    firsts = stretches(instance.closures, instance.days)
    found = [_on_day(instance, day, origins, sites) for day in firsts]
    stretch = np.searchsorted(firsts, np.arange(instance.days), side="right") - 1
    return Ways(stretch, np.stack([f[0] for f in found]), np.stack([f[1] for f in found]))


def _on_day(
    instance: FleeInstance, day: int, origins: Sequence[str], sites: Sequence[str]
) -> tuple[Floats, Floats]:
    """Return kilometres and sites passed on one day."""
    from scipy.sparse.csgraph import dijkstra

    index = instance.index()
    shut = [c for c in instance.closures if closed_on(c, day)]
    gone = {c.first for c in shut if c.kind not in ("country", "link") and not c.second}
    country = {p.name: p.country for p in instance.places}
    links = [link for link in instance.links if _open(link, shut, gone - set(sites), country)]
    start = [index[name] for name in origins]
    km, before = dijkstra(_matrix(links, index), directed=False, indices=start, return_predecessors=True)
    ends = [index[name] for name in sites]
    passed = np.array([[_sites_before(before[o], end, set(ends)) for end in ends] for o in range(len(start))])
    way = km[:, ends].reshape(len(start), len(ends))
    way[~np.isfinite(way)] = -1.0
    way[:, [name in gone for name in sites]] = -1.0
    return way, passed.astype(np.float64).reshape(way.shape)


def _open(link: Link, shut: Sequence[Closure], gone: Collection[str], country: dict[str, str]) -> bool:
    """Return whether a link can be used."""
    ends, lands = {link.start, link.end}, {country[link.start], country[link.end]}
    if ends & set(gone):
        return False
    for closure in shut:
        pair = {closure.first, closure.second}
        if closure.kind == "country" and pair == lands:
            return False
        if closure.kind != "country" and closure.second and pair == ends:
            return False
    return True


def _matrix(links: Sequence[Link], index: dict[str, int]) -> object:
    """Return the shortest link between each two places; a length of 0 counts as a metre."""
    from scipy.sparse import coo_array

    best: dict[tuple[int, int], float] = {}
    for link in links:
        a, b = sorted((index[link.start], index[link.end]))
        best[a, b] = min(best.get((a, b), np.inf), max(link.km, 0.001))
    rows, columns = [a for a, _ in best], [b for _, b in best]
    return coo_array((list(best.values()), (rows, columns)), shape=(len(index), len(index))).tocsr()


def _sites_before(before: Ints, end: int, sites: set[int]) -> int:
    """Return how many sites lie on the way to an end."""
    passed, place = 0, int(before[end])
    while place >= 0:
        passed += place in sites
        place = int(before[place])
    return passed
