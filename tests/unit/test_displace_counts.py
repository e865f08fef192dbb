"""Counts first: totals and parts, vintages, several borders, people inside and abroad, worlds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from flight import START, attack, crisis, road
from forestall.core.errors import CrisisError
from forestall.crisis import open_crisis
from forestall.displacement.assumptions import assumptions
from forestall.displacement.counted import Series, read_counted
from forestall.displacement.course import SHARE_ERROR, Lead, share_scales
from forestall.displacement.forecast import make_forecast
from forestall.displacement.priors import OF_THE_CRISIS
from forestall.displacement.shares import ranges_of
from forestall.displacement.stage import displace
from forestall.displacement.wave import Wave, filtered, go_on
from forestall.options.displace import DisplaceOptions
from forestall.runs import left_aside, rehearsed

ROADS = [road("origin", "gate"), road("origin", "ford"), road("origin", "harbour", free_hours=3.0)]
BEGAN = [{**attack()[0], "date": date(2030, 4, 11), "known_at": datetime(2030, 4, 11, tzinfo=UTC)}]


def count(place, days_ago, value, **cells):
    """Return a running total of arrivals so many days before the moment."""
    at = START - timedelta(days=days_ago)
    row = {"place": place, "what": "arrived", "record": "cumulative", "at": at, "value": value}
    name = f"{place}-{days_ago}-{value}"
    return {"count": name, "precision": "stated", "issuer": "gate", "known_at": at, **row, **cells}


def daily(place, *values, **cells):
    """Return daily totals, the last at the moment."""
    return [count(place, len(values) - 1 - i, value, **cells) for i, value in enumerate(values)]


def made(counts, **tables):
    """Return a crisis of twenty days with three borders, in another country each but the harbour."""
    base = crisis(
        {"origin": 400_000}, ROADS, reception=("gate", "ford", "harbour"), events=BEGAN, counts=counts
    )
    abroad = {"gate": "XBB", "ford": "XCC", "harbour": "XAA", "origin": "XAA"}
    country = pl.col("place").replace_strict(abroad, default="XAA")
    return base.with_tables({"places": base["places"].with_columns(country=country), **tables})


GATE = daily("gate", 2_000, 5_000, 9_000, 12_000, 14_000)


def test_every_draw_goes_on_from_the_count_and_none_lies_below_it():
    result = displace(made(GATE), DisplaceOptions(draws=100, particles=200, horizon="30 days"))
    gate = result["arrivals"].filter(pl.col("place") == "gate")
    assert gate.filter(pl.col("at") == START)["people"].unique().to_list() == [14_000]
    assert gate.filter(pl.col("at") > START)["people"].min() >= 14_000


def test_a_border_without_counts_and_people_inside_have_a_band():
    result = displace(made(GATE), DisplaceOptions(draws=100, particles=200, horizon="30 days"))
    last = result["arrivals_summary"].filter(pl.col("at") == pl.col("at").max())
    for place in ("ford", "harbour"):
        assert last.filter(pl.col("place") == place)["people"].max() > 0, place


def test_without_counts_every_border_has_a_band_too():
    result = displace(made([]), DisplaceOptions(draws=60, horizon="30 days"))
    last = result["arrivals_summary"].filter(pl.col("at") == pl.col("at").max())
    assert set(last.filter(pl.col("people") > 0)["place"]) >= {"gate", "ford", "harbour", "ALL"}


def test_the_newest_vintage_counts_and_a_total_that_was_brought_down_brings_down_what_was_said_before():
    later = {"known_at": START, "count": "new"}
    counts = [*daily("gate", 3_000, 9_000), count("gate", 0, 7_000, **later)]
    series = read_counted(made(counts).at(START), ["origin"], ["gate"]).arrived[0]
    assert series.totals.tolist() == [3_000, 7_000]
    fallen = read_counted(made(daily("gate", 9_000, 8_000)).at(START), ["origin"], ["gate"]).arrived[0]
    assert fallen.totals.tolist() == [8_000, 8_000]


def test_periods_add_up():
    counts = [count("gate", d, 1_000, record="period", hours=24.0) for d in (2, 1, 0)]
    assert read_counted(made(counts).at(START), ["origin"], ["gate"]).arrived[0].totals.tolist() == [
        1_000,
        2_000,
        3_000,
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (count("gate", 0, 900, what="vehicles"), "vehicles"),
        (count("gate", 0, 900, precision="interpolated"), "interpolated"),
        (count("gate", 0, 900, what="registered"), "hold these people already"),
        (count("origin", 0, 900), "no place of reception"),
    ],
)
def test_what_is_not_used_is_named_with_the_reason(row, why):
    found = read_counted(made([*GATE, row]).at(START), ["origin"], ["gate", "ford"])
    assert [why in u.why for u in found.unused] == [True]


def test_a_count_after_the_moment_changes_nothing():
    late = count("gate", -1, 90_000)
    now, later = (
        displace(made(c).at(START), DisplaceOptions(draws=20, particles=60)) for c in (GATE, [*GATE, late])
    )
    assert now["arrivals"].equals(later["arrivals"])


def erratic(*growth):
    """Return running totals from growth in windows of twelve hours."""
    return Series(
        "ford",
        "arrived",
        ("ford",),
        12.0 * np.arange(1.0, len(growth) + 1),
        np.cumsum(growth),
        np.ones(len(growth)),
    )


def test_the_error_of_a_share_is_learnt_from_how_it_changed():
    hours = 12.0 * np.arange(1.0, 11.0)
    smooth = erratic(*[10_000.0] * 10)
    restless = erratic(*[40_000.0 if n in (2, 3, 4, 7, 8, 9) else 500.0 for n in range(10)])
    few = erratic(*[20.0] * 10)
    lead = Lead(hours, np.cumsum(np.full(10, 1e5)), np.ones(10), 0.0, False, (), True)
    assert lead.window > 12.0
    lead = replace(lead, series=(smooth, restless, few))
    narrow, wide, small = share_scales(lead)
    assert narrow < SHARE_ERROR < wide
    assert small > 0.5
    assert share_scales(replace(lead, series=(erratic(9_000.0),)))[0] == pytest.approx(SHARE_ERROR, rel=0.1)


def test_smooth_counts_are_taken_to_be_made_well():
    one = np.ones(2)
    wave = Wave(1e6 * one, 300 * one, 1.2 * one, 0 * one, 0.05 * one, 24 * one, 0 * one, one)
    hours = np.arange(0.0, 241.0, 24.0)
    totals = 1e6 * -np.expm1(-wave.hazard(0.0, hours[:, None])[:, 0])
    careful = replace(wave, counting=np.array([0.1, 1.0]))
    level = filtered(careful, hours, totals, np.full(10, 0.4)).log_likelihood
    assert level[0] > level[1]


def test_later_violence_never_begins_the_war_anew():
    again = {**BEGAN[0], "event": "E9", "date": START.date(), "known_at": START}
    base = made(GATE)
    both = crisis({"origin": 5}, ROADS, events=[*BEGAN, again])["events"]
    one, two = (
        make_forecast(c, DisplaceOptions(draws=5, particles=50))
        for c in (base, base.with_tables({"events": both}))
    )
    assert one.onsets.hours[0] == two.onsets.hours[0] < -400


def test_every_person_is_somewhere_once_on_every_day():
    made_here = made([*GATE, *daily("ford", 100, 500, 900)])
    result = displace(made_here, DisplaceOptions(draws=30, particles=60, horizon="20 days"))
    totals = result["presence"].group_by("draw", "date").agg(pl.col("people").sum())
    exposed = result["episodes"].select("draw", "exposed")
    joined = totals.join(exposed, on="draw")
    assert (joined["people"] == joined["exposed"]).all()


def test_worlds_about_one_thing_hold_each_draw_once_and_one_is_the_reasonable_worst():
    result = displace(made(GATE), DisplaceOptions(draws=50, particles=60, horizon="20 days"))
    table = result["worlds"]
    assert table.group_by("about").agg(pl.col("probability").sum())["probability"].round(
        9
    ).unique().to_list() == [1]
    assert table["reasonable_worst"].sum() == 1
    summary = result["worlds_summary"].filter(pl.col("place") == "ALL", pl.col("quantile") == 0.5)
    assert set(summary["quantity"]) == {"arrived", "left", "remaining", "inside", "abroad"}


def test_a_replay_draws_shares_only_from_cases_that_were_over():
    early, late = (ranges_of("control lost or given up", date(year, 1, 1)) for year in (2000, 2030))
    assert 5 <= len(early) < len(late)
    assert {e.who for e in early} < {e.who for e in late}


def test_the_filter_is_the_density_of_a_gaussian_process():
    """Two increments with a lasting deviation: against the bivariate normal density."""
    one = np.ones(1)
    wave = Wave(1e6 * one, 240 * one, 1.5 * one, 1e-4 * one, 0.4 * one, 48 * one, 0 * one, 24 * one)
    hours, totals = np.array([0.0, 24.0, 48.0]), np.array([0.0, 20_000.0, 60_000.0])
    spread = np.array([0.1, 0.2])
    there = 1e6 - totals[:-1]
    hazard = np.array([wave.hazard(0.0, 24.0)[0], wave.hazard(24.0, 48.0)[0]])
    expected = there * -np.expm1(-hazard)
    seen = np.log((np.diff(totals) + 100) / (expected + 100))
    between = 0.4**2 * np.exp(-24 / 48)
    cov = np.array([[0.4**2 + 0.01, between], [between, 0.4**2 + 0.04]])
    level = -0.5 * (seen @ np.linalg.solve(cov, seen) + np.log(np.linalg.det(cov)))
    assert filtered(wave, hours, totals, spread).log_likelihood[0] == pytest.approx(level)


def test_no_more_pass_than_the_ways_out_let():
    one = np.ones(3)
    wave = Wave(1e5 * one, 24 * one, 2 * one, 0 * one, 0 * one + 1e-9, 6 * one, 0 * one, 6 * one)
    still = (0 * one, 0 * one)
    calm = (np.zeros((3, 48)), np.zeros((3, 48)))
    gone = go_on(wave, 0 * one, still, np.arange(0.0, 49.0), calm, 500 * one)
    assert np.diff(gone, axis=1, prepend=0.0).max() <= 500 + 1e-6
    assert (np.diff(gone, axis=1) >= 0).all()


def test_people_present_inside_carry_the_other_nest():
    cells = {"place": "harbour", "group": "displaced", "date": date(2030, 4, 29), "people": 50_000}
    stock = {"stock": "S1", **cells}
    held = crisis({"origin": 5}, ROADS, stocks=[stock])["stocks"]
    result = displace(made(GATE, stocks=held), DisplaceOptions(draws=60, particles=100, horizon="20 days"))
    now = result["arrivals"].filter((pl.col("place") == "harbour") & (pl.col("at") == START))["people"]
    assert now.min() >= 45_000
    assert now.max() < 80_000


def test_too_few_draws_that_agree_and_a_full_place_are_findings():
    sites = [{"site": "S1", "place": "gate", "kind": "transit", "name": "Tents"}]
    status = [
        {
            "site": "S1",
            "status": "open",
            "capacity": 500,
            "effective": START - timedelta(days=30),
            "known_at": START,
        }
    ]
    extra = crisis({"origin": 5}, ROADS, sites=sites, site_status=status)
    crisis_here = made(GATE, sites=extra["sites"], site_status=extra["site_status"])
    forecast = make_forecast(crisis_here, DisplaceOptions(draws=40, particles=100, horizon="20 days"))
    table = assumptions(forecast)
    full = [f for f in left_aside(crisis_here.with_tables({"assumptions": table})) if f.code == "W312"]
    assert ["at gate" in f.value for f in full] == [True]
    poor = replace(forecast, fit=replace(forecast.fit, distinct=7))
    codes = [f.code for f in left_aside(crisis_here.with_tables({"assumptions": assumptions(poor)}))]
    assert "W311" in codes
    assert "too few effective draws" not in table["name"].to_list()
    error = table.filter(pl.col("name") == "Monte Carlo error")["value"].item()
    assert "% of it" in error


def test_a_draw_says_which_estimate_it_rests_on():
    result = displace(made(GATE), DisplaceOptions(draws=20, particles=50, horizon="20 days"))
    named = result["assumptions"].filter(pl.col("name").str.starts_with("people: "))["name"]
    assert {f"people: {who}" for who in result["episodes"]["estimate"]} <= set(named)


def test_counts_of_an_earlier_flight_are_left_aside():
    old = count("gate", 400, 70_000)
    found = read_counted(made([old, *GATE]).at(START), ["origin"], ["gate"], START - timedelta(days=21))
    assert found.arrived[0].totals[0] == 2_000
    assert "before this flight" in found.unused[0].why


def test_a_check_at_a_moment_warns_of_counts_that_are_not_used():
    findings = rehearsed(open_crisis("karabakh-2023"), "2023-09-26T20:00+04:00")
    aside = [finding for finding in findings if finding.code == "W310"]
    assert any("vehicles" in f.value or "in_accommodation" in f.value for f in aside)
    assert all(f.expected for f in aside)


def own_prior(**cells):
    """Return the table of priors of a crisis with one row."""
    row = {"name": "wave_days", "distribution": "lognormal", "a": 3.0, "b": 0.1, "why": "made up"}
    return crisis({"origin": 5}, ROADS, priors=[{**row, **cells}])["priors"]


def test_a_prior_of_the_crisis_takes_the_place_of_the_general_one_and_says_so():
    chosen = DisplaceOptions(draws=10, particles=50, horizon="20 days")
    rows = displace(made(GATE, priors=own_prior()), chosen)["assumptions"].filter(
        pl.col("name") == "wave_days"
    )
    assert rows["known"].item() == OF_THE_CRISIS
    assert rows["value"].item().startswith("3 ")


@pytest.mark.parametrize("cells", [{"name": "wave_dais"}, {"distribution": "uniform", "b": 3.0}, {"b": 0.0}])
def test_a_prior_without_a_range_or_of_an_unknown_name_is_refused(cells):
    with pytest.raises(CrisisError) as caught:
        displace(made(GATE, priors=own_prior(**cells)), DisplaceOptions(draws=5))
    assert [finding.code for finding in caught.value.findings] == ["E310"]
