"""W209: a text that looks like an e-mail address or a telephone number."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, tables_of_kind, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema import table_of

CONTACT = r"[\w.+-]+@[\w-]+\.[\w.]+|\+\d[\d ()/-]{7,}\d"


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every text with contact details in it."""
    for name in tables_of_kind(crisis, "reference", "observed"):
        for column in table_of(name).columns:
            if column.type == "text" and column.name != "url":
                rows = with_lines(crisis, name).filter(pl.col(column.name).str.contains(CONTACT))
                yield from found(
                    "W209",
                    "the text looks like contact details of a person",
                    name,
                    rows,
                    column.name,
                    expected="no personal data in any table",
                )
