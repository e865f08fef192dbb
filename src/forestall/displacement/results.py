"""The forecast as tables of the schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Bools, Counts, Floats, Ints
from forestall.displacement.course import last_opening
from forestall.displacement.environment import horizon_end
from forestall.displacement.exposure import chosen_estimates
from forestall.displacement.forecast import Forecast, arrived_by, steps_by
from forestall.displacement.futures import Exodus, people_at_onset
from forestall.displacement.onset import HOUR
from forestall.schema.conventions import ALL, QUANTILES

if TYPE_CHECKING:
    import polars as pl

ARMS = ("unconditional", "if it happens")
ROAD = "on the road"
BLOCK = 96
"""Moments that are summed up together, to spare memory."""
MOST_ROADS = 60
"""Corridors that the summary of the roads shows."""


def tables_of(forecast: Forecast) -> dict[str, pl.DataFrame]:
    """Return all result tables but the assumptions."""
    return {
        "episodes": episodes(forecast),
        "arrivals": arrivals(forecast),
        "arrivals_summary": arrivals_summary(forecast),
        "arrivals_since_onset": arrivals_since_onset(forecast),
        "road_summary": road_summary(forecast),
        "flows_summary": flows_summary(forecast),
        "departures_summary": departures_summary(forecast),
        "presence": presence(forecast),
    }


def whole_hour(moment: datetime) -> datetime:
    """Return the last full hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


def beginning(forecast: Forecast) -> datetime:
    """Return the first full hour of interest: the onset's where it is past, else the moment's."""
    moment = forecast.environment.crisis.moment
    early = float(np.nanmin(np.append(forecast.onsets.starts, 0.0)))
    return whole_hour(moment + timedelta(hours=early))


def moments(forecast: Forecast, steps: Sequence[tuple[float, float]]) -> list[datetime]:
    """Return moments from the beginning to the end of the horizon.

    Parameters
    ----------
    steps : sequence of (until, step) in hours
        Step in use until so many hours after the beginning; the last one holds to the end.

    Returns
    -------
    list of datetime
        In UTC; steps of a day or more fall on midnight in the zone of the crisis.
    """
    start, end, zone = (
        beginning(forecast),
        horizon_end(forecast.environment.crisis, forecast.environment.options),
        forecast.environment.crisis.zone,
    )
    found, now = [], start
    for until, step in steps:
        while now <= end and (now - start).total_seconds() / HOUR < until:
            found.append(now)
            if step < 24:
                now += timedelta(hours=step)
                continue
            # Days are counted on the calendar: where clocks go back a day has 25 hours.
            day = now.astimezone(zone).date() + timedelta(days=round(step / 24))
            now = datetime.combine(day, time(), zone).astimezone(UTC)
    return found


def hours_after(forecast: Forecast, when: Sequence[datetime]) -> Floats:
    """Return hours after the first hour that is followed, by draw in which anybody leaves and moment."""
    moment = forecast.environment.crisis.moment
    ahead = np.array([(w - moment).total_seconds() / HOUR for w in when])
    return np.asarray(ahead[None, :] - forecast.onsets.starts[forecast.moves][:, None], dtype=np.float64)


def over_all_draws(forecast: Forecast, people: Floats) -> Floats:
    """Return a quantity for all draws: 0 where nobody leaves."""
    if forecast.moves.all():
        return people
    full = np.zeros((len(forecast.moves), *people.shape[1:]))
    full[forecast.moves] = people
    return full


def arrivals_at(forecast: Forecast, when: Sequence[datetime]) -> tuple[list[str], Floats]:
    """Return people arrived so far by draw, moment and place: ALL, first reception, hosts."""
    environment, exodus = forecast.environment, forecast.exodus
    names = [ALL, *environment.reception, *(h for h in environment.hosts if h not in environment.reception)]
    if exodus is None:
        people = np.zeros((len(forecast.happens), len(when), len(names)))
    else:
        hours = hours_after(forecast, when)
        first = arrived_by(exodus.record.arrived, exodus.clock, hours)
        hosted = arrived_by(exodus.record.hosted, exodus.clock, hours)
        total = arrived_by(exodus.total, exodus.clock, hours) if exodus.total is not None else None
        people = over_all_draws(forecast, joined_arrivals(forecast, first, hosted, total))
    return with_counted(forecast, names, people)


