"""Corridors from the roads of an extract; what it does not reach keeps its derived link, and says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from forestall.core.arrays import Ints
from forestall.core.errors import CrisisError, Finding
from forestall.core.geography import great_circle_km
from forestall.drafting.choice import Places
from forestall.drafting.extract import Roads, classes
from forestall.drafting.land import SEA, turned_back
from forestall.drafting.roads import CROSSINGS_PER_NEIGHBOUR, Link, derived_links, joined
from forestall.drafting.tables import HOME, Ground, Row, area_corridors, both_ways, ground_of, link_rows
from forestall.drafting.ways import NOWHERE, SNAP_KM, Way, snapped, ways_between

OPENSTREETMAP = {
    "source": "openstreetmap",
    "url": "https://www.openstreetmap.org/copyright",
    "basis": "reported",
    "confidence": "medium",
}
SMALLEST_SHARE_AT_HOME = 0.2
"""An extract with fewer of its junctions on the land of the country is of another one."""
SAME_CROSSING_KM = 3.0
RING_KM, RING_POINTS = 12.0, 24
KM_A_DEGREE = 111.2
NAMED_AT_MOST = 8
FARTHEST_SITE_KM = 60.0
"""A site farther than this from every town of the crisis belongs to none of them."""


@dataclass(frozen=True)
class Crossing:
    """A mapped border crossing on a road.

    Parameters
    ----------
    junction
        Where it lies on the roads.
    neighbour
        Number of the state on the other side.
    """

    junction: int
    neighbour: int


@dataclass(frozen=True, eq=False)
class Mapped:
    """Corridors of a new crisis with what is to be known about them.

    Parameters
    ----------
    corridors, crossings
        Rows of the tables of corridors and places.
    findings
        Places that no road of the extract reaches.
    mapped
        Whether roads of an extract were read.
    sites
        Rows of the table of sites.
    """

    corridors: list[Row]
    crossings: list[Row]
    findings: list[Finding]
    mapped: bool = True
    sites: tuple[Row, ...] = ()


def mapped_corridors(chosen: Places, roads: Roads) -> Mapped:
    """Return the fastest ways between neighbouring places on the roads of an extract.

    Parameters
    ----------
    chosen
        Places of the crisis.
    roads
        As read from the extract.

    Raises
    ------
    CrisisError
        Where the extract is of another country.
    """
    ground = ground_of(chosen)
    under = ground.land.state(roads.lon, roads.lat)
    _same_country(chosen, under)
    at = snapped(roads, ground.towns["lon"].to_numpy(), ground.towns["lat"].to_numpy())
    over = [one for one in _crossings(roads, ground, at) if one.junction not in at]
    ways = ways_between(roads, np.concatenate([at, np.array([c.junction for c in over], dtype=np.int64)]))
    places = [_crossing_row(chosen, ground, roads, one, number) for number, one in enumerate(over, start=1)]
    names = [*ground.towns["place"].to_list(), *(str(row["place"]) for row in places)]
    states = [*ground.state.tolist(), *(one.neighbour for one in over)]
    kept = [way for way in ways if _allowed(way, states, len(ground.state))]
    rows = [row for way in kept for row in _measured(names[way.one], names[way.other], way)]
    onward, beyond = _onward(ground, roads, over, kept, names)
    links = [*((way.one, way.other) for way in kept), *beyond]
    rest = _still_derived(ground, at, {one.neighbour for one in over}, links)
    derived, more = link_rows(chosen, ground, rest, first=len(places) + 1)
    rows += [*onward, *derived, *area_corridors(chosen)]
    return Mapped(rows, [*places, *more], _unreached(ground, at), sites=tuple(_site_rows(ground, roads)))


def _same_country(chosen: Places, under: Ints) -> None:
    share = float((under == HOME).mean())
    if share < SMALLEST_SHARE_AT_HOME:
        message = f"{share:.0%} of the junctions of the extract lie in {chosen.country['name']}"
        expected = f"at least {SMALLEST_SHARE_AT_HOME:.0%}: an extract of that country"
        raise CrisisError([Finding("E507", "error", message, expected=expected, next="--osm FILE of it")])


def _crossings(roads: Roads, ground: Ground, at: Ints) -> list[Crossing]:
    """Return the mapped crossings out of the country, the largest roads first, some to each neighbour."""
    found: list[tuple[int, float, Crossing]] = []
    home = ground.state == HOME
    rank = _rank(roads)
    for lon, lat in roads.border:
        away = great_circle_km(lon, lat, roads.lon, roads.lat)
        junction = int(away.argmin())
        neighbour = _across(ground, lon, lat)
        if away[junction] > SAME_CROSSING_KM or neighbour == SEA or junction in at:
            continue
        km = great_circle_km(lon, lat, ground.towns["lon"].to_numpy(), ground.towns["lat"].to_numpy())
        found.append((int(rank[junction]), float(km[home].min()), Crossing(junction, neighbour)))
    return _few(roads, [one for _, _, one in sorted(found, key=lambda x: (x[0], x[1], x[2].junction))])


def _few(roads: Roads, ordered: Iterable[Crossing]) -> list[Crossing]:
    """Keep one of those that are the same crossing, and not more of a neighbour than are derived."""
    kept: list[Crossing] = []
    for one in ordered:
        own = [other for other in kept if other.neighbour == one.neighbour]
        junctions = [other.junction for other in kept]
        km = great_circle_km(
            roads.lon[one.junction], roads.lat[one.junction], roads.lon[junctions], roads.lat[junctions]
        )
        if len(own) < CROSSINGS_PER_NEIGHBOUR and not (km < SAME_CROSSING_KM).any():
            kept.append(one)
    return kept


def _rank(roads: Roads) -> Ints:
    """Return the rank of the largest road at each junction, 1 = motorway."""
    rank = np.full(len(roads.lon), np.iinfo(np.int64).max, dtype=np.int64)
    own = classes()["rank"].to_numpy()[roads.kind]
    for ends in (roads.one, roads.other):
        np.minimum.at(rank, ends, own)
    return rank


def _across(ground: Ground, lon: float, lat: float) -> int:
    """Return the state on the other side of a crossing: the commonest other one around it, 0 for none."""
    angle = np.linspace(0.0, 2 * np.pi, RING_POINTS, endpoint=False)
    reach = RING_KM / KM_A_DEGREE
    x = lon + reach * np.cos(angle) / max(np.cos(np.radians(lat)), 0.1)
    around = ground.land.state(x, lat + reach * np.sin(angle))
    others = around[(around != HOME) & (around != SEA)]
    if not len(others) or not (around == HOME).any():
        return SEA
    return int(np.bincount(others).argmax())


def _crossing_row(chosen: Places, ground: Ground, roads: Roads, one: Crossing, number: int) -> Row:
    pair = "-".join(sorted({str(chosen.country["iso3"]), ground.land.codes[one.neighbour - 1]}))
    lon, lat = turned_back(float(roads.lon[one.junction])), float(roads.lat[one.junction])
    return {
        "place": f"crossing_{number}", "name": f"Crossing {number}, {pair}", "kind": "crossing",
        "country": chosen.country["iso3"], "lon": round(lon, 4), "lat": round(lat, 4), "hosts": False,
        "note": "mapped as a border crossing; whether it is open, and to whom, is not read", **OPENSTREETMAP,
    }  # fmt: skip


def _allowed(way: Way, states: list[int], towns: int) -> bool:
    """Tell whether a way stays in a state or ends at a crossing; borders are passed at crossings only."""
    crossing = [end >= towns for end in (way.one, way.other)]
    one, other = states[way.one], states[way.other]
    if all(crossing):
        return False
    return one == other or (any(crossing) and HOME in (one, other))


def _measured(one: str, other: str, way: Way) -> list[Row]:
    bridges = f"; bridges mapped on it: {way.bridges}" if way.bridges else ""
    facts = {
        "mode": "road", "road": way.road or None, "km": round(max(way.km, 0.1), 1),
        "free_hours": round(max(way.hours, 0.01), 2), "lanes": way.lanes, "road_class": way.road_class,
        "note": f"fastest way on mapped roads at assumed free speeds, both directions alike{bridges}",
        **OPENSTREETMAP,
    }  # fmt: skip
    return [
        {"corridor": f"{a}-{b}", "from_place": a, "to_place": b, **facts}
        for a, b in ((one, other), (other, one))
    ]


def _onward(
    ground: Ground, roads: Roads, over: list[Crossing], ways: list[Way], names: list[str]
) -> tuple[list[Row], list[tuple[int, int]]]:
    """Join each crossing to the nearest town on its other side, where no mapped road of the extract does."""
    towns, rows, joins = len(ground.state), [], []
    reached = {tuple(sorted((way.one, way.other))) for way in ways}
    lon, lat = ground.towns["lon"].to_numpy(), ground.towns["lat"].to_numpy()
    for number, one in enumerate(over, start=towns):
        abroad = np.flatnonzero(ground.state == one.neighbour)
        if not len(abroad) or any((int(town), number) in reached for town in abroad):
            continue
        km = great_circle_km(roads.lon[one.junction], roads.lat[one.junction], lon[abroad], lat[abroad])
        nearest = int(abroad[km.argmin()])
        rows += both_ways(names[number], names[nearest], float(km.min()), "road")
        joins.append((nearest, number))
    return rows, joins


def _still_derived(
    ground: Ground, at: Ints, neighbours: set[int], joins: list[tuple[int, int]]
) -> list[Link]:
    """Return derived links to places off the roads and over borders without a mapped crossing."""
    links = []
    for link in derived_links(ground.lon, ground.lat, ground.state, HOME, ground.land):
        off = NOWHERE in (at[link.one], at[link.other])
        away = {int(ground.state[link.one]), int(ground.state[link.other])} - {HOME}
        if (off and link.border is None) or (link.border is not None and not away & neighbours):
            links.append(link)
    known = [*links, *_as_links(len(ground.state), joins)]
    return [*links, *joined(ground.lon, ground.lat, ground.state, HOME, ground.land, known)]


def _as_links(towns: int, joins: list[tuple[int, int]]) -> list[Link]:
    """Return joins between towns, those over a crossing as joins of the towns at it."""
    at_crossing: dict[int, list[int]] = {}
    pairs = []
    for one, other in (sorted(join) for join in joins):
        if other < towns:
            pairs.append((one, other))
        else:
            at_crossing.setdefault(other, []).append(one)
    pairs += [(around[0], town) for around in at_crossing.values() for town in around[1:]]
    return [Link(one, other, 0.0) for one, other in pairs]


def _site_rows(ground: Ground, roads: Roads) -> list[Row]:
    """Return mapped sites of refugees near a town of the crisis, as sites of the nearest one."""
    lon, lat = ground.towns["lon"].to_numpy(), ground.towns["lat"].to_numpy()
    rows: list[Row] = []
    for name, x, y in roads.sites:
        km = great_circle_km(x, y, lon, lat)
        town = int(km.argmin())
        if km[town] > FARTHEST_SITE_KM:
            continue
        place = str(ground.towns["place"][town])
        rows.append({
            "site": f"site_{len(rows) + 1}", "place": place, "kind": "camp",
            "name": name or f"Site near {place}",
            "note": f"mapped as a site of refugees at {x:.3f}, {y:.3f}, {km[town]:.0f} km from there; "
            "whether it is in use is not read",
            **OPENSTREETMAP,
        })  # fmt: skip
    return rows


def _unreached(ground: Ground, at: Ints) -> list[Finding]:
    """Name the towns of the country that no road of the extract reaches."""
    off = [
        name
        for name, junction, state in zip(ground.towns["place"], at, ground.state, strict=True)
        if junction == NOWHERE and state == HOME
    ]
    if not off:
        return []
    more = f" and {len(off) - NAMED_AT_MOST} more" if len(off) > NAMED_AT_MOST else ""
    named = ", ".join(off[:NAMED_AT_MOST]) + more
    message = f"no road of the extract within {SNAP_KM:.0f} km: {named}; their corridors are derived"
    return [Finding("W504", "warning", message, table="corridors", next="forestall explain W504")]
