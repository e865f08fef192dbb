"""The nowcast: counted so far, by Friday, by the end of the month, and when half and most have come.

A counted flight needs its course alone: the counts are read, the draws fitted to them and carried on.
Nothing is warned of, laid on roads, prepared or acted on, so that one more count costs seconds, and the
figures are those of the whole chain for the same seed. Where nobody was counted the chain's are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.arrays import Bools, Floats
from forestall.displacement.counted import Counted, Series
from forestall.displacement.environment import horizon_end
from forestall.displacement.forecast import Forecast, arrived_by, make_forecast
from forestall.displacement.onset import HOUR
from forestall.displacement.results import ARMS, hours_after, over_all_draws
from forestall.displacement.stocks import are_monthly, months_ahead, rounds_of
from forestall.displacement.worlds import LEAST_CHANCE, worlds_of
from forestall.options.displace import DisplaceOptions
from forestall.schema.conventions import ALL, BAND

if TYPE_CHECKING:
    from forestall.crisis import Crisis

SHARES = {"half": 0.5, "most": 0.95}
"""Shares of those who come within the horizon, by the name of their day."""
FRIDAY = 4
DIFFERENT = 1.1
"""Ratio of medians from which worlds are told apart."""
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Nowcast:
    """What is counted and what comes.

    Parameters
    ----------
    counted : bool
        Whether the draws go on from counts; else they are the chain's.
    begun : bool
        Whether violence, and with it the flight, began before the moment.
    friday, month_end, until : datetime
        End of the next Friday, of the month, and of the horizon, in UTC.
    guessed : bool
        Whether a part of all people was counted nowhere and rests on what other wars showed.
    rows : list of dict
        place, name, what, arm, world, probability; counted, counted_at; friday_ and month_end_ with low,
        median and high (5, 50 and 95 %) and chance, that anybody has come; half_ and most_ with the
        moment by which half and 95 % of those who come within the horizon have come, and half_days_ and
        most_days_, days after the flight begins. Null where nobody comes.
    stocks : list of dict
        Displaced people by area one to six months after their last round, where rounds come month by
        month: area, months, day, now, low, median, high.
    unused : list of dict
        Counts that are left aside: place, what, rows, why.
    """

    counted: bool
    begun: bool
    friday: datetime
    month_end: datetime
    until: datetime
    guessed: bool
    rows: list[Row]
    stocks: list[Row]
    unused: list[Row]


@dataclass(frozen=True, eq=False)
class Path:
    """People so far by draw and moment, at hours after the moment of knowledge that rise."""

    place: str
    what: str
    hours: Floats
    people: Floats

    def by(self, hour: float) -> Floats:
        """Return people by an hour, even between two moments, shape (draws,)."""
        after = int(np.clip(np.searchsorted(self.hours, hour), 1, len(self.hours) - 1))
        begin, end = self.hours[after - 1], self.hours[after]
        part = float(np.clip((hour - begin) / (end - begin), 0.0, 1.0))
        return np.asarray(
            (1 - part) * self.people[:, after - 1] + part * self.people[:, after], dtype=np.float64
        )

    def reached(self, share: float) -> Floats:
        """Return the hour by which a share of those at the end has come; not a number where nobody comes.

        Examples
        --------
        >>> path = Path("gate", "arrived", np.array([0.0, 10.0, 20.0]), np.array([[0.0, 80.0, 100.0]]))
        >>> path.reached(0.5).tolist(), path.reached(0.9).tolist(), path.by(15.0).tolist()
        ([6.25], [15.0], [90.0])
        """
        goal = share * self.people[:, -1]
        rows = np.arange(len(goal))
        after = np.maximum((self.people >= goal[:, None]).argmax(axis=1), 1)
        low, high = self.people[rows, after - 1], self.people[rows, after]
        part = np.clip((goal - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)
        hours = self.hours[after - 1] + part * (self.hours[after] - self.hours[after - 1])
        return np.where(goal > 0, hours, np.nan)


def nowcast(crisis: Crisis, options: DisplaceOptions) -> Nowcast:
    """Return the nowcast of a crisis at its moment of knowledge.

    Parameters
    ----------
    crisis : Crisis
        With its moment of knowledge; with the outlook of ``warn`` unless violence has started.
    options : DisplaceOptions
        Options of the stage displace.

    Raises
    ------
    CrisisError
        With all findings where the tables cannot be used.
    """
    forecast = make_forecast(crisis, options, roads=False)
    friday, month_end = next_friday(crisis.moment, crisis), end_of_month(crisis.moment, crisis)
    until = horizon_end(crisis, options)
    asked = {"friday": friday, "month_end": month_end}
    rows = [
        row
        for path in paths(forecast, [*asked.values(), until])
        for row in (*_by_arm(forecast, path, asked), *_by_world(forecast, path, asked))
    ]
    rows.sort(key=lambda row: (row["place"] != ALL, row["world"] is not None))
    unused = [vars(one) for one in forecast.counted.unused]
    counted = forecast.course is not None
    begun, guessed = forecast.onsets.ongoing, _is_guessed(forecast)
    rounds = rounds_of(crisis)
    stocks = months_ahead(rounds) if are_monthly(rounds, crisis.local_date()) else []
    return Nowcast(counted, begun, friday, month_end, until, guessed, rows, stocks, unused)


def _is_guessed(forecast: Forecast) -> bool:
    """Return whether nobody was counted inside the country, or abroad, though people may be there."""
    inside = forecast.environment.pulls.inside
    if forecast.course is None or not inside.any() or inside.all():
        return False
    of = dict(zip(forecast.environment.pulls.places, inside.tolist(), strict=True))
    nests = {of[leaf] for one in forecast.counted.arrived for leaf in one.leaves}
    return len(nests | ({False} if forecast.counted.left is not None else set())) < 2


def next_friday(moment: datetime, crisis: Crisis) -> datetime:
    """Return the end of the first Friday that is not over for an hour yet, in the zone of the crisis."""
    day = moment.astimezone(crisis.zone).date()
    day += timedelta(days=(FRIDAY - day.weekday()) % 7)
    end = datetime.combine(day + timedelta(days=1), time(), crisis.zone)
    if end - moment < timedelta(hours=1):
        end = datetime.combine(day + timedelta(days=8), time(), crisis.zone)
    return end.astimezone(UTC)


def end_of_month(moment: datetime, crisis: Crisis) -> datetime:
    """Return the end of the month, or of the next one in its last hour, in the zone of the crisis."""
    day = (moment + timedelta(hours=1)).astimezone(crisis.zone).date()
    first = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime.combine(first, time(), crisis.zone).astimezone(UTC)


def paths(forecast: Forecast, asked: Sequence[datetime]) -> Iterator[Path]:
    """Yield people so far of all, and of each place where people are counted or received."""
    if forecast.course is not None:
        yield from _counted_paths(forecast)
    else:
        yield from _chain_paths(forecast, asked)


def _counted_paths(forecast: Forecast) -> Iterator[Path]:
    """Yield the course: all, who left, places with counts, and places of reception without."""
    course, counted, pulls = forecast.course, forecast.counted, forecast.environment.pulls
    assert course is not None  # noqa: S101 - asked by the caller
    yield Path(ALL, "arrived", course.ends, course.total)
    if counted.left is not None:
        abroad = course.total - course.sites[:, :, pulls.inside].sum(axis=2)
        yield Path(counted.left.place, "left", course.ends, abroad)
    places = forecast.environment.reception
    for name, what, leaves in _places_of(counted, places):
        columns = [places.index(leaf) for leaf in leaves]
        yield Path(name, what, course.ends, course.sites[:, :, columns].sum(axis=2))


def _places_of(counted: Counted, reception: Sequence[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return places with counts, and places of reception that no count covers, with what they hold."""
    covered = {leaf for series in counted.arrived for leaf in series.leaves}
    found = [(series.place, series.what, series.leaves) for series in counted.arrived]
    return [*found, *((place, "arrived", (place,)) for place in reception if place not in covered)]


