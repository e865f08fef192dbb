"""The brief of any tables that fit the schema: full rows, rows of unknowns, zeros, one row, no row."""

from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import polars as pl
import pytest
from markupsafe import Markup

from brief_tables import QUANTILES, whole
from forestall.crisis import Crisis
from forestall.reporting import ReportOptions, report
from forestall.reporting.blocks import Figure, Table
from forestall.reporting.desk import Desk
from forestall.reporting.sections import SECTIONS
from forestall.schema import empty, load_schema
from forestall.schema.tables_of import Column

TODAY = date(2026, 11, 22)
OPTIONS = ReportOptions(public_detail=True)
RESULTS = [name for name, table in load_schema().items() if table.kind == "result"]
PLACES = {"place": ("ALL", "kornidzor"), "corridor": ("ALL", "no-such"), "sector": ("joint", "shelter")}


def value(column: Column, row: int, kind: str) -> Any:
    """Return a value that fits a column: full, zero, or unknown where it may be."""
    if kind == "unknown" and not column.required and not column.default:
        return None
    if column.values:
        return column.values[row % len(column.values)]
    if column.name == "quantile":
        return QUANTILES[row % 5]
    if column.name in PLACES:
        return PLACES[column.name][row % 2]
    numbers = {
        "integer": 0 if kind == "zero" else row + 3,
        "number": 0.0 if kind == "zero" else 0.25 + row * 0.01,
    }
    days = date(2023, 9, 20) + timedelta(days=row // 5)
    moments = datetime(2023, 9, 20, tzinfo=UTC) + timedelta(hours=6 * (row // 5))
    return {**numbers, "boolean": row % 2 == 0, "date": days, "timestamp": moments}.get(
        column.type, f"{column.name} {row % 3}"
    )


def made(name: str, kind: str, rows: int) -> pl.DataFrame:
    """Return a table of the schema filled by its columns' types."""
    columns = load_schema()[name].columns
    return pl.DataFrame(
        {c.name: [value(c, row, kind) for row in range(rows)] for c in columns}, schema=empty(name).schema
    )


def crisis_of(kind: str, rows: int) -> Crisis:
    """Return the shipped crisis with all result tables made up."""
    known = whole().at("2023-09-25T20:00+04:00")
    tables = {**known.tables, **{name: made(name, kind, rows) for name in RESULTS}}
    return Crisis(known.settings, MappingProxyType(tables), known.as_of, known.mode)


@pytest.mark.parametrize("rows", [0, 1, 40])
@pytest.mark.parametrize("kind", ["full", "zero", "unknown"])
def test_the_brief_can_be_made(kind: str, rows: int) -> None:
    brief = report(crisis_of(kind, rows), outcome=whole(), options=OPTIONS, today=TODAY)
    assert brief.html.endswith("</html>")
    assert "nan" not in brief.html.lower().replace("nances", "").replace("finan", "").split("<main")[0]
    if rows:
        assert "not-assessed" not in brief.absent


def test_every_cell_is_text_or_said_to_be_unknown() -> None:
    desk = Desk(crisis_of("full", 40), whole(), OPTIONS, TODAY)
    for section in SECTIONS:
        for block in section.render(desk).blocks:
            table = block if isinstance(block, Table) else block.table if isinstance(block, Figure) else None
            for row in table.rows if table else ():
                assert len(row) == len(table.head), (section.key, table.caption)
                assert all(cell is None or isinstance(cell, str | Markup) for cell in row), (section.key, row)


def test_a_section_without_a_row_says_so() -> None:
    desk = Desk(crisis_of("full", 0), None, OPTIONS, TODAY)
    for section in SECTIONS:
        shown = section.render(desk)
        needs_results = [name for name in section.needs if name in RESULTS]
        if needs_results:
            assert not shown.assessed, section.key
            assert "no row" in str(shown.blocks[0]), section.key


def test_a_crisis_without_a_moment_is_shown_with_all_its_rows() -> None:
    html = report(whole(), options=OPTIONS, today=TODAY).html
    assert "No moment was set" in html
    assert "replay without hindsight" not in html


def test_places_without_coordinates_make_no_map_but_a_table() -> None:
    crisis = whole().at("2023-09-25T20:00+04:00")
    nowhere = crisis["places"].with_columns(lon=pl.lit(None, pl.Float64), lat=pl.lit(None, pl.Float64))
    html = report(crisis.with_tables({"places": nowhere}), options=OPTIONS, today=TODAY).html
    section = html.split('<section id="map"')[1].split("</section>")[0]
    assert "No place has coordinates" in section
    assert "Corridors and their status" in section


def test_a_corridor_without_a_status_is_not_assessed() -> None:
    crisis = whole().at("2023-09-25T20:00+04:00")
    silent = crisis.with_tables({"corridor_status": crisis["corridor_status"].head(0)})
    html = report(silent, options=OPTIONS, today=TODAY).html
    section = html.split('<section id="map"')[1].split("</section>")[0]
    assert 'class="way not-assessed"' in section
    assert 'class="way open"' not in section


@pytest.mark.parametrize("kept", [0.05, 0.5, 0.95])
def test_a_table_may_hold_one_quantile_only(kept: float) -> None:
    crisis = crisis_of("full", 40)
    one = {
        name: table.filter((pl.col("quantile") - kept).abs() < 1e-6)
        for name, table in crisis.tables.items()
        if "quantile" in table.columns
    }
    need = one["people_in_need"].with_columns(arm=pl.lit("if it happens"), place=pl.lit("ALL"))
    one["people_in_need"] = need
    html = report(crisis.with_tables(one), outcome=whole(), options=OPTIONS, today=TODAY).html
    assert "People in need on" in html
