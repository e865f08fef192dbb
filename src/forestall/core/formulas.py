"""Texts that a spreadsheet would take for a formula, kept from acting."""

import polars as pl

ACTS = r"^'*[=+\-@\t\r\n]"
"""A text that acts when a spreadsheet opens it, or that was kept from it."""
KEPT = r"^'+[=+\-@\t\r\n]"


def neutral(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table whose texts no spreadsheet takes for a formula: an apostrophe stands before them.

    Examples
    --------
    >>> table = pl.DataFrame({"name": ["=1+1", "'@a", "plain"], "people": [-1, 2, 3]})
    >>> neutral(table)["name"].to_list()
    ["'=1+1", "''@a", 'plain']
    >>> as_before(neutral(table)).equals(table)
    True
    """
    texts = [pl.col(name) for name, kind in table.schema.items() if kind == pl.String]
    return table.with_columns(
        pl.when(text.str.contains(ACTS)).then(pl.lit("'") + text).otherwise(text).name.keep()
        for text in texts
    )


def as_before(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table with the texts that :func:`neutral` was given."""
    texts = [pl.col(name) for name, kind in table.schema.items() if kind == pl.String]
    return table.with_columns(
        pl.when(text.str.contains(KEPT)).then(text.str.slice(1)).otherwise(text).name.keep() for text in texts
    )
