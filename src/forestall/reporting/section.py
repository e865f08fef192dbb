"""A section of the brief: its title, the tables it needs, what it shows; absent tables are said plainly."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forestall.reporting.blocks import Block, Box, Bullets, Rendered, missing
from forestall.reporting.desk import Desk
from forestall.reporting.writing import quoted
from forestall.schema import load_schema


@dataclass(frozen=True, slots=True)
class Section:
    """One section.

    Parameters
    ----------
    key : str
        Anchor in the page.
    title : str
        Heading.
    needs : tuple of str
        Tables without which nothing can be shown.
    show : callable
        Makes the blocks from the desk.
    question : str
        The question that the section answers, in one line under its heading.
    optional : bool
        Named in the list of what was not assessed, instead of a section of its own, where its tables
        are absent.
    replays : bool
        Only in a replay: where something is recorded that became known after the moment.

    Examples
    --------
    >>> section = Section("odds", "The odds", ("warning_odds",), lambda desk: ())
    >>> section.needs
    ('warning_odds',)
    """

    key: str
    title: str
    needs: tuple[str, ...]
    show: Callable[[Desk], Sequence[Block]]
    question: str = ""
    optional: bool = False
    replays: bool = False

    def render(self, desk: Desk) -> Rendered:
        """Return the section ready for the page, or what is absent."""
        absent = [table for table in self.needs if not desk.has(table)]
        if absent:
            return Rendered(
                self.key, self.title, (said_absent(desk, absent),), assessed=False, question=self.question
            )
        return Rendered(self.key, self.title, tuple(self.show(desk)), question=self.question)


def said_absent(desk: Desk, tables: list[str]) -> Block:
    """Return the box that says which tables are absent or empty and what makes them."""
    return missing("Not assessed", *(_said(desk, name) for name in tables), "Absent is not the same as safe.")


def _said(desk: Desk, name: str) -> str:
    """Return why a table has nothing to show."""
    table = load_schema().get(name)
    named = f"The table {quoted(name)}"
    if name in desk.crisis.tables:
        return f"{named} holds no row at this moment."
    if table is not None and table.kind == "result" and table.written_by:
        return f"{named} was not made; {quoted(f'forestall {table.written_by}')} makes it."
    return f"{named} is not in this crisis folder."


def not_assessed(sections: Sequence[Section]) -> Rendered:
    """Return the list of what was not assessed, each with what would make it."""
    items = tuple(f"{section.title}. {_maker(section.needs[0])}" for section in sections)
    box = Box("absent", "Not assessed", ("Absent is not the same as safe.",))
    return Rendered("not-assessed", "Not assessed in this brief", (box, Bullets(items)), assessed=False)


def _maker(name: str) -> str:
    """Return which command makes a table."""
    table = load_schema().get(name)
    verb = table.written_by if table is not None and table.kind == "result" else ""
    return (
        f"Made by \N{LEFT DOUBLE QUOTATION MARK}forestall {verb}\N{RIGHT DOUBLE QUOTATION MARK}."
        if verb
        else ""
    )
