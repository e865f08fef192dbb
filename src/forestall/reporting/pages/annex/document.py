"""The annex as a whole: its chapters in their order, as HTML and as PDF of twelve sheets at most."""

from collections.abc import Callable
from dataclasses import dataclass

from forestall import __version__
from forestall.core.printable import printable
from forestall.reporting.desk import Desk
from forestall.reporting.pages.annex import ahead, done, peace
from forestall.reporting.pages.annex.chapter import Chapter
from forestall.reporting.pages.language import Language
from forestall.reporting.pages.say import Data, Grid, Line, Listed, Moment, Said
from forestall.reporting.pages.typeset import sheets, typeset
from forestall.reporting.pictures import alone
from forestall.reporting.style import environment, style_sheet
from forestall.schema import load_schema

SHEETS = 12
"""Most sheets of the annex."""
FEWER = (99, 8, 6, 5, 4)
"""Rows of a table that are tried, one after the other, until the annex fits on its sheets."""
SHORT = 16
"""Letters up to which a column of words is as wide as its words."""
WIDE, NARROW, PRINTED = 720.0, 350.0, 620.0
"""Widths at which pictures are drawn, in pixels."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A chapter that may stand in the annex: the tables it needs, and what makes it."""

    key: str
    needs: tuple[str, ...]
    make: Callable[[Desk], Chapter]
    asked: bool = False
    replays: bool = False


CHAPTERS = (
    Planned("odds", ("warning_odds",), ahead.odds),
    Planned("people", ("population",), ahead.people),
    Planned("ways", ("places", "corridors"), ahead.ways),
    Planned("arrivals", ("arrivals_summary",), ahead.arrivals),
    Planned("caseloads", ("caseloads",), ahead.caseloads),
    Planned("gaps", ("gaps",), ahead.gaps),
    Planned("supplies", ("closure_exhaustion",), ahead.supplies, asked=True),
    Planned("find_out", ("sensitivity",), ahead.find_out),
    Planned("options", ("options_effect",), done.options, asked=True),
    Planned("earlier", ("earlier_averted",), done.earlier, asked=True),
    Planned("triggers", ("triggers", "activations"), done.triggers),
    Planned("deeds", ("response_gap",), done.deeds),
    Planned("promises", ("ledger_status",), done.promises),
    Planned("provisions", ("provisions_status",), done.provisions),
    Planned("holding", ("endings",), peace.holding, asked=True),
    Planned("calls", ("guarantee_calls",), peace.calls, asked=True),
    Planned("leverage", ("ties_table",), done.leverage),
    Planned("claims", ("claims_verdicts",), done.claims),
    Planned("risks", ("risks_register",), done.risks),
    Planned("before", ("movements",), done.before),
    Planned("later", ("arrivals_summary",), ahead.later, replays=True),
    Planned("assumptions", ("assumptions",), done.assumptions),
    Planned("rests_on", ("freshness",), done.rests_on),
    Planned("sources", ("terms",), done.sources),
    Planned("method", (), done.made_how),
)
"""All chapters in their order; one that is ``asked`` for stands nowhere where it was not."""


@dataclass(frozen=True, eq=False)
class Annex:
    """The annex of one crisis at its moment, in one language."""

    desk: Desk
    language: Language
    chapters: tuple[Chapter, ...]
    absent: Line | None

    @property
    def html(self) -> str:
        """The annex as one file that loads nothing."""
        return _as_html(self)

    @property
    def pictures(self) -> dict[str, str]:
        """Every picture as a whole SVG file, by the name of its chapter."""
        return {name.removesuffix(".svg"): svg for name, svg in _pictures(self)[0].items()}

    @property
    def pdf(self) -> bytes:
        """Twelve sheets of A4 at most; it needs typst."""
        return _as_pdf(self)


def annex_of(desk: Desk, language: Language) -> Annex:
    """Return the annex: the chapters whose tables hold rows; the others are named in one line.

    Parameters
    ----------
    desk : Desk
        The tables of the brief.
    language : Language
        Language of titles, sentences and columns; words of the record stay in their own.
    """
    fitting = [p for p in CHAPTERS if desk.replay or not p.replays]
    there = [p for p in fitting if all(desk.has(table) for table in p.needs)]
    absent = [p for p in fitting if p not in there and not p.asked]
    told = tuple(_absent(desk, planned) for planned in absent)
    line = Line(Said("annex.absent", {"what": Listed(told)}), (), "absent") if told else None
    return Annex(desk, language, tuple(p.make(desk) for p in there), line)


