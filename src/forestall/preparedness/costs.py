"""What closing the gaps would cost, and money per person-day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.preparedness.items import Item
from forestall.preparedness.needs import Demand
from forestall.preparedness.people import Presence
from forestall.preparedness.quantiles import draw_quantiles


def missing_amount(gap: Floats, *, used_up: bool) -> Floats:
    """Return the amount missing over the horizon: the sum of the days, or the highest day.

    Examples
    --------
    >>> gap = np.array([[1.0, 3.0, 2.0]])
    >>> missing_amount(gap, used_up=True).tolist(), missing_amount(gap, used_up=False).tolist()
    ([6.0], [3.0])
    """
    return np.asarray(gap.sum(axis=-1) if used_up else gap.max(axis=-1, initial=0.0), dtype=np.float64)


class Costs:
    """Gathers the amount missing and the unmet person-days of each item over all places.

    What is used up is missing on every day; of what is used again, no more is missing than on the day on
    which most is missing over all places together: people who move on take their blanket with them.
    """

    def __init__(self, presence: Presence, arm: str, figures: Sequence[tuple[str, float]]) -> None:
        self.presence, self.arm, self.figures = presence, arm, tuple(figures)
        self.amount: dict[Item, Floats] = {}
        self.person_days: dict[Item, Floats] = {}

    def add(self, demand: Demand) -> None:
        """Add one place and item."""
        item, rate = demand.item, demand.item.rate
        people = np.divide(demand.gap, rate, out=np.zeros_like(demand.gap), where=np.greater(rate, 0))
        missing = demand.gap.sum(axis=-1, keepdims=True) if item.used_up else demand.gap
        self.amount[item] = self.amount.get(item, 0.0) + missing
        self.person_days[item] = self.person_days.get(item, 0.0) + people.sum(axis=-1)

    def rows(self, prices: dict[tuple[str, str], float | None]) -> pl.DataFrame:
        """Return the rows of the table ``needs_cost``.

        Parameters
        ----------
        prices
            Price by item and unit; None = not known.
        """
        return pl.DataFrame(list(self._rows(prices)), infer_schema_length=None)

    def _rows(self, prices: dict[tuple[str, str], float | None]) -> Iterator[dict[str, Any]]:
        levels = [quantile for _, quantile in self.figures]
        for item, amount in self.amount.items():
            price = prices.get((item.name, item.unit))
            missing = missing_amount(amount, used_up=item.used_up)
            amounts = draw_quantiles(missing, self.presence.weights, levels)
            days = draw_quantiles(self.person_days[item], self.presence.weights, levels)
            for (figure, _), quantity, unmet in zip(self.figures, amounts, days, strict=True):
                cost = None if price is None else float(quantity) * price
                yield {
                    "arm": self.arm,
                    "sector": item.sector,
                    "item": item.name,
                    "figure": figure,
                    "quantity": float(quantity),
                    "unit": item.unit,
                    "price": price,
                    "cost": cost,
                    "person_days": float(unmet),
                    "cost_per_person_day": cost / float(unmet) if cost is not None and unmet > 0 else None,
                }
