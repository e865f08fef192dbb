"""A workbook to be filled in by people: one sheet of fields, permitted values to choose from."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from forestall.core.errors import UsageError
from forestall.core.files import write_atomic
from forestall.crisis import Crisis
from forestall.drafting.asked import Field, fields_of
from forestall.recording.xlsx import GUIDE

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

PLACES = "places"
LAST_ROW = 2000
PLACE_FIELDS = ("place", "to")


def write_form(crisis: Crisis, what: str, path: Path) -> Path:
    """Write a workbook for one kind of thing; places and permitted values are offered in its cells.

    Parameters
    ----------
    crisis
        Whose places are offered.
    what
        event, closure, count, control or estimate.
    path
        File to write.

    Raises
    ------
    UsageError
        Where the file is there already or is not called ``.xlsx``.
    """
    from openpyxl import Workbook

    if path.exists() or path.suffix.lower() != ".xlsx":
        raise UsageError(f"{str(path)!r}: expected a new file that ends in .xlsx")
    book = Workbook()
    sheet, names, guide = book.active, book.create_sheet(PLACES), book.create_sheet(GUIDE)
    sheet.title = what
    places = sorted(set(crisis.as_read("places")["name"].to_list()))
    for number, name in enumerate(["place", *places], start=1):
        names.cell(number, 1).value = name
    for position, field in enumerate(fields_of(what), start=1):
        _column(sheet, position, field, len(places))
    sheet.freeze_panes = "A2"
    for line in _guide(what):
        guide.append([line])
    data = io.BytesIO()
    book.save(data)
    write_atomic(path, data.getvalue())
    return path


def _column(sheet: Worksheet, position: int, field: Field, places: int) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font

    cell = sheet.cell(1, position)
    cell.value, cell.font = field.name, Font(bold=field.needed)
    if field.values:
        _offer(sheet, cell.column_letter, f'"{",".join(field.values)}"')
    if field.name in PLACE_FIELDS:
        _offer(sheet, cell.column_letter, f"={PLACES}!$A$2:$A${places + 1}")
    cell.comment = Comment("needed" if field.needed else "may be left empty", "Forestall")


def _offer(sheet: Worksheet, letter: str, values: str) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(type="list", formula1=values, allow_blank=True)
    sheet.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{LAST_ROW}")


def _guide(what: str) -> list[str]:
    return [
        f"One row of the sheet {what} is one thing that somebody knows; columns in bold are needed.",
        "A day is written 2023-09-25; unknown is an empty cell, never 0; no formulas.",
        "source: who says so, a publisher or an address. known_at: when it became public.",
        "Nothing about single persons.",
        f"Then: forestall add FOLDER {what} --from THIS-FILE.xlsx",
    ]
