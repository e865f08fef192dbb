"""What holds for any tie, status, trigger or claim."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from forestall.action.concentration import Partners
from forestall.action.leverage import net_leverage, rank_shares
from forestall.action.provisions import implementation
from forestall.action.series import Point, activations_of
from forestall.claims.compare import expected_of, row_says
from forestall.claims.judge import verdict_of
from forestall.options.act import ActOptions
from forestall.schema import empty

SHARES = st.lists(st.floats(0.001, 1.0), min_size=1, max_size=8)
UNIT = st.floats(0, 1)
STATUS = st.sampled_from(["kept", "partly", "broken", "disputed", "not known", "not yet due"])
VALUES = st.lists(st.one_of(st.none(), st.floats(-100, 100)), min_size=1, max_size=30)
START = datetime(2020, 1, 1, tzinfo=UTC)


@given(weights=SHARES, known=st.integers(1, 8))
def test_the_true_concentration_lies_within_the_bounds(weights, known):
    total = sum(weights)
    shares = [weight / total for weight in weights]
    low, high = Partners({str(n): share for n, share in enumerate(shares[:known])}).bounds
    assert low - 1e-9 <= sum(share**2 for share in shares) <= high + 1e-9


@given(UNIT, UNIT, UNIT, UNIT)
def test_net_leverage_changes_sign_with_the_sides(a, b, c, d):
    assert net_leverage(a, b, c, d) == -net_leverage(c, d, a, b)
    assert -1 <= net_leverage(a, b, c, d) <= 1


@given(st.lists(st.lists(st.floats(-1, 1), min_size=5, max_size=5), min_size=1, max_size=6))
def test_every_rank_is_one_of_the_ranks(values):
    held = rank_shares([pl.Series(row).to_numpy() for row in values])
    assert all(1 <= rank <= len(values) and 0 < share <= 1 for rank, share in held)


def _status_table(statuses):
    rows = {
        "provision": [f"P{n}" for n in range(len(statuses))],
        "agreement": ["A"] * len(statuses),
        "who": ["X"] * len(statuses),
        "status": statuses,
    }
    return pl.concat([empty("provisions_status"), pl.DataFrame(rows)], how="diagonal")


@given(st.lists(STATUS, min_size=1, max_size=10))
@settings(max_examples=60, deadline=None)
def test_the_share_kept_is_ordered_and_news_only_narrows_it(statuses):
    table = implementation(_status_table(statuses), ActOptions(draws=50)).filter(who="ALL")
    assert table.height == any(status != "not yet due" for status in statuses)
    for row in table.iter_rows(named=True):
        assert 0 <= row["share_low"] <= row["share_mid"] <= row["share_high"] <= 1
        if "not known" in statuses:
            news = ["kept" if status == "not known" else status for status in statuses]
            told = implementation(_status_table(news), ActOptions(draws=50)).filter(who="ALL")
            assert told["share_low"][0] >= row["share_low"] - 1e-9
            assert told["share_high"][0] <= row["share_high"] + 1e-9


@given(VALUES, st.floats(-100, 100), st.floats(0, 50))
def test_a_higher_threshold_never_activates_first(values, threshold, more):
    points = [Point(START + timedelta(days=day), value) for day, value in enumerate(values)]
    low, high = activations_of(points, ">=", threshold), activations_of(points, ">=", threshold + more)
    assert not high or low[0].at <= high[0].at
    assert all(point.value is not None and point.value >= threshold for point in low)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e3), st.floats(0, 1e3))
def test_a_row_is_for_a_figure_inside_its_range_and_against_one_outside(value, below, above):
    row = {"value": value, "low": value - below, "high": value + above}
    assert row_says(row, expected_of("=", repr(value))) == "for"
    assert row_says(row, expected_of(">", repr(value + above + 1))) == "against"
    assert row_says(row, expected_of("<", repr(value - below - 1))) == "against"


@given(st.lists(st.sampled_from(["for", "against", "open", "shown"]), max_size=8))
def test_the_order_of_rows_does_not_matter_and_a_judgement_has_no_verdict(says):
    expected = expected_of("=", "1")
    assert verdict_of("count", expected, says) == verdict_of("count", expected, says[::-1])
    assert verdict_of("judgement", expected, says)[0] == "not testable"