def with_counted(forecast: Forecast, names: list[str], people: Floats) -> tuple[list[str], Floats]:
    """Return arrivals with those of counted countries and areas under their own names.

    A country that people are counted as leaving has those who left it; one where they arrive has the
    sum of its places of reception.
    """
    counted, pulls = forecast.counted, forecast.environment.pulls
    more, extra = list(names), [people]
    for series in counted.arrived:
        if series.place not in more:
            columns = [names.index(leaf) for leaf in series.leaves]
            extra.append(people[:, :, columns].sum(axis=2, keepdims=True))
            more.append(series.place)
    if counted.left is not None and counted.left.place not in more:
        within = [names.index(p) for p, own in zip(pulls.places, pulls.inside, strict=True) if own]
        extra.append(people[:, :, [0]] - people[:, :, within].sum(axis=2, keepdims=True))
        more.append(counted.left.place)
    return more, np.concatenate(extra, axis=2)


def joined_arrivals(forecast: Forecast, first: Floats, hosted: Floats, total: Floats | None = None) -> Floats:
    """Return arrivals of all, at first reception and at hosts; each person counts once in the first.

    ``total`` is given where people are counted at more than one place on their way.
    """
    everybody = first.sum(axis=2, keepdims=True) if total is None else total[:, :, None]
    if forecast.environment.hosts == forecast.environment.reception:
        return np.concatenate([everybody, first + hosted], axis=2)
    return np.concatenate([everybody, first, hosted], axis=2)


def frame_of(table: str, columns: Mapping[str, object] | pl.DataFrame) -> pl.DataFrame:
    """Return columns as that table."""
    from forestall.schema import frame

    return frame(table, columns)


def episodes(forecast: Forecast) -> pl.DataFrame:
    """Return one row per draw: whether, when, who is exposed, what share leaves."""
    happens, futures, exodus = forecast.happens, forecast.futures, forecast.exodus
    people = people_of(forecast).astype(np.int64)
    reached = np.zeros(len(happens))
    if exodus is not None:
        reached[forecast.moves] = (exodus.people * exodus.reached).sum(axis=1) / np.maximum(
            exodus.people.sum(axis=1), 1
        )
    return frame_of(
        "episodes",
        {
            "draw": futures.draws,
            "happens": happens,
            "onset_at": after(forecast, forecast.onsets.hours),
            "ongoing": np.full(len(happens), forecast.onsets.ongoing),
            "reopens_at": after(forecast, opens_at(forecast)),
            "exposed": people.sum(axis=1),
            "estimate": estimates_of(forecast),
            "share_leaving": share_that_left(forecast),
            "reached": reached,
            "weight": np.ones(len(happens)),
        },
    ).with_columns(share_leaving=_null_where_nan("share_leaving"))


def people_of(forecast: Forecast) -> Floats:
    """Return the people of each origin by draw, before anybody left."""
    people = people_at_onset(forecast.environment, forecast.futures).astype(np.float64)
    if forecast.exodus is not None:
        people[forecast.moves] = forecast.exodus.people
    return people


def estimates_of(forecast: Forecast) -> list[str]:
    """Return whose estimate of the exposed people each draw rests on."""
    positions = forecast.futures.values["population"]
    ordered, chosen, _ = chosen_estimates(forecast.environment.exposure.estimates, positions)
    return [ordered[i].who for i in chosen]


