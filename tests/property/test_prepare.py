"""Properties of prepare that hold exactly, for any numbers."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

import small_response as small
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.closure import days_until_out, run_down
from forestall.preparedness.items import Item
from forestall.preparedness.preposition import served
from forestall.preparedness.quantiles import draw_quantiles
from forestall.preparedness.stage import prepare
from forestall.preparedness.standards import Standard
from forestall.preparedness.supplies import Supply, gap_of
from forestall.scenarios.unmet import Shortfall, unmet_after

AMOUNT = st.floats(0, 1e6)
DAYS = 5
UNTIMED = settings(deadline=None)


def days(count: int = DAYS) -> st.SearchStrategy[np.ndarray]:
    return st.lists(st.floats(0, 1e5), min_size=count, max_size=count).map(np.array)


@UNTIMED
@given(need=days(), first=days(), more=days(), used_up=st.booleans())
def test_more_supply_never_raises_a_gap(
    need: np.ndarray, first: np.ndarray, more: np.ndarray, used_up: bool
) -> None:
    nothing = np.zeros(DAYS)
    less = gap_of(need, Supply(first, nothing, known=True), used_up=used_up)
    richer = gap_of(need, Supply(first + more, nothing, known=True), used_up=used_up)
    assert (richer <= less + 1e-6).all()


@UNTIMED
@given(need=days(), daily=days(), more=days(), used_up=st.booleans())
def test_a_higher_daily_rate_never_raises_a_gap(
    need: np.ndarray, daily: np.ndarray, more: np.ndarray, used_up: bool
) -> None:
    stock = np.full(DAYS, 10.0)
    less = gap_of(need, Supply(stock, daily, known=True), used_up=used_up)
    richer = gap_of(need, Supply(stock, daily + more, known=True), used_up=used_up)
    assert (richer <= less + 1e-6).all()


@UNTIMED
@given(
    people=days(), stock=AMOUNT, start=st.integers(0, DAYS), used_up=st.booleans(), rate=st.floats(0.01, 100)
)
def test_an_earlier_order_never_raises_unmet_need(
    people: np.ndarray, stock: float, start: int, used_up: bool, rate: float
) -> None:
    item = Item(Standard("food", "x", rate, "u", used_up, "read", None), np.full(DAYS, rate))
    lacking = Shortfall(item, people[None, :], np.zeros((1, DAYS)), 0)
    late, soon = (unmet_after(lacking, stock, np.array([day]))[0] for day in (start, max(0, start - 1)))
    assert soon <= late * (1 + 1e-9) + 1e-6
    assert -1e-6 <= soon <= people.sum() * (1 + 1e-9)


@UNTIMED
@given(people=days(), stock=AMOUNT, more=AMOUNT, used_up=st.booleans())
def test_a_larger_order_never_raises_unmet_need(
    people: np.ndarray, stock: float, more: float, used_up: bool
) -> None:
    item = Item(Standard("food", "x", 2.0, "u", used_up, "read", None), np.full(DAYS, 2.0))
    lacking = Shortfall(item, people[None, :], np.zeros((1, DAYS)), 0)
    small_order, large_order = (
        unmet_after(lacking, amount, np.array([0]))[0] for amount in (stock, stock + more)
    )
    assert large_order <= small_order + 1e-6


@UNTIMED
@given(stock=AMOUNT, inflow=days(), more=days(), use=days())
def test_more_coming_in_never_makes_a_closed_area_run_out_sooner(
    stock: float, inflow: np.ndarray, more: np.ndarray, use: np.ndarray
) -> None:
    less = run_down(np.array([stock]), inflow[None, :], use[None, :])
    richer = run_down(np.array([stock]), (inflow + more)[None, :], use[None, :])
    assert (richer[0] >= less[0] - 1e-6).all()
    assert (richer[1] >= less[1] - 1e-9).all()
    assert days_until_out(richer[1])[0] >= days_until_out(less[1])[0]


@UNTIMED
@given(gap=days(), start=st.integers(0, DAYS), used_up=st.booleans())
def test_what_a_stock_averts_is_never_overstated(gap: np.ndarray, start: int, used_up: bool) -> None:
    units, averted = served(gap[None, :], 1.0, np.array([[start]]), used_up=used_up)
    for part in (0.25, 0.5, 1.0):
        moved = part * units[0, 0]
        truth = min(moved, gap[start:].sum()) if used_up else np.minimum(gap[start:], moved).sum()
        assert moved * averted[0, 0] <= truth * (1 + 1e-9) + 1e-6


@UNTIMED
@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30).map(np.array),
    level=st.floats(0, 1),
    weight=st.floats(0.1, 10),
)
def test_weighted_quantiles_lie_within_the_draws(values: np.ndarray, level: float, weight: float) -> None:
    weights = np.linspace(weight, 2 * weight, len(values))
    found = draw_quantiles(values, weights, [level])[0]
    assert values.min() <= found <= values.max()
    assert weights[values <= found].sum() / weights.sum() >= level - 1e-9


@settings(max_examples=15, deadline=None)
@given(
    people=st.lists(st.lists(st.integers(0, 5000), min_size=3, max_size=3), min_size=2, max_size=5),
    stock=st.integers(0, 20_000),
    more=st.integers(0, 20_000),
)
def test_more_supply_never_raises_any_quantile_of_a_gap(
    people: list[list[int]], stock: int, more: int
) -> None:
    def gaps(amount: int) -> pl.DataFrame:
        made = small.crisis(
            presence=small.presence({("aville", "arrived"): people, ("beetown", "arrived"): people}),
            episodes=small.episodes([True] * len(people)),
            standards=[
                small.standard("water", 15, "l", "person-day"),
                small.standard("blanket", 1, "piece", "person"),
            ],
            supplies=[
                small.supply("water", amount, "l"),
                small.supply("blanket", amount, "piece", day=small.FIRST + timedelta(days=1)),
            ],
        )
        table = prepare(made, PrepareOptions(hosts_per_arrival=0.0))["gaps"]
        return table.sort("arm", "place", "date", "item", "quantile")

    less, richer = gaps(stock), gaps(stock + more)
    assert (richer["gap"] <= less["gap"] + 1e-6).all()
    assert (richer["need"] == less["need"]).all()
