"""The network as dense slots: where a person can be, and where each step leads.

A person is in a *place slot* (place, pending route, first journey or not) or in a *road slot*
(directed link, pending route, first journey or not, km credited so far, closed under way or not).
All slots that can ever be reached are listed once, before the run, so that the kernel only follows
numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from forestall.core.arrays import Floats, Hashes, Ints
from forestall.core.errors import CrisisError, Finding
from forestall.flee.engine.instance import FleeInstance, Link
from forestall.flee.engine.rules import RuleSet

MAX_PATHS = 200_000
"""Most candidate paths that are listed; beyond, the awareness level is refused."""
MAX_SLOTS = 5_000_000
"""Most slots that are listed."""

Keys = Hashes
Route = tuple[int, ...]


class Network(NamedTuple):
    """Arrays over place slots, candidate paths and road slots."""

    slot_place: Ints
    slot_pending: Ints
    slot_base: Ints
    slot_entry: Ints
    slot_link: Ints
    slot_goal: Ints
    slot_key: Keys
    path_first: Ints
    path_goal: Ints
    path_link: Ints
    path_entry: Ints
    path_km_factor: Floats
    path_home_factor: Floats
    road_link: Ints
    road_km: Floats
    road_credit: Floats
    road_speed: Floats
    road_walk_speed: Floats
    road_walk_chance: Floats
    road_next: Ints
    road_next_walk: Ints
    road_arrival: Ints
    road_start: Ints
    road_closed: Ints
    road_doomed: Ints
    road_key: Keys
    link_first: Ints
    link_slots: Ints
    way_first: Ints
    way_link: Ints


@dataclass(frozen=True, slots=True)
class Directed:
    """One direction of a link; ``travelled`` is the first of its equals, the one people travel."""

    start: int
    end: int
    km: float
    speed: float
    walk_chance: float


@dataclass
class Slots:
    """The lists of slots while they are being made."""

    travelled: dict[tuple[int, int], int]
    directed: list[Directed]
    feet: int
    places: int
    walk_speed: float
    closures: bool
    place_index: dict[tuple[int, Route], int] = field(default_factory=dict)
    place_rows: list[tuple[int, Route]] = field(default_factory=list)
    road_index: dict[tuple[int, Route, int, float, int], int] = field(default_factory=dict)
    road_rows: list[tuple[int, Route, int, float, int]] = field(default_factory=list)
    todo: list[int] = field(default_factory=list)

    def place(self, place: int, route: Route) -> int:
        """Return the slot of a place with a pending route; without one it is the base slot."""
        if not route:
            return place
        key = (place, route)
        if key not in self.place_index:
            self.place_index[key] = self.feet * self.places + len(self.place_rows)
            self.place_rows.append(key)
            self._enter_next(place, route)
        return self.place_index[key]

    def _enter_next(self, place: int, route: Route) -> None:
        """List the road slot that the next link of a pending route starts with."""
        link = self.travelled.get((place, route[0]))
        if link is not None:
            self.road(link, route[1:], 0, 0.0, 0)

    def road(self, link: int, route: Route, foot: int, credit: float, doomed: int) -> int:
        """Return the road slot, listed and marked to be followed up where it is new."""
        key = (link, route, foot, round(credit, 6), doomed)
        if key not in self.road_index:
            if len(self.road_rows) >= MAX_SLOTS:
                raise CrisisError([_too_many("states on the road", MAX_SLOTS)])
            self.road_index[key] = len(self.road_rows)
            self.todo.append(len(self.road_rows))
            self.road_rows.append(key)
        return self.road_index[key]


def _too_many(what: str, limit: int) -> Finding:
    return Finding(
        "E472",
        "error",
        f"the awareness level would need more than {limit:,} {what}",
        table="crisis.toml",
        column="displace.flee.awareness_level",
        expected="a lower awareness_level, or a smaller network",
    )


def build_network(instance: FleeInstance, rules: RuleSet) -> tuple[Network, list[Directed]]:
    """Return the network of an instance as arrays, and its directed links.

    Raises
    ------
    CrisisError
        Where the awareness level would list more than ``MAX_PATHS`` paths.
    """
    settings = instance.settings.effective()
    directed, copies = directed_links(instance, rules)
    travelled: dict[tuple[int, int], int] = {}
    for number, link in enumerate(directed):
        travelled.setdefault((link.start, link.end), number)
    feet = 2 if settings.start_on_foot else 1
    slots = Slots(
        travelled, directed, feet, len(instance.places), settings.max_walk_speed, bool(instance.closures)
    )
    paths = list(_all_paths(instance, directed, copies, max(settings.awareness_level, 1)))
    entries = [_entries(slots, origin, nodes) for origin, nodes, _, _ in paths]
    rows = _follow(slots)
    return _arrays(instance, slots, paths, entries, rows), directed


def directed_links(instance: FleeInstance, rules: RuleSet) -> tuple[list[Directed], list[int]]:
    """Return both directions of every link, and how often each is a candidate."""
    settings = instance.settings.effective()
    index = instance.index()
    directed, copies = [], []
    for link in instance.links:
        speed = settings.max_move_speed if link.max_move_speed is None else link.max_move_speed
        for start, end in ((link.start, link.end), (link.end, link.start)):
            directed.append(Directed(index[start], index[end], link.km, speed, link.walk_probability))
            copies.append(_copies(link, rules))
    return directed, copies


def _copies(link: Link, rules: RuleSet) -> int:
    return 1 if rules.mends("forced_redirection_doubles") else link.copies


Path = tuple[int, Route, float, tuple[int, ...]]


def _all_paths(
    instance: FleeInstance, directed: list[Directed], copies: list[int], level: int
) -> Iterator[Path]:
    """Yield (origin, places on the way, km, links) of every candidate path, origin by origin."""
    leaving: list[list[int]] = [[] for _ in instance.places]
    for number, link in enumerate(directed):
        leaving[link.start] += [number] * copies[number]
    marker = [place.kind == "marker" for place in instance.places]
    count = 0
    for origin in range(len(instance.places)):
        for path in _paths_from(origin, leaving, directed, marker, level):
            count += 1
            if count > MAX_PATHS and level > 1:
                raise CrisisError([_too_many("paths", MAX_PATHS)])
            yield path


def _paths_from(
    origin: int, leaving: list[list[int]], directed: list[Directed], marker: list[bool], level: int
) -> Iterator[Path]:
    """Yield the simple paths from one origin with at most ``level`` places that are no markers."""
    stack: list[tuple[Route, float, tuple[int, ...], int]] = [((), 0.0, (), 0)]
    while stack:
        nodes, km, links, depth = stack.pop()
        here = nodes[-1] if nodes else origin
        for number in reversed(leaving[here]):
            link = directed[number]
            if link.end == origin or link.end in nodes:
                continue
            depth_there = depth + (0 if marker[link.end] else 1)
            if depth_there <= level:
                stack.append(((*nodes, link.end), km + link.km, (*links, number), depth_there))
        if nodes and not marker[here]:
            yield origin, nodes, km, links


def _entries(slots: Slots, origin: int, nodes: Route) -> list[int]:
    """Return the road slot a path starts with, for people on a later and on their first journey."""
    link = slots.travelled[(origin, nodes[0])]
    return [slots.road(link, nodes[1:], foot, 0.0, 0) for foot in range(slots.feet)]


def _follow(slots: Slots) -> list[tuple[int, int, int, int, int]]:
    """Follow every road slot up: next when driven, next when walked, arrival, start, closed."""
    rows: list[tuple[int, int, int, int, int]] = []
    while slots.todo:
        batch, slots.todo = slots.todo, []
        rows += [_follow_one(slots, number) for number in batch]
    return rows


def _follow_one(slots: Slots, number: int) -> tuple[int, int, int, int, int]:
    link, route, foot, credit, doomed = slots.road_rows[number]
    road = slots.directed[link]
    speed = slots.walk_speed if foot else road.speed

    def after(distance: float) -> int:
        reached = credit + distance
        return -1 if reached > road.km else slots.road(link, route, foot, reached, doomed)

    walked = after(slots.walk_speed) if road.walk_chance > 0 else -1
    driven = after(speed) if road.walk_chance < 1 else -1
    closed = slots.road(link, route, foot, credit, 1) if slots.closures and not doomed else -1
    back = slots.place(road.start, route) if slots.closures else road.start
    return driven, walked, slots.place(road.end, route), back, closed


def _arrays(
    instance: FleeInstance,
    slots: Slots,
    paths: list[Path],
    entries: list[list[int]],
    rows: list[tuple[int, int, int, int, int]],
) -> Network:
    settings = instance.settings.effective()
    roads = [slots.directed[row[0]] for row in slots.road_rows]
    road = np.array(rows, dtype=np.int64).reshape(-1, 5)
    foot = np.array([row[2] for row in slots.road_rows], dtype=bool)
    speed = np.array([r.speed for r in roads])
    km = np.array([path[2] for path in paths])
    order = np.argsort([row[0] for row in slots.road_rows], kind="stable").astype(np.int64)
    links = np.array([row[0] for row in slots.road_rows], dtype=np.int64)
    return Network(
        **_place_arrays(instance, slots),
        path_first=_starts([path[0] for path in paths], len(instance.places)),
        path_goal=np.array([path[1][-1] for path in paths], dtype=np.int64),
        path_link=np.array([path[3][0] for path in paths], dtype=np.int64),
        path_entry=np.array(entries, dtype=np.int64).reshape(-1, slots.feet),
        path_km_factor=1.0 / (settings.softening + km) ** settings.distance_power,
        path_home_factor=np.ones(len(paths)),
        road_link=links,
        road_km=np.array([r.km for r in roads]),
        road_credit=np.array([row[3] for row in slots.road_rows]),
        road_speed=np.where(foot, settings.max_walk_speed, speed) if roads else speed,
        road_walk_speed=np.full(len(roads), settings.max_walk_speed),
        road_walk_chance=np.array([r.walk_chance for r in roads]),
        road_next=road[:, 0].copy(),
        road_next_walk=road[:, 1].copy(),
        road_arrival=road[:, 2].copy(),
        road_start=road[:, 3].copy(),
        road_closed=road[:, 4].copy(),
        road_doomed=np.array([row[4] for row in slots.road_rows], dtype=np.int64),
        road_key=_road_keys(instance, slots),
        link_first=_starts(links[order].tolist(), len(slots.directed)),
        link_slots=order,
        way_first=np.cumsum([0, *(len(path[3]) for path in paths)]).astype(np.int64),
        way_link=np.array([link for path in paths for link in path[3]], dtype=np.int64),
    )


def _place_arrays(instance: FleeInstance, slots: Slots) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays over place slots: the base slots (by foot), then those with a route."""
    base = [(p, ()) for _ in range(slots.feet) for p in range(slots.places)]
    rows: list[tuple[int, Route]] = [*base, *slots.place_rows]
    entry, link = [], []
    for here, route in rows:
        number = slots.travelled.get((here, route[0]), -1) if route else -1
        link.append(number)
        entry.append(slots.road(number, route[1:], 0, 0.0, 0) if number >= 0 else -1)
    positions = np.arange(len(rows), dtype=np.int64)
    place = np.array([row[0] for row in rows], dtype=np.int64)
    return {
        "slot_place": place,
        "slot_pending": np.array([bool(row[1]) for row in rows], dtype=np.int64),
        "slot_base": np.where(positions < slots.feet * slots.places, positions, place),
        "slot_entry": np.array(entry, dtype=np.int64),
        "slot_link": np.array(link, dtype=np.int64),
        "slot_goal": np.array([row[1][-1] if row[1] else -1 for row in rows], dtype=np.int64),
        "slot_key": np.array([_place_key(instance, number, row) for number, row in enumerate(rows)]),
    }


def _starts(owners: list[int], size: int) -> Ints:
    """Return where the rows of each owner start, for rows sorted by owner."""
    return np.searchsorted(np.array(owners, dtype=np.int64), np.arange(size + 1)).astype(np.int64)


def _key(*parts: object) -> np.uint64:
    text = "\x1f".join(str(part) for part in parts)
    return np.uint64(int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little"))


def _place_key(instance: FleeInstance, number: int, row: tuple[int, Route]) -> np.uint64:
    """Return the key of a place slot, made of names, so that other places never shift it."""
    foot = number // len(instance.places) if not row[1] else 0
    return _key(instance.places[row[0]].name, foot, *(instance.places[p].name for p in row[1]))


def _road_keys(instance: FleeInstance, slots: Slots) -> Keys:
    names = [place.name for place in instance.places]
    keys = []
    for link, route, foot, credit, doomed in slots.road_rows:
        road = slots.directed[link]
        keys.append(
            _key("road", names[road.start], names[road.end], foot, credit, doomed, *(names[p] for p in route))
        )
    return np.array(keys, dtype=np.uint64)
