"""Is what is learnt as sure as it should be? Over invented crises the true values' ranks are uniform."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from forestall.learning.calibration import ranks
from forestall.learning.parameters import names
from invented import invented

ROUNDS, DRAWS = 90, 64


@pytest.fixture(scope="module")
def found() -> tuple[np.ndarray, np.ndarray]:
    return ranks(
        lambda number: [invented(10 * number + i, days=200) for i in range(2)],
        rounds=ROUNDS,
        draws=DRAWS,
        seed=5,
    )


def test_ranks_are_uniform(found: tuple[np.ndarray, np.ndarray]) -> None:
    position = (found[0] + 0.5) / (DRAWS + 1)
    each = {name: kstest(position[:, i], "uniform").pvalue for i, name in enumerate(names())}
    assert min(each.values()) > 0.001, each
    eighths = np.bincount((position * 8).astype(int).ravel(), minlength=8)
    assert chisquare(eighths).pvalue > 0.001, eighths


def test_counts_move_what_they_speak_of_and_nothing_else(found: tuple[np.ndarray, np.ndarray]) -> None:
    left = dict(zip(names(), found[1], strict=True))
    assert max(left["share_leaving"], left["days_to_leave"]) < 0.75, left
    assert left["site_spread"] < 0.9
    assert left["pull_capacity"] > 0.9, "all capacities are equal: nothing can be learnt of their pull"
