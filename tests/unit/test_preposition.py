"""Pre-positioning: closed-form cases, brute force on small ones, limits in words."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import polars as pl
import pytest

import small_response as small
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.decomposition import evaluate, solve
from forestall.preparedness.extensive import solve_whole
from forestall.preparedness.programme import Programme, risk, tail_mean
from forestall.preparedness.stage import prepare
from forestall.preparedness.value import binding_limits, no_regret, value_of


def problem(demand: np.ndarray, **more: object) -> Programme:
    """Return a problem with equal draws, one item and sites that reach every place at once."""
    draws, places = demand.shape
    sites = int(more.pop("sites", 1))
    usable = np.broadcast_to(demand[:, None, None, :], (draws, 1, sites, places)).copy()
    base = {
        "chance": np.full(draws, 1 / draws),
        "loss": demand.sum(axis=1),
        "demand": demand[:, None, :],
        "usable": usable,
        "benefit": np.ones_like(usable),
        "price": np.ones(1),
        "bulk": np.ones(1),
        "room": np.full(sites, np.inf),
        "opening": np.zeros(sites),
        "budget": np.inf,
        "path": np.zeros((0, sites, places), dtype=bool),
        "carry": np.zeros(0),
        "tail_weight": 0.0,
    }
    return Programme(**{**base, **more})


def random_problem(
    seed: int, *, sites: int = 3, draws: int = 5, places: int = 4, items: int = 2
) -> Programme:
    rng = np.random.default_rng(seed)
    demand = rng.lognormal(2, 1, (draws, items, places)) * (rng.random((draws, 1, 1)) < 0.8)
    reach = rng.random((draws, items, sites, places)) < 0.7
    benefit = rng.uniform(0.2, 1.0, reach.shape)
    return Programme(
        chance=rng.dirichlet(np.ones(draws)),
        loss=demand.sum(axis=(1, 2)),
        demand=demand,
        usable=demand[:, :, None, :] * reach,
        benefit=benefit,
        price=rng.uniform(0.5, 2, items),
        bulk=rng.uniform(0.5, 2, items),
        room=rng.uniform(10, 60, sites),
        opening=rng.uniform(5, 20, sites),
        budget=60.0,
        path=np.array([[[True, False, True, False]] * sites]),
        carry=np.array([30.0]),
        tail_weight=0.4,
        tail=0.8,
    )


def test_newsvendor_stores_up_to_the_critical_ratio() -> None:
    demand = np.arange(1.0, 101.0)[:, None]
    plan = solve(problem(demand, cost_weight=0.25), gap=1e-6)
    assert plan.stored[0, 0] == pytest.approx(np.quantile(demand, 0.75), abs=1.0)
    exact = 0.25 * plan.stored[0, 0] + np.maximum(0, demand - plan.stored[0, 0]).mean()
    assert plan.objective == pytest.approx(exact)
    assert plan.gap <= 1e-6


def test_conditional_value_at_risk_is_the_mean_of_the_worst_draws() -> None:
    loss, chance = np.array([0.0, 1.0, 2.0, 10.0]), np.full(4, 0.25)
    assert tail_mean(loss, chance, 0.75) == 10
    assert tail_mean(loss, chance, 0.5) == 6
    assert tail_mean(loss, chance, 0.6) == pytest.approx((10 * 0.25 + 2 * 0.15) / 0.4)


@pytest.mark.parametrize("seed", range(8))
def test_decomposition_agrees_with_the_extensive_form(seed: int) -> None:
    made = random_problem(seed)
    ours, whole = solve(made, gap=1e-6), solve_whole(made, gap=1e-8)
    assert ours.objective == pytest.approx(whole.objective, rel=1e-5)
    assert ours.bound <= whole.objective * (1 + 1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_decomposition_agrees_with_brute_force(seed: int) -> None:
    made = replace(
        random_problem(seed, sites=2, draws=3, places=3, items=1),
        path=np.zeros((0, 2, 3), dtype=bool),
        carry=np.zeros(0),
    )
    grid = [np.linspace(0, most, 25) for most in made.most()[:, 0]]
    best = np.inf
    for stored in product(*grid):
        amounts = np.array(stored)[:, None]
        opened = (amounts[:, 0] > 0).astype(float)
        fits = made.cost(opened, amounts) <= made.budget and (amounts[:, 0] * made.bulk[0] <= made.room).all()
        if fits:
            best = min(best, evaluate(made, opened, amounts).objective)
    plan = solve(made, gap=1e-7)
    assert plan.objective <= best + 1e-9
    assert plan.bound <= plan.objective
    assert plan.objective >= best * 0.93, "the grid is fine enough to come within 7 %"


@pytest.mark.parametrize("seed", range(4))
def test_a_plan_keeps_its_limits(seed: int) -> None:
    made = random_problem(seed)
    plan = solve(made)
    assert made.cost(plan.opened, plan.stored) <= made.budget * (1 + 1e-9)
    assert (plan.stored @ made.bulk <= made.room * plan.opened + 1e-6).all()
    for outcome in plan.outcomes:
        assert (outcome.used <= plan.stored + 1e-6).all()
        assert outcome.loss >= -1e-9


@pytest.mark.parametrize("seed", range(3))
def test_more_budget_never_hurts(seed: int) -> None:
    made = random_problem(seed)
    found = [
        solve(replace(made, budget=money), gap=1e-7).objective for money in (0.0, 20.0, 40.0, 80.0, 160.0)
    ]
    assert all(later <= before + 1e-6 for before, later in pairwise(found))


def test_the_value_of_the_stochastic_solution_and_of_perfect_information() -> None:
    made = random_problem(2)
    plan = solve(made, gap=1e-7)
    value = value_of(made, plan, gap=1e-7)
    assert value.foresight <= value.plan + 1e-7 <= value.mean_plan + 2e-7 <= value.nothing + 3e-7
    assert value.of_stochastic_solution >= 0
    assert value.nothing == pytest.approx(risk(made, made.loss))


def test_no_regret_is_what_most_draws_use() -> None:
    demand = np.array([[0.0], [10.0], [20.0], [30.0], [40.0]])
    made = problem(demand)
    plan = evaluate(made, np.ones(1), np.array([[25.0]]))
    assert no_regret(plan, made.chance, 0.8)[0, 0] == pytest.approx(10)
    assert no_regret(plan, made.chance, 0.9)[0, 0] == 0


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        ({"budget": 5.0}, "budget"),
        ({"room": np.array([5.0])}, "warehouse"),
        ({"path": np.ones((1, 1, 1), dtype=bool), "carry": np.array([5.0])}, "corridor"),
    ],
)
def test_the_limit_that_binds_is_named(limits: dict[str, object], name: str) -> None:
    made = problem(np.full((3, 1), 10.0), **limits)
    assert binding_limits(made, 1.0) == [name]
    assert binding_limits(made, 6.0) == []


def made_crisis(**more: object) -> object:
    people = {
        ("aville", "arrived"): [[0, 100, 100]] * 4 + [[0, 300, 300]] * 4,
        ("origin", "inside"): [[500, 0, 0]] * 8,
    }
    return small.crisis(
        presence=small.presence(people),
        episodes=small.episodes([True] * 8),
        standards=[
            small.standard("blanket", 1, "piece", "person"),
            small.standard("tent", 5, "piece", "units-for-people"),
            small.standard("food", 2100, "kcal", "person-day", "food security"),
        ],
        items=[
            {"item": "blanket", "unit": "piece", "price": 5.0, "kg": 1.5},
            {"item": "food", "unit": "kcal", "price": 0.0003, "kg": 0.0003},
        ],
        corridors=[
            {
                "corridor": "b-a",
                "from_place": "beetown",
                "to_place": "aville",
                "km": 40.0,
                "road_class": "paved",
            },
            {"corridor": "b-o", "from_place": "beetown", "to_place": "origin", "km": 40.0},
        ],
        corridor_status=[
            {"corridor": "b-a", "status": "open", "effective": small.KNOWN},
            {"corridor": "b-o", "status": "closed", "effective": small.KNOWN},
        ],
        sites=[
            {
                "site": "store",
                "place": "beetown",
                "name": "Store",
                "kind": "warehouse",
                "room_tonnes": 100.0,
                "cost": 50.0,
            }
        ],
        **more,
    )


SOON = {"lead_time": "0 days", "dispatch": "6 hours", "hosts_per_arrival": 0.0}


def test_the_plan_of_a_crisis_stays_within_the_budget_and_reaches_no_closed_place() -> None:
    out = prepare(made_crisis(), PrepareOptions(budget="600 USD", **SOON))
    plan = out["plan"].filter(pl.col("arm") == "if it happens", pl.col("quantity").is_not_null())
    assert plan["cost"].sum() + 50 == pytest.approx(600, rel=1e-3)
    assert set(plan["site"]) == {"store"}
    food = out["plan_effect"].filter(pl.col("item") == "food", pl.col("arm") == "if it happens")
    assert (food["without"] - food["averted"] >= 500 - 1e-6).all(), "nothing reaches those inside"
    values = dict(
        out["plan_value"].filter(pl.col("arm") == "if it happens").select("measure", "value").iter_rows()
    )
    assert values["proven gap"] <= 1e-3
    assert values["risk with the plan"] < values["risk without a plan"]


def test_items_without_a_price_are_listed_not_planned() -> None:
    plan = prepare(made_crisis(), PrepareOptions(budget="600 USD", **SOON))["plan"]
    tent = plan.filter(pl.col("item") == "tent", pl.col("arm") == "if it happens")
    assert tent["quantity"].to_list() == [None]
    assert "no price" in tent["reason"][0]


def test_a_budget_of_zero_says_so() -> None:
    out = prepare(made_crisis(), PrepareOptions(budget="0 USD", **SOON))
    assert out["plan"].height == 0
    assert "budget is 0" in out["plan_value"]["words"][0]


def test_a_share_out_of_reach_names_the_limit() -> None:
    out = prepare(made_crisis(), PrepareOptions(budget="100 USD", serve_at_least=0.2, **SOON))
    assert "the budget" in out["plan_value"]["words"][0]
    free = PrepareOptions(budget="1 MUSD", serve_at_least=0.2, **(SOON | {"lead_time": "60 days"}))
    assert "lead times and closed roads" in prepare(made_crisis(), free)["plan_value"]["words"][0]


def test_no_plan_without_a_budget() -> None:
    assert prepare(made_crisis(), PrepareOptions(**SOON))["plan_value"].height == 0


def test_supplies_that_come_before_the_need_beat_those_that_come_after() -> None:
    late = SOON | {"lead_time": "3 days"}
    early, after = (
        prepare(made_crisis(), PrepareOptions(budget="1 MUSD", **options))["plan_effect"].filter(
            pl.col("item") == "blanket"
        )
        for options in (SOON, late)
    )
    assert (early["averted_mean"] > after["averted_mean"]).all()


def test_the_same_draws_give_the_same_tables() -> None:
    options = PrepareOptions(budget="600 USD", **SOON)
    first, again = prepare(made_crisis(), options), prepare(made_crisis(), options)
    assert all(first[name].equals(again[name]) for name in first)
