"""Items over time: the figure that holds on each day of the horizon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.core.units import parse_duration
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.standards import (
    Standard,
    choose_standards,
    climate_on,
    household_size_of,
    phase_on,
)


@dataclass(frozen=True, eq=False)
class Item:
    """One item and what one person needs of it on each day.

    Attributes
    ----------
    standard
        The standard that holds on the first day it holds at all.
    rate
        Amount per person (used up: per person and day), shape (days,); 0 where no standard holds.
    """

    standard: Standard
    rate: Floats

    @property
    def sector(self) -> str:
        """The sector."""
        return self.standard.sector

    @property
    def name(self) -> str:
        """The item."""
        return self.standard.item

    @property
    def unit(self) -> str:
        """The unit."""
        return self.standard.unit

    @property
    def used_up(self) -> bool:
        """Whether the item is used up day by day."""
        return self.standard.used_up


def items_over(
    standards: pl.DataFrame,
    demography: pl.DataFrame,
    latitude: float | None,
    dates: Sequence[date],
    options: PrepareOptions,
) -> list[Item]:
    """Choose the standards of each day by phase and climate and gather them by item.

    Parameters
    ----------
    standards, demography
        Tables of those names.
    latitude
        Mean latitude of the places in degrees, or None.
    dates
        Days; the acute phase is counted from the first.
    options
        Options of the stage.
    """
    household_size = household_size_of(demography, options.household_size)
    acute_days = parse_duration(options.acute).days
    found: dict[tuple[str, str, str, bool], tuple[Standard, Floats]] = {}
    for index, day in enumerate(dates):
        climate = climate_on(day, latitude) if options.climate == "auto" else options.climate
        phase = phase_on(day, dates[0], acute_days)
        for standard in choose_standards(standards, phase, climate, household_size):
            key = (standard.sector, standard.item, standard.unit, standard.used_up)
            found.setdefault(key, (standard, np.zeros(len(dates))))[1][index] = standard.per_person
    return [Item(standard, rate) for _, (standard, rate) in sorted(found.items(), key=lambda pair: pair[0])]
