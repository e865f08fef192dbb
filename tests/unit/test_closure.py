"""A closed area: run-down by hand, access that switches, reopening, half and double."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

import small_response as small
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.closure import (
    beside_reports,
    closed_since,
    closure_tables,
    daily_inflow,
    days_until_out,
    days_until_reopening,
    run_down,
)

CLOSED = datetime(2030, 1, 1, 8, tzinfo=UTC)


def test_constant_ration_runs_out_after_stock_over_net_use() -> None:
    stock, inflow, use = 1000.0, 20.0, 70.0
    left, met = run_down(np.array([stock]), np.full((1, 40), inflow), np.full((1, 40), use))
    net = use - inflow
    expected = np.maximum(0, stock - net * np.arange(1, 41))
    assert left[0] == pytest.approx(expected)
    assert days_until_out(met)[0] == stock / net + 1
    assert met[0, -1] == pytest.approx(inflow / use)


def test_enough_coming_in_never_runs_out() -> None:
    left, met = run_down(np.array([5.0]), np.full((1, 30), 10.0), np.full((1, 30), 10.0))
    assert (left == 5).all()
    assert np.isinf(days_until_out(met)[0])


def test_reopening_is_as_far_ahead_as_the_closure_is_old_at_the_median() -> None:
    chances = (np.arange(1000) + 0.5) / 1000
    ahead = days_until_reopening(50, chances)
    assert np.median(ahead) == pytest.approx(50, rel=0.01)
    assert np.mean(ahead > 450) == pytest.approx(0.1, abs=0.002)


def log(*states: tuple[str, str, int]) -> pl.DataFrame:
    return small.rows(
        "corridor_status",
        [{"corridor": c, "status": s, "effective": CLOSED + timedelta(days=d)} for c, s, d in states],
    )


def test_closed_since_is_the_start_of_the_present_spell_of_the_last_corridor() -> None:
    states = log(("a", "open", -100), ("a", "closed", 0), ("a", "humanitarian_only", 5), ("b", "closed", 3))
    assert closed_since(states, ["a", "b"], None) == CLOSED + timedelta(days=3)
    assert closed_since(states, ["a", "b"], CLOSED + timedelta(days=1)) is None
    reopened = pl.concat([states, log(("a", "open", 9))])
    assert closed_since(reopened, ["a", "b"], None) is None


def inflow(amount: float, day: int, **more: object) -> dict[str, object]:
    moment = CLOSED + timedelta(days=day)
    base = {"place": "origin", "item": "food", "quantity": amount, "unit": "kg/day", "party": "one side"}
    return {**base, "effective": moment, "one_sided": True, **more}


def test_access_switches_what_comes_in_and_the_last_known_row_counts() -> None:
    rows = small.rows(
        "inflows", [inflow(5, 0), inflow(8, 0, known_at=CLOSED), inflow(0, 2), inflow(3, 4, one_sided=False)]
    )
    dates = [date(2030, 1, 1) + timedelta(days=n) for n in range(-1, 6)]
    half = daily_inflow(rows, "origin", "food", dates, UTC_ZONE, 0.5)
    newest = rows.filter(pl.col("effective") == CLOSED).sort("known_at")["quantity"][-1]
    assert half.tolist() == [0, newest / 2, newest / 2, 0, 0, 3, 3]


class _Zone:
    key = "UTC"


UTC_ZONE = _Zone()


def made(**more: object) -> object:
    item = {
        "place": "origin",
        "item": "food",
        "sector": "food security",
        "unit": "kg",
        "ration": 0.5,
        "made_inside": 0.2,
        "stock_days_low": 50.0,
        "stock_days_high": 90.0,
        "corridors": "road",
    }
    tables = {
        "episodes": small.episodes([True, False, True], exposed=[100, 200, 300]),
        "corridor_status": log(("road", "closed", 0)),
        "corridors": [{"corridor": "road", "from_place": "beetown", "to_place": "origin", "km": 10.0}],
        "closure_items": [item],
        "inflows": [inflow(5, 0, known_at=CLOSED)],
        "access": [
            {
                "fact": "f1",
                "date": date(2030, 2, 1),
                "topic": "food",
                "metric": "bread rationed",
                "party": "one side",
            },
            {
                "fact": "f0",
                "date": date(2029, 2, 1),
                "topic": "food",
                "metric": "earlier",
                "party": "one side",
            },
        ],
        **more,
    }
    return small.crisis(**tables)


def test_stocks_of_a_closed_area_as_tables() -> None:
    out = closure_tables(made(), PrepareOptions())
    stock = (
        out["closure_stock"]
        .filter(pl.col("variant") == "as reported", pl.col("quantile") == 0.5)
        .sort("date")
    )
    assert stock["date"][0] == date(2030, 1, 1)
    assert stock["known"].to_list()[0]
    assert not stock["known"].to_list()[-1]
    out_at = out["closure_exhaustion"].filter(pl.col("variant") == "as reported", pl.col("quantile") == 0.5)
    assert out_at["days"][0] > 50
    assert out["closure_reports"].select("fact", "days").rows() == [("f1", 31)]


def test_more_coming_in_never_makes_it_run_out_sooner() -> None:
    days = {
        variant: float(table.filter(pl.col("quantile") == 0.5)["days"].fill_null(1e9)[0])
        for (variant,), table in closure_tables(made(), PrepareOptions())["closure_exhaustion"].group_by(
            "variant"
        )
    }
    assert days["half"] <= days["as reported"] <= days["double"]


def test_an_open_area_has_no_rows() -> None:
    opened = made(corridor_status=log(("road", "closed", 0), ("road", "open", 10)))
    assert all(table.height == 0 for table in closure_tables(opened, PrepareOptions()).values())


def test_those_inside_after_the_moment_are_the_people_worked_out() -> None:
    gone = small.presence({("origin", "inside"): [[0] * 40] * 3})
    assert (
        closure_tables(made(presence=gone), PrepareOptions())["closure_exhaustion"]["runs_out"].sum()
        < closure_tables(made(), PrepareOptions())["closure_exhaustion"]["runs_out"].sum()
    )


def medians(item: dict[str, object], inflows: list[dict[str, object]]) -> dict[str, dict[str, object]]:
    table = closure_tables(made(closure_items=[item], inflows=inflows), PrepareOptions())[
        "closure_exhaustion"
    ]
    return {row["variant"]: row for row in table.filter(pl.col("quantile") == 0.5).iter_rows(named=True)}


ITEM = {
    "place": "origin", "item": "food", "sector": "food security", "unit": "kg", "ration": 0.5,
    "made_inside": 0.0, "stock_days_low": 10.0, "stock_days_high": 20.0, "corridors": "road",
}  # fmt: skip


def test_the_three_arms_differ_where_stocks_are_assumed_and_nothing_comes_in() -> None:
    assumed = medians(ITEM | {"basis": "assumption"}, [])
    assert assumed["half"]["days"] < assumed["as reported"]["days"] < assumed["double"]["days"]
    reported = medians(ITEM | {"basis": "reported"}, [])
    assert len({row["days"] for row in reported.values()}) == 1


def test_a_reckoning_that_later_reports_changed_says_which_one_a_shortage_fits() -> None:
    later = inflow(60.0, 0, one_sided=False, known_at=CLOSED + timedelta(days=60))
    row = medians(ITEM, [later])["as reported"]
    assert row["when_closed"] is not None
    assert row["date"] is None or row["date"] > row["when_closed"]
    assert "reckoned when it closed" in row["words"]
    assert row["words"].endswith("no shortage of it was reported")
    early, late = date(2023, 1, 9), date(2023, 4, 20)
    assert beside_reports(early, late, date(2023, 4, 1)).endswith("the second reckoning was nearer")
    assert beside_reports(early, None, date(2023, 1, 1)).endswith("the first reckoning was nearer")
