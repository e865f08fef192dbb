"""Displaced people by area, one to six months ahead, where counts by area month by month are what is known.

A plain statistical model: changes of the square root of people that followed past cases of this crisis at a
like level, two parts, pooled with no change, one part. Only rounds known by then teach: a change over h
months counts once it is over. Of areas that a round leaves out nothing is said, and never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.alike import Weighted, alike, drawn, pooled
from forestall.core.arrays import Floats
from forestall.schema.conventions import BAND

if TYPE_CHECKING:
    from forestall.crisis import Crisis

DRAWS = 300
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, eq=False)
class Rounds:
    """People displaced by area at some days.

    Parameters
    ----------
    areas
        Names.
    days
        Days since 1970, rising, shape (rounds,).
    people
        Shape (rounds, areas); not a number where a round leaves an area out.
    """

    areas: tuple[str, ...]
    days: Floats
    people: Floats

    def until(self, row: int) -> Rounds:
        """Return the rounds up to one, it included."""
        return Rounds(self.areas, self.days[: row + 1], self.people[: row + 1])

    def at(self, day: float) -> Floats:
        """Return people on a day, even between two rounds; not a number outside an area's own rounds.

        Examples
        --------
        >>> rounds = Rounds(("a", "b"), np.array([0.0, 10.0]), np.array([[0.0, 5.0], [10.0, np.nan]]))
        >>> rounds.at(5.0).tolist()
        [5.0, nan]
        """
        found = np.full(len(self.areas), np.nan)
        for column, people in enumerate(self.people.T):
            known = ~np.isnan(people)
            if known.any():
                found[column] = np.interp(day, self.days[known], people[known], np.nan, np.nan)
        return found


@cache
def numbers() -> dict[str, float]:
    """Return the numbers of the method by name."""
    import polars as pl

    table = pl.read_csv(str(files("forestall.displacement").joinpath("stocks.csv")))
    return dict(zip(table["name"], table["value"], strict=True))


def stocks_ahead(rounds: Rounds, months: float, draws: int = DRAWS) -> Floats | None:
    """Forecast displaced people by area so many months after the last round.

    Parameters
    ----------
    rounds
        What is known.
    months
        Months ahead.
    draws
        Draws.

    Returns
    -------
    numpy.ndarray or None
        Ascending draws, shape (areas, draws), not a number for an area that the last round leaves out;
        None where too few changes over so many months are over.
    """
    set_to = numbers()
    begins, changes = past_changes(rounds, months * set_to["month"], set_to["power"])
    if not len(begins):
        return None
    now = rounds.people[-1]
    known = ~np.isnan(now)
    level = np.log1p(now[known])[:, None]
    near = alike(np.log1p(begins)[:, None], changes, level, [set_to["level"]])
    still = Weighted(np.zeros(1), np.ones((int(known.sum()), 1)))
    parts = [near] * int(set_to["alike_parts"]) + [still] * int(set_to["still_parts"])
    roots = now[known, None] ** set_to["power"] + drawn(pooled(parts), draws)
    made = np.full((len(now), draws), np.nan)
    made[known] = np.rint(np.maximum(roots, 0.0) ** (1 / set_to["power"]))
    return made


def past_changes(rounds: Rounds, days: float, power: float) -> tuple[Floats, Floats]:
    """Return people before and the change of their power over so many days, of all areas and rounds.

    A last round that misses the end by less than half a month ends its change.
    """
    begins, changes, dates = [np.zeros(0)], [np.zeros(0)], 0
    for row, day in enumerate(rounds.days[:-1]):
        end = day + days
        if end > rounds.days[-1] + numbers()["near"]:
            break
        before, after = rounds.people[row], rounds.at(min(end, rounds.days[-1]))
        known = ~np.isnan(before) & ~np.isnan(after)
        dates += 1
        begins.append(before[known])
        changes.append(after[known] ** power - before[known] ** power)
    if dates < numbers()["fewest"]:
        return np.zeros(0), np.zeros(0)
    return np.concatenate(begins), np.concatenate(changes)


def rounds_of(crisis: Crisis) -> Rounds:
    """Return the stocks of a crisis by place and day as known at its moment, groups added up."""
    import polars as pl

    people = pl.coalesce("people", (pl.col("low") + pl.col("high")) / 2).cast(pl.Float64).alias("people")
    rows = crisis["stocks"].with_columns(people).drop_nulls("people")
    rows = rows.sort("known_at", "stock") if "known_at" in rows.columns else rows
    rows = rows.unique(["place", "group", "date"], keep="last", maintain_order=True)
    sums = rows.group_by("place", "date").agg(pl.col("people").sum())
    areas, days = sorted(set(sums["place"])), sorted(set(sums["date"]))
    table = np.full((len(days), len(areas)), np.nan)
    for place, day, total in sums.iter_rows():
        table[days.index(day), areas.index(place)] = total
    return Rounds(tuple(areas), np.array([float((day - EPOCH).days) for day in days]), table)


def are_monthly(rounds: Rounds, today: date) -> bool:
    """Return whether stocks are known month by month, up to lately; yearly figures are not.

    Examples
    --------
    >>> every = lambda days: Rounds(("a",), np.arange(8.0) * days, np.ones((8, 1)))
    >>> are_monthly(every(30), date(1970, 9, 1)), are_monthly(every(365), date(1977, 1, 1))
    (True, False)
    """
    set_to = numbers()
    newest = rounds.days[-int(set_to["fewest_rounds"]) :]
    if len(newest) < set_to["fewest_rounds"]:
        return False
    recent = (today - EPOCH).days - newest[-1] <= set_to["oldest"]
    return bool(recent and np.median(np.diff(newest)) <= set_to["longest_gap"])


def months_ahead(rounds: Rounds) -> list[dict[str, Any]]:
    """Return rows of the forecast from the last round: area, months, day, now, low, median, high.

    Low and high are 5 and 95 %. Areas that the last round leaves out have no row, nor have months over
    which too few changes are over.
    """
    if not len(rounds.days):
        return []
    last, rows = float(rounds.days[-1]), []
    for months in range(1, int(numbers()["most_months"]) + 1):
        made = stocks_ahead(rounds, months)
        if made is None:
            continue
        day = EPOCH + timedelta(days=round(last + months * numbers()["month"]))
        for area, now, draws in zip(rounds.areas, rounds.people[-1], made, strict=True):
            if not np.isnan(now):
                low, middle, high = (float(v) for v in np.quantile(draws, BAND))
                row = {"area": area, "months": months, "day": day, "now": float(now)}
                rows.append({**row, "low": low, "median": middle, "high": high})
    return rows
