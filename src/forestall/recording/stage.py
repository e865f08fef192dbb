"""The stage record: the tables of a crisis -> how fresh they are, what is missing, and under which terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from forestall.recording.freshness import freshness
from forestall.recording.gaps import record_gaps
from forestall.recording.terms import terms
from forestall.schema import load_schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from forestall.crisis import Crisis
    from forestall.options.record import RecordOptions


def record(crisis: Crisis, options: RecordOptions) -> dict[str, pl.DataFrame]:
    """Say what is known at the moment of a crisis, how fresh it is and what is missing.

    Parameters
    ----------
    crisis
        A crisis; where it has a moment of knowledge, nothing known later counts.
    options
        What is asked for.

    Returns
    -------
    dict
        The tables freshness, record_gaps and terms.

    Examples
    --------
    >>> from forestall.crisis import open_crisis
    >>> from forestall.options.record import RecordOptions
    >>> tables = record(open_crisis("karabakh-2023").at("2022-12-13"), RecordOptions())
    >>> sorted(tables)
    ['freshness', 'record_gaps', 'terms']
    """
    tables = known_tables(crisis)
    as_of = crisis.as_of
    return {
        "freshness": freshness(tables, as_of, crisis.zone),
        "record_gaps": record_gaps(tables, crisis, options),
        "terms": terms(tables),
    }


def known_tables(crisis: Crisis) -> Mapping[str, pl.DataFrame]:
    """Return every table a crisis can hold as it was known at its moment.

    A table without a row stands there empty, whether its file exists or not: the file may be
    there because of rows that became known later. Tables of an imported folder stand there only
    where they have rows.
    """
    return {
        name: _known(crisis[name], table.kind, crisis.as_of)
        for name, table in load_schema().items()
        if table.kind != "result"
    }


def _known(table: pl.DataFrame, kind: str, as_of: datetime | None) -> pl.DataFrame:
    if kind != "observed" or as_of is None:
        return table
    return table.filter(pl.col("known_at") <= as_of)
