"""Rows as a table that fits the terminal: the answer always, what there is room for, the rest by --wide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from textwrap import fill
from typing import Any

from forestall.cli.terminal import answer, terminal

Rows = Sequence[Mapping[str, Any]]
PADDING = 3
"""Characters a column takes beside its text."""
LEAST = 12
"""Characters to which a column of text may be folded where its words are short."""
LONGEST_WORD = 20
"""Characters beyond which a word may be cut in two."""
WIDE = 400
"""Characters of a line where every column is asked for."""


def show_table(rows: Rows, title: str = "", first: Sequence[str] = ()) -> None:
    """Show rows as a table in the terminal.

    Parameters
    ----------
    rows : list of mapping
        All with the same columns.
    title : str
        Line above the table.
    first : sequence of str
        Columns that are the answer: they are shown first and in any width; else the order of the rows.
    """
    from rich.console import Console
    from rich.table import Table

    if terminal().quiet:
        return
    if not rows:
        answer(f"{title}: none")
        return
    width = WIDE if terminal().wide else Console().width
    ordered = [*first, *(name for name in rows[0] if name not in first)]
    shown, left_out = columns_that_fit(rows, ordered, width, at_least=len(first))
    table = Table(title=title or None, title_justify="left")
    for name in shown:
        number = _is_numeric(rows, name)
        table.add_column(name, justify="right" if number else "left", no_wrap=number, overflow="fold")
    for row in rows:
        table.add_row(*(cell(row[name]) for name in shown))
    Console(width=width, markup=False, emoji=False).print(table)
    if left_out:
        answer(f"  --wide or --json also shows: {', '.join(left_out)}")


def show_by_arm(rows: Rows, title: str, first: Sequence[str]) -> None:
    """Show one table for what is unconditional and one for what follows if it happens, never mixed."""
    for arm in dict.fromkeys(row["arm"] for row in rows):
        own = [{k: v for k, v in row.items() if k != "arm"} for row in rows if row["arm"] == arm]
        show_table(own, f"{title}, {arm}", first)


def wrapped(label: str, text: str) -> str:
    """Return a text under a label, folded to the width of the terminal.

    Examples
    --------
    >>> wrapped("-", "a short line")
    '- a short line'
    """
    from rich.console import Console

    indent = " " * (len(label) + 1)
    width = WIDE if terminal().wide else Console().width
    return fill(text, width, initial_indent=f"{label} ", subsequent_indent=indent, break_on_hyphens=False)


def _is_numeric(rows: Rows, name: str) -> bool:
    """Return whether a column holds numbers."""
    values = [row[name] for row in rows if row[name] is not None]
    return bool(values) and all(isinstance(value, int | float) for value in values)


def columns_that_fit(
    rows: Rows, ordered: Sequence[str], width: int, at_least: int = 0
) -> tuple[list[str], list[str]]:
    """Return the columns that fit side by side in their order, and those left out.

    Text may be folded, down to a dozen characters; numbers are never cut.

    Examples
    --------
    >>> columns_that_fit([{"a": "x", "b": "y" * 90, "c": 10**6}], ["a", "b", "c"], 30)
    (['a', 'b'], ['c'])
    """
    shown: list[str] = []
    room = width - 1
    for name in ordered:
        room -= _least_width(rows, name) + PADDING
        if room < 0 and len(shown) >= max(at_least, 1):
            break
        shown.append(name)
    return shown, [name for name in ordered if name not in shown]


def _least_width(rows: Rows, name: str) -> int:
    """Return the characters that a column needs at least."""
    cells = [name, *(cell(row[name]) for row in rows)]
    if _is_numeric(rows, name):
        return max(map(len, cells))
    longest_word = max(len(word) for text in cells for word in (text.split() or [""]))
    return min(max(map(len, cells)), max(LEAST, min(longest_word, LONGEST_WORD)))


def cell(value: Any) -> str:
    """Return a cell as text; unknown is said, never blank.

    Examples
    --------
    >>> cell(None), cell(0.123456), cell(76_000), cell(True)
    ('not known', '0.123', '76,000', 'yes')
    """
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)
