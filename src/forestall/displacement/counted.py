"""What was counted: every known count read together, totals and their parts never twice.

A count is a running total or a period, of people who arrived at a place or who left one, and a
place may be a country or an area.  Of each (place, what, record, moment) the newest vintage known
counts.  Running totals that fall were corrected: what was said before is brought down to what was
said later.  What is not used is named with the reason, never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats
from forestall.displacement.onset import HOUR

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis

SPREAD = {"stated": 0.1, "approx": 0.2, "day": 0.4}
"""Standard deviation of the log of what was counted between two counts: rounding, the hour of the count."""
NOT_PEOPLE = {
    "vehicles": "vehicles, not people",
    "wounded": "wounded people, who are among those who arrived",
    "in_accommodation": "people in accommodation, who are among those who arrived",
}
MOST_COUNTS = 120
"""Counts of one series that are compared; of more, every second one and so on."""


@dataclass(frozen=True, eq=False)
class Series:
    """One running total.

    Parameters
    ----------
    place : str
        Place, area or country where it was counted.
    what : str
        ``arrived`` or ``left``.
    leaves : tuple of str
        Places of reception that it covers.
    hours : array of float, shape (n,)
        Hours from the moment of knowledge, rising.
    totals : array of float, shape (n,)
        People so far, never falling.
    spread : array of float, shape (n,)
        Standard deviation of the log of what was counted since the count before.
    """

    place: str
    what: str
    leaves: tuple[str, ...]
    hours: Floats
    totals: Floats
    spread: Floats

    def at(self, hours: Floats, start: float) -> Floats:
        """Return the total at some hours: nobody at the start, even between counts, held after the last."""
        first = min(start, float(self.hours[0]) - 1e-6)
        grid, totals = np.append(first, self.hours), np.append(0.0, self.totals)
        return np.asarray(np.interp(hours, grid, totals), dtype=np.float64)

    def rate(self, window: float, start: float) -> float:
        """Return people per hour over the last hours before the last count."""
        end = float(self.hours[-1])
        begin = max(min(start, float(self.hours[0]) - 1e-6), end - window)
        some = self.at(np.array([begin, end]), start)
        return float((some[1] - some[0]) / max(end - begin, 1e-6))


@dataclass(frozen=True)
class Unused:
    """Counts that are left aside, and why."""

    place: str
    what: str
    rows: int
    why: str


@dataclass(frozen=True, eq=False)
class Counted:
    """All that was counted: disjoint series of arrivals, at most one total of those who left."""

    arrived: tuple[Series, ...]
    left: Series | None
    unused: tuple[Unused, ...]

    @property
    def names(self) -> str:
        """Places with a series, as text."""
        return ", ".join(s.place for s in (*self.arrived, *([self.left] if self.left else [])))

    @property
    def any(self) -> bool:
        """Whether anything was counted."""
        return bool(self.arrived) or self.left is not None


def known_counts(crisis: Crisis, since: datetime | None = None) -> pl.DataFrame:
    """Return counts that refer to the past, after a moment where one is given; the newest vintage of each."""
    import polars as pl

    rows = crisis["counts"].filter(pl.col("at") <= crisis.moment)
    rows = rows if since is None else rows.filter(pl.col("at") >= since)
    if "known_at" in rows.columns:
        rows = rows.sort("known_at", "count", nulls_last=False)
    return rows.unique(["place", "what", "record", "at"], keep="last", maintain_order=True).sort(
        "at", "count"
    )


def counted_places(crisis: Crisis) -> list[str]:
    """Return the places at which arrivals are known to have been counted, sorted."""
    import polars as pl

    rows = known_counts(crisis)
    rows = rows.filter((pl.col("what") == "arrived") & (pl.col("precision") != "interpolated"))
    return sorted(rows["place"].unique().to_list())


def read_counted(
    crisis: Crisis, origins: Sequence[str], reception: Sequence[str], since: datetime | None = None
) -> Counted:
    """Return all series known by the moment, and what is not used.

    Parameters
    ----------
    crisis : Crisis
        At its moment.
    origins, reception : sequence of str
        Places that people leave, and where they are received first.
    since : datetime, optional
        Beginning of the flight: what was counted before is of another one.
    """
    import polars as pl

    rows, unused = known_counts(crisis, since), list[Unused]()
    if since is not None:
        unused += [
            Unused(str(place), str(what), some, f"counted before this flight began, by {since:%Y-%m-%d}")
            for place, what, some in known_counts(crisis)
            .filter(pl.col("at") < since)
            .group_by("place", "what", maintain_order=True)
            .len()
            .iter_rows()
        ]
    found: list[Series] = []
    for (place, what), group in rows.group_by("place", "what", maintain_order=True):
        reason = NOT_PEOPLE.get(str(what))
        usable = group.filter(pl.col("precision") != "interpolated")
        if usable.height < group.height:
            some = group.height - usable.height
            unused.append(Unused(str(place), str(what), some, "interpolated, not counted"))
        series = None
        if reason is None and usable.height:
            series, reason = _series(crisis, usable, str(place), str(what), origins, reception)
        if series is not None:
            found.append(series)
        elif reason is not None:
            unused.append(Unused(str(place), str(what), usable.height, reason))
    if since is not None:
        found += present_by_area(crisis, reception, since)
    return _disjoint(found, unused)


def present_by_area(crisis: Crisis, reception: Sequence[str], since: datetime) -> list[Series]:
    """Return the last stock of displaced people at each place of reception, as one point of a series.

    Groups are added up; of each date the newest vintage counts.
    """
    import polars as pl

    people = pl.coalesce("people", (pl.col("low") + pl.col("high")) / 2).cast(pl.Float64)
    rows = crisis["stocks"].with_columns(n=people).drop_nulls("n")
    rows = rows.filter(pl.col("place").is_in(list(reception)) & (pl.col("date") >= since.date()))
    if "known_at" in rows.columns:
        rows = rows.sort("known_at", "stock")
    rows = rows.unique(["place", "group", "date"], keep="last", maintain_order=True)
    last = rows.filter(pl.col("date") == pl.col("date").max().over("place"))
    found = []
    for place, day, total in last.group_by("place", "date").agg(pl.col("n").sum()).sort("place").iter_rows():
        end = datetime.combine(day + timedelta(days=1), time(), crisis.zone)
        hours = min((end - crisis.moment).total_seconds() / HOUR, -1.0)
        if total > 0:
            spread = np.array([SPREAD["day"]])
            found.append(Series(place, "stock", (place,), np.array([hours]), np.array([total]), spread))
    return found


def _series(
    crisis: Crisis,
    rows: pl.DataFrame,
    place: str,
    what: str,
    origins: Sequence[str],
    reception: Sequence[str],
) -> tuple[Series | None, str | None]:
    """Return the series of one place, or why there is none."""
    leaves = tuple(leaves_of(crisis, place, reception))
    if what == "left" and not holds_all(crisis, place, origins):
        return None, "people who left one place of several; where they went was not counted"
    if what != "left" and not leaves:
        return None, "no place of reception lies there"
    hours, totals, spread = running_total(crisis, rows)
    if not len(hours) or totals[-1] <= 0:
        return None, "nobody was counted"
    return Series(place, what, leaves, hours, totals, spread), None


def running_total(crisis: Crisis, rows: pl.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Return hours from the moment, the running total and the spread of each increment.

    Where both records are there, running totals count, since periods may leave gaps.
    """
    import polars as pl

    kind = "cumulative" if (rows["record"] == "cumulative").any() else "period"
    some = rows.filter(pl.col("record") == kind)
    hours = np.array([(at - crisis.moment).total_seconds() / HOUR for at in some["at"]], dtype=np.float64)
    value = some["value"].to_numpy().astype(np.float64)
    value = np.cumsum(value) if kind == "period" else value
    totals = np.minimum.accumulate(value[::-1])[::-1] if len(value) else value
    spread = np.array([SPREAD.get(p, 0.4) for p in some["precision"]], dtype=np.float64)
    keep = np.append(hours[1:] > hours[:-1], True) if len(hours) else np.zeros(0, dtype=np.bool_)
    if keep.sum() > MOST_COUNTS:
        every = int(np.ceil(keep.sum() / MOST_COUNTS))
        chosen = np.flatnonzero(keep)[::-1][::every][::-1]
        keep = np.isin(np.arange(len(keep)), chosen)
    return hours[keep], totals[keep], spread[keep]


