"""The two pages as some 25 lines of text, 80 columns wide."""

import textwrap
from collections.abc import Iterator

from forestall.reporting.pages.content import Pages
from forestall.reporting.pages.language import Language
from forestall.reporting.pages.say import Grid, Moment, Part, Said

WIDTH = 80
LINES = {"situation": 3, "counted": 3, "changed": 2, "ahead": 3, "supplies": 3, "promised": 2, "find_out": 1, "limits": 1}
"""Lines of each part that are written in the short text; those left out stand on the pages."""
GRID_LINES = {"worlds": 3, "actions": 4, "missing": 0}
_SHORT = 2
"""Most lines that one sentence takes."""


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
    head = f"{pages.title}. {at}"
    out = textwrap.wrap(head, WIDTH)
    for part in pages.parts:
        out += _part(part, language)
    return "\n".join(out) + "\n"


def _part(part: Part, language: Language) -> list[str]:
    """Return one part: its name, and its lines hung behind it."""
    said = [language.write(line.said) for line in part.lines[: LINES.get(part.key, 9)]]
    said += list(_grid(part.grid, language)) if part.grid is not None else []
    if part.key == "now":
        return [line for words in said for line in textwrap.wrap(words[:1].upper() + words[1:], WIDTH)]
    name = language.text(f"part.{part.key}").upper()
    lines: list[str] = []
    for index, words in enumerate(said):
        first = f"{name}: " if index == 0 else "  "
        lines += textwrap.wrap(first + words, WIDTH, subsequent_indent="  ", max_lines=_SHORT, placeholder=" ...")
    return lines


def _grid(grid: Grid, language: Language) -> Iterator[str]:
    """Return the rows of a table as sentences."""
    for index, cells in enumerate(grid.cells[: GRID_LINES.get(grid.key, 3)]):
        words = dict(zip(grid.columns, [language.write(cell) for cell in cells], strict=True))
        if grid.key == "worlds":
            yield f"{words['odds']}: {words['world']}; {words['leave']} ({words['band']}) {language.text('column.leave').lower()}"
        else:
            mark = "! " if index in grid.late else ""
            yield mark + _action(words, language)


def _action(words: dict[str, str], language: Language) -> str:
    """Return one action as a sentence."""
    sentence = language.text("action.line")
    values = {"what": words["what"], "by": words["order_by"], "takes": words["takes"], "cost": words["cost"]}
    for name, value in (values | {"owner": words["owner"]}).items():
        sentence = sentence.replace("{" + name + "}", value)
    return sentence


