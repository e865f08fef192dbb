"""Tables shown as they are, their columns named by the schema; restricted ones only where they may be."""

from datetime import date, datetime

import polars as pl

from forestall.reporting.blocks import Block, Box, Cell, Table
from forestall.reporting.desk import Desk
from forestall.reporting.writing import exact, percent, rounded
from forestall.schema import Column, load_schema

SHARES = {"share", "p_event", "quantile", "rank_share", "share_low", "share_mid", "share_high", "base_rate"}
"""Columns of shares between 0 and 1, written as percentages."""
NAMED = {"place", "actor", "partner", "party", "corridor", "who", "to_whom", "site"}
"""Columns of ids that have a name."""


def withheld(what: str) -> Box:
    """Return the box that says that something is withheld."""
    return Box("withheld", "Withheld", (f"{what} The last section says how to show it.",))


def tables(desk: Desk, *names: str) -> list[Block]:
    """Return tables as they are, those that are there; restricted ones only where detail may be shown."""
    there = [name for name in names if desk.has(name)]
    shown = [name for name in there if desk.detail or load_schema()[name].sensitivity != "restricted"]
    blocks: list[Block] = [plain_table(desk, name) for name in shown]
    return (
        [*blocks, withheld("A table of this section is restricted detail.")]
        if len(shown) < len(there)
        else blocks
    )


def plain_table(desk: Desk, name: str, frame: pl.DataFrame | None = None, caption: str = "") -> Table:
    """Return a table with its columns named by the schema; quantiles stay rows.

    Parameters
    ----------
    desk : Desk
        Holds the table.
    name : str
        Name of the table in the schema.
    frame : polars.DataFrame, optional
        Rows to show instead of all of the table.
    caption : str
        Caption instead of the schema's description.
    """
    frame = desk.frame(name) if frame is None else frame
    columns = {column.name: column for column in load_schema()[name].columns}
    shown = [
        c for c in frame.columns if c not in {"url", "note", "known_basis"} and not frame[c].is_null().all()
    ]
    head = tuple(_head(columns[c]) if c in columns else c for c in shown)
    numeric = tuple(i for i, c in enumerate(shown) if frame[c].dtype.is_numeric())
    limit = desk.options.rows_shown
    body = tuple(
        tuple(_cell(desk, c, v) for c, v in zip(shown, row, strict=True))
        for row in frame.select(shown).head(limit).iter_rows()
    )
    cut = f"The first {limit} of {frame.height} rows." if frame.height > limit else ""
    return Table(
        caption or load_schema()[name].description,
        head,
        body,
        numeric=numeric,
        folded=frame.height > 15,
        note=cut,
    )


def _head(column: Column) -> str:
    """Return the heading of a column with its unit."""
    name = column.name.replace("_", " ").capitalize()
    return f"{name}, {column.unit}" if column.unit not in {"", "people", "probability", "fraction"} else name


def _cell(desk: Desk, column: str, value: object) -> Cell:
    """Return one value as written in the brief."""
    if column in NAMED or column.endswith("_partner"):
        return desk.corridors.get(str(value), desk.name(str(value))) if value is not None else None
    if isinstance(value, float):
        return percent(value) if column in SHARES else rounded(value)
    if isinstance(value, datetime | date):
        return desk.when(value) if isinstance(value, datetime) else desk.day(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if column == "year" or column.endswith("_year") else exact(value)
    return {None: None, True: "yes", False: "no"}.get(value, str(value))  # type: ignore[call-overload, no-any-return]
