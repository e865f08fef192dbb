"""What a run of the peer's rules starts from: places, links, conflict, closures and counts.

Places are sorted by name, so that the order of rows in a file never matters; where the order of a
file does matter (the first of two equal links is the one travelled) the instance says so itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np

from forestall.core.arrays import Floats, Ints
from forestall.options.flee import FleeSettings

Kind = Literal["town", "conflict", "camp", "idpcamp", "forward", "marker", "flood_zone", "untyped"]
ClosureKind = Literal["country", "location", "link", "camp", "idpcamp"]


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the network.

    Parameters
    ----------
    name, country : str
        Names as in the file.
    kind : str
        What the peer makes of the type in the file.
    population : float
        People who live there; 0 for camps.
    capacity : float
        People a camp can take; -1 for places without a limit.
    intensity : float
        Strength of the conflict where ``kind`` is conflict.
    x, y : float
        Coordinates in the order of the file.
    initial_people : int
        Displaced people who are there on day 0.
    capacity_per_day : float
        Change of the capacity every day.
    deactivation : float
        Probability per day that somebody in this camp stops being counted.
    foreign : bool
        In another country than the first place of the file.
    """

    name: str
    country: str
    kind: Kind
    population: float = 0.0
    capacity: float = -1.0
    intensity: float = 1.0
    x: float = 0.0
    y: float = 0.0
    initial_people: int = 0
    capacity_per_day: float = 0.0
    deactivation: float = 0.0
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A two-way road between two places; a row of the file.

    Parameters
    ----------
    start, end : str
        Names of the places.
    km : float
        Length.
    max_move_speed : float or None
        Distance per day on this link; None for the speed of the settings.
    walk_probability : float
        Probability per day of walking on this link.
    copies : int
        How often the peer creates the link: 2 where the file forces a redirection.
    """

    start: str
    end: str
    km: float
    max_move_speed: float | None = None
    walk_probability: float = 0.0
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Closure:
    """Something that is closed on one day and opened again on another (0 or less: never)."""

    kind: ClosureKind
    first: str
    second: str
    start: int
    end: int


@dataclass(frozen=True)
class FleeInstance:
    """Everything a run needs, with all order effects of the files resolved.

    Parameters
    ----------
    title : str
        Name of the crisis.
    start : datetime.date
        Day 0.
    days : int
        Number of days.
    places : tuple of Place
        Sorted by name.
    links : tuple of Link
        In the order of the file: of equal links the first is travelled.
    closures : tuple of Closure
        In the order of the file.
    conflict : mapping of str to float array, shape (days,)
        Strength of the conflict by day for the places that have a column.
    series : mapping of str to int array, shape (days,)
        Recorded counts by day, interpolated, without the total.
    total : int array, shape (days,)
        The series called total.
    settings : FleeSettings
        Settings of the folder.
    type_changes : tuple of (str, str, int)
        Place, new type, day.
    """

    title: str
    start: date
    days: int
    places: tuple[Place, ...]
    links: tuple[Link, ...]
    closures: tuple[Closure, ...]
    conflict: dict[str, Floats]
    series: dict[str, Ints]
    total: Ints
    settings: FleeSettings = field(default_factory=FleeSettings)
    type_changes: tuple[tuple[str, Kind, int], ...] = ()

    def reference(self, names: tuple[str, ...]) -> Floats:
        """Return the recorded counts, shape (days, names); not a number where there are none.

        With ``empty_camps_on_day0`` the counts of day 0 are taken off.
        """
        nothing = np.full(self.days, np.nan)
        columns = [np.asarray(self.series.get(name, nothing), dtype=np.float64) for name in names]
        counts = np.stack(columns, axis=1) if columns else np.zeros((self.days, 0))
        return counts - counts[:1] if self.settings.empty_camps_on_day0 else counts

    def index(self) -> dict[str, int]:
        """Return the position of each place."""
        return {place.name: position for position, place in enumerate(self.places)}
