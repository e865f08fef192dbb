"""W202: one thing has two statuses from the same moment on."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import found, tables_of_kind, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema import Table, table_of


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every row whose status contradicts another of the same key and moment."""
    for name in tables_of_kind(crisis, "observed"):
        state = state_of(table_of(name))
        if state:
            key = list(table_of(name).key)
            rows = with_lines(crisis, name).filter(pl.col(state).n_unique().over(key) > 1)
            message = f"another row gives another {state} for the same {', '.join(key)}"
            yield from found("W202", message, name, rows, state, expected=f"one {state} from one moment on")


def state_of(table: Table) -> str:
    """Return the column of a status log that says how things stand, or nothing for other tables.

    Examples
    --------
    >>> from forestall.schema import table_of
    >>> state_of(table_of("control")), state_of(table_of("counts"))
    ('held_by', '')
    """
    if "effective" not in table.names:
        return ""
    return next((name for name in ("status", "held_by") if name in table.names), "")
