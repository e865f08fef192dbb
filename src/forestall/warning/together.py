"""Two sides of one war: deaths in their countries move together, and a war between them has odds of its own.

Deaths are located in a country, so that one war may show in two.  How much two series move together is
taken from wars between neighbours, and moved by what the two countries' own last ten years say: a normal
prior on Fisher's z with the mean and spread over past wars, each year of the pair with deaths one
observation.  Draws of the pair are tied by that correlation; the distribution of each country stays
as it is.  For other pairs none is taken: beyond what each forecast says, deaths in rival or neighbouring
countries were not shown to move together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forestall.core.arrays import Bools, Floats
from forestall.core.words import probability_words
from forestall.war.parties import parts, same
from forestall.war.rates import load_rates, value

if TYPE_CHECKING:
    from forestall.crisis import Crisis
    from forestall.warning.panel import Panel

RECORD = 120
"""Months of a pair's own record that say how much it moves together."""
FEWEST_YEARS = 4
"""Years with deaths from which the own record counts: Fisher's z has the variance 1 / (n - 3)."""
WIDTH = 1.645
STRONGEST = 0.95
TINY = 1e-9
NODES = 41
FORCE = (("within a year", 365), ("within five years", 1826), ("within ten years", 3652))


@dataclass(frozen=True)
class Tie:
    """Two countries that are sides of one war.

    Parameters
    ----------
    pair
        ISO3 codes in order.
    last
        Day of the last act of violence between them.
    """

    pair: tuple[str, str]
    last: date


@dataclass(frozen=True)
class Correlation:
    """How much deaths of two sides move together, with its 90 % interval; none below zero is taken."""

    value: float
    low: float
    high: float
    years: int


def read_ties(crisis: Crisis, countries: Sequence[str]) -> tuple[Tie, ...]:
    """Return the pairs of countries between which an act of violence is known, in order.

    Parameters
    ----------
    crisis
        At its moment; reads ``events`` and ``actors``.
    countries
        ISO3 codes to warn for.

    Returns
    -------
    tuple of Tie
        Sides are known by the actors of a name; an act of a group without a country ties nobody.
    """
    known = crisis["actors"].filter((pl.col("kind") == "state") & pl.col("iso3").is_in(list(countries)))
    names = list(known.select("name", "iso3").iter_rows())
    acts = crisis["events"].filter(
        (pl.col("kind") == "violence")
        & (pl.col("stance") == "conflict")
        & (pl.col("date") <= crisis.local_date())
    )
    last: dict[tuple[str, str], date] = {}
    for day, actor, target in acts.sort("date").select("date", "actor", "target").iter_rows():
        sides = [
            {code for name, code in names for part in parts(text) if same(name, part)}
            for text in (actor, target)
        ]
        for one in sides[0]:
            for other in sides[1] - sides[0]:
                first, second = sorted((one, other))
                last[first, second] = day
    return tuple(Tie(pair, day) for pair, day in sorted(last.items()))


def correlation_of(one: Floats, other: Floats) -> Correlation:
    """Return how much two series of monthly deaths move together, the own record moving the base rate.

    Parameters
    ----------
    one, other
        Deaths by month up to the last known, NaN where unknown, shape (months,).

    Examples
    --------
    >>> quiet = np.zeros(120)
    >>> correlation_of(quiet, quiet).value == value("together", "sides of one war")
    True
    >>> lively = np.tile([0.0, 0.0, 80.0], 40)
    >>> correlation_of(lively, lively).value > correlation_of(quiet, quiet).value
    True
    """
    mean, spread = np.arctanh(value("together", "sides of one war")), value("together", "spread")
    weight, years = 1 / spread**2, 0
    recent = np.log1p(np.stack([one[-RECORD:], other[-RECORD:]]))
    recent = recent[:, ~np.isnan(recent).any(axis=0)]
    if recent.shape[1] and (recent.std(axis=1) > 0).all():
        active = np.max(recent, axis=0) > 0
        years = sum(bool(active[at : at + 12].any()) for at in range(0, len(active), 12))
    if years >= FEWEST_YEARS:
        own = np.arctanh(np.clip(np.corrcoef(recent)[0, 1], -STRONGEST, STRONGEST))
        mean = (mean * weight + own * (years - 3)) / (weight + years - 3)
        weight += years - 3
    reach = WIDTH / np.sqrt(weight)
    low, middle, high = (float(np.tanh(max(mean + step, 0.0))) for step in (-reach, 0.0, reach))
    return Correlation(middle, low, min(high, STRONGEST), years if years >= FEWEST_YEARS else 0)


def correlations(panel: Panel, ties: Sequence[Tie]) -> dict[tuple[str, str], Correlation]:
    """Return how much each pair of a panel moves together."""
    at = {code: index for index, code in enumerate(panel.countries)}
    return {
        tie.pair: correlation_of(panel.deaths[:, at[tie.pair[0]]], panel.deaths[:, at[tie.pair[1]]])
        for tie in ties
        if all(code in at for code in tie.pair)
    }


