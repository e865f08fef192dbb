"""Replays judged: known before, counted after, simple rules beside."""

from datetime import UTC, datetime

import numpy as np
import pytest

from forestall.core.errors import UsageError
from forestall.crisis import Crisis, open_crisis
from forestall.evaluation.counted import DAY, Running, chosen_moments, continuations, running_totals
from forestall.evaluation.replay import evenly, score_replay, verdict
from valley import VALLEY

MOMENT = datetime(2022, 3, 14, 22, tzinfo=UTC)


def test_a_growth_curve_finds_the_curve_it_was_given() -> None:
    """Counts of a logistic curve are continued along it, and a falling rate is not a constant one."""
    days = np.arange(0.0, 12.0)
    curve = 1000 / (1 + np.exp(-0.8 * (days - 6)))
    known = Running("gate", "arrived", days[:9] * DAY, curve[:9])
    rules = continuations(known, days[9:] * DAY)
    assert np.abs(rules["logistic growth"] - curve[9:]).max() < 5
    assert np.abs(rules["the last three days go on"] - curve[9:]).max() > 50


def test_too_few_counts_have_no_growth_curve() -> None:
    """Three counts leave a curve of three numbers free."""
    known = Running("gate", "arrived", np.arange(3.0) * DAY, np.array([1.0, 5.0, 9.0]))
    assert "logistic growth" not in continuations(known, np.array([4 * DAY]))


def test_counts_known_at_a_moment_are_not_the_later_ones() -> None:
    """The newest vintage known then, and none of what was revised later."""
    opened = open_crisis("ukraine-2022")
    then = {(r.place, r.what): r for r in running_totals(opened.at(MOMENT.isoformat()), until=MOMENT)}
    now = {(r.place, r.what): r for r in running_totals(opened.everything())}
    left = ("ukraine", "left")
    assert then[left].seconds.max() <= MOMENT.timestamp() < now[left].seconds.max()
    first = [r[left].people[0] for r in (then, now)]
    assert first[0] != first[1] == 79_209


def test_weights_decide_how_often_a_draw_stands() -> None:
    """A draw with three quarters of the weight is three quarters of the draws."""
    assert evenly(np.array([[0.0, 1.0]]), np.array([1.0, 3.0])).mean() == pytest.approx(0.75, abs=0.001)


def test_moments_lie_within_the_counts() -> None:
    """Without chosen ones they are spread over the first two thirds of the counts."""
    opened = open_crisis("ukraine-2022").everything()
    rows = opened["counts"]
    moments = chosen_moments(opened)
    assert len(moments) == 5
    assert rows["known_at"].min() < min(moments) < max(moments) < rows["at"].max()


def test_a_crisis_without_counts_says_so() -> None:
    """Nothing can be judged where nobody was counted."""
    opened = open_crisis(VALLEY)
    empty = opened.everything()["counts"].clear()
    bare = Crisis(opened.settings, {**{n: opened.as_read(n) for n in opened}, "counts": empty})
    with pytest.raises(UsageError, match="nobody was counted"):
        score_replay(bare)


def test_every_place_that_was_counted_is_judged() -> None:
    """Seven countries and the total, with band, count, scores and the rules beside them."""
    result = score_replay(open_crisis("ukraine-2022"), moments=[MOMENT], draws=40)
    rows = result["moments"][0]["places"]
    assert {row["place"] for row in rows if row["what"] == "arrived"} == {
        *("belarus", "hungary", "moldova", "poland", "romania", "russia", "slovakia")
    }
    total = next(row for row in rows if row["what"] == "left")
    assert total["counted_by_then"] < 3_100_000
    assert total["q05"] <= total["median"] <= total["q95"]
    assert 3_700_000 < total["count"] < 4_000_000
    assert all(row["crps"] >= 0 and row["inside"] <= row["counts"] for row in rows)
    assert set(total["rules"]) >= {"persistence", "the last three days go on", "logistic growth"}
    assert str(len(result["summary"]["moments"])) in result["verdict"]


def test_the_verdict_counts_the_moments_won() -> None:
    """Won where the score is below the better of the two rules."""
    rows = [
        {"by_place": {"better": True}, "total": {"better": False}},
        {"by_place": {"better": False}, "total": None},
    ]
    said = verdict({"place_counts": 10, "coverage_90": 0.9, "moments": rows}, 14)
    assert "1 of 2 moments" in said
    assert "0 of 1 moments" in said
    assert "90%" in said
