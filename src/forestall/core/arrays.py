"""Arrays of numbers by the names all packages use in their signatures; shapes stand in docstrings."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Figures, shares and hours; NaN where not known."""
Ints = NDArray[np.int64]
"""Counts, positions and numbers of draws."""
Bools = NDArray[np.bool_]
"""Yes or no of each cell."""
Counts = NDArray[np.int32]
"""People of a cohort, kept small: there are many."""
Hashes = NDArray[np.uint64]
"""Names of places and cells of a random stream, as numbers."""
