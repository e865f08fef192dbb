"""Kinds of violence by year, and the mass killing of civilians."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from forestall.core.errors import UsageError
from forestall.crisis import open_crisis
from forestall.evaluation.kinds import score_kinds
from forestall.stages import warn
from forestall.warning.kinds import MASS, features_of, fit_kind, kinds_table, read_years, targets


def at(year, month=9):
    return datetime(year, month, 10, tzinfo=UTC)


def odds(table, what, ahead=0):
    return table.filter(table["what"] == what).sort("year")["p"][ahead]


def test_who_was_killed_outside_fighting_counts_apart():
    rows = kinds_table(["SYR", "CHE"], at(2015))
    syria, swiss = (rows.filter(rows["where"] == code) for code in ("SYR", "CHE"))
    assert odds(syria, MASS) > 0.3
    assert odds(swiss, MASS) < 0.01
    assert all(odds(syria, what) > odds(swiss, what) for what in targets())
    assert rows["what"].unique().len() == len(targets())


def test_a_country_without_a_figure_is_not_assessed_and_not_safe():
    row = kinds_table(["XAA"], at(2015)).row(0, named=True)
    assert (row["p"], row["words"]) == (None, "not assessed")
    assert "not known" in row["rests_on"]


def test_intervals_hold_the_odds_and_widen_with_the_years_ahead():
    rows = kinds_table(["SYR", "COD", "NGA"], at(2023))
    assert (rows["p_low"] < rows["p"]).all()
    assert (rows["p"] < rows["p_high"]).all()
    assert sorted(rows["year"].unique()) == [2023, 2024]


def test_no_figure_of_a_later_release_is_seen():
    assert read_years(at(2023, 7)).last == read_years(at(2023, 5)).last + 1
    early = read_years(at(2016))
    late = read_years(at(2023))
    cut = replace(late, deaths=late.deaths[:, : early.deaths.shape[1]])
    for what in targets():
        one, other = (fit_kind(y, features_of(y), what, 1, early.last) for y in (early, cut))
        assert one.coefficients.shape == other.coefficients.shape
        changed = replace(late, deaths=late.deaths.copy())
        changed.deaths[:, early.deaths.shape[1] :] = 99_999
        same = fit_kind(changed, features_of(changed), what, 1, early.last)
        full = fit_kind(late, features_of(late), what, 1, early.last)
        assert np.allclose(same.coefficients, full.coefficients)


def test_before_eight_years_are_known_nothing_is_said():
    assert kinds_table(["SYR"], at(1993)).height == 0


def test_the_stage_writes_every_kind_for_each_country():
    rows = warn(open_crisis("karabakh-2023").at("2023-09-10"))["warning_kinds"]
    assert sorted(rows["where"].unique()) == ["ARM", "AZE"]
    assert rows["year"].min() == 2023
    assert rows.height == 2 * 2 * len(targets())


@pytest.fixture(scope="module")
def scores():
    return score_kinds()


def test_the_score_stands_beside_two_baselines(scores):
    assert scores["years"] == [2018, 2024]
    for row in scores["kinds"]:
        assert row["model"]["brier"] < row["base rate"]["brier"]
        low, high = row["brier_gain90"]
        assert low <= row["brier_gain"] <= high
        assert row["says"].startswith("better") == (low > 0)


def test_years_judged_do_not_teach():
    whole, part = (
        {row["what"]: row for row in score_kinds(years)["kinds"] if row["years_ahead"] == 1}
        for years in ((2015, 2016), (2015, 2015))
    )
    assert whole.keys() == part.keys()
    assert all(whole[what]["country_years"] > part[what]["country_years"] for what in whole)


@pytest.mark.parametrize("years", [(1985, 1990), (2018, 2030), (2020, 2018)])
def test_years_that_cannot_be_judged_are_refused(years):
    with pytest.raises(UsageError, match="1997 to 2024"):
        score_kinds(years)
