"""Measure the rules `forestall` on made-up road networks: time, memory, scaling.

python bench/displacement_rules.py            # the table, and bench/results/displacement_rules.csv
python bench/displacement_rules.py --one 100000 1000 100 1    # one case: places origins sites draws
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from forestall.crisis import Crisis

CASES = (
    (100, 10, 5, 1),
    (1_000, 100, 20, 1),
    (10_000, 1_000, 100, 1),
    (100_000, 1_000, 100, 1),
    (1_000, 100, 20, 10),
    (1_000, 100, 20, 100),
)
"""Places, origins, sites, draws."""
DAYS = 90
RESULTS = Path(__file__).parent / "results" / "displacement_rules.csv"
KNOWN = datetime(2030, 4, 1, tzinfo=UTC)


def road_like(places: int, origins: int, sites: int, people: int = 1_000_000, seed: int = 1) -> Crisis:
    """Return a made-up country: places at random, joined both ways to their nearest by road."""
    from scipy.spatial import cKDTree

    from forestall.crisis import Crisis
    from forestall.schema import frame, table_of
    from forestall.settings import Settings

    rng = np.random.default_rng(seed)
    side = np.sqrt(places) * 8.0  # km: one place in 64 square kilometres
    xy = rng.uniform(0, side, (places, 2))
    _, near = cKDTree(xy).query(xy, k=4)
    pair = np.unique(
        np.sort(np.column_stack([np.repeat(np.arange(places), 3), near[:, 1:].ravel()]), axis=1), axis=0
    )
    pair = np.concatenate([pair, joins(xy, pair)])
    length = np.linalg.norm(xy[pair[:, 0]] - xy[pair[:, 1]], axis=1) * 1.3
    ends = np.concatenate([pair, pair[:, ::-1]])
    names = np.array([f"p{i:06d}" for i in range(places)])
    chosen = rng.permutation(places)[: origins + sites]
    kind = rng.choice(["paved", "local", "mountain", "trunk"], len(pair), p=[0.5, 0.3, 0.1, 0.1])

    def table(of: str, rows: int, **columns: object) -> pl.DataFrame:
        fill = {"timestamp": KNOWN, "date": KNOWN.date(), "boolean": False}
        full = {
            c.name: columns.get(
                c.name, [c.default or fill.get(c.type, "made up")] * rows if c.required else [None] * rows
            )
            for c in table_of(of).columns
        }
        return frame(of, pl.DataFrame(full, strict=False))

    tables = {
        "places": table(
            "places",
            places,
            place=names,
            name=names,
            kind=["settlement"] * places,
            country=["XAA"] * places,
            lon=xy[:, 0] / 111.0,
            lat=xy[:, 1] / 111.0,
            hosts=np.isin(np.arange(places), chosen[origins:]),
        ),
        "corridors": table(
            "corridors",
            len(ends),
            corridor=[f"c{i:07d}" for i in range(len(ends))],
            from_place=names[ends[:, 0]],
            to_place=names[ends[:, 1]],
            mode=["road"] * len(ends),
            km=np.tile(length, 2),
            lanes=np.ones(len(ends)),
            road_class=np.tile(kind, 2),
        ),
        "population": table(
            "population",
            origins,
            place=names[chosen[:origins]],
            group=["all"] * origins,
            people=rng.multinomial(people, np.full(origins, 1 / origins)),
            kind=["census"] * origins,
            level=["settlement"] * origins,
            who=["census"] * origins,
            date=[date(2030, 1, 1)] * origins,
        ),
        "events": table(
            "events",
            1,
            event=["E1"],
            date=[date(2030, 4, 30)],
            kind=["violence"],
            actor=["a side"],
            target=[str(names[chosen[0]])],
            form=["material"],
            stance=["conflict"],
            description=["An offensive begins"],
        ),
    }
    settings = Settings(
        title="Made up",
        iso3=("XAA",),
        zone="UTC",
        period={"start": date(2030, 1, 1), "end": date(2031, 1, 1)},
    )
    return Crisis(settings, MappingProxyType(tables)).at("2030-05-01T00:00+00:00")


def joins(xy: np.ndarray, pair: np.ndarray) -> np.ndarray:
    """Return roads that join the parts of a network in a chain, each to the nearest place of the next."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    size = len(xy)
    found = []
    while True:
        roads = np.concatenate([pair, *[np.array([p]) for p in found]]) if found else pair
        graph = coo_array((np.ones(len(roads)), (roads[:, 0], roads[:, 1])), shape=(size, size))
        parts, label = connected_components(graph, directed=False)
        if parts == 1:
            return np.array(found, dtype=np.int64).reshape(-1, 2)
        largest = np.bincount(label).argmax()
        inside = np.flatnonzero(label == largest)
        tree = cKDTree(xy[inside])
        for part in np.delete(np.arange(parts), largest):
            members = np.flatnonzero(label == part)
            far, where = tree.query(xy[members])
            found.append((members[far.argmin()], inside[where[far.argmin()]]))


def one(places: int, origins: int, sites: int, draws: int) -> dict[str, float]:
    """Measure one case in this process: daily steps, k = 3."""
    from forestall.displacement.stage import displace
    from forestall.options.displace import DisplaceOptions

    options = {"step": "day", "horizon": f"{DAYS} days", "routes": 3, "workers": 1}
    displace(road_like(60, 6, 3), DisplaceOptions(draws=2, **options))  # compiles
    crisis = road_like(places, origins, sites)
    started, wall = time.process_time(), time.perf_counter()
    result = displace(crisis, DisplaceOptions(draws=draws, **options))
    arrived = result["arrivals"].filter(pl.col("place") == "ALL")["people"].max()
    return {
        "places": places,
        "corridors": crisis["corridors"].height,
        "origins": origins,
        "sites": sites,
        "draws": draws,
        "days": DAYS,
        "cpu_s": round(time.process_time() - started, 2),
        "wall_s": round(time.perf_counter() - wall, 2),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
        "people_arrived": int(arrived or 0),
    }


def main() -> None:
    """Measure every case in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=4, type=int, metavar=("PLACES", "ORIGINS", "SITES", "DRAWS"))
    asked = parser.parse_args().one
    if asked:
        print(json.dumps(one(*asked)))
        return
    rows = []
    for case in CASES:
        command = [sys.executable, __file__, "--one", *map(str, case)]
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
