"""The second stage: with the stock in place and one draw seen, move what helps most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.arrays import Counts, Floats, Ints
from forestall.core.silence import silenced
from forestall.preparedness.programme import Programme

if TYPE_CHECKING:
    from highspy import Highs


@dataclass(frozen=True, eq=False)
class Outcome:
    """The best second stage of one draw, and how it would change with the plan.

    Attributes
    ----------
    loss
        Loss that is left.
    by_stock
        Change of the loss per unit stored, shape (sites, items), not positive.
    by_opening
        Change of the loss per site opened, shape (sites,), not positive.
    used
        Units used, shape (sites, items).
    averted
        Loss averted by item, shape (items,).
    """

    loss: float
    by_stock: Floats
    by_opening: Floats
    used: Floats
    averted: Floats


class Recourse:
    r"""The second stage of one draw, kept in memory so that the next plan starts from the last basis.

    .. math::
        \min_z\; L - \sum b_{kij} z_{kij}\quad
        \sum_j z_{kij} \le x_{ik},\;\; \sum_i z_{kij} \le d_{kj},\;\;
        0 \le z_{kij} \le u_{kij}\, y_i,\;\; \sum_{(i,j) \ni e} v_k z_{kij} \le c_e

    The bound :math:`z \le u\,y` is the strong formulation: for whole y it says no more than the
    stock does, for fractional y it cuts off plans that open a third of a site.
    """

    def __init__(self, problem: Programme, draw: int) -> None:
        self.problem, self.loss = problem, float(problem.loss[draw])
        usable = problem.usable[draw]
        self.k, self.i, self.j = np.nonzero((usable > 0) & (problem.benefit[draw] > 0))
        self.limit = usable[self.k, self.i, self.j]
        self.gain = problem.benefit[draw][self.k, self.i, self.j]
        self.stocks = self.i * problem.items + self.k
        self.corridors = (
            np.flatnonzero(np.isfinite(problem.carry)) if len(problem.carry) else np.array([], dtype=int)
        )
        self.work = 0
        self._model = self._build(problem.demand[draw]) if len(self.k) else None

    def _build(self, demand: Floats) -> Highs:
        """Return the linear programme with nothing stored."""
        import highspy

        problem = self.problem
        stocks = problem.sites * problem.items
        model = quiet_solver()
        model.setOptionValue("presolve", "off")
        lp = highspy.HighsLp()
        count, rows = len(self.k), stocks + demand.size + len(self.corridors)
        lp.num_col_, lp.num_row_ = count, rows
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = -self.gain, np.zeros(count), np.zeros(count)
        lp.row_lower_ = np.full(rows, -highspy.kHighsInf)
        lp.row_upper_ = np.concatenate([np.zeros(stocks), demand.ravel(), problem.carry[self.corridors]])
        matrix = self._matrix(rows)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = (
            matrix.indptr,
            matrix.indices,
            matrix.data,
        )
        model.passModel(lp)
        return model

    def _matrix(self, rows: int) -> Any:
        """Return the constraint matrix: stock rows, demand rows, corridor rows."""
        from scipy import sparse

        problem, column = self.problem, np.arange(len(self.k))
        demand_row = problem.sites * problem.items + self.k * problem.places + self.j
        parts = [(self.stocks, column, np.ones(len(column))), (demand_row, column, np.ones(len(column)))]
        first = problem.sites * problem.items + problem.items * problem.places
        for number, corridor in enumerate(self.corridors):
            on = np.flatnonzero(problem.path[corridor][self.i, self.j])
            parts.append((np.full(len(on), first + number), on, problem.bulk[self.k[on]]))
        row, col, value = (np.concatenate([part[n] for part in parts]) for n in range(3))
        return sparse.csc_matrix((value, (row, col)), shape=(rows, len(column)))

    def solve(self, opened: Floats, stored: Floats) -> Outcome:
        """Return the best second stage for a plan.

        Parameters
        ----------
        opened
            Share of each site opened, shape (sites,), 0-1.
        stored
            Units stored, shape (sites, items).
        """
        problem = self.problem
        shape = (problem.sites, problem.items)
        if self._model is None:
            nothing = np.zeros(shape)
            return Outcome(self.loss, nothing, np.zeros(problem.sites), nothing, np.zeros(problem.items))
        solution = self._run(opened, stored)
        moved, reduced = np.asarray(solution.col_value), np.minimum(0.0, np.asarray(solution.col_dual))
        duals = np.minimum(0.0, np.asarray(solution.row_dual)[: problem.sites * problem.items])
        return Outcome(
            loss=self.loss - float(self.gain @ moved),
            by_stock=duals.reshape(shape),
            by_opening=_sums(self.i, reduced * self.limit, problem.sites),
            used=_sums(self.stocks, moved, shape[0] * shape[1]).reshape(shape),
            averted=_sums(self.k, self.gain * moved, problem.items),
        )

    def _run(self, opened: Floats, stored: Floats) -> Any:
        """Set the plan and solve again from the last basis."""
        import highspy

        model = self._model
        assert model is not None  # noqa: S101 - solve() has returned where there is no model
        count = len(self.k)
        index: Counts = np.arange(count, dtype=np.int32)
        model.changeColsBounds(count, index, np.zeros(count), self.limit * opened[self.i])
        for row, amount in enumerate(stored.ravel()):
            model.changeRowBounds(row, -highspy.kHighsInf, float(amount))
        model.run()
        self.work += max(0, model.getInfo().simplex_iteration_count)
        return model.getSolution()


def _sums(rows: Ints, values: Floats, count: int) -> Floats:
    """Return the sum of the values of each row."""
    return np.asarray(np.bincount(rows, weights=values, minlength=count), dtype=np.float64)


def quiet_solver() -> Highs:
    """Return a solver that prints nothing and always takes the same path."""
    import highspy

    with silenced():  # a new solver greets on standard output before it can be told not to
        model = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 1)):
        model.setOptionValue(option, value)
    return model
