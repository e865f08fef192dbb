"""From a panel file to the panel that models see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from forestall.recording.panel import read_borders, read_panel
from forestall.warning.countries import border_table
from forestall.warning.panel import Panel, panel_from_frame

if TYPE_CHECKING:
    from forestall.core.errors import Finding


def open_panel(path: Path, borders: Path | None = None) -> tuple[Panel, list[Finding]]:
    """Read a panel file with its borders.

    Parameters
    ----------
    path
        Panel, see :func:`forestall.recording.panel.read_panel`.
    borders
        Table of borders; without one, the land borders of our own table of countries.

    Returns
    -------
    tuple
        The panel and what was found in it.
    """
    file = read_panel(path)
    pairs = read_borders(borders) if borders else border_table()
    order = sorted(file.table["where"].unique().to_list(), key=int)
    return panel_from_frame(file.table, pairs, order), file.findings


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
