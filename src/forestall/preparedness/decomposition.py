"""The L-shaped method: a small master problem, cuts from every draw, a proven gap."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forestall.core.arrays import Floats
from forestall.preparedness.programme import Programme, price_of, risk
from forestall.preparedness.recourse import Outcome, Recourse, quiet_solver
from forestall.preparedness.scaling import Scales, scaled, scales_of

LP_GAP = 2e-3
STABILISE = 0.5
MOST_WORK = 1_000_000
"""Iterations of the simplex method, over all draws, after which the best plan so far is taken."""
MOST_NODES = 2_000
"""Nodes of the search for whole sites in one round."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan with what it leaves and how close to the best it is proven to be.

    Attributes
    ----------
    opened
        1 where a site is opened, shape (sites,).
    stored
        Units stored, shape (sites, items).
    objective
        (1 - w) mean loss + w CVaR, plus the weighed cost and number of sites.
    bound
        No plan does better than this.
    outcomes
        Second stage of each draw.
    stopped
        What ended the search before the gap was reached: "work", the same on every machine, "time",
        or nothing.
    """

    opened: Floats
    stored: Floats
    objective: float
    bound: float
    outcomes: tuple[Outcome, ...]
    stopped: str = ""

    @property
    def gap(self) -> float:
        """Proven relative gap: (objective - bound) / |objective|."""
        if self.objective == self.bound:
            return 0.0
        return max(0.0, (self.objective - self.bound) / max(abs(self.objective), 1e-12))

    @property
    def loss(self) -> Floats:
        """The loss left in each draw."""
        return np.array([outcome.loss for outcome in self.outcomes])


class _Master:
    """The first stage with one variable per draw for the loss, bounded from below by cuts."""

    def __init__(self, problem: Programme) -> None:
        self.problem = problem
        sites, items, draws = problem.sites, problem.items, problem.draws
        self.first_stock, self.level = sites, sites + sites * items
        self.first_excess = self.level + 1
        self.first_loss = self.first_excess + draws
        self.count = self.first_loss + draws
        self.work = 0
        self.model = quiet_solver()
        self._add_variables()
        self._add_limits()

    def _add_variables(self) -> None:
        """Add opened, stored, the tail's level and excess, and the loss of each draw."""
        import highspy

        problem = self.problem
        lower, upper = np.zeros(self.count), np.full(self.count, highspy.kHighsInf)
        upper[: problem.sites] = 1
        self.most = problem.most()
        upper[self.first_stock : self.level] = self.most.ravel()
        lower[self.level] = -highspy.kHighsInf
        best = problem.loss - (problem.usable * problem.benefit).sum(axis=(1, 2, 3))
        lower[self.first_loss :] = np.minimum(problem.loss, np.maximum(best, 0.0))
        self.model.addVars(self.count, lower, upper)
        self.model.changeColsCost(self.count, np.arange(self.count, dtype=np.int32), self._costs())

    def _costs(self) -> Floats:
        """Return the objective."""
        problem, costs = self.problem, np.zeros(self.count)
        costs[: problem.sites] = problem.cost_weight * problem.opening + problem.site_weight
        costs[self.first_stock : self.level] = problem.cost_weight * np.tile(problem.price, problem.sites)
        costs[self.first_loss :] = (1 - problem.tail_weight) * problem.chance
        if problem.tail_weight > 0:
            costs[self.level] = problem.tail_weight
            costs[self.first_excess : self.first_loss] = (
                problem.tail_weight / (1 - problem.tail) * problem.chance
            )
        return costs

    def _add_limits(self) -> None:
        """Add room, strong stock bounds, budget and the definition of the tail's excess."""
        import highspy

        problem, infinite = self.problem, highspy.kHighsInf
        for site in range(problem.sites):
            stocks = self.first_stock + site * problem.items + np.arange(problem.items)
            for stock, most in zip(stocks, self.most[site], strict=True):
                self._row(-infinite, 0.0, [stock, site], [1.0, -most])
            if np.isfinite(problem.room[site]):
                self._row(-infinite, 0.0, [*stocks, site], [*problem.bulk, -problem.room[site]])
        if np.isfinite(problem.budget):
            prices = np.tile(problem.price, problem.sites)
            self._row(-infinite, problem.budget, range(self.level), [*problem.opening, *prices])
        for draw in range(problem.draws):
            names = [self.first_excess + draw, self.level, self.first_loss + draw]
            self._row(0.0, infinite, names, [1.0, 1.0, -1.0])

    def _row(self, lower: float, upper: float, names: Any, values: Any) -> None:
        """Add one row, leaving out zeros."""
        index, value = np.asarray(list(names), dtype=np.int32), np.asarray(list(values), dtype=np.float64)
        kept = value != 0
        self.model.addRow(lower, upper, int(kept.sum()), index[kept], value[kept])

    def add_cuts(self, outcomes: tuple[Outcome, ...], plan: tuple[Floats, Floats], losses: Floats) -> int:
        """Add a cut for each draw whose loss the master thought smaller; return how many."""
        import highspy

        added = 0
        for draw, outcome in enumerate(outcomes):
            if outcome.loss <= losses[draw] + 1e-7 * max(1.0, abs(outcome.loss)):
                continue
            slope = np.concatenate([outcome.by_opening, outcome.by_stock.ravel()])
            constant = outcome.loss - slope @ np.concatenate([plan[0], plan[1].ravel()])
            names, values = [self.first_loss + draw, *range(self.level)], [1.0, *(-slope)]
            self._row(constant, highspy.kHighsInf, names, values)
            added += 1
        return added

    def _late(self) -> bool:
        """Return whether the last search ended because its time was over."""
        import highspy

        return bool(self.model.getModelStatus() == highspy.HighsModelStatus.kTimeLimit)

    def make_whole(self, gap: float) -> None:
        """Ask for sites that are open or not."""
        import highspy

        for site in range(self.problem.sites):
            self.model.changeColIntegrality(site, highspy.HighsVarType.kInteger)
        self.model.setOptionValue("mip_rel_gap", gap / 4)
        self.model.setOptionValue("mip_max_nodes", MOST_NODES)

    def solve(self, *, whole: bool, seconds: float) -> tuple[Floats, Floats, Floats, float]:
        """Return opened, stored, the losses the master believes in, and the bound.

        Raises
        ------
        TimeoutError
            Where no plan is found in the time left.
        """
        self.model.setOptionValue("time_limit", self.model.getRunTime() + max(seconds, 0.01))
        self.model.run()
        values, info = np.asarray(self.model.getSolution().col_value), self.model.getInfo()
        self.work += max(0, info.simplex_iteration_count)
        if (self._late() and not whole) or not len(values) or not self.model.getSolution().value_valid:
            raise TimeoutError
        bound = info.mip_dual_bound if whole else info.objective_function_value
        opened = np.clip(values[: self.problem.sites], 0, 1)
        if whole:
            opened = np.round(opened)
        stored = np.clip(values[self.first_stock : self.level], 0, None).reshape(self.most.shape)
        return (
            opened,
            np.minimum(stored, self.most * opened[:, None]),
            values[self.first_loss :],
            float(bound),
        )


