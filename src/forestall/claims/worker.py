"""The process that runs queries: a database with nothing but the tables, locked, killed when it hangs.

It is a process of its own because some functions of the engine neither stop when interrupted nor
keep to its memory limit. One JSON object a line comes in, one goes out.
"""

import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

from forestall.claims.refuse import Refused, first_line, refuse

if TYPE_CHECKING:
    import duckdb

ADDRESS_SPACE = 2 * 1024**3
WATCH_SECONDS = 0.5
SETTINGS = (
    "SET threads = 1",
    "SET TimeZone = 'UTC'",
    "SET temp_directory = ''",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def open_locked(folder: Path, memory_mb: int) -> "duckdb.DuckDBPyConnection":
    """Return a database that holds the Parquet files of a folder as tables, and reaches nothing else.

    Parameters
    ----------
    folder : Path
        One Parquet file a table.
    memory_mb : int
        Memory of the database, in megabytes.
    """
    import duckdb

    con = duckdb.connect(":memory:")
    for path in sorted(folder.glob("*.parquet")):
        source = str(path).replace("'", "''")
        con.execute(f"CREATE TABLE \"{path.stem}\" AS SELECT * FROM read_parquet('{source}')")  # noqa: S608
    con.execute(f"SET memory_limit = '{memory_mb}MB'")
    for setting in SETTINGS:
        con.execute(setting)
    return con


def limit_process() -> None:
    """Cap address space and open files of this process, where the system can."""
    try:
        import resource
    except ImportError:
        return
    for what, most in ((resource.RLIMIT_AS, ADDRESS_SPACE), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        cap = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # some systems know the limit and do not let it be set
            resource.setrlimit(what, (cap, cap))


def answer(con: "duckdb.DuckDBPyConnection", task: Mapping[str, Any], tables: list[str]) -> dict[str, Any]:
    """Return the rows of a query, or why there are none.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        The locked database.
    task : mapping
        ``query``, ``seconds``, ``rows``, ``answer``, ``characters``; ``look`` where the query is only
        bound to the tables and not run.
    tables : list of str
        Names of the tables.
    """
    import duckdb

    try:
        refuse(con, task["query"], tables, task["characters"])
        return _run(con, task)
    except Refused as refused:
        return {"kind": refused.kind, "message": refused.message, "nearest": refused.nearest}
    except duckdb.InterruptException:
        return {"kind": "never ends", "message": f"the query was stopped after {task['seconds']:g} s"}
    except duckdb.BinderException as error:
        return {"kind": "unknown name", "message": first_line(error)}
    except (MemoryError, RecursionError, duckdb.OutOfMemoryException):
        return {"kind": "too large", "message": "the query needs more memory than it may have"}
    except duckdb.Error as error:
        return {"kind": "failed", "message": first_line(error)}


def _run(con: "duckdb.DuckDBPyConnection", task: Mapping[str, Any]) -> dict[str, Any]:
    """Run a query in a transaction that can only read, and stop it in time."""
    timer = threading.Timer(task["seconds"], con.interrupt)
    timer.start()
    con.execute("BEGIN TRANSACTION READ ONLY")
    try:
        cursor = con.execute("EXPLAIN " * bool(task.get("look")) + task["query"])
        columns = [column[0] for column in cursor.description or []]
        rows = [] if task.get("look") else cursor.fetchmany(task["rows"] + 1)
    finally:
        timer.cancel()
        con.execute("ROLLBACK")
    if len(rows) > task["rows"]:
        raise Refused("too many rows", f"the query returns more than {task['rows']} rows")
    cells = [[plain(value) for value in row] for row in rows]
    size = sum(len(str(cell)) for row in [columns, *cells] for cell in row)
    if size > task["answer"]:
        raise Refused("too large", f"the answer has {size:,} characters, more than {task['answer']:,}")
    return {"columns": columns, "rows": cells}


def plain(value: Any) -> Any:
    """Return a value as JSON knows it.

    Examples
    --------
    >>> plain(date(2023, 9, 19)), plain(2), plain(None)
    ('2023-09-19', 2, None)
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return number if abs(number) != float("inf") and number == number else None  # noqa: PLR0124


def tasks() -> Iterator[dict[str, Any]]:
    """Return what comes in, one JSON object a line."""
    for line in sys.stdin:
        yield json.loads(line)


def main() -> None:
    """Open the tables, say so, and answer until nothing more comes."""
    incoming = tasks()
    start = next(incoming)
    threading.Thread(target=_end_with, args=(os.getppid(), start["folder"]), daemon=True).start()
    con = open_locked(Path(start["folder"]), start["memory_mb"])
    names = [row[0] for row in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    limit_process()
    _say({"ready": len(names)})
    for task in incoming:
        _say(answer(con, task, names))
    shutil.rmtree(start["folder"], ignore_errors=True)  # nobody asks any more: the asking process is gone


def _end_with(parent: int, folder: str) -> None:
    """End when the process that asks is gone, however it ended, and take its tables along."""
    while os.getppid() == parent:
        sleep(WATCH_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _say(message: Mapping[str, Any]) -> None:
    """Send one JSON object."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
