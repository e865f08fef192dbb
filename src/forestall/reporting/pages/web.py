"""The two pages as one HTML file that loads nothing."""

from forestall import __version__
from forestall.reporting.desk import Desk
from forestall.reporting.pages.ahead import worlds
from forestall.reporting.pages.content import Pages
from forestall.reporting.pages.figure import draw_worlds
from forestall.reporting.pages.language import Language
from forestall.reporting.pages.say import Moment, Part, Said
from forestall.reporting.style import environment, style_sheet

WIDE, NARROW = 700.0, 350.0
"""Widths at which the picture is drawn, in pixels."""


def as_html(desk: Desk, pages: Pages, language: Language) -> str:
    """Return the page.

    Parameters
    ----------
    desk : Desk
        The tables of the brief.
    pages : Pages
        As :func:`forestall.reporting.pages.content.pages_of` makes them.
    language : Language
        Language of the sentences.
    """
    found = worlds(desk)
    figures = None
    if found:
        figures = {n: draw_worlds(found, w, language) for n, w in (("wide", WIDE), ("narrow", NARROW))}
    now, *parts = pages.parts if pages.parts[0].key == "now" else (Part("now"), *pages.parts)
    return (
        environment()
        .get_template("pages.html.j2")
        .render(
            pages=pages,
            now=now,
            parts=parts,
            language=language,
            at=language.write(Said("title", {"at": Moment(pages.as_of)})),
            replay=desk.replay,
            figures=figures,
            style=style_sheet("colours", "page", "chart", "print", "pages"),
            version=__version__,
        )
    )
