"""Missed moments: years between wars, and cases elsewhere whose outcome was known then."""

import polars as pl
import pytest

from forestall.crisis import Crisis, open_crisis
from forestall.peace.subjects import subjects_of
from forestall.pressure.moments import (
    AHEAD,
    NEAREST,
    deaths_by_year,
    moments_tables,
    nearest_then,
    stalemate,
    years_between,
)
from valley import VALLEY

NAMES = {"Armenia": "Azerbaijan", "Azerbaijan": "Armenia"}


@pytest.fixture(scope="module")
def karabakh() -> Crisis:
    return open_crisis("karabakh-2023").at("2023-09-01")


@pytest.fixture(scope="module")
def tables(karabakh: Crisis) -> dict[str, pl.DataFrame]:
    return moments_tables(karabakh)


def test_years_of_war_are_left_out_and_the_others_are_all_there(tables: dict[str, pl.DataFrame]) -> None:
    years = tables["missed_years"]["year"].to_list()
    assert years == [y for y in range(1995, 2024) if y not in (2016, 2020, 2022)]


def test_only_cases_count_whose_outcome_was_known_in_that_year(karabakh: Crisis) -> None:
    for year, subject in years_between(subjects_of(karabakh), karabakh.local_date()):
        near = nearest_then(subject, year)
        held = year - subject.ended.year
        assert (near["year"] + held + AHEAD).max() <= year - 1
        assert ((near["again"] - near["year"]) > held).fill_null(value=True).all()
        assert near["distance"].is_sorted()


def test_later_rows_do_not_change_an_earlier_year(tables: dict[str, pl.DataFrame]) -> None:
    early = moments_tables(open_crisis("karabakh-2023").at("2012-06-01"))["missed_years"]
    assert early["year"].max() == 2012
    known = ["year", "since", "held_for", "stalemate", "cases", "near_back", "all_back", "placebo_low"]
    same = early.filter(pl.col("year") < 2012).select(known)
    assert same.equals(tables["missed_years"].filter(pl.col("year") < 2012).select(known))


def test_a_stalemate_hurts_two_years_running_and_moves_no_land(karabakh: Crisis) -> None:
    assert stalemate({2014: 30, 2015: 24}, set(), 2015) == "no"
    assert stalemate({2014: 30, 2015: 25}, set(), 2015) == "yes"
    assert stalemate({2014: None, 2015: 25}, set(), 2015) == "not known"
    assert deaths_by_year(karabakh)[2020] > 5000


def test_ten_by_lot_stand_beside_the_ten_nearest(tables: dict[str, pl.DataFrame]) -> None:
    rows = tables["missed_years"]
    assert (rows["placebo_low"] <= rows["all_back"] + 0.1).all()
    assert (rows["placebo_high"] >= rows["all_back"] - 0.05).all()
    assert tables["missed_cases"].group_by("year").len()["len"].unique().to_list() == [NEAREST]


def test_the_names_of_the_parties_do_not_move_the_answer(
    karabakh: Crisis, tables: dict[str, pl.DataFrame]
) -> None:
    swapped = {
        "endings": karabakh["endings"].with_columns(
            pl.col("parties").str.split("|").list.eval(pl.element().replace(NAMES)).list.join("|")
        ),
        "deaths": karabakh["deaths"].with_columns(pl.col("where").replace({"ARM": "AZE", "AZE": "ARM"})),
    }
    other = moments_tables(karabakh.with_tables(swapped))
    assert other["missed_years"].equals(tables["missed_years"])
    assert other["missed_cases"].equals(tables["missed_cases"])


def test_a_crisis_without_endings_is_not_assessed() -> None:
    crisis = open_crisis(VALLEY).at("2025-03-14")
    assert all(table.height == 0 for table in moments_tables(crisis).values())
