"""Which state a point lies in, from a grid of the outlines: fast, and good to a few kilometres."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forestall.core.arrays import Floats, Ints
from forestall.world import load_areas, load_outlines

STEPS_A_DEGREE = 20
"""Cells of a twentieth of a degree, about five kilometres."""
SEA = 0
HALF_TURN, TURN = 180.0, 360.0


def turned(lon: Floats, *, west_first: bool) -> Floats:
    """Return longitudes from 0 to 360 where a country lies across the date line."""
    return np.where(lon < 0, lon + TURN, lon) if west_first else lon


def turned_back(lon: float) -> float:
    """Return a longitude from -180 to 180.

    Examples
    --------
    >>> turned_back(190.0), turned_back(20.0)
    (-170.0, 20.0)
    """
    return lon - TURN if lon > HALF_TURN else lon


@dataclass(frozen=True, eq=False)
class Land:
    """A grid of states.

    Parameters
    ----------
    codes
        ISO3 codes; the state of a cell is its number less one, 0 = sea or another state.
    cells
        Shape (rows from south to north, columns from west to east).
    south, west
        Corner in degrees.
    across
        True where longitudes run from 0 to 360.
    """

    codes: tuple[str, ...]
    cells: NDArray[np.int16]
    south: float
    west: float
    across: bool

    def state(self, lon: Floats, lat: Floats) -> Ints:
        """Return the number of the state at points, 0 outside.

        Parameters
        ----------
        lon, lat
            Degrees WGS84, any shape.
        """
        column = np.floor((turned(lon, west_first=self.across) - self.west) * STEPS_A_DEGREE).astype(np.int64)
        row = np.floor((lat - self.south) * STEPS_A_DEGREE).astype(np.int64)
        rows, columns = self.cells.shape
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        found = self.cells[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
        return np.where(inside, found, SEA).astype(np.int64)


def read_land(codes: Iterable[str], box: tuple[float, float, float, float], *, across: bool) -> Land:
    """Draw the grid of some states within a box.

    Parameters
    ----------
    codes
        ISO3 codes.
    box
        West, south, east, north in degrees; from 0 to 360 where ``across``.
    across
        True where the box lies across the date line.
    """
    names = tuple(codes)
    west, south, east, north = box
    shape = (int((north - south) * STEPS_A_DEGREE) + 1, int((east - west) * STEPS_A_DEGREE) + 1)
    cells = np.zeros(shape, dtype=np.int16)
    rings = (
        load_areas()
        .filter(pl.col("iso3").is_in(list(names)))
        .select("row", "iso3")
        .join(load_outlines(), on="row")
    )
    for number, code in enumerate(names, start=1):
        own = rings.filter(iso3=code)
        edges = _edges(own["lon"].to_list(), own["lat"].to_list(), across=across)
        _fill(cells, edges, south, west, number)
    return Land(names, cells, south, west, across)


def _edges(lons: list[list[float]], lats: list[list[float]], *, across: bool) -> Floats:
    """Return the sides of all rings: columns lon, lat, next lon, next lat."""
    sides = [np.empty((0, 4))]
    for lon, lat in zip(lons, lats, strict=True):
        x, y = turned(np.asarray(lon), west_first=across), np.asarray(lat)
        sides.append(np.column_stack([x[:-1], y[:-1], x[1:], y[1:]]))
    return np.concatenate(sides)


def _fill(cells: NDArray[np.int16], edges: Floats, south: float, west: float, number: int) -> None:
    """Fill the cells whose middle lies inside the rings, row by row, by the rule of even and odd."""
    low, high = np.minimum(edges[:, 1], edges[:, 3]), np.maximum(edges[:, 1], edges[:, 3])
    columns = cells.shape[1]
    for row in range(cells.shape[0]):
        lat = south + (row + 0.5) / STEPS_A_DEGREE
        across = edges[(low <= lat) & (high > lat)]
        if not len(across):
            continue
        x = across[:, 0] + (lat - across[:, 1]) * (across[:, 2] - across[:, 0]) / (
            across[:, 3] - across[:, 1]
        )
        steps = np.sort((x - west) * STEPS_A_DEGREE - 0.5)
        for first, last in zip(steps[0::2], steps[1::2], strict=False):
            begin, end = max(int(np.ceil(first)), 0), min(int(np.floor(last)) + 1, columns)
            if begin < end:
                cells[row, begin:end] = number
