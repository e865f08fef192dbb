"""The plan as tables: what to place where, what it is worth, what it averts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from forestall.core.units import parse_amount
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.decomposition import Plan, solve
from forestall.preparedness.items import Item
from forestall.preparedness.people import Presence
from forestall.preparedness.preposition import Instance, build
from forestall.preparedness.quantiles import draw_mean, draw_quantiles
from forestall.preparedness.value import LIMITS, binding_limits, least_mean_loss, no_regret, value_of
from forestall.roads import without_status
from forestall.schema import empty, frame

if TYPE_CHECKING:
    from forestall.crisis import Crisis

TABLES = ("plan", "plan_value", "plan_effect")
Rows = dict[str, list[dict[str, Any]]]


def plan_tables(
    crisis: Crisis, presence: Presence, items: Sequence[Item], options: PrepareOptions
) -> dict[str, pl.DataFrame]:
    """Plan what to place where before, for both arms, where a budget is given.

    Returns
    -------
    dict
        The tables ``plan``, ``plan_value`` and ``plan_effect``.
    """
    rows: Rows = {table: [] for table in TABLES}
    if options.budget is not None:
        for table, found in _both_arms(crisis, presence, items, options):
            rows[table] += found
    return {table: frame(table, found) if found else empty(table) for table, found in rows.items()}


def _both_arms(
    crisis: Crisis, presence: Presence, items: Sequence[Item], options: PrepareOptions
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the rows of each arm; where it happens in every draw, both are one plan."""
    arms = dict(presence.arms())
    first = next(iter(arms))
    found = _arm(crisis, arms[first], items, first, options)
    for arm, part in arms.items():
        same = len(part.draws) == len(arms[first].draws)
        rows = found if same else _arm(crisis, part, items, arm, options)
        rows = {**rows, "plan_value": [*rows["plan_value"], *_left_out(crisis, arm)]}
        yield from ((table, [{**row, "arm": arm} for row in some]) for table, some in rows.items())


def _left_out(crisis: Crisis, arm: str) -> list[dict[str, Any]]:
    """Return the row that says over how many roads of unknown status nothing was planned, if any."""
    unknown = without_status(crisis["corridors"], crisis.status("corridor_status"))
    words = f"no status known, so nothing is planned over them: {', '.join(unknown[:5])}"
    more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
    row = {"arm": arm, "measure": "roads left out", "value": float(len(unknown)), "unit": "corridors"}
    return [{**row, "words": words + more}] if unknown else []


def _arm(crisis: Crisis, part: Presence, items: Sequence[Item], arm: str, options: PrepareOptions) -> Rows:
    """Return the rows of one arm."""
    budget = parse_amount(options.budget or "0 USD")[0]
    if budget == 0:
        return _unplanned(arm, "the budget is 0: nothing can be placed, all unmet need stays")
    instance = build(crisis, part, items, options)
    if instance is None:
        return _unplanned(
            arm, "no plan: no item with a gap has a known price, or no site is open (tables items, sites)"
        )
    reason = _infeasible(instance, options)
    if reason:
        return _unplanned(arm, reason)
    problem = instance.problem
    plan = solve(problem, seconds=options.plan_seconds, work=options.plan_work)
    return {
        "plan": list(_plan_rows(instance, plan, arm, options)),
        "plan_value": list(_value_rows(instance, plan, arm, budget)),
        "plan_effect": list(_effect_rows(instance, plan, arm, options)),
    }


def _unplanned(arm: str, words: str) -> Rows:
    """Return the one row that says why there is no plan."""
    row = {"arm": arm, "measure": "no plan", "value": None, "unit": "", "words": words}
    return {"plan": [], "plan_value": [row], "plan_effect": []}


def _infeasible(instance: Instance, options: PrepareOptions) -> str:
    """Return in words which limit keeps the plan from averting the share asked for, or nothing."""
    if options.serve_at_least is None:
        return ""
    problem = replace(instance.problem, tail_weight=0.0)
    nothing = float(problem.chance @ problem.loss)
    target = (1 - options.serve_at_least) * nothing
    names = binding_limits(problem, target, replace(instance.at_once, tail_weight=0.0))
    if not names:
        return ""
    best = 1 - float(problem.chance @ least_mean_loss(problem).loss) / nothing
    cause = " or ".join(LIMITS[name] for name in names if name in LIMITS)
    binds = f"what binds is {cause}" if cause else "no single limit is to blame: lifting one is not enough"
    return (
        f"no plan averts {options.serve_at_least:.0%} of the unmet need; the best averts {best:.0%}; {binds}"
    )


