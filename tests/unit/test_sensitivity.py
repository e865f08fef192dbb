"""Sensitivity: what is known to matter is found, what does not is not, in both arms."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import small_response as small
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.sensitivity import WORTH, first_order
from forestall.preparedness.stage import prepare


def test_first_order_shares_of_a_sum_of_two() -> None:
    rng = np.random.default_rng(1)
    one, other, noise = rng.normal(size=(3, 20_000))
    total = 2 * one + other
    assert first_order(one, total, 40) == pytest.approx(0.8, abs=0.02)
    assert first_order(other, total, 40) == pytest.approx(0.2, abs=0.02)
    assert first_order(noise, total) < 0.005


def test_an_output_that_never_varies_has_no_cause() -> None:
    assert first_order(np.arange(50.0), np.ones(50)) == 0


def made(draws: int, spread: float = 0.05) -> dict[str, pl.DataFrame]:
    rng = np.random.default_rng(3)
    exposed, share = rng.integers(1000, 9000, draws), rng.uniform(0.5 - spread, 0.5 + spread, draws)
    people = [[int(e * s)] for e, s in zip(exposed, share, strict=True)]
    episodes = small.episodes([True] * draws, exposed=exposed.tolist(), share_leaving=share.tolist())
    crisis = small.crisis(
        presence=small.presence({("aville", "arrived"): people}),
        episodes=episodes,
        standards=[small.standard("blanket", 1, "piece", "person")],
    )
    return prepare(crisis, PrepareOptions())


def test_the_assumption_that_moves_the_caseload_comes_first() -> None:
    table = made(300)["sensitivity"].filter(
        pl.col("arm") == "if it happens", pl.col("output").str.starts_with("caseload")
    )
    rows = table.sort("rank").rows(named=True)
    assert rows[0]["assumption"].startswith("people exposed")
    assert rows[0]["collect_next"]
    assert not rows[1]["collect_next"]
    assert rows[0]["low"] <= rows[0]["share"] <= rows[0]["high"]
    assert rows[0]["rank_correlation"] > 0.9
    assert len(rows) == 2, "an assumption that does not vary is not ranked"


def test_to_collect_next_the_low_end_must_be_worth_it_and_not_the_share_alone() -> None:
    weak = made(80, spread=0.12)["sensitivity"].filter(pl.col("rank") == 2, pl.col("arm") == "if it happens")
    assert weak["share"][0] >= WORTH > weak["low"][0]
    assert not weak["collect_next"][0]


def test_few_draws_give_no_ranks() -> None:
    assert made(20)["sensitivity"].height == 0