def _chain_paths(forecast: Forecast, asked: Sequence[datetime]) -> Iterator[Path]:
    """Yield people moved by the chain, day by day from the moment on; 0 where violence does not start."""
    moment, exodus = forecast.environment.crisis.moment, forecast.exodus
    last = (asked[-1] - moment).total_seconds() / HOUR
    when = sorted({*(moment + timedelta(hours=float(h)) for h in np.arange(0.0, last, 24.0)), *asked})
    hours = np.array([(w - moment).total_seconds() / HOUR for w in when])
    for index, name in enumerate([ALL, *forecast.environment.reception]):
        if exodus is None:
            yield Path(name, "arrived", hours, np.zeros((len(forecast.happens), len(hours))))
            continue
        one = exodus.record.arrived[:, :, index - 1] if index else exodus.record.arrived.sum(axis=2)
        one = exodus.total if name == ALL and exodus.total is not None else one
        people = arrived_by(one, exodus.clock, hours_after(forecast, when))
        yield Path(name, "arrived", hours, over_all_draws(forecast, people))


def _by_arm(forecast: Forecast, path: Path, asked: dict[str, datetime]) -> Iterator[Row]:
    """Yield the row over all draws and, where violence may not start, that of the draws in which it does."""
    chosen = [(ARMS[0], np.ones(len(forecast.happens), dtype=np.bool_))]
    if not forecast.happens.all() and forecast.happens.any():
        chosen.append((ARMS[1], forecast.happens))
    for arm, draws in chosen:
        dated = arm == ARMS[1] or len(chosen) == 1
        yield {**_head(forecast, path), "arm": arm, **_figures(forecast, path, draws, asked, dated=dated)}


