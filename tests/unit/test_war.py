"""The state of a war from deaths, events and control, on made-up tables and on the shipped crisis."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from flight import table
from forestall.crisis import open_crisis
from forestall.war import read_war, war_days
from forestall.war.rates import load_rates
from forestall.war.signs import read_evidence
from skirmish import FIRST, event, made

VALLEY = Path(__file__).parents[1] / "data" / "river-valley"


def test_deaths_alone_make_a_war_that_begins_in_a_month_not_known_to_the_day():
    war = read_war(made([0, 0, 3, 40, 900, 700], moment="2030-07-30"))
    assert war.state == "under way"
    assert war.began_from == datetime(2030, 4, 1, tzinfo=UTC)
    assert war.began_until == datetime(2030, 5, 1, tzinfo=UTC)
    assert war.event == ""
    assert war.probabilities["under way"] > 0.9


def test_a_war_of_years_goes_on_through_months_below_the_threshold():
    war = read_war(made([*[60] * 20, 10, 4, 60, 60, 8], moment="2032-02-25"))
    assert war.state == "under way"
    assert war.since == FIRST


def test_a_war_ages_out_by_months_known_to_be_quiet_and_not_by_months_unknown():
    quiet = read_war(made([*[60] * 12, *[0] * 5], moment="2031-07-01"))
    unknown = read_war(made([60] * 12, moment="2031-07-01"))
    assert quiet.probabilities["under way"] < unknown.probabilities["under way"]
    assert unknown.state == "under way"
    over = read_war(made([*[60] * 12, *[0] * 14], moment="2032-04-01"))
    assert over.state == "over"
    assert read_war(made([*[60] * 12, *[0] * 90], moment="2038-08-01")).state == "quiet"


def test_an_offensive_without_deaths_is_under_way_within_the_hour_it_is_known():
    war = read_war(made([0] * 12, [event(date(2031, 3, 4), step="offensive")], moment="2031-03-04"))
    assert war.state == "under way"
    assert war.event == "e1"
    assert war.began_from == datetime(2031, 3, 4, tzinfo=UTC)
    assert war.began_until == datetime(2031, 3, 4, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "low", "high"),
    [
        ({"step": "incident"}, 0.0, 0.1),
        ({"step": "raid"}, 0.2, 0.5),
        ({}, 0.1, 0.2),
        ({"value": 4.0, "unit": "deaths"}, 0.0, 0.0),
        ({"value": 40.0, "unit": "deaths"}, 1.0, 1.0),
        ({"form": "verbal"}, 0.0, 0.0),
        ({"step": "offensive", "description": "nothing in these words matters"}, 0.9, 0.99),
    ],
)
def test_the_step_or_the_deaths_say_how_likely_an_act_is_large_and_words_do_not(change, low, high):
    war = read_war(made([0] * 12, [event(date(2031, 3, 4), **change)], moment="2031-03-04"))
    assert low <= war.begun <= high


def test_other_acts_and_flight_raise_the_odds_of_an_act_of_unknown_size():
    acts = [event(date(2031, 3, day), f"e{day}") for day in (4, 5, 7)]
    alone = read_war(made([0] * 12, acts[:1], moment="2031-03-09")).begun
    three = read_war(made([0] * 12, acts, moment="2031-03-09")).begun
    flight = event(date(2031, 3, 8), "flight", kind="displacement")
    assert alone < three < read_war(made([0] * 12, [*acts, flight], moment="2031-03-09")).begun


def test_many_small_acts_are_a_war_where_their_deaths_add_up():
    acts = [
        event(date(2031, 3, day), f"e{day:02}", value=4.0, unit="deaths", target="Hill council")
        for day in range(1, 9)
    ]
    war = read_war(made([], acts, moment="2031-03-10"))
    assert war.state == "under way"
    assert war.event == "e01"


def test_a_later_act_does_not_move_the_onset():
    acts = [event(date(2031, 3, 4), step="offensive")]
    first = read_war(made([0] * 12, acts, moment="2031-03-06"))
    acts += [
        event(date(2031, 3, 20), "e2", step="offensive"),
        event(date(2031, 5, 2), "e3", value=80.0, unit="deaths"),
    ]
    later = read_war(made([0] * 12, acts, moment="2031-05-03"))
    assert (later.began_from, later.event) == (first.began_from, "e1")


def test_small_acts_before_a_great_one_are_tension_and_not_its_beginning():
    small = [event(date(2031, 3, day), f"s{day}") for day in (4, 6)]
    flight = event(date(2031, 3, 7), "flight", kind="displacement")
    great = event(date(2031, 3, 12), "great", step="offensive", target="Hill council")
    alone = read_war(made([0] * 14, [*small, flight], moment="2031-03-08"))
    assert alone.begun > 0.5
    for deaths in ([0] * 14, [*[0] * 14, 900]):
        war = read_war(made(deaths, [*small, flight, great], moment="2031-04-25"))
        assert (war.event, war.began_from) == ("great", datetime(2031, 3, 12, tzinfo=UTC))


def test_of_two_acts_alike_the_first_begins_it():
    acts = [event(date(2031, 3, day), f"e{day}", step="raid") for day in (4, 9)]
    war = read_war(made([*[0] * 14, 400], acts, moment="2031-04-25"))
    assert war.event == "e4"


def test_what_follows_a_great_act_is_no_sign_that_a_small_one_was_great():
    small = event(date(2031, 3, 4), "small", step="incident")
    great = event(date(2031, 3, 6), "great", step="offensive")
    flight = event(date(2031, 3, 8), "flight", kind="displacement")
    found = read_evidence(made([0] * 14, [small, great, flight], moment="2031-03-10")).acts
    assert {act.event: round(act.probability, 2) for act in found}["small"] == 0.04


def test_a_closure_months_after_two_days_of_fighting_is_no_war_under_way():
    acts = [
        event(date(2031, 3, 4), "raid", step="offensive"),
        event(date(2031, 3, 6), "end", outcome_of="raid"),
        event(date(2031, 3, 25), "talk", kind="mediation"),
        event(date(2031, 5, 20), "talk2", kind="mediation"),
        event(date(2031, 6, 4), "closed", kind="closure"),
    ]
    known = [*[0] * 14, 300, 0]
    war = read_war(made(known, acts, moment="2031-06-10"))
    assert war.state == "fading"
    assert read_war(made([*known, 0], acts, moment="2031-06-30")).state == "tension"
    assert read_war(made(known, acts[:1], moment="2031-06-10")).state == "under way"


def test_a_war_between_two_states_that_draws_in_others_is_one_between_states():
    actors = table("actors", [{"name": name, "kind": "state"} for name in ("North", "South")])
    rows = [
        event(date(2031, 3, 4), "a", step="offensive", actor="North", target="South"),
        event(date(2031, 3, 5), "b", step="offensive", actor="North", target="Hill council"),
    ]
    crisis = made([0] * 14, rows, moment="2031-03-10").with_tables({"actors": actors})
    assert read_war(crisis).kind == "interstate"


def test_the_month_of_an_act_settles_whether_it_was_large():
    act = event(date(2031, 3, 4), step="raid")
    assert read_war(made([0] * 14 + [2], [act], moment="2031-04-25")).state == "tension"
    settled = read_war(made([0] * 14 + [90], [act], moment="2031-04-25"))
    assert settled.state == "under way"
    assert settled.event == "e1"


def test_after_a_ceasefire_it_fades_and_a_second_offensive_stands_apart():
    acts = [event(date(2030, 2, 4), step="offensive"), event(date(2030, 2, 9), "c1", kind="ceasefire")]
    fading = read_war(made([0] * 12, acts, moment="2030-03-01"))
    assert fading.state == "fading"
    assert fading.begun > 0.9
    acts.append(event(date(2030, 9, 4), "e2", step="offensive"))
    again = read_war(made([0] * 12, acts, moment="2030-09-05"))
    assert (again.state, again.event) == ("under way", "e2")
    broken = [*acts[:2], event(date(2030, 2, 20), "e2", step="offensive")]
    assert read_war(made([0] * 12, broken, moment="2030-02-21")).event == "e1"


def test_a_side_that_lost_every_place_ends_the_war():
    acts = [event(date(2031, 3, 4), step="offensive")]
    held = [
        {"place": "a", "held_by": "Hill council", "effective": datetime(2029, 1, 1, tzinfo=UTC)},
        {"place": "a", "held_by": "Plain army", "effective": datetime(2031, 3, 6, tzinfo=UTC)},
    ]
    war = read_war(made([0] * 12, acts, held, moment="2031-04-10"))
    assert war.state == "over"
    half = [*held, {"place": "b", "held_by": "Hill council", "effective": datetime(2029, 1, 1, tzinfo=UTC)}]
    assert read_war(made([0] * 12, acts, half, moment="2031-04-10")).state == "under way"


def test_only_acts_that_concern_the_names_count_for_them():
    acts = [event(date(2031, 3, 4), step="offensive")]
    crisis = made([0] * 12, acts, moment="2031-03-05")
    assert read_war(crisis, ["Hill council"]).state == "under way"
    assert read_war(crisis, ["Sea people"]).state == "quiet"


def test_nothing_known_is_not_quiet():
    war = read_war(made())
    assert war.state == "not assessed"
    assert war.probabilities == {}
    assert war_days(made()).height == 0


def test_closures_and_moves_of_troops_are_tension():
    rows = [event(date(2031, 3, 1), "p", kind="posture")]
    assert read_war(made([0] * 14, rows, moment="2031-03-05")).state == "tension"
    assert read_war(made([0] * 20, rows, moment="2031-10-05")).state == "quiet"


def test_probabilities_sum_to_one_on_each_day():
    days = war_days(open_crisis("karabakh-2023").at("2023-12-31"), 1500)
    sums = days.select(pl.sum_horizontal("quiet", "tension", "under_way", "fading", "over")).to_series()
    assert np.allclose(sums, 1.0)


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2020-08-01", "tension"),
        ("2020-10-20", "under way"),
        ("2020-11-20", "fading"),
        ("2022-09-14", "under way"),
        ("2022-12-13", "tension"),
        ("2023-09-10", "tension"),
        ("2023-09-19T20:00+04:00", "under way"),
        ("2023-09-24", "fading"),
        ("2023-10-05", "over"),
    ],
)
def test_the_shipped_crisis_as_known_then(moment, state):
    assert read_war(open_crisis("karabakh-2023").at(moment)).state == state


@pytest.mark.parametrize(
    ("moment", "event"), [("2022-02-26", "UE022"), ("2022-03-14", "UE022"), ("2022-06-01", "UE022")]
)
def test_the_other_shipped_crisis_begins_once_and_stays_under_way(moment, event):
    war = read_war(open_crisis("ukraine-2022").at(moment))
    assert (war.state, war.event, war.kind) == ("under way", event, "interstate")


def test_the_small_crisis_of_the_tests():
    valley = open_crisis(VALLEY)
    assert read_war(valley.at("2025-03-01")).state == "tension"
    assert read_war(valley.at("2025-03-25")).event == "V09"


def test_the_end_is_drawn_by_the_base_rate_of_the_kind_of_war():
    war = read_war(made([0, 0, 900, 700], moment="2030-06-01"))
    places = np.linspace(0.001, 0.999, 999)
    days = war.draw_days_left(np.zeros(999), places)
    assert (days > 0).all()
    assert (np.diff(days) > 0).all()
    within = float(np.mean(days < 100))
    assert within == pytest.approx(war.end_chance(100), abs=0.01)
    assert (war.draw_days_left(np.ones(999), places) == 0).all()
    hours = war.draw_began(np.array([0.0, 1.0]), datetime(2030, 6, 1, tzinfo=UTC))
    assert hours.tolist() == [-31 * 24.0, 0.0] or hours[0] < hours[1] <= 0


def test_every_rate_says_where_it_comes_from():
    for rate in load_rates().values():
        assert rate.source
        assert rate.basis in ("counted", "fitted", "judged", "convention")
        if rate.low is not None and rate.high is not None:
            assert rate.low <= rate.value <= rate.high
