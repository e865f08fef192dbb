"""The annex: short chapters from tables alone, twelve sheets at most, in every language."""

import re
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from brief_tables import replayed, whole
from forestall.crisis import Crisis, open_crisis
from forestall.drafting import draft
from forestall.reporting.pages.annex.chapter import MOST_ROWS
from forestall.reporting.pages.annex.document import CHAPTERS, SHEETS
from forestall.reporting.pages.language import LANGUAGES, catalogue
from forestall.reporting.pages.made import TwoPages, two_pages
from forestall.reporting.pages.say import Rows
from forestall.reporting.pages.typeset import can_typeset, sheets
from forestall.runs import run

TODAY = date(2026, 11, 22)
MADE = {
    "road closed": ("karabakh-2023", "2022-12-20"),
    "people leaving": ("karabakh-2023", "2023-09-24T22:00+04:00"),
    "large": ("ukraine-2022", "2022-03-14T12:00+02:00"),
    "built": ("", "2026-11-24"),
}


@pytest.fixture(scope="module", params=MADE)
def made(request: pytest.FixtureRequest) -> TwoPages:
    name, moment = MADE[request.param]
    crisis = open_crisis(name) if name else draft("MMR", as_of=moment, places=10).crisis
    done = run(crisis, as_of=moment, draws=50, seed=1)
    return two_pages(done.crisis, outcome=crisis, today=TODAY)


def there(crisis: Crisis, reference: Rows) -> bool:
    """Return whether the rows that are named are in the crisis."""
    frame = crisis[reference.table]
    for column, value in reference.where.items():
        wanted: Any = value.astimezone() if isinstance(value, datetime) else value
        frame = frame.filter(pl.col(column).is_null() if value is None else pl.col(column) == wanted)
    return frame.height > 0 or not reference.where


@pytest.mark.skipif(not can_typeset(), reason="typst is not installed")
def test_the_annex_has_twelve_sheets_at_most_and_is_tagged(made: TwoPages) -> None:
    pdf = made.annex.pdf
    assert 1 <= sheets(pdf) <= SHEETS
    assert b"/StructTreeRoot" in pdf


def test_every_figure_of_the_annex_leads_to_its_rows(made: TwoPages) -> None:
    named = [
        reference
        for chapter in made.annex.chapters
        for source in (*(line.rows for line in chapter.lines), *(r for g in chapter.grids for r in g.rows))
        for reference in source
    ]
    assert len(named) > 40
    for reference in named:
        assert there(made.desk.crisis, reference), reference


def test_each_picture_says_in_one_sentence_what_it_shows(made: TwoPages) -> None:
    figures = [figure for chapter in made.annex.chapters for figure in chapter.figures]
    assert figures
    for figure in figures:
        assert catalogue("en")[figure.says].endswith(".")
        assert "<svg" in figure.draw(700.0, made.language)


def test_tables_are_short_and_say_what_they_leave_out(made: TwoPages) -> None:
    for chapter in made.annex.chapters:
        for grid in chapter.grids:
            assert 0 < len(grid.cells) <= 18, chapter.key
        if any(len(grid.cells) > MOST_ROWS for grid in chapter.grids):
            assert chapter.key in {"gaps", "supplies", "deeds", "earlier"}, chapter.key


def test_codes_and_ranks_stay_out(made: TwoPages) -> None:
    words = re.sub(r"<style>.*?</style>", "", made.annex.html, flags=re.DOTALL)
    assert "units-for-people" not in words
    assert " m2" not in words
    assert not re.search(r"<th[^>]*>[Rr]ank", words)
    if made.desk.frame("episodes")["ongoing"].all():
        assert "if it happens" not in words.lower()
        assert "If fighting comes" not in words


def test_what_is_absent_stands_in_one_line_with_its_command() -> None:
    bare = two_pages(open_crisis("karabakh-2023").at("2022-12-20"), today=TODAY)
    assert bare.annex.absent is not None
    said = bare.language.write(bare.annex.absent.said)
    for verb in ("warn", "displace", "prepare", "act"):
        assert f"forestall {verb}" in said
    keys = {chapter.key for chapter in bare.annex.chapters}
    assert not keys & {"odds", "arrivals", "gaps", "deeds"}
    assert {"people", "ways", "method"} <= keys


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_annex_follows_the_language(code: str) -> None:
    made = two_pages(replayed(), outcome=whole(), language=code, today=TODAY)
    html = made.annex.html
    assert f'lang="{code}"' in html
    assert ('dir="rtl"' in html) == (code == "ar")
    for chapter in made.annex.chapters:
        assert catalogue(code)[f"annex.{chapter.key}"] in html
    if code != "en":
        for planned in CHAPTERS:
            assert catalogue(code)[f"annex.{planned.key}"] != catalogue("en")[f"annex.{planned.key}"]


def test_every_column_and_term_has_its_word(made: TwoPages) -> None:
    known = catalogue("en")
    for chapter in made.annex.chapters:
        for line in chapter.lines:
            assert line.said.key in known, line.said.key
        for grid in chapter.grids:
            assert {f"column.{name}" for name in grid.columns} <= set(known)


def test_hostile_words_are_escaped_in_the_annex() -> None:
    crisis = replayed()
    events = crisis["population"].with_columns(pl.lit("<script>alert(1)</script> #panic()").alias("who"))
    hostile = Crisis(
        crisis.settings, {**crisis.tables, "population": events}, as_of=crisis.as_of, mode=crisis.mode
    )
    annex = two_pages(hostile, outcome=whole(), today=TODAY).annex
    assert "<script>" not in annex.html
    if can_typeset():
        assert sheets(annex.pdf) <= SHEETS
