"""W245, W246, W247, W248: figures against their own series: people, running totals, parts, deaths."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.plausible import likely_cause, threshold
from forestall.checks.rows import LINE, found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis


def find_people(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every estimate that leaps from what the same voice said of the place before."""
    before = pl.col("people").shift().over("place", "group", "who", "level")
    rows = (
        with_lines(crisis, "population")
        .filter((pl.col("kind") != "claim") & (pl.col("people") > 0))
        .sort("date")
        .with_columns(before=before)
        .drop_nulls("before")
        .with_columns(ratio=pl.col("people") / pl.col("before"))
    )
    most = threshold("revised_ratio")
    doubted = (pl.col("ratio") > most) | (pl.col("ratio") < 1 / most)
    for line, people, earlier, ratio in (
        rows.filter(doubted).select(LINE, "people", "before", "ratio").iter_rows()
    ):
        cause = likely_cause("people", ratio, "say in the note why it changed so much")
        message = f"the figure is {ratio:.2g} times what the same source said before; {cause}"
        yield from _one("W245", message, "population", line, "people", people, f"near {earlier:,}")


def find_falling(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every running total below an earlier one, of the newest vintage of each."""
    rows = (
        with_lines(crisis, "counts")
        .filter((pl.col("record") == "cumulative") & (pl.col("precision") != "interpolated"))
        .sort("known_at")
        .unique(["place", "what", "at"], keep="last", maintain_order=True)
        .sort("at")
        .with_columns(before=pl.col("value").cum_max().shift().over("place", "what"))
        .filter(pl.col("value") < pl.col("before"))
    )
    for line, value, before in rows.select(LINE, "value", "before").iter_rows():
        cause = likely_cause("the count", value / before, "a later vintage, another place or a period?")
        message = f"a running total falls from {before:,} to {value:,}; {cause}"
        yield from _one("W246", message, "counts", line, "value", value, f"{before:,} or more")


def find_parts(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every count whose parts add up to more than itself."""
    rows = with_lines(crisis, "counts")
    parts = rows.drop_nulls("part_of").group_by("part_of").agg(pl.col("value").sum().alias("parts"))
    wrong = rows.join(parts, left_on="count", right_on="part_of").filter(pl.col("parts") > pl.col("value"))
    for line, value, added in wrong.select(LINE, "value", "parts").iter_rows():
        message = f"the parts of the count add up to {added:,}, the count is {value:,}"
        yield from _one("W247", message, "counts", line, "value", value, f"{added:,} or more")


def find_deaths(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every month of deaths far above every other of the place and vintage."""
    keys = ["where", "period", "violence", "vintage"]
    rows = with_lines(crisis, "deaths").filter((pl.col("period") == "month") & (pl.col("best") > 0))
    top = pl.col("best").top_k(2).min().over(keys)
    rows = rows.with_columns(second=top, others=pl.len().over(keys)).filter(
        (pl.col("others") > 2)
        & (pl.col("best") >= threshold("deaths_at_least"))
        & (pl.col("best") > pl.col("second") * threshold("deaths_ratio"))
    )
    for line, best, second in rows.select(LINE, "best", "second").iter_rows():
        cause = likely_cause("deaths", best / second, "a sum of several months, or a year?")
        message = (
            f"{best:,} deaths in one month, the next highest month of the series has {second:,}; {cause}"
        )
        yield from _one("W248", message, "deaths", line, "best", best, f"near {second:,} or less")


def _one(
    code: str, message: str, table: str, line: int | None, column: str, value: int, expected: str
) -> Iterator[Finding]:
    """Yield one finding about a row."""
    row = pl.DataFrame({LINE: [line], column: [value]}, schema={LINE: pl.Int64, column: pl.Int64})
    yield from found(code, message, table, row, column, expected=expected)
