"""E128: a low figure above the best or the high one, or a best above the high one."""

from collections.abc import Iterator
from itertools import combinations

import polars as pl

from forestall.checks.rows import found, tables_of_kind, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema import Table, table_of

LOW = ("low", "value_low")
BEST = ("best", "people", "value", "share")
HIGH = ("high", "value_high")


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every pair of figures in the wrong order."""
    for name in tables_of_kind(crisis, "reference", "observed"):
        for lower, upper in combinations(figures_of(table_of(name)), 2):
            rows = with_lines(crisis, name).filter(pl.col(lower) > pl.col(upper))
            message = f"{lower} is above {upper}"
            yield from found("E128", message, name, rows, lower, expected=f"at most {upper}")


def figures_of(table: Table) -> list[str]:
    """Return the columns low, best and high of a table, in this order, where it has them.

    Examples
    --------
    >>> from forestall.schema import table_of
    >>> figures_of(table_of("deaths"))
    ['low', 'best', 'high']
    """
    ranks = [next((n for n in names if n in table.names), None) for names in (LOW, BEST, HIGH)]
    return [name for name in ranks if name] if ranks[0] or ranks[2] else []
