"""The two pages as some 25 lines of text, 80 columns wide."""

import textwrap
from collections.abc import Iterator

from forestall.reporting.pages.content import Pages
from forestall.reporting.pages.language import Language
from forestall.reporting.pages.say import Grid, Moment, Part, Said

WIDTH = 80
MOST_LINES = {"situation": 4, "counted": 2, "changed": 2, "people": 3, "ahead": 3, "needs": 3, "actions": 1}
MOST_LINES |= {"supplies": 3, "promised": 2, "find_out": 2, "limits": 1}
"""Lines that each part takes at most; all of it stands on the pages."""
GRID_ROWS = {"worlds": 3, "actions": 4, "missing": 0}
"""Rows of each table that are written, one line each, the actions two."""


def as_text(pages: Pages, language: Language) -> str:
    """Return the short text of the pages.

    Parameters
    ----------
    pages : Pages
        As :func:`forestall.reporting.pages.content.pages_of` makes them.
    language : Language
        Language of the sentences.
    """
    at = language.write(Said("title", {"at": Moment(pages.as_of)}))
    out = textwrap.wrap(f"{pages.title}. {at}", WIDTH)
    for part in pages.parts:
        out += _part(part, language)
    return "\n".join(out) + "\n"


def _part(part: Part, language: Language) -> list[str]:
    """Return one part: its name, its sentences as one paragraph, and the rows of its table."""
    said = [language.sentence(line.said) for line in part.lines]
    if part.key == "now":
        return [line for words in said for line in textwrap.wrap(words, WIDTH)]
    name = language.text(f"part.{part.key}").upper()
    rows = list(_grid(part.grid, language)) if part.grid is not None else []
    most = MOST_LINES.get(part.key, 3)
    lines = _wrapped(f"{name}: " + ". ".join(said), most)
    return lines + [line for row in rows for line in _wrapped("  " + row, 2)]


def _wrapped(words: str, most: int) -> list[str]:
    """Return words on a number of lines at most, hung by two spaces."""
    return textwrap.wrap(words, WIDTH, subsequent_indent="  ", max_lines=most, placeholder=" ...")


def _grid(grid: Grid, language: Language) -> Iterator[str]:
    """Return the rows of a table as sentences; marked rows begin with a sign."""
    sentence = {"worlds": "world.line", "actions": "action.line"}.get(grid.key)
    for index, cells in enumerate(grid.cells[: GRID_ROWS.get(grid.key, 3)]):
        if sentence is not None:
            values = {name: cell for name, cell in zip(grid.columns, cells, strict=True) if cell is not None}
            mark = "! " if index in grid.late else ""
            yield mark + language.write(Said(sentence, values))
