"""W201: more people moved out of a place than any estimate says lived there."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import LINE, found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every movement larger than the largest estimate of its origin."""
    largest = (
        crisis["population"]
        .group_by("place")
        .agg(pl.max_horizontal("people", "low", "high").max().alias("largest"))
    )
    moved = pl.coalesce("low", "people").alias("moved")
    rows = with_lines(crisis, "movements").join(
        largest, left_on="origin_place", right_on="place", how="inner"
    )
    wrong = rows.with_columns(moved).filter(pl.col("moved") > pl.col("largest"))
    for row in wrong.select(pl.col("largest"), pl.struct(LINE, "moved").alias("row")).iter_rows(named=True):
        expected = f"at most {row['largest']:,}, the largest figure of population.csv for that place"
        one = pl.DataFrame([row["row"]], schema={LINE: pl.Int64, "moved": pl.Int64}).rename(
            {"moved": "people"}
        )
        yield from found(
            "W201",
            "more people moved out than any estimate says lived there",
            "movements",
            one,
            "people",
            expected=expected,
        )
