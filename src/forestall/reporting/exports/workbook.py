"""The tables behind the figures as one workbook: a sheet each, units of every column, a read-me."""

from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from typing import Any

import polars as pl

from forestall.core.errors import UsageError
from forestall.crisis import Crisis
from forestall.reporting.disclosure import shown_tables
from forestall.schema import load_schema

SHEETS = (
    *("war_state", "worlds", "worlds_summary", "warning_odds", "warning_record", "warning_drivers"),
    *("departures_summary", "arrivals_summary", "flows_summary", "road_summary", "caseloads"),
    *("needs_cost", "gaps", "items", "standards", "supplies", "closure_exhaustion", "closure_reports"),
    *("actions_due", "triggers", "activations", "ledger_status", "provisions_status", "response_gap"),
    *("ties_table", "claims_verdicts", "risks_register", "sensitivity", "options_effect", "earlier_averted"),
    *("counts", "population", "events", "places", "corridors", "corridor_status", "movements", "losses"),
    *("assumptions", "freshness", "record_gaps", "terms"),
)
"""Tables behind a figure or a table of the two pages and the annex, in their order."""
MOST_ROWS = 100_000
"""Rows of a sheet at most; a longer table is cut and its read-me line says so."""


def can_write_workbooks() -> bool:
    """Return whether xlsxwriter is installed.

    Examples
    --------
    >>> isinstance(can_write_workbooks(), bool)
    True
    """
    return find_spec("xlsxwriter") is not None


def workbook(crisis: Crisis) -> bytes:
    """Return the tables behind the figures as a workbook.

    Texts are written as texts: none becomes a formula or a link. Tables that are restricted are left out and
    named in the read-me.

    Parameters
    ----------
    crisis : Crisis
        With the results of its stages.

    Raises
    ------
    UsageError
        Where xlsxwriter is not installed.
    """
    if not can_write_workbooks():
        raise UsageError('tables.xlsx needs xlsxwriter: pip install "forestall[tables]"')
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    shown, withheld = shown_tables(crisis, SHEETS)
    target = BytesIO()
    safe = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "remove_timezone": True,
    }
    with Workbook(target, safe) as book:
        book.set_properties({"created": crisis.moment.replace(tzinfo=None)})
        head = book.add_format({"bold": True, "bottom": 1})
        _rows(book.add_worksheet("read_me"), list(_read_me(crisis, dict(shown), withheld)), head)
        for name, table in shown.items():
            _sheet(book, name, table.head(MOST_ROWS), head)
    return target.getvalue()


def _read_me(
    crisis: Crisis, shown: dict[str, pl.DataFrame], withheld: list[str]
) -> Iterator[tuple[object, ...]]:
    """Return the lines of the read-me: what it is, the sheets, and the unit of every column."""
    yield ("what", "name", "unit", "says", "rows")
    yield ("crisis", crisis.settings.title, "", f"as known at {crisis.moment.isoformat()}", "")
    schema = load_schema()
    for name, table in shown.items():
        cut = f"; cut after {MOST_ROWS} rows" if table.height > MOST_ROWS else ""
        yield ("sheet", name, "", schema[name].description + cut, table.height)
        for column in schema[name].columns:
            yield ("column", f"{name}.{column.name}", column.unit or "", column.description, "")
    for name in withheld:
        yield ("withheld", name, "", "restricted: routes and sites of people who may be in danger", "")


def _sheet(book: Any, name: str, table: pl.DataFrame, head: Any) -> None:
    """Write one table; moments are written as text with their offset, which no program misreads."""
    sheet = book.add_worksheet(name[:31])
    moments = [column for column, kind in table.schema.items() if isinstance(kind, pl.Datetime)]
    told = table.with_columns(pl.col(moments).dt.strftime("%Y-%m-%dT%H:%M:%S%:z")) if moments else table
    days = [column for column, kind in told.schema.items() if kind == pl.Date]
    told = told.with_columns(pl.col(days).dt.strftime("%Y-%m-%d")) if days else told
    _rows(sheet, [tuple(told.columns), *told.iter_rows()], head)


def _rows(sheet: Any, lines: list[tuple[object, ...]], head: Any) -> None:
    """Write lines; what is not known stays an empty cell."""
    for index, line in enumerate(lines):
        for column, value in enumerate(line):
            if isinstance(value, bool):
                sheet.write_boolean(index, column, value)
            elif isinstance(value, (int, float)):
                _number(sheet, index, column, value)
            elif value is not None:
                sheet.write_string(index, column, str(value), head if index == 0 else None)
    sheet.freeze_panes(1, 0)


def _number(sheet: Any, row: int, column: int, value: float) -> None:
    """Write a number; one that is none stays an empty cell."""
    if value - value == 0:
        sheet.write_number(row, column, value)
