"""W250, W251, W252: periods without a length, two things under one name, more people than live there."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.plausible import likely_cause, threshold
from forestall.checks.rows import LINE, found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis


def find_periods(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every count within a period that has no length, or ends before it begins."""
    rows = with_lines(crisis, "counts").filter(pl.col("record") == "period")
    wrong = rows.filter(pl.col("hours").is_null() | (pl.col("hours") <= 0))
    yield from found(
        "W250",
        "the period of the count has no length: it ends before it begins, or is not given",
        "counts",
        wrong,
        "hours",
        expected="hours above 0, such as 24 for a day; the column at holds the end of the period",
    )


def find_two_things(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every count that says far more or less than another of the same name and moment.

    Counts of one name are those of one place, kind and record at one moment; a later vintage may revise
    an earlier one, but not by as much as that without another thing being counted.
    """
    name = ["place", "what", "record", "at"]
    rows = with_lines(crisis, "counts").filter(
        (pl.col("precision") != "interpolated") & (pl.col("value") > 0)
    )
    before = pl.col("value").shift().over(name)
    rows = rows.sort("known_at", "count").with_columns(before=before).drop_nulls("before")
    rows = rows.with_columns(ratio=pl.col("value") / pl.col("before"))
    most = threshold("same_count_ratio")
    doubted = rows.filter((pl.col("ratio") > most) | (pl.col("ratio") < 1 / most))
    for line, value, earlier, ratio in doubted.select(LINE, "value", "before", "ratio").iter_rows():
        cause = likely_cause("people", ratio, "another thing is counted, such as vehicles or all who passed")
        message = f"{value:,} where {earlier:,} stood for the same place, kind and moment; {cause}"
        row = pl.DataFrame({LINE: [line], "value": [value]}, schema={LINE: pl.Int64, "value": pl.Int64})
        expected = f"near {earlier:,}, or another name in what or place; say in the note what changed"
        yield from found("W251", message, "counts", row, "value", expected=expected)


def find_too_many(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every running total above all people known to live in the crisis."""
    people = pl.coalesce("people", "high", "low")
    figures = crisis["population"].filter(pl.col("group") == "all").with_columns(n=people).drop_nulls("n")
    newest = figures.sort("date").group_by("place", "level").last()
    whole = [newest.filter(pl.col("level") == "total")["n"].max(), _sum_of(newest, crisis)]
    most = max((float(n) for n in whole if isinstance(n, int | float)), default=0.0)
    if not most:
        return
    rows = with_lines(crisis, "counts").filter(
        pl.col("what").is_in(["arrived", "left", "registered"]) & (pl.col("value") > most)
    )
    for line, value in rows.select(LINE, "value").iter_rows():
        cause = likely_cause("people", value / most * 3, "people counted more than once, or another unit?")
        message = f"{value:,} people counted, of at most {most:,.0f} who live there; {cause}"
        row = pl.DataFrame({LINE: [line], "value": [value]}, schema={LINE: pl.Int64, "value": pl.Int64})
        yield from found("W252", message, "counts", row, "value", expected=f"{most:,.0f} or less")


def _sum_of(newest: pl.DataFrame, crisis: Crisis) -> float | None:
    """Return the sum of the latest figures of places that do not host; None where there is none."""
    hosts = crisis["places"].filter(pl.col("hosts"))["place"]
    rows = newest.filter((pl.col("level") != "total") & ~pl.col("place").is_in(hosts.implode()))
    rows = rows.group_by("place").agg(pl.col("n").max())
    return float(rows["n"].sum()) if rows.height else None
