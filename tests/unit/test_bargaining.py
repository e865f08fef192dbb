"""What deal could hold: the published example, the condition for war under a shift, and both sides alike."""

import numpy as np
import polars as pl
import pytest

from forestall.crisis import Crisis, open_crisis
from forestall.peace.bargaining import bargaining_table, power_by_year, width, window

SWAP = {"ARM": "AZE", "AZE": "ARM"}


@pytest.fixture(scope="module")
def karabakh() -> Crisis:
    return open_crisis("karabakh-2023").at("2023-12-31")


def test_the_example_of_a_hundred_dollars() -> None:
    low, high = window(0.5, 0.5, 0.2, 0.2)
    assert 100 * np.array([low, high]) == pytest.approx([30, 70])
    assert float(width(low, high)) == pytest.approx(0.4), "without a shift it is the sum of the costs"


@pytest.mark.parametrize("seed", range(3))
def test_there_is_war_exactly_where_the_shift_is_larger_than_what_a_war_costs(seed: int) -> None:
    draw = np.random.default_rng(seed).uniform
    p, later, cost_a, cost_b, weight = (draw(0, 1, 4000) for _ in range(5))
    low, high = window(p, later, cost_a * 0.3, cost_b * 0.3, weight)
    rising = weight * np.maximum(0, later - cost_a * 0.3) > p + cost_b * 0.3
    falling = 1 - weight + weight * np.minimum(1, later + cost_b * 0.3) < p - cost_a * 0.3
    assert ((low > high) == (rising | falling)).all()


def test_what_both_prefer_by_search_is_what_the_formula_says() -> None:
    p, later, cost_a, cost_b, weight = 0.3, 0.6, 0.15, 0.1, 0.7
    now, then = np.meshgrid(np.linspace(0, 1, 401), np.linspace(later - cost_a, later + cost_b, 401))
    has = (1 - weight) * now + weight * then
    both = has[(has >= p - cost_a) & (1 - has >= 1 - p - cost_b)]
    low, high = window(p, later, cost_a, cost_b, weight)
    assert [both.min(), both.max()] == pytest.approx([float(low), float(high)], abs=0.003)


def test_a_faster_shift_never_widens_the_window() -> None:
    later = np.linspace(0.3, 1.0, 50)
    wide = width(*window(0.3, later, 0.1, 0.1, 0.8))
    assert (np.diff(wide) <= 1e-12).all()
    assert wide[-1] == 0.0 < wide[0]


def test_spending_sets_the_odds_of_winning_and_the_range_is_wide(karabakh: Crisis) -> None:
    table = bargaining_table(karabakh, draws=500, seed=1)
    assert set(table["provision"]) == {"none", "enforcement", "staged withdrawal", "buffer"}
    bare = table.filter(provision="none").sort("year")
    assert bare.filter(year=2015)["chance_a"][0] < bare.filter(year=2005)["chance_a"][0] < 0.5
    assert (bare["width_high"] - bare["width_low"]).min() > 0.2
    held = table.filter(provision="enforcement").sort("year")
    assert (held["width"] > bare["width"]).all()
    assert table["says"].str.contains("every cost in it is an assumption").all()


def test_the_names_of_the_sides_do_not_move_the_window(karabakh: Crisis) -> None:
    swapped = karabakh["indicators"].with_columns(pl.col("where").replace(SWAP))
    one = bargaining_table(karabakh, draws=300, seed=1)
    other = bargaining_table(karabakh.with_tables({"indicators": swapped}), draws=300, seed=1)
    for name in ("width", "width_low", "width_high", "open"):
        assert other[name].to_numpy() == pytest.approx(one[name].to_numpy(), abs=1e-9)
    assert other["chance_a"].to_numpy() == pytest.approx(1 - one["chance_a"].to_numpy(), abs=1e-9)


def test_only_spending_known_by_then_counts(karabakh: Crisis) -> None:
    early = open_crisis("karabakh-2023").at("2012-01-01")
    assert max(power_by_year(early)) == 2010
    assert bargaining_table(open_crisis("ukraine-2022").at("2022-02-20"), draws=5, seed=1).height == 0
