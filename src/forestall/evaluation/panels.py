"""From a panel file to the panel that models see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from forestall.recording.panel import read_borders, read_panel
from forestall.warning.countries import border_table, countries
from forestall.warning.panel import Panel, panel_from_frame

if TYPE_CHECKING:
    import polars as pl

    from forestall.core.errors import Finding


def open_panel(path: Path | None = None, borders: Path | None = None) -> tuple[Panel, list[Finding]]:
    """Read a panel file with its borders, or the panel that ships.

    Parameters
    ----------
    path
        Panel, see :func:`forestall.recording.panel.read_panel`; without one, the shipped deaths.
    borders
        Table of borders; without one, the land borders of our own table of countries.

    Returns
    -------
    tuple
        The panel and what was found in it.
    """
    if path is None:
        return shipped_panel(read_borders(borders) if borders else border_table()), []
    file = read_panel(path)
    pairs = read_borders(borders) if borders else border_table()
    order = sorted(file.table["where"].unique().to_list(), key=int)
    return panel_from_frame(file.table, pairs, order), file.findings


VINTAGE = "GED 24.1"
"""Release of the shipped panel that covers every month and country."""


def shipped_panel(borders: pl.DataFrame, vintage: str = VINTAGE) -> Panel:
    """Return the panel of state-based deaths that ships, its columns in the order of a panel file.

    Parameters
    ----------
    borders
        Columns ``where`` and ``neighbour``.
    vintage
        Release; a month it lacks is not known.

    Examples
    --------
    >>> len(open_panel()[0].countries)
    191
    """
    import polars as pl

    from forestall.world import load_deaths

    numbers = {country.iso3: str(country.panel_id) for country in countries().values()}
    rows = (
        load_deaths()
        .filter((pl.col("violence") == "state-based") & (pl.col("vintage") == vintage))
        .select(
            ((pl.col("start").dt.year() - 1980) * 12 + pl.col("start").dt.month())
            .cast(pl.Int64)
            .alias("month"),
            pl.col("iso3").replace_strict(numbers, default=None).alias("where"),
            pl.col("best").cast(pl.Float64).alias("deaths"),
        )
        .drop_nulls("where")
        .sort("month", "where")
    )
    order = sorted(rows["where"].unique().to_list(), key=int)
    return panel_from_frame(rows, borders, order)


def open_release(path: Path, panel: Panel) -> Panel:
    """Read another release of the same data, with the countries and borders of a panel.

    Parameters
    ----------
    path
        The other release.
    panel
        The panel it stands beside.
    """
    release = panel_from_frame(read_panel(path).table, None, panel.countries)
    return replace(release, borders=panel.borders)
