"""What must hold for any displacement: nobody is lost, order is nothing, closing helps nobody."""

from datetime import timedelta

import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flight import START, attack, crisis, options, road, table
from forestall.displacement.forecast import make_forecast
from forestall.displacement.stage import displace

FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
FREE = {"reaches_area": 1.0}
"""Everything else is drawn."""


@st.composite
def trees(draw):
    """Roads from every place to one gate, one way each, with people at the places."""
    size = draw(st.integers(2, 6))
    ends = [draw(st.integers(0, i - 1)) if i else -1 for i in range(size)]
    names = ["gate", *(f"village {i}" for i in range(size))]
    roads = [
        road(
            f"village {i}", names[ends[i] + 1],
            free_hours=draw(st.sampled_from([0.0, 0.2, 0.6, 1.0, 4.3])),
            vehicles_per_hour=draw(st.sampled_from([0.3, 7.0, 40.0, 300.0, 1e9])),
            storage_vehicles=draw(st.sampled_from([None, 30.0, 400.0])),
            km=10.0,
        )
        for i in range(size)
    ]  # fmt: skip
    people = {f"village {i}": draw(st.sampled_from([1, 17, 500, 4000])) for i in range(size)}
    return people, roads


def simulated(people, roads, *, given_departures=True, changes=None, **tables):
    made = crisis(people, roads, departures=people if given_departures else None, **tables)
    return make_forecast(made, options(horizon="12 days", **(changes or {})))


def all_drawn(**changes):
    return options(horizon="12 days", **changes).model_copy(update={"fixed": FREE})


@FEW
@given(trees(), st.booleans())
def test_nobody_is_lost_or_made(tree, given_departures):
    people, roads = tree
    made = crisis(
        people,
        roads,
        departures=people if given_departures else None,
        events=[] if given_departures else attack(),
    )
    made = named_origin(made)
    forecast = make_forecast(made, all_drawn(draws=8))
    exodus, record = forecast.exodus, forecast.exodus.record
    inside = exodus.people.sum(axis=1)[:, None] - record.left.sum(axis=2) + record.back.sum(axis=2)
    arrived = record.at_site.sum(axis=2) + record.at_host.sum(axis=2)
    road_at = np.flatnonzero(exodus.clock.record >= 0)
    on_road = record.on_lane.sum(axis=2)
    total = inside[:, road_at] + arrived[:, road_at] + on_road
    assert (total == exodus.people.sum(axis=1)[:, None]).all()
    assert (record.left.sum(axis=2) <= exodus.leavers.sum(axis=1)[:, None]).all()
    for series in (record.on_lane, record.queued, record.at_site, record.left):
        assert (series >= 0).all()
    assert (np.diff(record.arrived.astype(np.int64), axis=1) >= 0).all()


def named_origin(made):
    """Return the crisis with events that speak of its first place."""
    if not made.has("events"):
        return made
    return made.with_tables(
        {"events": made["events"].with_columns(target=pl.lit(made["population"]["place"][0]))}
    )


@FEW
@given(trees(), st.data())
def test_closing_a_corridor_never_raises_arrivals(tree, data):
    people, roads = tree
    shut = data.draw(st.sampled_from([row["corridor"] for row in roads]))
    begin, length = data.draw(st.integers(0, 100)), data.draw(st.integers(1, 100))
    log = [
        {"corridor": shut, "status": "closed", "effective": START + timedelta(hours=begin)},
        {"corridor": shut, "status": "open", "effective": START + timedelta(hours=begin + length)},
    ]
    before = simulated(people, roads).exodus.record.arrived.sum(axis=2)
    after = simulated(people, roads, corridor_status=log).exodus.record.arrived.sum(axis=2)
    assert (after <= before).all()


@FEW
@given(trees())
def test_the_order_of_the_tables_does_not_matter(tree):
    people, roads = tree
    made = named_origin(crisis(people, roads, events=attack()))
    turned = made.with_tables({name: made[name].reverse() for name in ("places", "corridors", "population")})
    first, second = (displace(one, all_drawn(draws=5)) for one in (made, turned))
    for name, one in first.items():
        if name != "assumptions":
            assert one.equals(second[name]), name


@FEW
@given(trees(), st.integers(0, 1000))
def test_the_same_seed_gives_the_same_tables_whatever_the_workers_and_draws(tree, seed):
    people, roads = tree
    made = named_origin(crisis(people, roads, events=attack()))
    before = {name: frame.clone() for name, frame in made.items()}
    one = displace(made, all_drawn(draws=6, seed=seed))
    again = displace(made, all_drawn(draws=6, seed=seed, workers=3))
    fewer = displace(made, all_drawn(draws=3, seed=seed))
    assert all(one[name].equals(again[name]) for name in one)
    for name in ("episodes", "arrivals", "presence"):
        assert fewer[name].equals(one[name].filter(pl.col("draw") < 3)), name
    assert all(made[name].equals(before[name]) for name in before), "inputs are as they were"


@FEW
@given(trees(), st.integers(0, 5))
def test_a_change_elsewhere_leaves_a_place_as_it_was(tree, extra):
    """Another valley with its own people and gate does not shift anybody's draws."""
    people, roads = tree
    lone = {"harbour": 100 + extra}
    other = [road("harbour", "far_gate", vehicles_per_hour=5.0 + extra)]
    alone = crisis(people, roads, departures=people)
    both = crisis(
        {**people, **lone}, [*roads, *other], reception=("gate", "far_gate"), departures={**people, **lone}
    )
    a, b = (make_forecast(one, options(horizon="12 days")) for one in (alone, both))
    gate = b.environment.reception.index("gate")
    assert (a.exodus.record.arrived[:, :, 0] == b.exodus.record.arrived[:, :, gate]).all()


@FEW
@given(trees())
def test_more_capacity_never_lowers_arrivals(tree):
    people, roads = tree
    wide = [{**row, "vehicles_per_hour": row["vehicles_per_hour"] * 2} for row in roads]
    before, after = (simulated(people, rows).exodus.record.arrived.sum(axis=2) for rows in (roads, wide))
    assert (after >= before).all()


def test_rows_are_made_by_the_schema():
    assert table("corridors", [road("a", "b")]).height == 1