def _plan_rows(instance: Instance, plan: Plan, arm: str, options: PrepareOptions) -> Iterator[dict[str, Any]]:
    """Yield what to store where; items without a price are listed without a quantity."""
    problem = instance.problem
    sure = no_regret(plan, problem.chance, options.no_regret_share)
    used = np.stack([outcome.used for outcome in plan.outcomes])
    for i, k in np.argwhere(plan.stored > 1e-6 * np.maximum(problem.most(), 1e-12)):
        site, item, quantity = instance.sites[i], instance.items[k], float(plan.stored[i, k])
        yield {
            "arm": arm,
            "site": site.site,
            "place": site.place,
            "sector": item.sector,
            "item": item.name,
            "quantity": quantity,
            "unit": item.unit,
            "cost": quantity * float(problem.price[k]),
            "used": float(draw_mean(used[:, i, k], problem.chance)),
            "used_in": float(problem.chance @ (used[:, i, k] > 1e-6 * quantity)),
            "no_regret": float(sure[i, k]),
            "no_regret_cost": float(sure[i, k] * problem.price[k]),
            "reason": None,
        }
    for item in instance.unpriced:
        named = {"arm": arm, "site": "", "place": "", "sector": item.sector, "item": item.name}
        yield {**named, "unit": item.unit, "reason": "no price known: not planned"}


def _value_rows(instance: Instance, plan: Plan, arm: str, budget: float) -> Iterator[dict[str, Any]]:
    """Yield the worth of the plan; shares are of the unmet need if nothing is stored."""
    problem = instance.problem
    value = value_of(problem, plan)
    spent = problem.cost(plan.opened, plan.stored)
    share = "share of unmet need"
    for measure, number, unit, words in (
        ("budget", budget, "USD", "money there is"),
        ("cost", spent, "USD", "money the plan takes"),
        (
            "risk without a plan",
            value.nothing,
            share,
            "mean and worst draws, weighed; a person-day weighs alike in every sector",
        ),
        ("risk with the plan", value.plan, share, "the same, with the plan"),
        ("proven gap", plan.gap, "fraction", _how_it_ended(plan)),
        (
            "value of the stochastic solution",
            value.of_stochastic_solution,
            share,
            "against a plan for the mean",
        ),
        (
            "value of perfect information",
            value.of_perfect_information,
            share,
            "at most, against knowing the draw",
        ),
        ("mean loss with the plan", float(problem.chance @ plan.loss), share, "mean over draws"),
    ):
        yield {"arm": arm, "measure": measure, "value": float(number), "unit": unit, "words": words}


def _how_it_ended(plan: Plan) -> str:
    """Return in words what the gap means, and which limit ended the search for a better plan."""
    known = "no plan is better by more than this share"
    limits = {
        "work": f"{known}; the search ended at its limit of work (plan_work), the same on every machine",
        "time": f"{known}; the search ended at its time limit (plan_seconds): another run may differ",
    }
    return limits.get(plan.stopped, known)


def _effect_rows(
    instance: Instance, plan: Plan, arm: str, options: PrepareOptions
) -> Iterator[dict[str, Any]]:
    """Yield unmet person-days by item without and with the plan, and the money per person-day averted."""
    problem = instance.problem
    averted = np.stack([outcome.averted for outcome in plan.outcomes]) / instance.worth
    left = np.maximum(0.0, instance.person_days - averted)
    spent = plan.stored.sum(axis=0) * problem.price
    for k, item in enumerate(instance.items):
        mean = float(draw_mean(averted[:, k], problem.chance))
        columns = [
            draw_quantiles(values[:, k], problem.chance, options.quantiles)
            for values in (instance.person_days, left, averted)
        ]
        for quantile, without, with_plan, saved in zip(options.quantiles, *columns, strict=True):
            yield {
                "arm": arm,
                "sector": item.sector,
                "item": item.name,
                "quantile": quantile,
                "without": float(without),
                "with_plan": float(with_plan),
                "averted": float(saved),
                "averted_mean": mean,
                "cost": float(spent[k]),
                "cost_per_person_day": float(spent[k]) / mean if mean > 0 else None,
            }
