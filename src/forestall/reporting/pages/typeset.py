"""The two pages as a tagged PDF of two sheets of A4 at most, by typst."""

import json
import re
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from forestall.core.errors import UsageError
from forestall.reporting.desk import Desk
from forestall.reporting.pages.ahead import worlds
from forestall.reporting.pages.content import Pages
from forestall.reporting.pages.figure import draw_worlds
from forestall.reporting.pages.language import Language
from forestall.reporting.pages.say import Grid, Line, Moment, Part, Said
from forestall.reporting.pictures import alone
from forestall.reporting.style import TEMPLATES

FONTS = Path(__file__).parent.parent / "fonts"
SHEETS = 2
"""Most sheets of the brief."""
SIZES = (9.6, 9.0, 8.4, 7.8, 7.2, 6.6)
"""Sizes of the letters that are tried, in points, until the brief fits on its sheets."""
FEWER = (99, 4, 3, 2)
"""Most lines and rows of a part that are tried after the sizes."""
WIDTH = 560.0
"""Width at which the picture is drawn, in pixels."""


def can_typeset() -> bool:
    """Return whether typst is installed.

    Examples
    --------
    >>> isinstance(can_typeset(), bool)
    True
    """
    return find_spec("typst") is not None


def as_pdf(desk: Desk, pages: Pages, language: Language) -> bytes:
    """Return the two pages as PDF: the largest letters that fit on two sheets.

    Parameters
    ----------
    desk : Desk
        The tables of the brief.
    pages : Pages
        As :func:`forestall.reporting.pages.content.pages_of` makes them.
    language : Language
        Language of the sentences.

    Raises
    ------
    UsageError
        Where typst is not installed.
    """
    found = worlds(desk)
    svg = alone(draw_worlds(found, WIDTH, language), language.text("ahead.figure")) if found else ""
    pdf = b""
    for most in FEWER:
        for size in SIZES if most == FEWER[0] else SIZES[-2:]:
            pdf = typeset("pages.typ", _facts(pages, language, size, most), {"worlds.svg": svg or _EMPTY})
            if sheets(pdf) <= SHEETS:
                return pdf
    return pdf


def typeset(template: str, facts: dict[str, object], pictures: Mapping[str, str]) -> bytes:
    """Return the tagged PDF that typst makes of a template, its facts and its pictures.

    Parameters
    ----------
    template : str
        Name of the template among our own.
    facts : dict
        What the template sets; plain values.
    pictures : mapping
        Whole SVG files by name.

    Raises
    ------
    UsageError
        Where typst is not installed.
    """
    if not can_typeset():
        raise UsageError('the PDF needs typst: pip install "forestall[pages]"; the HTML was written')
    import typst

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / template).write_text((TEMPLATES / template).read_text(encoding="utf-8"), encoding="utf-8")
        (home / "facts.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        for name, svg in pictures.items():
            (home / name).write_text(in_our_font(svg), encoding="utf-8")
        made = typst.compile(
            str(home / template),
            root=folder,
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            format="pdf",
        )
    return bytes(made)


FAMILY = "Noto Sans Forestall"
"""Family of the font that comes with the project: Latin, Cyrillic, Armenian and Arabic in one."""


def in_our_font(svg: str) -> str:
    """Return a picture that is set in the font that comes with the project.

    Examples
    --------
    >>> in_our_font("svg{font-family:Inter,sans-serif}")
    "svg{font-family:'Noto Sans Forestall',Inter,sans-serif}"
    """
    return svg.replace("font-family:Inter,", f"font-family:'{FAMILY}',Inter,")


def as_png(svg: str, ppi: float = 144.0) -> bytes:
    """Return a whole SVG file as PNG; it needs typst.

    Parameters
    ----------
    svg : str
        As :func:`forestall.reporting.pictures.alone` makes it.
    ppi : float
        Dots to an inch.
    """
    import typst

    source = '#set page(width: auto, height: auto, margin: 4pt)\n#image("picture.svg")\n'
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "picture.svg").write_text(in_our_font(svg), encoding="utf-8")
        (Path(folder) / "picture.typ").write_text(source, encoding="utf-8")
        made = typst.compile(
            str(Path(folder) / "picture.typ"),
            root=folder,
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            format="png",
            ppi=ppi,
        )
    return bytes(made)


_EMPTY = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'


def sheets(pdf: bytes) -> int:
    """Return how many sheets a PDF has."""
    counts = [int(found) for found in re.findall(rb"/Type\s*/Pages[^>]*?/Count (\d+)", pdf)]
    counts += [int(found) for found in re.findall(rb"/Count (\d+)[^>]*?/Type\s*/Pages", pdf)]
    return max(counts, default=0)


def _facts(pages: Pages, language: Language, size: float, most: int) -> dict[str, object]:
    """Return the facts that the template sets."""
    now, *parts = pages.parts
    return {
        "title": pages.title,
        "at": language.write(Said("title", {"at": Moment(pages.as_of)})),
        "lang": language.code,
        "rtl": language.right_to_left,
        "size": size,
        "side": max(
            24.0, 0.235 * size * max(len(word) for p in parts for word in _title(p, language).split())
        ),
        "now": [_line(line, language) for line in now.lines],
        "parts": [_part(part, language, most) for part in parts],
        "figure_says": language.text("ahead.figure_says"),
        "has_figure": any(part.key == "ahead" and part.grid is not None for part in parts),
        "note": language.text("page.note"),
    }


def _part(part: Part, language: Language, most: int) -> dict[str, object]:
    """Return one part, its lines and rows cut to a number."""
    return {
        "key": part.key,
        "title": _title(part, language),
        "lines": [_line(line, language) for line in part.lines[:most]],
        "grid": _grid(part.grid, language, most) if part.grid is not None else None,
    }


def _title(part: Part, language: Language) -> str:
    """Return the title of a part."""
    return language.text(f"part.{part.key}")


def _line(line: Line, language: Language) -> dict[str, str]:
    """Return one line with its weight."""
    return {"text": language.sentence(line.said), "weight": line.weight}


def _grid(grid: Grid, language: Language, most: int) -> dict[str, object]:
    """Return one table."""
    return {
        "key": grid.key,
        "columns": [language.text(f"column.{name}") for name in grid.columns],
        "cells": [[language.write(cell) for cell in cells] for cells in grid.cells[: most + 2]],
        "numeric": list(grid.numeric),
        "late": list(grid.late),
    }
