"""The whole programme as one mixed-integer problem: for one draw, and to check the decomposition."""

from __future__ import annotations

from typing import Any

import numpy as np

from forestall.core.arrays import Floats
from forestall.preparedness.decomposition import Plan, evaluate
from forestall.preparedness.programme import Programme
from forestall.preparedness.recourse import quiet_solver
from forestall.preparedness.scaling import scaled, scales_of


class _Rows:
    """Rows of a sparse problem, gathered one kind at a time."""

    def __init__(self) -> None:
        self.row: list[Any] = []
        self.col: list[Any] = []
        self.value: list[Any] = []
        self.lower: list[Floats] = []
        self.upper: list[Floats] = []
        self.count = 0

    def add(self, entries: list[tuple[Any, Any, Any]], lower: Floats, upper: Floats) -> None:
        """Add rows numbered from 0 within this kind."""
        for row, col, value in entries:
            self.row.append(np.asarray(row) + self.count)
            self.col.append(np.asarray(col))
            self.value.append(np.broadcast_to(np.asarray(value, dtype=np.float64), np.shape(row)))
        self.lower.append(lower)
        self.upper.append(upper)
        self.count += len(lower)


class _Extensive:
    """Positions of the variables and the rows of the extensive form."""

    def __init__(self, problem: Programme) -> None:
        self.problem = problem
        self.s, self.k, self.i, self.j = np.nonzero((problem.usable > 0) & (problem.benefit > 0))
        self.limit = problem.usable[self.s, self.k, self.i, self.j]
        self.gain = problem.benefit[self.s, self.k, self.i, self.j]
        self.level = problem.sites + problem.sites * problem.items
        self.moved = self.level + 1 + problem.draws
        self.count = self.moved + len(self.s)
        self.rows = _Rows()
        self._first_stage()
        self._second_stage()
        self._tail()

    def _first_stage(self) -> None:
        problem, most = self.problem, self.problem.most()
        sites, items = problem.sites, problem.items
        site, item = np.divmod(np.arange(sites * items), items)
        stock, number = sites + np.arange(sites * items), np.arange(sites * items)
        free = np.full(sites * items, -np.inf)
        self.rows.add([(number, stock, 1.0), (number, site, -most.ravel())], free, np.zeros(sites * items))
        held = np.flatnonzero(np.isfinite(problem.room))
        position = {int(s): n for n, s in enumerate(held)}
        kept = np.isin(site, held)
        order = np.array([position[int(s)] for s in site[kept]], dtype=np.int64)
        entries = [
            (order, stock[kept], problem.bulk[item[kept]]),
            (np.arange(len(held)), held, -problem.room[held]),
        ]
        self.rows.add(entries, np.full(len(held), -np.inf), np.zeros(len(held)))
        if np.isfinite(problem.budget):
            nothing = np.zeros(sites, dtype=np.int64)
            spent = [
                (nothing, np.arange(sites), problem.opening),
                (np.zeros_like(stock), stock, problem.price[item]),
            ]
            self.rows.add(spent, np.array([-np.inf]), np.array([problem.budget]))

    def _second_stage(self) -> None:
        problem, moved = self.problem, self.moved + np.arange(len(self.s))
        sites, items, places, draws = problem.sites, problem.items, problem.places, problem.draws
        number = np.arange(draws * sites * items)
        from_stock = (self.s * sites + self.i) * items + self.k
        stock = sites + number % (sites * items)
        self.rows.add(
            [(from_stock, moved, 1.0), (number, stock, -1.0)],
            np.full(len(number), -np.inf),
            np.zeros(len(number)),
        )
        used = (self.s * items + self.k) * places + self.j
        self.rows.add([(used, moved, 1.0)], np.full(draws * items * places, -np.inf), problem.demand.ravel())
        strong = np.arange(len(self.s))
        self.rows.add(
            [(strong, moved, 1.0), (strong, self.i, -self.limit)],
            np.full(len(strong), -np.inf),
            np.zeros(len(strong)),
        )
        for corridor in np.flatnonzero(np.isfinite(problem.carry)):
            on = np.flatnonzero(problem.path[corridor][self.i, self.j])
            carried = (self.s[on], moved[on], problem.bulk[self.k[on]])
            self.rows.add([carried], np.full(draws, -np.inf), np.full(draws, problem.carry[corridor]))

    def _tail(self) -> None:
        """Excess of a draw: v_s + sum of gains + level >= loss if nothing is stored."""
        problem, moved = self.problem, self.moved + np.arange(len(self.s))
        number = np.arange(problem.draws)
        entries = [
            (self.s, moved, self.gain),
            (number, self.level + 1 + number, 1.0),
            (number, np.full(problem.draws, self.level), 1.0),
        ]
        self.rows.add(entries, problem.loss, np.full(problem.draws, np.inf))

    def costs(self) -> Floats:
        """Return the objective without its constant."""
        problem, costs = self.problem, np.zeros(self.count)
        costs[: problem.sites] = problem.cost_weight * problem.opening + problem.site_weight
        costs[problem.sites : self.level] = problem.cost_weight * np.tile(problem.price, problem.sites)
        costs[self.level] = problem.tail_weight
        costs[self.level + 1 : self.moved] = problem.tail_weight / (1 - problem.tail) * problem.chance
        costs[self.moved :] = -(1 - problem.tail_weight) * problem.chance[self.s] * self.gain
        return costs

    def bounds(self) -> tuple[Floats, Floats]:
        """Return lower and upper bounds of the variables."""
        problem = self.problem
        lower, upper = np.zeros(self.count), np.full(self.count, np.inf)
        upper[: problem.sites] = 1
        upper[problem.sites : self.level] = problem.most().ravel()
        lower[self.level] = 0.0 if problem.tail_weight == 0 else -np.inf
        upper[self.moved :] = self.limit
        return lower, upper


