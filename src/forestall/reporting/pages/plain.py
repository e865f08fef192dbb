"""The two pages as some 25 lines of text, 80 columns wide: whole sentences, the most urgent first."""

import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from forestall.reporting.pages.actions import steps
from forestall.reporting.pages.content import Pages
from forestall.reporting.pages.language import Language
from forestall.reporting.pages.say import Data, Grid, Moment, Part, Said, Value

WIDTH = 80
LINES = 28
"""Lines of the whole text at most."""
SINCE = 7
"""Lines of what has changed since an earlier brief at most, where that was asked for."""
MOST = {"now": 3, "decide": 2, "situation": 4, "counted": 2, "changed": 3, "people": 3, "ahead": 3}
MOST |= {"needs": 3, "actions": 2, "supplies": 2, "promised": 2, "find_out": 2, "limits": 1}
MOST |= {"worlds": 3, "due": 5, "peace": 2}
"""Lines of each part at most, rows of the table of worlds and of that of actions; all stands on the pages."""
LEFT_OUT = {"actions.for", "actions.for_none", "counted.none"}
"""Sentences that say in the text what another part says already, or that there is nothing to say."""
IF_ASSESSED = ("peace",)
"""Parts that stand in the text only where there is something to say; the pages say what is not assessed."""
CUTS: tuple[str, ...] = ("counted", "changed", "find_out", "needs", "due", "situation", "changed")
CUTS += ("situation", "due", "promised", "people", "actions", "supplies", "ahead", "due", "ahead", "needs")
"""Which of them gives up one line after the other until the whole is short enough."""


def as_text(pages: Pages, language: Language) -> str:
    """Return the short text of the pages.

    Parameters
    ----------
    pages : Pages
        As :func:`forestall.reporting.pages.content.pages_of` makes them.
    language : Language
        Language of the sentences.
    """
    terse, most = replace(language, short=True), dict(MOST)
    lines = _lines(pages, terse, most)
    asked = any(line.said.key == "changed.since" for part in pages.parts for line in part.lines)
    for key in CUTS:
        if len(lines) <= LINES + (SINCE if asked else 0):
            break
        most[key] -= 1
        lines = _lines(pages, terse, most)
    return "\n".join(lines) + "\n"


def _lines(pages: Pages, language: Language, most: Mapping[str, int]) -> list[str]:
    """Return the lines of all parts."""
    at = language.write(Said("title", {"at": Moment(pages.as_of)}))
    out = _wrapped(f"{pages.title}. {at}", 2)
    for part in pages.parts:
        out += _part(part, language, most)
    return out


def _part(part: Part, language: Language, most: Mapping[str, int]) -> list[str]:
    """Return one part: its name, the sentences that fit as one paragraph, and the rows of its table."""
    said = [language.sentence(line.said) for line in part.lines if line.said.key not in LEFT_OUT]
    if part.key == "now":
        return [
            line
            for words, key in zip(said, ("now", "decide"), strict=False)
            for line in _wrapped(words, most[key])
        ]
    if not said or (part.key in IF_ASSESSED and not part.assessed):
        return []
    name = language.text(f"part.{part.key}").upper()
    if part.lines[0].said.key == "changed.since":
        return _fitting(name, said, SINCE)
    rows = [line for row in _grid(part.grid, language, most) for line in _wrapped(row, 2, "  ")]
    return _fitting(name, said, most.get(part.key, 2)) + rows


def _fitting(name: str, said: list[str], most: int) -> list[str]:
    """Return the sentences that fit on a number of lines; one that does not fit is left out whole."""
    kept: list[str] = []
    for words in said:
        if len(textwrap.wrap(f"{name}: {'. '.join([*kept, words])}", WIDTH, subsequent_indent="  ")) <= most:
            kept.append(words)
    return _wrapped(f"{name}: {'. '.join(kept or said[:1])}", most)


def _wrapped(words: str, most: int, indent: str = "") -> list[str]:
    """Return words on a number of lines at most, hung by two spaces."""
    hung = indent + "  "
    return textwrap.wrap(
        words, WIDTH, initial_indent=indent, subsequent_indent=hung, max_lines=most, placeholder=" ..."
    )


def _grid(grid: Grid | None, language: Language, most: Mapping[str, int]) -> Iterator[str]:
    """Return the rows of a table as sentences; marked rows begin with a sign."""
    if grid is None or grid.key not in _SENTENCES:
        return
    limit, sentence = _SENTENCES[grid.key]
    for index, cells in enumerate(grid.cells[: most[limit]]):
        values = {name: cell for name, cell in zip(grid.columns, cells, strict=True) if cell is not None}
        told = sentence(values)
        mark = "! " if index in grid.late else ""
        yield mark + language.write(Said(told, {name: _first(cell) for name, cell in values.items()}))


def _of_world(values: Mapping[str, Value]) -> str:
    """Return the sentence of a world: somebody arrives, nobody, or too few draws hold it."""
    leave = values["leave"]
    if isinstance(leave, Said) and leave.key == "world.few":
        return "world.unsaid"
    return "world.nobody" if values["leave"] == Said("nobody") else "world.line"


def _of_action(values: Mapping[str, Value]) -> str:
    """Return the sentence of an action, with its owner where it has one."""
    return "action.owned" if isinstance(values["owner"], Data) else "action.line"


_SENTENCES: dict[str, tuple[str, Callable[[Mapping[str, Value]], str]]] = {
    "worlds": ("worlds", _of_world),
    "actions": ("due", _of_action),
}
"""How many rows of each table stand in the text, and the sentence of a row."""


def _first(cell: Value) -> Value:
    """Return a cell; of an action that has several steps the first."""
    what = cell.values.get("what") if isinstance(cell, Said) and cell.key == "proposed" else None
    return Data(steps(what.value)[0]) if isinstance(what, Data) else cell
