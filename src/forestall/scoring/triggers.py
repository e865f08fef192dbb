"""Verification of triggers: hits, false alarms, misses, and what acting on them is worth."""

from __future__ import annotations

from dataclasses import dataclass

from forestall.core.arrays import Bools, Floats
from forestall.scoring.intervals import jeffreys_interval


@dataclass(frozen=True)
class Contingency:
    """Counts of activations against what happened.

    Examples
    --------
    >>> table = Contingency(hits=3, false_alarms=9, misses=1, correct_rejections=87)
    >>> table.hit_rate, table.false_alarm_ratio, table.bias
    (0.75, 0.75, 3.0)
    """

    hits: int
    false_alarms: int
    misses: int
    correct_rejections: int

    @property
    def cases(self) -> int:
        """Number of cases."""
        return self.hits + self.false_alarms + self.misses + self.correct_rejections

    @property
    def events(self) -> int:
        """Number of events."""
        return self.hits + self.misses

    @property
    def activations(self) -> int:
        """Number of activations."""
        return self.hits + self.false_alarms

    @property
    def hit_rate(self) -> float:
        """Share of events that were caught; NaN without an event."""
        return self.hits / self.events if self.events else float("nan")

    @property
    def false_alarm_ratio(self) -> float:
        """Share of activations without an event (not the share of quiet cases)."""
        return self.false_alarms / self.activations if self.activations else float("nan")

    @property
    def bias(self) -> float:
        """Activations for each event."""
        return self.activations / self.events if self.events else float("nan")

    @property
    def hit_rate_interval(self) -> tuple[float, float]:
        """90 % Jeffreys interval of the hit rate."""
        return jeffreys_interval(self.hits, self.events)

    @property
    def right_interval(self) -> tuple[float, float]:
        """90 % Jeffreys interval of the share of activations that are right."""
        return jeffreys_interval(self.hits, self.activations)


def contingency(activated: Floats | Bools, event: Floats) -> Contingency:
    """Count activations against what happened.

    Parameters
    ----------
    activated
        True or False, shape (n,).
    event
        1 or 0, shape (n,).

    Examples
    --------
    >>> import numpy as np
    >>> contingency(np.array([1.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0]))
    Contingency(hits=1, false_alarms=1, misses=0, correct_rejections=1)
    """
    acted, came = activated.astype(bool), event.astype(bool)
    return Contingency(
        int((acted & came).sum()),
        int((acted & ~came).sum()),
        int((~acted & came).sum()),
        int((~acted & ~came).sum()),
    )


def relative_economic_value(table: Contingency, cost_loss: float) -> float:
    """Return the share of a perfect forecast's worth that acting on the trigger gains.

    V = (min(a, o) - a (h + f) - m) / (min(a, o) - a o), a = cost over loss, o base rate, and
    h, f, m the frequencies of hits, false alarms and misses. 1 is perfect, 0 is no better
    than always or never acting, below 0 is worse.

    Parameters
    ----------
    table
        Counts.
    cost_loss
        Cost of acting over the loss it averts, between 0 and 1.

    References
    ----------
    Richardson, D. S. (2000), Skill and relative economic value of the ECMWF ensemble
    prediction system, QJRMS 126:649-667, https://doi.org/10.1002/qj.49712656313

    Examples
    --------
    >>> relative_economic_value(Contingency(5, 0, 0, 95), 0.1)
    1.0
    """
    if not table.cases:
        return float("nan")
    hit, false, miss = (n / table.cases for n in (table.hits, table.false_alarms, table.misses))
    base = hit + miss
    best = min(cost_loss, base)
    gap = best - cost_loss * base
    return (best - cost_loss * (hit + false) - miss) / gap if gap > 0 else float("nan")


def envelope_value(probability: Floats, event: Floats, cost_loss: float) -> float:
    """Return the value of acting whenever the probability exceeds cost over loss.

    Parameters
    ----------
    probability
        Shape (n,).
    event
        1 or 0, shape (n,).
    cost_loss
        Cost of acting over the loss it averts.

    References
    ----------
    Wilks, D. S. (2001), A skill score based on economic value for probability forecasts,
    Meteorological Applications 8:209-219, https://doi.org/10.1017/S1350482701002092

    Examples
    --------
    >>> import numpy as np
    >>> envelope_value(np.array([0.9, 0.0]), np.array([1.0, 0.0]), 0.1)
    1.0
    """
    return relative_economic_value(contingency(probability > cost_loss, event), cost_loss)


def return_period(years: float, activations: int) -> float:
    """Return the return period of activations in years: (years + 1) / activations.

    Examples
    --------
    >>> return_period(13, 2)
    7.0
    """
    return (years + 1) / activations if activations else float("inf")
