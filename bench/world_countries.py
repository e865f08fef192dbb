"""Draw up a crisis for countries drawn at random and for those with most deaths; check and run each.

python bench/world_countries.py [--random 20] [--deadly 40] [--as-of 2023-12-31] [--codes BOL,NPL]
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from forestall.world import load_countries, load_deaths

SEED = 12


def chosen(count: int, deadly: int) -> list[str]:
    """Return countries drawn at random, then those with most deaths in the last ten years."""
    there = load_countries().drop_nulls("capital_town")["iso3"].to_list()
    drawn = random.Random(SEED).sample(there, count)  # noqa: S311
    late = load_deaths().filter(violence="state-based").filter(pl.col("start").dt.year() >= 2014)
    sums = late.group_by("iso3").agg(pl.col("best").sum()).sort("best", descending=True)
    return list(dict.fromkeys([*drawn, *sums["iso3"].head(deadly)]))


def judged(code: str, as_of: str, folder: Path) -> tuple[bool, float]:
    """Return whether all three commands went well, and the seconds they took together."""
    forestall = [str(Path(sys.executable).with_name("forestall"))]
    started = time.perf_counter()
    commands = (
        ["new", code, "--country", code, "--as-of", as_of],
        ["check", code],
        ["run", code, "--draws", "200", "--out", f"{code}-run", "--quiet"],
    )
    well = True
    for command in commands:
        done = subprocess.run([*forestall, *command], cwd=folder, capture_output=True, text=True, check=False)
        well &= done.returncode == 0
        if done.returncode:
            print(code, command[0], done.stderr[-300:])
    well &= (folder / f"{code}-run" / "brief.html").is_file()
    return well, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=20)
    parser.add_argument("--deadly", type=int, default=40)
    parser.add_argument("--as-of", default="2023-12-31")
    parser.add_argument("--codes", default="")
    given = parser.parse_args()
    codes = given.codes.split(",") if given.codes else chosen(given.random, given.deadly)
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for code in codes:
            well, seconds = judged(code, given.as_of, Path(folder))
            times.append(seconds if well else float("inf"))
            print(f"{code} {'well' if well else 'FAILED'} {seconds:5.1f} s", flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    good = sum(one < 60 for one in times)
    print(f"{good} of {len(codes)} within 60 s; slowest {max(times):.1f} s; at most {peak:.2f} GB")


if __name__ == "__main__":
    main()
