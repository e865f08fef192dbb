"""What was known by a moment of every country, year by year: people moved, inside, abroad, and deaths."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.world import load_abroad, load_counted_with, load_deaths, load_inside, load_neighbours

FIRST_YEAR = 2009
"""First year of the source; a country that it does not list in a year it covers had no movement reported."""
EVER = datetime.max.replace(tzinfo=UTC)
WINDOW = 12
"""Months of deaths that count for a year."""


@dataclass(frozen=True, eq=False)
class Yearly:
    """A figure of every country in years that follow each other.

    Parameters
    ----------
    years
        Years, rising by one.
    values
        Shape (years, countries).
    """

    years: tuple[int, ...]
    values: Floats

    def until(self, year: int) -> Yearly:
        """Return the years up to one."""
        kept = sum(1 for own in self.years if own <= year)
        return Yearly(self.years[:kept], self.values[:kept])

    def of(self, year: int) -> Floats:
        """Return the row of a year, shape (countries,)."""
        row: Floats = self.values[self.years.index(year)]
        return row


@cache
def numbers() -> dict[str, tuple[float, ...]]:
    """Return the numbers of the yearly forecasts by name; several where a name stands in several rows."""
    table = pl.read_csv(str(files("forestall.outlook").joinpath("yearly.csv")))
    return {str(name): tuple(rows["value"]) for (name,), rows in table.group_by("name", maintain_order=True)}


def number(name: str) -> float:
    """Return one number of the yearly forecasts by its name."""
    (value,) = numbers()[name]
    return value


def with_counted_elsewhere(countries: tuple[str, ...], listed: pl.Series) -> tuple[str, ...]:
    """Add the listed countries whose deaths are counted together with those of one that is there.

    Examples
    --------
    >>> with_counted_elsewhere(("ISR", "MAR"), pl.Series(["PSE"]))
    ('ISR', 'MAR', 'PSE')
    """
    known = set(listed)
    more = [
        iso3
        for iso3, together in load_counted_with().select("iso3", "counted_with").rows()
        if together in countries and iso3 not in countries and iso3 in known
    ]
    return (*countries, *more)


def moved_yearly(as_of: datetime, countries: tuple[str, ...]) -> Yearly:
    """Return people moved inside within each year, as known by a moment."""
    rows = load_inside(as_of).drop_nulls("moved").filter(pl.col("year") >= FIRST_YEAR)
    return _table(rows.select("iso3", "year", "moved"), countries)


def stock_yearly(as_of: datetime, countries: tuple[str, ...]) -> Yearly:
    """Return people displaced inside at the end of each year, as known by a moment."""
    rows = load_inside(as_of).drop_nulls("stock").filter(pl.col("year") >= FIRST_YEAR)
    return _table(rows.select("iso3", "year", "stock"), countries)


def abroad_yearly(as_of: datetime, countries: tuple[str, ...]) -> Yearly:
    """Return people displaced abroad by origin at the end of each year, as known by a moment."""
    people = (pl.col("refugees") + pl.col("asylum_seekers") + pl.col("others")).sum().alias("people")
    rows = load_abroad(as_of).group_by(pl.col("origin").alias("iso3"), "year").agg(people)
    return _table(rows, countries)


def _table(rows: pl.DataFrame, countries: tuple[str, ...]) -> Yearly:
    """Return rows of iso3, year and people as a table without gaps between years."""
    if not rows.height:
        return Yearly((), np.zeros((0, len(countries))))
    first, last = int(rows["year"].to_numpy().min()), int(rows["year"].to_numpy().max())
    values = np.zeros((last - first + 1, len(countries)))
    column = {code: index for index, code in enumerate(countries)}
    for iso3, year, people in rows.iter_rows():
        if iso3 in column:
            values[year - first, column[iso3]] = people
    return Yearly(tuple(range(first, last + 1)), values)


def deaths_before(as_of: datetime, countries: tuple[str, ...], target: int, years: tuple[int, ...]) -> Floats:
    """Return deaths of twelve months for forecasts of some years, shape (years, countries).

    The twelve months known last by the moment stand for the year that is forecast, the same months of
    earlier years for those that are learnt from. All kinds of organised violence are added up.

    Parameters
    ----------
    as_of
        Moment of knowledge in UTC.
    countries
        ISO3 codes.
    target
        Year that is forecast.
    years
        Years to return.
    """
    months, sums = _deaths_so_far(as_of, countries)
    found = np.zeros((len(years), len(countries)))
    for index, year in enumerate(years):
        end = len(months) - WINDOW * (target - year)
        if end >= WINDOW:
            found[index] = sums[end] - sums[end - WINDOW]
    return found


def _deaths_so_far(as_of: datetime, countries: tuple[str, ...]) -> tuple[list[int], Floats]:
    """Return months and deaths up to each of them, shape (months + 1, countries), newest vintages known."""
    rows = load_deaths(as_of).sort("known_at").unique(["iso3", "start", "violence"], keep="last")
    month = pl.col("start").dt.year().cast(pl.Int64) * 12 + pl.col("start").dt.month()
    sums = rows.group_by("iso3", month.alias("month")).agg(pl.col("best").sum())
    if not sums.height:
        return [], np.zeros((1, len(countries)))
    first, last = int(sums["month"].to_numpy().min()), int(sums["month"].to_numpy().max())
    table = np.zeros((last - first + 2, len(countries)))
    together = dict(load_counted_with().select("iso3", "counted_with").iter_rows())
    columns: dict[str, list[int]] = {}
    for index, code in enumerate(countries):
        columns.setdefault(together.get(code, code), []).append(index)
    for iso3, number_of_month, deaths in sums.iter_rows():
        table[number_of_month - first + 1, columns.get(iso3, [])] = deaths
    return list(range(first, last + 1)), np.cumsum(table, axis=0)


def neighbours_mean(values: Floats, countries: tuple[str, ...]) -> Floats:
    """Return the mean over each country's neighbours by land, 0 without any, shape as given.

    Parameters
    ----------
    values
        Shape (years, countries).
    countries
        ISO3 codes.
    """
    column = {code: index for index, code in enumerate(countries)}
    joined = np.zeros((len(countries), len(countries)))
    for iso3, neighbour in load_neighbours().select("iso3", "neighbour").iter_rows():
        if iso3 in column and neighbour in column:
            joined[column[neighbour], column[iso3]] = 1.0
    return np.asarray(values @ joined / np.maximum(joined.sum(axis=0), 1.0), dtype=np.float64)
