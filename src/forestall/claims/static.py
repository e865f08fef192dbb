"""What can be said of the queries of claims without running them."""

import polars as pl

from forestall.claims.ask import ask
from forestall.claims.judge import local_time, misfit_of, numbered, readable_names, refusal_of
from forestall.claims.options import ClaimsOptions
from forestall.core.errors import Finding
from forestall.schema import empty, table_of

LIMITS = ClaimsOptions(seconds=5, all_seconds=30)
"""Looking at a query is short: one that takes longer here is refused."""


def query_findings(claims: pl.DataFrame, lines: pl.Series | None = None) -> list[Finding]:
    """Return the claims of a table whose query or expected value cannot be used.

    Nothing is run: the locked process parses each query and looks its names up in empty tables. One
    that never ends shows only when the claims are judged.

    Parameters
    ----------
    claims : polars.DataFrame
        The table ``claims``.
    lines : polars.Series, optional
        Lines of its rows in the file.
    """
    asked = [row for row in numbered(claims, lines) if row["query"]]
    if not asked:
        return []
    tables = {name: local_time(empty(name), "UTC") for name in readable_names()}
    columns = {name for table in readable_names() for name in table_of(table).names}
    answers = ask(tables, [row["query"] for row in asked], LIMITS, look=True)
    found = []
    for row, answer in zip(asked, answers, strict=True):
        found += [refusal_of(row, answer, columns)] if answer.refused else []
        fault = misfit_of(row)
        found += [fault] if fault else []
    return found
