"""What to do now: gaps x lead time x commitments, for every action that the triggers name."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from forestall.action.due import NO_OWNER
from forestall.crisis import Crisis, open_crisis
from forestall.runs import run
from valley import copy_valley

MOMENT = "2025-03-20"


@pytest.fixture(scope="module")
def crisis(tmp_path_factory: pytest.TempPathFactory) -> Crisis:
    """The crisis of the tests after its run, with one trigger that says everything."""
    folder = copy_valley(tmp_path_factory.mktemp("due"))
    path = folder / "triggers.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    told = "Hillmark relief office,food|shelter,Union of Rivers,K1"
    text = [f"{head},owner,closes,agreed_by,commitment", rows[0] + ",,,,", f"{rows[1]},{told}"]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return run(open_crisis(folder), as_of=MOMENT, draws=40, seed=3).crisis


def test_every_action_of_every_trigger_is_there(crisis: Crisis) -> None:
    named = set(crisis["actions_due"]["trigger"])
    assert named == set(crisis["triggers"]["trigger"])
    assert not crisis["actions_due"]["action"].str.contains(";").any()


def test_what_nobody_set_is_not_guessed(crisis: Crisis) -> None:
    rows = crisis["actions_due"].filter(pl.col("trigger") == "pass-30")
    assert set(rows["owner"]) == {NO_OWNER}
    assert set(rows["standing"]) == {"proposed"}
    assert set(rows["gap_told_by"]) <= {"words of the action", "nobody"}
    assert set(rows["item"]) == {"blankets", "water"}, "the words blankets and water"


def test_what_the_trigger_tells_is_taken(crisis: Crisis) -> None:
    rows = crisis["actions_due"].filter(pl.col("trigger") == "troops")
    assert set(rows["sector"]) == {"food", "shelter"}
    assert set(rows["owner"]) == {"Hillmark relief office"}
    assert set(zip(rows["standing"], rows["by_whom"], strict=True)) == {("agreed", "Union of Rivers")}
    assert set(rows["commitment"]) == {"K1"}
    assert set(rows["covered_by"]) == {"the trigger"}


def test_the_day_of_order_is_the_first_day_with_a_gap_less_the_lead_time(crisis: Crisis) -> None:
    rows = crisis["actions_due"].filter(pl.col("gap").is_not_null())
    gaps = crisis["gaps"].filter(
        (pl.col("arm") == "if it happens") & (pl.col("quantile") == 0.5) & (pl.col("place") == "ALL")
    )
    assert rows.height
    for row in rows.iter_rows(named=True):
        own = gaps.filter((pl.col("item") == row["item"]) & (pl.col("gap") > 0))
        assert row["gap_from"] == own["date"].min()
        assert row["gap"] == pytest.approx(own["gap"].max())
        assert (row["gap_from"] - row["order_by"]).days == int(row["lead_time"].split()[0])
        assert row["days_left"] == (row["order_by"] - date(2025, 3, 20)).days
        assert row["gap_low"] <= row["gap"] <= row["gap_high"]
        assert row["people"] > 0


def test_the_cost_is_price_times_gap_where_a_price_is_known(crisis: Crisis) -> None:
    prices = dict(crisis["items"].drop_nulls("price").select("item", "price").iter_rows())
    rows = crisis["actions_due"].filter(pl.col("gap").is_not_null())
    for item, gap, cost in rows.select("item", "gap", "cost").iter_rows():
        assert cost == (pytest.approx(gap * prices[item]) if item in prices else None)


def test_a_trigger_that_still_holds_is_not_called_off(crisis: Crisis) -> None:
    active = set(crisis["activations"]["trigger"])
    rows = crisis["actions_due"]
    assert set(rows.filter(pl.col("state") == "activated")["trigger"]) == active
    assert True not in rows["stop_met"].to_list()


def test_without_gaps_the_actions_stand_and_nothing_is_called_zero(crisis: Crisis) -> None:
    from forestall.stages import act

    folder = Path(str(crisis.folder))
    alone = act(open_crisis(folder).at(MOMENT), draws=20)["actions_due"]
    assert set(alone["trigger"]) == set(crisis["triggers"]["trigger"])
    assert alone["gap"].is_null().all()
    assert alone["order_by"].is_null().all()
