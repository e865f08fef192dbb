"""The counter-based samplers against theory."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from forestall.core import kernels, sampling

DRAWS = 40_000
KEY = sampling.stream_key(7, "tests")
CASES = [
    (1, 0.5),
    (5, 0.3),
    (20, 0.5),
    (50, 0.9),
    (1000, 0.004),
    (100, 0.25),
    (1000, 0.5),
    (10**6, 0.3),
    (10**9, 1e-9),
    (10**9, 0.5),
    (10**9, 0.99999),
]


@pytest.mark.parametrize(("n", "p"), CASES)
def test_binomial_has_the_mean_and_variance_of_theory(n: int, p: float) -> None:
    counts = sampling.binomials(KEY, n, p, draw=np.arange(DRAWS))
    variance = n * p * (1 - p)
    assert abs(counts.mean() - n * p) < 5 * np.sqrt(variance / DRAWS)
    kurtosis_term = max(0.0, (1 - 6 * p * (1 - p)) / variance)
    assert abs(counts.var() / variance - 1) < 5 * np.sqrt((2 + kurtosis_term) / DRAWS)
    assert counts.min() >= 0
    assert counts.max() <= n


@pytest.mark.parametrize(("n", "p"), [(3, 0.2), (12, 0.5), (40, 0.3), (200, 0.08), (60, 0.8)])
def test_binomial_passes_a_chi_square_test(n: int, p: float) -> None:
    from scipy import stats

    counts = sampling.binomials(KEY, n, p, draw=np.arange(DRAWS), step=3)
    expected = stats.binom.pmf(np.arange(n + 1), n, p) * DRAWS
    seen = np.bincount(counts, minlength=n + 1)
    common = expected >= 5
    seen_cells = np.append(seen[common], seen[~common].sum())
    expected_cells = np.append(expected[common], expected[~common].sum())
    if expected_cells[-1] < 1:
        seen_cells, expected_cells = seen_cells[:-1], expected_cells[:-1]
    expected_cells *= seen_cells.sum() / expected_cells.sum()
    assert stats.chisquare(seen_cells, expected_cells).pvalue > 1e-4


def test_binomial_extremes() -> None:
    n = np.array([0, 0, 9, 9, 10**9])
    p = np.array([0.5, 1.0, 0.0, 1.0, 1.0])
    assert sampling.binomials(KEY, n, p).tolist() == [0, 0, 0, 9, 10**9]


@pytest.mark.parametrize("mean", [0.01, 2.5, 9.9, 30.0, 5e6])
def test_poisson_has_the_mean_and_variance_of_theory(mean: float) -> None:
    counts = sampling.poissons(KEY, mean, draw=np.arange(DRAWS))
    assert abs(counts.mean() - mean) < 5 * np.sqrt(mean / DRAWS)
    assert abs(counts.var() / mean - 1) < 5 * np.sqrt((2 + 1 / mean) / DRAWS)


def test_poisson_of_nothing_is_nobody() -> None:
    assert sampling.poissons(KEY, 0.0) == 0


def test_uniform_and_normal_fit_their_laws() -> None:
    from scipy import stats

    flat = sampling.uniforms(KEY, draw=np.arange(DRAWS))
    bell = sampling.normals(KEY, draw=np.arange(DRAWS))
    assert stats.kstest(flat, "uniform").pvalue > 1e-4
    assert stats.kstest(bell, "norm").pvalue > 1e-4


def test_multinomial_conserves_people_and_has_the_right_covariance() -> None:
    weights = np.array([1.0, 0.0, 3.0, 6.0, 0.0])
    shares = weights / weights.sum()
    counts = sampling.multinomials(KEY, np.full(DRAWS, 500), weights)
    assert (counts.sum(axis=1) == 500).all()
    assert counts[:, [1, 4]].sum() == 0
    expected = 500 * (np.diag(shares) - np.outer(shares, shares))
    assert np.allclose(counts.mean(axis=0), 500 * shares, atol=0.3)
    assert np.allclose(np.cov(counts.T), expected, atol=0.04 * expected.max())


def test_multinomial_without_any_weight_spreads_evenly() -> None:
    counts = sampling.multinomials(KEY, np.full(2000, 30), np.zeros(3))
    assert (counts.sum(axis=1) == 30).all()
    assert np.allclose(counts.mean(axis=0), 10, atol=0.5)


def test_a_cell_never_depends_on_any_other_cell() -> None:
    draw, place = np.meshgrid(np.arange(30), np.arange(20), indexing="ij")
    together = sampling.binomials(KEY, 1000, 0.3, draw=draw, place=place, step=5)
    alone = sampling.binomials(KEY, 1000, 0.3, draw=17, place=11, step=5)
    backwards = sampling.binomials(KEY, 1000, 0.3, draw=draw[::-1], place=place[::-1], step=5)
    assert alone == together[17, 11]
    assert (backwards[::-1] == together).all()


def test_streams_differ_by_seed_name_draw_place_and_step() -> None:
    other = [sampling.stream_key(8, "tests"), sampling.stream_key(7, "test")]
    base = sampling.binomials(KEY, 10**6, 0.5, draw=np.arange(50))
    variants = [sampling.binomials(key, 10**6, 0.5, draw=np.arange(50)) for key in other]
    variants.append(sampling.binomials(KEY, 10**6, 0.5, draw=np.arange(50), place=1))
    variants.append(sampling.binomials(KEY, 10**6, 0.5, draw=np.arange(50), step=1))
    for variant in variants:
        assert (variant != base).mean() > 0.9
        assert abs(np.corrcoef(variant, base)[0, 1]) < 0.6


def test_neighbouring_cells_are_uncorrelated() -> None:
    counts = sampling.binomials(KEY, 10**6, 0.5, draw=np.arange(DRAWS))
    assert abs(np.corrcoef(counts[1:], counts[:-1])[0, 1]) < 5 / np.sqrt(DRAWS)


def test_the_first_call_is_announced_and_the_second_is_not() -> None:
    sampling.binomials(KEY, 3, 0.5)
    assert not kernels.compilation_pending([sampling._fill_binomials])

    def never_called(x: int) -> int:
        return x + 1

    assert kernels.compilation_pending([kernels.compiled(never_called)])


def test_code_older_than_a_source_is_forgotten(tmp_path: Path) -> None:
    class Stats:
        cache_path = str(tmp_path)

    class Kernel:
        stats = Stats()

    source, old, new = tmp_path / "a.py", tmp_path / "a.old.nbi", tmp_path / "a.new.nbi"
    for moment, path in ((100, old), (200, source), (300, new)):
        path.touch()
        os.utime(path, (moment, moment))
    assert kernels.forget_stale(Kernel(), [source]) == 1
    assert [old.exists(), new.exists()] == [False, True]
