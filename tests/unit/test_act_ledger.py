"""Ledger, provisions and risks against cases worked out by hand."""

from datetime import date

import polars as pl
import pytest

from act_tables import ACTORS, at, crisis, event, rows
from forestall.action.ledger import due_commitments, ledger_changes, ledger_status
from forestall.action.provisions import broken_before, implementation, provisions_status
from forestall.action.risks import risks_register
from forestall.core.errors import CrisisError
from forestall.options.act import ActOptions

MOMENT = at("2023-06-01")


def pledge(name, *, amount=10.0, due=None, made="2022-01-01", unit="tonnes", **more):
    return {
        "commitment": name,
        "who": "GAM",
        "to_whom": "ALP",
        "what": "flour",
        "kind": "pledge",
        "amount": amount,
        "unit": unit,
        "made_on": date.fromisoformat(made),
        "due": date.fromisoformat(due) if due else None,
        **more,
    }


def delivered(name, status, amount, day, unit="tonnes"):
    return {"commitment": name, "status": status, "delivered": amount, "unit": unit, "effective": at(day)}


def ledger(*pledges, status=()):
    whole = crisis(actors=ACTORS, commitments=pledges, commitment_status=rows("commitment_status", *status))
    return ledger_status(whole.at(MOMENT), MOMENT)


def test_promised_against_delivered_and_days_overdue():
    table = ledger(
        pledge("C1", due="2023-05-22"),
        pledge("C2", due="2023-05-22"),
        pledge("C3", due="2023-07-01"),
        pledge("C4", amount=None, unit=None),
        status=[
            delivered("C1", "partly", 2.0, "2022-05-01"),
            delivered("C1", "partly", 4.0, "2022-09-01"),
            delivered("C2", "delivered", 10.0, "2022-09-01"),
        ],
    )
    found = {row["commitment"]: row for row in table.iter_rows(named=True)}
    assert (found["C1"]["share_delivered"], found["C1"]["days_overdue"]) == (0.4, 10)
    assert (found["C2"]["share_delivered"], found["C2"]["days_overdue"]) == (1.0, None)
    assert (found["C3"]["status"], found["C3"]["delivered"], found["C3"]["days_overdue"]) == (
        "not known",
        None,
        None,
    )
    assert found["C4"]["share_delivered"] is None
    assert due_commitments(table, MOMENT, 31)["commitment"].to_list() == ["C1", "C3"]
    assert due_commitments(table, MOMENT, 1)["commitment"].to_list() == ["C1"]


def test_amounts_of_different_units_are_never_compared():
    table = ledger(pledge("C1"), status=[delivered("C1", "partly", 2.0, "2022-05-01", unit="trucks")])
    assert table["share_delivered"].to_list() == [None]


def test_an_edit_of_an_earlier_entry_is_reported_but_a_delivery_is_none():
    before = ledger(pledge("C1"), pledge("C2"))
    after = ledger(
        pledge("C1", amount=9.0), pledge("C3"), status=[delivered("C1", "partly", 2.0, "2022-05-01")]
    )
    found = ledger_changes(after, before)
    assert [(f.code, f.value[:2], f.message.split()[4]) for f in found] == [
        ("W211", "C1", "the"),
        ("W211", "C2", "the"),
    ]
    assert "changed" in found[0].message
    assert "gone" in found[1].message
    grown = ledger(
        pledge("C1"), pledge("C2"), pledge("C3"), status=[delivered("C1", "partly", 2.0, "2022-05-01")]
    )
    assert ledger_changes(grown, before) == []


AGREEMENT = {"agreement": "AG", "title": "Accord", "date": date(2021, 1, 1), "parties": "ALP|BET"}


def provision(name, who="ALP", due=None):
    return {"provision": name, "agreement": "AG", "who": who, "to_whom": "BET", "what": name, "due": due}


def status(name, what, day, known=None, who="GAM"):
    return {
        "provision": name,
        "status": what,
        "effective": at(day),
        "known_at": at(known or day),
        "who": who,
    }


