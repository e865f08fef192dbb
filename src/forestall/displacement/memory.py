"""How much memory the movement of so many draws takes, asked before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forestall.core.sizes import bytes_of
from forestall.displacement.cohorts import Clock

CELL = np.dtype(np.int32).itemsize
REAL = np.dtype(np.float64).itemsize
READ_AT = 120
"""Moments at which results read who is where, at most."""
COPIES = 3
"""Arrays of real numbers, by draw, moment and place, that results hold at once."""
FREE_SHARE = 0.8
"""Share of what is free that a run may take where nothing else is said."""


def free_bytes() -> int | None:
    """Return how much memory is free, None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Size:
    """What a movement is made of.

    Parameters
    ----------
    origins, sites, hosts, lanes : int
        Places people leave, places of first reception, hosts, lanes of roads.
    """

    origins: int
    sites: int
    hosts: int
    lanes: int

    def bytes_by_draw(self, clock: Clock) -> int:
        """Return the bytes of the record of one draw, and of what results make of it."""
        steps, rows = len(clock.start), int(clock.record.max(initial=-1)) + 1
        places = self.origins + self.sites + self.hosts
        record = CELL * (2 * steps * places + 2 * rows * self.lanes) + REAL * self.lanes
        return record + REAL * COPIES * min(READ_AT, steps) * places


def refuse_what_cannot_fit(size: Size, clock: Clock, draws: int, allowed: str) -> None:
    """Refuse a movement that does not fit into memory, before it begins.

    Parameters
    ----------
    size, clock
        What is moved, over which steps.
    draws : int
        How often.
    allowed : str
        Memory that may be used; empty = a part of what is free.

    Raises
    ------
    MemoryError
        With what it takes, what there is, and how many draws would fit.
    """
    free = free_bytes()
    most = bytes_of(allowed) if allowed else None if free is None else int(free * FREE_SHARE)
    each = size.bytes_by_draw(clock)
    if most is None or each * draws <= most:
        return
    fit = most // each
    way = f"at most {fit:,} draws fit (--draws {fit})" if fit else "not even one draw fits"
    whence = "are allowed (--memory)" if allowed else "may be used of what is free (--memory allows more)"
    raise MemoryError(
        f"{draws:,} draws of {size.origins:,} places and {size.lanes:,} lanes of roads take about "
        f"{each * draws / 1e9:,.1f} GB, and {most / 1e9:,.1f} GB {whence}; {way}"
    )
