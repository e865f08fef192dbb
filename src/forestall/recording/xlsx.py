"""Spreadsheets for people who do not use a terminal: a crisis out as one workbook, and in again.

Formulas are never evaluated: a cell that holds one is refused. Sizes are limited before anything
is read, so that a small file cannot unpack to a huge one.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forestall.core.errors import CrisisError, Finding, ForestallError, UsageError
from forestall.core.extras import need
from forestall.core.files import folder_atomic, write_atomic
from forestall.core.names import nearest
from forestall.core.printable import printable
from forestall.options.faults import FILE
from forestall.schema import Column, Table, load_schema
from forestall.schema.cells import decoded

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

SETTINGS = "crisis.toml"
GUIDE = "read me"
MAX_BYTES = 50 * 1024**2
"""Largest workbook that is read."""
MAX_UNPACKED = 1024**3
"""Largest size of its parts once unpacked."""
MAX_CELLS = 5_000_000
"""Most cells of one sheet."""
MOST_CHARACTERS = 32_767
"""Characters that a cell of a workbook holds."""
_FIRST_ROWS = 1000


def write_workbook(files: Mapping[str, str], path: Path) -> Path:
    """Write the files of a crisis folder as one workbook, a sheet per table.

    Parameters
    ----------
    files
        Text of each file by name: crisis.toml and CSV tables.
    path
        Workbook to write.

    Examples
    --------
    >>> import tempfile
    >>> from forestall.schema.templates import templates
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     book = write_workbook(templates("River valley"), Path(folder) / "valley.xlsx")
    ...     _ = read_workbook(book, Path(folder) / "valley")
    ...     (Path(folder) / "valley" / "places.csv").read_text()[:10]
    'place,name'
    """
    need("openpyxl", "spreadsheets")
    from openpyxl import Workbook

    book = Workbook()
    guide = book.active
    guide.title = GUIDE
    for line in _guide():
        guide.append([line])
    _settings_sheet(book.create_sheet(SETTINGS), files.get(FILE, ""))
    schema = load_schema()
    for name, text in files.items():
        if name.endswith(".csv") and name.removesuffix(".csv") in schema:
            table = schema[name.removesuffix(".csv")]
            _table_sheet(book.create_sheet(table.name), table, text)
    data = io.BytesIO()
    book.save(data)
    write_atomic(path, data.getvalue())
    return path


def _guide() -> list[str]:
    """Return the lines of the first sheet."""
    return [
        "One sheet is one table of a crisis; the first row names the columns and stays as it is.",
        "A comment on a column says what belongs in it; closed lists offer their values.",
        "Unknown is an empty cell, never 0. Write values, not formulas: a formula is refused.",
        "A change is a new row. Nothing about single persons, in no sheet.",
        f"The sheet {SETTINGS} holds title, countries, zone and options, one line per row.",
        "Then: forestall import xlsx THIS-FILE.xlsx FOLDER, and forestall check FOLDER.",
    ]


def _settings_sheet(sheet: Worksheet, text: str) -> None:
    """Write crisis.toml, one line per row."""
    for number, line in enumerate(text.splitlines() or [""], start=1):
        _write(sheet.cell(number, 1), line)


def _table_sheet(sheet: Worksheet, table: Table, text: str) -> None:
    """Write a table with comments and closed lists."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Font

    rows = list(csv.reader(io.StringIO(text)))
    for number, row in enumerate(rows or [list(table.names)], start=1):
        for position, value in enumerate(row, start=1):
            _write(sheet.cell(number, position), value)
    header = rows[0] if rows else list(table.names)
    known = {column.name: column for column in table.columns}
    for position, name in enumerate(header, start=1):
        cell = sheet.cell(1, position)
        cell.font = Font(bold=True)
        if name in known:
            cell.comment = Comment(_about(known[name]), "Forestall")
            _offer(sheet, cell.column_letter, known[name])
    sheet.freeze_panes = "A2"


def _about(column: Column) -> str:
    """Return what a column is, in words."""
    unit = f" Unit: {column.unit}." if column.unit else ""
    needed = " Required." if column.required and not column.default else ""
    return f"{column.description}.{unit}{needed} Type: {column.type}."


def _offer(sheet: Worksheet, letter: str, column: Column) -> None:
    """Offer the values of a closed list; a list too long for a cell's rule is left to the check."""
    from openpyxl.worksheet.datavalidation import DataValidation

    values = ",".join(column.values)
    if column.values and len(values) < 255:
        rule = DataValidation(type="list", formula1=f'"{values}"', allow_blank=True)
        sheet.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}{_FIRST_ROWS}")


def texts_of(files: Mapping[str, bytes]) -> dict[str, str]:
    r"""Return files as text without control characters, read as :func:`forestall.open` reads them.

    Raises
    ------
    UsageError
        For a file that is no text.

    Examples
    --------
    >>> texts_of({"places.csv": b"place,name\na,Caf\xe9\n"})["places.csv"].splitlines()
    ['place,name', 'a,Caf\xe9']
    """
    texts = {}
    for name, data in files.items():
        text, _ = decoded(data, name.removesuffix(".csv"))
        if text is None:
            raise UsageError(f"{name}: no text; `forestall check` says more")
        texts[name] = printable(text)[0]
    return texts


def _write(cell: Cell, value: str) -> None:
    """Write text as text, whatever it begins with; what no cell holds is refused, not cut."""
    if len(value) > MOST_CHARACTERS:
        where = f"{cell.parent.title} line {cell.row}"
        raise UsageError(
            f"{where}: {len(value):,} characters; a cell of a workbook holds {MOST_CHARACTERS:,}"
        )
    cell.value = value or None
    if value:
        cell.data_type = "s"


