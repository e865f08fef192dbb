"""The rules of departure, exposure, onset, reopening, routes, reception and assimilation."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from flight import CERTAIN, START, attack, crisis, options, road
from forestall.core.errors import CrisisError
from forestall.displacement.assimilation import fit, next_power
from forestall.displacement.exposure import (
    KIND_WEIGHT,
    Estimate,
    in_proportion,
    mixture_quantile,
    read_exposure,
)
from forestall.displacement.forecast import make_forecast
from forestall.displacement.network import read_network, read_regimes
from forestall.displacement.onset import begun_wave, draw_onsets, draw_reopening, war_of
from forestall.displacement.priors import load_priors, parameters
from forestall.displacement.routes import adjacency, cheapest_routes, logit, routes_by_site
from forestall.displacement.rules import FORESTALL_RULES
from forestall.displacement.stage import displace
from forestall.options.displace import DisplaceOptions
from forestall.schema import table_of

WAY = [road("origin", "gate")]
SLOW = {"days_to_leave": 4.0}


def run(made, **changes):
    return make_forecast(made, options(**changes))


def left(forecast, place=0):
    """Return people who left a place by the end of each step, summed over draws."""
    return forecast.exodus.record.left[:, :, place].sum(axis=0)


# ---------------------------------------------------------------- the list


def test_every_rule_names_priors_that_exist_and_every_prior_has_a_rule():
    used = {name for rule in FORESTALL_RULES for name in rule.parameters}
    assert used == set(load_priors())
    assert all(
        rule.reference and rule.says and len(rule.priors) == len(rule.parameters) for rule in FORESTALL_RULES
    )


def test_every_prior_says_where_it_comes_from_and_since_when_it_could_be_known():
    for prior in load_priors().values():
        assert prior.source, prior.name
        assert prior.known, prior.name
        spread = prior.quantile(np.array([-1.6449, 1.6449]))
        assert spread[1] > spread[0], prior.name


def test_priors_are_their_quantile_functions():
    z = np.random.default_rng(1).standard_normal(40_000)
    draw = parameters(dict.fromkeys(load_priors(), z), {})
    assert np.median(draw["reopening_days"]) == pytest.approx(7, rel=0.05)
    assert draw["share_leaving"].mean() == pytest.approx(2 / 2.8, abs=0.01)
    assert draw["people_per_vehicle"].mean() == pytest.approx(4, abs=0.05)
    assert draw["people_per_vehicle"].min() >= 2


def test_an_unknown_parameter_or_rule_is_refused_with_the_nearest():
    with pytest.raises(ValidationError, match="nearest: fear"):
        DisplaceOptions(fixed={"faer": 1.0})
    with pytest.raises(ValidationError, match="nearest: forestall"):
        DisplaceOptions(rules="forestal")


# ---------------------------------------------------------------- exposure


def test_rule_exposure_takes_each_claimant_once_and_older_estimates_less():
    total = [
        {
            "place": "area",
            "people": 100,
            "who": "A",
            "kind": "claim",
            "level": "total",
            "date": date(2020, 5, 1),
        },
        {
            "place": "area",
            "people": 300,
            "who": "A",
            "kind": "claim",
            "level": "total",
            "date": date(2030, 5, 1),
        },
        {
            "place": "area",
            "people": 200,
            "low": 150,
            "high": 260,
            "who": "B",
            "kind": "survey",
            "level": "total",
            "date": date(2028, 5, 1),
        },
        {"place": "origin", "people": 80, "kind": "census", "level": "settlement", "date": date(2026, 5, 1)},
        {"place": "other", "people": 20, "kind": "census", "level": "settlement", "date": date(2026, 5, 1)},
    ]
    made = crisis({"origin": 1, "other": 1, "area": 1}, WAY, population=total)
    exposure = read_exposure(made, options())
    by_who = {e.who: e for e in exposure.estimates}
    assert set(by_who) == {"A", "B", "sum of the latest figures of the places"}
    assert by_who["A"].weight == pytest.approx(KIND_WEIGHT["claim"], rel=0.01)
    assert by_who["B"].weight == pytest.approx(0.5 * KIND_WEIGHT["survey"], rel=0.01)
    assert (by_who["B"].low, by_who["B"].high) == (150, 260)
    assert exposure.share.tolist() == [0.8, 0.2]
    assert exposure.people(np.array([0.0, 0.999])).sum(axis=1).tolist() == [90, 330]


def test_people_are_split_whole():
    people = in_proportion(np.array([1, 7, 100_003]), np.array([0.2, 0.3, 0.5]))
    assert people.sum(axis=1).tolist() == [1, 7, 100_003]


def test_a_mixture_keeps_its_weights():
    draws = mixture_quantile(
        [Estimate("A", 10, 10, 3), Estimate("B", 50, 90, 1)], np.linspace(0, 0.9999, 1001)
    )
    assert np.mean(draws == 10) == pytest.approx(0.75, abs=0.01)


def held(*steps):
    """Return who held the origin from which month of 2029 or 2030 on."""
    return [{"place": "origin", "held_by": who, "effective": at} for at, who in steps]


def test_a_figure_older_than_a_change_of_hands_says_nothing_of_who_lives_there():
    before = held(
        (datetime(2029, 1, 1, tzinfo=UTC), "Dale council"), (datetime(2030, 4, 10, tzinfo=UTC), "Riverland")
    )
    made = crisis({"origin": 10, "hamlet": 20}, WAY, control=before)
    exposure = read_exposure(made, options())
    assert (exposure.origins, exposure.unknown) == (["hamlet"], ["origin"])
    with pytest.raises(CrisisError, match="older than the last change") as caught:
        displace(crisis({"origin": 10}, WAY, control=before), options())
    assert [finding.code for finding in caught.value.findings] == ["E304"]
    earlier = held((datetime(2029, 1, 1, tzinfo=UTC), "Dale council"))
    assert read_exposure(crisis({"origin": 10}, WAY, control=earlier), options()).origins == ["origin"]


def test_a_place_that_changes_hands_in_the_war_under_way_still_has_its_people():
    taken = held(
        (datetime(2029, 1, 1, tzinfo=UTC), "Dale council"),
        (datetime(2030, 4, 30, 12, tzinfo=UTC), "Riverland"),
    )
    exposure = read_exposure(crisis({"origin": 10}, WAY, events=attack(), control=taken), options())
    assert exposure.origins == ["origin"]
    assert exposure.holders == ("Dale council", "Riverland")


def test_places_are_exposed_whoever_holds_them():
    both = [
        {"place": place, "held_by": who, "effective": datetime(2029, 1, 1, tzinfo=UTC)}
        for place, who in (("origin", "Dale council"), ("hamlet", "Riverland"))
    ]
    made = crisis({"origin": 10, "hamlet": 20}, WAY, events=attack(), control=both)
    assert read_exposure(made, options()).origins == ["hamlet", "origin"]


def test_without_any_figure_of_people_there_is_a_finding():
    with pytest.raises(CrisisError) as caught:
        displace(crisis({}, WAY), options())
    assert "E304" in {finding.code for finding in caught.value.findings}


# ---------------------------------------------------------------- onset


def test_rule_onset_follows_the_outlook():
    outlook = pl.DataFrame(
        {
            "draw": [0, 0, 1, 1],
            "where": ["XAA"] * 4,
            "month": [date(2030, 5, 1), date(2030, 6, 1)] * 2,
            "horizon": [1, 2] * 2,
            "deaths": [0.0, 90.0, 0.0, 0.0],
            "event": [0, 1, 0, 0],
        }
    )
    made = crisis({"origin": 100}, WAY).with_tables({"outlook": outlook})
    result = displace(made, options(horizon="3 months", draws=4))
    episodes = result["episodes"]
    assert episodes["happens"].to_list() == [True, False, True, False]
    assert episodes["onset_at"].drop_nulls().dt.month().to_list() == [6, 6]
    summary = result["arrivals_summary"].filter(pl.col("place") == "ALL", pl.col("quantile") == 0.5)
    last = {arm: rows.sort("at")["people"][-1] for (arm,), rows in summary.group_by("arm")}
    assert last["if it happens"] > 80
    assert 0 < last["unconditional"] < last["if it happens"]


def test_without_outlook_or_event_it_says_what_to_run():
    with pytest.raises(CrisisError, match="forestall warn"):
        displace(crisis({"origin": 100}, WAY), options())


@pytest.mark.parametrize(
    ("change", "ongoing"),
    [
        ({}, True),
        ({"step": "incident"}, False),
        ({"step": "incident", "value": 40.0, "unit": "deaths"}, False),
        ({"step": None, "value": 40.0, "unit": "deaths"}, True),
        ({"step": "raid", "value": 4.0, "unit": "deaths"}, False),
        ({"actor": "somebody", "target": "somebody else"}, False),
        ({"date": date(2030, 1, 1)}, False),
        ({"form": "verbal"}, False),
    ],
)
def test_a_wave_is_under_way_where_the_state_of_the_war_says_so(change, ongoing):
    held_by = [{"place": "origin", "held_by": "Hill council", "effective": datetime(2029, 1, 1, tzinfo=UTC)}]
    made = crisis({"origin": 100}, WAY, events=[{**attack()[0], **change}], control=held_by)
    assert (begun_wave(made, options(), war_of(made, options(), ["origin"])) is not None) == ongoing


def test_the_onset_of_known_violence_lies_on_its_day_and_not_after_it_was_known():
    made = crisis(
        {"origin": 100}, WAY, events=[{**attack()[0], "known_at": datetime(2030, 4, 30, 9, tzinfo=UTC)}]
    )
    scores = {"shock:onset": np.linspace(-3, 3, 9)}
    onsets = draw_onsets(made, options(), np.arange(9), scores, ["origin"])
    assert onsets.ongoing
    assert (onsets.hours >= -24).all()
    assert (onsets.hours <= -15).all()


# ---------------------------------------------------------------- reopening and closure


def test_rule_reopening_knows_how_long_it_has_been_shut():
    z = np.random.default_rng(2).standard_normal(20_000)
    coin = np.random.default_rng(3).standard_normal(20_000)
    never = np.full(len(z), 0.3)
    fresh = draw_reopening(z, coin, never, np.zeros(len(z)))
    late = draw_reopening(z, coin, never, np.full(len(z), 24.0 * 20))
    assert np.isinf(fresh).mean() == pytest.approx(0.3, abs=0.01)
    assert np.median(fresh[np.isfinite(fresh)]) == pytest.approx(7 * 24, rel=0.05)
    assert np.isinf(late).mean() > 0.55
    assert (late >= 24 * 20).all()


SHUT = [
    {"corridor": "origin-gate", "status": "humanitarian_only", "effective": datetime(2030, 3, 1, tzinfo=UTC)}
]


def test_rule_closure_lets_those_who_decided_wait_until_the_corridor_opens():
    made = crisis({"origin": 1000}, WAY, events=attack(), corridor_status=SHUT)
    forecast = run(made, fixed={"reopening_days": 5.0, "reopening_never": 0.0, **SLOW}, draws=20)
    clock, gone = forecast.exodus.clock, left(forecast)
    ends = clock.start + clock.hours
    assert gone[ends <= 24 * 5].max() == 0
    first = gone[ends == 24 * 5 + 1][0]
    assert first > 0.6 * gone[-1], "the wave of those who waited"
    assert forecast.environment.cut_off == ["origin"]


def test_a_corridor_that_never_opens_keeps_people_inside():
    made = crisis({"origin": 1000}, WAY, events=attack(), corridor_status=SHUT)
    result = displace(made, options(fixed={"reopening_days": 5.0, "reopening_never": 1.0}))
    assert result["arrivals"]["people"].sum() == 0
    assert set(result["presence"]["who"].unique()) == {"inside"}
    assert result["episodes"]["reopens_at"].is_null().all()
    assert "origin" in result["assumptions"].filter(pl.col("name") == "shut in at the moment")["value"][0]


def test_statuses_known_by_the_moment_rule_the_past_and_announced_ones_the_future():
    log = [
        {"corridor": "origin-gate", "status": "closed", "effective": START - timedelta(days=900)},
        {"corridor": "origin-gate", "status": "open", "effective": START - timedelta(days=2)},
        {"corridor": "origin-gate", "status": "closed", "effective": START + timedelta(days=3)},
    ]
    made = crisis({"origin": 100}, WAY, corridor_status=log)
    regimes = read_regimes(made, read_network(made), START - timedelta(days=5), timedelta(days=365))
    assert regimes.passable[:, 0].tolist() == [False, True, False]
    assert regimes.announced_end == START + timedelta(days=3)
    assert not regimes.may_reopen[0], "it is open now"


def test_only_recent_or_partial_closures_may_reopen():
    roads = [road("origin", name) for name in ("a", "b", "c")]
    log = [
        {"corridor": "origin-a", "status": "closed", "effective": START - timedelta(days=900)},
        {"corridor": "origin-b", "status": "closed", "effective": START - timedelta(days=90)},
        {"corridor": "origin-c", "status": "humanitarian_only", "effective": START - timedelta(days=900)},
    ]
    made = crisis({"origin": 100}, roads, reception=("a",), corridor_status=log)
    regimes = read_regimes(made, read_network(made), START, timedelta(days=365))
    assert regimes.may_reopen[::2].tolist() == [False, True, True]


def test_people_on_the_way_take_another_road_when_theirs_closes():
    roads = [
        road("origin", "fork", free_hours=10.0), road("fork", "gate", free_hours=1.0),
        road("fork", "ford", free_hours=2.0), road("ford", "gate", free_hours=2.0),
    ]  # fmt: skip
    log = [{"corridor": "fork-gate", "status": "closed", "effective": START + timedelta(hours=5)}]
    made = crisis({"origin": 2400}, roads, departures={"origin": 2400}, corridor_status=log)
    forecast = run(made, routes=1, horizon="6 days")
    names = [forecast.environment.network.corridors[c] for c in forecast.exodus.lanes]
    used = dict(zip(names, forecast.exodus.record.used[0], strict=False))
    assert used["fork-ford"] == 2400
    assert used["fork-gate"] == 0
    assert forecast.exodus.record.arrived[0, -1, 0] == 2400


# ---------------------------------------------------------------- departure


def pace_test(**changes):
    return run(
        crisis({"origin": 20_000, "other": 20_000}, [*WAY, road("other", "gate")], events=attack()),
        draws=4,
        horizon="10 days",
        **changes,
    )


def test_rule_conflict_near_is_a_constant_hazard():
    forecast = pace_test(fixed=SLOW)
    people = forecast.exodus.leavers[:, 0].sum()
    ends = forecast.exodus.clock.start + forecast.exodus.clock.hours
    share = left(forecast)[ends == 96][0] / people
    assert share == pytest.approx(1 - np.exp(-1.0), abs=0.01)


def test_rule_conflict_far_is_slower_by_its_ratio():
    forecast = pace_test(fixed={**SLOW, "reached": 0.0, "far_pace": 0.25})
    far = ~forecast.exodus.reached
    assert far.sum() == 4, "violence reaches one of two places in every draw"
    ends = forecast.exodus.clock.start + forecast.exodus.clock.hours
    gone = forecast.exodus.record.left[:, np.argmax(ends == 96), :]
    assert gone[far].sum() / forecast.exodus.leavers[far].sum() == pytest.approx(1 - np.exp(-0.25), abs=0.01)


def test_rule_fear_makes_leaving_faster_once_others_leave():
    calm, afraid = pace_test(fixed=SLOW), pace_test(fixed={**SLOW, "fear": 5.0})
    assert left(afraid)[2] == pytest.approx(left(calm)[2], rel=0.1)
    assert left(afraid)[60] > 1.2 * left(calm)[60]


def test_rule_announced_end_makes_people_hurry():
    end = {"corridor": "origin-gate", "status": "closed", "effective": START + timedelta(days=2)}
    made = crisis({"origin": 20_000}, WAY, events=attack(), corridor_status=[end])
    plain, hurried = (run(made, fixed={**SLOW, "ending_hurry": hurry}) for hurry in (1.0, 4.0))
    assert left(hurried)[30] > 1.5 * left(plain)[30]


def test_rule_share_that_leaves_is_smaller_where_violence_does_not_reach():
    forecast = pace_test(fixed={"share_leaving": 0.6, "far_share": 0.5, "reached": 0.0})
    exodus = forecast.exodus
    assert exodus.leavers[exodus.reached].sum() / exodus.people[exodus.reached].sum() == pytest.approx(
        0.6, abs=0.01
    )
    assert exodus.leavers[~exodus.reached].sum() / exodus.people[~exodus.reached].sum() == pytest.approx(
        0.3, abs=0.01
    )


def test_intensity_given_by_day_scales_the_pace():
    days = [
        {"place": "origin", "date": START.date() + timedelta(days=d), "value": v}
        for d, v in enumerate([0.0, 0.5, 1.0])
    ]
    made = crisis({"origin": 20_000}, WAY, intensity=days)
    gone = left(run(made, fixed=SLOW))
    assert gone[23] == 0
    assert 0 < gone[47] < gone[71] - gone[47]
    assert gone[-1] == gone[71], "no violence after the last day given"


# ---------------------------------------------------------------- routes


def grid(size, seed=4):
    """Return a crisis of size x size places with roads both ways and uneven times."""
    rng = np.random.default_rng(seed)
    name = lambda i, j: f"n{i:02d}{j:02d}"  # noqa: E731
    roads = []
    for i in range(size):
        for j in range(size):
            for k, l in ((i + 1, j), (i, j + 1)):
                if k < size and l < size:
                    hours = float(rng.uniform(0.5, 2.0))
                    roads += [
                        road(name(i, j), name(k, l), free_hours=hours),
                        road(name(k, l), name(i, j), free_hours=hours),
                    ]
    return crisis(
        {name(0, 0): 100}, roads, reception=(name(size - 1, size - 1), name(size - 1, 0), name(0, size - 1))
    )


def test_rule_route_choice_finds_the_k_cheapest_loopless_routes():
    network = read_network(grid(3))
    usable = np.ones(len(network.corridors), dtype=bool)
    leaving = adjacency(network, network.hours, usable)
    target = network.place("n0202")
    found = cheapest_routes(network, leaving, network.hours, network.place("n0000"), frozenset([target]), 12)

    def walks(here, path, seen):
        if here == target:
            yield path
            return
        for corridor, end, _ in leaving[here]:
            if end not in seen:
                yield from walks(end, (*path, corridor), {*seen, end})

    every = sorted(
        float(network.hours[list(p)].sum())
        for p in walks(network.place("n0000"), (), {network.place("n0000")})
    )
    assert len(every) == len(found) == 12
    assert [r.cost for r in found] == pytest.approx(every)
    assert len({r.corridors for r in found}) == 12


def test_sites_by_tree_agree_with_single_searches():
    network = read_network(grid(5))
    usable = np.ones(len(network.corridors), dtype=bool)
    leaving = adjacency(network, network.hours, usable)
    origins, sites = (
        [network.place(p) for p in ("n0000", "n0203")],
        [network.place(p) for p in ("n0404", "n0400", "n0004")],
    )
    by_tree = routes_by_site(network, network.hours, usable, origins, sites, 2)
    for origin, routes in zip(origins, by_tree, strict=True):
        single = sorted(
            cheapest_routes(network, leaving, network.hours, origin, frozenset([s]), 1)[0].cost for s in sites
        )[:2]
        assert [r.cost for r in routes] == pytest.approx(single)
        assert [float(network.hours[list(r.corridors)].sum()) for r in routes] == pytest.approx(single)


def test_logit_shares():
    share = logit(np.array([1.0, 2.0, 4.0]), 0.7)
    assert share.sum() == pytest.approx(1)
    assert share[0] / share[1] == pytest.approx(np.exp(0.7))


def test_the_two_ways_to_find_routes_forecast_alike():
    made = grid(4).with_tables(
        {
            "departures": crisis({"n0000": 100}, [road("n0000", "n0101")], departures={"n0000": 100})[
                "departures"
            ]
        }
    )
    near, far = (run(made, routes=1, detailed_routes_up_to=limit) for limit in (2000, 0))
    assert (near.exodus.record.arrived == far.exodus.record.arrived).all()


# ---------------------------------------------------------------- reception


def test_rule_hosts_spread_follows_the_earlier_wave_and_sums_to_everybody():
    roads = [*WAY, *(road("gate", f"host {c}") for c in "abc")]
    shares = [
        {
            "share": f"S{c}",
            "wave": "2025",
            "place": f"host {c}",
            "measure": "registered",
            "date": date(2025, 1, 1),
            "people": 1,
            "share_": s,
            "total": 100,
        }
        for c, s in (("a", 0.6), ("b", 0.3))
    ]
    shares = [{**row, "share": row["share"]} for row in shares]
    made = crisis({"origin": 9000}, roads, reception=("gate",), departures={"origin": 9000})
    places = made["places"].with_columns(hosts=pl.col("place").str.starts_with("host"))
    made = made.with_tables({"places": places})
    forecast = run(
        made, counted_at="gate", fixed={"stay_hours": 5.0, "shares_concentration": 1e6}, horizon="12 days"
    )
    hosted = forecast.exodus.record.hosted[0, -1]
    assert forecast.environment.hosts == ["host a", "host b", "host c"]
    assert hosted.sum() == 9000
    assert hosted == pytest.approx([3000, 3000, 3000], rel=0.1)


def test_rule_reception_passes_on_what_is_above_the_limit():
    roads = [
        road("origin", "camp one"),
        road("camp one", "camp two"),
        road("origin", "camp two", free_hours=30.0),
    ]
    sites = [
        {"site": f"S{i}", "place": f"camp {i}", "name": f"camp {i}", "kind": "camp"} for i in ("one", "two")
    ]
    status = [
        {"site": "Sone", "status": "open", "capacity": 300, "effective": KNOWN_LONG},
        {"site": "Stwo", "status": "open", "effective": KNOWN_LONG},
    ]
    made = crisis(
        {"origin": 1000},
        roads,
        reception=("camp one", "camp two"),
        departures={"origin": 1000},
        sites=sites,
        site_status=status,
    )
    forecast = run(made, routes=1)
    one, two = (forecast.environment.reception.index(p) for p in ("camp one", "camp two"))
    record = forecast.exodus.record
    present = record.at_site[0] + record.at_host[0]
    assert present[-1, one] == 300
    assert present[-1, two] == 700
    assert present[:, one].max() <= 300 + 50, "never far above the limit at the end of an hour"


KNOWN_LONG = datetime(2029, 1, 1, tzinfo=UTC)


def test_where_every_site_is_full_people_stay_above_the_limit():
    sites = [{"site": "S", "place": "gate", "name": "gate", "kind": "camp"}]
    status = [{"site": "S", "status": "open", "capacity": 10, "effective": KNOWN_LONG}]
    made = crisis({"origin": 1000}, WAY, departures={"origin": 1000}, sites=sites, site_status=status)
    forecast = run(made)
    assert forecast.exodus.record.at_site[0, -1, 0] == 1000


def test_rule_return_brings_people_back_from_hosts():
    roads = [*WAY, road("gate", "host")]
    made = crisis({"origin": 4000}, roads, departures={"origin": 4000})
    made = made.with_tables({"places": made["places"].with_columns(hosts=pl.col("place") == "host")})
    forecast = run(
        made,
        counted_at="gate",
        fixed={"stay_hours": 1.0, "return_possible": 1.0, "return_after_days": 10.0, "return_rate": 3.0},
        horizon="40 days",
    )
    back = forecast.exodus.record.back[0].sum(axis=1)
    ends = forecast.exodus.clock.start + forecast.exodus.clock.hours
    assert back[ends <= 240].max() == 0
    expected = 4000 * (1 - np.exp(-3.0 * 30 / 30.4375))
    assert back[-1] == pytest.approx(expected, rel=0.05)


def test_rule_walking_is_for_those_without_a_vehicle():
    made = crisis({"origin": 10_000}, [road("origin", "gate", km=20.0)], departures={"origin": 10_000})
    forecast = run(made, fixed={"without_vehicle": 0.3})
    on_foot = forecast.exodus.lanes >= len(forecast.environment.network.corridors)
    assert forecast.exodus.record.used[0, on_foot].sum() == pytest.approx(3000, rel=0.1)


def test_restricted_use_lowers_capacity():
    log = [{"corridor": "origin-gate", "status": "restricted", "effective": KNOWN_LONG}]
    made = crisis(
        {"origin": 9600},
        [road("origin", "gate", vehicles_per_hour=100)],
        departures={"origin": 9600},
        corridor_status=log,
    )
    arrived = run(made, fixed={"restricted_capacity": 0.5}).exodus.record.arrived[0, :, 0]
    assert np.diff(arrived[2:100]).max() == 50


# ---------------------------------------------------------------- assimilation


def test_rule_counts_narrow_the_forecast():
    counts = [
        {
            "count": f"C{h}",
            "place": "gate",
            "what": "arrived",
            "record": "cumulative",
            "at": START - timedelta(hours=24 - h),
            "value": 30 * h,
            "precision": "stated",
            "issuer": "gate",
        }
        for h in (6, 12, 18, 24)
    ]
    event = [{**attack()[0], "date": date(2030, 4, 29), "known_at": datetime(2030, 4, 29, tzinfo=UTC)}]
    made = crisis({"origin": 40_000}, WAY, events=event, counts=counts)
    fixed = {key: value for key, value in CERTAIN.items() if key not in ("days_to_leave", "fear")}
    free = DisplaceOptions(
        draws=200, particles=200, horizon="5 days", fixed={**fixed, "fear": 0.0}, workers=2, counted_at="gate"
    )
    with_counts, without = (
        displace(made, free.model_copy(update={"assimilate": use})) for use in (True, False)
    )
    now = pl.col("at") == START

    def spread(result):
        people = result["arrivals"].filter(now, pl.col("place") == "gate")["people"]
        return people.quantile(0.05), people.quantile(0.95)

    low, high = spread(with_counts)
    wide_low, wide_high = spread(without)
    assert high - low < 0.2 * (wide_high - wide_low)
    assert low < 1100 < wide_high
    assert "tempered" in with_counts["assumptions"].filter(pl.col("name") == "counts")["distribution"][0]


def test_sequential_monte_carlo_finds_a_known_posterior():
    """Score z ~ N(0, 1), observed 1.5 with error 0.5: posterior N(1.2, 0.2)."""
    scores = {
        "z": np.random.default_rng(5).standard_normal(3000),
        "free": np.random.default_rng(6).standard_normal((3000, 2)),
    }
    found = fit(scores, lambda s: -0.5 * ((s["z"] - 1.5) / 0.5) ** 2, seed=1)
    assert found.scores["z"].mean() == pytest.approx(1.2, abs=0.06)
    assert found.scores["z"].std() == pytest.approx(np.sqrt(0.2), abs=0.05)
    assert found.scores["free"].std(axis=0) == pytest.approx([1.0, 1.0], abs=0.1)


def test_the_next_power_keeps_half_of_the_particles_effective():
    level = -0.5 * np.random.default_rng(7).standard_normal(2000) ** 2 * 50
    power = next_power(level, 0.0)
    weight = np.exp(power * (level - level.max()))
    assert weight.sum() ** 2 / (weight**2).sum() == pytest.approx(1000, rel=0.02)


# ---------------------------------------------------------------- input


def test_faults_of_corridors_come_together():
    roads = [road("origin", "gate", vehicles_per_hour=-5.0), road("gate", "origin", km=-1.0)]
    log = [{"corridor": "origin-gaet", "status": "closed", "effective": KNOWN_LONG}]
    with pytest.raises(CrisisError) as caught:
        displace(crisis({"origin": 5}, roads, departures={"origin": 5}, corridor_status=log), options())
    codes = sorted(finding.code for finding in caught.value.findings)
    assert codes == ["E301", "E301", "E302"]
    assert any(finding.nearest == "origin-gate" for finding in caught.value.findings)


def test_more_people_leaving_than_live_there_is_refused():
    with pytest.raises(CrisisError, match=r"origin: 11.*at most 10"):
        displace(crisis({"origin": 10}, WAY, departures={"origin": 11}), options())


def test_a_conflict_outside_the_period_is_refused():
    days = [
        {"place": "origin", "date": date(2040, 1, 1), "value": 0.5},
        {"place": "origin", "date": date(2030, 5, 2), "value": 1.5},
    ]
    with pytest.raises(CrisisError) as caught:
        displace(crisis({"origin": 10}, WAY, intensity=days), options())
    assert sorted(finding.code for finding in caught.value.findings) == ["E308", "E309"]


def test_disconnected_origins_keep_their_people_and_are_reported():
    made = crisis({"origin": 100, "island": 50}, WAY, departures={"origin": 100, "island": 50})
    result = displace(made, options())
    last = result["presence"].filter(pl.col("date") == result["presence"]["date"].max(), pl.col("draw") == 0)
    inside = last.filter(pl.col("who") == "inside", pl.col("place") == "island")["people"].sum()
    assert inside >= 50
    row = result["assumptions"].filter(pl.col("name") == "no route at all")
    assert row["value"].to_list() == ["island"]


@pytest.mark.parametrize(
    "cells",
    [
        {"km": 0.0, "free_hours": 0.0},
        {"vehicles_per_hour": 0.0},
        {"vehicles_per_hour": None},
        {"free_hours": None, "km": 30.0},
    ],
)
def test_zero_and_absent_values_of_a_corridor(cells):
    made = crisis({"origin": 100}, [road("origin", "gate", **cells)], departures={"origin": 100})
    result = displace(made, options(horizon="8 days"))
    arrived = result["arrivals_summary"].filter(pl.col("place") == "gate")["people"].max()
    assert arrived == (0 if cells == {"vehicles_per_hour": 0.0} else 100)
    names = result["assumptions"]["name"].to_list()
    assert ("capacity unknown" in names) == (cells.get("vehicles_per_hour", 1) is None)


def test_a_corridor_to_itself_changes_nothing():
    plain = crisis({"origin": 100}, WAY, departures={"origin": 100})
    looped = crisis({"origin": 100}, [*WAY, road("origin", "origin")], departures={"origin": 100})
    assert displace(plain, options())["arrivals"].equals(displace(looped, options())["arrivals"])


# ---------------------------------------------------------------- tables


def test_result_tables_have_the_columns_of_the_schema_and_unique_keys():
    made = crisis({"origin": 100, "other": 40}, [*WAY, road("other", "origin")], events=attack())
    for name, rows in displace(made, options(draws=5)).items():
        assert rows.columns == list(table_of(name).names), name
        assert not rows.select(table_of(name).key).is_duplicated().any(), name
        assert rows.height, name


def test_presence_adds_up_to_everybody_on_every_day():
    made = crisis(
        {"origin": 100, "other": 40}, [*WAY, road("other", "origin", free_hours=9.0)], events=attack()
    )
    result = displace(made, options(draws=5, fixed=SLOW))
    total = result["presence"].group_by("draw", "date").agg(pl.col("people").sum())
    exposed = dict(result["episodes"].select("draw", "exposed").iter_rows())
    assert all(people == exposed[draw] for draw, _, people in total.iter_rows())


# ---------------------------------------------------------------- loss of control, coming into use

HELD = [{"place": "origin", "held_by": "Hill council", "effective": KNOWN_LONG}]


def ceasefire(text):
    return [
        *attack(),
        {
            "event": "E2",
            "date": START.date(),
            "kind": "ceasefire",
            "actor": "Valley state|Hill council",
            "form": "verbal",
            "stance": "cooperation",
            "description": text,
        },
    ]


@pytest.mark.parametrize(
    ("text", "expected"), [("Ceasefire; the forces are to disarm", 0.9), ("Ceasefire", 0.2)]
)
def test_rule_control_given_up_gives_the_share_that_leaves_a_prior_of_its_own(text, expected):
    made = crisis({"origin": 50_000}, WAY, events=ceasefire(text), control=HELD)
    forecast = run(made, fixed={"share_leaving": 0.2, "share_leaving_lost": 0.9})
    assert forecast.exodus.leavers.sum() / forecast.exodus.people.sum() == pytest.approx(expected, abs=0.01)


def test_rule_coming_into_use_lets_capacity_grow_after_a_corridor_opens():
    made = crisis(
        {"origin": 90_000},
        [road("origin", "gate", vehicles_per_hour=1000)],
        events=attack(),
        corridor_status=SHUT,
    )
    fixed = {"reopening_days": 2.0, "reopening_never": 0.0, "opening_hours": 10.0, "share_leaving": 1.0}
    forecast = run(made, fixed=fixed)
    arrived, ends = (
        forecast.exodus.record.arrived[0, :, 0],
        forecast.exodus.clock.start + forecast.exodus.clock.hours,
    )
    hourly = np.diff(arrived[(ends >= 48) & (ends <= 110)])
    hours = np.arange(2, len(hourly) + 1)
    assert hourly[1:] == pytest.approx(1000 * (1 - np.exp(-hours / 10)), abs=2)


def test_the_opening_of_an_episode_is_the_known_one_where_the_way_is_open():
    log = [*SHUT, {"corridor": "origin-gate", "status": "open", "effective": START - timedelta(hours=6)}]
    event = [{**attack()[0], "date": date(2030, 4, 28)}]
    opened = displace(crisis({"origin": 100}, WAY, events=event, corridor_status=log), options())["episodes"]
    assert opened["reopens_at"].unique().to_list() == [START - timedelta(hours=6)]
    always = displace(crisis({"origin": 100}, WAY, events=event), options())["episodes"]
    assert (always["reopens_at"] == always["onset_at"]).all()


def test_draws_fitted_to_counts_do_not_depend_on_how_many_there_are():
    counts = [
        {
            "count": "C1",
            "place": "gate",
            "what": "arrived",
            "record": "cumulative",
            "at": START,
            "value": 400,
            "precision": "stated",
            "issuer": "gate",
        }
    ]
    made = crisis({"origin": 4000}, WAY, events=[{**attack()[0], "date": date(2030, 4, 29)}], counts=counts)
    free = DisplaceOptions(particles=60, horizon="5 days", counted_at="gate", draws=30)
    many, few = (displace(made, free.model_copy(update={"draws": n, "workers": n % 3})) for n in (30, 10))
    for name in ("episodes", "arrivals", "presence"):
        assert few[name].equals(many[name].filter(pl.col("draw") < 10)), name


def test_where_violence_starts_in_no_draw_nobody_moves_and_the_second_arm_is_left_out():
    outlook = pl.DataFrame(
        {
            "draw": [0],
            "where": ["XAA"],
            "month": [date(2030, 5, 1)],
            "horizon": [1],
            "deaths": [0.0],
            "event": [0],
        }
    )
    result = displace(crisis({"origin": 100}, WAY).with_tables({"outlook": outlook}), options(draws=3))
    assert result["arrivals"]["people"].sum() == 0
    assert set(result["arrivals_summary"]["arm"]) == {"unconditional"}
    assert result["departures_summary"].filter(pl.col("place") == "ALL")["remaining"].min() > 80
    assert not result["episodes"]["happens"].any()
    assert result["road_summary"].height == 0
