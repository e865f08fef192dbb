"""Odds of escalation by pair of states, judged against deaths alone."""

import json

import numpy as np
import pytest

from forestall.evaluation.escalation import dyads_of, load_ladder, rolling_odds, score_escalation
from forestall.evaluation.panels import open_panel
from forestall.warning.panel import Panel


@pytest.fixture(scope="module")
def panel():
    return open_panel()[0]


@pytest.fixture(scope="module")
def result(panel):
    return score_escalation(panel)


def test_hits_and_false_alarms_add_up_and_are_given_for_both(result):
    events = round(result["base_rate"] * result["pair_months"])
    for kind in ("deaths alone", "with disputes"):
        one = result[kind]
        assert one["hits"] + one["misses"] == events
        assert one["false_alarms"] > 0
    gain = result["deaths alone"]["brier"] - result["with disputes"]["brier"]
    assert result["brier_gain"] == pytest.approx(gain)
    assert result["brier_gain90"][0] <= gain <= result["brier_gain90"][1]
    json.dumps(result, allow_nan=False)


def test_what_it_says_follows_from_the_interval(result):
    assert ("no skill" in result["says"]) == (result["brier_gain90"][0] <= 0 <= result["brier_gain90"][1])


def test_twenty_pairs_hold_those_that_escalated_and_those_that_did_not(result):
    assert [row["escalated"] for row in result["twenty_pairs"]] == [True] * 10 + [False] * 10
    assert all(row["hits"] + row["misses"] == 0 for row in result["twenty_pairs"][10:])


def test_what_comes_later_changes_no_odds(panel):
    cut = 12 * 12
    later = panel.deaths.copy()
    later[cut:] = 9999.0
    changed = Panel(panel.first_month, panel.countries, later, panel.borders)
    known = rolling_odds(dyads_of(panel), (2000, 2001))[1]
    other = rolling_odds(dyads_of(changed), (2000, 2001))[1]
    assert (~np.isnan(known[: cut - 1])).sum() > 1000
    assert np.array_equal(known[: cut - 1], other[: cut - 1], equal_nan=True)


def test_the_ladder_holds_pairs_in_order_and_no_row_twice():
    rows = load_ladder()
    assert len(set(rows)) == len(rows)
    assert all(a < b for a, b, *_ in rows)
