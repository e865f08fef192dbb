"""Units in which the solver works well: amounts, money and losses near one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forestall.core.arrays import Floats
from forestall.preparedness.programme import Programme


@dataclass(frozen=True, eq=False)
class Scales:
    """What one unit of the scaled problem stands for.

    Attributes
    ----------
    amount
        Units of each item, shape (items,).
    money, loss, bulk
        Units of money, loss and bulk.
    """

    amount: Floats
    money: float
    loss: float
    bulk: float


def scales_of(problem: Programme) -> Scales:
    """Return scales that bring the largest use, budget, loss and room to one.

    A solver treats coefficients below its tolerance (about 1e-7) as nothing: calories counted
    by the thousand million would be lost.
    """
    used = problem.usable.sum(axis=3).max(axis=(0, 2))
    amount = np.where(used > 0, used, 1.0)
    spent = float((problem.price * amount).sum() + problem.opening.sum())
    money = problem.budget if 0 < problem.budget < np.inf else spent
    moved = float((problem.bulk * amount).sum())
    return Scales(amount, money or 1.0, float(problem.loss.max(initial=0.0)) or 1.0, moved or 1.0)


def scaled(problem: Programme, by: Scales) -> Programme:
    """Return the problem in scaled units; the same plan is best in both.

    Examples
    --------
    >>> import numpy as np
    >>> one = Programme(np.ones(1), np.array([4e9]), np.full((1, 1, 1), 2e9), np.full((1, 1, 1, 1), 2e9),
    ...     np.full((1, 1, 1, 1), 2.0), np.array([1e-6]), np.zeros(1), np.array([np.inf]), np.zeros(1),
    ...     1000.0, np.zeros((0, 1, 1), dtype=bool), np.zeros(0))
    >>> small = scaled(one, scales_of(one))
    >>> float(small.loss[0]), float(small.demand[0, 0, 0]), float(small.benefit[0, 0, 0, 0])
    (1.0, 1.0, 1.0)
    """
    amount = by.amount
    return replace(
        problem,
        loss=problem.loss / by.loss,
        demand=problem.demand / amount[None, :, None],
        usable=problem.usable / amount[None, :, None, None],
        benefit=problem.benefit * (amount / by.loss)[None, :, None, None],
        price=problem.price * amount / by.money,
        bulk=problem.bulk * amount / by.bulk,
        room=problem.room / by.bulk,
        opening=problem.opening / by.money,
        budget=problem.budget / by.money,
        carry=problem.carry / by.bulk,
        cost_weight=problem.cost_weight * by.money / by.loss,
        site_weight=problem.site_weight / by.loss,
    )
