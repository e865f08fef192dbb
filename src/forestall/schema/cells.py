"""From the bytes of a CSV file to its cells, all as text, each row with its line in the file."""

import csv
import re
from dataclasses import dataclass, field
from io import BytesIO, StringIO

import polars as pl

from forestall.core.errors import Finding
from forestall.core.printable import printable

SEPARATORS = (",", ";", "\t")
LINE = "line\x00"
"""Name of the column of lines while the cells are sorted out; no header can hold it."""

SMALL = 100_000
"""Characters up to which reading row by row is the faster way."""


MAX_COLUMNS = 1000
"""More columns than this are no table that people fill in."""

_BINARY = {
    b"PK\x03\x04": "a spreadsheet or ZIP file",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"\x1f\x8b": "a compressed file",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
}


@dataclass(slots=True)
class Cells:
    """The cells of a file: columns as named in its header, rows with their lines."""

    frame: pl.DataFrame
    lines: pl.Series
    separator: str = ","
    findings: list[Finding] = field(default_factory=list)


def read_cells(data: bytes, table: str) -> Cells:
    r"""Return the cells of a CSV file.

    Accepted without a word: a byte order mark, CRLF, semicolons or tabs, blank lines, any script.
    Mended with a note: another encoding than UTF-8, identical rows.

    Parameters
    ----------
    data : bytes
        The file.
    table : str
        Name of the table, for the findings.

    Examples
    --------
    >>> read_cells(b"\xef\xbb\xbfa;b\r\n1;2\r\n", "places").frame.rows()
    [('1', '2')]
    """
    text, findings = decoded(data, table)
    text, notes = _printable(text, table)
    findings += notes
    text, skipped = _without_preamble(text)
    if text is None or not text.strip():
        what = "the file has no header" if data.strip() else "the file is empty"
        return _nothing(
            [*findings, refusal(table, what, next_=f"forestall schema {table}")]
            if text is not None
            else findings
        )
    separator = _separator(text)
    try:
        raw, lines = _rows(text, separator)
    except csv.Error as error:
        line, message = error.args
        return _nothing([*findings, refusal(table, message, int(line) + skipped)])
    return _tidy(raw, lines + skipped, table, separator, findings, quotes='"' in text)


def refusal(
    table: str, message: str, line: int | None = None, *, value: str = "", next_: str = ""
) -> Finding:
    """Return the finding that a file is no table."""
    return Finding(
        "E110",
        "error",
        message,
        table=table,
        row=line,
        value=value,
        expected="a header, then rows of values separated by commas",
        next=next_ or "forestall explain E110",
    )


def decoded(data: bytes, table: str) -> tuple[str | None, list[Finding]]:
    """Return the text: UTF-8 or UTF-16 with their marks, UTF-8 without, else Windows-1252 with a note."""
    kind = next((name for mark, name in _BINARY.items() if data.startswith(mark)), "")
    if kind:
        return None, [refusal(table, f"the file is {kind}, not a CSV file")]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace").replace("\x00", "")
        return text, [_encoding_note(table, "UTF-16")]
    if b"\x00" in data:
        return None, [refusal(table, "the file holds zero bytes; it is not text")]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), [_encoding_note(table, "Windows-1252 (Latin-1)")]


def _encoding_note(table: str, name: str) -> Finding:
    return Finding("N301", "note", f"the file is not UTF-8; it was read as {name}", table=table)


def _nothing(findings: list[Finding]) -> Cells:
    return Cells(pl.DataFrame(), pl.Series("line", [], dtype=pl.Int64), findings=findings)


def _printable(text: str | None, table: str) -> tuple[str | None, list[Finding]]:
    """Return the text without characters that can make a page or a terminal lie."""
    clean, count = printable(text or "")
    if text is None or not count:
        return text, []
    return clean, [Finding("N308", "note", f"{count} control characters were taken out", table=table)]


def _without_preamble(text: str | None) -> tuple[str | None, int]:
    """Return the text with plain line ends from its header on, and how many lines stand before it."""
    if text is None:
        return None, 0
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    body = text.lstrip("\n")
    skipped = len(text) - len(body)
    first, _, rest = body.partition("\n")
    return (rest, skipped + 1) if re.fullmatch(r"sep=.", first.strip().lower()) else (body, skipped)


def _separator(text: str) -> str:
    """Return the separator of the header line."""
    header = text.split("\n", 1)[0]
    return max(SEPARATORS, key=header.count)


