"""Where a replay was right and where it was wrong: reckoned from the tables, never written by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.reporting.charts.fan import Count, Fan
from forestall.reporting.desk import Desk, wide
from forestall.schema.conventions import ALL, BAND, QUANTILES, column_of

Position = Literal["inside", "above", "below", "not comparable"]


@dataclass(frozen=True, slots=True)
class Half:
    """When half of the people had arrived: counted, and in the replay (median, 90 % interval)."""

    counted: datetime | None
    median: datetime | None
    low: datetime | None
    high: datetime | None

    @property
    def hours_late(self) -> float | None:
        """Hours by which the replay's median lies after the counted moment; negative = before."""
        if self.counted is None or self.median is None:
            return None
        return (self.median - self.counted).total_seconds() / 3600


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One arm of a replay beside what was counted.

    Parameters
    ----------
    arm : str
        "unconditional" or "if it happens".
    at : datetime
        Moment at which both are compared.
    counted : float or None
        People counted by then, known only later; None where no count falls within the horizon.
    q05, q50, q95 : float
        Quantiles of the replay at that moment.
    compared, inside : int
        Counts compared over the whole horizon, and how many lie in the 90 % band.
    half : Half
        When half had arrived.
    horizon_end : datetime or None
        Last moment of the replay, where it lies before ``at``; its last figures are compared then.
    """

    arm: str
    at: datetime
    counted: float | None
    q05: float
    q50: float
    q95: float
    compared: int
    inside: int
    half: Half
    horizon_end: datetime | None = None

    @property
    def position(self) -> Position:
        """Where the count lies against the 90 % band."""
        if self.counted is None:
            return "not comparable"
        return place_in_band(self.counted, self.q05, self.q95)

    @property
    def ratio(self) -> float | None:
        """Median over count, less one; negative = too low."""
        return self.q50 / self.counted - 1 if self.counted else None


def place_in_band(value: float, low: float, high: float) -> Position:
    """Return where a value lies against a band; its edges belong to it.

    Examples
    --------
    >>> place_in_band(5, 1, 5), place_in_band(6, 1, 5)
    ('inside', 'above')
    """
    return "below" if value < low else "above" if value > high else "inside"


def fan_of(desk: Desk, arm: str, place: str) -> Fan | None:
    """Return the fan of arrivals at a place, or None where the table does not hold it."""
    if not desk.has("arrivals_summary"):
        return None
    rows = desk.arm("arrivals_summary", arm).filter(pl.col("place") == place)
    table = wide(rows, ["at"], "people").sort("at").drop_nulls()
    if table.is_empty():
        return None
    columns = [table[column_of(q)].to_list() for q in QUANTILES]
    return Fan(table["at"].to_list(), *columns)


def counts_of(desk: Desk, place: str | None) -> list[Count]:
    """Return counts of arrivals by moment: those known then and, marked, those known only later.

    The newest vintage of each count. Of all places together only where every place that the forecast
    speaks of was counted, and only at moments at which all had been counted: unlike is never compared.
    """
    series = _series_of(desk)
    if place in series:
        return series[place]
    told = set(_places_of(desk))
    if place != ALL or not told or not told <= set(series):
        return []
    return _added([series[name] for name in sorted(told)])


def _series_of(desk: Desk) -> dict[str | None, list[Count]]:
    """Return the running totals of each place that was counted."""
    found: dict[str | None, dict[datetime, Count]] = {}
    for frame, later in ((desk.frame("counts"), False), (desk.later("counts"), True)):
        if frame.is_empty():
            continue
        rows = frame.filter((pl.col("what") == "arrived") & (pl.col("record") == "cumulative"))
        rows = rows.sort("at", "known_at") if "known_at" in rows.columns else rows.sort("at")
        for place, at, people in rows.select("place", "at", "value").iter_rows():
            known = found.setdefault(place, {})
            if not later or at not in known or known[at].later:
                known[at] = Count(at, float(people), later)
    return {place: [known[at] for at in sorted(known)] for place, known in found.items()}


def _places_of(desk: Desk) -> list[str]:
    """Return the places that the forecast of arrivals speaks of one by one."""
    if not desk.has("arrivals_summary"):
        return []
    return sorted(set(desk.frame("arrivals_summary")["place"].unique()) - {ALL})


def _added(series: Sequence[Sequence[Count]]) -> list[Count]:
    """Return the sum of running totals at the moments at which all of them had been counted."""
    start = max(counts[0].at for counts in series)
    end = min(counts[-1].at for counts in series)
    moments = sorted({count.at for counts in series for count in counts if start <= count.at <= end})
    out = []
    for at in moments:
        parts = [
            np.interp(at.timestamp(), [c.at.timestamp() for c in counts], [c.people for c in counts])
            for counts in series
        ]
        later = any(c.later for counts in series for c in counts if c.at == at)
        out.append(Count(at, float(np.sum(parts)), later))
    return out


@dataclass(frozen=True, slots=True)
class AtPlace:
    """One place at its last count within the horizon, beside what was known and nothing more.

    Parameters
    ----------
    place : str
        Place or country.
    at : datetime
        Moment of the count.
    counted, known : float or None
        People counted by then; the last count known at the moment of the replay, None where none was.
    q05, q50, q95 : float
        Quantiles of the replay.
    compared, inside : int
        Counts compared, and how many lie in the 90 % band.
    """

    place: str
    at: datetime
    counted: float
    known: float | None
    q05: float
    q50: float
    q95: float
    compared: int
    inside: int

    @property
    def closer(self) -> bool | None:
        """Whether the median is closer than the last known count held; None where none was known."""
        if self.known is None:
            return None
        return abs(self.q50 - self.counted) < abs(self.known - self.counted)


def by_place(desk: Desk, arm: str, *, by: datetime | None = None) -> list[AtPlace]:
    """Compare each place with its own counts, by moment.

    Parameters
    ----------
    desk : Desk
        With an ``outcome``.
    arm : str
        "unconditional" or "if it happens".
    by : datetime, optional
        Moment of the comparison; the last count within the horizon where None.
    """
    series = _series_of(desk)
    rows = []
    for place in _places_of(desk):
        fan = fan_of(desk, arm, place)
        counts = series.get(place, [])
        if fan is None:
            continue
        later = [
            c for c in counts if c.later and fan.at[0] <= c.at <= (by or fan.at[-1]) and c.at <= fan.at[-1]
        ]
        if not later:
            continue
        bands = [at_moment(fan, c.at) for c in later]
        inside = sum(
            place_in_band(c.people, b[0], b[4]) == "inside" for c, b in zip(later, bands, strict=True)
        )
        known = [c.people for c in counts if not c.later]
        low, _, middle, _, high = bands[-1]
        rows.append(
            AtPlace(
                place,
                later[-1].at,
                later[-1].people,
                known[-1] if known else None,
                low,
                middle,
                high,
                len(later),
                inside,
            )
        )
    return rows


def at_moment(fan: Fan, at: datetime) -> tuple[float, float, float, float, float]:
    """Return the five quantiles at a moment, straight between the moments of the fan."""
    xs = [moment.timestamp() for moment in fan.at]
    series: Sequence[Sequence[float]] = (fan.q05, fan.q25, fan.q50, fan.q75, fan.q95)
    a, b, c, d, e = (float(np.interp(at.timestamp(), xs, values)) for values in series)
    return a, b, c, d, e


def reckon(desk: Desk, arm: str, *, by: datetime | None = None) -> Reckoning | None:
    """Compare one arm with the counts known by now.

    Parameters
    ----------
    desk : Desk
        With an ``outcome``.
    arm : str
        "unconditional" or "if it happens".
    by : datetime, optional
        Moment of the comparison; the last count within the horizon where None.

    Returns
    -------
    Reckoning or None
        None where the arm or the counts are absent.
    """
    place = desk.entry
    fan = fan_of(desk, arm, place) if place else None
    counts = counts_of(desk, place)
    if fan is None or place is None or not counts:
        return None
    later = [c for c in counts if c.later and fan.at[0] <= c.at <= fan.at[-1] and (by is None or c.at <= by)]
    end = later[-1].at if later else min(by or fan.at[-1], fan.at[-1])
    bands = [at_moment(fan, c.at) for c in later]
    inside = sum(place_in_band(c.people, b[0], b[4]) == "inside" for c, b in zip(later, bands, strict=True))
    low, _, middle, _, high = at_moment(fan, end)
    counted = later[-1].people if later else None
    return Reckoning(
        arm, end, counted, low, middle, high, len(later), inside, half_of(desk, arm, place, end, counts)
    )


def half_of(desk: Desk, arm: str, place: str, end: datetime, counts: Sequence[Count]) -> Half:
    """Return when half of all arrivals by a moment had come: counted, and over the draws."""
    seen = [c for c in counts if c.at <= end]
    counted = halfway([c.at for c in seen], [c.people for c in seen]) if any(c.later for c in seen) else None
    times, weights = _halves(desk, arm, place, end)
    if not len(times):
        return Half(counted, None, None, None)
    low, middle, high = (weighted_quantile(times, weights, q) for q in BAND)
    zero = datetime.fromtimestamp(0, tz=end.tzinfo)
    return Half(counted, *(zero + timedelta(seconds=s) for s in (middle, low, high)))


def halfway(at: Sequence[datetime], people: Sequence[float]) -> datetime | None:
    """Return when a running total reached half of its last value, straight between two counts.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = [datetime(2023, 9, 24, tzinfo=UTC), datetime(2023, 9, 26, tzinfo=UTC)]
    >>> halfway(at, [0, 100]).isoformat()
    '2023-09-25T00:00:00+00:00'
    """
    if not people or people[-1] <= 0:
        return None
    target = people[-1] / 2
    last = next(index for index, value in enumerate(people) if value >= target)
    if last == 0:
        return at[0]
    part = (target - people[last - 1]) / (people[last] - people[last - 1])
    return at[last - 1] + (at[last] - at[last - 1]) * part


def _halves(desk: Desk, arm: str, place: str, end: datetime) -> tuple[Floats, Floats]:
    """Return for each draw with arrivals when half had come (seconds) and the draw's weight."""
    if not desk.has("arrivals"):
        return np.empty(0), np.empty(0)
    rows = desk.frame("arrivals").filter((pl.col("at") <= end) & (pl.col("place") == place))
    if rows.is_empty():
        hosts = desk.frame("places").filter(pl.col("hosts")).select("place")
        rows = desk.frame("arrivals").filter(pl.col("at") <= end).join(hosts, on="place")
    weights = weights_of(desk, arm)
    table = (
        rows.group_by("draw", "at").agg(pl.col("people").sum()).join(weights, on="draw").sort("draw", "at")
    )
    last = pl.col("people").last().over("draw")
    first = (
        table.filter((last > 0) & (pl.col("people") * 2 >= last))
        .group_by("draw", maintain_order=True)
        .first()
    )
    seconds = first["at"].dt.epoch("s").cast(pl.Float64).to_numpy()
    return seconds, first["weight"].to_numpy()


def weights_of(desk: Desk, arm: str) -> pl.DataFrame:
    """Return draw and weight of one arm; every draw has weight 1 where no episodes are at hand."""
    if desk.has("episodes"):
        rows = desk.frame("episodes")
        rows = rows.filter(pl.col("happens")) if arm == "if it happens" else rows
        return rows.select("draw", "weight")
    return desk.frame("arrivals").select("draw").unique().with_columns(weight=pl.lit(1.0))


def weighted_quantile(values: Floats, weights: Floats, q: float) -> float:
    """Return the smallest value below which a share q of the weight lies.

    Examples
    --------
    >>> weighted_quantile(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 2.0]), 0.5)
    2.0
    """
    order = np.argsort(values, kind="stable")
    mass = np.cumsum(weights[order])
    index = int(np.searchsorted(mass, q * mass[-1] - 1e-12))
    return float(values[order][min(index, len(values) - 1)])