def tied_scores(scores: Floats, codes: Sequence[str], found: Mapping[tuple[str, str], Correlation]) -> Floats:
    """Tie independent normal scores of countries by the correlations of their pairs.

    Parameters
    ----------
    scores
        Independent standard normal scores, shape (countries, ...).
    codes
        ISO3 codes of the countries.
    found
        Correlation by pair; a pair that is absent is not tied.

    Returns
    -------
    numpy.ndarray
        Standard normal scores of the same shape; the first country's are unchanged.

    Examples
    --------
    >>> made = tied_scores(np.array([[1.0], [0.0]]), ["A", "B"], {("A", "B"): Correlation(0.5, 0.0, 0.9, 0)})
    >>> made.ravel().tolist()
    [1.0, 0.5]
    """
    matrix = np.eye(len(codes))
    for (one, other), correlation in found.items():
        if one in codes and other in codes:
            i, j = codes.index(one), codes.index(other)
            matrix[i, j] = matrix[j, i] = correlation.value
    values, vectors = np.linalg.eigh(matrix)
    if values[0] <= 0:  # Pairs estimated one by one need not fit each other: the nearest that do.
        matrix = vectors @ np.diag(np.maximum(values, TINY)) @ vectors.T
        size = np.sqrt(np.diag(matrix))
        matrix = matrix / size[:, None] / size[None]
    tied: Floats = np.tensordot(np.linalg.cholesky(matrix), scores, axes=1)
    return tied


def both_chance(one: float, other: float, correlation: float) -> float:
    """Return the chance of two events whose normal scores have a correlation of 0 to 1.

    Examples
    --------
    >>> both_chance(0.5, 0.5, 0.0)
    0.25
    >>> round(both_chance(0.5, 0.5, 0.5), 3)
    0.333
    """
    from scipy.special import ndtr, ndtri

    if correlation <= 0 or not 0 < one < 1 or not 0 < other < 1:
        return one * other
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    shared, own = np.sqrt(correlation) * nodes, np.sqrt(1 - correlation)
    within = ndtr((ndtri(one) - shared) / own) * ndtr((ndtri(other) - shared) / own)
    return float(within @ weights / weights.sum())


@dataclass(frozen=True)
class Side:
    """One side's months within a window: which draws have an event, and the interval of the chance."""

    event: Bools
    low: float
    high: float


def pair_rows(tie: Tie, within: int, sides: tuple[Side, Side], found: Correlation) -> list[dict[str, object]]:
    """Return the joint odds of two sides of one war within so many months.

    Parameters
    ----------
    tie
        The pair.
    within
        Months.
    sides
        Of each country: draws with an event, shape (draws,), and the 90 % interval of its chance.
    found
        How much the two move together.

    Returns
    -------
    list of dict
        Rows of ``warning_pairs``: an event in either, an event in both.
    """
    a, b = sides
    lows = (a.low, b.low, both_chance(a.low, b.low, found.low), both_chance(a.low, b.low, found.high))
    highs = (a.high, b.high, both_chance(a.high, b.high, found.low), both_chance(a.high, b.high, found.high))
    either = (float(np.mean(a.event | b.event)), lows[0] + lows[1] - lows[3], highs[0] + highs[1] - highs[2])
    both = (float(np.mean(a.event & b.event)), lows[2], highs[3])
    own = f", moved by {found.years} years of their own with deaths" if found.years else ""
    words = (
        f"draws of both countries, log deaths tied by {found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
        f"{own}. {load_rates()['together', 'sides of one war'].source}"
    )
    return [
        _row(tie, what, within, (p, min(low, p), max(high, p)), words)
        for what, (p, low, high) in (("an event in either", either), ("an event in both", both))
    ]


def war_rows(tie: Tie, windows: Sequence[int], today: date) -> list[dict[str, object]]:
    """Return the odds of a war between the two states as such, by how long ago one used force on the other.

    None where that is more than ten years ago: nothing was counted for it.
    """
    ago = (today - tie.last).days
    case = next((name for name, days in FORCE if ago <= days), None)
    if case is None:
        return []
    rate = load_rates()["war between states", case]
    rows = []
    for within in windows:
        figures = [1 - (1 - (f or 0.0)) ** (within / 12) for f in (rate.value, rate.low, rate.high)]
        words = f"last act of violence between the two known: {tie.last:%d %B %Y}. {rate.source}"
        rows.append(_row(tie, "war between the two", within, (figures[0], figures[1], figures[2]), words))
    return rows


def _row(
    tie: Tie, what: str, within: int, figures: tuple[float, float, float], words: str
) -> dict[str, object]:
    ends = dict(zip(("p", "p_low", "p_high"), figures, strict=True))
    return {
        "where_a": tie.pair[0],
        "where_b": tie.pair[1],
        "what": what,
        "within_months": within,
        **ends,
        "words": probability_words(figures[0]),
        "rests_on": words,
    }
