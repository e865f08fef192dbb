"""The two pages: from tables alone, every figure with its rows, on two sheets, in words of a catalogue."""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from brief_tables import replayed, whole
from forestall.core.errors import UsageError
from forestall.crisis import Crisis, open_crisis
from forestall.reporting.pages import plain, say
from forestall.reporting.pages.content import as_json
from forestall.reporting.pages.language import LANGUAGES, catalogue
from forestall.reporting.pages.made import TwoPages, two_pages
from forestall.reporting.pages.typeset import can_typeset, sheets
from forestall.runs import run
from valley import VALLEY

TODAY = date(2026, 11, 22)
KARABAKH = ("2022-12-20", "2023-09-19T20:00+04:00", "2023-09-24T22:00+04:00")


@pytest.fixture(scope="module", params=[*KARABAKH, "valley"])
def made(request: pytest.FixtureRequest) -> TwoPages:
    crisis = open_crisis(str(VALLEY) if request.param == "valley" else "karabakh-2023")
    moment = "2025-03-20" if request.param == "valley" else request.param
    done = run(crisis, as_of=moment, draws=50, seed=1, until="act")
    return two_pages(done.crisis, outcome=crisis, today=TODAY)


def every_rows(found: Any) -> Iterator[dict[str, Any]]:
    """Return every reference to rows within the content."""
    if isinstance(found, dict):
        if set(found) == {"table", "where"}:
            yield found
        for value in found.values():
            yield from every_rows(value)
    elif isinstance(found, list):
        for value in found:
            yield from every_rows(value)


def rows_of(crisis: Crisis, reference: dict[str, Any]) -> pl.DataFrame:
    """Return the rows that a reference of brief.json leads to."""
    frame = crisis[reference["table"]]
    for column, value in reference["where"].items():
        wanted: Any = value
        if isinstance(frame.schema[column], pl.Datetime):
            wanted = datetime.fromisoformat(value)
        elif frame.schema[column] == pl.Date:
            wanted = date.fromisoformat(value)
        frame = frame.filter(pl.col(column) == wanted)
    return frame


def test_every_row_that_is_named_is_there(made: TwoPages) -> None:
    named = list(every_rows(json.loads(as_json(made.content))))
    assert len(named) > 20
    for reference in named:
        assert reference["table"] in made.desk.crisis.tables, reference
        assert rows_of(made.desk.crisis, reference).height or reference["table"] == "actions_due", reference


def test_every_line_with_a_figure_names_its_rows(made: TwoPages) -> None:
    for part in made.pages.parts:
        for line in part.lines:
            figures = [
                v for v in line.said.values.values() if isinstance(v, (say.Count, say.Share, say.Money))
            ]
            assert line.rows or not figures, line


def test_the_parts_stand_in_their_order(made: TwoPages) -> None:
    keys = [part.key for part in made.pages.parts]
    order = [
        "now",
        "situation",
        "changed",
        "people",
        "ahead",
        "needs",
        "actions",
        "promised",
        "find_out",
        "limits",
    ]
    assert [key for key in keys if key in order] == order
    first = keys.index("counted") < keys.index("situation")
    assert first == any(
        line.said.key in {"changed.first_count", "changed.count"}
        for part in made.pages.parts
        if part.key == "counted"
        for line in part.lines
    )


def test_actions_stand_by_their_day(made: TwoPages) -> None:
    grid = next(part.grid for part in made.pages.parts if part.key == "actions")
    assert grid is not None
    days = [cells[1].values["day"] if isinstance(cells[1], say.Said) else cells[1] for cells in grid.cells]
    ordered = [day.value for day in days if isinstance(day, say.Day)]
    assert ordered == sorted(ordered)
    assert len(ordered) == len(days)


def test_the_text_is_short_and_narrow(made: TwoPages) -> None:
    lines = made.text.splitlines()
    assert max(map(len, lines)) <= plain.WIDTH
    assert len(lines) <= 48
    assert "{" not in made.text


@pytest.mark.skipif(not can_typeset(), reason="typst is not installed")
def test_the_pdf_has_two_sheets_at_most(made: TwoPages) -> None:
    assert made.pdf.startswith(b"%PDF")
    assert 1 <= sheets(made.pdf) <= 2
    assert b"/StructTreeRoot" in made.pdf


def test_nothing_is_called_safe_before_a_stage_has_run() -> None:
    made = two_pages(open_crisis("karabakh-2023").at("2022-12-20"), today=TODAY)
    absent = {part.key for part in made.pages.parts if not part.assessed}
    assert {"ahead", "needs", "actions", "promised", "find_out"} <= absent
    for verb in ("displace", "prepare", "act"):
        assert f"not assessed: forestall {verb}" in " ".join(made.text.lower().split())


def test_hostile_words_are_escaped() -> None:
    crisis = replayed()
    events = crisis["events"].with_columns(
        pl.lit("<script>alert(1)</script> #panic() \\ $x$").alias("description")
    )
    hostile = Crisis(
        crisis.settings, {**crisis.tables, "events": events}, as_of=crisis.as_of, mode=crisis.mode
    )
    made = two_pages(hostile, outcome=whole(), today=TODAY)
    assert "<script>" not in made.html
    assert "&lt;script&gt;" in made.html
    if can_typeset():
        assert sheets(made.pdf) <= 2


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_sentence_is_missing_in_any_language(code: str) -> None:
    english, other = catalogue("en"), catalogue(code)
    assert sorted(other) == sorted(english)
    for key, text in english.items():
        assert sorted(re.findall(r"\{\w+\}", other[key])) == sorted(re.findall(r"\{\w+\}", text)), key
        assert other[key].strip() or not text.strip(), key


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_fits_on_the_pages(code: str) -> None:
    made = two_pages(replayed(), outcome=whole(), language=code, today=TODAY)
    assert f'lang="{code}"' in made.html
    assert max(map(len, made.text.splitlines())) <= plain.WIDTH
    if can_typeset():
        assert sheets(made.pdf) <= 2


def test_another_language_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="expected one of az, en"):
        catalogue("xx")
