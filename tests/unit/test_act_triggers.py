"""Triggers: activated on what was known then, counted by hand."""

import polars as pl
import pytest

from act_tables import at, crisis, event, rows
from forestall.action.stage import act
from forestall.action.triggers import activations
from forestall.core.errors import CrisisError
from forestall.crisis import open_crisis
from forestall.options.act import ActOptions


def trigger(name, indicator, threshold, *, where="road", comparison=">=", unit="days", window="30 days"):
    return {
        "trigger": name,
        "stage": "readiness",
        "indicator": indicator,
        "where": where,
        "comparison": comparison,
        "threshold": threshold,
        "unit": unit,
        "window": window,
        "lead_time": "7 days",
        "actions": "stock",
    }


ROAD = (
    {"corridor": "road", "status": "open", "effective": at("2020-01-01")},
    {
        "corridor": "road",
        "status": "humanitarian_only",
        "effective": at("2022-12-12T10:00"),
        "known_at": at("2022-12-12T20:00"),
    },
    {"corridor": "road", "status": "closed", "effective": at("2023-06-15"), "known_at": at("2023-06-16")},
    {
        "corridor": "road",
        "status": "humanitarian_only",
        "effective": at("2023-06-25"),
        "known_at": at("2023-06-25"),
    },
    {"corridor": "road", "status": "open", "effective": at("2023-09-24"), "known_at": at("2023-09-24")},
)


def activated(table, moment, **tables):
    whole = crisis(triggers=[table], **tables).at(moment)
    return act(whole, ActOptions())["activations"]


def test_closed_road_activates_to_the_hour():
    found = activated(trigger("T", "corridor_closed_days", 7), "2023-12-31", corridor_status=ROAD)
    assert found["activated_at"].to_list() == [at("2022-12-19T10:00")]
    assert found["seen_in"][0] == "corridor_status road from 2022-12-12"


def test_relief_halted_starts_its_own_clock():
    found = activated(trigger("T", "access_suspended_days", 3), "2023-12-31", corridor_status=ROAD)
    assert found["activated_at"].to_list() == [at("2023-06-18")]


def test_longer_than_is_not_at_least():
    found = activated(
        trigger("T", "corridor_closed_days", 7, comparison=">"), "2023-12-31", corridor_status=ROAD
    )
    assert found["activated_at"].to_list() == [at("2022-12-19T10:00:01")]


def test_nothing_known_later_moves_an_activation():
    early = activated(trigger("T", "corridor_closed_days", 7), "2022-12-20", corridor_status=ROAD)
    late = activated(trigger("T", "corridor_closed_days", 7), "2023-12-31", corridor_status=ROAD)
    assert early.equals(late.filter(pl.col("activated_at") <= at("2022-12-20T23:59:59")))
    assert activated(
        trigger("T", "corridor_closed_days", 7), "2022-12-19T09:00", corridor_status=ROAD
    ).is_empty()


def test_a_closure_reported_late_activates_only_when_known():
    late = (ROAD[0], {**ROAD[1], "known_at": at("2023-01-05")})
    found = activated(trigger("T", "corridor_closed_days", 7), "2023-02-01", corridor_status=late)
    assert found["activated_at"].to_list() == [at("2023-01-05")]
    assert found["value"][0] == pytest.approx(23 + 14 / 24)


def test_events_in_a_window_and_armed_again():
    days = ("2022-01-01", "2022-01-20", "2022-06-01", "2022-06-02")
    events = [event(f"E{n}", day, "posture", "BET") for n, day in enumerate(days)]
    found = activated(
        trigger("T", "events_count:posture:material:conflict", 2, where="BET", unit="events"),
        "2023-01-01",
        events=events,
    )
    assert found["activated_at"].to_list() == [at("2022-01-20T12:00"), at("2022-06-02T12:00")]
    assert found["seen_in"].to_list() == ["E0; E1", "E2; E3"]


def test_an_outcome_known_later_is_no_second_event():
    events = [
        event("E1", "2022-01-01", "violence", "BET"),
        event("E2", "2022-01-01", "violence", "BET", outcome_of="E1"),
    ]
    table = trigger("T", "events_count:violence", 2, where="", unit="events")
    assert activated(table, "2023-01-01", events=events).is_empty()


def test_deaths_follow_the_figure_known_then():
    def month(start, best, known):
        return {
            "where_kind": "country",
            "where": "ALP",
            "period": "month",
            "start": at(start).date(),
            "violence": "state-based",
            "best": best,
            "vintage": "a",
            "known_at": at(known),
        }

    deaths = [
        month("2022-08-01", 3, "2022-09-20"),
        month("2022-09-01", 40, "2022-10-20"),
        month("2022-09-01", 20, "2022-12-20"),
    ]
    found = activated(
        trigger("T", "deaths_month", 25, where="ALP", unit="deaths"), "2023-01-01", deaths=deaths
    )
    assert found["activated_at"].to_list() == [at("2022-10-20")]
    both = activated(
        trigger("T", "deaths_sum", 43, where="ALP", unit="deaths", window="2 months"),
        "2023-01-01",
        deaths=deaths,
    )
    assert both["value"].to_list() == [43.0]


def test_odds_count_only_at_the_moment_and_unknown_never_activates():
    table = trigger("T", "p_event", 0.5, where="ALL", unit="probability", window="6 months")
    whole = crisis(triggers=[table]).at("2023-01-01")
    assert act(whole, ActOptions())["activations"].is_empty()
    odds = pl.DataFrame(
        {"where": ["ALL"], "within_months": [6], "model": ["m"], "p_event": [0.6], "words": ["likely"]}
    )
    found = act(whole.with_tables({"warning_odds": odds}), ActOptions())["activations"]
    assert found["activated_at"].to_list() == [whole.as_of]
    countries = odds.vstack(odds).with_columns(where=pl.Series(["ALP", "BET"]), p_event=pl.Series([0.2, 0.7]))
    found = act(whole.with_tables({"warning_odds": countries}), ActOptions())["activations"]
    assert (found["value"].to_list(), found["seen_in"].to_list()) == ([0.7], ["warning_odds BET m"])
    low = trigger("T", "arrivals_total", 10, where="", comparison="<=", unit="people")
    assert activated(low, "2023-01-01").is_empty()


def test_faults_of_triggers_are_listed_together():
    wrong = rows(
        "triggers", trigger("T", "corridor_closed_day", 7), trigger("U", "events_count", 1, window="30")
    )
    with pytest.raises(CrisisError) as caught:
        act(crisis(triggers=wrong).at("2023-01-01"), ActOptions())
    assert [(f.code, f.column) for f in caught.value.findings] == [
        ("E141", "indicator"),
        ("E141", "indicator"),
        ("E142", "window"),
    ]
    assert caught.value.findings[0].nearest == "corridor_closed_days"


FORECASTS = ("p_event", "arrivals_forecast")


@pytest.mark.parametrize("moment", ["2020-10-01", "2022-12-13", "2023-07-12", "2023-09-19T20:00+04:00"])
def test_hindsight_moves_no_activation_of_the_shipped_crisis(moment):
    whole = open_crisis("karabakh-2023")
    measured = whole["triggers"].filter(~pl.col("indicator").str.contains("|".join(FORECASTS)))
    whole = whole.with_tables({"triggers": measured})
    then, now = whole.at(moment), whole.at("2025-12-31")
    known = activations(now, now.moment).filter(pl.col("activated_at") <= then.moment)
    assert activations(then, then.moment).equals(known)
    assert known.height > 5
