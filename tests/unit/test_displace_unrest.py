"""Flight without a wave: raids and insecurity, a closure without fighting, a war of years."""

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from flight import attack, crisis, options, road
from forestall.displacement.forecast import make_forecast
from forestall.displacement.priors import load_priors
from forestall.displacement.stage import displace
from forestall.displacement.unrest import closure_share, monthly_share

WAY = [road("origin", "gate")]
RAID = [{**attack()[0], "step": "incident", "value": 1.0, "unit": "deaths"}]
SHUT = [{"corridor": "origin-gate", "status": "closed", "effective": datetime(2030, 4, 20, tzinfo=UTC)}]


def outlook(*deaths, event=0):
    """Return an outlook of two months for each draw."""
    rows = [
        {"draw": draw, "where": "XAA", "month": date(2030, 5 + step, 1), "horizon": step + 1}
        | {"deaths": float(some), "event": event}
        for draw, some in enumerate(deaths)
        for step in range(2)
    ]
    return pl.DataFrame(rows)


def deaths(*by_month):
    """Return deaths by month from January 2029 on, known at once."""
    return [
        {"where_kind": "country", "where": "XAA", "period": "month", "violence": "state-based"}
        | {"start": date(2029 + n // 12, n % 12 + 1, 1), "best": some, "vintage": "one"}
        for n, some in enumerate(by_month)
    ]


def last(result, place="ALL", quantile=0.5, arm="unconditional"):
    """Return people arrived at the end of the horizon."""
    rows = result["arrivals_summary"].filter(
        (pl.col("place") == place) & (pl.col("quantile") == quantile) & (pl.col("arm") == arm)
    )
    return rows.sort("at")["people"][-1]


def test_rule_raids_and_insecurity():
    calm = crisis({"origin": 100_000}, WAY).with_tables({"outlook": outlook(0)})
    raided = crisis({"origin": 100_000}, WAY, events=RAID).with_tables({"outlook": outlook(90_000)})
    bound = crisis({"origin": 100_000}, WAY, events=RAID).with_tables({"outlook": outlook(0)})
    chosen = options(horizon="30 days", fixed={"raids_share": 0.02})
    assert last(displace(calm, chosen)) == 0
    assert 0 < last(displace(bound, chosen)) < 1_000
    made = displace(raided, chosen)
    assert last(made) == pytest.approx(2_000 * 30 / 30.44, rel=0.1)
    assert not made["episodes"]["happens"].any()
    assert made["worlds"].filter(pl.col("world") == "no_violence")["median"].item() > 1_000


def test_rule_closure_without_fighting():
    shut = crisis({"origin": 100_000}, WAY, corridor_status=SHUT).with_tables({"outlook": outlook(0)})
    chosen = options(horizon="30 days", fixed={"closure_share": 0.01})
    made = displace(shut, chosen)
    assert last(made) == pytest.approx(1_000, rel=0.15)
    names = made["assumptions"]["name"].to_list()
    assert "leaving without a wave" in names
    assert "no wave, no flight" not in names


def test_a_war_of_years_is_under_way_without_a_wave_until_worse_months_come():
    war = crisis({"origin": 100_000}, WAY, deaths=deaths(*[60] * 15))
    steady = make_forecast(
        war.with_tables({"outlook": outlook(50, 50, event=1)}), options(fixed={"raids_share": 0.02})
    )
    assert steady.onsets.ongoing
    assert steady.steady.all()
    assert steady.exodus.leavers.sum() == steady.exodus.people.sum()
    assert steady.exodus.record.left[:, -1].sum() < 0.05 * steady.exodus.people.sum()
    worse = make_forecast(war.with_tables({"outlook": outlook(50, 900, event=1)}), options())
    assert worse.happens.all()
    assert worse.onsets.wave.tolist() == [False, True]


def test_an_act_of_unknown_size_begins_a_wave_in_as_many_draws_as_it_is_likely_to_be_large():
    raid = [{**attack()[0], "step": "raid"}]
    made = crisis({"origin": 1_000}, WAY, events=raid, deaths=deaths(*[0] * 15))
    made = made.with_tables({"outlook": outlook(0)})
    onsets = make_forecast(made, options(draws=400)).onsets
    assert onsets.happens.mean() == pytest.approx(0.33, abs=0.08)
    assert (onsets.hours[onsets.happens] < 0).all()
    assert not onsets.ongoing


def test_shares_come_from_what_was_public_by_the_day():
    priors, score = load_priors(), np.array([-1.0, 0.0, 1.645, 2.5])
    before, after = (monthly_share(score, date(year, 1, 1), priors["raids_share"]) for year in (2020, 2025))
    assert before.tolist() == priors["raids_share"].quantile(score).tolist()
    assert (np.diff(after) > 0).all()
    assert not np.allclose(before, after)
    early, late = (closure_share(score, date(year, 1, 1), priors["closure_share"]) for year in (2020, 2025))
    assert early.tolist() == priors["closure_share"].quantile(score).tolist()
    assert late.max() <= 0.03
