"""One CSV file in, one typed table out, with every finding on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from forestall.core.errors import Finding, Severity
from forestall.core.files import MAX_FILE_BYTES
from forestall.core.names import nearest
from forestall.schema.tables_of import Column, Table, dtype, empty

MAX_FINDINGS_PER_COLUMN = 20
"""How many cells of one column are listed one by one; the rest is counted."""

_TRUE = ("true", "yes", "1")
_FALSE = ("false", "no", "0")
_MOMENT = r"^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,6})?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$"


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
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        found = _finding(
            table,
            "E107",
            "the file is too large to read",
            value=f"{size:,} bytes",
            expected=f"at most {MAX_FILE_BYTES:,} bytes",
        )
        return _nothing(table, [found])
    return read_bytes(path.read_bytes(), table, zone)


def read_bytes(data: bytes, table: Table, zone: ZoneInfo) -> TableRead:
    """Read one table from the bytes of a CSV file; see :func:`read_table`."""
    text, findings = _decoded(data, table)
    try:
        raw = _strings(text)
    except (pl.exceptions.PolarsError, UnicodeError) as error:
        return _nothing(
            table,
            [
                *findings,
                _finding(
                    table,
                    "E110",
                    "the file is not a table of comma-separated values",
                    value=str(error).splitlines()[0][:120],
                ),
            ],
        )
    raw, lines, mended = _mended(raw, table)
    columns, more = _known_columns(raw, table)
    typed = []
    for column in table.columns:
        values = (
            raw[column.name]
            if column.name in columns
            else pl.Series(column.name, [None] * raw.height, dtype=pl.String)
        )
        series, found = _typed(values, column, table, lines, zone)
        typed.append(series)
        more += found
    return TableRead(pl.DataFrame(typed) if typed else empty(table.name), lines, findings + mended + more)


def _nothing(table: Table, findings: list[Finding]) -> TableRead:
    return TableRead(empty(table.name), pl.Series("line", [], dtype=pl.Int64), findings)


def _finding(table: Table, code: str, message: str, severity: Severity = "error", **where: str) -> Finding:
    return Finding(code, severity, message, table=table.name, **where)  # type: ignore[arg-type]


def _decoded(data: bytes, table: Table) -> tuple[str, list[Finding]]:
    """Return the text; UTF-8 with or without a byte order mark, else Windows-1252 with a note."""
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        note = _finding(table, "N301", "the file is not UTF-8; it was read as Windows-1252 (Latin-1)", "note")
        return data.decode("cp1252", errors="replace"), [note]


def _separator(text: str) -> str:
    """Return the separator of the header line."""
    header = text.split("\n", 1)[0]
    return max((",", ";", "\t"), key=header.count)


def _strings(text: str) -> pl.DataFrame:
    """Return the cells as they stand, all as text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if not text.strip():
        return pl.DataFrame()
    return pl.read_csv(BytesIO(text.encode()), separator=_separator(text), infer_schema=False)


def _mended(raw: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, pl.Series, list[Finding]]:
    """Strip spaces, drop empty and identical rows, and note what was mended."""
    raw = raw.rename({name: name.strip().strip('"').strip() for name in raw.columns})
    stripped = (
        raw.with_columns(pl.all().str.strip_chars()).with_columns(
            pl.when(pl.all() == "").then(None).otherwise(pl.all()).name.keep()
        )
        if raw.width
        else raw
    )
    stripped = stripped.with_columns(pl.Series("__line", range(2, raw.height + 2), dtype=pl.Int64))
    names = [name for name in stripped.columns if name != "__line"]
    filled = stripped.filter(~pl.all_horizontal(pl.col(names).is_null())) if names else stripped
    unique = filled.unique(subset=names, keep="first", maintain_order=True) if names else filled
    findings = []
    if unique.height < filled.height:
        findings.append(
            _finding(table, "N302", f"{filled.height - unique.height} identical rows were read once", "note")
        )
    return unique.drop("__line"), unique["__line"].alias("line"), findings


