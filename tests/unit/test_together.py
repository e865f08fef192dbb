"""Two sides of one war: joint draws, joint odds, and the odds of a war between two states."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forestall.crisis import open_crisis
from forestall.options.warn import WarnOptions
from forestall.stages import warn
from forestall.war.rates import load_rates
from forestall.warning.stage import warn_tables
from forestall.warning.together import Tie, both_chance, correlation_of, read_ties, war_rows
from skirmish import event, made

MOMENT = "2023-09-10"
TIE = Tie(("ARM", "AZE"), date(2022, 9, 14))


@pytest.fixture(scope="module")
def crisis():
    return open_crisis("karabakh-2023").at(MOMENT)


def tables(crisis, ties):
    return warn_tables(
        crisis["deaths"],
        countries=("AZE", "ARM"),
        as_of=crisis.as_of,
        options=WarnOptions(horizon_months=6, draws=1000),
        ties=ties,
    )


def wide(outlook):
    return outlook.pivot("where", index=["draw", "month"], values="deaths")


def test_draws_of_two_sides_move_together_and_each_keeps_its_own_distribution(crisis):
    apart, tied = (wide(tables(crisis, ties)["outlook"]) for ties in ((), (TIE,)))
    moved = [np.corrcoef(np.log1p(made["AZE"]), np.log1p(made["ARM"]))[0, 1] for made in (apart, tied)]
    assert abs(moved[0]) < 0.05
    assert moved[1] > 0.15
    for month in tied["month"].unique():
        one, other = (made.filter(pl.col("month") == month)["ARM"].sort() for made in (apart, tied))
        assert one.equals(other)


def test_both_is_likelier_and_either_less_likely_than_apart(crisis):
    rows = tables(crisis, (TIE,))
    odds = rows["warning_odds"].filter((pl.col("model") == "pool") & (pl.col("within_months") == 6))
    one, other = odds.sort("where")["p_event"]
    joint = dict(rows["warning_pairs"].filter(pl.col("within_months") == 6).select("what", "p").iter_rows())
    assert joint["an event in both"] > 1.3 * one * other
    assert joint["an event in either"] == pytest.approx(one + other - joint["an event in both"])
    ends = rows["warning_pairs"].select((pl.col("p_low") <= pl.col("p")) & (pl.col("p") <= pl.col("p_high")))
    assert ends.to_series().all()


def test_ties_come_from_acts_of_violence_between_states_known_by_the_moment(crisis):
    assert [tie.pair for tie in read_ties(crisis, ["AZE", "ARM"])] == [("ARM", "AZE")]
    assert read_ties(crisis, ["AZE"]) == ()
    assert [tie.pair for tie in read_ties(open_crisis("ukraine-2022").at("2022-03-01"), ["UKR", "RUS"])] == [
        ("RUS", "UKR")
    ]


def test_a_crisis_of_one_country_has_no_pairs():
    made_up = made([0] * 13, [event(date(2031, 3, 4), step="raid")], moment="2031-03-10")
    assert warn(made_up)["warning_pairs"].height == 0


def test_the_own_record_moves_the_base_rate_and_unknown_months_do_not():
    rate = load_rates()["together", "sides of one war"].value
    lively = np.tile([0.0, 0.0, 60.0, 5.0], 30)
    assert correlation_of(lively, lively).value > rate
    assert correlation_of(lively, lively[::-1]).value < rate
    assert correlation_of(np.full(120, np.nan), lively).value == pytest.approx(rate)
    assert correlation_of(lively[:0], lively[:0]).years == 0


def test_a_war_between_states_is_less_likely_the_longer_ago_force_was_used():
    def within_a_year(days):
        rows = war_rows(
            replace(TIE, last=date(2023, 9, 10) - timedelta(days=days)), (3, 12), date(2023, 9, 10)
        )
        assert not rows or rows[0]["p"] < rows[1]["p"]
        return rows[1]["p"] if rows else None

    lately, years, long = (within_a_year(days) for days in (100, 1000, 3000))
    assert lately > years > long > 0
    assert within_a_year(5000) is None


def test_the_odds_of_a_war_between_states_stop_where_the_war_is_under_way():
    during = warn(open_crisis("karabakh-2023").at("2023-09-20T20:00+04:00"))["warning_pairs"]
    before = warn(open_crisis("karabakh-2023").at(MOMENT))["warning_pairs"]
    assert "war between the two" in before["what"].to_list()
    assert "war between the two" not in during["what"].to_list()


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.9])
def test_the_joint_chance_lies_between_independence_and_the_smaller(correlation):
    joint = both_chance(0.2, 0.4, correlation)
    assert 0.08 - 1e-9 <= joint <= 0.2
