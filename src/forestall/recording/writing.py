"""A crisis folder with more rows: written whole elsewhere, or by rows added at the end of its files."""

from __future__ import annotations

import csv
import shutil
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forestall.core.errors import UsageError
from forestall.core.files import folder_atomic, write_atomic
from forestall.schema import table_of
from forestall.schema.cells import read_cells

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from forestall.crisis import Crisis


def write_more(crisis: Crisis, more: Crisis, target: Path) -> dict[str, int]:
    """Write a crisis with its new rows and return how many rows each table gained.

    Into another folder: all files of the crisis, whole or not at all. Into its own folder: each table
    that gained rows, sources first, so that an interruption leaves a sound crisis. Lines that are
    there stay as they are, to the byte, unless a new row needs a column the file does not have.

    Parameters
    ----------
    crisis, more
        The crisis as opened from its folder, and with its new rows.
    target
        Folder to write.

    Raises
    ------
    UsageError
        Where the target is there and is another, non-empty folder.
    """
    gained = {
        name: more.as_read(name).height - crisis.as_read(name).height
        for name in more
        if more.as_read(name).height > crisis.as_read(name).height
    }
    folder = crisis.folder
    if folder is None:
        raise UsageError("the crisis was not opened from a folder")
    texts = {
        name: table_text(folder / f"{name}.csv", crisis.as_read(name).height, more.as_read(name))
        for name in gained
    }
    if target.exists() and target.resolve() == folder.resolve():
        for name in sorted(texts, key=lambda n: (n != "sources", n)):
            write_atomic(target / f"{name}.csv", texts[name])
        return gained
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{str(target)!r} is there already; choose another folder, or the crisis itself")
    with folder_atomic(target) as fresh:
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.is_symlink():
                shutil.copyfile(path, fresh / path.name)
        for name, text in texts.items():
            (fresh / f"{name}.csv").write_bytes(text)
    return gained


def table_text(path: Path, there: int, table: pl.DataFrame) -> bytes:
    """Return the file of a table with the rows after the first ``there`` of them added at its end."""
    new = table.slice(there)
    data = path.read_bytes() if path.is_file() else b""
    header = _header(data, table_of(path.stem).name)
    needed = [name for name in table.columns if new[name].null_count() < new.height]
    if not header or not set(needed) <= set(header[0]):
        return _lines([table.columns], ",") + _lines(_cells(table, table.columns), ",")
    names, separator = header
    end = b"" if data.endswith((b"\n", b"\r")) else b"\n"
    lines = end + _lines(_cells(new, names), separator)
    return data + (lines.replace(b"\n", b"\r\n") if b"\r\n" in data else lines)


def _header(data: bytes, table: str) -> tuple[list[str], str] | None:
    """Return the columns of a file and its separator, or None where rows cannot be added to it."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    cells = read_cells(data, table)
    return (cells.frame.columns, cells.separator) if cells.frame.width and cells.separator == "," else None


def _cells(table: pl.DataFrame, names: list[str]) -> list[list[str]]:
    return [[_text(row.get(name)) for name in names] for row in table.iter_rows(named=True)]


def _text(value: Any) -> str:
    """Return a value as it stands in a file; a moment with its offset."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def _lines(rows: list[list[str]], separator: str) -> bytes:
    text = StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def sample(gained: Mapping[str, int]) -> str:
    """Return what was gained in words.

    Examples
    --------
    >>> sample({"deaths": 36, "sources": 1})
    'deaths +36, sources +1'
    """
    return ", ".join(f"{name} +{rows}" for name, rows in sorted(gained.items())) or "nothing new"
