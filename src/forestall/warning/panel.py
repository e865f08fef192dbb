"""Monthly deaths of many countries as one matrix, with the borders between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forestall.core.arrays import Bools, Floats

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Panel:
    """Deaths by month and country; a month that nobody reported is NaN, never zero.

    Parameters
    ----------
    first_month
        Number of the first month (1 = January 1980).
    countries
        Country codes, one per column.
    deaths
        Deaths, shape (months, countries).
    borders
        True where two countries share a border, shape (countries, countries).

    Examples
    --------
    >>> panel = Panel(121, ("AAA",), np.array([[0.0], [3.0]]), np.zeros((1, 1), bool))
    >>> panel.last_month, panel.cut(121).deaths.shape
    (122, (1, 1))
    """

    first_month: int
    countries: tuple[str, ...]
    deaths: Floats
    borders: Bools

    @property
    def last_month(self) -> int:
        """Number of the last month."""
        return self.first_month + len(self.deaths) - 1

    def cut(self, last_month: int) -> Panel:
        """Return the panel as it ends at a month; what comes later is not in it.

        Parameters
        ----------
        last_month
            Number of the last month kept.
        """
        kept = max(0, last_month - self.first_month + 1)
        return replace(self, deaths=self.deaths[:kept].copy())

    def month(self, month: int) -> Floats:
        """Return the deaths of one month, shape (countries,); NaN outside the panel.

        Parameters
        ----------
        month
            Number of the month.
        """
        row = month - self.first_month
        known = self.deaths[row] if 0 <= row < len(self.deaths) else np.nan
        return np.broadcast_to(np.asarray(known, dtype=np.float64), (len(self.countries),)).copy()


def panel_from_frame(
    frame: pl.DataFrame, borders: pl.DataFrame | None = None, countries: Sequence[str] | None = None
) -> Panel:
    """Lay a tidy table (month, where, deaths) out as a matrix.

    Parameters
    ----------
    frame
        Columns ``month`` (number), ``where`` (code), ``deaths``; one row per cell.
    borders
        Columns ``where`` and ``neighbour``; countries outside the table are left out.
    countries
        Codes to keep, in order; all of the table when not given.

    Returns
    -------
    Panel
        With NaN where the table has no row or no figure.
    """
    names = tuple(countries) if countries is not None else tuple(frame["where"].unique().sort())
    column = {name: index for index, name in enumerate(names)}
    frame = frame.filter(pl.col("where").is_in(list(names)))
    months = frame["month"].to_numpy().astype(int)
    first = int(months.min()) if len(months) else 1
    deaths = np.full((int(months.max()) - first + 1 if len(months) else 0, len(names)), np.nan)
    where = np.array([column[name] for name in frame["where"]], dtype=int)
    deaths[months - first, where] = frame["deaths"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return Panel(first, names, deaths, border_matrix(names, borders))


def border_matrix(countries: Sequence[str], borders: pl.DataFrame | None) -> Bools:
    """Lay a table of borders out as a symmetric matrix.

    Parameters
    ----------
    countries
        Codes, in the order of the matrix.
    borders
        Columns ``where`` and ``neighbour``; without it nobody is a neighbour.
    """
    matrix = np.zeros((len(countries), len(countries)), dtype=bool)
    column = {name: index for index, name in enumerate(countries)}
    rows = borders.select("where", "neighbour").iter_rows() if borders is not None else []
    for one, other in rows:
        if one in column and other in column and one != other:
            matrix[column[one], column[other]] = matrix[column[other], column[one]] = True
    return matrix
