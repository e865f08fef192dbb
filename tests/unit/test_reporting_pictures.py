"""Pictures that stand alone: whole files with their own style, that load nothing."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from xml.dom import minidom

import pytest

from brief_tables import displaced, replayed, whole
from forestall.reporting.charts.ground import Spot, Way
from forestall.reporting.pictures import map_picture, replay_picture, write_pictures
from forestall.reporting.sections.ground import _near

LONG_AFTER = date(2026, 11, 22)


@pytest.fixture(scope="module")
def arrivals() -> str:
    return replay_picture([displaced(whole().at("2022-12-13"), draws=40), replayed()], outcome=whole())


def test_a_panel_for_each_replay(arrivals: str) -> None:
    assert arrivals.count("As known ") == 2
    assert arrivals.count('class="band90"') == 2 + 1  # the third is the key
    assert 'class="count-later"' in arrivals


def test_every_picture_is_whole_and_loads_nothing(arrivals: str) -> None:
    for drawn in (arrivals, map_picture(replayed(), today=LONG_AFTER)):
        tree = minidom.parseString(drawn)  # noqa: S318 - our own text
        assert tree.documentElement.tagName == "svg"
        assert set(re.findall(r"url\(([^)]*)\)", drawn)) <= {"#hatch"}
        assert not re.search(r'(?:href|src)="(?!#)', drawn)
        assert "prefers-color-scheme: dark" in drawn


def test_the_map_carries_its_disclaimer_and_no_flow_that_is_withheld() -> None:
    crisis = replayed()
    shut = crisis.with_options("report", public_detail=False)
    assert "no boundary is drawn" in map_picture(crisis, today=LONG_AFTER)
    assert 'class="flow" stroke-width' in map_picture(
        crisis.with_options("report", public_detail=True), today=LONG_AFTER
    )
    assert map_picture(shut, today=LONG_AFTER).count('class="flow"') == 1  # only the key


def test_pictures_are_written(tmp_path: Path) -> None:
    paths = write_pictures([replayed()], outcome=whole(), folder=tmp_path / "images", today=LONG_AFTER)
    assert [path.name for path in paths] == ["arrivals.svg", "map.svg"]
    assert all(path.stat().st_size > 5_000 for path in paths)


def test_the_closer_map_shows_the_whole_way_out() -> None:
    home, entry = Spot("home", "", 0.0, 0.0, "exposed"), Spot("entry", "", 1.0, 0.0, "entry")
    road = [Spot(f"road{i}", "", i / 5, 0.1) for i in range(1, 5)]
    shut = [Spot(f"shut{i}", "", i / 5, 0.0) for i in range(1, 5)]
    beyond = [Spot(f"beyond{i}", "", 1.0 + i, 0.0) for i in range(1, 5)]
    ways = [Way(a.key, b.key, "open") for a, b in pairwise([home, *road, entry, *beyond])]
    ways += [Way(a.key, b.key, "closed") for a, b in pairwise([home, *shut, entry])]
    shown = {spot.key for spot in _near([home, entry, *road, *shut, *beyond], ways)}
    assert shown == {"home", "road1", "road2", "road3", "road4", "entry", "shut1", "shut4", "beyond1"}