def solve(problem: Programme, *, gap: float = 1e-3, seconds: float = 120.0, work: int = MOST_WORK) -> Plan:
    """Find the plan with the smallest risk, with a proven gap.

    Multi-cut L-shaped method: cuts from the relaxed problem first, its plan held half way to
    the best one so far, then the master with whole sites until its bound meets the best plan.

    Parameters
    ----------
    problem
        The problem.
    gap
        Relative gap to stop at.
    seconds
        Time after which the best plan so far is returned with the gap proven by then; what is found
        then depends on the machine, and the plan says so.
    work
        Iterations of the simplex method after which it is returned: the same on every machine.

    References
    ----------
    Van Slyke, R. M. and Wets, R. (1969), L-shaped linear programs with applications to
    optimal control and stochastic programming, SIAM Journal on Applied Mathematics
    17(4):638-663, https://doi.org/10.1137/0117061
    """
    by = scales_of(problem)
    plan = _solve(scaled(problem, by), gap, time.monotonic() + seconds, work)
    return restored(plan, problem, by)


def restored(plan: Plan, problem: Programme, by: Scales) -> Plan:
    """Return a plan of the scaled problem in the units of the problem."""
    outcomes = tuple(
        Outcome(
            loss=outcome.loss * by.loss,
            by_stock=outcome.by_stock * by.loss / by.amount,
            by_opening=outcome.by_opening * by.loss,
            used=outcome.used * by.amount,
            averted=outcome.averted * by.loss,
        )
        for outcome in plan.outcomes
    )
    loss = np.array([outcome.loss for outcome in outcomes])
    stored = plan.stored * by.amount
    objective = risk(problem, loss) + price_of(problem, plan.opened, stored)
    bound = min(plan.bound * by.loss, objective)
    return Plan(plan.opened, stored, objective, bound, outcomes, plan.stopped)


