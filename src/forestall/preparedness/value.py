"""What a plan is worth: against planning for the mean, and against knowing the future."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from forestall.core.arrays import Floats
from forestall.preparedness.decomposition import Plan, evaluate, solve
from forestall.preparedness.extensive import solve_whole
from forestall.preparedness.programme import Programme, risk
from forestall.preparedness.quantiles import draw_quantiles


@dataclass(frozen=True, eq=False)
class Value:
    """The worth of a plan in units of the loss.

    Attributes
    ----------
    nothing
        Risk if nothing is stored.
    plan
        Risk of the plan (recourse problem).
    mean_plan
        Risk of the plan made for the mean of the draws.
    foresight
        Risk if each draw were known before storing: a lower bound.
    """

    nothing: float
    plan: float
    mean_plan: float
    foresight: float

    @property
    def of_stochastic_solution(self) -> float:
        """Value of the stochastic solution: VSS = EEV - RP, not negative but for the proven gap."""
        return max(0.0, self.mean_plan - self.plan)

    @property
    def of_perfect_information(self) -> float:
        """Expected value of perfect information at most: EVPI = RP - WS."""
        return max(0.0, self.plan - self.foresight)


def value_of(problem: Programme, plan: Plan, *, gap: float = 5e-3) -> Value:
    """Work out the value of the stochastic solution and of perfect information.

    Parameters
    ----------
    problem, plan
        The problem and its plan.
    gap
        Relative gap of the problems with a single draw; their bounds are used, so that the
        value of perfect information is not understated.

    References
    ----------
    Birge, J. R. and Louveaux, F. (2011), Introduction to Stochastic Programming, 2nd ed.,
    Springer, chapter 4, https://doi.org/10.1007/978-1-4614-0237-4
    """
    mean_plan = solve_whole(replace(problem.average(), tail_weight=0.0), gap=gap)
    there = evaluate(problem, mean_plan.opened, mean_plan.stored)
    foresight = np.array([_known_draw(problem, draw, gap) for draw in range(problem.draws)])
    return Value(
        nothing=risk(problem, problem.loss),
        plan=risk(problem, plan.loss),
        mean_plan=risk(problem, there.loss),
        foresight=risk(problem, foresight),
    )


def _known_draw(problem: Programme, draw: int, gap: float) -> float:
    """Return the least loss of a draw that is known before storing."""
    alone = replace(problem.only(draw), tail_weight=0.0, cost_weight=0.0, site_weight=0.0)
    if not (alone.usable > 0).any():
        return float(alone.loss[0])
    return solve_whole(alone, gap=gap).bound


def no_regret(plan: Plan, chance: Floats, share: float = 0.8) -> Floats:
    """Return how much of each item at each site is used in at least that share of the draws.

    Parameters
    ----------
    plan
        The plan with its draws.
    chance
        Probability of each draw.
    share
        Share of the draws, for example 0.8.

    Returns
    -------
    ndarray
        Units, shape (sites, items).
    """
    used = np.stack([outcome.used for outcome in plan.outcomes])
    tied = chance * (1 + 1e-9 * np.arange(len(chance)))  # unequal, so that no value between draws is made up
    return np.asarray(draw_quantiles(used, tied, [1 - share])[0], dtype=np.float64)


LIMITS = {
    "budget": "the budget",
    "warehouse": "the room in the warehouses",
    "corridor": "what the corridors can carry",
    "lead time": "lead times and closed roads",
}


def lifted(problem: Programme, at_once: Programme | None) -> Iterator[tuple[str, Programme]]:
    """Yield the problem without each of its limits.

    Parameters
    ----------
    problem
        The problem.
    at_once
        The problem in which every site reaches every place at once, where it is known.
    """
    yield "budget", replace(problem, budget=float("inf"))
    yield "warehouse", replace(problem, room=np.full(problem.sites, np.inf))
    yield "corridor", replace(problem, carry=np.full(len(problem.carry), np.inf))
    if at_once is not None:
        yield "lead time", at_once


def least_mean_loss(problem: Programme) -> Plan:
    """Return the plan with the smallest mean loss within all limits."""
    return solve(replace(problem, tail_weight=0.0, cost_weight=0.0, site_weight=0.0))


def binding_limits(problem: Programme, target: float, at_once: Programme | None = None) -> list[str]:
    """Return which limits, lifted one at a time, would let the mean loss come down to a target.

    Parameters
    ----------
    problem
        The problem.
    target
        Mean loss aimed at.
    at_once
        The problem in which every site reaches every place at once.

    Returns
    -------
    list of str
        Names of the limits that bind; empty where the target is met, ["all"] where lifting
        one is not enough.
    """
    if _mean_loss(problem) <= target:
        return []
    alone = [name for name, without in lifted(problem, at_once) if _mean_loss(without) <= target]
    return alone or ["all"]


def _mean_loss(problem: Programme) -> float:
    return float(problem.chance @ least_mean_loss(problem).loss) - 1e-9
