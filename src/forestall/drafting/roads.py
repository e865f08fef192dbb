"""Derived corridors: a Gabriel graph of towns on land, links between states at derived crossings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from forestall.core.arrays import Bools, Floats, Ints
from forestall.core.geography import great_circle_km
from forestall.drafting.land import SEA, Land

LAND_SHARE = 0.85
"""Share of a straight line that must lie on the land of its own state or states."""
SAMPLE_KM = 3.0
FEWEST_SAMPLES = 12
CROSSINGS_PER_NEIGHBOUR = 3


@dataclass(frozen=True, slots=True)
class Link:
    """A derived way between two places, by number.

    Parameters
    ----------
    one, other
        Numbers of the places.
    straight_km
        Great circle.
    mode
        "road" on land, "sea" over water.
    border
        Where it crosses from one state to the next, in degrees; None inside a state.
    """

    one: int
    other: int
    straight_km: float
    mode: str = "road"
    border: tuple[float, float] | None = None


@cache
def factors() -> pl.DataFrame:
    """Return how much longer a way is than the great circle, by distance in km."""
    return pl.read_csv(str(files("forestall.drafting").joinpath("factors.csv")))


def way_km(straight_km: float) -> float:
    """Return the usual length of a link between neighbouring towns.

    Examples
    --------
    >>> round(way_km(100.0), 1)
    115.0
    """
    row = factors().filter((pl.col("from_km") <= straight_km) & (straight_km < pl.col("to_km")))
    return straight_km * float(row["edge_factor"].item())


def gabriel(lon: Floats, lat: Floats) -> Bools:
    """Tell which points are joined: no third point lies in the ball that has both at its ends.

    Parameters
    ----------
    lon, lat
        Degrees, shape (points,).

    References
    ----------
    Gabriel, K. R. and Sokal, R. R. (1969), A new statistical approach to geographic variation analysis,
    Systematic Zoology 18(3):259-278, https://doi.org/10.2307/2412323

    Examples
    --------
    >>> gabriel(np.array([0.0, 1.0, 2.0]), np.zeros(3)).astype(int).tolist()
    [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    """
    a, b = np.radians(lon), np.radians(lat)
    points = np.column_stack([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)])
    squared = ((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2)
    joined = ~np.eye(len(points), dtype=bool)
    for third in range(len(points)):
        inside = squared[:, third][:, None] + squared[third][None, :] < squared * (1 - 1e-9)
        inside[third, :] = inside[:, third] = False
        joined &= ~inside
    return joined


def along(lon: Floats, lat: Floats, one: int, other: int, land: Land) -> tuple[Floats, Floats, Ints]:
    """Return points along the straight line between two places, and the state of each."""
    km = float(great_circle_km(lon[one], lat[one], lon[other], lat[other]))
    share = np.linspace(0.0, 1.0, max(int(km / SAMPLE_KM), FEWEST_SAMPLES))
    x, y = lon[one] + share * (lon[other] - lon[one]), lat[one] + share * (lat[other] - lat[one])
    return x, y, land.state(x, y)


def derived_links(lon: Floats, lat: Floats, state: Ints, home: int, land: Land) -> list[Link]:
    """Return the links between towns: on land within a state, and across a border of the home state.

    Parameters
    ----------
    lon, lat
        Degrees; from 0 to 360 where the land lies across the date line. Shape (places,).
    state
        Number of the state of each place in the grid.
    home
        Number of the country of the crisis.
    land
        The grid of states.
    """
    pairs = np.argwhere(np.triu(gabriel(lon, lat)))
    links = [
        link for one, other in pairs for link in _link(lon, lat, state, (int(one), int(other)), home, land)
    ]
    inner = [link for link in links if link.border is None]
    kept = [*inner, *_crossings([link for link in links if link.border], state, home)]
    return kept + joined(lon, lat, state, home, land, kept)


def _link(lon: Floats, lat: Floats, state: Ints, pair: tuple[int, int], home: int, land: Land) -> list[Link]:
    """Return the link of a pair where its line stays on the land of its states."""
    one, other = pair
    km = float(great_circle_km(lon[one], lat[one], lon[other], lat[other]))
    x, y, under = along(lon, lat, one, other, land)
    if np.isin(under, [state[one], state[other]]).mean() < LAND_SHARE:
        return []
    if state[one] == state[other]:
        return [Link(one, other, km)]
    if home not in (state[one], state[other]):
        return []
    return [Link(one, other, km, border=_change(x, y, under, int(state[one])))]


def _change(x: Floats, y: Floats, under: Ints, first: int) -> tuple[float, float]:
    """Return where a line first leaves the state it begins in, but for the sea."""
    others = np.flatnonzero((under != first) & (under != SEA))
    at = int(others[0]) if len(others) else len(under) // 2
    return float(x[at]), float(y[at])


def _crossings(links: list[Link], state: Ints, home: int) -> list[Link]:
    """Keep the shortest links to each neighbour."""
    kept, count = [], dict[int, int]()
    for link in sorted(links, key=lambda x: (x.straight_km, x.one, x.other)):
        away = int(state[link.other] if state[link.one] == home else state[link.one])
        count[away] = count.get(away, 0) + 1
        if count[away] <= CROSSINGS_PER_NEIGHBOUR:
            kept.append(link)
    return kept


def joined(lon: Floats, lat: Floats, state: Ints, home: int, land: Land, links: list[Link]) -> list[Link]:
    """Return links that join parts of a country to each other, and towns abroad to it, where nothing does.

    The shortest straight line is taken; over water it is a way by sea, of which nothing is known.
    """
    found: list[Link] = []
    group = np.arange(len(lon))
    for link in links:
        group[group == group[link.other]] = group[link.one]
    away = great_circle_km(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
    own = (state == home)[:, None] | (state == home)[None, :] | (state[:, None] == state[None, :])
    away = np.where(own, away, np.inf)  # two other states are never joined to each other
    while len(np.unique(group)) > 1:
        apart = np.where(group[:, None] != group[None, :], away, np.inf)
        one, other = (int(i) for i in np.unravel_index(int(apart.argmin()), apart.shape))
        x, y, under = along(lon, lat, one, other, land)
        wet = float((under == SEA).mean()) > 1 - LAND_SHARE
        over_border = not wet and home in (state[one], state[other]) and state[one] != state[other]
        border = _change(x, y, under, int(state[one])) if over_border else None
        found.append(Link(one, other, float(away[one, other]), "sea" if wet else "road", border))
        group[group == group[other]] = group[one]
    return found
