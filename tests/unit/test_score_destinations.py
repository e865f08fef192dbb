"""Where people went, against gravity and radiation."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from forestall.crisis import open_crisis
from forestall.evaluation.counted import DAY, Running
from forestall.evaluation.destinations import (
    by_distance,
    growth,
    judge_destinations,
    misplaced,
    people_at,
    radiation,
)
from forestall.evaluation.replay import misplaced_on_average

MOMENT = datetime(2022, 3, 14, 22, tzinfo=UTC)
START = MOMENT.timestamp()


def series(place, *people):
    """Return a running total by day from the moment on."""
    return Running(
        place, "arrived", START + DAY * np.arange(float(len(people))), np.array(people, dtype=float)
    )


def test_radiation_is_the_published_formula():
    """One origin of 100, two places of 100 at 1 and 2: the second lies behind 100 people."""
    flows = radiation(np.array([100.0]), np.array([100.0, 100.0]), np.array([[1.0, 2.0]]), np.zeros((1, 1)))
    assert flows[0, 0] == pytest.approx(100 * 100 * 100 / (100 * 200))
    assert flows[0, 1] == pytest.approx(100 * 100 * 100 / (200 * 300))


def test_other_origins_within_the_distance_take_people_too():
    people, live = np.array([100.0, 300.0]), np.array([100.0])
    away, between = np.array([[5.0], [1.0]]), np.array([[0.0, 4.0], [4.0, 0.0]])
    first, second = radiation(people, live, away, between)[:, 0]
    assert first == pytest.approx(100 * 100 * 100 / (400 * 500))
    assert second == pytest.approx(300 * 300 * 100 / (300 * 400))


def test_a_replay_that_says_what_came_puts_nobody_at_the_wrong_place():
    known = open_crisis("ukraine-2022").at(MOMENT.isoformat())
    truth = [series("poland", 100, 400, 700), series("moldova", 50, 150, 250), series("x", 1)]
    said = {"poland": np.array([300.0, 0.0]), "moldova": np.array([100.0, 0.0])}
    judged = judge_destinations(known, truth, {}, said, MOMENT, 14)
    assert judged["places"] == ["moldova", "poland"]
    assert judged["counted"] == [0.25, 0.75]
    assert judged["misplaced"]["replay"] == 0.0
    assert set(judged["misplaced"]) == {"replay", "gravity", "radiation"}
    assert judge_destinations(known, truth[:1], {}, said, MOMENT, 14) is None


def test_what_later_days_say_does_not_reach_the_rules():
    early, late = (open_crisis("ukraine-2022").at(MOMENT + timedelta(days=d)) for d in (0, 60))
    names = ["hungary", "poland", "slovakia"]
    one, other = by_distance(early, names), by_distance(late, names)
    assert set(one) == {"gravity", "radiation"}
    for rule in one:
        assert one[rule].sum() == pytest.approx(1.0)
        assert np.allclose(one[rule], other[rule], atol=0.02)


def test_growth_and_people_where_nothing_is_known():
    known = open_crisis("ukraine-2022").at(MOMENT.isoformat())
    assert growth(series("poland", 5), MOMENT, 14) is None
    assert people_at(known, "medyka") is None
    assert people_at(known, "poland") > 30e6
    assert misplaced(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1.0
    assert misplaced_on_average([None]) == {}
