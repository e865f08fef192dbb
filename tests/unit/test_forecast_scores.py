"""Scores against brute force, against other implementations, and against the official files."""

import numpy as np
import pytest

from forestall.evaluation.official import compare_official
from forestall.scoring import forecasts, probabilities, triggers
from forestall.scoring.intervals import jeffreys_interval, rule_of_three

GENERATOR = np.random.default_rng(5)


def test_crps_is_the_mean_over_all_pairs():
    draws = np.sort(GENERATOR.gamma(0.3, 40, (6, 25)), axis=-1)
    observed = GENERATOR.gamma(0.3, 40, 6)
    pairs = np.abs(draws[:, :, None] - draws[:, None, :]).mean(axis=(1, 2))
    expected = np.abs(draws - observed[:, None]).mean(axis=1) - pairs / 2
    assert np.allclose(forecasts.crps(draws, observed), expected)


def test_ignorance_counts_the_bin_of_what_happened():
    draws = np.array([[0.0, 1.0, 2.0, 3.0, 2000.0]])
    for observed, inside in ((0.0, 1), (2.0, 2), (5.0, 1), (9.0, 0), (1001.0, 1)):
        expected = -np.log2((inside + 1) / (5 + 11))
        assert forecasts.ignorance(draws, np.array([observed]))[0] == pytest.approx(expected)


@pytest.mark.parametrize("size", [1, 2, 7, 12, 999])
def test_official_resampling_is_the_fourier_method(size):
    from scipy.signal import resample

    draws = GENERATOR.gamma(1, 10, (3, size))
    expected = np.maximum(resample(draws, 1000, axis=1), 0)
    assert np.allclose(forecasts.official_resampling(draws), expected)


def test_interval_score_charges_what_falls_outside():
    draws = np.linspace(0, 100, 101)
    inside = forecasts.interval_score(draws, np.array(50.0))
    assert inside == pytest.approx(90.0)
    assert forecasts.interval_score(draws, np.array(105.0)) == pytest.approx(90 + 20 * 10)


def test_the_pit_of_a_calibrated_forecast_is_flat():
    draws = np.sort(GENERATOR.poisson(2.0, (4000, 400)).astype(float), axis=1)
    observed = GENERATOR.poisson(2.0, 4000).astype(float)
    pit = forecasts.randomised_pit(draws, observed, GENERATOR.random(4000))
    shares = np.histogram(pit, bins=10, range=(0, 1))[0] / 4000
    assert np.abs(shares - 0.1).max() < 0.03


def test_area_and_precision_by_brute_force():
    chance = np.round(GENERATOR.random(80), 1)
    event = (GENERATOR.random(80) < chance).astype(float)
    up, down = chance[event == 1], chance[event == 0]
    wins = (up[:, None] > down).mean() + 0.5 * (up[:, None] == down).mean()
    assert probabilities.area_under_curve(chance, event) == pytest.approx(wins)
    levels = np.unique(chance)[::-1]
    recall = [(event[chance >= level].sum()) / event.sum() for level in levels]
    precision = [event[chance >= level].mean() for level in levels]
    gained = np.diff([0.0, *recall])
    assert probabilities.average_precision(chance, event) == pytest.approx(float(gained @ precision))


def test_without_an_event_nothing_is_claimed():
    nothing = np.zeros(5)
    assert np.isnan(probabilities.area_under_curve(np.arange(5.0), nothing))
    assert np.isnan(probabilities.average_precision(np.arange(5.0), nothing))
    assert jeffreys_interval(0, 0) == (0.0, 1.0)
    assert rule_of_three(0) == 1.0


def test_value_is_nought_for_always_and_for_never_acting():
    event = np.array([1.0] * 10 + [0.0] * 90)
    always = triggers.contingency(np.ones(100), event)
    never = triggers.contingency(np.zeros(100), event)
    assert triggers.relative_economic_value(always, 0.05) == pytest.approx(0)
    assert triggers.relative_economic_value(never, 0.2) == pytest.approx(0)
    assert triggers.relative_economic_value(always, 0.2) < 0


def test_all_official_files_are_reproduced(shared):
    found = compare_official(shared / "data" / "views-competition")
    assert len(found) == 72
    assert max(comparison.largest_difference for comparison in found) < 1e-6
