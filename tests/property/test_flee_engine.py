"""What must hold for every run of the peer's rules: nobody lost, nothing that depends on chance order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flee_instances import OFFICIAL, Closure, small
from forestall.core.errors import CrisisError
from forestall.flee.engine.instance import FleeInstance, Link, Place
from forestall.flee.engine.rules import rule_set
from forestall.flee.engine.simulate import Grain, camps_of, compiling, prepare, run, simulate, warm_up

ALL = ("alder", "birch", "cedar", "dogwood", "elm", "fir", "gorse")


@st.composite
def instances(draw: st.DrawFn) -> FleeInstance:
    """Return small instances with any network, any capacities, any closures."""
    pairs = [(a, b) for i, a in enumerate(ALL) for b in ALL[i + 1 :]]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=0, max_size=9))
    km = st.floats(1.0, 900.0)
    links = tuple(
        Link(a, b, draw(km), draw(st.none() | st.floats(20, 600)), draw(st.sampled_from([0.0, 0.0, 0.4])))
        for a, b in chosen
    )
    base = small(
        days=6,
        people=draw(st.integers(0, 3000)),
        per_day=draw(st.integers(-50, 400)),
        links=links or None,
        awareness_level=draw(st.integers(0, 3)),
        avoid_short_stints=draw(st.booleans()),
        start_on_foot=draw(st.booleans()),
        take_from_population=draw(st.booleans()),
        insert_day0=draw(st.booleans()),
    )
    capacity = st.sampled_from([-1.0, 1.0, 60.0, 900.0])
    places = tuple(replace(p, capacity=draw(capacity)) if p.kind == "camp" else p for p in base.places)
    closures = draw(
        st.lists(
            st.builds(
                Closure,
                st.just("location"),
                st.sampled_from(ALL),
                st.just(""),
                st.integers(0, 4),
                st.integers(0, 6),
            ),
            max_size=2,
        )
    )
    return replace(base, links=links, places=places, closures=tuple(closures))


@given(instances(), st.sampled_from(["flee-3", "flee-3-intended"]), st.integers(0, 10))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_people_are_conserved_to_the_person(instance: FleeInstance, rules: str, seed: int) -> None:
    result = simulate(instance, rules=rules, draws=3, seed=seed, workers=1, places=ALL)
    assert (result.people >= 0).all()
    assert (result.on_road >= 0).all()
    assert (result.people.sum(axis=2) + result.on_road == result.total).all()
    assert (result.started + result.stuck == result.started[0] + result.stuck[0]).all()


@given(instances(), st.permutations(range(7)))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_order_of_places_does_not_matter(instance: FleeInstance, order: list[int]) -> None:
    mixed = replace(instance, places=tuple(sorted((instance.places[i] for i in order), key=lambda p: p.name)))
    one, other = (simulate(i, draws=2, seed=5, workers=1, places=ALL) for i in (instance, mixed))
    assert (one.people == other.people).all()


def test_the_same_seed_gives_the_same_result_on_any_number_of_workers() -> None:
    instance = small(**OFFICIAL)
    runs = [simulate(instance, draws=9, seed=2, workers=n).people for n in (1, 2, 3, 9)]
    assert all((r == runs[0]).all() for r in runs)
    assert (simulate(instance, draws=9, seed=3).people != runs[0]).any()


def test_a_draw_does_not_depend_on_how_many_draws_there_are() -> None:
    few, many = (simulate(small(**OFFICIAL), draws=n, seed=2).people for n in (3, 8))
    assert (few == many[:3]).all()


def test_a_place_that_changes_leaves_what_is_apart_untouched() -> None:
    far = (Place("yew", "home", "conflict", 5_000.0), Place("zelkova", "abroad", "camp", foreign=True))
    base = small(conflict_driven_spawning={"spawn_mode": "poisson", "displaced_per_conflict_day": 90})
    apart = replace(base, places=(*base.places, *far), links=(*base.links, Link("yew", "zelkova", 100.0)))
    one = simulate(base, draws=4, seed=1, places=ALL).people
    other = simulate(apart, draws=4, seed=1, places=ALL).people
    assert (one == other).all()


def test_cost_in_cells_does_not_depend_on_people() -> None:
    cells = {simulate(small(people=n, **OFFICIAL), draws=1).cells for n in (100, 10**9)}
    assert len(cells) == 1


def test_a_hundred_million_people_are_conserved() -> None:
    result = simulate(small(people=10**8, **OFFICIAL), draws=2, places=ALL)
    assert (result.people.sum(axis=2) + result.on_road == result.total).all()
    assert result.total[0, -1] > 10**8


def test_too_many_paths_are_refused_with_a_finding() -> None:
    names = [f"p{n:02d}" for n in range(26)]
    links = tuple(Link(a, b, 10.0) for i, a in enumerate(names) for b in names[i + 1 :])
    places = tuple(Place(name, "home", "town", 10.0) for name in names)
    instance = replace(small(awareness_level=4), places=places, links=links, conflict={}, series={})
    with pytest.raises(CrisisError, match="awareness_level"):
        prepare(instance, rule_set("flee-3"))


def test_nobody_to_leave_from_is_counted_and_not_lost() -> None:
    base = small()
    quiet = replace(
        base,
        places=tuple(replace(p, kind="town") if p.kind == "conflict" else p for p in base.places),
        conflict={},
    )
    result = simulate(quiet, draws=2)
    assert result.stuck.sum() > 0
    assert result.started.sum() == 0


def test_awareness_0_moves_only_when_mended() -> None:
    still = simulate(small(awareness_level=0), draws=2)
    moves = simulate(small(awareness_level=0), rules="flee-3+awareness_0_stays", draws=2)
    assert (still.people[:, -1] == still.people[:, 0]).all()
    assert moves.people[:, -1].sum() > still.people[:, -1].sum()


def test_after_a_run_nothing_is_left_to_compile() -> None:
    warm_up()
    assert not compiling()


def test_a_grain_is_made_coarser_for_large_networks_and_camps_are_found() -> None:
    prepared = prepare(small(**OFFICIAL), rule_set("flee-3"), Grain(classes=4, bins=3))
    assert (prepared.classes, prepared.bins) == (4, 3)
    assert camps_of(small(default_movechance=0.004))[:1] == ("birch",)
    assert np.isfinite(run(prepared, draws=1, seed=1).people).all()
