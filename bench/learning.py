"""Learning measured: the draws that ship, the speed of ten thousand draws, workers.

Usage: learning.py ship FOLDER...   write the draws that come with the package (all crises, each left
out, and those over before any of them began, with and without capacities)
       learning.py draws FOLDER     seconds for 10,000 draws of the ranges, all days
       learning.py workers FOLDER... seconds of leave one out on 1, 2 and 4 local workers
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

SHIPPED, SHIPPED_DRAWS, SEED = Path("src/forestall/learning"), 500, 1


def ship(folders: list[str]) -> None:
    from forestall.learning.draws import ship as write
    from forestall.learning.situation import read_all
    from forestall.learning.transfer import Task, run_task

    read = read_all(folders)
    groups = [tuple(read), *(tuple(s for s in read if s is not one) for one in read)]
    groups += [tuple(s for s in read if s.over_by <= one.start) for one in read]
    chosen = list(dict.fromkeys(g for g in groups if g))
    sets = []
    for capacities in (False, True):
        for group in chosen:
            started = time.perf_counter()
            sets.append(run_task(Task(group, capacities, SHIPPED_DRAWS, SEED)))
            print([s.title for s in group], capacities, f"{time.perf_counter() - started:.0f} s", flush=True)
    write(sets, SHIPPED)


def draws(folder: str) -> None:
    from forestall.learning.course import simulate
    from forestall.learning.fitting import prior
    from forestall.learning.parameters import values_of
    from forestall.learning.situation import read_situation

    situation = read_situation(folder)
    simulate(situation, values_of(prior(64, SEED).scores), range(situation.days))
    started = time.perf_counter()
    simulate(situation, values_of(prior(10_000, SEED).scores), range(situation.days))
    print(f"{situation.title}: 10,000 draws, {situation.days} days, {time.perf_counter() - started:.1f} s")


def _study(folders: list[str], cluster: str, number: int = 200) -> tuple[float, dict]:
    from forestall.learning.situation import read_all
    from forestall.learning.transfer import transfer
    from forestall.learning.workers import mapping, threads_of

    read = read_all(folders)
    with mapping(cluster) as mapped:
        mapped(abs, range(8))
        started = time.perf_counter()
        arms, threads = ["without capacities"], threads_of(cluster)
        found = transfer(read, arms=arms, draws=number, seed=SEED, mapped=mapped, threads=threads)
        return time.perf_counter() - started, found


def workers(folders: list[str]) -> None:
    base = 0.0
    for number in (1, 2, 4):
        seconds, found = _study(folders, f"local:{number}")
        base = base or seconds
        error = found["summary"][0]["ard_rescaled"]
        print(f"{number} workers: {seconds:.1f} s, efficiency {base / seconds / number:.2f}, ARD {error!r}")


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    if verb == "ship":
        ship(rest)
    elif verb == "draws":
        draws(rest[0])
    else:
        workers(rest)
