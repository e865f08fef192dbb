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

SHARES = {"share", "p_event", "quantile", "rank_share", "share_low", "share_mid", "share_high", "base_rate"}
"""Columns of shares between 0 and 1, written as percentages."""


def plain(key: str, title: str, question: str, said: str, *tables: str) -> Section:
    """Return a section that shows tables as they are; restricted ones only where detail may be shown.

    Parameters
    ----------
    key, title, question : str
        Anchor, heading and the question it answers.
    said : str
        What the tables say and what they do not.
    *tables : str
        Shown one below the other; the first is needed, the others are shown where they are there.
    """
    return Section(
        key, title, tables[:1], partial(show_plain, tables=tables, said=said), question, optional=True
    )


def show_plain(desk: Desk, *, tables: tuple[str, ...], said: str) -> Sequence[Block]:
    """Return the tables of a plain section."""
    there = [name for name in tables if desk.has(name)]
    shown = [name for name in there if desk.detail or load_schema()[name].sensitivity != "restricted"]
    blocks: list[Block] = [text(said), *(plain_table(desk, name) for name in shown)]
    if len(shown) < len(there):
        blocks.append(withheld("This is restricted detail."))
    return blocks


def withheld(what: str) -> Box:
    """Return the box that says that something is withheld."""
    return Box("withheld", "Withheld", (f"{what} The last section says how to show it.",))


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
    if column in {"place", "actor", "partner", "party", "corridor"}:
        return desk.corridors.get(str(value), desk.name(str(value))) if value is not None else None
    if isinstance(value, float):
        return percent(value) if column in SHARES else rounded(value)
    if isinstance(value, datetime | date):
        return desk.when(value) if isinstance(value, datetime) else desk.day(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if column == "year" else exact(value)
    return {None: None, True: "yes", False: "no"}.get(value, str(value))  # type: ignore[call-overload, no-any-return]
