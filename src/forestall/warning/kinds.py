"""Kinds of violence: state-based, one-sided and non-state by year, and the mass killing of civilians.

State-based deaths miss who is killed outside fighting: of Rwanda 1994 they hold one in four hundred.  For
each kind a ridge logistic regression over all countries gives the odds that a calendar year has 25 deaths
or more, and for one-sided violence that it has a thousand or more, by the deaths of all three kinds in the
last known year and in the years before it.  It is fitted on the figures known at the moment, in a blink.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forestall.core.arrays import Bools, Floats
from forestall.core.logistic import fit_logistic, logistic, logistic_spread
from forestall.core.words import probability_words
from forestall.schema.conventions import EVENT_DEATHS
from forestall.warning import columns
from forestall.world import load_deaths

if TYPE_CHECKING:
    from collections.abc import Mapping

VIOLENCE = ("state-based", "one-sided", "non-state")
MASS = "mass killing of civilians"
MASS_DEATHS = 1000
"""One-sided deaths in a year from which it is a mass killing: the threshold of Ulfelder and Valentino."""
KEPT = 0.7
"""Share of the past that a further year keeps."""
RIDGE = 1.0
WIDTH = 1.645
FEWEST_YEARS = 8
AHEAD = 2
SOURCE = "UCDP organized violence by country and year 25.1 (CC BY 4.0), all countries"


@dataclass(frozen=True)
class Years:
    """Deaths by kind, year and country, NaN where unknown, shape (kinds, years, countries)."""

    first: int
    countries: tuple[str, ...]
    deaths: Floats

    @property
    def last(self) -> int:
        """Return the last year."""
        return self.first + int(self.deaths.shape[1]) - 1


@dataclass(frozen=True)
class Fitted:
    """Coefficients of one kind at one distance, with a root of their covariance."""

    coefficients: Floats
    spread: Floats
    cases: int
    events: int


def targets() -> Mapping[str, tuple[int, int]]:
    """Return what is forecast: the kind's place and the deaths in a year that count.

    Examples
    --------
    >>> targets()["one-sided"], targets()["mass killing of civilians"]
    ((1, 25), (1, 1000))
    """
    kinds = {name: (at, EVENT_DEATHS) for at, name in enumerate(VIOLENCE)}
    return {**kinds, MASS: (VIOLENCE.index("one-sided"), MASS_DEATHS)}


def read_years(as_of: datetime | None = None) -> Years:
    """Return deaths by year as known at a moment.

    Examples
    --------
    >>> from datetime import UTC
    >>> years = read_years(datetime(2023, 9, 10, tzinfo=UTC))
    >>> years.last
    2022
    """
    rows = load_deaths(as_of, by="year")
    codes = tuple(sorted(rows["iso3"].unique()))
    first, last = (int(str(end)) for end in (rows["year"].min() or 0, rows["year"].max() or 0))
    deaths = np.full((len(VIOLENCE), last - first + 1, len(codes)), np.nan)
    at = {code: index for index, code in enumerate(codes)}
    for kind, year, code, best in rows.select("violence", "year", "iso3", "best").iter_rows():
        deaths[VIOLENCE.index(kind), year - first, at[code]] = np.nan if best is None else best
    return Years(first, codes, deaths)


def features_of(years: Years) -> Floats:
    """Return what is looked at each year: log deaths, their fading past, whether 25 were passed.

    Parameters
    ----------
    years
        Deaths.

    Returns
    -------
    numpy.ndarray
        Shape (years, countries, features), the first feature 1.
    """
    log = np.log1p(np.nan_to_num(years.deaths))
    past = log.copy()
    for year in range(1, past.shape[1]):
        past[:, year] = KEPT * past[:, year - 1] + (1 - KEPT) * log[:, year]
    passed = (np.nan_to_num(years.deaths) >= EVENT_DEATHS).astype(float)
    one = np.ones((1, *log.shape[1:]))
    return np.moveaxis(np.concatenate([one, log, past, passed]), 0, -1)


def fit_kind(years: Years, features: Floats, what: str, ahead: int, until: int) -> Fitted:
    """Fit the odds of one kind so many years ahead on outcomes up to a year.

    Parameters
    ----------
    years, features
        Deaths, and what is looked at.
    what
        One of :func:`targets`.
    ahead
        Years between the last known and the one forecast.
    until
        Last year whose outcome may be used.
    """
    kind, limit = targets()[what]
    rows = slice(0, until - years.first + 1 - ahead)
    later = years.deaths[kind, ahead : until - years.first + 1]
    known: Bools = ~np.isnan(later) & ~np.isnan(years.deaths[kind, rows])
    design, outcome = features[rows][known], (later[known] >= limit).astype(float)
    weights = np.ones(len(outcome))
    coefficients = fit_logistic(design, outcome, weights, RIDGE)
    spread = logistic_spread(design, coefficients, weights, RIDGE)
    return Fitted(coefficients, spread, len(outcome), int(outcome.sum()))


def kinds_table(countries: Sequence[str], as_of: datetime | None) -> pl.DataFrame:
    """Return the odds of each kind of violence in the years after the last known.

    Parameters
    ----------
    countries
        ISO3 codes.
    as_of
        The moment; figures of later releases are not seen.

    Returns
    -------
    polars.DataFrame
        The table ``warning_kinds``; a country without a figure is "not assessed".
    """
    years = read_years(as_of)
    if years.deaths.shape[1] < FEWEST_YEARS:
        return pl.DataFrame(schema=columns.KINDS)
    features = features_of(years)
    rows = []
    for what in targets():
        for ahead in range(1, AHEAD + 1):
            fitted = fit_kind(years, features, what, ahead, years.last)
            rows += [_row(years, features, fitted, what, ahead, code) for code in countries]
    return pl.DataFrame(rows, schema=columns.KINDS).sort("where", "year", maintain_order=True)


def _row(
    years: Years, features: Floats, fitted: Fitted, what: str, ahead: int, code: str
) -> dict[str, object]:
    kind, limit = targets()[what]
    at = years.countries.index(code) if code in years.countries else None
    newest = float("nan") if at is None else float(years.deaths[kind, -1, at])
    row = {"where": code, "what": what, "year": years.last + ahead, "deaths": limit}
    words = (
        f"deaths of {VIOLENCE[kind]} violence in {years.last}: "
        f"{'not known' if np.isnan(newest) else f'{newest:,.0f}'}; {fitted.events:,} of {fitted.cases:,} "
        f"country-years since {years.first + ahead}. {SOURCE}"
    )
    if at is None or np.isnan(newest):
        return {**row, "p": None, "p_low": None, "p_high": None, "words": "not assessed", "rests_on": words}
    score = float(features[-1, at] @ fitted.coefficients)
    reach = WIDTH * float(np.sqrt(np.sum((features[-1, at] @ fitted.spread) ** 2)))
    low, p, high = logistic(np.array([score - reach, score, score + reach])).tolist()
    return {**row, "p": p, "p_low": low, "p_high": high, "words": probability_words(p), "rests_on": words}
