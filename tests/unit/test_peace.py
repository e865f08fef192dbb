"""Would it last: endings elsewhere, the hazard of fighting again, the odds of a crisis's own endings."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forestall.core.errors import UsageError
from forestall.crisis import open_crisis
from forestall.evaluation.peace import score_peace
from forestall.peace.endings import held, known_by, load_endings, rate_by_kind
from forestall.peace.features import dyad_years, names, row_of
from forestall.peace.holding import peace_tables
from forestall.peace.survival import fit_hazard
from valley import VALLEY


def test_plain_rates_are_those_counted_on_the_rows() -> None:
    five = dict(rate_by_kind(load_endings(), 5).select("kind", "rate").iter_rows())
    assert five["low activity"] == pytest.approx(0.45, abs=0.01)
    assert five["ceasefire"] == pytest.approx(0.34, abs=0.01)
    assert five["agreement"] == pytest.approx(0.13, abs=0.01)


def test_what_followed_later_is_not_known_then() -> None:
    known = known_by(load_endings(), 1995)
    assert known["year"].max() <= 1995
    assert known["again"].drop_nulls().max() <= 1995
    assert held(known, 5, 1995).filter("held")["year"].max() <= 1990


def test_a_dyad_is_watched_until_it_fights_again_or_the_record_ends() -> None:
    row = load_endings().row(0, named=True) | {"year": 2000}
    table = pl.DataFrame([row | {"again": 2003}, row | {"again": None}])
    features, outcome = dyad_years(table, 2005)
    assert features.shape == (3 + 5, len(names()))
    assert outcome.tolist() == [0, 0, 1, 0, 0, 0, 0, 0]


def test_odds_fall_with_years_and_rise_once_it_has_held() -> None:
    hazard = fit_hazard(2020, draws=200)
    row = row_of(load_endings().filter(kind="ceasefire").row(0, named=True))
    two, ten = (hazard.odds_of_holding(row, 0, years)[0] for years in (2, 10))
    later = hazard.odds_of_holding(row, 15, 10)[0]
    assert ten < two < later


def test_too_few_cases_give_no_odds() -> None:
    with pytest.raises(UsageError, match=r"too few cases \(n = "):
        fit_hazard(1946)


def test_odds_of_the_past_do_not_know_what_came_later() -> None:
    crisis = open_crisis("karabakh-2023")
    before = peace_tables(crisis.at("2022-12-01"), draws=50, seed=1)
    assert before["peace_odds"]["until"].max() == 2020
    assert before["peace_odds"]["date"].max() <= dt.date(2022, 12, 1)
    early = peace_tables(crisis.at("1995-12-01"), draws=50, seed=1)
    assert early["peace_odds"]["until"].unique().to_list() == [1994]
    assert early["peace_cases"]["again"].drop_nulls().max() <= 1994
    assert early["peace_odds"]["holds"].null_count() == 0


def test_an_ending_after_which_fighting_came_back_has_no_odds_but_says_so() -> None:
    odds = peace_tables(open_crisis("karabakh-2023").at("2020-12-01"), draws=50, seed=1)["peace_odds"]
    old = odds.filter(ending="war-1994")
    assert old["holds"].null_count() == 3
    assert "did not hold" in old["says"][0]


def test_the_names_of_the_parties_do_not_move_the_odds() -> None:
    crisis = open_crisis("karabakh-2023").at("2020-12-01")
    names = {"Armenia": "Azerbaijan", "Azerbaijan": "Armenia"}
    swapped = crisis["endings"].with_columns(
        pl.col("parties").str.split("|").list.eval(pl.element().replace(names)).list.join("|")
    )
    one = peace_tables(crisis, draws=50, seed=1)
    other = peace_tables(crisis.with_tables({"endings": swapped}), draws=50, seed=1)
    assert all(one[name].equals(other[name]) for name in one)


def test_what_an_agreement_lacks_is_shown_with_its_cases() -> None:
    lacking = peace_tables(open_crisis("karabakh-2023").at("2020-12-01"), draws=50, seed=1)["peace_lacking"]
    of_2020 = lacking.filter(ending="war-2020")["provision"].to_list()
    assert "guarantor" in of_2020
    assert "peacekeepers" not in of_2020
    assert (
        lacking.filter(pl.col("with_n") < 10)["held_with"].null_count()
        == lacking.filter(pl.col("with_n") < 10).height
    )


def test_a_crisis_without_endings_takes_those_of_its_countries() -> None:
    crisis = open_crisis(VALLEY)
    crisis = crisis.__class__(crisis.settings.model_copy(update={"iso3": ("COL",)}), {}, folder=None).at(
        "2018-06-01"
    )
    odds = peace_tables(crisis, draws=50, seed=1)["peace_odds"]
    assert any("FARC" in title for title in odds["title"])


def test_the_model_is_judged_on_endings_it_has_not_seen() -> None:
    score = score_peace()
    five = score.row(by_predicate=pl.col("years") == 5, named=True)
    assert five["brier"] < five["brier_rate"] < five["brier_placebo"]
    assert 0.7 <= five["slope"] <= 1.3
    assert five["gain_low"] < 0 < five["gain_high"]
    assert np.isfinite(score["brier"].to_numpy()).all()
