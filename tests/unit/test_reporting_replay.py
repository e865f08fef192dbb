"""What is said of a replay beside what happened."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from brief_tables import displaced, later_counts, replayed, whole
from forestall.reporting import replay_table
from forestall.reporting.desk import Desk
from forestall.reporting.reckoning import Half, Reckoning, halfway, place_in_band, reckon, weighted_quantile
from forestall.reporting.replay import in_words

BY = datetime(2023, 10, 3, 14, tzinfo=UTC)
NO_HALF = Half(None, None, None, None)


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        (100.0, "inside the 90 % band; median 50 % too low"),
        (900.0, "more came than the 90 % band held: too low; median 94 % too low"),
        (5.0, "fewer came than the 90 % band held: too high; median 10.0 times the count"),
        (52.0, "inside the 90 % band; median within 10 % of the count"),
        (None, "no count falls within the horizon"),
    ],
)
def test_the_verdict_in_words(counted: float | None, words: str) -> None:
    assert in_words(Reckoning("if it happens", BY, counted, 10, 50, 200, 1, 1, NO_HALF)) == words


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (-30, "30 hours too early"),
        (30, "30 hours too late"),
        (240, "10 days too late"),
        (2, "within 6 hours"),
    ],
)
def test_the_verdict_on_the_hour(hours: int, words: str) -> None:
    half = Half(BY, BY + timedelta(hours=hours), None, None)
    assert words in in_words(Reckoning("if it happens", BY, 100.0, 10, 100, 200, 1, 1, half))


def test_a_horizon_that_ended_before_is_said_first() -> None:
    found = Reckoning(
        "if it happens", BY, 100.0, 10, 100, 200, 1, 1, NO_HALF, datetime(2023, 6, 13, tzinfo=UTC)
    )
    assert in_words(found).startswith("its horizon had ended 13 Jun 2023")


@pytest.mark.parametrize("size", [1, 2, 7, 30, 500])
@pytest.mark.parametrize("q", [0.01, 0.05, 0.5, 0.95, 0.99])
def test_equal_weights_give_the_plain_quantile(size: int, q: float) -> None:
    values = np.random.default_rng(size).integers(0, 40, size).astype(float)
    found = weighted_quantile(values, np.ones(size), q)
    assert found == np.quantile(values, q, method="inverted_cdf")


def test_a_draw_without_weight_does_not_count() -> None:
    assert weighted_quantile(np.array([1.0, 50.0]), np.array([0.0, 1.0]), 0.05) == 50.0


def test_the_edges_of_a_band_belong_to_it() -> None:
    assert [place_in_band(v, 1, 3) for v in (0.9, 1, 3, 3.1)] == ["below", "inside", "inside", "above"]


def test_half_is_found_between_two_counts() -> None:
    at = [BY, BY + timedelta(hours=10), BY + timedelta(hours=20)]
    assert halfway(at, [0, 25, 100]) == BY + timedelta(hours=10) + timedelta(hours=10) / 3
    assert halfway(at, [80, 90, 100]) == BY
    assert halfway(at, [0, 0, 0]) is None


def test_only_counts_of_the_outcome_are_known_only_later() -> None:
    crisis = replayed()
    found = reckon(Desk(crisis, whole()), "if it happens", by=BY)
    assert found is not None
    assert found.counted == 100_625
    assert found.compared > 20
    without = reckon(Desk(crisis, crisis), "if it happens", by=BY)
    assert without is not None
    assert without.counted is None


def test_the_table_holds_each_moment_and_arm() -> None:
    moments = ("2023-09-19T20:00+04:00", "2023-09-25T20:00+04:00")
    crises = [displaced(whole().at(moment), draws=60) for moment in moments]
    table = replay_table(crises, outcome=whole(), by="2023-10-03T18:00+04:00")
    assert table["arm"].to_list() == ["unconditional", "if it happens"] * 2
    assert table["counted"].to_list() == [100_625.0] * 4
    assert (table["q05"] <= table["median"]).all()
    assert (table["median"] <= table["q95"]).all()
    half = table["half_counted"].dt.convert_time_zone("Etc/GMT-4").dt.date().unique().to_list()
    assert half == [date(2023, 9, 27)]


def test_a_replay_whose_horizon_ended_before_is_compared_at_its_end() -> None:
    crisis = displaced(whole().at("2022-12-13"), draws=60)
    table = replay_table([crisis], outcome=whole(), by="2023-10-03")
    assert table["horizon_end"].is_not_null().all()
    assert table["verdict"].str.starts_with("its horizon had ended").all()


def test_a_later_count_moves_the_verdict_and_nothing_else() -> None:
    crisis = displaced(whole().at("2023-09-25T20:00+04:00"), draws=60)
    last = "2023-10-03T18:00+04:00"
    one = replay_table([crisis], outcome=whole(), by=last)
    two = replay_table([crisis], outcome=later_counts(whole(), last, 900_000), by=last)
    forecast = ["moment", "mode", "arm", "by", "q05", "median", "q95", "half_median"]
    assert one.select(forecast).equals(two.select(forecast))
    assert set(two["position"]) == {"above"}
