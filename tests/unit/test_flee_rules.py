"""Rules are a list, defects have names, and each can be mended alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flee_instances import OFFICIAL, START, Closure, small
from forestall.core.errors import UsageError
from forestall.flee.engine.environment import (
    attractiveness,
    decay,
    new_people,
    start_of_camps,
    start_state,
)
from forestall.flee.engine.instance import FleeInstance, Link, Place
from forestall.flee.engine.rules import DEFECTS, RULES, rule_set
from forestall.flee.engine.simulate import simulate
from forestall.flee.reading.settings import known_settings
from forestall.options.flee import FleeSettings

FLEE, INTENDED = rule_set("flee-3"), rule_set("flee-3-intended")


def line(km: float, days: int = 6, **changes: object) -> FleeInstance:
    """Return one origin, one town, one camp in a row; 100 people leave on day 1."""
    places = (
        Place("a", "home", "conflict", 1000.0),
        Place("b", "home", "town", 10.0),
        Place("c", "abroad", "camp", foreign=True),
    )
    counts = np.array([0, *[100] * (days - 1)], np.int64)
    base = FleeInstance(
        "line",
        START,
        days,
        places,
        (Link("a", "b", km), Link("b", "c", km)),
        (),
        {},
        {"c": counts},
        counts,
        FleeSettings(default_movechance=1.0, conflict_weight=0.0, max_move_speed=100.0),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def present(instance: FleeInstance, place: str, rules: str = "flee-3") -> list[int]:
    names = tuple(p.name for p in instance.places)
    return simulate(instance, rules=rules, draws=1, places=names).people[0, :, names.index(place)].tolist()


def test_every_rule_says_what_it_does_and_names_settings_that_exist() -> None:
    known = {setting.name for setting in known_settings().values()}
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.says
        assert "doi:10.1038/s41598-017-13828-9" in rule.reference
        assert set(rule.parameters) <= known


def test_every_setting_in_use_belongs_to_a_rule() -> None:
    used = {s.name for s in known_settings().values() if s.status == "used"}
    read = {name for rule in RULES for name in rule.parameters}
    assert used - read <= {"use_v1_rules", "camps_are_sicks", "spawn_mode", "displaced_per_conflict_day"}


def test_rule_sets_have_names_and_the_nearest_is_given() -> None:
    assert FLEE.mended == frozenset()
    assert INTENDED.mended == frozenset(DEFECTS)
    with pytest.raises(UsageError, match="nearest: flee-3"):
        rule_set("flee3")
    with pytest.raises(UsageError, match="nearest: day0_counted_twice"):
        rule_set("flee-3+day0_counted")
    with pytest.raises(KeyError):
        FLEE.mends("no such defect")


def test_defect_fresh_day_on_every_link() -> None:
    # 60 km and then 60 km: the peer covers 120 km on a day of 100
    assert present(line(60.0), "c")[1] == 100
    mended = present(line(60.0), "c", "flee-3+fresh_day_on_every_link")
    assert mended[1] == 0
    assert mended[3] > 50


def test_a_link_needs_strictly_more_than_its_length() -> None:
    assert present(line(100.0), "b")[1] == 0
    assert present(line(99.9), "b")[1] + present(line(99.9), "c")[1] == 100


def test_defect_intensity_frozen_at_onset() -> None:
    rising = line(60.0, conflict={"b": np.array([0.1, 0.1, 0.1, 1.0, 1.0, 1.0])})
    settings = FleeSettings(conflict_weight=0.25)
    from forestall.flee.engine.environment import switch_conflicts

    state = start_state(rising, [])
    for day in range(4):
        switch_conflicts(rising, state, FLEE, day)
    assert state.strength[1] == 0.1
    for day in range(4):
        switch_conflicts(rising, state, INTENDED, day)
    assert state.strength[1] == 1.0
    assert settings.conflict_weight == 0.25


def test_defect_decay_one_day_late() -> None:
    from forestall.flee.engine.environment import build_days
    from forestall.flee.engine.network import build_network

    settings = FleeSettings(conflict_spawn_decay=(1.0, 0.0), conflict_spawn_decay_interval=2)
    instance = line(60.0, settings=settings, conflict={"a": np.ones(6)})
    weights = {}
    for rules in (FLEE, INTENDED):
        network, directed = build_network(instance, rules)
        days = build_days(instance, network, directed, rules)
        weights[rules.name] = days.leave_weight[days.leave_row, 0].tolist()
    assert weights["flee-3"] == [1, 1, 1, 0, 0, 0]
    assert weights["flee-3-intended"] == [1, 1, 0, 0, 0, 0]


def test_defect_latitude_taken_for_longitude() -> None:
    from forestall.flee.engine.network import build_network
    from forestall.flee.engine.simulate import home_factor

    places = (
        Place("a", "home", "conflict", 9.0, x=60.0, y=0.0),
        Place("b", "home", "town", x=60.0, y=10.0),
        Place("c", "home", "camp", x=60.0, y=20.0),
    )
    instance = line(
        60.0, places=places, settings=FleeSettings(stay_close_to_home=True, home_distance_power=1.0)
    )
    network, _ = build_network(instance, FLEE)
    swapped, right = (1 / home_factor(instance, network, rules)[0] for rules in (FLEE, INTENDED))
    assert swapped == pytest.approx(1111.9, abs=0.5)
    assert right == pytest.approx(555.1, abs=1.0)


def test_defect_forced_redirection_doubles() -> None:
    links = (Link("a", "b", 50.0, copies=2), Link("a", "c", 50.0))
    base = line(50.0, links=links, days=2, settings=FleeSettings(default_movechance=0.0001))
    doubled = simulate(base, draws=300, places=("a", "b", "c")).people[:, 1, 1].mean()
    single = (
        simulate(base, rules="flee-3+forced_redirection_doubles", draws=300, places=("a", "b", "c"))
        .people[:, 1, 1]
        .mean()
    )
    assert doubled == pytest.approx(200 / 3, abs=2)
    assert single == pytest.approx(50, abs=2)


def test_defect_day0_counted_twice() -> None:
    places = (
        Place("a", "home", "conflict", 9.0),
        Place("b", "home", "town"),
        Place("c", "abroad", "camp", capacity=80.0),
    )
    counts = np.array([80, 90, 90, 90, 90, 90], np.int64)
    instance = line(60.0, places=places, series={"c": counts})
    assert start_of_camps(instance, FLEE)[1][2] == 0  # no limit at all
    assert start_of_camps(instance, INTENDED)[1][2] == 80
    assert start_of_camps(instance, FLEE)[0][2] == 80


def test_defect_day0_departs_twice() -> None:
    counts = np.array([40, 50, 50, 20, 60, 60], np.int64)
    instance = line(60.0, series={"c": counts}, total=counts, settings=FleeSettings(insert_day0=False))
    assert new_people(instance, FLEE)[0].tolist() == [80, 10, 0, 0, 10, 0]
    assert new_people(instance, INTENDED)[0].tolist() == [40, 10, 0, 0, 10, 0]
    assert new_people(instance, FLEE)[1].tolist() == [0, 0, 0, 30, 0, 0]


def test_defect_more_leave_than_live_there() -> None:
    places = (Place("a", "home", "conflict", 30.0), *line(60.0).places[1:])
    instance = line(60.0, places=places, settings=FleeSettings(take_from_population=True))
    assert simulate(instance, draws=1).started.sum() == 100
    mended = simulate(instance, rules="flee-3+more_leave_than_live_there", draws=1)
    assert (mended.started.sum(), mended.stuck.sum()) == (30, 70)


def test_defect_link_closures_do_nothing() -> None:
    closure = Closure("link", "alder", "birch", 0, -1)
    base = replace(small(), links=(Link("alder", "birch", 50.0),), closures=(closure,))
    assert simulate(base, draws=1, places=("birch",)).people[0, -1, 0] > 0
    assert (
        simulate(base, rules="flee-3+link_closures_do_nothing", draws=1, places=("birch",)).people[0, -1, 0]
        == 0
    )
    # names of one letter are closed even by the peer
    assert present(line(60.0, closures=(Closure("link", "a", "b", 0, -1),)), "b") == [0] * 6


def test_defect_closed_stays_closed_for_those_on_it() -> None:
    slow = FleeSettings(default_movechance=1.0, max_move_speed=25.0, conflict_weight=0.0)
    instance = line(60.0, days=8, settings=slow, closures=(Closure("location", "b", "", 2, 3),))
    assert present(instance, "b")[3] == 0
    assert present(instance, "a")[3] == 100
    mended = simulate(
        instance, rules="flee-3+closed_stays_closed_for_those_on_it", draws=1, places=("a", "b")
    )
    assert mended.people[0, 3, 0] == 0


def test_defect_sinks_key_misspelt() -> None:
    places = (*line(60.0).places[:2], Place("c", "abroad", "camp", deactivation=1.0))
    right = line(60.0, places=places, settings=FleeSettings(camps_are_sinks=True, max_move_speed=500.0))
    wrong = replace(right, settings=FleeSettings(camps_are_sicks=True, max_move_speed=500.0))
    assert simulate(right, draws=1).removed.sum() == 0
    assert simulate(wrong, draws=1).removed.sum() > 0
    assert simulate(right, rules="flee-3+sinks_key_misspelt", draws=1).removed.sum() > 0


def test_scores_of_places_multiply() -> None:
    instance = small(foreign_weight=2.0, camp_weight=5.0, conflict_weight=0.25)
    state = start_state(instance, [])
    score = attractiveness(instance, state, np.ones(7))
    names = [place.name for place in instance.places]
    assert score[names.index("elm")] == 10.0
    assert score[names.index("alder")] == 0.25
    assert score[names.index("dogwood")] == pytest.approx(0.25**0.6)
    assert decay(FleeSettings(), np.array([5.0])).tolist() == [1.0]


def test_the_first_version_of_the_settings() -> None:
    first = FleeSettings(use_v1_rules=True, start_on_foot=True, camp_weight=9).effective()
    assert (first.max_move_speed, first.camp_weight, first.start_on_foot) == (200.0, 2.0, False)


def test_mending_everything_changes_a_run_under_official_settings() -> None:
    instance = small(days=10, **OFFICIAL)
    one, other = (
        simulate(instance, rules=rules, draws=20).people.mean(axis=0)
        for rules in ("flee-3", "flee-3-intended")
    )
    assert np.abs(one - other).max() > 5


def test_the_page_names_every_rule_every_defect_and_all_that_is_left_out(root: Path) -> None:
    page = (root / "docs" / "displacement-flee.md").read_text(encoding="utf-8")
    left_out = [setting.key for setting in known_settings().values() if setting.status == "left out"]
    names = [*(rule.name for rule in RULES), *DEFECTS, *left_out]
    assert [name for name in names if f"| `{name}` |" not in page] == []


def test_every_rule_is_set_against_the_reference(root: Path) -> None:
    text = (root / "tests" / "property" / "test_flee_equals_reference.py").read_text(encoding="utf-8")
    assert [rule.name for rule in RULES if f"def rule_{rule.name}()" not in text] == []
