"""Response gap and timeline, counted by hand."""

from act_tables import ACTORS, at, crisis, event
from forestall.action.stage import act
from forestall.options.act import ActOptions

EVENTS = (
    event("OLD", "2020-03-01", "closure", "BET"),
    event("W", "2022-12-12", "closure", "BET"),
    event("S1", "2022-12-13", "statement", "Gamma Union", form="verbal", target="BET"),
    event("S0", "2022-12-10", "statement", "GAM", form="verbal", target="BET"),
    event("A1", "2023-01-11", "aid", "GAM, DEL", stance="cooperation"),
    event("N1", "2023-01-20", "arms", "DEL", target="Betia"),
    event("O1", "2022-12-14", "supplies", "ALP", stance="cooperation"),
)
TIES = (
    {
        "tie": "t1",
        "actor": "BET",
        "partner": "DEL",
        "channel": "arms",
        "year": 2021,
        "share": 0.4,
        "of_what": "arms imports",
    },
    {
        "tie": "t2",
        "actor": "BET",
        "partner": "GAM",
        "channel": "trade",
        "year": 2022,
        "share": None,
        "of_what": "exports",
    },
    {
        "tie": "t3",
        "actor": "ALP",
        "partner": "GAM",
        "channel": "aid",
        "year": 2022,
        "share": 0.01,
        "of_what": "aid",
    },
)
PLEDGES = (
    {
        "commitment": "C1",
        "who": "GAM",
        "to_whom": "ALP",
        "what": "aid",
        "kind": "pledge",
        "amount": 0.5,
        "unit": "million EUR",
        "made_on": at("2023-02-01").date(),
    },
    {
        "commitment": "C2",
        "who": "GAM",
        "to_whom": "ALP",
        "what": "aid, all told",
        "kind": "pledge",
        "amount": 5.0,
        "unit": "million EUR",
        "made_on": at("2023-02-05").date(),
        "cumulative_with": "C1",
    },
    {
        "commitment": "C3",
        "who": "DEL",
        "to_whom": "ALP",
        "what": "tents",
        "kind": "pledge",
        "amount": 50.0,
        "unit": "tonnes",
        "made_on": at("2023-02-05").date(),
    },
    {
        "commitment": "C4",
        "who": "DEL",
        "to_whom": "ALP",
        "what": "cash",
        "kind": "pledge",
        "amount": 1.0,
        "unit": "million USD",
        "made_on": at("2023-02-06").date(),
    },
)


def run(moment="2023-06-01", **options):
    whole = crisis(
        actors=ACTORS,
        events=EVENTS,
        ties=TIES,
        commitments=PLEDGES,
        commitment_status=[
            {
                "commitment": "C2",
                "status": "partly",
                "delivered": 2.0,
                "unit": "million EUR",
                "effective": at("2023-03-01"),
            },
        ],
    )
    return act(whole.at(moment), ActOptions(**options))


def gap(**options):
    return {row["actor"]: row for row in run(**options)["response_gap"].iter_rows(named=True)}


def test_days_by_hand_and_the_same_rule_for_all():
    found = gap(warning_events=("W",))
    assert (found["GAM"]["days_to_statement"], found["GAM"]["days_to_material"]) == (1, 30)
    assert (found["DEL"]["days_to_statement"], found["DEL"]["days_to_material"]) == (None, 30)
    assert found["ALP"]["days_to_material"] is None
    assert found["GAM"]["statements"] == 1
    assert set(found) == {"ALP", "BET", "GAM", "DEL"}


def test_the_rule_picks_the_first_act_of_conflict_within_the_time():
    assert gap()["GAM"]["warning"].startswith("W: ")
    whole = gap(warning_within="5 years", warning_quiet="5 years")
    assert whole["GAM"]["warning"].startswith("OLD: ")


def test_each_episode_has_its_own_first_warning():
    said = event("S2", "2023-09-08", "statement", "GAM", form="verbal")
    later = (event("W2", "2023-09-07", "posture", "BET"), said)
    whole = crisis(actors=ACTORS, events=(*EVENTS, *later))
    for named in ((), ("W", "W2")):
        for moment, warning, days in (("2023-06-01", "W", 1), ("2023-09-30", "W2", 1)):
            found = act(whole.at(moment), ActOptions(warning_events=named))["response_gap"]
            row = found.filter(actor="GAM").row(0, named=True)
            assert row["warning"].startswith(f"{warning}: "), (named, moment)
            assert row["days_to_statement"] == days


def test_an_exercise_is_no_deed_for_the_warning():
    drill = event("X", "2022-12-15", "posture", "GAM", stance="cooperation")
    whole = crisis(actors=ACTORS, events=(*EVENTS, drill))
    found = act(whole.at("2023-06-01"), ActOptions(warning_events=("W",)))["response_gap"]
    row = found.filter(actor="GAM").row(0, named=True)
    assert (row["days_to_material"], row["material_acts"]) == (30, 1)  # the aid, not the exercise


def test_nothing_before_the_warning_is_known():
    result = run("2022-12-11", warning_events=("W",))
    assert result["response_gap"].is_empty()
    assert result["response_timeline"].is_empty()


def test_first_use_of_a_lever_that_the_actor_had():
    found = gap(warning_events=("W",))
    assert (found["DEL"]["levers_held"], found["DEL"]["lever"], found["DEL"]["days_to_lever"]) == (
        "arms",
        "arms",
        39,
    )
    assert (found["GAM"]["levers_held"], found["GAM"]["days_to_lever"]) == ("", None)


def test_promises_are_not_counted_twice_and_units_never_added():
    found = gap(warning_events=("W",))
    assert (found["GAM"]["promised"], found["GAM"]["delivered"], found["GAM"]["unit"]) == (
        5.0,
        2.0,
        "million EUR",
    )
    assert found["DEL"]["promised"] is None
    assert found["DEL"]["unit"].startswith("several units")
    assert found["ALP"]["promised"] is None


def test_timeline_holds_acts_and_promises_in_order():
    line = run(warning_events=("W",))["response_timeline"]
    assert line["days_from_warning"].to_list() == sorted(line["days_from_warning"])
    assert dict(zip(line["item"], line["days_from_warning"], strict=True)) == {
        "OLD": -1016,
        "S0": -2,
        "W": 0,
        "S1": 1,
        "O1": 2,
        "A1": 30,
        "N1": 39,
        "C1": 51,
        "C2": 55,
        "C3": 55,
        "C4": 56,
    }


def test_an_unknown_tie_stays_unknown():
    ties = run()["ties_table"]
    assert ties.filter(partner="GAM", actor="BET")["share"].to_list() == [None]
