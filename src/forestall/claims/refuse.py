"""Which queries are refused before they run, and why."""

import csv
import json
from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from forestall.core.names import nearest

if TYPE_CHECKING:
    import duckdb

QUOTED = 'a column named "at", "group", "table", "where" or "window" stands in double quotes'
CLOCK = frozenset(
    (
        "current_timestamp", "current_date", "current_time", "localtime", "localtimestamp", "today", "now",
        "user", "current_user", "session_user", "current_role", "current_catalog", "current_database",
        "current_schema",
    )
)  # fmt: skip
"""Names that stand for the clock or the machine where no column is called so."""

INSIDE = ("pg_", "duckdb_", "sqlite_", "pragma_", "information_schema")
"""Beginnings of the names of the engine's own tables; a WITH may not take one."""

NODES = ("SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE", "RECURSIVE_CTE_NODE")


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault of ours
    """A query that is not run.

    Parameters
    ----------
    kind : str
        Short name of the reason.
    message : str
        The reason in words.
    nearest : str
        The nearest valid name, where there is one.
    """

    def __init__(self, kind: str, message: str, nearest: str = "") -> None:
        super().__init__(message)
        self.kind, self.message, self.nearest = kind, message, nearest


@cache
def allowed_functions() -> frozenset[str]:
    """Return the functions a query may use, from ``functions.csv`` beside this file.

    Examples
    --------
    >>> "sum" in allowed_functions(), "read_csv" in allowed_functions(), "random" in allowed_functions()
    (True, False, False)
    """
    text = files("forestall.claims").joinpath("functions.csv").read_text(encoding="utf-8")
    return frozenset(row["function"] for row in csv.DictReader(text.splitlines()))


def refuse(con: "duckdb.DuckDBPyConnection", query: str, tables: Collection[str], characters: int) -> None:
    """Raise for a query that is not one plain SELECT over the tables.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Used to parse the query; nothing of it is run.
    query : str
        The query.
    tables : collection of str
        Names of the tables.
    characters : int
        Longest query.

    Raises
    ------
    Refused
        With the reason.
    """
    if len(query) > characters:
        raise Refused("too long", f"the query has {len(query)} characters, more than {characters}")
    parsed = _parsed(con, query)
    nodes = list(_objects(parsed))
    _refuse_nodes(nodes)
    _refuse_clock(nodes)
    _refuse_functions(nodes)
    _refuse_tables(parsed, tables)


def _parsed(con: "duckdb.DuckDBPyConnection", query: str) -> Any:
    """Return the parsed query."""
    import duckdb

    try:
        statements = con.extract_statements(query)
    except duckdb.Error as error:
        raise Refused("not SQL", f"{first_line(error)}; {QUOTED}") from error
    if len(statements) != 1:
        raise Refused("several statements", f"{len(statements)} statements; a claim is one SELECT")
    if statements[0].type != duckdb.StatementType.SELECT:
        name = str(statements[0].type).rpartition(".")[2]
        raise Refused("not a SELECT", f"the query is {name}; a claim only reads, by one SELECT")
    serialized = con.execute("SELECT json_serialize_sql(?)", [query]).fetchone()
    try:
        parsed = json.loads(serialized[0]) if serialized else {"error": True}
    except RecursionError as error:
        raise Refused("too large", "the query is nested too deeply") from error
    if parsed["error"]:
        raise Refused("not a SELECT", str(parsed.get("error_message", "the query cannot be parsed")))
    return parsed["statements"]


def first_line(error: BaseException) -> str:
    """Return the first line of an error, without the class the engine puts before it."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return text.partition("Error: ")[2] or text


def _objects(root: Any) -> Iterator[dict[str, Any]]:
    """Return every object of a parsed query, without recursion: it may be nested deeply."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def _refuse_nodes(nodes: list[dict[str, Any]]) -> None:
    """Raise for a part that writes (also inside WITH), shows the catalogue or samples at random."""
    for node in nodes:
        kind = str(node.get("type", ""))
        if kind.endswith("_NODE") and kind not in NODES:
            raise Refused("not a SELECT", f"the query holds {kind.removesuffix('_NODE')}; a claim only reads")
        if kind == "SHOW_REF":
            raise Refused("not a SELECT", "the query shows the catalogue; a claim reads the tables")
        if node.get("sample"):
            raise Refused("random", "the query samples at random; a claim has the same verdict every time")


def _refuse_clock(nodes: list[dict[str, Any]]) -> None:
    """Raise for a name that stands for the clock, the user or the place of the database."""
    for node in nodes:
        names = node.get("column_names")
        if isinstance(names, list) and len(names) == 1 and str(names[0]).lower() in CLOCK:
            message = f"{names[0]!r} differs from run to run; a claim has the same verdict every time"
            raise Refused("not the same every time", message)


def _refuse_functions(nodes: list[dict[str, Any]]) -> None:
    """Raise for a function that is not on the list."""
    for node in nodes:
        name = node.get("function_name")
        if isinstance(name, str) and name.lower() not in allowed_functions():
            hint = nearest(name, allowed_functions())
            raise Refused("function not allowed", f"function {name!r} is not on the list of claims", hint)


def _refuse_tables(parsed: Any, tables: Collection[str]) -> None:
    """Raise for a table that is neither one of the crisis nor named in a WITH that holds there."""
    known = frozenset(table.lower() for table in tables)
    for node, scope in _scoped(parsed, known):
        if node.get("type") != "BASE_TABLE":
            continue
        name = str(node.get("table_name"))
        outside = node.get("schema_name") or node.get("catalog_name") or node.get("at_clause")
        if outside or name.lower() not in scope:
            raise Refused("unknown table", f"no table {name!r} to read from", nearest(name, tables))


def _scoped(root: Any, known: frozenset[str]) -> Iterator[tuple[dict[str, Any], frozenset[str]]]:
    """Return every object of a parsed query with the names that hold there, without recursion.

    A name of a WITH holds in the queries after it and in the body, not in itself and not outside;
    a recursive one holds in its own second half.
    """
    stack: list[tuple[Any, frozenset[str]]] = [(root, known)]
    while stack:
        node, scope = stack.pop()
        if isinstance(node, list):
            stack.extend((item, scope) for item in node)
        if not isinstance(node, dict):
            continue
        yield node, scope
        inner = scope
        for entry in (node.get("cte_map") or {}).get("map", ()):
            stack.append((entry["value"], inner))
            inner |= {_own(entry["key"])}
        for name, value in node.items():
            if name != "cte_map":
                stack.append((value, _within(node, name, inner)))


def _within(node: dict[str, Any], name: str, scope: frozenset[str]) -> frozenset[str]:
    """Return the names that hold in one part of an object: its own in the part that comes back to it."""
    if node.get("type") == "RECURSIVE_CTE_NODE" and name == "right":
        return scope | {_own(node.get("cte_name"))}
    if node.get("type") == "CTE_NODE" and name == "child":
        return scope | {_own(node.get("cte_name"))}
    return scope


def _own(name: Any) -> str:
    """Return the name of a WITH, refused where the engine has a table called so."""
    own = str(name).lower()
    if own.startswith(INSIDE):
        raise Refused("unknown table", f"a WITH may not be called {str(name)!r}")
    return own
