"""Distances on the globe."""

import numpy as np
from numpy.typing import ArrayLike

from forestall.core.arrays import Floats

EARTH_RADIUS_KM = 6371.0088


def great_circle_km(lon_1: ArrayLike, lat_1: ArrayLike, lon_2: ArrayLike, lat_2: ArrayLike) -> Floats:
    """Return the great-circle distance in km by the haversine formula, for degrees WGS84.

    Examples
    --------
    >>> round(float(great_circle_km(46.75, 39.82, 46.34, 39.51)))
    49
    """
    lon_a, lat_a, lon_b, lat_b = (
        np.radians(np.asarray(x, dtype=np.float64)) for x in (lon_1, lat_1, lon_2, lat_2)
    )
    h = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(h)), dtype=np.float64)
