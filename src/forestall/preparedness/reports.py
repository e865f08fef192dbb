"""Dates on which shortages in a closed area were publicly reported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import polars as pl

from forestall.options.prepare import PrepareOptions


def report_rows(
    access: pl.DataFrame, since: date, items: pl.DataFrame, options: PrepareOptions
) -> Iterator[dict[str, Any]]:
    """Yield the facts on shortages known by the moment, with the days from closing.

    Parameters
    ----------
    access
        Table ``access``, cut at the moment.
    since
        Day of closing.
    items
        Rows of ``closure_items`` of the area.
    options
        Options of the stage: which topics report shortages.
    """
    names = items["item"].to_list()
    shortages = pl.col("topic").is_in(options.shortage_topics) | pl.col("item").is_in(names)
    rows = access.filter(shortages & (pl.col("date") >= since)).sort("date", "fact")
    for row in rows.iter_rows(named=True):
        named = {
            name: row[name] for name in ("fact", "date", "topic", "metric", "value", "unit", "party", "item")
        }
        yield {**named, "days": (row["date"] - since).days}


def first_report(reports: Sequence[dict[str, Any]], item: str) -> date | None:
    """Return the day of the first reported shortage of an item, or None.

    Examples
    --------
    >>> first_report([{"item": "food", "date": date(2023, 1, 9)}], "food")
    datetime.date(2023, 1, 9)
    """
    days = [row["date"] for row in reports if row["item"] == item]
    return min(days, default=None)