def _rows(text: str, separator: str) -> tuple[pl.DataFrame, pl.Series]:
    """Return all rows, the header among them, with the line each one starts on."""
    if text.split("\n", 1)[0].count(separator) > MAX_COLUMNS:
        raise csv.Error(1, f"more than {MAX_COLUMNS:,} columns")
    if len(text) < SMALL:
        return _rows_one_by_one(text, separator)
    try:
        raw = pl.read_csv(
            BytesIO(text.encode("utf-8", "replace")),
            separator=separator,
            infer_schema=False,
            has_header=False,
        )
    except pl.exceptions.PolarsError:
        return _rows_one_by_one(text, separator)
    newlines = text.count("\n") + (not text.endswith("\n"))
    if newlines != raw.height:
        lines = _start_lines(text, separator)
        if lines.len() != raw.height:
            return _rows_one_by_one(text, separator)
        return raw, lines
    return raw, pl.Series("line", range(1, raw.height + 1), dtype=pl.Int64)


def _start_lines(text: str, separator: str) -> pl.Series:
    """Return the line each row starts on, where cells hold line breaks."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    ends = [reader.line_num for _ in reader]
    return pl.Series("line", [1, *(end + 1 for end in ends[:-1])], dtype=pl.Int64)


def _rows_one_by_one(text: str, separator: str) -> tuple[pl.DataFrame, pl.Series]:
    """Return all rows by the slow way, which knows where a fault is."""
    rows, lines, before = [], [], 0
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    try:
        for row in reader:
            rows.append(row)
            lines.append(before + 1)
            before = reader.line_num
    except csv.Error as error:
        raise csv.Error(before + 1, f"a row that cannot be read: {error}") from error
    width = len(rows[0])
    for row, line in zip(rows, lines, strict=True):
        if any(cell.strip() for cell in row[width:]):
            raise csv.Error(line, f"the row has {len(row)} cells, the header {width}")
    full = [[*row[:width], *[None] * (width - len(row))] for row in rows]
    names = [f"column_{i + 1}" for i in range(width)]
    return pl.DataFrame(full, schema=dict.fromkeys(names, pl.String), orient="row"), pl.Series(
        "line", lines, dtype=pl.Int64
    )


def _tidy(
    raw: pl.DataFrame,
    lines: pl.Series,
    table: str,
    separator: str,
    findings: list[Finding],
    *,
    quotes: bool,
) -> Cells:
    """Name the columns, strip the cells, drop empty and identical rows."""
    header = [(name or "").strip().strip('"').strip() for name in raw.row(0)]
    body = stripped(raw.slice(1), quotes=quotes).with_columns(lines.slice(1).alias(LINE))
    kept = [i for i, name in enumerate(header) if name or not body.to_series(i).is_null().all()]
    faults = _header_faults([header[i] for i in kept], table)
    if not kept:
        faults = [refusal(table, "the file has no header")]
    if faults:
        return _nothing([*findings, *faults])
    body = pl.DataFrame([*(body.to_series(i).alias(header[i]) for i in kept), body[LINE]])
    names = [name for name in body.columns if name != LINE]
    filled = body.filter(~pl.all_horizontal(pl.col(names).is_null()))
    unique = filled.unique(subset=names, keep="first", maintain_order=True)
    if unique.height < filled.height:
        message = f"{filled.height - unique.height} identical rows were read once"
        findings = [*findings, Finding("N302", "note", message, table=table)]
    return Cells(unique.drop(LINE), unique[LINE].alias("line"), separator, findings)


def stripped(raw: pl.DataFrame, *, quotes: bool = True) -> pl.DataFrame:
    """Return cells without blanks and, where there may be any, quotes around them; an empty cell is null."""
    cell = pl.all().str.strip_chars()
    if quotes:
        cell = cell.str.replace(r'^"([^"]*)"$', "$1").str.strip_chars()
    return raw.with_columns(cell).with_columns(pl.when(pl.all() != "").then(pl.all()).name.keep())


def _header_faults(header: list[str], table: str) -> list[Finding]:
    """Return a finding for each column without a name or with a name that stands twice."""
    unnamed = [
        Finding("E102", "error", "a column without a name", table=table, expected="a name in the header")
        for name in header
        if not name
    ]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    return unnamed + [
        Finding("E102", "error", "the column stands twice", table=table, column=name) for name in twice
    ]
