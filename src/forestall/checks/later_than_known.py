"""E124, W204, W207: a row that speaks of a time after the moment it became known."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, tables_of_kind, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema import Column, table_of

AHEAD = {"known_at", "effective", "due", "available_from"}
"""Columns that may lie ahead: what is due, planned or announced."""

SCENARIOS = {"departures", "intensity"}
"""Tables that a crisis gives instead of a forecast: they look ahead by nature."""


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every date that its own row could not know."""
    for name in tables_of_kind(crisis, "observed"):
        if name in SCENARIOS:
            continue
        for column in table_of(name).columns:
            if looks_back(name, column):
                yield from later(
                    crisis, name, column.name, "E124", "the row speaks of a time after it became known"
                )
    yield from _unfinished_periods(crisis)
    yield from _later_years(crisis)


def find_events(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every event dated after the moment it became known."""
    yield from later(crisis, "events", "date", "W204", "the event is dated after it became known")


def find_announced(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every status that takes effect after it became known."""
    for name in tables_of_kind(crisis, "observed"):
        if "effective" in table_of(name).names:
            yield from later(
                crisis, name, "effective", "W207", "the status takes effect after it became known"
            )


def looks_back(table: str, column: Column) -> bool:
    """Return whether a column holds the time of something that must have happened to be known."""
    return (
        column.type in ("date", "timestamp")
        and column.name not in AHEAD
        and (table, column.name) != ("events", "date")
    )


def later(crisis: Crisis, table: str, column: str, code: str, message: str) -> Iterator[Finding]:
    """Yield a finding for every cell of a column that is later than known_at, by the day of the crisis."""
    if not crisis.has(table):
        return
    known = pl.col("known_at")
    if crisis[table].schema[column] == pl.Date:
        known = known.dt.convert_time_zone(crisis.zone.key).dt.date()
    wrong = pl.col(column) > known
    if table == "population":
        wrong &= pl.col("kind") != "projection"
    if crisis[table].select(wrong.any()).item():
        rows = with_lines(crisis, table).filter(wrong)
        yield from found(code, message, table, rows, column, expected="not after known_at")


def _unfinished_periods(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every figure of a month or year that was known before the period ended."""
    end = (
        pl.when(pl.col("period") == "year")
        .then(pl.col("start").dt.offset_by("1y"))
        .otherwise(pl.col("start").dt.offset_by("1mo"))
    )
    known = pl.col("known_at").dt.convert_time_zone(crisis.zone.key).dt.date()
    started = pl.col("start") <= known
    rows = with_lines(crisis, "deaths").filter(
        started & (end > known.dt.offset_by("1d")) & pl.col("best").is_not_null()
    )
    message = "a best figure of a period that had not ended when it became known"
    yield from found(
        "E124",
        message,
        "deaths",
        rows,
        "start",
        expected="no best figure before the period ends, only a low one",
    )


def _later_years(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every tie of a year that had not begun when it became known."""
    rows = with_lines(crisis, "ties").filter(
        pl.col("year") > pl.col("known_at").dt.convert_time_zone(crisis.zone.key).dt.year()
    )
    yield from found(
        "E124",
        "the row speaks of a year after it became known",
        "ties",
        rows,
        "year",
        expected="not after known_at",
    )
