"""Under which terms the rows of each source stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from forestall.schema import frame

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = "not stated"


def terms(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the terms of every source whose rows are used, with the number of rows.

    A source without a row in sources.csv is listed too: its terms are not stated.

    Parameters
    ----------
    tables
        Tables as known at the moment.
    """
    used = [
        table.select("source")
        for table in tables.values()
        if "url" in table.columns and "source" in table.columns
    ]
    named = pl.concat(used).drop_nulls()
    counts = named.group_by("source").len("rows").sort("source")
    known = tables["sources"].select("source", "publisher", "licence", "redistribution")
    joined = counts.join(known, on="source", how="left").with_columns(
        pl.col("publisher", "licence", "redistribution").fill_null(UNKNOWN)
    )
    return frame("terms", joined)
