"""Cells of a CSV file, read tolerantly, with a note on everything that was mended."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from io import StringIO
from pathlib import Path

from forestall.core.errors import Finding, Severity
from forestall.core.files import MAX_FILE_BYTES

_DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file: its line, counted from 1, and its cells without stray spaces and quotes."""

    line: int
    cells: tuple[str, ...]

    def cell(self, number: int) -> str:
        """Return a cell, or an empty text where the row is shorter."""
        return self.cells[number] if number < len(self.cells) else ""


@dataclass
class Notes:
    """What was found on the way, file by file."""

    findings: list[Finding] = field(default_factory=list)

    def add(
        self,
        code: str,
        severity: Severity,
        message: str,
        file: str,
        *,
        row: int | None = None,
        column: str = "",
        value: str = "",
        expected: str = "",
        nearest: str = "",
        next_step: str = "",
    ) -> None:
        """Add a finding."""
        self.findings.append(
            Finding(code, severity, message, file, row, column, value, expected, nearest, next_step)
        )

    def mended(self, message: str, file: str, **where: object) -> None:
        """Note something that was mended."""
        self.add("N381", "note", f"mended: {message}", file, **where)  # type: ignore[arg-type]

    def refused(self, message: str, file: str, **where: object) -> None:
        """Note something that is not used, so that it is not lost in silence."""
        self.add("W481", "warning", f"refused: {message}", file, **where)  # type: ignore[arg-type]


def read_rows(path: Path, notes: Notes) -> tuple[list[Row], list[Row]]:
    """Read a CSV file.

    Parameters
    ----------
    path : Path
        File.
    notes : Notes
        Receives what was mended.

    Returns
    -------
    comments, rows : lists of Row
        Lines that begin with ``#`` (their mark taken off), and the others; empty lines are dropped.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        notes.add(
            "E107",
            "error",
            "the file is too large to read",
            path.name,
            expected=f"at most {MAX_FILE_BYTES:,} bytes",
        )
        return [], []
    text = decode(path.read_bytes(), path.name, notes)
    return split_rows(text, path.name, notes)


def decode(data: bytes, file: str, notes: Notes) -> str:
    """Return the text of a file: UTF-8 with or without a byte order mark, else Windows-1252."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        notes.mended("the file is not UTF-8; it was read as Windows-1252", file)
        text = data.decode("cp1252", errors="replace")
    if text.startswith("﻿"):
        notes.mended("a byte order mark was dropped", file)
        text = text[1:]
    if "\x00" in text:
        notes.mended("null characters were dropped", file)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def split_rows(text: str, file: str, notes: Notes) -> tuple[list[Row], list[Row]]:
    """Split a text into comment rows and data rows."""
    separator = _separator(text)
    if separator != ",":
        name = {";": "semicolons", "\t": "tabs"}[separator]
        notes.mended(f"cells are separated by {name}", file)
    comments, rows, stray = [], [], 0
    reader = csv.reader(StringIO(text), delimiter=separator, skipinitialspace=True)
    for cells in reader:
        clean = tuple(_clean(cell) for cell in cells)
        stray += sum(a != b for a, b in zip(cells, clean, strict=True))
        if not any(clean):
            continue
        if clean[0].startswith("#"):
            comments.append(Row(reader.line_num, (clean[0].lstrip("#").strip(), *clean[1:])))
        else:
            rows.append(Row(reader.line_num, clean))
    if stray:
        notes.mended(f"stray spaces, tabs or quotes in {stray} cells were dropped", file)
    return comments, rows


def _separator(text: str) -> str:
    first = next((line for line in text.split("\n") if line.strip()), "")
    counts = {mark: first.count(mark) for mark in (",", ";", "\t")}
    return max(counts, key=lambda mark: counts[mark]) if any(counts.values()) else ","


def _clean(cell: str) -> str:
    r"""Return a cell without spaces around it and without quotes that enclose it.

    Examples
    --------
    >>> _clean(' "Kaga Bandoro"\t')
    'Kaga Bandoro'
    """
    cell = cell.replace("\u00a0", " ").strip()
    while len(cell) > 1 and cell[0] == cell[-1] and cell[0] in "\"'":
        cell = cell[1:-1].strip()
    return cell.strip('"').strip()


def number_of(text: str) -> float | None:
    """Return a number, thousands marks dropped; None where it is none.

    Examples
    --------
    >>> number_of("1,234"), number_of("12.5"), number_of("many")
    (1234.0, 12.5, None)
    """
    plain = text.replace(" ", "")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    try:
        number = float(plain)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def date_of(text: str) -> date | None:
    """Return a date in one of the usual forms; None where it is none.

    Examples
    --------
    >>> date_of("2012-02-29"), date_of("29.02.2012"), date_of("soon")
    (datetime.date(2012, 2, 29), datetime.date(2012, 2, 29), None)
    """
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None
