"""Small made-up instances for the tests of the peer's rules."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from forestall.flee.engine.instance import Closure, FleeInstance, Link, Place
from forestall.options.flee import FleeSettings

START = date(2020, 1, 1)


def small(
    days: int = 8,
    people: int = 1500,
    per_day: int = 100,
    links: tuple[Link, ...] | None = None,
    **settings: Any,
) -> FleeInstance:
    """Return a country of four places at war or not, two camps abroad, and people who leave."""
    places = (
        Place("alder", "home", "conflict", 60_000, x=10.0, y=20.0),
        Place("birch", "home", "town", 20_000, x=10.5, y=21.0),
        Place("cedar", "home", "town", 40_000, x=11.0, y=20.2),
        Place("dogwood", "home", "conflict", 30_000, 0.0, 0.6, x=10.2, y=22.0),
        Place("elm", "abroad", "camp", capacity=-1, foreign=True, x=12.0, y=21.0),
        Place("fir", "abroad", "camp", capacity=-1, foreign=True, x=9.0, y=23.0),
        Place("gorse", "home", "forward", 100, x=11.5, y=20.5),
    )
    roads = links or (
        Link("alder", "birch", 150.0),
        Link("alder", "cedar", 90.0),
        Link("birch", "cedar", 60.0),
        Link("birch", "dogwood", 45.0),
        Link("dogwood", "fir", 420.0),
        Link("cedar", "gorse", 55.0),
        Link("gorse", "elm", 130.0),
        Link("birch", "elm", 310.0),
        Link("cedar", "dogwood", 80.0),
    )
    elm = np.cumsum([40, people - 40, *[per_day] * (days - 2)]).astype(np.int64)
    fir = np.full(days, 25, np.int64)
    war = np.ones(days)
    late = np.array([0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0] * 20)[:days]
    return FleeInstance(
        "small",
        START,
        days,
        places,
        roads,
        (),
        {"alder": war, "dogwood": late},
        {"elm": elm, "fir": fir},
        elm + fir,
        FleeSettings(**settings),
    )


OFFICIAL: dict[str, Any] = {
    "max_move_speed": 400.0,
    "softening": 50.0,
    "distance_power": 0.75,
    "default_movechance": 0.5,
    "conflict_weight": 0.25,
    "avoid_short_stints": True,
    "capacity_scaling": 1.25,
    "conflict_spawn_decay": (1.0, 1.0, 1.0, 0.5, 0.1),
}
__all__ = ["OFFICIAL", "START", "Closure", "small"]
