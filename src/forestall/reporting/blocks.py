"""What a section is made of: text, tables, figures and boxes. One template renders them all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

Cell = str | Markup | None
"""Content of a cell; None is shown as "not known", hatched."""


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs; plain strings are escaped when the page is made."""

    paragraphs: tuple[str | Markup, ...]
    style: str = ""
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; ``numeric`` names the columns that are set to the right."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: tuple[int, ...] = ()
    note: str = ""
    folded: bool = False
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart, drawn once for a desk and once for a phone, with its table beside it."""

    title: str
    draw: Callable[[float], Markup]
    caption: str
    key: tuple[tuple[str, str], ...] = ()
    table: Table | None = None
    kind: str = "figure"


@dataclass(frozen=True, slots=True)
class Box:
    """A boxed remark: ``later`` is known only later, ``withheld`` says what is left out, ``absent`` why."""

    style: str
    title: str
    paragraphs: tuple[str | Markup, ...]
    kind: str = "box"


@dataclass(frozen=True, slots=True)
class Number:
    """One of the numbers that matter: what it is, its value, what surrounds it."""

    label: str
    value: str
    words: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A row of large numbers."""

    numbers: tuple[Number, ...]
    kind: str = "numbers"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str | Markup, ...]
    kind: str = "bullets"


Block = Text | Table | Figure | Box | Numbers | Heading | Bullets


@dataclass(frozen=True, slots=True)
class Rendered:
    """A section ready for the page."""

    key: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
    assessed: bool = True
    question: str = ""


def text(*paragraphs: str | Markup, style: str = "") -> Text:
    """Return paragraphs."""
    return Text(paragraphs, style)


def missing(title: str, *paragraphs: str) -> Box:
    """Return the box that stands where something was not assessed."""
    return Box("absent", title, paragraphs)
