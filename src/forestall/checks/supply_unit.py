"""W212: a supply in a unit that no standard of its item uses."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis

PER_DAY = ("", "/day", " per day", "/d")


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every supply that is not counted because of its item or its unit."""
    pairs = crisis["standards"].select("item", "unit").drop_nulls().unique()
    if not pairs.height:
        return
    known = [(item, unit + suffix) for item, unit in pairs.iter_rows() for suffix in PER_DAY]
    table = pl.DataFrame(known, schema={"item": pl.String, "unit": pl.String}, orient="row").unique()
    rows = with_lines(crisis, "supplies").join(table, on=["item", "unit"], how="anti", maintain_order="left")
    yield from found(
        "W212",
        "the supply is not counted: no standard of this item is in this unit",
        "supplies",
        rows,
        "unit",
        expected="item and unit as in standards.csv; a daily amount in that unit with /day",
        nearest=lambda _: "",
    )
