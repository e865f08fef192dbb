"""The one picture of the two pages: how many leave in each world, with its odds."""

from collections.abc import Sequence

from markupsafe import Markup

from forestall.reporting.charts.bars import Row, draw_rows
from forestall.reporting.pages.ahead import World
from forestall.reporting.pages.language import Language


def draw_worlds(worlds: Sequence[World], width: float, language: Language) -> Markup:
    """Draw a row for each world: its odds and words, and a mark and a line for the people who leave.

    Parameters
    ----------
    worlds : sequence of World
        From the likeliest.
    width : float
        Width in pixels; below 500 the words stand above their line.
    language : Language
        Language of the words.
    """
    found = [_row(world, language) for world in worlds]
    title, text = language.text("ahead.figure"), language.text("ahead.figure_says")
    return draw_rows(found, width, title=title, text=text, label_width=width * 0.6, labels=language.labels)


def _row(world: World, language: Language) -> Row:
    """Return the row of one world; what is not known is hatched."""
    name = f"{language.write(world.share)}  {language.write(world.words)}"
    if world.left is None or world.few:
        return Row(name)
    low, middle, high = world.left
    return Row(name, middle, low, high)
