"""Many rows at once, from a CSV file with any column names or from a workbook with permitted values."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from forestall.core.errors import CrisisError, Finding, UsageError
from forestall.core.files import write_atomic
from forestall.crisis import Crisis
from forestall.drafting.adding import KINDS, Row, add_rows, own_crisis, row_of
from forestall.drafting.asked import fields_of, likest_field
from forestall.recording.xlsx import read_sheet
from forestall.schema.cells import decoded
from forestall.world.names import folded

MATCHES = "columns.toml"
"""Beside the tables of a crisis: which column of other people's files means which field."""
NOT_USED = "-"
MOST_BYTES = 20 * 1024**2
MOST_ROWS = 20_000
WHOLE = re.compile(r"\d{1,12}")
PEOPLE = ("people", "low", "high")


@dataclass(frozen=True)
class Added:
    """What a file brought.

    Parameters
    ----------
    table
        Table that grew.
    rows
        As written.
    matched
        Field by column of the file.
    not_used
        Columns of the file that were not used.
    """

    table: str
    rows: list[Row]
    matched: dict[str, str]
    not_used: list[str]


def add_list(
    folder: str | Path,
    what: str,
    path: Path,
    *,
    match: str = "",
    source: str | None = None,
    known_at: str | None = None,
) -> Added:
    """Add every row of a file, or none.

    Parameters
    ----------
    folder
        Folder of a crisis.
    what
        event, closure, count, control or estimate.
    path
        CSV file, or workbook with a sheet of that name.
    match
        ``"their column=field,..."``; ``=-`` leaves a column out. It is remembered in the crisis.
    source, known_at
        For rows that do not say it themselves.

    Raises
    ------
    CrisisError
        With every fault of every row and its line; nothing is written then.
    UsageError
        Where the file cannot be read, or its columns are not understood.
    """
    crisis = own_crisis(folder)
    head, lines = _read(path, what)
    told = {**_remembered(Path(folder), what), **_told(match, what)}
    matched, not_used = matched_columns(head, what, told, source)
    given = [(number, _given(head, cells, matched)) for number, cells in lines]
    rows = _rows(crisis, what, given, source)
    written = add_rows(folder, KINDS[what], rows, source or "", known_at)
    _remember(Path(folder), what, told)
    return Added(KINDS[what], written, matched, not_used)