def solve_whole(problem: Programme, *, gap: float = 1e-3, seconds: float = 60.0) -> Plan:
    """Solve the extensive form in one piece; for one draw or a few.

    Parameters
    ----------
    problem
        The problem.
    gap
        Relative gap to stop at.
    seconds
        Time limit.
    """
    by = scales_of(problem)
    form = _Extensive(scaled(problem, by))
    model = _model(form)
    model.setOptionValue("mip_rel_gap", gap)
    model.setOptionValue("time_limit", seconds)
    model.run()
    values = np.asarray(model.getSolution().col_value)
    opened = np.round(values[: problem.sites])
    stored = np.clip(values[problem.sites : form.level], 0, None).reshape(problem.sites, problem.items)
    plan = evaluate(problem, opened, np.minimum(stored * by.amount, problem.most() * opened[:, None]))
    bound = model.getInfo().mip_dual_bound * by.loss
    return Plan(plan.opened, plan.stored, plan.objective, min(bound, plan.objective), plan.outcomes)


def _model(form: _Extensive) -> Any:
    """Return the solver holding the problem."""
    import highspy
    from scipy import sparse

    problem, rows = form.problem, form.rows
    entries = (np.concatenate(rows.value), (np.concatenate(rows.row), np.concatenate(rows.col)))
    matrix = sparse.csr_matrix(entries, shape=(rows.count, form.count))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = form.count, rows.count
    lp.col_cost_, (lp.col_lower_, lp.col_upper_) = form.costs(), form.bounds()
    lp.row_lower_, lp.row_upper_ = np.concatenate(rows.lower), np.concatenate(rows.upper)
    lp.offset_ = (1 - problem.tail_weight) * float(problem.chance @ problem.loss)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    whole, part = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    lp.integrality_ = [whole] * problem.sites + [part] * (form.count - problem.sites)
    model = quiet_solver()
    model.passModel(lp)
    return model
