"""Measure one forecast of displacement on a made crisis: a square of places, four corridors each.

``python bench/big.py 5000 10`` prints places, corridors, draws, seconds, the peak of memory and what
was foretold for the movement. The places hang on the small crisis of the tests.
"""

import resource
import sys
import time
from math import isqrt
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from valley import copy_valley

MODEL = "upper_dale"


def grown(folder: Path, many: int) -> Path:
    """Return the small crisis with so many more places on a grid, each like the first, joined both ways."""
    valley, side = copy_valley(folder), isqrt(many)
    names = [f"place_{n}" for n in range(side * side)]
    for table in ("places", "population", "control"):
        path = valley / f"{table}.csv"
        rows = pl.read_csv(path, infer_schema=False)
        one = rows.filter(pl.col("place") == MODEL)
        more = pl.concat([one.with_columns(place=pl.lit(name)) for name in names])
        more = more.with_columns(name=pl.col("place")) if table == "places" else more
        pl.concat([rows, more]).write_csv(path)
    path = valley / "corridors.csv"
    roads = pl.read_csv(path, infer_schema=False)
    first = roads.head(1)
    ends = [(names[0], MODEL), (MODEL, names[0])]
    for n in range(side * side):
        beside = [n + 1] if (n + 1) % side else []
        for other in [*beside, *([n + side] if n + side < side * side else [])]:
            ends += [(names[n], names[other]), (names[other], names[n])]
    cells = [(f"{a}_{b}", a, b) for a, b in ends]
    more = pl.DataFrame(cells, schema=["corridor", "from_place", "to_place"], orient="row")
    rest = first.drop("corridor", "from_place", "to_place")
    pl.concat([roads, more.join(rest, how="cross").select(roads.columns)]).write_csv(path)
    return valley


def main() -> None:
    """Measure and print."""
    from forestall.crisis import open_crisis
    from forestall.runs import run

    places, draws = int(sys.argv[1]), int(sys.argv[2])
    with TemporaryDirectory() as folder:
        crisis = open_crisis(grown(Path(folder), places))
        begun = time.monotonic()
        try:
            run(crisis, as_of="2025-03-14", draws=draws, until="displace")
        except MemoryError as error:
            sys.stdout.write(f"refused: {error}\n")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        sys.stdout.write(
            f"{crisis.tables['places'].height} places, {crisis.tables['corridors'].height} corridors, "
            f"{draws} draws: {time.monotonic() - begun:.0f} s, {peak:.1f} GB\n"
        )


if __name__ == "__main__":
    main()
