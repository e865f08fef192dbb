"""Append a promise to the ledger of a crisis folder."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forestall.core.errors import CrisisError, Finding, UsageError, errors_in
from forestall.core.files import write_atomic
from forestall.crisis import Crisis, folder_of, read_crisis, shipped
from forestall.schema import table_of

TABLE = "commitments"


def append_commitment(crisis: str | Path, row: Mapping[str, Any]) -> Path:
    """Append one row to ``commitments.csv``; nothing else of the file changes.

    Parameters
    ----------
    crisis : str or Path
        Folder of a crisis; one that comes with the package is refused.
    row : mapping
        Columns of the table ``commitments``; empty ones may be left out.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        For a crisis that comes with the package.
    CrisisError
        Where the row does not fit, with every finding; the file is then as it was.
    """
    folder = folder_of(crisis)
    if str(crisis) in shipped() and not Path(str(crisis)).is_dir():
        raise UsageError(f"{str(crisis)!r} comes with the package; copy its folder and add to the copy")
    path = folder / f"{TABLE}.csv"
    before = path.read_bytes() if path.exists() else None
    _refuse_known(read_crisis(folder), row)
    write_atomic(path, _appended(before, row))
    findings = [f for f in errors_in(read_crisis(folder).findings) if f.table == TABLE]
    if findings:
        _restore(path, before)
        raise CrisisError(findings)
    return path


def _refuse_known(crisis: Crisis, row: Mapping[str, Any]) -> None:
    """Raise where the identifier is taken or the source is not listed."""
    found = []
    if row["commitment"] in crisis.as_read(TABLE)["commitment"]:
        message = "the ledger is append-only and this identifier is taken"
        found.append(Finding("E121", "error", message, TABLE, None, "commitment", str(row["commitment"])))
    if row["source"] not in crisis["sources"]["source"]:
        message = "the source is not in sources.csv"
        found.append(Finding("E122", "error", message, TABLE, None, "source", str(row["source"])))
    if found:
        raise CrisisError(found)


def _appended(before: bytes | None, row: Mapping[str, Any]) -> bytes:
    """Return the file with one more line, in the order of its own header."""
    text = (before or b"").decode("utf-8-sig")
    header = next(csv.reader(io.StringIO(text)), None) or list(table_of(TABLE).names)
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    if not text:
        writer.writerow(header)
    writer.writerow(["" if row.get(name) is None else row[name] for name in header])
    kept = before or b""
    newline = b"" if not kept or kept.endswith(b"\n") else b"\n"
    return kept + newline + line.getvalue().encode()


def _restore(path: Path, before: bytes | None) -> None:
    """Put the file back as it was."""
    if before is None:
        path.unlink()
    else:
        write_atomic(path, before)
