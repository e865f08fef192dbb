"""What the two pages say: sentences of a catalogue with typed values, each with the rows it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Scalar = str | float | int | bool | date | datetime | None


@dataclass(frozen=True, slots=True)
class Count:
    """A counted figure, written in full; ``about`` rounds it to what a forecast can carry."""

    value: float
    about: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """A share between 0 and 1; one that is ``about`` is a forecast and never none or all."""

    value: float
    about: bool = False


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of money in US dollars."""

    value: float


@dataclass(frozen=True, slots=True)
class Day:
    """A day."""

    value: date


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, written in the zone of the crisis."""

    value: datetime


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of time in hours."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """A place, actor or country by its id; written in the language of the page where a name is known."""

    value: str


@dataclass(frozen=True, slots=True)
class Word:
    """A term of the catalogue, such as a status."""

    value: str


@dataclass(frozen=True, slots=True)
class Data:
    """Words of the record or of the crisis folder; they stay in their own language."""

    value: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Several values in one list."""

    values: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the catalogue with its values.

    Parameters
    ----------
    key : str
        Key of the sentence in the catalogue.
    values : mapping
        Value of each name that stands in braces in the sentence.
    """

    key: str
    values: Mapping[str, "Value"] = field(default_factory=dict)


Value = Count | Share | Money | Day | Moment | Hours | Name | Word | Data | Listed | Said


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that a figure comes from.

    Parameters
    ----------
    table : str
        Name of the table.
    where : mapping
        Columns and the values they have in those rows.
    """

    table: str
    where: Mapping[str, Scalar] = field(default_factory=dict)


Weight = Literal["plain", "lead", "late", "absent", "quiet"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the pages: what it says, and the rows it comes from."""

    said: Said
    rows: tuple[Rows, ...] = ()
    weight: Weight = "plain"


@dataclass(frozen=True, slots=True)
class Grid:
    """A small table: keys of its columns, cells, and the rows that each line of it comes from."""

    key: str
    columns: tuple[str, ...]
    cells: tuple[tuple["Value | None", ...], ...]
    rows: tuple[tuple[Rows, ...], ...]
    numeric: tuple[int, ...] = ()
    late: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the two pages."""

    key: str
    lines: tuple[Line, ...] = ()
    grid: Grid | None = None
    assessed: bool = True


def say(key: str, *rows: Rows, weight: Weight = "plain", **values: Value) -> Line:
    """Return a line.

    Examples
    --------
    >>> say("now.arrived", Rows("counts", {"count": "a"}), people=Count(1050)).said.values["people"].value
    1050
    """
    return Line(Said(key, values), rows, weight)


def rows(table: str, /, **where: Scalar) -> Rows:
    """Return the rows of a table that have these values."""
    return Rows(table, where)


def not_assessed(key: str, command: str) -> Part:
    """Return a part that could not be made, with the command that fills it.

    Examples
    --------
    >>> not_assessed("ahead", "forestall displace").lines[0].weight
    'absent'
    """
    line = say("absent", weight="absent", command=Data(command))
    return Part(key, (line,), assessed=False)


def no_table(key: str, table: str) -> Part:
    """Return a part for which the crisis has no rows of a table, with the command that shows what to fill in.

    Examples
    --------
    >>> no_table("actions", "triggers").lines[0].said.values["command"].value
    'forestall schema triggers'
    """
    return Part(key, (absent_table(table),), assessed=False)


def absent_table(table: str) -> Line:
    """Return the line that says that the crisis has no rows of a table."""
    command = Data(f"forestall schema {table}")
    return say("absent.table", weight="absent", table=Data(f"{table}.csv"), command=command)
