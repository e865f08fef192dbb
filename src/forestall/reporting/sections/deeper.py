"""Sections made from any result table: a title, a sentence, and the columns as the schema names them.

A table of results that has no picture of its own yet is shown by one of these.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from forestall.reporting.blocks import Block, Box, Cell, Table, text
from forestall.reporting.desk import Desk
from forestall.reporting.section import Section
from forestall.reporting.writing import exact, percent, rounded
from forestall.schema import Column, load_schema


def plain(key: str, title: str, said: str, tables: tuple[str, ...], *, restricted: bool = False) -> Section:
    """Return a section that shows tables as they are.

    Parameters
    ----------
    key, title : str
        Anchor and heading.
    said : str
        What the tables say and what they do not.
    tables : tuple of str
        Shown one below the other; the first is needed, the others are shown where they are there.
    restricted : bool
        Withheld unless detail may be shown.
    """
    return Section(
        key,
        title,
        tables[:1],
        partial(show_plain, tables=tables, said=said, restricted=restricted),
        optional=True,
    )


def show_plain(desk: Desk, *, tables: tuple[str, ...], said: str, restricted: bool) -> Sequence[Block]:
    """Return the tables of a plain section."""
    if restricted and not desk.detail:
        return [
            text(said),
            Box(
                "withheld", "Withheld", ("This is restricted detail; the last section says how to show it.",)
            ),
        ]
    return [text(said), *(plain_table(desk, name) for name in tables if desk.has(name))]


def plain_table(desk: Desk, name: str) -> Table:
    """Return a table with its columns named by the schema; quantiles stay rows."""
    frame = desk.frame(name)
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
        load_schema()[name].description or name.replace("_", " "),
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
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return desk.when(value)
    if isinstance(value, date):
        return desk.day(value)
    if column in {"share", "p_event"} and isinstance(value, float):
        return percent(value)
    if column == "quantile" and isinstance(value, float):
        return percent(value)
    if isinstance(value, int):
        return str(value) if column == "year" else exact(value)
    if isinstance(value, float):
        return rounded(value)
    return (
        desk.corridors.get(str(value), desk.name(str(value)))
        if column in {"place", "actor", "partner", "corridor"}
        else str(value)
    )
