"""People in need by the mechanical rules of the Joint and Intersectoral Analysis Framework (JIAF 2).

The rules are applied to what this tool knows: the share of each sector's need that no known
supply meets. Final figures are decisions of people; nothing here is endorsed by anyone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.preparedness.needs import Demand
from forestall.preparedness.people import Presence
from forestall.preparedness.quantiles import draw_quantiles
from forestall.schema.conventions import ALL

STATUS = "mechanical, not endorsed"
JOINT = "joint"
PHASES = ((0.05, 2), (0.2, 3), (0.5, 4), (0.8, 5))
"""Share of people with unmet need from which a sector is in a phase: an assumption of this tool."""
DAILY = 14
SPARSE = 7


def report_days(days: int) -> list[int]:
    """Return the days reported: each of the first fourteen, then one a week, and the last.

    Examples
    --------
    >>> report_days(30)[-4:]
    [13, 20, 27, 29]
    """
    return sorted(
        {*range(min(days, DAILY)), *range(DAILY + SPARSE - 1, days, SPARSE), *([days - 1] if days else [])}
    )


def sector_phase(share: float) -> int:
    """Return the phase of a sector from the share of people whose need is unmet.

    Examples
    --------
    >>> [sector_phase(share) for share in (0.0, 0.05, 0.3, 0.9)]
    [1, 2, 3, 5]
    """
    return max((phase for least, phase in PHASES if share >= least), default=1)


def unit_phase(phases: Sequence[int]) -> int:
    """Return the preliminary severity of a unit from the phases of its sectors.

    Phase k (2-4) where at least four sectors are at k or worse; phase 5 where at least two
    are at 5 and two more at 4 or worse.

    References
    ----------
    Joint and Intersectoral Analysis Framework 2, Technical Manual (July 2024).

    Examples
    --------
    >>> unit_phase([5, 5, 4, 4]), unit_phase([4, 4, 3, 3, 1]), unit_phase([5, 5, 5])
    (5, 3, 1)
    """
    if sum(p == 5 for p in phases) >= 2 and sum(p >= 4 for p in phases) >= 4:
        return 5
    return max((k for k in (2, 3, 4) if sum(p >= k for p in phases) >= 4), default=1)


class InNeed:
    """Gathers people in need of one arm from demands by item and place."""

    def __init__(self, presence: Presence, arm: str, quantiles: Sequence[float]) -> None:
        self.presence, self.arm, self.quantiles = presence, arm, tuple(quantiles)
        self.days = report_days(len(presence.dates))
        self.people: dict[tuple[str, str], Floats] = {}
        self.in_need: dict[tuple[str, str], Floats] = {}
        self.known: dict[tuple[str, str], bool] = {}

    def add(self, demand: Demand) -> None:
        """Add one place and item: those lacking any item of a sector are in need in it."""
        key = (demand.place, demand.item.sector)
        people, need, gap = (values[:, self.days] for values in (demand.people, demand.need, demand.gap))
        lacking = people * np.divide(gap, need, out=np.zeros_like(gap), where=need > 0)
        self.people[key] = np.maximum(self.people.get(key, 0.0), people)
        self.in_need[key] = np.maximum(self.in_need.get(key, 0.0), lacking)
        self.known[key] = self.known.get(key, False) or demand.supply.known

    def rows(self) -> pl.DataFrame:
        """Return the rows of the table ``people_in_need``."""
        places = list(dict.fromkeys(place for place, _ in self.in_need))
        units = {place: self._unit(place) for place in places}
        frames = [frame for place in places for frame in self._frames(place, units[place])]
        if units:
            frames += self._frames(ALL, _sum_of(list(units.values())), national=True)
        return pl.concat(frames) if frames else pl.DataFrame()

    def _unit(self, place: str) -> dict[str, tuple[Floats, Floats, bool]]:
        """Return people, people in need and whether supply is known, by sector and jointly.

        The joint figure of a unit is its highest sector, draw by draw.
        """
        sectors = [sector for p, sector in self.in_need if p == place]
        unit = {s: (self.people[place, s], self.in_need[place, s], self.known[place, s]) for s in sectors}
        people = np.max([self.people[place, s] for s in sectors], axis=0)
        highest = np.max([self.in_need[place, s] for s in sectors], axis=0)
        return {**unit, JOINT: (people, highest, any(self.known[place, s] for s in sectors))}

    def _frames(
        self, place: str, unit: Mapping[str, tuple[Floats, Floats, bool]], *, national: bool = False
    ) -> list[pl.DataFrame]:
        """Return the rows of one unit; the sum of units gets no severity."""
        phases = {} if national else self._phases(unit)
        return [self._frame(place, sector, unit[sector], phases.get(sector)) for sector in unit]

    def _phases(self, unit: Mapping[str, tuple[Floats, Floats, bool]]) -> dict[str, list[int | None]]:
        """Return the phase of each day by sector, and of the unit, at the median."""
        found: dict[str, list[int | None]] = {}
        for sector, (people, lacking, _) in unit.items():
            if sector != JOINT:
                middle = [
                    draw_quantiles(values, self.presence.weights, [0.5])[0] for values in (people, lacking)
                ]
                found[sector] = [sector_phase(l / p) if p > 0 else None for p, l in zip(*middle, strict=True)]
        daily = list(zip(*found.values(), strict=True))
        joint = [unit_phase([phase for phase in day if phase]) if any(day) else None for day in daily]
        return {**found, JOINT: joint}

    def _frame(
        self,
        place: str,
        sector: str,
        found: tuple[Floats, Floats, bool],
        phases: list[int | None] | None,
    ) -> pl.DataFrame:
        """Return the rows of one unit and sector."""
        dates = [self.presence.dates[d] for d in self.days]
        weights, (people, lacking, known) = self.presence.weights, found
        counts, in_need = (draw_quantiles(values, weights, self.quantiles) for values in (people, lacking))
        each, repeats = len(dates), len(self.quantiles)
        data: dict[str, Any] = {
            "arm": [self.arm] * (each * repeats),
            "place": [place] * (each * repeats),
            "date": pl.Series(dates * repeats, dtype=pl.Date),
            "sector": [sector] * (each * repeats),
            "quantile": np.repeat(np.asarray(self.quantiles), each),
            "people": counts.ravel(),
            "in_need": in_need.ravel(),
            "severity": pl.Series((phases or [None] * each) * repeats, dtype=pl.Int64),
            "supply_known": [known] * (each * repeats),
            "status": [STATUS] * (each * repeats),
        }
        return pl.DataFrame(data).filter(pl.col("people") > 0)


def _sum_of(
    units: Sequence[Mapping[str, tuple[Floats, Floats, bool]]],
) -> dict[str, tuple[Floats, Floats, bool]]:
    """Return the sum over units by sector and jointly; sectors are never added or averaged."""
    sectors = list(dict.fromkeys(sector for unit in units for sector in unit))
    sums = {}
    for sector in sectors:
        parts = [unit[sector] for unit in units if sector in unit]
        people = np.sum([there for there, _, _ in parts], axis=0)
        lacking = np.sum([short for _, short, _ in parts], axis=0)
        sums[sector] = (people, lacking, any(known for _, _, known in parts))
    return sums
