"""The tidy table of the world as files for spreadsheets and dashboards."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import polars as pl

from forestall.core.errors import UsageError
from forestall.core.files import folder_atomic, write_atomic
from forestall.outlook.table import dictionary

ENDINGS = (".csv", ".parquet", ".xlsx")


def write_world(table: pl.DataFrame, out: Path) -> list[Path]:
    """Write the table: one file by its ending, or a folder with all three and the dictionary.

    Parameters
    ----------
    table
        As :func:`forestall.outlook.world_table` returns it.
    out
        A file ending in .csv, .parquet or .xlsx, or a folder to make.

    Raises
    ------
    UsageError
        Where the ending is another one.
    """
    if out.suffix in ENDINGS:
        write_atomic(out, _content(table, out.suffix))
        return [out]
    if out.suffix:
        raise UsageError(f"--out {str(out)!r}: expected a folder, or a file ending in {', '.join(ENDINGS)}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{str(out)!r} is there already and is not empty; choose another folder")
    contents = {f"world{ending}": _content(table, ending) for ending in ENDINGS}
    contents["dictionary.csv"] = dictionary().write_csv().encode()
    with folder_atomic(out) as fresh:
        for name, content in contents.items():
            (fresh / name).write_bytes(content)
    return [out / name for name in contents]


def _content(table: pl.DataFrame, ending: str) -> bytes:
    """Return a table as the bytes of a file."""
    held = BytesIO()
    if ending == ".csv":
        table.write_csv(held)
    elif ending == ".parquet":
        table.write_parquet(held)
    else:
        _write_workbook(table, held)
    return held.getvalue()


def _write_workbook(table: pl.DataFrame, held: BytesIO) -> None:
    """Write two sheets: the rows and what they mean."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name, rows in (("world", table), ("dictionary", dictionary())):
        sheet = book.create_sheet(name)
        sheet.append(rows.columns)
        for row in rows.iter_rows():
            sheet.append(list(row))
    book.save(held)
