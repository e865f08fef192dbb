"""How many people a war of so many deaths moves: the bound on flight that nobody has counted yet.

Of a whole country, violence reaches a part; how large a part nothing in a crisis says before people
are counted. Over country-years with violence the log of people newly displaced rises with the log of
deaths; a draw takes its own deaths and what the law leaves out, and no more people leave than that
(``tools/make_flight_scale.py`` makes ``scale.csv`` and names the sources). Where the holders of places
lose them in the draw, the size of areas lost elsewhere is a second bound, and the larger one counts.
Where a loss is known, the named cases speak alone and nothing is bounded.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Bools, Floats, Ints
from forestall.displacement.cases import load_cases

if TYPE_CHECKING:
    from forestall.crisis import Crisis

LOST = "control lost or given up"
FEWEST = 5
"""Named cases below which areas lost set no bound."""


@dataclass(frozen=True, slots=True)
class Law:
    """Log of people displaced in a year = intercept + slope x log of deaths, give or take sigma."""

    known_from: date
    intercept: float
    slope: float
    sigma: float
    country_years: int

    def people(self, deaths: Floats, score: Floats) -> Floats:
        """Return people displaced at standard normal scores.

        Examples
        --------
        >>> law = laws()[-1]
        >>> low, high = law.people(np.array([100.0, 1000.0]), np.zeros(2))
        >>> bool(5_000 < low < 20_000 < high < 200_000)
        True
        """
        mean = self.intercept + self.slope * np.log(np.maximum(deaths, 1.0))
        return np.asarray(np.exp(mean + self.sigma * score), dtype=np.float64)


@cache
def laws() -> tuple[Law, ...]:
    """Return the law as it could be known from each year on, oldest first."""
    text = files("forestall.displacement").joinpath("scale.csv").read_text(encoding="utf-8")
    return tuple(
        Law(
            date.fromisoformat(row["known_from"]),
            float(row["intercept"]),
            float(row["slope"]),
            float(row["sigma"]),
            int(row["country_years"]),
        )
        for row in csv.DictReader(text.splitlines())
    )


def law_at(day: date) -> Law | None:
    """Return the newest law known by a day; None before the first.

    Examples
    --------
    >>> law_at(date(2020, 1, 1)).known_from.year, law_at(date(1999, 1, 1))
    (2019, None)
    """
    known = [law for law in laws() if law.known_from <= day]
    return known[-1] if known else None


def areas_lost(day: date, score: Floats, exposed: float) -> Floats:
    """Return people who lived in areas whose holders lost them, at standard normal scores: lognormal.

    Infinite, so that it bounds nothing, where fewer than five cases were over by the day, or where no
    more people are exposed than lived in the middle case: such an area is lost as a whole.
    """
    cases = load_cases(known_by=day, regime=LOST)
    sizes = [math.log(sum(c.people_before) / 2) for c in cases if c.people_before is not None]
    if len(sizes) < FEWEST or exposed <= math.exp(float(np.median(sizes))):
        return np.full(len(score), np.inf)
    return np.asarray(np.exp(np.mean(sizes) + np.std(sizes) * score), dtype=np.float64)


def deaths_ahead(crisis: Crisis, draws: Ints, countries: list[str]) -> Floats | None:
    """Return deaths in a year of each draw in the countries of the exposed; None without an outlook."""
    import polars as pl

    outlook = crisis["outlook"].filter(pl.col("where").is_in(countries))
    if not outlook.height:
        return None
    months = max(1, outlook["month"].n_unique())
    total = outlook.group_by("draw").agg(pl.col("deaths").sum()).sort("draw")["deaths"].to_numpy()
    return np.asarray(total[draws % len(total)] * (12.0 / months), dtype=np.float64)


def share_of_scale(leaving: Floats, most: Floats) -> Floats:
    """Return the factor that keeps each draw's people who leave within its bound.

    Examples
    --------
    >>> share_of_scale(np.array([100.0, 100.0, 0.0]), np.array([50.0, 200.0, 10.0])).tolist()
    [0.5, 1.0, 1.0]
    """
    return np.asarray(np.minimum(1.0, most / np.maximum(leaving, 1e-9)).clip(0.0, 1.0), dtype=np.float64)


def most_who_leave(
    crisis: Crisis, draws: Ints, countries: list[str], score: Floats, lost: Bools, exposed: float
) -> Floats | None:
    """Return the most people who leave in each draw; None where nothing bounds them.

    Parameters
    ----------
    draws : array of int, shape (d,)
        Numbers of the draws.
    countries : list of str
        Countries of the exposed places.
    score : array of float, shape (d,)
        Standard normal scores of what the law leaves out.
    lost : array of bool, shape (d,)
        Whether the holders of the exposed places lose them.
    exposed : float
        People in the exposed places, the middle of the draws.
    """
    day = crisis.local_date()
    law, deaths = law_at(day), deaths_ahead(crisis, draws, countries)
    if law is None or deaths is None:
        return None
    bound = law.people(deaths, score)
    return np.where(lost, np.maximum(bound, areas_lost(day, score, exposed)), bound)
