"""The odds that ship since 2010, and thresholds for a wished return period."""

import numpy as np
import pytest

from forestall.evaluation.hindcast import hindcast
from forestall.evaluation.history import history
from forestall.evaluation.panels import open_panel
from forestall.evaluation.triggers import Trigger, activation_starts, threshold_for, trigger_report
from forestall.scoring.triggers import return_period
from forestall.warning.countries import countries

PANEL = {code: str(country.panel_id) for code, country in countries().items()}
JANUARY = 361
LAST = 528


@pytest.fixture(scope="module")
def panel():
    return open_panel()[0]


def test_the_shipped_odds_are_those_that_the_model_gives(panel):
    made = hindcast(panel, JANUARY, JANUARY + 1, 3)
    shipped = history(panel, JANUARY, JANUARY + 1, 3)
    assert np.allclose(made.odds, shipped.odds, atol=1e-4, equal_nan=True)
    for name in ("newest", "event", "wait", "stratum"):
        assert np.array_equal(getattr(made, name), getattr(shipped, name), equal_nan=True)


def test_what_is_not_in_the_history_is_not_made_up(panel):
    assert history(panel, JANUARY - 12, LAST, 3) is None
    assert history(panel, JANUARY, LAST, 5) is None


@pytest.mark.parametrize("country", ["AZE", "UKR", "MLI"])
def test_a_threshold_for_a_wished_return_period_is_the_lowest_that_keeps_it(panel, country):
    cast = history(panel, JANUARY, LAST, 6)
    trigger = Trigger("odds", "odds", 0.3, country)
    found = threshold_for(cast, trigger, 5)
    report = trigger_report(Trigger("odds", "odds", found["threshold"], country), cast)
    assert report["return_period_years"] >= 5
    assert len(report["activations"]) == found["activations"]
    assert found["threshold"] > np.nanmedian(cast.odds[:, cast.countries.index(PANEL[country])])
    assert threshold_for(cast, trigger, 40)["threshold"] is None


def test_return_periods_count_starts_and_not_months():
    assert len(activation_starts(np.array([True, True, True, False, True]))) == 2
    assert return_period(14, 0) == float("inf")
