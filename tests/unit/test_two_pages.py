"""The two pages: from tables alone, every figure with its rows, on two sheets, in words of a catalogue."""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from brief_tables import replayed, whole
from forestall.cli.apps import app
from forestall.cli.main import load_commands
from forestall.core.errors import UsageError
from forestall.crisis import Crisis, open_crisis
from forestall.drafting import draft
from forestall.reporting.pages import plain, say
from forestall.reporting.pages.content import as_json
from forestall.reporting.pages.language import LANGUAGES, catalogue
from forestall.reporting.pages.made import TwoPages, two_pages
from forestall.reporting.pages.standing import violent_draws
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
    assert len(lines) <= plain.LINES
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


@pytest.fixture(scope="module", params=["ZMB", "MMR"])
def drawn_up(request: pytest.FixtureRequest) -> TwoPages:
    crisis = draft(request.param, as_of="2026-11-24", places=10).crisis
    done = run(crisis, as_of="2026-11-24", draws=40, seed=1)
    return two_pages(done.crisis, outcome=crisis, today=TODAY)


def test_a_record_that_ended_long_ago_says_so_at_the_head(drawn_up: TwoPages) -> None:
    head = drawn_up.language.sentence(drawn_up.pages.parts[0].lines[0].said)
    assert "when the record ended, 31 Dec 2023" in head
    assert "35 months ago" in head
    assert "This rests on deaths known up to 31 Dec 2023" in drawn_up.html


def test_figures_of_few_draws_are_not_shown(drawn_up: TwoPages) -> None:
    draws = violent_draws(drawn_up.desk)
    assert draws is not None
    ahead = next(part for part in drawn_up.pages.parts if part.key == "ahead")
    keys = {line.said.key for line in ahead.lines}
    assert draws.few == bool(keys & {"ahead.few_draws", "ahead.no_draw"})
    assert draws.few != bool(keys & {"ahead.arrived_if", "ahead.share"})
    if draws.few:
        needs = next(part for part in drawn_up.pages.parts if part.key == "needs")
        assert [line.said.key for line in needs.lines] == ["needs.few_draws"]
        assert ahead.grid is not None
        for cells in ahead.grid.cells:
            assert not isinstance(cells[2], say.Count)


def test_nobody_in_need_is_not_called_not_assessed(drawn_up: TwoPages) -> None:
    assert "forestall prepare" not in drawn_up.text
    assert not re.search(r"[ ;:]0 aged", drawn_up.html)


def test_the_days_without_a_war_name_the_end_of_the_record() -> None:
    done = run(open_crisis(str(VALLEY)), as_of="2025-03-20", draws=20, seed=1)
    quiet = done.crisis["war_state"].with_columns(pl.lit("quiet").alias("state"))
    crisis = done.crisis.with_tables({"war_state": quiet})
    head = two_pages(crisis, today=TODAY).pages.parts[0].lines[0]
    clauses = head.said.values["clauses"]
    assert isinstance(clauses, say.Listed)
    assert any(isinstance(c, say.Said) and c.key in {"war.as_known", "war.stale"} for c in clauses.values)


@pytest.mark.parametrize("table", ["triggers", "standards", "population", "events"])
def test_a_table_that_is_missing_is_said_in_its_place(table: str) -> None:
    crisis = replayed()
    tables = {name: frame.clear() if name == table else frame for name, frame in crisis.tables.items()}
    bare = Crisis(crisis.settings, tables, as_of=crisis.as_of, mode=crisis.mode)
    key = {"triggers": "actions", "standards": "needs", "population": "people", "events": "situation"}[table]
    part = next(p for p in two_pages(bare, today=TODAY).pages.parts if p.key == key)
    assert not part.assessed
    assert "not assessed" in two_pages(bare, today=TODAY).text.lower()


def test_every_command_that_is_named_is_one(drawn_up: TwoPages) -> None:
    load_commands()
    known = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback is not None}
    bare = two_pages(open_crisis("karabakh-2023").at("2022-12-20"), today=TODAY)
    for text in (drawn_up.html, bare.html):
        for verb in re.findall(r"forestall ([a-z]+) ?(?:fills|says|makes|shows|draws|[A-Z-])", text):
            assert verb in known, verb


def test_without_prices_the_cost_is_not_nought() -> None:
    crisis = replayed()
    none = crisis["needs_cost"].with_columns(
        pl.lit(None, dtype=pl.Float64).alias("price"), pl.lit(None, dtype=pl.Float64).alias("cost")
    )
    tables = {**crisis.tables, "needs_cost": none, "items": crisis["items"].clear()}
    bare = Crisis(crisis.settings, tables, as_of=crisis.as_of, mode=crisis.mode)
    part = next(p for p in two_pages(bare, today=TODAY).pages.parts if p.key == "needs")
    assert {"needs.unpriced", "absent.table"} <= {line.said.key for line in part.lines}


def test_what_changed_since_an_earlier_brief_is_told(made: TwoPages) -> None:
    if "Nagorno" not in made.pages.title:
        pytest.skip("the valley has no earlier moment")
    crisis = open_crisis("karabakh-2023")
    early = run(crisis, as_of="2022-12-13", draws=20, seed=1).crisis
    told = two_pages(made.desk.crisis, outcome=crisis, today=TODAY, before=early)
    part = next(p for p in told.pages.parts if p.key == "changed")
    keys = [line.said.key for line in part.lines]
    assert keys[0] == "changed.since"
    assert "changed.figure" in keys
    with pytest.raises(UsageError, match="expected a moment before"):
        two_pages(early, outcome=crisis, today=TODAY, before=made.desk.crisis)


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
    with pytest.raises(UsageError, match="expected one of ar, az, en"):
        catalogue("xx")