def peace(**more):
    return crisis(
        actors=ACTORS,
        agreements=[AGREEMENT],
        provisions=[
            provision("P1"),
            provision("P2", "BET"),
            provision("P3", "BET"),
            provision("P4"),
            provision("P5", due=date(2024, 1, 1)),
        ],
        provision_status=[
            status("P1", "kept", "2021-02-01"),
            status("P1", "broken", "2022-03-01"),
            status("P2", "kept", "2021-02-01", who="ALP"),
            status("P2", "broken", "2021-02-01", who="BET"),
            status("P3", "partly", "2022-12-01", known="2023-03-01"),
        ],
        **more,
    ).at(MOMENT)


def test_provisions_stand_as_the_last_account_says_and_contradiction_is_dispute():
    table = provisions_status(peace(), ActOptions(), MOMENT)
    assert dict(zip(table["provision"], table["status"], strict=True)) == {
        "P1": "broken",
        "P2": "disputed",
        "P3": "partly",
        "P4": "not known",
        "P5": "not yet due",
    }
    assert table.filter(provision="P2")["said_by"].to_list() == ["ALP; BET"]


def test_what_only_those_who_owe_it_call_kept_is_disputed_with_both_readings():
    whole = crisis(
        actors=ACTORS,
        agreements=[AGREEMENT],
        provisions=[provision("P1", "BET"), provision("P2", "BET")],
        provision_status=[
            status("P1", "kept", "2021-02-01", who="BET"),
            status("P2", "disputed", "2021-02-01") | {"readings": "ALP: no | BET: yes"},
        ],
    ).at(MOMENT)
    table = provisions_status(whole, ActOptions(), MOMENT)
    assert table["status"].to_list() == ["disputed", "disputed"]
    assert table["readings"].to_list() == ["BET: kept | nobody else is on record", "ALP: no | BET: yes"]


@pytest.mark.parametrize(("road", "says"), [("closed", "disputed"), ("open", "kept"), (None, "kept")])
def test_a_promise_of_an_open_road_is_not_kept_while_the_road_is_shut(road, says):
    log = [{"corridor": "r1", "status": "open", "effective": at("2021-01-02")}]
    log += [{"corridor": "r1", "status": road, "effective": at("2023-05-01")}] if road else []
    whole = crisis(
        actors=ACTORS,
        agreements=[AGREEMENT],
        provisions=[provision("P1", "BET") | {"corridors": "r1"}],
        provision_status=[status("P1", "kept", "2021-02-01", who="GAM")],
        corridor_status=rows("corridor_status", *log),
    ).at(MOMENT)
    row = provisions_status(whole, ActOptions(), MOMENT).row(0, named=True)
    assert row["status"] == says
    assert (row["readings"] or "").endswith("closed since 2023-05-01") == (road == "closed")


def test_share_kept_with_its_uncertainty_by_hand():
    table = implementation(provisions_status(peace(), ActOptions(), MOMENT), ActOptions(draws=2000))
    shares = {row["who"]: row for row in table.iter_rows(named=True)}
    assert (shares["ALL"]["provisions"], shares["ALL"]["share_low"], shares["ALL"]["share_high"]) == (
        4,
        0.5 / 4,
        2.5 / 4,
    )
    assert shares["ALL"]["share_mid"] == pytest.approx(1.5 / 4, abs=0.02)
    assert (shares["BET"]["share_low"], shares["BET"]["share_high"]) == (0.25, 0.75)
    assert shares["ALP"]["not_known"] == 1


def test_a_provision_owed_by_both_counts_for_each():
    rows_of = provisions_status(peace(), ActOptions(), MOMENT).with_columns(who=pl.lit("ALP|BET"))
    table = implementation(rows_of, ActOptions())
    assert dict(table.select("who", "provisions").iter_rows()) == {"ALL": 4, "ALP": 4, "BET": 4}


def test_what_stood_broken_before_each_return_to_violence():
    events = [
        event("V1", "2022-02-01", "violence", "BET", value=30.0, unit="deaths"),
        event("V2", "2023-01-01", "violence", "BET"),
        event("V2b", "2023-01-01", "violence", "BET", value=90.0, unit="deaths", outcome_of="V2"),
        event("V2c", "2023-01-25", "violence", "BET", value=90.0, unit="deaths"),
        event("V3", "2023-02-01", "violence", "BET", value=3.0, unit="deaths"),
        event("V4", "2020-02-01", "violence", "BET", value=300.0, unit="deaths"),
    ]
    table = broken_before(peace(events=events), ActOptions(), MOMENT)
    assert table.select("violence", "provision", "status", "known_then").rows() == [
        ("V1", "P2", "disputed", True),
        ("V2", "P1", "broken", True),
        ("V2", "P2", "disputed", True),
        ("V2", "P3", "partly", False),
    ]
    assert table.filter(violence="V2")["deaths"].to_list() == [90.0] * 3


