"""The pre-positioning problem as arrays: what is decided before, what is moved after, what limits it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forestall.core.arrays import Bools, Floats


@dataclass(frozen=True, eq=False)
class Programme:
    """A two-stage stochastic programme: store x of item k at site i before, move z to place j after.

    Attributes
    ----------
    chance
        Probability of each draw, shape (draws,), sum 1.
    loss
        Loss of each draw if nothing is stored, shape (draws,).
    demand
        Units that can be used, shape (draws, items, places).
    usable
        Units of them that can be used when they come from that site, shape (draws, items,
        sites, places); 0 where the site does not reach the place in time.
    benefit
        Loss averted per unit, same shape.
    price
        Money per unit, shape (items,).
    bulk
        Room per unit, shape (items,).
    room
        Room of each site, shape (sites,); infinite where unknown.
    opening
        Money to open each site, shape (sites,).
    budget
        Money, infinite for none.
    path
        Whether moving from site to place uses a corridor, shape (corridors, sites, places).
    carry
        Bulk each corridor can carry within the window, shape (corridors,).
    tail_weight
        Weight of the tail in the objective, 0-1: (1 - w) mean + w CVaR.
    tail
        Level of the conditional value at risk, for example 0.9.
    cost_weight
        Loss counted per unit of money spent; 0 = only the budget limits spending.
    site_weight
        Loss counted per site opened: a further site must avert more than that.
    """

    chance: Floats
    loss: Floats
    demand: Floats
    usable: Floats
    benefit: Floats
    price: Floats
    bulk: Floats
    room: Floats
    opening: Floats
    budget: float
    path: Bools
    carry: Floats
    tail_weight: float = 0.5
    tail: float = 0.9
    cost_weight: float = 0.0
    site_weight: float = 0.0

    @property
    def draws(self) -> int:
        """Number of draws."""
        return int(self.usable.shape[0])

    @property
    def items(self) -> int:
        """Number of items."""
        return int(self.usable.shape[1])

    @property
    def sites(self) -> int:
        """Number of sites."""
        return int(self.usable.shape[2])

    @property
    def places(self) -> int:
        """Number of places."""
        return int(self.usable.shape[3])

    def most(self) -> Floats:
        r"""Return the most of each item worth storing at each site, shape (sites, items).

        The smallest of what the site can hold, what the budget can buy once the site is open,
        and the largest use in any draw :math:`\max_s \sum_j u_{skij}`.
        """
        used = self.usable.sum(axis=3).max(axis=0).T
        with np.errstate(divide="ignore", invalid="ignore"):
            held = np.where(self.bulk > 0, self.room[:, None] / self.bulk, np.inf)
            left = np.maximum(0.0, self.budget - self.opening)[:, None]
            bought = np.where(self.price > 0, left / self.price, np.inf)
        return np.asarray(np.minimum(used, np.minimum(held, bought)), dtype=np.float64)

    def cost(self, opened: Floats, stored: Floats) -> float:
        """Return the money a plan costs."""
        return float(self.opening @ opened + (stored @ self.price).sum())

    def only(self, draw: int) -> Programme:
        """Return the problem with that draw alone, known for certain."""
        part = slice(draw, draw + 1)
        return replace(
            self,
            chance=np.ones(1),
            loss=self.loss[part],
            demand=self.demand[part],
            usable=self.usable[part],
            benefit=self.benefit[part],
        )

    def average(self) -> Programme:
        """Return the problem in which every draw is replaced by their mean.

        The benefit per unit is the mean weighted by what is usable.
        """
        weights = self.chance[:, None, None, None]
        usable = (weights * self.usable).sum(axis=0, keepdims=True)
        averted = (weights * self.usable * self.benefit).sum(axis=0, keepdims=True)
        benefit = np.divide(averted, usable, out=np.zeros_like(averted), where=usable > 0)
        demand = np.tensordot(self.chance, self.demand, axes=1)[None]
        return replace(
            self,
            chance=np.ones(1),
            loss=np.array([self.chance @ self.loss]),
            demand=demand,
            usable=usable,
            benefit=benefit,
        )


def price_of(problem: Programme, opened: Floats, stored: Floats) -> float:
    """Return the loss counted for money spent and sites opened."""
    return problem.cost_weight * problem.cost(opened, stored) + problem.site_weight * float(opened.sum())


def tail_mean(loss: Floats, chance: Floats, level: float) -> float:
    r"""Return the conditional value at risk: the mean loss of the worst (1 - level) of the draws.

    .. math:: \mathrm{CVaR}_\alpha = \min_\eta\ \eta + \frac{1}{1-\alpha}\, E\,(L - \eta)_+

    Parameters
    ----------
    loss
        Loss of each draw.
    chance
        Probability of each draw.
    level
        Level alpha, 0-1.

    References
    ----------
    Rockafellar, R. T. and Uryasev, S. (2000), Optimization of conditional value-at-risk,
    Journal of Risk 2(3):21-41, https://doi.org/10.21314/JOR.2000.038

    Examples
    --------
    >>> tail_mean(np.arange(10.0), np.full(10, 0.1), 0.8)
    8.5
    """
    order = np.argsort(loss)
    ordered, reached = loss[order], np.cumsum(chance[order])
    value_at_risk = ordered[min(int(np.searchsorted(reached, level - 1e-12)), len(ordered) - 1)]
    excess = float(chance @ np.maximum(0.0, loss - value_at_risk))
    return round(float(value_at_risk + excess / (1 - level)), 12)


def risk(problem: Programme, loss: Floats) -> float:
    """Return the objective of a loss per draw: (1 - w) mean + w CVaR."""
    mean = float(problem.chance @ loss)
    if problem.tail_weight == 0:
        return mean
    worst = tail_mean(loss, problem.chance, problem.tail)
    return (1 - problem.tail_weight) * mean + problem.tail_weight * worst
