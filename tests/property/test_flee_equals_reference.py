"""The cohorts have the law of the model that moves person by person, rule by rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from flee_instances import OFFICIAL, small
from flee_reference import Reference
from forestall.flee.engine.instance import Closure, FleeInstance, Link
from forestall.flee.engine.simulate import Grain, simulate
from forestall.options.flee import ConflictDriven

FINE = Grain(classes=40, bins=32, portions=64)
DRAWS = 150


def with_places(instance: FleeInstance, **changes: dict[str, Any]) -> FleeInstance:
    places = tuple(replace(p, **changes.get(p.name, {})) for p in instance.places)
    return replace(instance, places=places)


def rule_place_types() -> FleeInstance:
    kinds = {"gorse": {"kind": "untyped"}, "fir": {"kind": "idpcamp"}, "cedar": {"kind": "flood_zone"}}
    return with_places(small(), **kinds)


def rule_attractiveness() -> FleeInstance:
    return small(foreign_weight=2.0, camp_weight=3.0, conflict_weight=0.1)


def rule_path_weight() -> FleeInstance:
    return small(
        softening=30.0, weight_softening=0.2, distance_power=1.4, weight_power=1.3, pruning_threshold=3.0
    )


def rule_population_weight() -> FleeInstance:
    return small(use_pop_for_loc_weight=True, pop_power_for_loc_weight=0.2)


def rule_stay_close_to_home() -> FleeInstance:
    return small(stay_close_to_home=True, home_distance_power=0.7)


def rule_route_choice() -> FleeInstance:
    return small(awareness_level=2)


def rule_awareness_3() -> FleeInstance:
    return small(awareness_level=3, max_move_speed=120.0)


def rule_markers() -> FleeInstance:
    return with_places(small(awareness_level=2, max_move_speed=150.0), cedar={"kind": "marker"})


def rule_doubled_links() -> FleeInstance:
    base = small()
    return replace(
        base, links=(*base.links, Link("cedar", "birch", 20.0), Link("alder", "gorse", 70.0, copies=2))
    )


def rule_camp_fullness() -> FleeInstance:
    return with_places(small(people=900), elm={"capacity": 500.0}, fir={"capacity": 150.0})


def rule_capacity_per_day() -> FleeInstance:
    return with_places(small(people=900), elm={"capacity": 300.0, "capacity_per_day": 80.0})


def rule_departures_from_counts() -> FleeInstance:
    base = small(insert_day0=False)
    dip = base.series["elm"].copy()
    dip[3] -= 150
    return replace(base, series={**base.series, "elm": dip})


def rule_departures_from_total() -> FleeInstance:
    return small(sum_from_camps=False)


def rule_empty_camps() -> FleeInstance:
    return with_places(small(empty_camps_on_day0=True), elm={"capacity": 3000.0, "initial_people": 70})


def rule_initial_people() -> FleeInstance:
    return with_places(small(), elm={"initial_people": 90})


def rule_departures_from_conflict() -> FleeInstance:
    return small(
        conflict_driven_spawning=ConflictDriven(spawn_mode="poisson", displaced_per_conflict_day=120)
    )


def rule_departures_by_population() -> FleeInstance:
    driven = ConflictDriven(spawn_mode="pop_ratio", displaced_per_conflict_day=0.003)
    return small(conflict_driven_spawning=driven, take_from_population=True)


def rule_departures_constant() -> FleeInstance:
    driven = ConflictDriven(spawn_mode="constant", displaced_per_conflict_day=133)
    return replace(small(conflict_driven_spawning=driven), conflict={"dogwood": np.linspace(0.2, 1, 8)})


def rule_take_from_population() -> FleeInstance:
    return with_places(
        small(take_from_population=True, use_pop_for_loc_weight=True), alder={"population": 700}
    )


def rule_move_chance() -> FleeInstance:
    return small(movechance_pop_base=40_000, movechance_pop_scale_factor=0.5)


def rule_decay() -> FleeInstance:
    return small(conflict_spawn_decay=(1.0, 0.3, 0.05), conflict_spawn_decay_interval=2)


def rule_conflict() -> FleeInstance:
    return replace(small(), conflict={"dogwood": np.array([0.3, 0.9, 0.9, 0, 0, 0.5, 1, 1])})


def rule_daily_distance() -> FleeInstance:
    return small(max_move_speed=100.0)


def rule_short_stints() -> FleeInstance:
    return small(**OFFICIAL)


def rule_short_stints_slow() -> FleeInstance:
    return small(**{**OFFICIAL, "max_move_speed": 200.0, "default_movechance": 0.2})


def rule_walking() -> FleeInstance:
    base = small(start_on_foot=True, avoid_short_stints=True)
    walked = tuple(replace(link, walk_probability=0.3, max_move_speed=200.0) for link in base.links[:4])
    return replace(base, links=(*walked, *base.links[4:]))


def rule_closures() -> FleeInstance:
    closures = (
        Closure("country", "home", "abroad", 1, 4),
        Closure("location", "gorse", "", 3, 6),
        Closure("camp", "fir", "", 0, 5),
        Closure("link", "alder", "birch", 0, 5),
    )
    return replace(small(awareness_level=2, max_move_speed=100.0), closures=closures)


def rule_sinks() -> FleeInstance:
    return with_places(small(camps_are_sicks=True), elm={"deactivation": 0.2})


RULES: list[Callable[[], FleeInstance]] = [v for k, v in list(globals().items()) if k.startswith("rule_")]


@pytest.mark.parametrize("build", RULES, ids=lambda f: f.__name__)
def test_cohorts_have_the_law_of_the_reference(build: Callable[[], FleeInstance]) -> None:
    instance = build()
    names = tuple(place.name for place in instance.places)
    result = simulate(instance, draws=DRAWS, seed=3, workers=1, grain=FINE, places=names)
    limited = any(place.capacity > 0 for place in instance.places)
    runs = [Reference(instance, seed) for seed in range(16 if limited else 4)]
    counts = np.array([[[day[n] for n in names] for day in run.run()] for run in runs], dtype=float)
    if instance.settings.conflict_driven_spawning is None and not instance.settings.camps_are_sicks:
        everybody = {int(t) for t in result.total[:, -1]}
        assert everybody == {len(run.people) for run in runs}
    assert result.removed.sum() > 0 or not instance.settings.camps_are_sicks
    mean, ours = counts.mean(axis=0), result.people.mean(axis=0)
    spread = np.maximum(result.people.std(axis=0), counts.std(axis=0)) + 0.5
    error = np.sqrt(1 / len(runs) + 1 / DRAWS)
    slack = 0.003 * mean.sum(axis=1, keepdims=True) if limited else 0.0
    assert (np.abs(mean - ours) <= 5 * spread * error + slack).all()


def test_coarse_memory_is_close_to_fine_memory() -> None:
    instance = small(days=12, **OFFICIAL)
    fine = simulate(instance, draws=200, seed=1, grain=FINE).people.mean(axis=0)
    coarse = simulate(instance, draws=200, seed=2).people.mean(axis=0)
    assert np.abs(fine - coarse).max() < 0.01 * fine.sum(axis=1).max()