def _solve(problem: Programme, gap: float, deadline: float, work: int) -> Plan:
    """Solve a problem in scaled units."""
    stages = [Recourse(problem, draw) for draw in range(problem.draws)]
    master = _Master(problem)
    search = _Search(master, stages, deadline, work)
    best = _evaluate(problem, np.zeros(problem.sites), np.zeros((problem.sites, problem.items)), stages)
    try:
        _relaxed(problem, search)
        master.make_whole(gap)
        while not search.stopped:
            opened, stored, losses, bound = master.solve(whole=True, seconds=search.seconds)
            plan = _evaluate(problem, opened, stored, stages)
            bound = max(best.bound, bound)
            best = min(best, plan, key=lambda p: p.objective)
            best = replace(best, bound=min(bound, best.objective))
            added = master.add_cuts(plan.outcomes, (opened, stored), losses)
            if best.gap <= gap or added == 0:
                return best
    except TimeoutError:
        return replace(best, stopped="time")
    return replace(best, stopped=search.stopped)


@dataclass(frozen=True, eq=False)
class _Search:
    """The problem's solvers, and how long they may go on."""

    master: _Master
    stages: list[Recourse]
    deadline: float
    work: int

    @property
    def seconds(self) -> float:
        """Time left."""
        return self.deadline - time.monotonic()

    @property
    def done(self) -> int:
        """Iterations so far."""
        return self.master.work + sum(stage.work for stage in self.stages)

    @property
    def stopped(self) -> str:
        """Which limit is reached, or nothing; work is asked first, since it is the same everywhere."""
        return "work" if self.done > self.work else "time" if self.seconds <= 0 else ""


def _relaxed(problem: Programme, search: _Search) -> None:
    """Gather cuts from the problem in which a site may be partly open, with half of the work."""
    best: tuple[float, Floats, Floats] | None = None
    while search.done < search.work / 2 and search.seconds > 0:
        opened, stored, losses, bound = search.master.solve(whole=False, seconds=search.seconds)
        if best is not None:
            opened = STABILISE * opened + (1 - STABILISE) * best[1]
            stored = STABILISE * stored + (1 - STABILISE) * best[2]
        plan = _evaluate(problem, opened, stored, search.stages)
        added = search.master.add_cuts(plan.outcomes, (opened, stored), losses)
        if best is None or plan.objective < best[0]:
            best = (plan.objective, opened, stored)
        if added == 0 or best[0] - bound <= LP_GAP * max(abs(best[0]), 1e-12):
            return


def evaluate(problem: Programme, opened: Floats, stored: Floats) -> Plan:
    """Return what a given plan leaves in each draw; its bound is not known (minus infinity).

    Parameters
    ----------
    problem
        The problem.
    opened, stored
        The plan, shapes (sites,) and (sites, items).
    """
    by = scales_of(problem)
    inner = scaled(problem, by)
    return restored(_evaluate(inner, opened, stored / by.amount), problem, by)


def _evaluate(
    problem: Programme, opened: Floats, stored: Floats, stages: list[Recourse] | None = None
) -> Plan:
    """Return what a plan leaves, in scaled units."""
    stages = stages or [Recourse(problem, draw) for draw in range(problem.draws)]
    outcomes = tuple(stage.solve(opened, stored) for stage in stages)
    loss = np.array([outcome.loss for outcome in outcomes])
    objective = risk(problem, loss) + price_of(problem, opened, stored)
    return Plan(opened, stored, objective, -np.inf, outcomes)
