"""Needs, gaps and planning figures on a crisis small enough to work out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

import small_response as small
from forestall.core.errors import CrisisError
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.stage import prepare
from forestall.preparedness.supplies import Supply, on_hand

NOBODY_HOSTS = PrepareOptions(hosts_per_arrival=0.0)
WATER = small.standard("water", 15, "l", "person-day", "WASH")
BLANKET = small.standard("blanket", 1, "piece", "person")
TOILET = small.standard("toilet", 20, "toilet", "units-for-people", "WASH")


def gaps_of(people: list[list[int]], standards: list[dict], supplies: list[dict]) -> pl.DataFrame:
    made = small.crisis(
        presence=small.presence({("aville", "arrived"): people}),
        episodes=small.episodes([True] * len(people)),
        standards=standards,
        supplies=supplies,
    )
    return prepare(made, NOBODY_HOSTS)["gaps"].filter(
        pl.col("arm") == "unconditional", pl.col("place") == "aville"
    )


def median(gaps: pl.DataFrame, item: str) -> list[float]:
    return gaps.filter(pl.col("item") == item, pl.col("quantile") == 0.5).sort("date")["gap"].to_list()


def test_water_in_stock_is_used_up_day_by_day() -> None:
    gaps = gaps_of([[100, 100, 100]], [WATER], [small.supply("water", 2000, "l")])
    assert median(gaps, "water") == [0, 1000, 1500]


def test_a_daily_rate_comes_again_each_day_and_is_not_kept() -> None:
    gaps = gaps_of([[10, 100, 100]], [WATER], [small.supply("water", 1200, "l/day")])
    assert median(gaps, "water") == [0, 300, 300]


def test_blankets_last_and_later_ones_are_added() -> None:
    later = small.supply("blanket", 30, "piece", day=small.FIRST + timedelta(days=2))
    gaps = gaps_of([[100, 100, 100]], [BLANKET], [small.supply("blanket", 40, "piece"), later])
    assert median(gaps, "blanket") == [60, 60, 30]


def test_one_toilet_serves_twenty_people() -> None:
    gaps = gaps_of([[100]], [TOILET], [])
    assert median(gaps, "toilet") == [5]


def test_unknown_supply_is_not_zero() -> None:
    gaps = gaps_of([[100]], [BLANKET], [])
    assert gaps["supply"].null_count() == gaps.height
    assert not gaps["supply_known"].any()


def test_a_supply_in_another_unit_is_not_counted() -> None:
    gaps = gaps_of([[100]], [BLANKET], [small.supply("blanket", 40, "tonnes")])
    assert median(gaps, "blanket") == [100]
    assert not gaps["supply_known"].any()


def test_the_gap_over_all_places_does_not_net_one_place_against_another() -> None:
    made = small.crisis(
        presence=small.presence({("aville", "arrived"): [[100]], ("beetown", "arrived"): [[100]]}),
        episodes=small.episodes([True]),
        standards=[BLANKET],
        supplies=[small.supply("blanket", 500, "piece")],
    )
    gaps = prepare(made, NOBODY_HOSTS)["gaps"].filter(
        pl.col("quantile") == 0.5, pl.col("arm") == "unconditional"
    )
    assert dict(gaps.select("place", "gap").iter_rows()) == {"aville": 0, "beetown": 100, "ALL": 100}


def test_the_arms_are_kept_apart() -> None:
    made = small.crisis(
        presence=small.presence({("aville", "arrived"): [[0], [0], [0], [100]]}),
        episodes=small.episodes([False, False, False, True]),
        standards=[BLANKET],
    )
    gaps = prepare(made, NOBODY_HOSTS)["gaps"].filter(pl.col("place") == "aville", pl.col("quantile") == 0.5)
    assert dict(gaps.select("arm", "gap").iter_rows()) == {"unconditional": 0, "if it happens": 100}


def test_no_arm_if_it_happens_where_it_never_does() -> None:
    made = small.crisis(
        presence=small.presence({("aville", "arrived"): [[5]]}),
        episodes=small.episodes([False]),
        standards=[BLANKET],
    )
    assert set(prepare(made, NOBODY_HOSTS)["gaps"]["arm"]) == {"unconditional"}


def test_weights_of_draws_count() -> None:
    made = small.crisis(
        presence=small.presence({("aville", "arrived"): [[10], [20], [30]]}),
        episodes=small.episodes([True] * 3, weights=[0.0, 0.1, 0.9]),
        standards=[BLANKET],
    )
    gaps = prepare(made, NOBODY_HOSTS)["gaps"].filter(
        pl.col("arm") == "if it happens", pl.col("place") == "ALL"
    )
    assert gaps.sort("quantile")["gap"].to_list() == [20, 30, 30, 30, 30]


def test_a_local_override_goes_before_the_handbook() -> None:
    local = {**WATER, "quantity": 7.5, "override_by": "water ministry", "override_at": date(2030, 1, 1)}
    gaps = gaps_of([[100]], [WATER, local], [])
    assert median(gaps, "water") == [750]
    assert set(gaps["override_by"]) == {"water ministry, 2030-01-01"}


def test_acute_then_stable_figures() -> None:
    acute = {**TOILET, "quantity": 50, "phase": "acute"}
    stable = {**TOILET, "phase": "stable"}
    made = small.crisis(
        presence=small.presence({("aville", "arrived"): [[100, 100, 100]]}),
        episodes=small.episodes([True]),
        standards=[acute, stable],
    )
    gaps = prepare(made, PrepareOptions(acute="2 days"))["gaps"]
    assert median(gaps.filter(pl.col("place") == "aville", pl.col("arm") == "unconditional"), "toilet") == [
        2,
        2,
        5,
    ]


def test_hosts_are_counted_for_health_alone() -> None:
    beds = small.standard("bed", 18, "bed", "10000 people", "health")
    made = small.crisis(
        presence=small.presence({("aville", "arrived"): [[10_000]]}),
        episodes=small.episodes([True]),
        standards=[beds, BLANKET],
    )
    needs = prepare(made, PrepareOptions(hosts_per_arrival=0.5))["needs"].filter(
        pl.col("quantile") == 0.5, pl.col("arm") == "unconditional"
    )
    found = {(who, item): need for who, item, need in needs.select("who", "item", "need").iter_rows()}
    assert found == {("arrived", "bed"): 18, ("hosts", "bed"): 9, ("arrived", "blanket"): 10_000}


def test_people_on_the_road_need_water_and_food_but_no_tent_yet() -> None:
    made = small.crisis(
        presence=small.presence({("origin", "on the road"): [[100]]}),
        episodes=small.episodes([True]),
        standards=[WATER, BLANKET, TOILET],
    )
    assert set(prepare(made, NOBODY_HOSTS)["needs"]["item"]) == {"water"}


def test_caseloads_are_peaks_with_shares_by_age_and_sex() -> None:
    made = small.crisis(
        presence=small.presence({("aville", "arrived"): [[0, 10], [0, 20], [50, 30]]}),
        episodes=small.episodes([True] * 3),
        demography=[
            {"group": "all", "age_group": "0-17", "sex": "all", "share": 0.3, "date": date(2029, 1, 1)},
            {"group": "all", "age_group": "0-17", "sex": "all", "share": 0.2, "date": date(2028, 1, 1)},
        ],
        standards=[BLANKET],
    )
    table = prepare(made, NOBODY_HOSTS)["caseloads"].filter(
        pl.col("arm") == "if it happens", pl.col("place") == "ALL"
    )
    central = table.filter(pl.col("figure") == "central").select("age_group", "people").rows()
    assert central == [("all", 20), ("0-17", 6)]
    whole = table.filter(pl.col("age_group") == "all").sort("quantile")
    assert whole["figure"].to_list() == ["best", "central", "reasonable worst"]
    assert np.all(np.diff(whole["people"].to_numpy()) > 0)


def test_without_people_present_the_next_command_is_named() -> None:
    with pytest.raises(CrisisError, match="forestall displace"):
        prepare(small.crisis(), PrepareOptions())


def test_inputs_are_left_unchanged() -> None:
    made = small.crisis(
        presence=small.presence({("aville", "arrived"): [[100]]}),
        episodes=small.episodes([True]),
        standards=[BLANKET, WATER],
        supplies=[small.supply("blanket", 3, "piece")],
    )
    before = {name: made[name].clone() for name in made}
    prepare(made, PrepareOptions())
    assert all(made[name].equals(table) for name, table in before.items())


ROADS = [
    {"corridor": "o-a", "from_place": "origin", "to_place": "aville", "km": 10.0},
    {"corridor": "a-o", "from_place": "aville", "to_place": "origin", "km": 10.0},
]


@pytest.mark.parametrize(
    ("status", "counted"), [("open", False), ("closed", True), ("humanitarian_only", True)]
)
def test_people_inside_are_counted_for_food_only_where_no_road_is_open(status: str, *, counted: bool) -> None:
    food = small.standard("food", 2100, "kcal", "person-day", "food security")
    made = small.crisis(
        presence=small.presence({("origin", "inside"): [[100]]}),
        episodes=small.episodes([True]),
        standards=[food, BLANKET],
        corridors=ROADS,
        corridor_status=[{"corridor": c, "status": status, "effective": small.KNOWN} for c in ("o-a", "a-o")],
    )
    needs = prepare(made, NOBODY_HOSTS)["needs"]
    assert set(needs["item"]) == ({"food"} if counted else set())


def test_what_lasts_and_comes_daily_is_on_hand_with_the_stock() -> None:
    supply = Supply(np.array([10.0, 0.0, 5.0]), np.full(3, 2.0), known=True)
    assert on_hand(np.zeros(3), supply, used_up=False).tolist() == [12.0, 12.0, 17.0]


def test_two_supplies_of_one_day_are_added() -> None:
    supplies = [small.supply("blanket", 40, "piece"), small.supply("blanket", 30, "piece")]
    assert median(gaps_of([[100, 100]], [BLANKET], supplies), "blanket") == [30, 30]
