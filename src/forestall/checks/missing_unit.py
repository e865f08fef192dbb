"""E131: an amount whose unit is not said."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, tables_of_kind, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema import Table, table_of

AMOUNTS = ("value", "amount", "delivered", "quantity", "threshold")


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every amount without a unit."""
    for name in tables_of_kind(crisis, "reference", "observed"):
        amount = amount_of(table_of(name))
        if amount:
            rows = with_lines(crisis, name).filter(pl.col(amount).is_not_null() & pl.col("unit").is_null())
            yield from found(
                "E131", "an amount without its unit", name, rows, amount, expected="a unit in the column unit"
            )


def amount_of(table: Table) -> str:
    """Return the column whose unit stands in the column unit, where the reader does not demand it.

    Examples
    --------
    >>> from forestall.schema import table_of
    >>> amount_of(table_of("commitments"))
    'amount'
    """
    optional = "unit" in table.names and not table.column("unit").required
    return next((name for name in AMOUNTS if name in table.names), "") if optional else ""
