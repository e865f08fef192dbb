"""Corridors from an extract of OpenStreetMap: a small one is written, then read."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import osmium
import pytest

from forestall.checks import check_crisis
from forestall.core.errors import CrisisError, errors_in
from forestall.core.geography import great_circle_km
from forestall.drafting import draft
from forestall.drafting.choice import choose_places
from forestall.drafting.extract import Roads, read_extract
from forestall.drafting.roads import derived_links
from forestall.drafting.tables import ground_of
from forestall.drafting.ways import snapped, ways_between
from valley import command

MOMENT = "2019-06-30"
Node, Way = osmium.osm.mutable.Node, osmium.osm.mutable.Way


def write_extract(
    path: Path,
    nodes: dict[int, tuple[float, float]],
    ways: Iterable[tuple[list[int], dict[str, str]]],
    borders: Iterable[int] = (),
) -> Path:
    """Write an extract with nodes, ways with their tags, and nodes that are border crossings."""
    marked = set(borders)
    with osmium.SimpleWriter(str(path)) as writer:
        for number, at in sorted(nodes.items()):
            tags = {"barrier": "border_control"} if number in marked else {}
            writer.add_node(Node(id=number, location=at, tags=tags, version=1))
        for number, (refs, tags) in enumerate(ways, start=1):
            writer.add_way(Way(id=number, nodes=refs, tags=tags, version=1))
    return path


def square(tmp_path: Path) -> Roads:
    """Read two towns, a fast road round two sides of a square and a slow short cut between them."""
    nodes = {1: (30.0, 0.0), 2: (30.5, 0.0), 3: (30.5, 0.5), 4: (30.2, 0.25)}
    ways = [
        ([1, 2], {"highway": "motorway", "ref": "M1", "lanes": "4"}),
        ([2, 3], {"highway": "motorway", "ref": "M1", "bridge": "yes", "lanes": "2"}),
        ([1, 4, 3], {"highway": "unclassified", "name": "Short cut"}),
        ([4, 2], {"highway": "track"}),
    ]
    return read_extract(write_extract(tmp_path / "square.osm.pbf", nodes, ways))


def test_the_fastest_way_is_taken_with_what_is_mapped_on_it(tmp_path: Path) -> None:
    roads = square(tmp_path)
    way = ways_between(roads, snapped(roads, np.array([30.0, 30.5]), np.array([0.0, 0.5])))
    assert len(way) == 1
    leg = float(great_circle_km(30.0, 0.0, 30.5, 0.0))
    assert way[0].km == pytest.approx(2 * leg, rel=1e-3)
    assert way[0].hours == pytest.approx(2 * leg / 90, rel=1e-3)
    assert (way[0].lanes, way[0].road_class, way[0].road, way[0].bridges) == (1.0, "trunk", "M1", 1)


def test_tracks_are_no_roads_and_a_place_far_from_all_is_on_none(tmp_path: Path) -> None:
    roads = square(tmp_path)
    assert len(roads.km) == 3
    at = snapped(roads, np.array([30.0, 30.001, 33.0]), np.array([0.0, 0.0, 0.0]))
    assert (at >= 0).tolist() == [True, False, False]


def drawn(
    path: Path, iso3: str, places: int, *, crossings: bool = True, sites: Iterable[tuple[float, float]] = ()
) -> Path:
    """Write the derived links of a country as roads with a bend, crossings where they pass a border."""
    ground = ground_of(choose_places(iso3, places))
    lon, lat = ground.towns["lon"].to_numpy(), ground.towns["lat"].to_numpy()
    towns = enumerate(zip(lon.tolist(), lat.tolist(), strict=True), start=1)
    nodes: dict[int, tuple[float, ...]] = dict(towns)
    ways, borders = [], []
    for link in derived_links(ground.lon, ground.lat, ground.state, 1, ground.land):
        middle = len(nodes) + 1
        ends = (nodes[link.one + 1], nodes[link.other + 1])
        nodes[middle] = link.border or tuple(np.mean(ends, axis=0).tolist())
        ways.append(([link.one + 1, middle, link.other + 1], {"highway": "primary", "ref": f"R{middle}"}))
        borders += [middle] if link.border and crossings else []
    for site in sites:
        corners = [len(nodes) + 1, len(nodes) + 2]
        nodes |= {corners[0]: site, corners[1]: (site[0] + 0.01, site[1])}
        ways.append((corners, {"amenity": "refugee_site", "name": "Camp"}))
    return write_extract(path, nodes, ways, borders)


def test_a_crisis_takes_corridors_and_crossings_from_the_extract(tmp_path: Path) -> None:
    extract = drawn(tmp_path / "bolivia.osm.pbf", "BOL", 8)
    made = draft("BOL", as_of=MOMENT, places=8, osm=extract)
    corridors, places = made.crisis["corridors"], made.crisis["places"]
    home = set(made.chosen.home["place"])
    between = corridors.filter(corridors["from_place"].is_in(home), corridors["to_place"].is_in(home))
    assert between.height > 10
    assert set(between["source"]) == {"openstreetmap"}
    assert between["free_hours"].null_count() == 0
    assert set(between["road_class"]) == {"paved"}
    assert places.filter(kind="crossing", source="openstreetmap").height > 3
    assert "openstreetmap" in set(made.crisis["sources"]["source"])
    assert not errors_in(check_crisis(made.crisis))


def test_sites_of_refugees_near_a_town_are_sites_of_that_town(tmp_path: Path) -> None:
    towns = choose_places("BOL", 8).hosts
    lon, lat = towns["lon"][0], towns["lat"][0]
    path = drawn(tmp_path / "b.osm.pbf", "BOL", 8, sites=[(lon + 0.1, lat), (lon, lat + 40)])
    sites = draft("BOL", as_of=MOMENT, places=8, osm=path).crisis.at(MOMENT)["sites"]
    assert sites.select("place", "kind", "source").rows() == [(towns["place"][0], "camp", "openstreetmap")]


def test_without_a_mapped_crossing_the_border_keeps_derived_ones(tmp_path: Path) -> None:
    made = draft("BOL", as_of=MOMENT, places=8, osm=drawn(tmp_path / "b.osm.pbf", "BOL", 8, crossings=False))
    assert set(made.crisis["places"].filter(kind="crossing")["source"]) == {"derived"}


def test_towns_off_the_roads_are_named_and_still_joined(tmp_path: Path) -> None:
    made = draft("BOL", as_of=MOMENT, places=12, osm=drawn(tmp_path / "b.osm.pbf", "BOL", 6))
    warned = [finding for finding in made.findings if finding.code == "W504"]
    assert len(warned) == 1
    home = set(made.chosen.home["place"])
    corridors = made.crisis["corridors"]
    assert home <= set(corridors["from_place"])
    assert {"derived", "openstreetmap"} == set(corridors["source"])


def test_an_extract_of_another_country_or_cut_off_is_refused_whole(tmp_path: Path) -> None:
    extract = drawn(tmp_path / "paraguay.osm.pbf", "PRY", 8)
    done = command("new", "it", "--country", "BOL", "--osm", str(extract), cwd=tmp_path)
    assert (done.returncode, "E507" in done.stderr) == (1, True), done.stderr
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(extract.read_bytes()[:-200])
    for path in (cut, tmp_path / "none.osm.pbf", tmp_path):
        done = command("new", "it", "--country", "BOL", "--osm", str(path), cwd=tmp_path)
        assert (done.returncode, "E506" in done.stderr) == (1, True), done.stderr
    assert not (tmp_path / "it").exists()
    with pytest.raises(CrisisError, match="E506"):
        read_extract(write_extract(tmp_path / "empty.osm.pbf", {1: (30.0, 0.0)}, []))