def _read(path: Path, what: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the names of the columns, and each row that holds something with its line."""
    rows = read_sheet(path, what) if path.suffix.lower() == ".xlsx" else _csv_rows(path)
    if not rows or not any(rows[0]):
        raise UsageError(f"{path}: no line with the names of the columns")
    if len(rows) > MOST_ROWS:
        raise UsageError(f"{path}: {len(rows):,} lines; at most {MOST_ROWS:,} are added at once")
    body = [(line, row) for line, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
    if not body:
        raise UsageError(f"{path}: no row below the names of the columns")
    return [cell.strip() for cell in rows[0]], body


def _csv_rows(path: Path) -> list[list[str]]:
    if not path.is_file():
        raise UsageError(f"{str(path)!r} is no file; expected a CSV file or a workbook (.xlsx)")
    if path.stat().st_size > MOST_BYTES:
        raise UsageError(f"{path}: more than {MOST_BYTES:,} bytes")
    text, _ = decoded(path.read_bytes(), path.stem)
    if text is None:
        raise UsageError(f"{path}: no text; expected a CSV file in UTF-8")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error as error:
        raise UsageError(f"{path}: not CSV: {error}") from error


def _told(match: str, what: str) -> dict[str, str]:
    """Return what --match says: field by folded name of a column."""
    names = [field.name for field in fields_of(what)]
    told = {}
    for pair in filter(None, (part.strip() for part in match.split(","))):
        column, equals, name = pair.rpartition("=")
        if not equals or name.strip() not in [*names, NOT_USED]:
            near = likest_field(what, name)
            raise UsageError(f"--match {pair!r}: expected COLUMN=FIELD, FIELD one of {', '.join(names)} "
                             f"or {NOT_USED}{f'; nearest: {near}' if near else ''}")  # fmt: skip
        told[folded(column)] = name.strip()
    return told


def matched_columns(
    head: list[str], what: str, told: Mapping[str, str], source: str | None = None
) -> tuple[dict[str, str], list[str]]:
    """Return the field of each column that has one, and the columns that are not used.

    A column is taken where it bears the name of a field, or where somebody said so. Others are never
    guessed: while a needed field is missing, the likest are offered as text for ``--match``.

    Parameters
    ----------
    head
        Names of the columns.
    what
        Kind of thing.
    told
        Field by folded name of a column, ``-`` for not used.
    source
        Source of all rows, where the rows need not say it.

    Raises
    ------
    UsageError
        Where a needed field has no column, or two have the same.

    Examples
    --------
    >>> matched_columns(["Place", "Holder", "Remark"], "control", {"holder": "who"}, "somebody")
    ({'Place': 'place', 'Holder': 'who'}, ['Remark'])
    """
    own = {folded(field.name): field.name for field in fields_of(what)}
    matched = {column: told.get(folded(column), own.get(folded(column), "")) for column in head}
    taken = {column: name for column, name in matched.items() if name not in ("", NOT_USED)}
    twice = sorted({name for name in taken.values() if list(taken.values()).count(name) > 1})
    if twice or len(set(head)) < len([column for column in head if column]):
        raise UsageError(f"two columns for one field: {', '.join(twice) or 'the same name twice'}; "
                         "--match COLUMN=- leaves one out")  # fmt: skip
    needed = [field.name for field in fields_of(what) if field.needed]
    missing = [name for name in [*needed, *([] if source else ["source"])] if name not in taken.values()]
    if missing:
        raise UsageError(_offer(what, missing, [column for column, name in matched.items() if not name]))
    return taken, [column for column, name in matched.items() if column and not name]


def _offer(what: str, missing: list[str], columns: list[str]) -> str:
    """Return what is missing, with the columns that may be meant as text to copy."""
    likest = {column: likest_field(what, column) for column in columns if column}
    pairs = [f"{column}={name}" for column, name in likest.items() if name]
    offer = f'; if that is what they mean: --match "{",".join(pairs)}"' if pairs else ""
    unlike = [column for column, name in likest.items() if not name]
    said = f"; like no field: {', '.join(unlike)}" if unlike else ""
    return f"no column for {', '.join(missing)}{offer}{said}"


def _given(head: list[str], cells: list[str], matched: Mapping[str, str]) -> dict[str, str]:
    return {
        matched[column]: cell.strip()
        for column, cell in zip(head, cells, strict=False)
        if column in matched and cell.strip()
    }


def _rows(
    crisis: Crisis, what: str, given: list[tuple[int, dict[str, str]]], source: str | None
) -> list[Row]:
    """Return the rows of a table, or raise with the faults of every line."""
    rows: list[Row] = []
    faults: list[Finding] = []
    fixed = {"source": source} if source else {}
    for number, cells in given:
        try:
            rows += _row(crisis, what, {**fixed, **cells}, len(rows))
        except UsageError as error:
            faults.append(Finding("E508", "error", str(error), KINDS[what], number))
        except CrisisError as error:
            faults += [_at_line(finding, number) for finding in error.findings]
    if faults:
        raise CrisisError(faults)
    return rows


def _row(crisis: Crisis, what: str, cells: Mapping[str, str], before: int) -> list[Row]:
    numbers = {name: _whole(name, cells[name]) for name in PEOPLE if name in cells}
    if not cells.get("source"):
        raise UsageError("needed, but not given: source")
    made = row_of(crisis, what, {**cells, **numbers, "before": before})
    said = {name: cells[name] for name in ("source", "known_at") if name in cells}
    return [{**row, **said} for row in made]


def _whole(name: str, text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise UsageError(f"{name} {text!r}: expected a whole number without signs, such as 12300")
    return int(text)


def _at_line(finding: Finding, line: int) -> Finding:
    return replace(finding, row=line)


def _remembered(folder: Path, what: str) -> dict[str, str]:
    path = folder / MATCHES
    if not path.is_file():
        return {}
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8")).get(what, {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}; mend it or take it away") from error
    names = [field.name for field in fields_of(what)]
    wrong = [name for name in held.values() if name not in [*names, NOT_USED]]
    if wrong:
        listed = ", ".join(map(str, wrong))
        raise UsageError(f"{path}: [{what}] has no field {listed}; expected one of {', '.join(names)}")
    return {folded(column): str(name) for column, name in held.items()}


def _remember(folder: Path, what: str, told: Mapping[str, str]) -> None:
    """Keep what was said of columns, so that the next file of the same make needs no word."""
    if not told:
        return
    path = folder / MATCHES
    held = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    held[what] = dict(sorted(told.items()))
    parts = [f"[{name}]\n{_pairs(pairs)}" for name, pairs in sorted(held.items())]
    write_atomic(path, "# Columns of other files by the field they mean; - is not used.\n" + "\n".join(parts))


def _pairs(pairs: Mapping[str, str]) -> str:
    named = {json.dumps(column, ensure_ascii=False): json.dumps(name) for column, name in pairs.items()}
    return "".join(f"{column} = {name}\n" for column, name in named.items())
