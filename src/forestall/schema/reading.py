"""One CSV file in, one typed table out, with every finding on the way."""

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from forestall.core.errors import Finding
from forestall.core.files import MAX_FILE_BYTES
from forestall.core.names import nearest
from forestall.schema.casting import Typed, cast, expected
from forestall.schema.cells import Cells, read_cells
from forestall.schema.persons import is_about_persons
from forestall.schema.tables_of import Column, Table, dtype, empty

MAX_FINDINGS_PER_COLUMN = 20
"""How many cells of one column are listed one by one; the rest is counted."""

SHOWN = 80
"""How many characters of a wrong value are shown."""


@dataclass(slots=True)
class TableRead:
    """A table as read: typed rows, their lines in the file, and what was found."""

    frame: pl.DataFrame
    lines: pl.Series
    findings: list[Finding] = field(default_factory=list)


def read_table(path: Path, table: Table, zone: ZoneInfo) -> TableRead:
    """Read one table of a crisis from a CSV file.

    Parameters
    ----------
    path : Path
        File, at most :data:`forestall.core.files.MAX_FILE_BYTES` bytes.
    table : Table
        What the schema says of it.
    zone : ZoneInfo
        Zone of moments given without an offset.

    Returns
    -------
    TableRead
        Never raises for what is in the file: every fault is a finding.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            return _nothing(table, [too_large(path.name, size, table.name)])
        return read_bytes(path.read_bytes(), table, zone)
    except OSError as error:
        fault = Finding(
            "E117",
            "error",
            "the file cannot be read",
            table=table.name,
            value=f"{path.name}: {error.strerror}",
        )
        return _nothing(table, [fault])


TABLE_LIKE = (".xlsx", ".xls", ".ods", ".tsv", ".tab", ".parquet", ".gz", ".zip", ".numbers", ".dbf")
"""Endings of files that look like tables but are not read."""


def not_read(path: Path) -> list[Finding]:
    """Return a warning where a file beside the tables looks like one and is not read.

    Examples
    --------
    >>> not_read(Path("places.xlsx"))[0].code, not_read(Path("README.md"))
    ('W210', [])
    """
    if path.suffix.lower() not in TABLE_LIKE:
        return []
    message = "the file is not read: only CSV files are tables"
    return [
        Finding(
            "W210",
            "warning",
            message,
            table=path.stem,
            value=path.name,
            expected=f"{path.stem}.csv",
            next="forestall explain W210",
        )
    ]


def too_large(file: str, size: int, table: str) -> Finding:
    """Return the finding that a file is refused by its size.

    Examples
    --------
    >>> too_large("deaths.csv", 2 * 1024**3, "deaths").expected
    'at most 536,870,912 bytes'
    """
    return Finding(
        "E107",
        "error",
        "the file is too large to read",
        table=table,
        value=f"{file}: {size:,} bytes",
        expected=f"at most {MAX_FILE_BYTES:,} bytes",
        next="forestall explain E107",
    )


def read_bytes(data: bytes, table: Table, zone: ZoneInfo) -> TableRead:
    r"""Read one table from the bytes of a CSV file; see :func:`read_table`.

    Examples
    --------
    >>> from forestall.schema import table_of
    >>> data = b"place,date,people\nstepanakert,2023-09-24,12\n"
    >>> read_bytes(data, table_of("departures"), ZoneInfo("UTC")).findings[0].code
    'E112'
    """
    cells = read_cells(data, table.name)
    if not cells.frame.width:
        return _nothing(table, cells.findings)
    findings = cells.findings + _columns_found(cells.frame.columns, table)
    typed = []
    for column in table.columns:
        series, found = _typed(cells, column, table, zone)
        typed.append(series)
        findings += found
    return TableRead(pl.DataFrame(typed), cells.lines, findings)


def _nothing(table: Table, findings: list[Finding]) -> TableRead:
    return TableRead(empty(table.name), pl.Series("line", [], dtype=pl.Int64), findings)


def _columns_found(names: list[str], table: Table) -> list[Finding]:
    """Return a finding for each unknown, personal or missing column."""
    unknown = [_unknown(name, table) for name in names if name not in table.names]
    missing = [
        Finding(
            "E112" if column.name == "known_at" else "E104",
            "error",
            "a required column is missing",
            table=table.name,
            column=column.name,
            expected=column.description,
            next=f"forestall schema {table.name}",
        )
        for column in table.columns
        if column.required and not column.default and column.name not in names
    ]
    return unknown + missing


def _unknown(name: str, table: Table) -> Finding:
    """Return the finding for a column the schema does not know."""
    if is_about_persons(name):
        message = "a column about single persons; no table holds a person"
        return Finding(
            "E116",
            "error",
            message,
            table=table.name,
            column=name,
            expected="counts of people only; delete the column",
            next="forestall explain E116",
        )
    return Finding(
        "E102",
        "error",
        "unknown column",
        table=table.name,
        column=name,
        nearest=nearest(name, table.names),
        next=f"forestall schema {table.name}",
    )


def _typed(cells: Cells, column: Column, table: Table, zone: ZoneInfo) -> tuple[pl.Series, list[Finding]]:
    """Return a column cast to its type, with a finding for every cell that is not of it."""
    given = column.name in cells.frame.columns
    if not given and not column.default:
        return pl.repeat(None, cells.frame.height, dtype=dtype(column), eager=True).alias(column.name), []
    values = (
        cells.frame[column.name]
        if given
        else pl.repeat(None, cells.frame.height, dtype=pl.String, eager=True)
    )
    if column.default and values.null_count():
        values = values.fill_null(column.default)
    typed = cast(values, column, zone, cells.separator)
    findings = [
        Finding(code, "note", message, table=table.name, column=column.name) for code, message in typed.notes
    ]
    findings += _wrong(values, typed, column, table, cells.lines)
    if column.required and given and values.null_count():
        code, message = (
            ("E112", "an observed row without date of knowledge")
            if column.name == "known_at"
            else ("E104", "a required value is missing")
        )
        findings += _cells_found(values.is_null(), values, cells.lines, table, column, code, message)
    return typed.values, findings


def _wrong(values: pl.Series, typed: Typed, column: Column, table: Table, lines: pl.Series) -> list[Finding]:
    """Return a finding for every cell that could not be read."""
    if typed.values.null_count() == values.null_count():
        return []
    wrong = values.is_not_null() & typed.values.is_null()
    findings: list[Finding] = []
    for code, where in typed.faults.items():
        findings += _cells_found(where, values, lines, table, column, code, "the number is not finite")
        wrong = wrong & ~where
    code = "E105" if column.type == "enum" else "E103"
    return findings + _cells_found(
        wrong,
        values,
        lines,
        table,
        column,
        code,
        "the value is not of its type" if code == "E103" else "the value is not in the list",
    )


def _cells_found(
    wrong: pl.Series,
    values: pl.Series,
    lines: pl.Series,
    table: Table,
    column: Column,
    code: str,
    message: str,
) -> list[Finding]:
    """Return a finding per wrong cell, up to a limit, then one that counts the rest."""
    if not wrong.any():
        return []
    rows = wrong.arg_true()
    findings = [
        Finding(
            code,
            "error",
            message,
            table=table.name,
            row=int(lines[i]),
            column=column.name,
            value=str(values[i] or "")[:SHOWN],
            expected=expected(column),
            nearest=nearest(str(values[i] or ""), column.values) if column.type == "enum" else "",
            next=f"forestall explain {code}",
        )
        for i in rows[:MAX_FINDINGS_PER_COLUMN].to_list()
    ]
    more = rows.len() - MAX_FINDINGS_PER_COLUMN
    if more > 0:
        findings.append(
            Finding(
                code,
                "error",
                f"{message}: {more} more cells",
                table=table.name,
                column=column.name,
                next=f"forestall explain {code}",
            )
        )
    return findings