def leaves_of(crisis: Crisis, place: str, reception: Sequence[str]) -> Iterator[str]:
    """Yield the places of reception that a place is, or that lie in it where it is a country or an area."""
    if place in reception:
        yield place
        return
    rows = {row["place"]: row for row in crisis["places"].iter_rows(named=True)}
    own = rows.get(place)
    if own is None:
        return
    for leaf in reception:
        row = rows[leaf]
        same = row["country"] == own["country"] and own["country"] is not None
        inside = same and own["admin1"] is not None and row["admin1"] == own["admin1"]
        if (own["kind"] == "country" and same) or (own["kind"] == "admin" and inside):
            yield leaf


def holds_all(crisis: Crisis, place: str, origins: Sequence[str]) -> bool:
    """Return whether a country or area holds every origin."""
    import polars as pl

    rows = crisis["places"]
    own = rows.filter(pl.col("place") == place)
    if not own.height:
        return False
    if list(origins) == [place]:
        return True
    column = "country" if own["kind"][0] == "country" else "admin1"
    if own["kind"][0] not in {"country", "admin"}:
        return False
    inside = rows.filter(pl.col("place").is_in(list(origins)))[column].to_list()
    return all(value == own[column][0] for value in inside)


def _disjoint(found: Sequence[Series], unused: list[Unused]) -> Counted:
    """Return series that hold nobody twice: the one with the most counts of each place first."""
    left = sorted((s for s in found if s.what == "left"), key=lambda s: (-len(s.hours), s.place))
    unused.extend(Unused(o.place, "left", len(o.hours), f"{left[0].place} counts them too") for o in left[1:])
    taken: dict[str, str] = {}
    arrived: list[Series] = []
    order = {"arrived": 0, "registered": 1, "stock": 2}
    for series in sorted(
        (s for s in found if s.what != "left"),
        key=lambda s: (order[s.what], -len(s.hours), len(s.leaves), s.place),
    ):
        held = next((taken[leaf] for leaf in series.leaves if leaf in taken), None)
        if held is not None:
            why = f"the counts at {held} hold these people already"
            unused.append(Unused(series.place, series.what, len(series.hours), why))
            continue
        taken |= dict.fromkeys(series.leaves, series.place)
        arrived.append(series)
    return Counted(tuple(sorted(arrived, key=lambda s: s.place)), left[0] if left else None, tuple(unused))
