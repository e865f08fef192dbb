"""Route choice: the cheapest routes on the whole open network, and a logit among them.

The generalised cost of a corridor is its free-flow time plus, for each place in conflict that it
leads into, the detour people accept to avoid it.  Up to a stated number of places every origin
gets its k cheapest loopless routes to any place of reception (Yen 1971 [1]_ over Dijkstra 1959
[2]_); in larger networks the cheapest route to each of the k cheapest sites, with one reverse
shortest-path tree per site.  A route is chosen with probability (McFadden 1974 [3]_)

    p_j = exp(-theta c_j) / sum_i exp(-theta c_i).

People with the same remaining route on the same corridor are exchangeable, so routes are kept as
a forest of *slots*: a corridor, how it is travelled, and the slot that follows.

References
----------
.. [1] Yen, J. Y. (1971). Finding the k shortest loopless paths in a network. Management Science
   17(11), 712-716. doi:10.1287/mnsc.17.11.712
.. [2] Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische
   Mathematik 1, 269-271. doi:10.1007/BF01386390
.. [3] McFadden, D. (1974). Conditional logit analysis of qualitative choice behavior. In P.
   Zarembka (ed.), Frontiers in Econometrics, 105-142. Academic Press.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from forestall.core.arrays import Bools, Floats, Ints
from forestall.displacement.network import Network

Adjacency = Mapping[int, Sequence[tuple[int, int, float]]]
"""Corridors that leave a place: (corridor, end, cost)."""


@dataclass(frozen=True, slots=True)
class Route:
    """Corridors from an origin to a place of reception, in order, with their cost in hours."""

    corridors: tuple[int, ...]
    cost: float


def adjacency(network: Network, cost: Floats, usable: Bools) -> dict[int, list[tuple[int, int, float]]]:
    """Return the usable corridors by the place they leave; a corridor to itself is left out."""
    leaving: dict[int, list[tuple[int, int, float]]] = {}
    for e in np.flatnonzero(usable & (network.start != network.end)):
        leaving.setdefault(int(network.start[e]), []).append((int(e), int(network.end[e]), float(cost[e])))
    return leaving


def cheapest(
    leaving: Adjacency,
    origin: int,
    targets: frozenset[int],
    barred_places: frozenset[int] = frozenset(),
    barred_corridors: frozenset[int] = frozenset(),
) -> Route | None:
    """Return the cheapest route to the nearest target, or None (Dijkstra 1959).

    Among routes of equal cost the one with the smaller corridor numbers is taken, so that the
    answer does not depend on the order of the tables.
    """
    queue: list[tuple[float, tuple[int, ...], int]] = [(0.0, (), origin)]
    settled: set[int] = set()
    while queue:
        spent, path, here = heapq.heappop(queue)
        if here in settled:
            continue
        if here in targets:
            return Route(path, spent)
        settled.add(here)
        for corridor, end, cost in leaving.get(here, ()):
            if end not in settled and end not in barred_places and corridor not in barred_corridors:
                heapq.heappush(queue, (spent + cost, (*path, corridor), end))
    return None


def cheapest_routes(
    network: Network, leaving: Adjacency, cost: Floats, origin: int, targets: frozenset[int], k: int
) -> list[Route]:
    """Return the k cheapest loopless routes from an origin to any target, cheapest first (Yen 1971)."""
    first = cheapest(leaving, origin, targets)
    if first is None or not first.corridors:
        return []
    found = [first]
    candidates: list[tuple[float, tuple[int, ...]]] = []
    seen = {first.corridors}
    while len(found) < k:
        for route in _deviations(network, leaving, cost, origin, targets, found):
            if route.corridors not in seen:
                seen.add(route.corridors)
                heapq.heappush(candidates, (route.cost, route.corridors))
        if not candidates:
            break
        spent, path = heapq.heappop(candidates)
        found.append(Route(path, spent))
    return found


def _deviations(
    network: Network,
    leaving: Adjacency,
    cost: Floats,
    origin: int,
    targets: frozenset[int],
    found: Sequence[Route],
) -> list[Route]:
    """Return the cheapest routes that leave the last found one at each of its places."""
    last = found[-1].corridors
    routes = []
    for i in range(len(last)):
        root = last[:i]
        spur = origin if i == 0 else int(network.end[last[i - 1]])
        barred = frozenset(r.corridors[i] for r in found if r.corridors[:i] == root and len(r.corridors) > i)
        visited = frozenset([origin, *(int(network.end[e]) for e in root)])
        rest = cheapest(leaving, spur, targets, visited, barred)
        if rest is not None and rest.corridors:
            routes.append(Route((*root, *rest.corridors), float(cost[list(root)].sum()) + rest.cost))
    return routes


def routes_by_site(
    network: Network, cost: Floats, usable: Bools, origins: Sequence[int], targets: Sequence[int], k: int
) -> list[list[Route]]:
    """Return per origin the cheapest route to each of its k cheapest sites.

    One reverse shortest-path tree per site (Dijkstra 1959) serves all origins.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    size, chosen = len(network.places), np.flatnonzero(usable & (network.start != network.end))
    order = chosen[np.lexsort((chosen, cost[chosen], network.start[chosen], network.end[chosen]))]
    pair = network.end[order] * size + network.start[order]
    best = order[np.concatenate([[True], pair[1:] != pair[:-1]])] if len(order) else order
    # scipy reads an explicit 0 as "no edge"; a second is added to corridors without length
    graph = csr_array(
        (np.maximum(cost[best], 1 / 3600), (network.end[best], network.start[best])), shape=(size, size)
    )
    by_pair = dict(zip((network.end[best] * size + network.start[best]).tolist(), best.tolist(), strict=True))
    distances = np.full((len(targets), len(origins)), np.inf)
    trees = []
    for row, target in enumerate(targets):
        far, tree = dijkstra(graph, indices=int(target), return_predecessors=True)
        distances[row] = far[np.asarray(origins)]
        trees.append(tree.astype(np.int32))
    return [
        _from_trees(distances[:, o], trees, by_pair, size, int(origin), k) for o, origin in enumerate(origins)
    ]


