"""E134: an identifier that could be the path of a file."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, tables_of_kind, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema import table_of

PATH = r"[/\\]|^\."


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every identifier with a slash, a backslash or a point at its start."""
    for name in tables_of_kind(crisis, "reference", "observed"):
        for column in table_of(name).columns:
            if (
                column.type == "id"
                and crisis[name].select(pl.col(column.name).str.contains(PATH).any()).item()
            ):
                rows = with_lines(crisis, name).filter(pl.col(column.name).str.contains(PATH))
                message = "the identifier could be the path of a file"
                yield from found(
                    "E134", message, name, rows, column.name, expected="letters, digits, - and _"
                )