def share_that_left(forecast: Forecast) -> Floats:
    """Return the share of the exposed that leaves, as it moved them; not a number without violence."""
    share, exodus = np.full(len(forecast.happens), np.nan), forecast.exodus
    if exodus is not None:
        row = last_row(forecast)
        left = exodus.record.left[np.arange(len(row)), row].sum(axis=1)
        gone = np.where(forecast.steady[forecast.moves], left, exodus.leavers.sum(axis=1))
        share[forecast.moves] = gone / np.maximum(exodus.people.sum(axis=1), 1)
    return np.where(forecast.happens, share, np.nan)


def _null_where_nan(column: str) -> pl.Expr:
    import polars as pl

    return pl.col(column).fill_nan(None)


def opens_at(forecast: Forecast) -> Floats:
    """Return hours from the moment until people can leave; not a number where never within the horizon.

    Where the way is open at the moment, it is the known opening after the onset, else the onset.
    """
    environment, onset = forecast.environment, np.where(forecast.happens, forecast.onsets.starts, np.nan)
    if not environment.cut_off:
        return np.maximum(onset, last_opening(environment))
    hours = np.maximum(onset + forecast.futures.reopening_hours, 0.0)
    end = (
        horizon_end(environment.crisis, environment.options) - environment.crisis.moment
    ).total_seconds() / HOUR
    return np.where(np.isfinite(hours) & (hours <= end), hours, np.nan)


def after(forecast: Forecast, hours: Floats) -> list[datetime | None]:
    """Return the moments so many hours after the moment of knowledge, to the minute."""
    start = forecast.environment.crisis.moment
    found = [start + timedelta(hours=float(h)) if np.isfinite(h) else None for h in hours]
    return [w.replace(second=0, microsecond=0) if w is not None else None for w in found]


def arrivals(forecast: Forecast) -> pl.DataFrame:
    """Return people arrived so far by draw: six-hourly for a week, daily for six, then weekly."""
    when = moments(forecast, [(168, 6), (1008, 24), (1e9, 168)])
    names, people = arrivals_at(forecast, when)
    return frame_of("arrivals", long(forecast.futures.draws, when, names, people))


def long(draws: Ints, when: Sequence[datetime], names: Sequence[str], people: Floats) -> dict[str, object]:
    """Return draw, moment, place and people as columns, one row per cell."""
    import polars as pl

    shape = people.shape
    return {
        "draw": np.repeat(draws, shape[1] * shape[2]),
        "place": categories(names, np.tile(np.arange(shape[2]), shape[0] * shape[1])),
        "at": pl.Series(when, dtype=pl.Datetime("us", "UTC")).gather(
            np.tile(np.repeat(np.arange(shape[1]), shape[2]), shape[0])
        ),
        "people": people.ravel(),
    }


def categories(names: Sequence[str], index: Ints) -> pl.Series:
    """Return names by position."""
    import polars as pl

    return pl.Series(names, dtype=pl.String).gather(index)


def arms(forecast: Forecast) -> list[tuple[str, Bools]]:
    """Return each arm with its draws; the second is left out where violence starts in no draw."""
    everything = np.ones(len(forecast.happens), dtype=np.bool_)
    both = [(ARMS[0], everything), (ARMS[1], forecast.happens)]
    return both if forecast.happens.any() else both[:1]


