"""How fresh each table is."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from forestall.recording.gaps import IMPORTED
from forestall.schema import frame, load_schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

SPEAKS_OF = ("at", "effective", "date", "start", "made_on", "year")
"""Columns that say which time a row speaks of; the first that a table has is used."""


def freshness(tables: Mapping[str, pl.DataFrame], as_of: datetime | None, zone: ZoneInfo) -> pl.DataFrame:
    """Return one row per observed table: rows, newest knowledge, newest date, doubtful rows.

    Parameters
    ----------
    tables
        Tables as known at the moment.
    as_of
        The moment, or None for all that is known; then nothing is said to lag behind.
    zone
        Zone of the crisis, in which days are counted.
    """
    today = as_of.astimezone(zone).date() if as_of else None
    schema = load_schema()
    rows = [
        _row(name, table, today, zone)
        for name, table in tables.items()
        if schema[name].kind == "observed" and (table.height or not name.startswith(IMPORTED))
    ]
    return frame("freshness", rows)


def _row(name: str, table: pl.DataFrame, today: date | None, zone: ZoneInfo) -> dict[str, Any]:
    newest = newest_date(table, today, zone)
    return {
        "table": name,
        "rows": table.height,
        "latest_known_at": table["known_at"].max(),
        "latest_date": newest,
        "days_behind": float((today - newest).days) if today and newest else None,
        "later_vintage": int((table["known_basis"] == "release rule").sum()),
        "recalled": int((table["basis"] == "recalled").sum()),
        "assumed": int(((table["basis"] == "assumption") | (table["known_basis"] == "assumed")).sum()),
    }


def newest_date(table: pl.DataFrame, today: date | None, zone: ZoneInfo) -> date | None:
    """Return the newest day a table speaks of, not counting what it says of days to come.

    A month of deaths counts by its last day, a year by its first.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> table = pl.DataFrame({"date": [date(2023, 9, 1), date(2024, 1, 1)]})
    >>> newest_date(table, date(2023, 9, 19), ZoneInfo("UTC"))
    datetime.date(2023, 9, 1)
    """
    days = _days(table, zone)
    if days is None:
        return None
    past = days if today is None else days.filter(days <= today)
    newest = past.max()
    return newest if isinstance(newest, date) else None


def _days(table: pl.DataFrame, zone: ZoneInfo) -> pl.Series | None:
    """Return the days the rows of a table speak of."""
    column = next((name for name in SPEAKS_OF if name in table.columns), None)
    if column is None:
        return None
    if "period" in table.columns and "best" in table.columns:
        known = table.filter(pl.col("best").is_not_null())
        return known.select(_period_end())["day"]
    if column == "year":
        return table.select(pl.date(pl.col("year"), 1, 1).alias("day"))["day"]
    if table.schema[column] == pl.Date:
        return table[column]
    return table.select(pl.col(column).dt.convert_time_zone(zone.key).dt.date())[column]


def _period_end() -> pl.Expr:
    """Return the last day of a month or year of deaths."""
    after = pl.when(pl.col("period") == "year").then(pl.col("start").dt.offset_by("1y"))
    return after.otherwise(pl.col("start").dt.offset_by("1mo")).dt.offset_by("-1d").alias("day")
