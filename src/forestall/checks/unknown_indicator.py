"""E141: a trigger or a risk that looks at an indicator nobody knows."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, with_lines
from forestall.core.errors import Finding
from forestall.core.names import nearest
from forestall.crisis import Crisis
from forestall.schema.indicators import indicator_fault, indicator_rows

NO_INDICATOR = "none"


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every name that is not in the list, or lacks its argument."""
    for table in ("triggers", "risks"):
        rows = with_lines(crisis, table).drop_nulls("indicator")
        wrong = [
            name for name in rows["indicator"] if name != NO_INDICATOR and indicator_fault(name) is not None
        ]
        yield from found(
            "E141",
            "the indicator is not known, or is not told of what",
            table,
            rows.filter(pl.col("indicator").is_in(wrong)),
            "indicator",
            expected="a name of the docs page act",
            nearest=_nearest,
        )


def _nearest(text: str) -> str:
    """Return the nearest indicator."""
    return nearest(text.partition(":")[0], indicator_rows())
