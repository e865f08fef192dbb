"""Flight that nobody has counted stays within what wars of so many deaths moved elsewhere."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from forestall.crisis import open_crisis
from forestall.displacement.scale import areas_lost, law_at, laws, most_who_leave, share_of_scale


def test_a_replay_takes_no_law_of_later_years() -> None:
    assert law_at(date(2012, 6, 30)) is None
    assert law_at(date(2016, 7, 1)).known_from == date(2016, 7, 1)
    assert [law.known_from for law in laws()] == sorted(law.known_from for law in laws())


def test_more_deaths_move_more_people_and_the_interval_is_wide() -> None:
    law = laws()[-1]
    few, many = law.people(np.array([50.0, 5000.0]), np.zeros(2))
    low, high = law.people(np.array([500.0, 500.0]), np.array([-1.645, 1.645]))
    assert few < many
    assert high / low > 100


def test_an_area_no_larger_than_the_middle_case_is_lost_as_a_whole() -> None:
    score = np.zeros(3)
    assert np.isinf(areas_lost(date(2023, 1, 1), score, 100_000)).all()
    assert np.isfinite(areas_lost(date(2023, 1, 1), score, 20_000_000)).all()
    assert np.isinf(areas_lost(date(1975, 1, 1), score, 20_000_000)).all()


def test_the_factor_never_adds_people() -> None:
    factor = share_of_scale(np.array([10.0, 1e6]), np.array([np.inf, 1e3]))
    assert factor.tolist() == [1.0, 1e-3]


@pytest.mark.parametrize(("deaths", "most"), [(30.0, 4e5), (3000.0, 1e7)])
def test_a_whole_country_does_not_flee_from_a_small_war(deaths: float, most: float) -> None:
    draws = np.arange(400)
    outlook = pl.DataFrame(
        {
            "draw": draws,
            "where": ["AZE"] * 400,
            "month": [date(2023, 10, 1)] * 400,
            "horizon": [1] * 400,
            "deaths": [int(deaths / 12)] * 400,
            "event": [1] * 400,
        }
    )
    crisis = open_crisis("karabakh-2023").at("2023-09-19").with_tables({"outlook": outlook})
    score = np.random.Generator(np.random.Philox(1)).standard_normal(400)
    bound = most_who_leave(crisis, draws, ["AZE"], score, np.zeros(400, dtype=bool), 2e7)
    assert np.quantile(bound, 0.95) < most
    assert np.quantile(bound, 0.5) > 100


def test_without_an_outlook_nothing_is_bounded() -> None:
    crisis = open_crisis("karabakh-2023").at("2023-09-19")
    none = most_who_leave(crisis, np.arange(3), ["AZE"], np.zeros(3), np.zeros(3, dtype=bool), 1e5)
    assert none is None