def _from_trees(
    distance: Floats, trees: Sequence[Ints], by_pair: Mapping[int, int], size: int, origin: int, k: int
) -> list[Route]:
    """Return the routes from one origin to its k cheapest sites, cheapest first."""
    rows = [
        int(r)
        for r in np.argsort(distance, kind="stable")[:k]
        if np.isfinite(distance[r]) and distance[r] > 0
    ]
    routes = []
    for row in rows:
        path, here = [], origin
        while trees[row][here] >= 0:
            after = int(trees[row][here])
            path.append(by_pair[after * size + here])
            here = after
        routes.append(Route(tuple(path), float(distance[row])))
    return routes


def logit(cost: Floats, sensitivity: float) -> Floats:
    """Return the share of people on each route, p_j = exp(-theta c_j) / sum exp(-theta c_i) (McFadden 1974).

    Examples
    --------
    >>> logit(np.array([1.0, 1.0]), 0.5).tolist()
    [0.5, 0.5]
    """
    weight = np.exp(-sensitivity * (cost - cost.min()))
    return np.asarray(weight / weight.sum(), dtype=np.float64)


@dataclass(eq=False)
class SlotForest:
    """Corridors with what follows them: one slot per distinct remaining route.

    ``lane`` is the corridor for vehicles, or the number of corridors plus it for walkers.
    """

    network: Network
    walking_hours: Floats
    lane: list[int] = field(default_factory=list)
    following: list[int] = field(default_factory=list)
    site: list[int] = field(default_factory=list)
    remaining_hours: list[float] = field(default_factory=list)
    known: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def add(self, corridors: Sequence[int], *, walking: bool, site: int) -> int:
        """Add a route and return its first slot; shared remainders are shared slots."""
        slot = -1
        for corridor in reversed(corridors):
            slot = self._slot(corridor, slot, site if slot < 0 else -1, walking=walking)
        return slot

    def _slot(self, corridor: int, following: int, site: int, *, walking: bool) -> int:
        on_foot = walking or bool(self.network.on_foot[corridor])
        lane = corridor + (len(self.network.corridors) if on_foot else 0)
        key = (lane, following, site)
        if key not in self.known:
            self.known[key] = len(self.lane)
            hours = float((self.walking_hours if on_foot else self.network.hours)[corridor])
            self.lane.append(lane)
            self.following.append(following)
            self.site.append(site)
            self.remaining_hours.append(hours + (self.remaining_hours[following] if following >= 0 else 0.0))
        return self.known[key]

    def rest(self, slot: int) -> list[int]:
        """Return the corridors that follow a slot."""
        path, here = [], self.following[slot]
        while here >= 0:
            path.append(self.lane[here] % len(self.network.corridors))
            here = self.following[here]
        return path

    def delays(self, step_hours: float) -> Ints:
        """Return each slot's travel time in whole steps.

        The remaining time to the end of the route is rounded, not the time of each corridor, so
        that rounding errs by half a step over the whole route however many corridors it has.
        """
        rounded = np.floor(np.array(self.remaining_hours) / step_hours + 0.5).astype(np.int64)
        following = np.array(self.following, dtype=np.int64)
        return (
            np.asarray(rounded - np.where(following >= 0, rounded[following], 0), dtype=np.int64)
            if len(rounded)
            else rounded
        )
