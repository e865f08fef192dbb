"""Months that deaths do not cover yet: what acts of violence say of them, and what comes next."""

from datetime import UTC, date, datetime
from types import MappingProxyType

import numpy as np
import polars as pl
import pytest

from forestall.crisis import Crisis, open_crisis
from forestall.stages import warn
from forestall.warning.news import draws_with_news, read_news
from skirmish import SETTINGS, event, made

OFFENSIVE = date(2031, 3, 4)


def odds(crisis, within=1):
    """Return the odds of the model asked for within so many months."""
    rows = warn(crisis)["warning_odds"].filter(~pl.col("model").str.contains("-12"))
    return rows.filter(pl.col("within_months") == within)["p_event"][0]


def test_the_first_odds_after_an_offensive_are_near_one_and_before_it_they_are_not():
    acts = [event(OFFENSIVE, step="offensive")]
    assert odds(made([0] * 13, acts, moment="2031-03-03")) < 0.2
    assert odds(made([0] * 13, acts, moment="2031-03-04")) > 0.9


def test_incidents_hardly_move_the_odds():
    plain = odds(made([0] * 13, moment="2031-03-04"))
    assert odds(made([0] * 13, [event(OFFENSIVE, step="incident")], moment="2031-03-04")) < plain + 0.1


def test_deaths_of_the_month_take_the_place_of_the_acts():
    acts = [event(OFFENSIVE, step="offensive")]
    covered = made([*[0] * 14, 300, 0, 0, 0, 0, 0, 0, 0], acts, moment="2031-12-01")
    assert read_news(covered, ["XAA"], 24 * 40).acts == ()
    assert odds(covered) < 0.6


def test_an_event_lies_in_the_country_of_the_side_attacked():
    rows = warn(open_crisis("karabakh-2023").at("2023-09-20T20:00+04:00"))["warning_odds"]
    first = rows.filter((pl.col("within_months") == 1) & ~pl.col("model").str.contains("conflictology"))
    chance = dict(first.select("where", "p_event").iter_rows())
    assert chance["AZE"] >= 0.9
    assert chance["ARM"] < 0.3


def test_a_moment_before_the_offensive_sees_nothing_of_it():
    acts = [event(OFFENSIVE, step="offensive", known_at=datetime(2031, 3, 6, tzinfo=UTC))]
    blind, without = made([0] * 13, acts, moment="2031-03-05"), made([0] * 13, moment="2031-03-05")
    assert warn(blind)["warning_odds"].equals(warn(without)["warning_odds"])
    assert warn(blind)["war_state"].equals(warn(without)["war_state"])


def test_after_a_ceasefire_a_second_offensive_stands_apart():
    acts = [event(OFFENSIVE, step="offensive"), event(date(2031, 3, 6), "c", kind="ceasefire")]
    during = warn(made([0] * 13, acts[:1], moment="2031-03-05"))["war_next"]
    after = warn(made([0] * 13, acts, moment="2031-03-08"))["war_next"]
    assert set(during["what"]) == {"it ends", "fighting again after it has stopped"}
    assert set(after["what"]) == {"fighting again after it has stopped"}
    assert (after["p"] > 0).all()
    assert after.sort("within_days")["p"].is_sorted()
    assert warn(made([0] * 13, moment="2031-03-05"))["war_next"].height == 0


def test_mixed_draws_keep_the_sizes_of_a_model_that_has_them():
    rng = np.random.default_rng(1)
    own = np.where(rng.random(1000) < 0.5, 0.0, rng.uniform(500, 900, 1000))
    mixed = draws_with_news(own, 0.8, 25)
    assert np.mean(mixed >= 25) == pytest.approx(0.9, abs=0.01)
    assert mixed[mixed >= 25].min() >= 500
    assert draws_with_news(own, 0.0, 25) is own


def test_without_acts_the_tables_are_those_of_the_deaths():
    crisis = made([0] * 13, moment="2031-03-04")
    bare = Crisis(SETTINGS, MappingProxyType({"deaths": crisis["deaths"]})).at(
        datetime(2031, 3, 4, tzinfo=UTC)
    )
    assert warn(crisis)["warning_odds"].equals(warn(bare)["warning_odds"])


@pytest.mark.parametrize(
    ("kind", "other"), [("posture", {}), ("closure", {}), ("statement", {"step": "ultimatum"})]
)
def test_a_tension_has_odds_of_its_own_by_the_gravest_step(kind, other):
    rows = [event(date(2031, 3, 1), "p", kind=kind, **other)]
    ahead = warn(made([0] * 14, rows, moment="2031-03-05"))["war_next"]
    assert ahead["what"].to_list() == ["serious fighting begins"]
    assert ahead["p_low"][0] < ahead["p"][0] < ahead["p_high"][0]
    assert warn(made([0] * 20, rows, moment="2031-10-05"))["war_next"].height == 0