def read_workbook(path: Path, out: Path) -> Path:
    """Read a workbook into a crisis folder, whole or not at all.

    Parameters
    ----------
    path
        Workbook.
    out
        Folder to write: one CSV per sheet that has rows or a header, and crisis.toml.

    Raises
    ------
    UsageError
        Where the file is no workbook, too large, or the folder is there already.
    CrisisError
        With every finding: unknown sheets, formulas, cells that hold an error.
    """
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{str(out)!r} is there already and is not empty; choose another folder")
    refuse_huge(path)
    findings: list[Finding] = []
    files = dict(_sheets(path, findings))
    if findings:
        raise CrisisError(findings)
    with folder_atomic(out) as fresh:
        for name, text in files.items():
            (fresh / name).write_text(text, encoding="utf-8")
    return out


def read_sheet(path: Path, title: str) -> list[list[str]]:
    """Return the cells of one sheet as text: the one of that title, else the only one there is.

    Parameters
    ----------
    path
        Workbook.
    title
        Name of the sheet.

    Raises
    ------
    UsageError
        Where the file is no workbook, too large, or has several sheets and none of that name.
    CrisisError
        For every cell with a formula or an error.
    """
    refuse_huge(path)
    with _opened(path) as book:
        sheets = {sheet.title: sheet for sheet in book.worksheets if sheet.title != GUIDE}
        sheet = sheets.get(title) or (next(iter(sheets.values())) if len(sheets) == 1 else None)
        if sheet is None:
            raise UsageError(f"{path.name}: no sheet {title!r}; there are {', '.join(sheets) or 'none'}")
        findings: list[Finding] = []
        rows = list(_rows(sheet, None, findings))
    if findings:
        raise CrisisError(findings)
    return rows


def refuse_huge(path: Path) -> None:
    """Raise where a workbook is no workbook, or larger than the limits, before reading it."""
    size = path.stat().st_size if path.is_file() else 0
    if size > MAX_BYTES:
        raise UsageError(f"{path.name} has {size:,} bytes; the limit is {MAX_BYTES:,}")
    try:
        with zipfile.ZipFile(path) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
    except Exception as error:  # a broken archive raises whatever its part raises
        raise UsageError(f"{path.name} is not a workbook (.xlsx): {error}") from error
    if unpacked > MAX_UNPACKED:
        raise UsageError(f"{path.name} unpacks to {unpacked:,} bytes; the limit is {MAX_UNPACKED:,}")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a workbook to be read, formulas as they stand; what is no workbook inside is said in words."""
    need("openpyxl", "spreadsheets")
    from openpyxl import load_workbook

    book = None
    try:
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
        yield book
    except ForestallError:
        raise
    except Exception as error:  # a broken archive, XML or style raises whatever its part raises
        said = f"{type(error).__name__}: {error}"[:200]
        raise UsageError(f"{path.name} is not a workbook (.xlsx) that can be read: {said}") from error
    finally:
        if book is not None:
            book.close()


def _sheets(path: Path, findings: list[Finding]) -> Iterator[tuple[str, str]]:
    """Yield file name and text of each sheet."""
    schema = load_schema()
    with _opened(path) as book:
        for sheet in book.worksheets:
            if sheet.title == SETTINGS:
                lines = [row[0] for row in _rows(sheet, None, findings)]
                yield FILE, "\n".join(lines) + "\n"
            elif sheet.title in schema:
                yield f"{sheet.title}.csv", _text(_rows(sheet, schema[sheet.title], findings))
            elif sheet.title != GUIDE:
                hint = nearest(sheet.title, schema)
                findings.append(Finding("E101", "error", "unknown sheet", table=sheet.title, nearest=hint))


def _text(rows: Iterable[list[str]]) -> str:
    """Return rows as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(row for row in rows if any(row))
    return out.getvalue()


def _rows(sheet: Any, table: Table | None, findings: list[Finding]) -> Iterator[list[str]]:
    """Yield the rows of a sheet as text, noting every cell that cannot be taken."""
    cells = 0
    types: list[str] = []
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells += len(row)
        if cells > MAX_CELLS:
            raise UsageError(f"sheet {sheet.title!r} has more than {MAX_CELLS:,} cells")
        if number == 1 and table is not None:
            by_name = {column.name: column.type for column in table.columns}
            types = [by_name.get(str(cell.value), "text") for cell in row]
        texts = [_cell(cell, _type_at(types, i), sheet.title, number, findings) for i, cell in enumerate(row)]
        yield texts or [""]


def _type_at(types: list[str], position: int) -> str:
    """Return the type of a column, text where there is none."""
    return types[position] if position < len(types) else "text"


def _cell(cell: Any, kind: str, sheet: str, row: int, findings: list[Finding]) -> str:
    """Return a cell as the text a CSV file holds."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in ("f", "e"):
        what = "a formula" if cell.data_type == "f" else "an error"
        findings.append(
            Finding(
                "E103",
                "error",
                f"the cell holds {what}; formulas are not evaluated",
                table=sheet,
                row=row,
                column=str(getattr(cell, "column_letter", "")),
                value=str(value)[:80],
                expected="a value",
            )
        )
        return ""
    return _plain(value, kind)


def _plain(value: Any, kind: str) -> str:
    """Return a value as text: dates as ISO, whole numbers without a point.

    Examples
    --------
    >>> _plain(datetime(2023, 9, 19), "date"), _plain(3.0, "integer"), _plain(True, "boolean")
    ('2023-09-19', '3', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        whole_day = kind == "date" or value.time() == time()
        return value.date().isoformat() if whole_day else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)
