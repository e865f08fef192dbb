"""Queues on corridors against theory."""

from itertools import pairwise

import numpy as np
import pytest

from flight import CERTAIN, crisis, options, road
from forestall.displacement.forecast import make_forecast

N = 24_000


def arrivals(made, **changes):
    """Return the hours at which steps end, and the people arrived at first reception by then."""
    forecast = make_forecast(made, options(**changes))
    clock = forecast.exodus.clock
    return clock.start + clock.hours, forecast.exodus.record.arrived[0].sum(axis=1)


def last_arrival(made, **changes):
    ends, people = arrivals(made, **changes)
    assert people[-1] == N
    return ends[np.argmax(people == N)]


@pytest.mark.parametrize("capacity", [100, 250, 480])
@pytest.mark.parametrize("hours", [0.4, 3.0, 7.6])
def test_the_last_arrives_after_n_over_c_plus_free_flow(capacity, hours):
    made = crisis(
        {"origin": N},
        [road("origin", "gate", vehicles_per_hour=capacity, free_hours=hours)],
        departures={"origin": N},
    )
    assert last_arrival(made) == pytest.approx(N / capacity + hours, abs=1.0)


@pytest.mark.parametrize(("first", "second"), [(200, 300), (300, 200), (250, 250)])
def test_two_queues_in_series_are_ruled_by_the_narrower(first, second):
    roads = [
        road("origin", "middle", vehicles_per_hour=first, free_hours=2.0),
        road("middle", "gate", vehicles_per_hour=second, free_hours=3.0),
    ]
    made = crisis({"origin": N}, roads, departures={"origin": N})
    assert last_arrival(made) == pytest.approx(N / min(first, second) + 5.0, abs=1.0)


def test_without_a_bottleneck_everybody_arrives_after_free_flow():
    roads = [
        road("origin", "middle", free_hours=2.3),
        road("middle", "other", free_hours=0.3),
        road("other", "gate", free_hours=0.9),
    ]
    ends, people = arrivals(crisis({"origin": N}, roads, departures={"origin": N}))
    assert people[ends == 3][0] == 0
    assert people[ends == 24 + 4][0] == N


def test_people_per_vehicle_multiply_the_capacity():
    made = crisis({"origin": N}, [road("origin", "gate", vehicles_per_hour=100)], departures={"origin": N})
    assert last_arrival(made, fixed={"people_per_vehicle": 4.0}) == pytest.approx(N / 400 + 1, abs=1.0)


def test_a_full_corridor_spills_back_to_the_one_before():
    roads = [
        road("origin", "middle", vehicles_per_hour=5000, free_hours=1.0),
        road("middle", "gate", vehicles_per_hour=100, free_hours=1.0, storage_vehicles=700),
    ]
    forecast = make_forecast(crisis({"origin": N}, roads, departures={"origin": N}), options())
    record, lanes = (
        forecast.exodus.record,
        [forecast.environment.network.corridors[c] for c in forecast.exodus.lanes],
    )
    before, full = (
        record.on_lane[0, :, lanes.index("origin-middle")],
        record.on_lane[0, :, lanes.index("middle-gate")],
    )
    assert full.max() == 700
    assert before[full == 700].max() > 10_000


def test_a_full_first_corridor_holds_people_at_home():
    made = crisis(
        {"origin": N},
        [road("origin", "gate", vehicles_per_hour=100, storage_vehicles=500)],
        departures={"origin": N},
    )
    forecast = make_forecast(made, options())
    on_road = forecast.exodus.record.on_lane[0].sum(axis=1)
    assert 500 - 100 <= on_road.max() <= 500, "noted after the people of the hour have left the corridor"
    assert last_arrival(made) == pytest.approx(N / 100 + 1, abs=1.0)


def test_storage_follows_from_length_lanes_and_jam_density():
    made = crisis(
        {"origin": N},
        [road("origin", "gate", vehicles_per_hour=100, km=12.0, lanes=1.0)],
        departures={"origin": N},
    )
    forecast = make_forecast(made, options(fixed={"jam_density": 110.0}))
    most = forecast.exodus.record.on_lane[0].sum(axis=1).max()
    assert 12 * 110 - 100 <= most <= 12 * 110, "noted after the people of the hour have left the corridor"


def test_spill_back_blocks_those_behind_who_go_elsewhere():
    roads = [
        road("origin", "fork", vehicles_per_hour=400),
        road("fork", "slow", vehicles_per_hour=20, storage_vehicles=60),
        road("fork", "fast", vehicles_per_hour=400),
    ]
    made = crisis({"origin": N}, roads, reception=("slow", "fast"), departures={"origin": N})
    forecast = make_forecast(made, options(routes=2))
    arrived = forecast.exodus.record.arrived[0]
    slow, fast = (forecast.environment.reception.index(p) for p in ("slow", "fast"))
    after = 100
    assert arrived[after, slow] <= 20 * (after + 1)
    assert arrived[after, fast] < 40 * (after + 1), "half of the first corridor waits for the slow exit"


def test_a_queue_of_different_routes_is_served_in_order_of_arrival():
    roads = [
        road("near", "fork", vehicles_per_hour=100, free_hours=0.0),
        road("fork", "gate", vehicles_per_hour=100, free_hours=0.0),
        road("far", "fork", vehicles_per_hour=1e9, free_hours=20.0),
    ]
    made = crisis({"near": 1200, "far": 1200}, roads, departures={"near": 1200, "far": 1200})
    ends, people = arrivals(made)
    assert people[ends == 12][0] == pytest.approx(600, abs=60)
    assert people[-1] == 2400
    assert ends[np.argmax(people == 2400)] == pytest.approx(44, abs=3)


@pytest.mark.parametrize("capacity", [300, 700])
def test_hourly_and_daily_steps_agree_as_steps_shrink(capacity):
    made = crisis(
        {"origin": N},
        [
            road("origin", "middle", vehicles_per_hour=capacity, free_hours=5.0),
            road("middle", "gate", free_hours=6.0),
        ],
        departures={"origin": N},
    )
    ends, hourly = arrivals(made)
    days, daily = arrivals(made, step="day")
    at_days = hourly[np.searchsorted(ends, days)]
    assert np.abs(at_days - daily).max() <= capacity * 24, (
        "apart by no more than what passes in one daily step"
    )
    assert hourly[-1] == daily[-1] == N


def test_many_short_corridors_take_as_long_as_one_long_one():
    stops = ["origin", *(f"stop{i}" for i in range(19)), "gate"]
    chain = [road(a, b, free_hours=0.35) for a, b in pairwise(stops)]
    one = [road("origin", "gate", free_hours=7.0)]
    ends, chained = arrivals(crisis({"origin": N}, chain, departures={"origin": N}))
    _, direct = arrivals(crisis({"origin": N}, one, departures={"origin": N}))
    assert chained.tolist() == direct.tolist()
    assert ends[0] == 1.0


def test_walkers_use_no_capacity():
    made = crisis(
        {"origin": 1000}, [road("origin", "gate", vehicles_per_hour=1, km=20.0)], departures={"origin": 1000}
    )
    ends, people = arrivals(made, fixed={"without_vehicle": 1.0})
    assert people[ends == 24 + 5][0] == 1000
    assert CERTAIN["without_vehicle"] == 0.0


def test_a_way_too_long_to_walk_is_not_walked():
    made = crisis(
        {"origin": 1000}, [road("origin", "gate", vehicles_per_hour=10, km=80.0)], departures={"origin": 1000}
    )
    ends, people = arrivals(made, fixed={"without_vehicle": 1.0})
    assert people[ends == 48][0] <= 480