def risk(name, indicator, rule, threshold=None, **more):
    return {
        "risk": name,
        "what": name,
        "indicator": indicator,
        "window": "12 months",
        "horizon": "12 months",
        "base_rule": rule,
        "base_threshold": threshold,
        **more,
    }


def month(index, best):
    start = date(2015 + index // 12, index % 12 + 1, 1)
    return {
        "where_kind": "country",
        "where": "ALP",
        "period": "month",
        "start": start,
        "violence": "state-based",
        "best": best,
        "low": best,
        "high": best + 5,
        "vintage": "a",
        "known_at": at(f"{start}"),
    }


def test_register_holds_value_base_rate_and_says_where_there_is_no_estimate():
    deaths = [month(index, 40 if index in (3, 30, 33) else 1) for index in range(84)]
    scores = [
        {
            "indicator": "score",
            "where": "ALP",
            "date": date(2013 + year, 1, 1),
            "value": value,
            "low": value - 1.0,
            "high": value + 1.0,
            "unit": "points",
            "known_at": at(f"{2013 + year}-02-01"),
        }
        for year, value in enumerate((50.0, 50.0, 46.0, 47.0, 47.0, 47.0, 40.0))
    ]
    whole = crisis(
        deaths=deaths,
        indicators=scores,
        risks=[
            risk("war", "deaths_month", "deaths_at_least", 25.0, where="ALP"),
            risk("decline", "indicator:score", "drop_at_least", 3.0, where="ALP", base_series="score"),
            risk("strife", "none", "none"),
            risk("year", "deaths_sum", "none", where="ALP"),
            risk("short", "p_event", "deaths_at_least", 25.0, where="BET"),
        ],
    ).at(MOMENT)
    found = {row["risk"]: row for row in risks_register(whole, MOMENT).iter_rows(named=True)}
    assert (found["war"]["value"], found["war"]["low"], found["war"]["high"]) == (1.0, 1.0, 6.0)
    assert (found["war"]["base_events"], found["war"]["base_windows"]) == (2, 7)
    assert (found["decline"]["value"], found["decline"]["low"], found["decline"]["unit"]) == (
        40.0,
        39.0,
        "points",
    )
    assert (found["decline"]["base_events"], found["decline"]["base_windows"]) == (2, 6)
    assert found["decline"]["base_low"] < 2 / 6 < found["decline"]["base_high"]
    assert found["strife"]["value"] is None
    assert (found["year"]["value"], found["year"]["low"], found["year"]["high"]) == (12.0, 12.0, 72.0)
    assert found["strife"]["estimate"].startswith("no estimate")
    assert found["short"]["value"] is None
    assert found["short"]["estimate"] == "no estimate: only 0 past windows are known, fewer than 5"


def test_an_unknown_indicator_of_a_risk_is_a_finding():
    whole = crisis(risks=[risk("war", "death_month", "none")]).at(MOMENT)
    with pytest.raises(CrisisError, match="unknown indicator"):
        risks_register(whole, MOMENT)


def test_everything_empty_gives_empty_tables():
    from forestall.action.stage import act

    found = act(crisis().at(MOMENT), ActOptions())
    assert all(isinstance(table, pl.DataFrame) and table.is_empty() for table in found.values())


def test_a_provision_names_who_could_press_those_who_owe_it():
    ties = [
        {"tie": "t1", "actor": "BET", "partner": "GAM", "channel": "trade", "year": 2022, "share": 0.4},
        {"tie": "t2", "actor": "BET", "partner": "DEL", "channel": "arms", "year": 2010, "share": 0.9},
        {"tie": "t3", "actor": "ALP", "partner": "DEL", "channel": "aid", "year": 2022, "share": 0.01},
    ]
    ties = [{**tie, "of_what": "x", "known_at": at("2023-01-01")} for tie in ties]
    table = provisions_status(peace(ties=ties), ActOptions(), MOMENT)
    levers = dict(table.select("provision", "levers").iter_rows())
    assert (levers["P1"], levers["P2"]) == ("", "over BET: GAM: trade")