def by_arm(forecast: Forecast, build: Callable[[str, Bools], pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of every arm."""
    import polars as pl

    return pl.concat([build(arm, keep) for arm, keep in arms(forecast)])


def quantiles(people: Floats) -> Floats:
    """Return the quantiles over draws, first axis."""
    return np.asarray(np.quantile(people, QUANTILES, axis=0), dtype=np.float64)


def arrivals_summary(forecast: Forecast) -> pl.DataFrame:
    """Return quantiles of people arrived: hourly near the beginning, then six-hourly and daily."""
    hourly = 336.0 if forecast.onsets.ongoing else 72.0
    when = moments(forecast, [(hourly, 1), (max(hourly, 720), 6), (1e9, 24)])
    parts: dict[str, list[Floats]] = {arm: [] for arm, _ in arms(forecast)}
    names: list[str] = []
    for first in range(0, len(when), BLOCK):
        names, people = arrivals_at(forecast, when[first : first + BLOCK])
        for arm, keep in arms(forecast):
            parts[arm].append(quantiles(people[keep]))
    found = {arm: np.concatenate(part, axis=1) for arm, part in parts.items()}
    return by_arm(forecast, lambda arm, _: summary("arrivals_summary", arm, when, names, found[arm]))


def summary(
    table: str, arm: str, when: Sequence[datetime], names: Sequence[str], found: Floats
) -> pl.DataFrame:
    """Return quantiles of one quantity by quantile, moment and place as a table."""
    columns = long(np.arange(len(QUANTILES)), when, names, found)
    columns["quantile"] = np.array(QUANTILES)[np.asarray(columns.pop("draw"))]
    return frame_of(table, {"arm": np.full(found.size, arm), **columns})


def arrivals_since_onset(forecast: Forecast) -> pl.DataFrame:
    """Return quantiles of people arrived by hours since the onset, if it happens."""
    from forestall.schema import empty

    exodus = forecast.exodus
    if exodus is None:
        return empty("arrivals_since_onset")
    ends = exodus.clock.start + exodus.clock.hours
    hours = np.concatenate([[0.0], ends[(ends <= 336) | (ends % 168 == 0)]])
    wave = forecast.onsets.wave[forecast.moves]
    if not wave.any():
        return empty("arrivals_since_onset")
    grid = np.broadcast_to(hours, (len(exodus.people), len(hours)))
    first, hosted = (arrived_by(s, exodus.clock, grid) for s in (exodus.record.arrived, exodus.record.hosted))
    total = arrived_by(exodus.total, exodus.clock, grid) if exodus.total is not None else None
    found = quantiles(joined_arrivals(forecast, first, hosted, total)[wave])
    names = [
        ALL,
        *forecast.environment.reception,
        *(h for h in forecast.environment.hosts if h not in forecast.environment.reception),
    ]
    return frame_of(
        "arrivals_since_onset",
        {
            "place": categories(names, np.tile(np.arange(len(names)), found.shape[0] * found.shape[1])),
            "hours": np.tile(np.repeat(hours, len(names)), found.shape[0]),
            "quantile": np.repeat(QUANTILES, found.shape[1] * found.shape[2]),
            "people": found.ravel(),
        },
    )


def lanes_of(forecast: Forecast, exodus: Exodus) -> tuple[list[str], Ints]:
    """Return the corridors in use, and for each lane its corridor's position among them."""
    corridors = len(forecast.environment.network.corridors)
    used, position = np.unique(exodus.lanes % corridors, return_inverse=True)
    return [forecast.environment.network.corridors[c] for c in used], position.astype(np.int64)


def by_corridor(values: Floats, position: Ints, size: int) -> Floats:
    """Return the sum over the lanes of each corridor, last axis, with the sum over all in front."""
    total = np.zeros((*values.shape[:-1], size + 1))
    np.add.at(np.moveaxis(total, -1, 0), position + 1, np.moveaxis(values, -1, 0))
    total[..., 0] = values.sum(axis=-1)
    return total


def busiest(forecast: Forecast, exodus: Exodus) -> tuple[list[str], Ints, Ints]:
    """Return the corridors that most people used, their lanes, and for each lane its corridor's position."""
    names, position = lanes_of(forecast, exodus)
    used = by_corridor(exodus.record.used.astype(np.float64), position, len(names))[:, 1:].mean(axis=0)
    kept = np.sort(np.argsort(-used, kind="stable")[:MOST_ROADS])
    lanes = np.flatnonzero(np.isin(position, kept))
    return [names[c] for c in kept], lanes, np.searchsorted(kept, position[lanes])


def with_all(values: Floats, lanes: Ints, position: Ints, size: int) -> Floats:
    """Return the sum over all lanes in front of that over the lanes of each chosen corridor."""
    found = by_corridor(values[..., lanes], position, size)
    found[..., 0] = values.sum(axis=-1)
    return found


def road_summary(forecast: Forecast) -> pl.DataFrame:
    """Return quantiles of people on the busiest corridors, in their queues, and hours the last in it waits.

    ALL is the sum over every corridor; its wait is the longest of the busiest ones.
    """
    from forestall.schema import empty

    exodus = forecast.exodus
    if exodus is None:
        return empty("road_summary")
    when = moments(forecast, [(336, 6), (1008, 24)])
    names, chosen, position = busiest(forecast, exodus)
    rows = recorded(exodus, hours_after(forecast, when))
    on_lane, queued = (at_rows(series, rows) for series in (exodus.record.on_lane, exodus.record.queued))
    road = with_all(on_lane, chosen, position, len(names))
    queue = with_all(queued, chosen, position, len(names))
    capacity = exodus.capacities.capacity[:, chosen]
    capacity = by_corridor(np.where(np.isfinite(capacity), capacity, 0.0), position, len(names))
    wait = queue / np.where(capacity > 0, capacity, np.nan)[:, None, :]
    wait[:, :, 0] = np.nan_to_num(wait[:, :, 1:]).max(axis=2, initial=0.0)
    quantities = [over_all_draws(forecast, np.nan_to_num(q)) for q in (road, queue, wait)]

    def build(arm: str, keep: Bools) -> pl.DataFrame:
        road, queue, wait = (quantiles(q[keep]) for q in quantities)
        columns = long(np.arange(len(QUANTILES)), when, [ALL, *names], road)
        level = np.array(QUANTILES)[np.asarray(columns["draw"])]
        return frame_of(
            "road_summary",
            {
                "arm": np.full(road.size, arm),
                "corridor": columns["place"],
                "at": columns["at"],
                "quantile": level,
                "on_road": road.ravel(),
                "queued": queue.ravel(),
                "wait_hours": wait.ravel(),
            },
        )

    return by_arm(forecast, build)


def recorded(exodus: Exodus, hours: Floats) -> Ints:
    """Return the last recorded row of each draw and moment; -1 before the first."""
    ends = (exodus.clock.start + exodus.clock.hours)[exodus.clock.record >= 0]
    return np.searchsorted(ends, hours + 1e-6, side="right").astype(np.int64) - 1


def at_rows(series: Counts, rows: Ints) -> Floats:
    """Return recorded rows by draw; 0 before the first."""
    found = series[np.arange(len(series))[:, None], np.maximum(rows, 0)]
    return np.where((rows < 0)[:, :, None], 0, found).astype(np.float64)


def flows_summary(forecast: Forecast) -> pl.DataFrame:
    """Return quantiles of people who used each corridor."""
    from forestall.schema import empty

    exodus = forecast.exodus
    if exodus is None:
        return empty("flows_summary")
    names, position = lanes_of(forecast, exodus)
    people = over_all_draws(
        forecast, by_corridor(exodus.record.used.astype(np.float64), position, len(names))[:, 1:]
    )

    def build(arm: str, keep: Bools) -> pl.DataFrame:
        found = quantiles(people[keep])
        return frame_of(
            "flows_summary",
            {
                "arm": np.full(found.size, arm),
                "corridor": list(names) * len(QUANTILES),
                "quantile": np.repeat(QUANTILES, len(names)),
                "people": found.ravel(),
            },
        )

    return by_arm(forecast, build)


def departures_summary(forecast: Forecast) -> pl.DataFrame:
    """Return quantiles of people who left each origin, and of those there at the end of the horizon."""
    names = [ALL, *forecast.environment.origins]
    people = people_of(forecast)
    gone, there = np.zeros_like(people), people.copy()
    if forecast.exodus is not None:
        record, row = forecast.exodus.record, last_row(forecast)
        left, back = record.left[np.arange(len(row)), row], record.back[np.arange(len(row)), row]
        gone[forecast.moves] = left
        there[forecast.moves] = forecast.exodus.people - left + back

    def build(arm: str, keep: Bools) -> pl.DataFrame:
        found, stay = (quantiles(np.column_stack([q[keep].sum(axis=1), q[keep]])) for q in (gone, there))
        return frame_of(
            "departures_summary",
            {
                "arm": np.full(found.size, arm),
                "place": names * len(QUANTILES),
                "quantile": np.repeat(QUANTILES, len(names)),
                "people": found.ravel(),
                "remaining": stay.ravel(),
            },
        )

    return by_arm(forecast, build)


def last_row(forecast: Forecast) -> Ints:
    """Return the last step within the horizon of each draw in which anybody leaves."""
    assert forecast.exodus is not None  # noqa: S101 - callers have checked
    end = horizon_end(forecast.environment.crisis, forecast.environment.options)
    return np.maximum(steps_by(forecast.exodus.clock, hours_after(forecast, [end])[:, 0]), 0)


def presence(forecast: Forecast) -> pl.DataFrame:
    """Return who is where at the end of each day: daily for six weeks, then weekly.

    A cell without people has no row; every draw is in ``episodes``.
    """
    import polars as pl

    days = presence_days(forecast)
    zone = forecast.environment.crisis.zone
    when = [datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC) for day in days]
    names, who, people = who_is_where(forecast, when)
    shape = people.shape
    columns = {
        "draw": np.repeat(forecast.futures.draws, shape[1] * shape[2]),
        "place": categories(names, np.tile(np.arange(shape[2]), shape[0] * shape[1])),
        "date": pl.Series(days).gather(np.tile(np.repeat(np.arange(shape[1]), shape[2]), shape[0])),
        "who": categories(who, np.tile(np.arange(shape[2]), shape[0] * shape[1])),
        "people": people.ravel().astype(np.int64),
    }
    return frame_of("presence", pl.DataFrame(columns).filter(pl.col("people") > 0))


def presence_days(forecast: Forecast) -> list[date]:
    """Return the days from the moment on: daily for six weeks, then weekly."""
    crisis = forecast.environment.crisis
    last = horizon_end(crisis, forecast.environment.options).astimezone(crisis.zone).date()
    total = (last - crisis.local_date()).days
    return [crisis.local_date() + timedelta(days=d) for d in range(total) if d <= 42 or d % 7 == 0]


def who_is_where(forecast: Forecast, when: Sequence[datetime]) -> tuple[list[str], list[str], Floats]:
    """Return place and status of each group, and people by draw, moment and group."""
    environment, exodus = forecast.environment, forecast.exodus
    settled = [h for h in environment.hosts if h not in environment.reception]
    names = [*environment.reception, *settled, ROAD, *environment.origins]
    who = (
        ["arrived"] * (len(environment.reception) + len(settled))
        + [ROAD]
        + ["inside"] * len(environment.origins)
    )
    everybody = people_of(forecast)
    people = np.zeros((len(forecast.happens), len(when), len(names)))
    people[:, :, -len(environment.origins) :] = everybody[:, None, :]
    if exodus is not None:
        hours = hours_after(forecast, when)
        site, host, left, back = (
            arrived_by(series, exodus.clock, hours)
            for series in (
                exodus.record.at_site,
                exodus.record.at_host,
                exodus.record.left,
                exodus.record.back,
            )
        )
        arrived = (
            site + host
            if not settled and environment.hosts == environment.reception
            else np.concatenate([site, host], axis=2)
        )
        inside = exodus.people[:, None, :] - left + back
        moving = (left - back).sum(axis=2) - arrived.sum(axis=2)
        people[forecast.moves] = np.concatenate([arrived, moving[:, :, None], inside], axis=2)
    return names, who, people
