"""A chapter of the annex: a sentence or two, a short table, a picture with one sentence of what it shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from textwrap import shorten
from typing import Any

import polars as pl
from markupsafe import Markup

from forestall.reporting.pages.language import Language, term
from forestall.reporting.pages.say import (
    Count,
    Data,
    Day,
    Grid,
    Hours,
    Line,
    Listed,
    Moment,
    Money,
    Name,
    Rows,
    Said,
    Share,
    Value,
    rows,
    say,
)

MOST_ROWS = 10
"""Rows of a table of the annex at most; the tables of the run hold all."""
LONGEST = 150
"""Letters of a cell at most."""

Cell = Callable[[Mapping[str, Any]], Value | None]
"""Makes a cell from a row."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture: the key of the one sentence of what it shows, and how it is drawn at a width in pixels."""

    says: str
    draw: Callable[[float, Language], Markup]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter; ``key`` names its title in the catalogue."""

    key: str
    lines: tuple[Line, ...] = ()
    grids: tuple[Grid, ...] = ()
    figures: tuple[Figure, ...] = ()


def chapter(
    key: str,
    table: str,
    frame: pl.DataFrame,
    cells: Mapping[str, Cell],
    *figures: Figure,
    by: Sequence[str],
    most: int = MOST_ROWS,
    lines: Sequence[Line] = (),
) -> Chapter:
    """Return a chapter with one table; how many of its rows are shown is said.

    Parameters
    ----------
    key : str
        Key of the chapter.
    table : str
        Name of the table that the rows are of.
    frame : polars.DataFrame
        Rows of that table, from the top.
    cells : mapping
        Name of each column and how its cell is made.
    *figures : Figure
        Pictures.
    by : sequence of str
        Columns that tell the rows apart.
    most : int
        Rows that are shown at most.
    lines : sequence of Line
        Sentences above the table, after that of the chapter.
    """
    told = [say(f"annex.{key}.says", rows(table)), *lines]
    if frame.is_empty():
        return Chapter(key, (*told, say("annex.none", rows(table), weight="quiet")))
    if frame.height > most:
        counts = {"shown": Count(most), "total": Count(frame.height)}
        told.append(say("annex.cut", rows(table), weight="quiet", table=Data(table), **counts))
    return Chapter(key, tuple(told), (tabled(table, frame.head(most), cells, by),), figures)


def tabled(table: str, frame: pl.DataFrame, cells: Mapping[str, Cell], by: Sequence[str]) -> Grid:
    """Return rows as a table; columns of figures are set to the end of the line."""
    found = frame.to_dicts()
    body = tuple(tuple(make(row) for make in cells.values()) for row in found)
    source: tuple[tuple[Rows, ...], ...] = tuple((rows(table, **{c: row[c] for c in by}),) for row in found)
    figures = tuple(i for i in range(len(cells)) if any(_is_figure(line[i]) for line in body))
    return Grid("annex", tuple(cells), body, source, numeric=figures)


def _is_figure(value: Value | None) -> bool:
    """Return whether a cell holds a figure."""
    return isinstance(value, (Count, Share, Money, Hours)) or (
        isinstance(value, Said) and value.key in {"band", "amount"}
    )


def text(name: str) -> Cell:
    """Return the maker of a cell with words of the record, cut where they are long."""
    return lambda row: None if row[name] is None else Data(clip(str(row[name])))


def clip(words: str) -> str:
    """Return words cut at a blank where they are long.

    Examples
    --------
    >>> clip("short")
    'short'
    """
    return words if len(words) <= LONGEST else shorten(words, LONGEST, placeholder=" ...")


def called(name: str) -> Cell:
    """Return the maker of a cell with the name of a place, an actor or a country; several stand in a list."""
    return lambda row: Listed(tuple(Name(part) for part in str(row[name]).split("|"))) if row[name] else None


def word(prefix: str, name: str) -> Cell:
    """Return the maker of a cell with a term of the catalogue; one that is in none stays itself."""
    return lambda row: None if row[name] is None else term(prefix, str(row[name]))


def count(name: str, *, about: bool = False) -> Cell:
    """Return the maker of a cell with a count."""
    return lambda row: None if row[name] is None else Count(float(row[name]), about=about)


def share(name: str) -> Cell:
    """Return the maker of a cell with a probability or share that is estimated."""
    return lambda row: None if row[name] is None else Share(float(row[name]), about=True)


def when(name: str) -> Cell:
    """Return the maker of a cell with a day or a moment."""

    def make(row: Mapping[str, Any]) -> Value | None:
        value: date | datetime | None = row[name]
        if value is None:
            return None
        return Moment(value) if isinstance(value, datetime) else Day(value)

    return make


def band(low: str, high: str, kind: Callable[..., Count | Share] = Count) -> Cell:
    """Return the maker of a cell with the two ends of an interval."""

    def make(row: Mapping[str, Any]) -> Value | None:
        if row[low] is None or row[high] is None or (kind is Count and row[low] == row[high]):
            return None
        ends = {"low": kind(float(row[low]), about=True), "high": kind(float(row[high]), about=True)}
        return Said("band", ends)

    return make