def _absent(desk: Desk, planned: Planned) -> Said:
    """Return the title of a chapter that is absent, with why: no rows, or a command that makes them."""
    title = Said(f"annex.{planned.key}")
    table = next(name for name in planned.needs if not desk.has(name))
    if table in desk.crisis.tables:
        return Said("annex.absent.empty", {"title": title})
    found = load_schema()[table]
    verb = f"forestall {found.written_by}" if found.kind == "result" else f"forestall schema {table}"
    return Said("annex.absent.command", {"title": title, "command": Data(verb)})


def _as_html(annex: Annex) -> str:
    """Return the page."""
    language, desk = annex.language, annex.desk
    page = environment().get_template("annex.html.j2")
    html = page.render(
        annex=annex,
        language=language,
        title=desk.crisis.settings.title,
        at=language.write(_at(annex)),
        replay=desk.replay,
        widths={"wide": WIDE, "narrow": NARROW},
        style=style_sheet("colours", "page", "chart", "print", "pages"),
        version=__version__,
    )
    return printable(html)[0]


def _at(annex: Annex) -> Said:
    """Return the line that says as known when."""
    return Said("annex.title", {"at": Moment(annex.desk.now)})


def _as_pdf(annex: Annex) -> bytes:
    """Return the annex as PDF, with as many rows of each table as fit on its sheets."""
    pictures, chapters = _pictures(annex)
    pdf = b""
    for most in FEWER:
        pdf = typeset("annex.typ", _facts(annex, chapters, most), pictures)
        if sheets(pdf) <= SHEETS:
            break
    return pdf


def _pictures(annex: Annex) -> tuple[dict[str, str], list[list[str]]]:
    """Return the pictures as whole files by name, and the names of those of each chapter."""
    files: dict[str, str] = {}
    names = []
    for chapter in annex.chapters:
        own = []
        for number, figure in enumerate(chapter.figures):
            name = f"{chapter.key}{f'-{number + 1}' if number else ''}.svg"
            said = annex.language.text(figure.says)
            files[name] = alone(figure.draw(PRINTED, annex.language), said)
            own.append(name)
        names.append(own)
    return files, names


def _facts(annex: Annex, pictures: list[list[str]], most: int) -> dict[str, object]:
    """Return the facts that the template sets."""
    language = annex.language
    lines = [annex.absent] if annex.absent is not None else []
    last = Chapter("absent.title", tuple(lines))
    told = [*zip(annex.chapters, pictures, strict=True), *([(last, [])] if lines else [])]
    return {
        "title": annex.desk.crisis.settings.title,
        "at": language.write(_at(annex)),
        "lang": language.code,
        "rtl": language.right_to_left,
        "note": language.text("annex.note"),
        "chapters": [_chapter(chapter, names, language, most) for chapter, names in told],
    }


def _chapter(chapter: Chapter, pictures: list[str], language: Language, most: int) -> dict[str, object]:
    """Return one chapter."""
    return {
        "title": language.text(f"annex.{chapter.key}"),
        "lines": [{"text": language.sentence(x.said), "weight": x.weight} for x in chapter.lines],
        "grids": [_grid(grid, language, most) for grid in chapter.grids],
        "figures": [
            {"file": name, "says": language.text(figure.says)}
            for name, figure in zip(pictures, chapter.figures, strict=True)
        ],
    }


def _grid(grid: Grid, language: Language, most: int) -> dict[str, object]:
    """Return one table with the width of each column: that of figures as needed, that of words by length."""
    cells = [[language.write(cell) for cell in line] for line in grid.cells[:most]]
    heads = [language.text(f"column.{name}") for name in grid.columns]
    longest = [max(len(words) for words in column) for column in zip(heads, *cells, strict=True)]
    fixed = {i for i, n in enumerate(longest) if i in grid.numeric or n <= SHORT}
    widths = [0.0 if i in fixed else min(n, 70) ** 0.8 for i, n in enumerate(longest)]
    widths[0] = widths[0] or (0.0 if any(widths) else 1.0)
    return {"columns": heads, "cells": cells, "numeric": list(grid.numeric), "widths": widths}
