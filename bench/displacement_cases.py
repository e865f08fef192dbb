"""Instances for the bench of the displacement engine: imported, scaled, and generated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from forestall.flee.engine.instance import FleeInstance, Link, Place
from forestall.options.flee import FleeSettings

NAMES = ("mali2012", "burundi2015", "car2013", "syria2013")


def imported(folder: Path) -> FleeInstance:
    """Return the instance of a Flee folder."""
    from forestall.flee.engine.from_tables import instance_of
    from forestall.flee.reading import read_folder
    from forestall.flee.reading.to_tables import crisis_of

    return instance_of(crisis_of(read_folder(folder)))


def scaled(instance: FleeInstance, people: float) -> FleeInstance:
    """Return an instance with so many people on its last day: counts, homes and camps alike."""
    last = sum(int(values[-1]) for values in instance.series.values())
    factor = people / last
    places = tuple(
        replace(p, population=np.floor(p.population * factor), capacity=max(p.capacity * factor, -1.0))
        for p in instance.places
    )
    series = {name: np.round(values * factor).astype(np.int64) for name, values in instance.series.items()}
    return replace(instance, places=places, series=series)


def road_like(places: int, days: int = 30, people: int = 100_000, seed: int = 1) -> FleeInstance:
    """Return a made-up country: places at random, each joined to near ones, as roads do.

    Every hundredth place is a camp, every twentieth of the others in conflict.
    """
    from scipy.spatial import cKDTree

    random = np.random.default_rng(seed)
    at = random.random((places, 2)) * np.sqrt(places) * 30.0
    near = cKDTree(at).query(at, k=min(4, places))[1][:, 1:]
    pairs = {(min(a, int(b)), max(a, int(b))) for a in range(places) for b in near[a]}
    names = [f"p{number:06d}" for number in range(places)]
    links = tuple(
        Link(names[a], names[b], float(max(np.hypot(*(at[a] - at[b])), 1.0))) for a, b in sorted(pairs)
    )
    kinds = ["camp" if n % 100 == 50 else "conflict" if n % 20 == 0 else "town" for n in range(places)]
    made = tuple(
        Place(
            name,
            "abroad" if kind == "camp" else "home",
            kind,
            5_000.0 if kind != "camp" else 0.0,
            foreign=kind == "camp",
        )  # type: ignore[arg-type]
        for name, kind in zip(names, kinds, strict=True)
    )
    camp = next(name for name, kind in zip(names, kinds, strict=True) if kind == "camp")
    counts = np.linspace(0, people, days).astype(np.int64)
    settings = FleeSettings(
        max_move_speed=400.0,
        softening=50.0,
        distance_power=0.75,
        default_movechance=0.5,
        avoid_short_stints=True,
        conflict_weight=0.25,
    )
    return FleeInstance(
        "generated", date(2020, 1, 1), days, made, links, (), {}, {camp: counts}, counts, settings
    )