def _by_world(forecast: Forecast, path: Path, asked: dict[str, datetime]) -> Iterator[Row]:
    """Yield rows of the worlds in which all people differ, each with its probability."""
    if path.place != ALL:
        return
    worlds = [world for world in worlds_of(forecast) if world.draws.mean() >= LEAST_CHANCE]
    for about in dict.fromkeys(world.about for world in worlds):
        some = [world for world in worlds if world.about == about]
        rows = [
            {
                **_head(forecast, path),
                "arm": ARMS[0],
                "world": world.words,
                "probability": float(world.draws.mean()),
                **_figures(forecast, path, world.draws, asked, dated=True),
            }
            for world in some
        ]
        middles = [row["month_end_median"] + 1.0 for row in rows]
        if len(rows) > 1 and max(middles) > DIFFERENT * min(middles):
            yield from rows


def _head(forecast: Forecast, path: Path) -> Row:
    """Return what a row is about, with what was counted there last."""
    people, at = _counted_at(forecast, path)
    places = forecast.environment.crisis["places"]
    names = dict(zip(places["place"], places["name"], strict=True))
    return {
        "place": path.place, "name": names.get(path.place, path.place), "what": path.what,
        "arm": ARMS[0], "world": None, "probability": None,
        "counted": people, "counted_at": at,
    }  # fmt: skip


def _counted_at(forecast: Forecast, path: Path) -> tuple[float | None, datetime | None]:
    """Return the last count and its moment; of all, the sum of the last counts and the newest moment."""
    counted, inside = forecast.counted, forecast.environment.pulls
    within = {place for place, own in zip(inside.places, inside.inside, strict=True) if own}
    series: list[Series] = [*counted.arrived, *([counted.left] if counted.left else [])]
    if path.place == ALL:
        # Those who left the country hold those who arrived abroad.
        series = [
            one
            for one in series
            if one is counted.left or counted.left is None or all(leaf in within for leaf in one.leaves)
        ]
    else:
        series = [one for one in series if (one.place, one.what) == (path.place, path.what)]
    if not series:
        return None, None
    newest = max(float(one.hours[-1]) for one in series)
    total = sum(float(one.totals[-1]) for one in series)
    return total, _moment(forecast, newest)


def _figures(
    forecast: Forecast, path: Path, draws: Bools, asked: dict[str, datetime], *, dated: bool
) -> dict[str, Any]:
    """Return people by the moments asked for, and the days of half and most, as low, median and high."""
    moment = forecast.environment.crisis.moment
    found: Row = {}
    for name, when in asked.items():
        people = path.by((when - moment).total_seconds() / HOUR)[draws]
        found |= _named(name, [round(float(v)) for v in np.quantile(people, BAND)])
        found[f"{name}_chance"] = float((people >= 1).mean())
    for name, share in SHARES.items():
        hours = path.reached(share)[draws] if dated else np.full(1, np.nan)
        found |= _named(name, [_moment(forecast, float(v)) for v in _band(hours)])
        since = (hours - forecast.onsets.starts[draws]) / 24.0 if dated else hours
        found |= _named(f"{name}_days", [round(float(v), 1) for v in _band(since)])
    return found


def _band(values: Floats) -> Floats:
    """Return low, median and high of what is known; nothing where nothing is."""
    known = values[np.isfinite(values)]
    return np.asarray(np.quantile(known, BAND), dtype=np.float64) if len(known) else np.zeros(0)


def _named(name: str, values: Sequence[object]) -> Row:
    """Return three values under the names of low, median and high; null where there are none."""
    some = values or [None] * 3
    return {f"{name}_{end}": value for end, value in zip(("low", "median", "high"), some, strict=True)}


def _moment(forecast: Forecast, hours: float) -> datetime:
    """Return the moment so many hours after the moment of knowledge, to the minute."""
    found = forecast.environment.crisis.moment + timedelta(hours=hours)
    return found.replace(second=0, microsecond=0)
