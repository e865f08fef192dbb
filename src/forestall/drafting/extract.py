"""Roads from an extract of OpenStreetMap that the user has: junctions, and the stretches between them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forestall.core.arrays import Bools, Floats, Ints
from forestall.core.errors import CrisisError, Finding
from forestall.core.extras import need
from forestall.core.geography import great_circle_km

ENDINGS = (".osm.pbf", ".pbf", ".osm", ".osm.bz2", ".osm.gz")
LONGEST_NAME = 80
MOST_LANES = 12
SHORTEST_KM = 0.001


@dataclass(frozen=True, eq=False)
class Roads:
    """A network of roads; a stretch joins two junctions and has one class.

    Parameters
    ----------
    lon, lat
        Junctions in degrees WGS84, shape (junctions,).
    one, other
        Numbers of the junctions at the ends, shape (stretches,).
    km
        Length along the road.
    kind
        Row of the table of classes.
    lanes
        Lanes both ways as mapped; nan where not mapped.
    bridge
        Whether it is mapped as a bridge.
    name
        Number or name of the road; empty where not mapped.
    border
        Lon and lat of the mapped border crossings, shape (crossings, 2).
    sites
        Mapped sites of refugees: name, lon and lat of the site or of a corner of it.
    """

    lon: Floats
    lat: Floats
    one: Ints
    other: Ints
    km: Floats
    kind: Ints
    lanes: Floats
    bridge: Bools
    name: list[str]
    border: Floats
    sites: tuple[tuple[str, float, float], ...] = ()

    @property
    def hours(self) -> Floats:
        """Travel time of each stretch at the free speed of its class."""
        return np.asarray(self.km / classes()["kmh"].to_numpy()[self.kind], dtype=np.float64)


@dataclass
class _Found:
    """What the first reading of the file brings: stretches by their junctions, not yet where they lie."""

    nodes: list[Ints] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    lanes: list[float] = field(default_factory=list)
    bridge: list[bool] = field(default_factory=list)
    name: list[str] = field(default_factory=list)


@cache
def classes() -> pl.DataFrame:
    """Return the classes of roads that are read, with the class of our tables and the free speed in km/h."""
    return pl.read_csv(str(files("forestall.drafting").joinpath("road_classes.csv")))


def read_extract(path: Path) -> Roads:
    """Read the roads of an extract: motorways down to unclassified roads, and mapped border crossings.

    The file is read twice, roads first, then only the nodes they need, so that memory follows the roads
    and not the file.

    Parameters
    ----------
    path
        An extract of OpenStreetMap, such as ``country.osm.pbf``.

    Raises
    ------
    CrisisError
        Where it is no extract, is cut off, or holds no road.
    UsageError
        Where the library that reads it is not installed.

    References
    ----------
    https://wiki.openstreetmap.org/wiki/Key:highway and
    https://wiki.openstreetmap.org/wiki/Tag:barrier%3Dborder_control
    """
    need("osmium", "extracts of OpenStreetMap")
    if not path.is_file() or not path.name.lower().endswith(ENDINGS):
        raise CrisisError([_fault("no such extract", path, f"a file that ends in {' or '.join(ENDINGS)}")])
    try:
        found = _stretches(path)
        where, border = _positions(path, found)
        sites = _sites(path)
    except (RuntimeError, ValueError, OverflowError) as error:
        raise CrisisError([_fault(f"cannot be read to its end: {error}", path, "a whole file")]) from error
    if not found.nodes:
        raise CrisisError([_fault("no road is in it", path, "an extract with ways tagged highway")])
    return replace(_network(found, where, border), sites=sites)


def _fault(message: str, path: Path, expected: str) -> Finding:
    after = "download the extract again, or leave --osm out"
    return Finding("E506", "error", message, value=str(path), expected=expected, next=after)


def _stretches(path: Path) -> _Found:
    import osmium

    names = classes()["highway"].to_list()
    number = {name: row for row, name in enumerate(names)}
    roads = osmium.filter.TagFilter(*(("highway", name) for name in names))
    found = _Found()
    ways: Iterator[Any] = iter(osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(roads))
    for way in ways:
        nodes = np.fromiter((node.ref for node in way.nodes), dtype=np.int64)
        if len(nodes) < 2 or way.tags.get("access") in {"private", "no"}:
            continue
        found.nodes.append(nodes)
        found.kind.append(number[way.tags["highway"]])
        found.lanes.append(_lanes(way.tags.get("lanes")))
        found.bridge.append(way.tags.get("bridge", "no") != "no")
        found.name.append((way.tags.get("ref") or way.tags.get("name") or "")[:LONGEST_NAME])
    return found


def _lanes(text: str | None) -> float:
    """Return mapped lanes, unknown where the text is no count.

    Examples
    --------
    >>> _lanes("2"), _lanes("two"), _lanes("900")
    (2.0, nan, nan)
    """
    plain = text is not None and text.isascii() and text.isdigit() and 0 < len(text) < 3
    return float(text) if plain and text and 1 <= int(text) <= MOST_LANES else float("nan")


@dataclass(frozen=True, eq=False)
class _Points:
    """Nodes by number, in order of it, with lon and lat."""

    node: Ints
    at: Floats

    def of(self, nodes: Ints) -> Floats:
        return np.asarray(self.at[np.searchsorted(self.node, nodes)], dtype=np.float64)


def _positions(path: Path, found: _Found) -> tuple[_Points, _Points]:
    """Return where the nodes on roads lie, and the mapped border crossings."""
    import osmium

    needed = np.unique(np.concatenate(found.nodes)) if found.nodes else np.empty(0, dtype=np.int64)
    on_roads = osmium.filter.IdFilter(needed.tolist())
    marks = osmium.filter.TagFilter(("barrier", "border_control"))
    return _points(_nodes(path, on_roads)), _points(_nodes(path, marks))


def _sites(path: Path) -> tuple[tuple[str, float, float], ...]:
    """Return sites of refugees mapped as a point or an area; of an area its first corner is taken."""
    import osmium

    tagged = osmium.filter.TagFilter(("amenity", "refugee_site"))
    found = [
        (node.tags.get("name", "")[:LONGEST_NAME], node.lon, node.lat) for node in _nodes(path, tagged)
    ]
    ways: Iterator[Any] = iter(osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(tagged))
    corner = {way.nodes[0].ref: way.tags.get("name", "")[:LONGEST_NAME] for way in ways if len(way.nodes)}
    at = _points(_nodes(path, osmium.filter.IdFilter(sorted(corner))))
    found += [(corner[int(node)], float(x), float(y)) for node, (x, y) in zip(at.node, at.at, strict=True)]
    return tuple(sorted(found))


def _points(nodes: Iterator[Any]) -> _Points:
    number, flat = array("q"), array("d")
    for node in nodes:
        number.append(node.id)
        flat.extend((node.lon, node.lat))
    order = np.argsort(np.asarray(number, dtype=np.int64), kind="stable")
    at = np.asarray(flat, dtype=np.float64).reshape(-1, 2)
    return _Points(np.asarray(number, dtype=np.int64)[order], at[order])


def _nodes(path: Path, wanted: Any) -> Iterator[Any]:
    """Yield nodes of the file that have a valid place on the globe."""
    import osmium

    nodes: Iterator[Any] = iter(osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(wanted))
    for node in nodes:
        if node.location.valid():
            yield node


def _network(found: _Found, where: _Points, border: _Points) -> Roads:
    """Cut ways at junctions: nodes that several ways share, the ends of each, border crossings."""
    way, nodes = _flat(found, where)
    junctions = _junctions(way, nodes, border)
    parts = _cut(way, nodes, where.of(nodes), junctions)
    own, at = parts["way"].to_numpy(), where.of(junctions)
    return Roads(
        at[:, 0], at[:, 1], parts["one"].to_numpy(), parts["other"].to_numpy(),
        np.maximum(parts["km"].to_numpy(), SHORTEST_KM), np.array(found.kind, dtype=np.int64)[own],
        np.array(found.lanes)[own], np.array(found.bridge, dtype=bool)[own],
        [found.name[number] for number in own], border.at,
    )  # fmt: skip


def _flat(found: _Found, where: _Points) -> tuple[Ints, Ints]:
    """Return all ways one after the other: number of the way and node, those that lie somewhere."""
    nodes = np.concatenate(found.nodes)
    way = np.repeat(np.arange(len(found.nodes)), [len(one) for one in found.nodes])
    there = np.isin(nodes, where.node)
    return way[there], nodes[there]


def _junctions(way: Ints, nodes: Ints, border: _Points) -> Ints:
    """Return the nodes at which ways are cut, in order."""
    every, count = np.unique(nodes, return_counts=True)
    end = np.flatnonzero(np.diff(way))
    ends = nodes[np.unique(np.concatenate([[0, len(nodes) - 1], end, end + 1]))] if len(nodes) else nodes
    return np.unique(np.concatenate([every[count > 1], ends, border.node[np.isin(border.node, nodes)]]))


def _cut(way: Ints, nodes: Ints, at: Floats, junctions: Ints) -> pl.DataFrame:
    """Return the stretches between junctions: one, other, km, way."""
    steps = great_circle_km(at[:-1, 0], at[:-1, 1], at[1:, 0], at[1:, 1])
    km = np.concatenate([[0.0], np.cumsum(steps)])
    stop = np.flatnonzero(np.isin(nodes, junctions))
    first, last = stop[:-1], stop[1:]
    one, other = np.searchsorted(junctions, nodes[first]), np.searchsorted(junctions, nodes[last])
    kept = (way[first] == way[last]) & (one != other)
    table = {"one": one, "other": other, "km": km[last] - km[first], "way": way[first]}
    return pl.DataFrame({name: values[kept] for name, values in table.items()})
