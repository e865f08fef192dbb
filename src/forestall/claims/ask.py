"""Ask queries of the locked process, and start it anew where one breaks it."""

import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import IO, Any, Self

import polars as pl

from forestall.claims.options import ClaimsOptions
from forestall.core.files import passing_folder

START_SECONDS = 60.0
GRACE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave: rows, or the reason why there are none.

    Parameters
    ----------
    columns : tuple of str
        Names of the columns.
    rows : tuple of tuple
        The rows.
    kind, message, nearest : str
        Why there are none; empty where there are.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    kind: str = ""
    message: str = ""
    nearest: str = ""

    @property
    def refused(self) -> bool:
        """Whether the query was refused or failed."""
        return bool(self.kind)

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as mappings."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def ask(
    tables: Mapping[str, pl.DataFrame],
    queries: Iterable[str],
    options: ClaimsOptions | None = None,
    *,
    look: bool = False,
) -> list[Answer]:
    """Run queries over tables, each locked in: no file, no network, no write, no endless run.

    Parameters
    ----------
    tables : mapping of str to polars.DataFrame
        What the queries can read, and nothing else.
    queries : iterable of str
        One SELECT each.
    options : ClaimsOptions, optional
        Limits of time, rows and memory.
    look : bool
        Bind each query to the tables without running it: the answer has no rows, or a reason.

    Returns
    -------
    list of Answer
        One for each query, in order; a query that is refused does not stop the others.

    Examples
    --------
    >>> table = pl.DataFrame({"people": [3, 4]})
    >>> found = ask({"counts": table}, ["SELECT sum(people) AS value FROM counts", "DROP TABLE counts"])
    >>> found[0].records(), found[1].kind
    ([{'value': 7}], 'not a SELECT')
    """
    limits = options or ClaimsOptions()
    end = monotonic() + limits.all_seconds
    with tables_on_disk(tables) as folder, Locked(folder, limits) as locked:
        return [locked.ask(query, look=look) if monotonic() < end else _no_time(limits) for query in queries]


def _no_time(options: ClaimsOptions) -> Answer:
    """Return the answer to a query for which no time is left."""
    return Answer(kind="no time left", message=f"the queries before it took {options.all_seconds:g} s")


@contextmanager
def tables_on_disk(tables: Mapping[str, pl.DataFrame]) -> Iterator[Path]:
    """Write tables for the process to load before it is locked."""
    with passing_folder(Path(tempfile.gettempdir()), "forestall-claims") as folder:
        for table, frame in tables.items():
            buffer = BytesIO()
            _in_order(frame).write_parquet(buffer)
            (folder / f"{table}.parquet").write_bytes(buffer.getvalue())  # a full disk is told as one
        yield folder


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table sorted by all its columns: an answer never hangs on the order of rows in a file."""
    columns = [name for name, kind in frame.schema.items() if not kind.is_nested()]
    return frame.sort(columns, maintain_order=True) if columns else frame


@dataclass
class Locked:
    """The locked process; started when first asked, started anew after a query that broke it.

    Parameters
    ----------
    folder : Path
        One Parquet file a table.
    options : ClaimsOptions
        Limits.
    """

    folder: Path
    options: ClaimsOptions
    _process: subprocess.Popen[str] | None = None
    _lines: "queue.Queue[str]" = field(default_factory=queue.Queue)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self._end()

    def ask(self, query: str, *, look: bool = False) -> Answer:
        """Return the answer to one query, or only whether it could be run."""
        process = self._process or self._start()
        limits = self.options.model_dump(include={"seconds", "rows", "answer", "characters"})
        task = {"query": query, "look": look, **limits}
        reply = self._exchange(process, task, self.options.seconds + GRACE_SECONDS)
        if reply is None:
            self._end()
            return Answer(
                kind="never ends", message=f"the query was stopped after {self.options.seconds:g} s"
            )
        if not reply:
            self._end()
            return Answer(kind="too large", message="the query broke the database: too deep or too large")
        return Answer(
            tuple(reply.get("columns", ())),
            tuple(tuple(row) for row in reply.get("rows", ())),
            *(reply.get(name, "") for name in ("kind", "message", "nearest")),
        )

    def _start(self) -> subprocess.Popen[str]:
        """Start the process and let it load the tables."""
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "forestall.claims.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._process, self._lines = process, queue.Queue()
        threading.Thread(target=_pass_on, args=(process.stdout, self._lines), daemon=True).start()
        start = {"folder": str(self.folder), "memory_mb": self.options.memory_mb}
        if not self._exchange(process, start, START_SECONDS):
            self._end()
            raise RuntimeError("the process that runs the queries of claims did not start")
        return process

    def _exchange(
        self, process: subprocess.Popen[str], message: Mapping[str, Any], seconds: float
    ) -> dict[str, Any] | None:
        """Send one line and return the reply: empty where the process ended, None where it hangs."""
        if process.stdin is None:
            return {}
        try:
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            return None
        except OSError:
            return {}
        return dict(json.loads(line)) if line else {}

    def _end(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                _close(stream)
        self._process = None


def _pass_on(stream: IO[str] | None, lines: "queue.Queue[str]") -> None:
    """Pass lines on as they come; an empty one says that the process ended."""
    for line in stream or ():
        lines.put(line)
    lines.put("")


def _close(stream: IO[str]) -> None:
    """Close a pipe whose other end may be gone."""
    try:
        stream.close()
    except OSError:
        return
