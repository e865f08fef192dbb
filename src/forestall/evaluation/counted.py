"""Counts as a judge reads them: what was known at a moment, what came later, and simple continuations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis

DAY = 86_400.0
WINDOW_DAYS = 3.0
RECENT_HOURS = 12.0
FEWEST_FOR_GROWTH = 4
"""Counts below which no growth curve is fitted."""


@dataclass(frozen=True, eq=False)
class Running:
    """A running total.

    Parameters
    ----------
    place, what : str
        Where, and whether people arrived there or left it.
    seconds : array of float, shape (n,)
        Moments since the epoch, rising.
    people : array of float, shape (n,)
        People so far.
    """

    place: str
    what: str
    seconds: Floats
    people: Floats

    def after(self, moment: datetime, days: float) -> Running:
        """Return the counts after a moment and within so many days of it."""
        start = moment.timestamp()
        keep = (self.seconds > start) & (self.seconds <= start + days * DAY)
        return Running(self.place, self.what, self.seconds[keep], self.people[keep])


def running_totals(crisis: Crisis, until: datetime | None = None) -> list[Running]:
    """Return running totals of people who arrived or left, the newest vintage of each count.

    Parameters
    ----------
    crisis : Crisis
        At a moment for what was known then, or whole for what is known by now.
    until : datetime, optional
        Last moment that a count may refer to.
    """
    import polars as pl

    rows = crisis["counts"].filter(
        pl.col("what").is_in(["arrived", "left"])
        & (pl.col("record") == "cumulative")
        & (pl.col("precision") != "interpolated")
    )
    rows = rows if until is None else rows.filter(pl.col("at") <= until)
    newest = rows.sort("known_at", "count").unique(["place", "what", "at"], keep="last", maintain_order=True)
    return [
        _running(str(place), str(what), group.sort("at"))
        for (place, what), group in sorted(newest.group_by("place", "what"), key=lambda item: str(item[0]))
    ]


def _running(place: str, what: str, rows: pl.DataFrame) -> Running:
    """Return the rows of one place as arrays."""
    seconds = np.array([at.timestamp() for at in rows["at"]], dtype=np.float64)
    return Running(place, what, seconds, rows["value"].to_numpy().astype(np.float64))


def continuations(known: Running, seconds: Floats) -> dict[str, Floats]:
    """Return what simple rules say at later moments, each from the counts known by then only.

    Parameters
    ----------
    known : Running
        Counts known at the moment.
    seconds : array of float, shape (n,)
        Moments since the epoch at which people are asked for.

    Examples
    --------
    >>> known = Running("gate", "arrived", np.array([0.0, DAY, 2 * DAY]), np.array([0.0, 100.0, 300.0]))
    >>> {name: v.round().tolist() for name, v in continuations(known, np.array([3 * DAY])).items()}
    {'persistence': [300.0], 'the last three days go on': [450.0], 'the recent rate goes on': [500.0]}
    """
    last, level = known.seconds[-1], known.people[-1]
    ahead = np.maximum(seconds - last, 0.0)
    out = {
        "persistence": np.full(len(seconds), level),
        "the last three days go on": level + _rate(known, WINDOW_DAYS * DAY) * ahead,
        "the recent rate goes on": level + _rate(known, RECENT_HOURS * 3600) * ahead,
    }
    grown = _logistic(known, seconds)
    return out if grown is None else {**out, "logistic growth": grown}


def _rate(known: Running, window: float) -> float:
    """Return people per second over the last part of the counts: so many seconds or a little more."""
    last = known.seconds[-1]
    before = np.flatnonzero(known.seconds <= last - window)
    first = int(before[-1]) if len(before) else 0
    if last <= known.seconds[first]:
        return 0.0
    return max(float((known.people[-1] - known.people[first]) / (last - known.seconds[first])), 0.0)


def _logistic(known: Running, seconds: Floats) -> Floats | None:
    """Return a logistic curve fitted to the counts, moved to go through the last; None where it cannot be.

    References
    ----------
    Verhulst, P.-F. (1838), Notice sur la loi que la population suit dans son accroissement.
    """
    from scipy.optimize import OptimizeWarning, curve_fit
    from scipy.special import expit

    if len(known.seconds) < FEWEST_FOR_GROWTH or known.people[-1] <= 0:
        return None
    days, top = (known.seconds - known.seconds[-1]) / DAY, float(known.people[-1])

    def curve(t: Floats, size: float, speed: float, middle: float) -> Floats:
        return np.asarray(size * expit(speed * (t - middle)), dtype=np.float64)

    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)
        try:
            found, _ = curve_fit(
                curve,
                days,
                known.people / top,
                p0=(1.5, 0.3, 0.0),
                bounds=([0.5, 0.001, -60.0], [20.0, 20.0, 120.0]),
                maxfev=5000,
            )
        except RuntimeError:
            return None
    ahead = (seconds - known.seconds[-1]) / DAY
    start = curve(np.zeros(1), *found)[0]
    return np.asarray(np.maximum(top + top * (curve(ahead, *found) - start), top), dtype=np.float64)


def chosen_moments(crisis: Crisis, most: int = 5) -> list[datetime]:
    """Return moments from which a replay has counts behind it and days of counts ahead of it.

    Evenly spaced over the first two thirds of the time for which counts were being published.

    Parameters
    ----------
    crisis : Crisis
        Whole.
    most : int
        How many.
    """
    import polars as pl

    rows = crisis["counts"].filter(pl.col("what").is_in(["arrived", "left"]))
    if rows.is_empty():
        return []
    span = rows.select(pl.col("known_at").min().alias("first"), pl.col("at").max().alias("last")).row(0)
    length: timedelta = (span[1] - span[0]) * (2 / 3)
    return [span[0] + length * (step / most) for step in range(1, most + 1)] if length > timedelta(0) else []