def _known_columns(raw: pl.DataFrame, table: Table) -> tuple[list[str], list[Finding]]:
    """Return the columns the schema knows, and a finding for each unknown or missing one."""
    findings = [
        _finding(
            table,
            "E102",
            "unknown column",
            column=name,
            nearest=nearest(name, table.names),
            next=f"forestall schema {table.name}",
        )
        for name in raw.columns
        if name not in table.names
    ]
    findings += [
        _finding(
            table,
            "E104",
            "a required column is missing",
            column=column.name,
            expected=column.description,
            next=f"forestall schema {table.name}",
        )
        for column in table.columns
        if column.required and not column.default and column.name not in raw.columns and raw.width
    ]
    return [name for name in raw.columns if name in table.names], findings


def _typed(
    values: pl.Series, column: Column, table: Table, lines: pl.Series, zone: ZoneInfo
) -> tuple[pl.Series, list[Finding]]:
    """Return a column cast to its type, with a finding for every cell that is not of it."""
    if column.default:
        values = values.fill_null(column.default)
    cast, notes = _CASTS.get(column.type, _as_text)(values, column, zone)
    findings = [_finding(table, code, message, "note", column=column.name) for code, message in notes]
    wrong = values.is_not_null() & cast.is_null()
    findings += _cells(
        wrong, values, lines, table, column, _code(column), "the value is not " + _expected(column)
    )
    if column.required:
        absent = values.is_null()
        code = "E112" if column.name == "known_at" else "E104"
        message = (
            "an observed row without date of knowledge" if code == "E112" else "a required value is missing"
        )
        if not (absent.all() and absent.len() and code == "E104" and not column.key):
            findings += _cells(absent, values, lines, table, column, code, message)
    return cast, findings


def _code(column: Column) -> str:
    return "E105" if column.type == "enum" else "E103"


def _expected(column: Column) -> str:
    """Return what a value of the column must look like."""
    return {
        "integer": "a whole number",
        "number": "a finite number with a point as decimal mark",
        "boolean": "true or false",
        "date": "a date such as 2023-09-25",
        "timestamp": "a moment such as 2023-09-25T20:00+04:00",
        "enum": "one of " + ", ".join(column.values),
    }.get(column.type, "text")


def _cells(
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
            value=str(values[i] or "")[:80],
            expected=_expected(column),
            nearest=nearest(str(values[i] or ""), column.values) if column.type == "enum" else "",
        )
        for i in rows[:MAX_FINDINGS_PER_COLUMN].to_list()
    ]
    if rows.len() > MAX_FINDINGS_PER_COLUMN:
        findings.append(
            _finding(
                table,
                code,
                f"{message}: {rows.len() - MAX_FINDINGS_PER_COLUMN} more cells",
                column=column.name,
            )
        )
    return findings


Cast = tuple[pl.Series, list[tuple[str, str]]]


def _as_text(values: pl.Series, _column: Column, _zone: ZoneInfo) -> Cast:
    return values.cast(pl.String), []


def _as_integer(values: pl.Series, _column: Column, _zone: ZoneInfo) -> Cast:
    number = values.cast(pl.Float64, strict=False)
    whole = number.is_finite() & (number == number.floor()) & (number.abs() < 2**53)
    return pl.DataFrame([number.alias("n"), whole.alias("w")]).select(
        pl.when("w").then("n").cast(pl.Int64).alias(values.name)
    ).to_series(), []


def _as_number(values: pl.Series, _column: Column, _zone: ZoneInfo) -> Cast:
    number = values.cast(pl.Float64, strict=False).alias("n")
    return number.to_frame().select(
        pl.when(pl.col("n").is_finite()).then("n").alias(values.name)
    ).to_series(), []


