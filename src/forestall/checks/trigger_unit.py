"""E146: a threshold in another unit than that of its indicator."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema.indicators import indicator_rows

AS_STATED = "as stated"


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every trigger whose unit is not that of its indicator."""
    units = {name: row["unit"] for name, row in indicator_rows().items() if row["unit"] != AS_STATED}
    rows = with_lines(crisis, "triggers")
    expected = rows["indicator"].str.split(":").list.first().replace_strict(units, default=None)
    for unit in sorted(set(units.values())):
        wrong = rows.filter((expected == unit) & (pl.col("unit") != unit))
        message = "the threshold is not in the unit of its indicator"
        yield from found("E146", message, "triggers", wrong, "unit", expected=unit)
