"""The worlds that draws fall into, each with its probability and its own median and band.

Violence or none; the way out open, opening, or shut to the end; control lost or held.  A median over
worlds that differ in kind is the middle of nothing, so each world has figures of its own.  Planning
figures are for "if it begins today": people within the planning window after the onset, or after the
moment where violence is under way.  The reasonable worst is the 95 % quantile of the worst world that
has at least one chance in twenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Bools, Floats
from forestall.core.units import parse_duration
from forestall.displacement.forecast import Forecast, arrived_by
from forestall.displacement.futures import lost_draws
from forestall.displacement.results import (
    arrivals_at,
    frame_of,
    hours_after,
    long,
    moments,
    opens_at,
    over_all_draws,
    people_of,
)
from forestall.schema.conventions import ALL, BAND, QUANTILES

if TYPE_CHECKING:
    from datetime import datetime

    import polars as pl

LEAST_CHANCE = 0.05
"""A world with less does not set the reasonable worst."""
ROADS, CONTROL = "violence and roads", "control"


@dataclass(frozen=True, eq=False)
class World:
    """One world: what it is about, its id, a plain sentence, and its draws."""

    about: str
    world: str
    words: str
    draws: Bools


def worlds_of(forecast: Forecast) -> list[World]:
    """Return the worlds; those about one thing hold each draw once."""
    happens = forecast.happens
    found = [World(ROADS, "no_violence", "No large-scale violence within the horizon", ~happens)]
    if forecast.environment.all_cut_off:
        opens = np.isfinite(opens_at(forecast))
        found += [
            World(ROADS, "road_opens", "Violence, and a shut way out opens", happens & opens),
            World(ROADS, "road_shut", "Violence, and the way out stays shut", happens & ~opens),
        ]
    else:
        found.append(World(ROADS, "road_opens", "Violence, with a way out open", happens))
    lost = lost_draws(forecast.environment, forecast.futures)
    found += [
        World(CONTROL, "control_lost", "Violence, and the places are lost or given up", happens & lost),
        World(CONTROL, "control_held", "Violence, and those who hold the places keep them", happens & ~lost),
    ]
    return [world for world in found if world.draws.any()]


def planning_people(forecast: Forecast) -> Floats:
    """Return people who arrived anywhere within the planning window, by draw."""
    exodus, window = forecast.exodus, parse_duration(forecast.environment.options.planning_window).days * 24.0
    if exodus is None:
        return np.zeros(len(forecast.happens))
    onset = forecast.onsets.starts[forecast.moves]
    hours = np.maximum(-onset, 0.0)[:, None] + window
    series = exodus.total if exodus.total is not None else exodus.record.arrived.sum(axis=2)
    return over_all_draws(forecast, arrived_by(series, exodus.clock, hours)[:, 0])


def worlds(forecast: Forecast) -> pl.DataFrame:
    """Return each world with its probability and planning figures."""
    people, found = planning_people(forecast), worlds_of(forecast)
    bands = np.array([np.quantile(people[w.draws], BAND) for w in found])
    chance = np.array([w.draws.mean() for w in found])
    likely = np.flatnonzero(chance >= LEAST_CHANCE)
    worst = int(likely[np.argmax(bands[likely, 2])]) if len(likely) else -1
    return frame_of(
        "worlds",
        {
            "about": [w.about for w in found],
            "world": [w.world for w in found],
            "words": [w.words for w in found],
            "probability": chance,
            "low": bands[:, 0],
            "median": bands[:, 1],
            "high": bands[:, 2],
            "draws": [int(w.draws.sum()) for w in found],
            "window_days": [parse_duration(forecast.environment.options.planning_window).days] * len(found),
            "reasonable_worst": [i == worst for i in range(len(found))],
        },
    )


def worlds_summary(forecast: Forecast) -> pl.DataFrame:
    """Return quantiles of who left, arrived, is inside or abroad, or remains, by world, place and day."""
    import polars as pl

    when = moments(forecast, [(504, 24), (1e9, 168)])
    names, arrived = arrivals_at(forecast, when)
    left = left_at(forecast, when)
    remaining = people_of(forecast).sum(axis=1)[:, None] - left
    inside = inside_at(forecast, names, arrived)
    quantities = [
        ("arrived", names, arrived),
        ("left", [ALL], left[:, :, None]),
        ("remaining", [ALL], remaining[:, :, None]),
        ("inside", [ALL], inside[:, :, None]),
        ("abroad", [ALL], (arrived[:, :, 0] - inside)[:, :, None]),
    ]
    tables = []
    for world in worlds_of(forecast):
        for quantity, places, people in quantities:
            found = np.quantile(people[world.draws], QUANTILES, axis=0)
            columns = long(np.arange(len(QUANTILES)), when, places, np.asarray(found, dtype=np.float64))
            columns["quantile"] = np.array(QUANTILES)[np.asarray(columns.pop("draw"))]
            size = found.size
            tables.append(
                frame_of(
                    "worlds_summary",
                    {"world": [world.world] * size, "quantity": [quantity] * size, **columns},
                )
            )
    return pl.concat(tables)


def left_at(forecast: Forecast, when: list[datetime]) -> Floats:
    """Return people who left any origin by draw and moment."""
    exodus = forecast.exodus
    if exodus is None:
        return np.zeros((len(forecast.happens), len(when)))
    left = arrived_by(exodus.record.left.sum(axis=2), exodus.clock, hours_after(forecast, when))
    return over_all_draws(forecast, left)


def inside_at(forecast: Forecast, names: list[str], arrived: Floats) -> Floats:
    """Return people who arrived at places in their own country by draw and moment."""
    pulls = forecast.environment.pulls
    within = {place for place, inside in zip(pulls.places, pulls.inside, strict=True) if inside}
    columns = [i for i, name in enumerate(names) if name in within]
    return np.asarray(arrived[:, :, columns].sum(axis=2), dtype=np.float64)
