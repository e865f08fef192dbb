"""No forecast, back-test or replay changes when what comes after its moment changes."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.backtest import forecast_from, score_from
from forestall.evaluation.first_crisis import month_by_month
from forestall.evaluation.hindcast import hindcast
from forestall.evaluation.onset import onset_record
from forestall.options.warn import WarnOptions
from forestall.warning.features import Features
from forestall.warning.models import model_named
from forestall.warning.months import first_day
from forestall.warning.stage import warn_tables
from small_panel import CODES, small_panel

ORIGIN = 340
MODELS = (
    "pool",
    "sequential",
    "analogue",
    "conflictology-12-neighbours",
    "negative-binomial",
    "last-month",
)


def changed_after(panel, month):
    """The panel with everything after a month made up anew."""
    deaths = panel.deaths.copy()
    later = month - panel.first_month + 1
    deaths[later:] = 7000 - deaths[later:][::-1] * 3
    return replace(panel, deaths=np.abs(deaths))


@pytest.mark.parametrize("name", MODELS)
def test_a_forecast_does_not_change_with_the_future(name):
    panel = small_panel()
    before, _ = forecast_from(model_named(name), panel, ORIGIN, [1, 3, 9], 50)
    after, _ = forecast_from(model_named(name), changed_after(panel, ORIGIN), ORIGIN, [1, 3, 9], 50)
    assert np.array_equal(before, after, equal_nan=True)
    assert not np.isnan(before).any()


def test_the_future_does_change_the_score():
    panel = small_panel()
    method = model_named("conflictology-12")
    before = score_from(method, panel, ORIGIN, [1, 2], 100).mean("crps")
    after = score_from(method, changed_after(panel, ORIGIN), ORIGIN, [1, 2], 100).mean("crps")
    assert before != after


def test_no_series_looks_ahead():
    panel = small_panel()
    whole, cut = Features(panel), Features(panel.cut(ORIGIN))
    row = ORIGIN - panel.first_month
    for name in ("last", "peak_year", "peak_five_years", "spread", "since_deaths", "year_sum", "quiet"):
        assert np.allclose(getattr(whole, name)[row], getattr(cut, name)[row]), name
    for name in ("levels", "above", "neighbours"):
        for one, other in zip(getattr(whole, name), getattr(cut, name), strict=True):
            assert np.allclose(one[row], other[row]), name


def test_onset_and_odds_of_earlier_months_do_not_change():
    panel = small_panel()
    later = changed_after(panel, ORIGIN)
    first = ORIGIN - 20
    ours, theirs = (onset_record(one, first, ORIGIN - 3) for one in (panel, later))
    assert np.array_equal(ours.chance, theirs.chance)
    ours, theirs = (hindcast(one, first, ORIGIN, 3).odds for one in (panel, later))
    assert np.array_equal(ours, theirs, equal_nan=True)
    ours, theirs = (month_by_month(one, ["ARM"], ORIGIN - 4, ORIGIN) for one in (panel, later))
    known = ["country", "issued", "chance_within_3_months", "rank"]
    assert ours.select(known).equals(theirs.select(known))


def deaths_table(panel):
    rows = [
        (
            "country",
            code,
            "month",
            first_day(panel.first_month + row),
            "state-based",
            int(panel.deaths[row, column]),
            "v",
        )
        for row in range(len(panel.deaths))
        for column, code in enumerate(CODES)
    ]
    names = ["where_kind", "where", "period", "start", "violence", "best", "vintage"]
    return pl.DataFrame(rows, schema=names, orient="row")


def test_a_replay_takes_the_newest_model_known_by_its_moment():
    table = deaths_table(small_panel(300))
    options = WarnOptions(horizon_months=3, draws=20)
    for year, cutoff in ((2012, "December 2010"), (2013, "December 2011")):
        moment = datetime(year, 1, 10, tzinfo=UTC)
        known = table.filter(pl.col("start") < date(year - 1, 12, 1))
        drivers = warn_tables(known, countries=("ARM",), as_of=moment, options=options)["warning_drivers"]
        assert cutoff in drivers["driver"][-1]


def test_order_of_rows_does_not_matter():
    table = deaths_table(small_panel(200))
    options = WarnOptions(horizon_months=2, draws=20)
    moment = datetime(2006, 9, 30, tzinfo=UTC)
    first = warn_tables(table, countries=("ARM", "AZE"), as_of=moment, options=options)
    second = warn_tables(table.reverse(), countries=("ARM", "AZE"), as_of=moment, options=options)
    assert all(first[name].equals(second[name]) for name in first)
