"""The corridor network as arrays, and which corridors can be used when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Bools, Floats, Ints
from forestall.core.errors import CrisisError, Finding
from forestall.core.names import nearest

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis
from forestall.roads import use_of

CLASSES = ("trunk", "paved", "mountain", "local", "track", "other")
FREE_KM_PER_HOUR = {
    "trunk": 70.0,
    "paved": 50.0,
    "mountain": 35.0,
    "local": 30.0,
    "track": 15.0,
    "other": 40.0,
}
"""Speeds used where a corridor gives no free-flow time: plain round figures per class."""


@dataclass(frozen=True, eq=False)
class Network:
    """Places and corridors, sorted by id, so that the order of the tables does not matter.

    Parameters
    ----------
    places, corridors : list of str
        Ids in order.
    start, end : array of int, shape (corridors,)
        Places that a corridor joins, as positions in ``places``.
    hours : array of float, shape (corridors,)
        Free-flow hours.
    km, lanes, vehicles_per_hour, storage_vehicles : array of float, shape (corridors,)
        As in the table; not a number where unknown.
    road_class : array of int, shape (corridors,)
        Position in ``CLASSES``.
    on_foot : array of bool, shape (corridors,)
        Whether it can only be walked.
    into_crossing : array of bool, shape (corridors,)
        Whether it ends at a crossing or checkpoint.
    lon, lat : array of float, shape (places,)
        Coordinates in degrees; not a number where unknown.
    capacity_factor, extra_people_per_hour : array of float, shape (corridors,)
        What an option changes: a factor on the capacity, and seats brought in, such as buses.
    """

    places: list[str]
    corridors: list[str]
    start: Ints
    end: Ints
    hours: Floats
    km: Floats
    lanes: Floats
    vehicles_per_hour: Floats
    storage_vehicles: Floats
    road_class: Ints
    on_foot: Bools
    into_crossing: Bools
    lon: Floats
    lat: Floats
    capacity_factor: Floats
    extra_people_per_hour: Floats

    def place(self, name: str) -> int:
        """Return the position of a place."""
        return self.positions[name]

    @cached_property
    def positions(self) -> dict[str, int]:
        """Positions of the places by id."""
        return {place: i for i, place in enumerate(self.places)}


def read_network(crisis: Crisis) -> Network:
    """Return the network of a crisis.

    Raises
    ------
    CrisisError
        Where a corridor has a negative length, time or capacity, or a status names an unknown one.
    """
    import polars as pl

    places, corridors = crisis["places"].sort("place"), crisis["corridors"].sort("corridor")
    faults = [
        *negative_values(corridors),
        *unknown_corridors(crisis["corridor_status"], corridors),
        *dangling(corridors, places),
    ]
    if faults:
        raise CrisisError(faults)
    names = places["place"].to_list()
    position = pl.DataFrame(
        {"place": names, "i": range(len(names))}, schema={"place": pl.String, "i": pl.Int64}
    )
    crossings = places.filter(pl.col("kind") == "crossing")["place"].implode()
    kinds = (
        corridors["road_class"]
        .fill_null("other")
        .replace_strict({c: i for i, c in enumerate(CLASSES)}, default=5, return_dtype=pl.Int64)
    )
    return Network(
        places=names,
        corridors=corridors["corridor"].to_list(),
        start=_positions(corridors["from_place"], position),
        end=_positions(corridors["to_place"], position),
        hours=_free_hours(corridors),
        km=_numbers(corridors["km"]),
        lanes=_numbers(corridors["lanes"]),
        vehicles_per_hour=_numbers(corridors["vehicles_per_hour"]),
        storage_vehicles=_numbers(corridors["storage_vehicles"]),
        road_class=kinds.to_numpy(),
        on_foot=(corridors["mode"] == "walk").to_numpy(),
        into_crossing=corridors["to_place"].is_in(crossings).to_numpy(),
        lon=_numbers(places["lon"]),
        lat=_numbers(places["lat"]),
        capacity_factor=_numbers(corridors["capacity_factor"].fill_null(1.0)),
        extra_people_per_hour=_numbers(corridors["extra_people_per_hour"].fill_null(0.0)),
    )


def _positions(names: pl.Series, position: pl.DataFrame) -> Ints:
    joined = names.alias("place").to_frame().join(position, on="place", how="left", maintain_order="left")
    return np.asarray(joined["i"].to_numpy(), dtype=np.int64)


def _numbers(column: pl.Series) -> Floats:
    import polars as pl

    return np.array(column.cast(pl.Float64).fill_null(float("nan")).to_numpy(), dtype=np.float64)


def _free_hours(corridors: pl.DataFrame) -> Floats:
    """Return free-flow hours; where not given, length over the speed of the class, or on foot at 4 km/h."""
    import polars as pl

    speed = (
        corridors["road_class"]
        .fill_null("other")
        .replace_strict(FREE_KM_PER_HOUR, default=40.0, return_dtype=pl.Float64)
    )
    speed = pl.select(pl.when(corridors["mode"] == "walk").then(4.0).otherwise(speed)).to_series()
    return _numbers(pl.select(pl.coalesce(corridors["free_hours"], corridors["km"] / speed)).to_series())


def negative_values(corridors: pl.DataFrame) -> list[Finding]:
    """Return a finding for every corridor whose length, time or capacity is below zero."""
    import polars as pl

    columns = (
        "km",
        "free_hours",
        "lanes",
        "vehicles_per_hour",
        "storage_vehicles",
        "capacity_factor",
        "extra_people_per_hour",
    )
    return [
        Finding(
            "E301",
            "error",
            "a corridor cannot have less than nothing",
            table="corridors",
            column=column,
            value=f"{name}: {value:g}",
            expected="a number not below 0, or empty where unknown",
        )
        for column in columns
        for name, value in corridors.filter(pl.col(column) < 0).select("corridor", column).iter_rows()
    ]


def unknown_corridors(log: pl.DataFrame, corridors: pl.DataFrame) -> list[Finding]:
    """Return a finding for every status of a corridor that is not in the table."""
    known = corridors["corridor"].to_list()
    strange = sorted(set(log["corridor"].to_list()) - set(known))
    return [
        Finding(
            "E302",
            "error",
            "a status of a corridor that is not in corridors.csv",
            table="corridor_status",
            column="corridor",
            value=name,
            nearest=nearest(name, known) or "",
            next="forestall check",
        )
        for name in strange
    ]


def dangling(corridors: pl.DataFrame, places: pl.DataFrame) -> list[Finding]:
    """Return a finding for every end of a corridor that is not a place."""
    known = set(places["place"].to_list())
    ends = {
        (c, name) for c in ("from_place", "to_place") for name in corridors[c].to_list() if name not in known
    }
    return [
        Finding(
            "E303",
            "error",
            "a corridor ends at a place that is not in places.csv",
            table="corridors",
            column=column,
            value=name,
            nearest=nearest(name, known) or "",
            next="forestall check",
        )
        for column, name in sorted(ends)
    ]


@dataclass(frozen=True, eq=False)
class Regimes:
    """Which corridors can be used, in the order in which this changes.

    Parameters
    ----------
    changes : list of datetime
        Moments at which the known state changes; state 0 holds before the first.
    passable : array of bool, shape (states, corridors)
        Whether people who leave can enter a corridor.
    restricted : array of bool, shape (states, corridors)
        Whether it is passable with restrictions.
    unknown : array of bool, shape (states, corridors)
        Whether no status is known; such a corridor stands as passable here and is drawn later.
    may_reopen : array of bool, shape (corridors,)
        Whether a corridor that is shut at the moment may open again for people who leave.
    announced_end : datetime or None
        First closure that is known at the moment but lies after it.
    """

    changes: list[datetime]
    passable: Bools
    restricted: Bools
    unknown: Bools
    may_reopen: Bools
    announced_end: datetime | None

    def state_at(self, moment: datetime) -> int:
        """Return the state that holds at a moment."""
        return sum(change <= moment for change in self.changes)


def read_regimes(crisis: Crisis, network: Network, since: datetime, recent: timedelta) -> Regimes:
    """Return how the use of corridors changed from ``since`` on, as far as known at the moment.

    Whether a corridor of which no status is known can be used is drawn, see :mod:`forestall.roads`.
    ``humanitarian_only`` is shut for people who leave, but may open; ``closed`` may open where it was
    closed no longer ago than ``recent``.
    """
    position = {name: i for i, name in enumerate(network.corridors)}
    log = [
        (position[c], status, effective)
        for c, status, effective in crisis["corridor_status"]
        .sort("effective", "known_at", maintain_order=True)
        .select("corridor", "status", "effective")
        .iter_rows()
    ]
    changes = sorted({when for _, _, when in log if when > since})
    states = [_state_at(log, len(network.corridors), moment) for moment in (since, *changes)]
    now = states[sum(change <= crisis.moment for change in changes)]
    return Regimes(
        changes,
        _flags([[use_of(s).traffic is not False for s, _ in state] for state in states]),
        _flags([[s == "restricted" for s, _ in state] for state in states]),
        _flags([[use_of(s).traffic is None for s, _ in state] for state in states]),
        np.array([_may_reopen(s, when, crisis.moment - recent) for s, when in now], dtype=np.bool_),
        min((when for _, status, when in log if when > crisis.moment and status == "closed"), default=None),
    )


def _state_at(
    log: Iterable[tuple[int, str, datetime]], corridors: int, moment: datetime
) -> list[tuple[str | None, datetime | None]]:
    """Return status and its first effective moment of each corridor; the log is sorted by time."""
    state: list[tuple[str | None, datetime | None]] = [(None, None)] * corridors
    for corridor, status, effective in log:
        if effective <= moment and not (state[corridor][0] == status and state[corridor][1] is not None):
            state[corridor] = (status, effective)
    return state


def _flags(rows: Sequence[Sequence[bool]]) -> Bools:
    """Return rows of yes and no as an array, shape (states, corridors)."""
    return np.array(rows, dtype=np.bool_).reshape(len(rows), -1)


def _may_reopen(status: str | None, since: datetime | None, earliest: datetime) -> bool:
    use = use_of(status)
    if use.relief and use.traffic is False:
        return True
    return status == "closed" and since is not None and since >= earliest


def joined(places: Sequence[str]) -> str:
    """Return up to five names as text, and how many more there are."""
    shown = ", ".join(places[:5])
    return shown + (f" and {len(places) - 5} more" if len(places) > 5 else "")