def _as_boolean(values: pl.Series, _column: Column, _zone: ZoneInfo) -> Cast:
    folded = pl.col("v").str.to_lowercase()
    flag = pl.when(folded.is_in(_TRUE)).then(True).when(folded.is_in(_FALSE)).then(False)
    return values.alias("v").to_frame().select(flag.alias(values.name)).to_series(), []


def _as_date(values: pl.Series, _column: Column, _zone: ZoneInfo) -> Cast:
    iso = values.str.to_date("%Y-%m-%d", strict=False)
    dotted = values.str.to_date("%d.%m.%Y", strict=False)
    mended = int((iso.is_null() & dotted.is_not_null()).sum())
    notes = [("N303", f"{mended} dates written day.month.year were read as such")] if mended else []
    return iso.fill_null(dotted) if mended else iso, notes


def _as_moment(values: pl.Series, column: Column, zone: ZoneInfo) -> Cast:
    """Read ISO moments; a bare date is the end of the day for known_at, else its start."""
    parts = (
        values.alias("v")
        .to_frame()
        .select(
            *(
                pl.col("v").str.extract(_MOMENT, i).alias(name)
                for i, name in enumerate(("day", "clock", "seconds", "offset"), start=1)
            )
        )
    )
    bare = parts["day"].is_not_null() & parts["clock"].is_null()
    late = "23:59" if column.name == "known_at" else "00:00"
    seconds = ":59.999999" if column.name == "known_at" else ":00"
    naive = parts.select(
        pl.concat_str(
            pl.col("day"),
            pl.lit("T"),
            pl.col("clock").fill_null(late),
            pl.when(pl.col("clock").is_null())
            .then(pl.lit(seconds))
            .otherwise(pl.col("seconds").fill_null(":00")),
        )
        .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
        .alias("t")
    )["t"]
    shifted = _with_zone(naive, parts["offset"], zone).alias(values.name)
    unzoned = int((parts["clock"].is_not_null() & parts["offset"].is_null()).sum())
    notes = (
        [("N304", f"{unzoned} moments without an offset were read in the zone of the crisis ({zone.key})")]
        if unzoned
        else []
    )
    if int(bare.sum()) and column.name != "known_at":
        notes.append(("N305", f"{int(bare.sum())} dates without an hour were read as the start of the day"))
    return shifted, notes


def _with_zone(naive: pl.Series, offset: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Return the moments in UTC: by their own offset, else by the zone."""
    data = pl.DataFrame({"t": naive, "o": offset})
    sign = pl.when(pl.col("o").str.starts_with("-")).then(-1).otherwise(1)
    digits = pl.col("o").str.replace_all(r"[^\d]", "")
    minutes = (
        pl.when(pl.col("o") == "Z")
        .then(0)
        .otherwise(
            sign
            * (
                digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60
                + digits.str.slice(2, 2).cast(pl.Int64, strict=False)
            )
        )
    )
    stated = (pl.col("t") - pl.duration(minutes=minutes)).dt.replace_time_zone("UTC")
    local = (
        pl.col("t")
        .dt.replace_time_zone(zone.key, ambiguous="latest", non_existent="null")
        .dt.convert_time_zone("UTC")
    )
    return data.select(pl.when(pl.col("o").is_not_null()).then(stated).otherwise(local).alias("t"))["t"]


def _as_enum(values: pl.Series, column: Column, _zone: ZoneInfo) -> Cast:
    known = pl.when(pl.col("v").is_in(column.values)).then("v")
    return values.alias("v").to_frame().select(known.alias(values.name)).to_series(), []


_CASTS: dict[str, Callable[[pl.Series, Column, ZoneInfo], Cast]] = {
    "integer": _as_integer,
    "number": _as_number,
    "boolean": _as_boolean,
    "date": _as_date,
    "timestamp": _as_moment,
    "enum": _as_enum,
}

__all__ = ["MAX_FINDINGS_PER_COLUMN", "TableRead", "dtype", "read_bytes", "read_table"]
