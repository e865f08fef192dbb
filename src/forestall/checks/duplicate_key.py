"""E121: two rows of one table have the same key."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.overlapping_status import state_of
from forestall.checks.rows import LINE, found, tables_of_kind, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema import Table, table_of


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every row whose key stands above it already."""
    for name in tables_of_kind(crisis, "reference", "observed"):
        table = table_of(name)
        key = key_of(table)
        needed = [c for c in key if table.column(c).required]
        rows = with_lines(crisis, name)
        again = ~pl.struct(key).is_first_distinct() & pl.all_horizontal(pl.col(needed).is_not_null())
        text = pl.concat_str(pl.col(key).cast(pl.String), separator=", ", ignore_nulls=True).alias("key")
        wrong = rows.filter(again).select(LINE, text)
        message = f"the key ({', '.join(key)}) stands twice"
        yield from found("E121", message, name, wrong, "key", expected="one row for each " + ", ".join(key))


def key_of(table: Table) -> list[str]:
    """Return the columns that tell rows apart: in an observed table a key may be known anew later.

    Two statuses of one key at one moment are left to W202.
    """
    key = list(table.key)
    more = [name for name in (state_of(table), "known_at") if name in table.names and name not in key]
    return key + more
