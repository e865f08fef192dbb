"""A crisis that is not the shipped one, written by hand, runs through every stage."""

import polars as pl
import pytest

from forestall.crisis import Crisis, open_crisis
from forestall.reporting import report
from forestall.runs import run
from forestall.schema import load_schema
from forestall.stages import STAGES
from valley import VALLEY

BEFORE = "2024-12-15"
DURING = "2025-03-14T13:30+01:00"
NEEDED = (
    "freshness",
    "warning_odds",
    "arrivals_summary",
    "needs",
    "gaps",
    "response_timeline",
)


@pytest.fixture(scope="module")
def runs() -> dict[str, Crisis]:
    """The crisis after all stages, at a moment before the violence and at one during it."""
    return {
        moment: run(open_crisis(VALLEY), as_of=moment, draws=40, seed=1).crisis for moment in (BEFORE, DURING)
    }


@pytest.mark.parametrize("moment", [BEFORE, DURING])
def test_every_stage_writes_tables(runs, moment):
    crisis = runs[moment]
    for stage in STAGES:
        assert any(crisis.has(name) for name in stage.writes), stage.verb
    assert [name for name in NEEDED if not crisis.has(name)] == []


def test_the_country_that_had_deaths_has_the_higher_odds(runs):
    odds = runs[BEFORE]["warning_odds"].filter(pl.col("within_months") == 12)
    by_country = dict(odds.group_by("where").agg(pl.col("p_event").max()).iter_rows())
    assert by_country["XRV"] > by_country["XHM"]


def test_violence_under_way_is_in_every_draw(runs):
    assert runs[DURING]["episodes"]["happens"].all()
    assert not runs[BEFORE]["episodes"]["happens"].all()


def test_nobody_arrives_who_did_not_live_there(runs):
    most = runs[DURING]["arrivals"].filter(pl.col("place") == "ALL")["people"].max()
    claimed = runs[DURING]["population"].filter(pl.col("level") == "total")["people"].max()
    assert 0 < most <= claimed * 1.2


def test_the_trigger_on_the_closed_road_has_activated(runs):
    activated = runs[DURING]["activations"].filter(pl.col("trigger") == "pass-30")
    assert activated["activated_at"].dt.date().to_list()[0].isoformat() == "2024-12-20"
    assert runs[BEFORE]["activations"].height == 0


def test_the_brief_is_made(runs):
    html = report(runs[DURING]).html
    assert "River valley" in html
    assert "Cold Pass" in html


def test_rows_known_later_change_nothing(runs):
    whole = open_crisis(VALLEY)
    moment = runs[DURING].moment
    kept = {
        name: table.filter(pl.col("known_at") <= moment) if load_schema()[name].kind == "observed" else table
        for name, table in whole.tables.items()
    }
    assert sum(t.height for t in whole.tables.values()) > sum(t.height for t in kept.values())
    again = run(Crisis(whole.settings, kept), as_of=DURING, draws=40, seed=1).crisis
    for name, table in runs[DURING].tables.items():
        if load_schema()[name].kind == "result":
            assert table.write_csv() == again[name].write_csv(), name
