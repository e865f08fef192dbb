"""People displaced inside a country and abroad within a year: plain rules that are learnt from all countries.

The year that is forecast is the calendar year in which most of the next twelve months lie. Figures of
a year come out in the middle of the next one, so that often two years lie between the newest figure and
that year; what is learnt from the past spans as many. Deaths, known months earlier, fill part of the gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from forestall.core.alike import Weighted, alike, drawn, own_years, pooled, steps
from forestall.core.arrays import Floats
from forestall.outlook.yearly import (
    EVER,
    Yearly,
    abroad_yearly,
    deaths_before,
    moved_yearly,
    neighbours_mean,
    number,
    numbers,
    stock_yearly,
)

DRAWS = 300
HALF_YEAR = timedelta(days=183)
DEFAULT = {"inside": "pool", "abroad": "analogues"}
"""The best rule of each on the years before 2019."""


@dataclass(frozen=True, eq=False)
class Cases:
    """What is learnt from and what is forecast.

    Parameters
    ----------
    names
        Names of the columns.
    before
        Past cases, shape (years, countries, columns).
    after
        What followed each, shape (years, countries).
    now
        Cases that are forecast, shape (countries, columns).
    """

    names: tuple[str, ...]
    before: Floats
    after: Floats
    now: Floats

    def only(self, *names: str) -> tuple[Floats, Floats, Floats]:
        """Return before, after and now of some columns, all years in one row of cases."""
        chosen = [self.names.index(name) for name in names]
        before = self.before[:, :, chosen].reshape(-1, len(chosen))
        return before, self.after.ravel(), self.now[:, chosen]


def target_year(as_of: datetime) -> int:
    """Return the calendar year in which most of the next twelve months lie.

    Examples
    --------
    >>> target_year(datetime(2018, 12, 31)), target_year(datetime(2018, 3, 1))
    (2019, 2018)
    """
    return (as_of + HALF_YEAR).year


def known_until(as_of: datetime, history: Yearly, *, waits: bool) -> Yearly:
    """Return what was out by the moment, or, where figures need no time, every year before the target."""
    return history if waits else history.until(target_year(as_of) - 1)


def inside_draws(
    as_of: datetime, countries: tuple[str, ...], draws: int = DRAWS, *, waits: bool = True
) -> dict[str, Floats]:
    """Forecast people newly displaced inside each country within a year, by each rule.

    Parameters
    ----------
    as_of
        Moment of knowledge in UTC.
    countries
        ISO3 codes.
    draws
        Draws.
    waits
        Whether figures are used only once they are out. False asks what they would be worth at once.

    Returns
    -------
    dict
        Ascending draws by rule, each of shape (countries, draws): "nobody", "last year", "own three
        years", "own years", "analogues", "steps" and "pool", the equal pool of the last three. Empty
        where too few years are known.
    """
    history = known_until(as_of, moved_yearly(as_of if waits else EVER, countries), waits=waits)
    if not history.years or len(history.years) <= target_year(as_of) - history.years[-1]:
        return {}
    past = np.log1p(history.values)
    stock = known_until(as_of, stock_yearly(as_of if waits else EVER, countries), waits=waits)
    cases = inside_cases(as_of, countries, history, stock)
    level, widths = ("moved", "deaths"), (number("alike_moved"), number("alike_deaths"))
    learnt = [
        own_years(past, int(number("own_years")), number("own_decay")),
        alike(*cases.only(*level), widths),
        steps(*cases.only(*cases.names), np.log1p(np.array(numbers()["step"])), number("ridge")),
    ]
    rules = {
        "nobody": own_years(past[-1:] * 0.0, 1, 1.0),
        "last year": own_years(past, 1, 1.0),
        "own three years": own_years(past, 3, 1.0),
        "own years": learnt[0],
        "analogues": learnt[1],
        "steps": learnt[2],
        "pool": pooled(learnt),
    }
    return {rule: people(drawn(made, draws)) for rule, made in rules.items()}


def inside_cases(as_of: datetime, countries: tuple[str, ...], history: Yearly, stock: Yearly) -> Cases:
    """Return cases of people moved: newest year, five years, neighbours, stock, deaths (log of 1 plus)."""
    target = target_year(as_of)
    ahead = target - history.years[-1]
    years = history.years[ahead:]
    past = np.log1p(history.values)
    five = np.stack([past[max(0, row - 4) : row + 1].mean(axis=0) for row in range(len(past))])
    deaths = np.log1p(deaths_before(as_of, countries, target, (*years, target)))
    columns = [past, five, neighbours_mean(past, countries), _aligned(stock, history.years)]
    table = np.stack(columns, axis=2)
    learnt = [table[: len(years)], deaths[:-1, :, None]]
    now = np.column_stack([table[-1], deaths[-1]])
    names = ("moved", "five years", "neighbours", "stock", "deaths")
    return Cases(names, np.concatenate(learnt, axis=2), past[ahead:], now)


def _aligned(stock: Yearly, years: tuple[int, ...]) -> Floats:
    """Return log of 1 plus the stock of some years; the newest before them where a year has none."""
    rows = [stock.until(year).values for year in years]
    width = stock.values.shape[1]
    newest = np.stack([some[-1] if len(some) else np.zeros(width) for some in rows])
    return np.asarray(np.log1p(newest), dtype=np.float64)


def abroad_draws(
    as_of: datetime, countries: tuple[str, ...], draws: int = DRAWS, *, waits: bool = True
) -> dict[str, Floats]:
    """Forecast people displaced abroad by origin at the end of the year, by each rule.

    Parameters
    ----------
    as_of, countries, draws, waits
        As for :func:`inside_draws`.

    Returns
    -------
    dict
        Ascending draws by rule, each of shape (countries, draws): "no change", "last change goes on",
        "own years" (the country's own changes) and "analogues" (changes that followed where the number
        abroad, its last change and deaths were alike).
    """
    history = known_until(as_of, abroad_yearly(as_of if waits else EVER, countries), waits=waits)
    ahead = target_year(as_of) - history.years[-1] if history.years else 0
    first = int(number("abroad_first"))
    if not history.years or history.years[-1] - ahead - 1 < first:
        return {}
    past = np.log1p(history.values)
    changes = past[ahead:] - past[:-ahead]
    cases = abroad_cases(as_of, countries, history, first)
    widths = [number(f"abroad_{name}") for name in cases.names]
    rules = {
        "no change": own_years(changes[-1:] * 0.0, 1, 1.0),
        "last change goes on": own_years(changes, 1, 1.0),
        "own years": own_years(changes, int(number("own_years")), number("own_decay")),
        "analogues": alike(*cases.only(*cases.names), widths),
    }
    return {rule: _after_change(past[-1], made, draws) for rule, made in rules.items()}


def abroad_cases(as_of: datetime, countries: tuple[str, ...], history: Yearly, first: int) -> Cases:
    """Return cases of people abroad: level, last year's change and deaths, and the change that followed."""
    target = target_year(as_of)
    ahead = target - history.years[-1]
    past = np.log1p(history.values)
    start = history.years.index(first)
    years = tuple(range(first + ahead, history.years[-1] + 1))
    deaths = np.log1p(deaths_before(as_of, countries, target, (*years, target)))
    level, change = past[start:], past[start:] - past[start - 1 : -1]
    table = np.stack([level, change], axis=2)
    before = np.concatenate([table[: len(years)], deaths[:-1, :, None]], axis=2)
    now = np.column_stack([table[-1], deaths[-1]])
    return Cases(("level", "change", "deaths"), before, level[ahead:] - level[:-ahead], now)


def _after_change(level: Floats, made: Weighted, draws: int) -> Floats:
    """Return people after drawn changes of the log, never fewer than nobody."""
    return people(np.maximum(level[:, None] + drawn(made, draws), 0.0))


def people(logs: Floats) -> Floats:
    """Return whole people of logs of 1 plus people.

    Examples
    --------
    >>> people(np.log1p(np.array([10_000.0]))).tolist()
    [10000.0]
    """
    return np.rint(np.expm1(logs))
