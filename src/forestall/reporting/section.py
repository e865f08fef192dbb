"""A section of the brief: its title, the tables it needs, what it shows; absent tables are said plainly."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forestall.reporting.blocks import Block, Rendered, missing
from forestall.reporting.desk import Desk
from forestall.reporting.writing import listed
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
        Left out without a word where its tables are absent: for what only some crises have.

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

    def render(self, desk: Desk) -> Rendered:
        """Return the section ready for the page, or what is absent."""
        absent = [table for table in self.needs if not desk.has(table)]
        if absent:
            return Rendered(
                self.key, self.title, (said_absent(absent),), assessed=False, question=self.question
            )
        return Rendered(self.key, self.title, tuple(self.show(desk)), question=self.question)


def said_absent(tables: list[str]) -> Block:
    """Return the box that says which tables are absent and what makes them."""
    schema = load_schema()
    names = listed([f"“{name}”" for name in tables])
    verbs = sorted({schema[name].written_by for name in tables if name in schema and schema[name].written_by})
    made = (
        f" The command “forestall {verbs[0]}” makes it." if verbs else " The crisis folder does not hold it."
    )
    noun = "The table" if len(tables) == 1 else "The tables"
    have = "is absent or empty" if len(tables) == 1 else "are absent or empty"
    return missing(
        "Not assessed", f"{noun} {names} {have} at this moment.{made} Absent is not the same as safe."
    )
