"""People in need, costs and the mechanical severity of a unit."""

from __future__ import annotations

import polars as pl
import pytest

import small_response as small
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.in_need import unit_phase
from forestall.preparedness.stage import prepare

WATER = small.standard("water", 15, "l", "person-day", "WASH")
BLANKET = small.standard("blanket", 1, "piece", "person")
TENT = small.standard("tent", 5, "tent", "units-for-people")


def made() -> dict[str, pl.DataFrame]:
    people = {("aville", "arrived"): [[100, 100]], ("beetown", "arrived"): [[200, 200]]}
    crisis = small.crisis(
        presence=small.presence(people),
        episodes=small.episodes([True]),
        standards=[WATER, BLANKET, TENT],
        supplies=[
            small.supply("water", 1200, "l/day", sector="WASH"),
            small.supply("blanket", 90, "piece"),
            small.supply("tent", 12, "tent"),
        ],
        items=[{"item": "blanket", "unit": "piece", "price": 5.0}],
    )
    return prepare(crisis, PrepareOptions(hosts_per_arrival=0.0))


def test_in_need_is_the_worst_item_of_a_sector_and_the_worst_sector_of_a_unit() -> None:
    table = made()["people_in_need"].filter(
        pl.col("quantile") == 0.5, pl.col("arm") == "if it happens", pl.col("date") == small.FIRST
    )
    found = {
        (place, sector): need
        for place, sector, need in table.select("place", "sector", "in_need").iter_rows()
    }
    assert found["aville", "WASH"] == pytest.approx(20)
    assert found["aville", "shelter"] == pytest.approx(40), (
        "8 of 20 tents missing is more than 10 of 100 blankets"
    )
    assert found["aville", "joint"] == pytest.approx(40)
    assert found["beetown", "joint"] == pytest.approx(200)
    assert found["ALL", "joint"] == pytest.approx(240), "the sum over units of the highest sector of each"
    assert set(table["status"]) == {"mechanical, not endorsed"}


def test_unknown_supply_is_marked() -> None:
    table = made()["people_in_need"].filter(pl.col("place") == "beetown")
    assert not table["supply_known"].any()


@pytest.mark.parametrize(
    ("phases", "unit"),
    [
        ([5, 5, 4, 4], 5),
        ([5, 5, 4, 3], 3),
        ([5, 4, 4, 4], 4),
        ([5, 5, 5, 5], 5),
        ([2, 2, 2, 2, 1], 2),
        ([4, 4, 4], 1),
    ],
)
def test_preliminary_severity_of_a_unit(phases: list[int], unit: int) -> None:
    assert unit_phase(phases) == unit


def test_cost_and_money_per_person_day() -> None:
    costs = made()["needs_cost"].filter(pl.col("arm") == "if it happens", pl.col("figure") == "central")
    blanket = costs.row(by_predicate=pl.col("item") == "blanket", named=True)
    assert blanket["quantity"] == pytest.approx(210)
    assert blanket["cost"] == pytest.approx(1050)
    assert blanket["person_days"] == pytest.approx(420)
    assert blanket["cost_per_person_day"] == pytest.approx(2.5)
    assert costs.row(by_predicate=pl.col("item") == "water", named=True)["cost"] is None, (
        "no price is not a price of 0"
    )
