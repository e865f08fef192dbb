"""New rows into the tables of a crisis: nothing is edited, the same row twice is one row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from forestall.core.errors import CrisisError, Finding
from forestall.schema import Table, frame, table_of

if TYPE_CHECKING:
    from forestall.crisis import Crisis

WHEN = ("known_at", "known_basis", "note", "retrieved")
"""Columns that say when a row was known, not what it says."""

AT, NEW = "__at", "__new"


def appended(crisis: Crisis, tables: Mapping[str, pl.DataFrame]) -> tuple[Crisis, list[Finding]]:
    """Return the crisis with the rows that say something new, and what was found.

    A row that says what the newest row of its key known by then said already is left out; one that
    says something else is a revision and counts from its own date of knowledge.

    Parameters
    ----------
    crisis
        The crisis, with no moment of knowledge.
    tables
        New rows by table.

    Raises
    ------
    CrisisError
        Where a row contradicts another of the same key and date of knowledge.
    """
    findings: list[Finding] = []
    merged: dict[str, pl.DataFrame] = {}
    for name, rows in tables.items():
        merged[name], more = merge(crisis.as_read(name), frame(name, rows), table_of(name))
        findings += more
    if any(finding.severity == "error" for finding in findings):
        raise CrisisError(findings)
    return crisis.with_tables(merged), findings


def merge(old: pl.DataFrame, new: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, list[Finding]]:
    """Return the old rows as they are with the new ones below, and what was found.

    Examples
    --------
    >>> from forestall.schema import table_of
    >>> row = {"source": "a", "publisher": "A", "licence": "CC0 1.0", "redistribution": "yes"}
    >>> rows = frame("sources", [row])
    >>> merge(rows, rows, table_of("sources"))[0].height
    1
    """
    if table.kind == "reference":
        return pl.concat([old, new.join(old, on=table.key, how="anti", maintain_order="left")]), []
    says = [name for name in table.names if name not in WHEN and name not in table.key]
    rows = pl.concat([old.with_columns(pl.lit(0).alias(NEW)), new.with_columns(pl.lit(1).alias(NEW))])
    rows = rows.with_row_index(AT).unique([*table.names], keep="first", maintain_order=True)
    rows = rows.sort([*table.key, "known_at", NEW, AT], nulls_last=True, maintain_order=True)
    before = pl.struct(says).shift(1).over(table.key)
    first = pl.int_range(pl.len()).over(table.key) == 0
    repeated = ~first & pl.struct(says).eq_missing(before) & (pl.col(NEW) == 1)
    kept = rows.filter(~repeated)
    findings = _contradictions(kept, table)
    left_out = new.height - int(kept[NEW].sum())
    if left_out:
        message = f"{left_out} rows say what is recorded already and were left out"
        findings.append(Finding("N322", "note", message, table=table.name))
    return kept.sort(AT).drop(AT, NEW), findings


def _contradictions(rows: pl.DataFrame, table: Table) -> list[Finding]:
    """Return a finding for each new row that contradicts one of the same key and date of knowledge."""
    key = [*table.key, "known_at"]
    wrong = rows.filter((pl.len().over(key) > 1) & (pl.col(NEW) == 1))
    values = wrong.select(pl.concat_str(pl.col(key).cast(pl.String), separator=", ")).to_series().head(20)
    return [
        Finding(
            "E164",
            "error",
            "a new row contradicts one of the same key and date of knowledge",
            table=table.name,
            column=", ".join(key),
            value=value,
            next="forestall explain E164",
        )
        for value in values
    ]
