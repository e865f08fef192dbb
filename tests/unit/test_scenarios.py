"""Scenarios: unmet need by hand, options as edits of tables, earlier orders, pairs on the same draws."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import small_response as small
from forestall.core.errors import CrisisError, UsageError
from forestall.crisis import Crisis, open_crisis
from forestall.options.earlier import EarlierOptions
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.items import Item
from forestall.preparedness.standards import Standard
from forestall.scenarios.compare import compare, note_row
from forestall.scenarios.earlier import arrival_days, earlier
from forestall.scenarios.edits import apply_option, effect_draws, present_closure
from forestall.scenarios.library import SAFEGUARDS, options_there_are, parse_option
from forestall.scenarios.unmet import Shortfall, by_sector, unmet_after
from valley import VALLEY, replaced

MOMENT = "2025-03-14"


def item(*, used_up: bool, rate: float = 2.0, days: int = 4, sector: str = "food") -> Item:
    standard = Standard(sector, "thing", rate, "unit", used_up, "read", 1.0)
    return Item(standard, np.full(days, rate))


def lacking(*, used_up: bool) -> Shortfall:
    people = np.array([[0.0, 10.0, 20.0, 20.0]])
    return Shortfall(item(used_up=used_up), people, np.array([[5.0, 0.0, 0.0, 0.0]]), 0)


@pytest.mark.parametrize(
    ("stock", "start", "left"), [(0, 0, 55), (40, 0, 35), (40, 3, 35), (1000, 2, 15), (1000, 9, 55)]
)
def test_items_that_are_used_up_serve_until_they_are_gone(stock: float, start: int, left: float) -> None:
    assert unmet_after(lacking(used_up=True), stock, np.array([start]))[0] == pytest.approx(left)


@pytest.mark.parametrize(("stock", "start", "left"), [(0, 0, 55), (20, 0, 25), (20, 3, 45), (1000, 0, 5)])
def test_items_that_last_serve_every_day(stock: float, start: int, left: float) -> None:
    assert unmet_after(lacking(used_up=False), stock, np.array([start]))[0] == pytest.approx(left)


def test_a_sector_lacks_what_it_lacks_most_and_sectors_stay_apart() -> None:
    unmet = {
        item(used_up=True): np.array([5.0, 1.0]),
        item(used_up=False): np.array([2.0, 3.0]),
        item(used_up=True, sector="shelter"): np.array([9.0, 9.0]),
    }
    found = by_sector(unmet)
    assert {name: values.tolist() for name, values in found.items()} == {
        "food": [5.0, 3.0],
        "shelter": [9.0, 9.0],
    }


def test_the_lead_time_of_a_draw_is_the_same_for_every_date() -> None:
    from forestall.preparedness.people import read_presence

    there = small.presence({("aville", "arrived"): [[1]] * 50})
    people = read_presence(
        there, small.episodes([True] * 50), first=small.FIRST, days=5, draws=50, hosts_per_arrival=0
    )
    first, later = (
        arrival_days(day, people, PrepareOptions(), EarlierOptions())
        for day in (date(2030, 1, 1), date(2030, 1, 11))
    )
    assert later - first == pytest.approx(np.full(50, 10.0))
    assert np.ptp(first) > 5


# --- options ---------------------------------------------------------------------------------------------


def test_every_outside_act_has_an_effect_with_interval_and_reference_or_claims_none() -> None:
    for option in options_there_are().values():
        assert option.evidence
        if option.kind == "outside act" and option.operation == "deaths":
            assert option.low <= option.amount <= option.high
            assert "https://doi.org/10." in option.reference
        if option.operation == "none":
            assert option.amount is None


def test_options_that_move_people_carry_the_safeguards() -> None:
    moving = {name for name, option in options_there_are().items() if option.safeguards}
    assert moving == {"open-corridor", "second-crossing", "widen-corridor", "buses", "early-passage"}
    assert "right to return" in " ".join(SAFEGUARDS.split())


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="nearest: buses"):
        parse_option("busses")


@pytest.mark.parametrize("text", ["buses=many", "buses=-1", "widen-corridor=inf"])
def test_an_amount_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_option(text)


@pytest.fixture(scope="module")
def valley() -> Crisis:
    return open_crisis(VALLEY).at(MOMENT)


def test_opening_adds_rows_to_the_log_and_changes_nothing_else(valley: Crisis) -> None:
    shut = present_closure(valley)
    opened = apply_option(valley, parse_option("open-corridor"), 1)
    assert shut
    assert present_closure(opened) == []
    assert opened["corridor_status"].height == valley["corridor_status"].height + len(shut)
    assert all(opened[name].equals(valley[name]) for name in valley if name != "corridor_status")


def test_widening_changes_the_corridor_named_alone(valley: Crisis) -> None:
    name = valley["corridors"]["corridor"][0]
    changed = apply_option(valley, parse_option(f"widen-corridor:{name}=3"), 1)["corridors"]
    factors = dict(changed.select("corridor", "capacity_factor").iter_rows())
    assert factors.pop(name) == 3
    assert set(factors.values()) <= {None, 1.0}


def test_a_corridor_that_is_not_there_names_the_nearest(valley: Crisis) -> None:
    with pytest.raises(UsageError, match="nearest: mill_pass"):
        apply_option(valley, parse_option("open-corridor:mill_pas"), 1)


def test_a_published_effect_is_drawn_with_its_interval() -> None:
    option = parse_option("peacekeepers")
    ratios = effect_draws(option, 1, np.arange(4000))
    assert np.quantile(ratios, [0.05, 0.95]) == pytest.approx([option.low, option.high], rel=0.1)
    assert (effect_draws(parse_option("energy-conditions"), 1, np.arange(5)) == 1).all()


def test_deaths_below_the_threshold_are_no_event_any_more(valley: Crisis) -> None:
    month = {"where": "XRV", "month": date(2025, 4, 1), "horizon": 1, "event": 1}
    outlook = small.rows("outlook", [{**month, "draw": draw, "deaths": 26.0} for draw in range(200)])
    changed = apply_option(valley.with_tables({"outlook": outlook}), parse_option("arms-embargo"), 1)[
        "outlook"
    ]
    assert ((changed["deaths"] >= 25).cast(pl.Int64) == changed["event"]).all()
    assert 0 < changed["event"].sum() < 200


# --- compare -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(valley: Crisis) -> dict[str, pl.DataFrame]:
    return compare(
        valley, ["stock-lowtown", "widen-corridor=1", "buses", "cash", "energy-conditions"], draws=40, seed=1
    )


def test_options_stand_in_the_order_of_their_names_and_all_together_last(
    compared: dict[str, pl.DataFrame],
) -> None:
    named = compared["options_effect"]["options"].unique(maintain_order=True).to_list()
    assert named[:-1] == sorted(named[:-1])
    assert named[-1] == "+".join(named[:-1])


def test_an_option_of_unknown_effect_has_a_note_and_no_rows(compared: dict[str, pl.DataFrame]) -> None:
    assert not compared["options_effect"]["options"].str.contains("energy").any()
    note = compared["options_notes"].row(by_predicate=pl.col("option") == "energy-conditions", named=True)
    assert note["effect"] is None
    assert "none is claimed" in note["evidence"]


def test_an_option_that_does_nothing_differs_nowhere(compared: dict[str, pl.DataFrame]) -> None:
    rows = compared["options_effect"].filter(pl.col("options") == "widen-corridor=1")
    assert rows.height
    assert (rows["difference"] == 0).all()


def test_stock_and_cash_leave_movement_untouched_and_never_raise_unmet_need(
    compared: dict[str, pl.DataFrame],
) -> None:
    rows = compared["options_effect"].filter(pl.col("options").is_in(["stock-lowtown", "cash"]))
    moved, unmet = (rows.filter((pl.col("unit") == "person-days") == flag) for flag in (False, True))
    assert (moved["difference"] == 0).all()
    assert (unmet["difference"] <= 0).all()
    assert (unmet["difference"] < 0).any()


def test_safeguards_stand_beside_buses_alone(compared: dict[str, pl.DataFrame]) -> None:
    notes = dict(compared["options_notes"].select("option", "safeguards").iter_rows())
    assert notes["stock-lowtown"] is None
    assert notes["buses"] == SAFEGUARDS


def test_a_stock_at_a_place_that_is_not_there_is_refused(valley: Crisis) -> None:
    with pytest.raises(UsageError, match="nearest: lowtown"):
        compare(valley, ["stock-lowtwn"], draws=10, seed=1)


# --- earlier -----------------------------------------------------------------------------------------------


SECTION = """
[earlier]
evaluate_at = "2025-03-14"
budget = "300 kUSD"
record_from = 2019
record_to = 2025
dates = [
  { name = "road closed", ordered = 2024-11-20 },
  { name = "troops", ordered = 2025-03-01, rule = "troops" },
  { name = "attack", ordered = 2025-03-13 },
]
"""


def with_section(folder: Path, text: str = SECTION) -> Path:
    shutil.copytree(VALLEY, folder / "valley")
    with (folder / "valley" / "crisis.toml").open("a", encoding="utf-8") as file:
        file.write(text)
    return folder / "valley"


@pytest.fixture(scope="module")
def earlier_tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    return earlier(open_crisis(with_section(tmp_path_factory.mktemp("earlier"))), draws=40, seed=1)


def test_an_earlier_order_never_leaves_more_unmet(earlier_tables: dict[str, pl.DataFrame]) -> None:
    table = earlier_tables["earlier_averted"].filter(
        pl.col("arm") == "if it happens", pl.col("where") == "arrived"
    )
    assert table["sector"].n_unique() >= 2
    for _, rows in table.sort("ordered").group_by("sector", "quantile"):
        assert np.all(np.diff(rows.sort("ordered")["unmet"].to_numpy()) >= -1e-9)
    first = table.filter(pl.col("trigger") == "road closed")
    assert (first["averted_mean"] > 0).any()


def test_the_reference_date_averts_nothing(earlier_tables: dict[str, pl.DataFrame]) -> None:
    rows = earlier_tables["earlier_averted"].filter(pl.col("trigger") == "attack")
    assert (rows["averted"] == 0).all()


def test_nothing_ordered_outside_reaches_those_inside(earlier_tables: dict[str, pl.DataFrame]) -> None:
    rows = earlier_tables["earlier_averted"].filter(pl.col("where") == "inside")
    assert rows.height
    assert (rows["averted"] == 0).all() or not rows["words"].str.contains("buy nothing").any()


def test_the_unconditional_arm_lets_the_event_come_at_its_probability(
    earlier_tables: dict[str, pl.DataFrame],
) -> None:
    means = earlier_tables["earlier_averted"].filter(
        pl.col("where") == "arrived", pl.col("trigger") == "road closed"
    )
    by_arm = {arm: rows["averted_mean"].max() for (arm,), rows in means.group_by("arm")}
    assert by_arm["unconditional"] <= by_arm["if it happens"]


def test_the_record_counts_the_rule_and_its_cost(earlier_tables: dict[str, pl.DataFrame]) -> None:
    rows = {row["trigger"]: row for row in earlier_tables["earlier_record"].iter_rows(named=True)}
    assert rows["troops"]["activations"] == 1
    assert rows["troops"]["cost"] == rows["troops"]["money"]
    assert rows["road closed"]["activations"] is None
    assert rows["attack"]["arrives"] == date(2025, 3, 13) + timedelta(days=14)


def test_a_key_that_is_unknown_is_a_finding(tmp_path: Path) -> None:
    folder = with_section(tmp_path)
    replaced(folder / "crisis.toml", "record_to", "record_till")
    with pytest.raises(CrisisError, match="record_till"):
        _ = open_crisis(folder).plan


def test_a_rule_that_is_not_there_is_refused(tmp_path: Path) -> None:
    folder = with_section(tmp_path)
    replaced(folder / "crisis.toml", 'rule = "troops"', 'rule = "troups"')
    with pytest.raises(UsageError, match="troups"):
        earlier(open_crisis(folder), draws=10, seed=1)


def test_an_outside_act_after_the_start_of_violence_says_that_it_changes_nothing() -> None:
    assert "already started" in note_row(parse_option("mediation"), started=True)["evidence"]
    assert "already started" not in note_row(parse_option("mediation"))["evidence"]
    assert "already started" not in note_row(parse_option("buses"), started=True)["evidence"]


def test_the_mean_lies_in_its_interval_and_activations_have_dates(
    earlier_tables: dict[str, pl.DataFrame],
) -> None:
    table = earlier_tables["earlier_averted"]
    assert (table["averted_mean_low"] <= table["averted_mean"] + 1e-9).all()
    assert (table["averted_mean"] <= table["averted_mean_high"] + 1e-9).all()
    days = dict(earlier_tables["earlier_record"].select("trigger", "activated_on").iter_rows())
    assert days["troops"].startswith("2025-")
    assert days["road closed"] is None
