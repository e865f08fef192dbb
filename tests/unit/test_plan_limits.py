"""The search for a plan ends by work that is the same everywhere, and never later than told."""

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl

from forestall.options.prepare import PrepareOptions
from forestall.preparedness.decomposition import solve
from forestall.preparedness.programme import Programme
from forestall.preparedness.stage import prepare
from unit.test_preposition import made_crisis, random_problem


def hard(seed: int, *, sites: int, draws: int, places: int, items: int) -> Programme:
    """Return a problem without roads that takes a while."""
    made = random_problem(seed, sites=sites, draws=draws, places=places, items=items)
    return replace(made, path=np.zeros((0, sites, places), dtype=bool), carry=np.zeros(0))


def test_work_ends_the_search_at_the_same_plan_with_the_gap_it_proved() -> None:
    problem = hard(3, sites=8, draws=60, places=10, items=4)
    plans = [solve(problem, work=2_000) for _ in range(2)]
    assert [plan.stopped for plan in plans] == ["work", "work"]
    assert np.array_equal(plans[0].stored, plans[1].stored)
    assert np.array_equal(plans[0].opened, plans[1].opened)
    assert plans[0].gap == plans[1].gap > 1e-3


def test_more_work_is_never_worse() -> None:
    problem = hard(3, sites=8, draws=60, places=10, items=4)
    found = [solve(problem, work=work).objective for work in (100, 2_000, 200_000)]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(found))


def test_time_ends_the_search_soon_after() -> None:
    problem = hard(1, sites=25, draws=100, places=20, items=6)
    begun = time.monotonic()
    plan = solve(problem, seconds=1.0, work=10**9, gap=0.0)
    assert plan.stopped == "time"
    assert time.monotonic() - begun < 8


def test_the_table_says_which_limit_ended_the_search() -> None:
    words = {}
    for name, limit in {"work": {"plan_work": 1}, "time": {"plan_seconds": 1e-6}, "": {}}.items():
        options = PrepareOptions(budget="5000 USD", **limit)
        found = prepare(made_crisis(), options)["plan_value"]
        words[name] = found.filter(pl.col("measure") == "proven gap")["words"][0]
    assert "plan_work" in words["work"]
    assert "another run may differ" in words["time"]
    assert words[""] == "no plan is better by more than this share"
