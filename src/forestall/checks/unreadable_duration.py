"""E142: a trigger or a risk whose window, lead time or horizon is no duration."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, with_lines
from forestall.core.errors import Finding
from forestall.core.units import is_duration
from forestall.crisis import Crisis

COLUMNS = {"triggers": ("window", "lead_time"), "risks": ("window", "horizon")}


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every text without a number and a unit."""
    for table, columns in COLUMNS.items():
        rows = with_lines(crisis, table)
        for column in columns:
            wrong = [text for text in rows[column].drop_nulls().unique() if not is_duration(text)]
            yield from found(
                "E142",
                "not a duration",
                table,
                rows.filter(pl.col(column).is_in(wrong)),
                column,
                expected="a number and a unit, for example 30 days",
            )
