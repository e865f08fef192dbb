"""From cells of text to values of a type: what is read as it stands, what is mended, what is not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import polars as pl

from forestall.schema.tables_of import Column

_TRUE = ("true", "yes", "1")
_FALSE = ("false", "no", "0")
_MOMENT = (
    r"^(\d{1,4}[-./]\d{1,2}[-./]\d{1,4})(?:(?:T|\s+)(\d{1,2}:\d{2})(:\d{2}(?:\.\d{1,6})?)?)?"
    r"\s*(Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?$"
)
_EARLIEST, _LATEST = pl.date(1000, 1, 1), pl.date(2999, 12, 31)

Note = tuple[str, str]


@dataclass(slots=True)
class Typed:
    """Values of a type, null where a cell could not be read, and what a reader should know.

    ``faults`` maps the code of a fault to where it is: cells that are wrong in a way of their own.
    """

    values: pl.Series
    notes: list[Note] = field(default_factory=list)
    faults: dict[str, pl.Series] = field(default_factory=dict)


def cast(values: pl.Series, column: Column, zone: ZoneInfo, separator: str = ",") -> Typed:
    """Return the cells of a column as values of its type.

    Parameters
    ----------
    values : polars.Series
        Cells, null where empty.
    column : Column
        What the schema says of the column.
    zone : ZoneInfo
        Zone of moments without an offset.
    separator : str
        Separator of the file: with a semicolon, a comma can be a decimal mark.

    Examples
    --------
    >>> from forestall.schema import table_of
    >>> cast(pl.Series(["1.5", "x"]), table_of("corridors").column("km"), ZoneInfo("UTC")).values.to_list()
    [1.5, None]
    """
    notes: list[Note] = []
    if column.type in ("number", "integer") and separator != ",":
        values, notes = _decimal_points(values)
    typed = _CASTS.get(column.type, _as_text)(values, column, zone)
    typed.values = typed.values.alias(column.name)
    typed.notes = notes + typed.notes
    return typed


def expected(column: Column) -> str:
    """Return in words what a value of the column must look like.

    Examples
    --------
    >>> from forestall.schema import table_of
    >>> expected(table_of("corridors").column("km"))
    'a finite number with a point as decimal mark, in km'
    """
    words = {
        "integer": "a whole number",
        "number": "a finite number with a point as decimal mark",
        "boolean": "true or false",
        "date": "a date such as 2023-09-25",
        "timestamp": "a moment such as 2023-09-25T20:00+04:00",
        "enum": "one of " + ", ".join(column.values),
    }.get(column.type, "text")
    return f"{words}, in {column.unit}" if column.unit else words


def _decimal_points(values: pl.Series) -> tuple[pl.Series, list[Note]]:
    """Read commas as decimal marks where some cell of the column allows no other reading."""
    certain = values.str.contains(r"^[+-]?\d*,(\d{1,2}|\d{4,})$").sum()
    if not certain:
        return values, []
    mended = int(values.str.contains(",", literal=True).sum())
    return values.str.replace(",", ".", literal=True), [
        ("N307", f"{mended} numbers with a decimal comma were read as such")
    ]


def _as_text(values: pl.Series, _column: Column, _zone: ZoneInfo) -> Typed:
    return Typed(values)


def _as_number(values: pl.Series, _column: Column, _zone: ZoneInfo) -> Typed:
    number = values.cast(pl.Float64, strict=False)
    if number.is_finite().all():
        return Typed(number)
    endless = (number.is_not_null() & ~number.is_finite()).fill_null(value=False)
    return Typed(number.set(endless, None), faults={"E106": endless} if endless.any() else {})


def _as_integer(values: pl.Series, column: Column, zone: ZoneInfo) -> Typed:
    number = _as_number(values, column, zone)
    whole = (number.values == number.values.floor()) & (number.values.abs() < 2**53)
    number.values = number.values.set(~whole.fill_null(value=True), None).cast(pl.Int64)
    return number


def _as_boolean(values: pl.Series, _column: Column, _zone: ZoneInfo) -> Typed:
    folded = pl.col("v").str.to_lowercase()
    flag = (
        pl.when(folded.is_in(_TRUE))
        .then(pl.lit(value=True))
        .when(folded.is_in(_FALSE))
        .then(pl.lit(value=False))
    )
    return Typed(values.alias("v").to_frame().select(flag)["literal"])


def _as_enum(values: pl.Series, column: Column, _zone: ZoneInfo) -> Typed:
    known = values.is_in(column.values)
    return Typed(values if known.all() else values.set(~known.fill_null(value=True), None))


def _as_date(values: pl.Series, _column: Column, _zone: ZoneInfo) -> Typed:
    day = values.str.extract(r"^(.*?)(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:?00)?)?$", 1)
    return days(day)


def days(values: pl.Series) -> Typed:
    """Read days: year first, day.month.year, or with slashes in the order the whole column allows.

    Dates with slashes (or dashes) and the year last are read day first where some day is above 12
    and no month is, month first where it is the other way round, and not at all where both fit.

    Examples
    --------
    >>> days(pl.Series(["25/09/2023", "03/04/2023"])).values.to_list()
    [datetime.date(2023, 9, 25), datetime.date(2023, 4, 3)]
    >>> days(pl.Series(["03/04/2023"])).values.to_list()
    [None]
    """
    read = values.str.to_date("%Y-%m-%d", strict=False)
    plain = read.is_not_null()
    if not (values.is_not_null() & ~plain).any():
        return Typed(_sane(read))
    dotted = values.str.to_date("%d.%m.%Y", strict=False)
    year_first = values.str.replace_all(r"[/.]", "-").str.to_date("%Y-%m-%d", strict=False)
    read = read.fill_null(dotted).fill_null(year_first).fill_null(_slashed(values))
    mended = int((read.is_not_null() & ~plain).sum())
    notes = [("N303", f"{mended} dates in another order than year-month-day were read")] if mended else []
    return Typed(_sane(read), notes)


def _slashed(values: pl.Series) -> pl.Series:
    """Read dates such as 25/09/2023 or 09/25/2023 where the column allows one order only."""
    parts = (
        values.str.replace_all("-", "/", literal=True)
        .str.extract_groups(r"^(?<a>\d{1,2})/(?<b>\d{1,2})/(?<y>\d{4})$")
        .struct.unnest()
    )
    joined = parts.select(pl.concat_str("a", "b", "y", separator="/"))["a"]
    day_first = bool((parts["a"].cast(pl.Int64) > 12).any())
    month_first = bool((parts["b"].cast(pl.Int64) > 12).any())
    if day_first == month_first:
        return pl.Series([None] * values.len(), dtype=pl.Date)
    return joined.str.to_date("%d/%m/%Y" if day_first else "%m/%d/%Y", strict=False)


def _sane(read: pl.Series) -> pl.Series:
    """Return dates of the last and this millennium only: year 202 is a slip of the pen."""
    return (
        read.alias("d").to_frame().select(pl.when(pl.col("d").is_between(_EARLIEST, _LATEST)).then("d"))["d"]
    )


def _as_moment(values: pl.Series, column: Column, zone: ZoneInfo) -> Typed:
    """Read moments; a bare date is the end of the day for known_at, else its start."""
    parts = values.str.extract_groups(_MOMENT).struct.unnest()
    parts.columns = ["day", "clock", "seconds", "offset"]
    day = days(parts["day"])
    bare = day.values.is_not_null() & parts["clock"].is_null()
    naive = _naive(day.values, parts, late=column.name == "known_at")
    unzoned = int((parts["clock"].is_not_null() & parts["offset"].is_null()).sum())
    notes = day.notes
    if unzoned:
        notes.append(
            ("N304", f"{unzoned} moments without an offset were read in the zone of the crisis ({zone.key})")
        )
    if bare.any() and column.name != "known_at":
        notes.append(("N305", f"{int(bare.sum())} dates without an hour were read as the start of the day"))
    return Typed(_in_utc(naive, parts["offset"], zone), notes)


def _naive(day: pl.Series, parts: pl.DataFrame, *, late: bool) -> pl.Series:
    """Return day and clock as a moment without a zone."""
    clock, seconds = ("23:59", ":59.999999") if late else ("00:00", ":00")
    text = pl.concat_str(
        pl.col("d").dt.strftime("%Y-%m-%d"),
        pl.lit("T"),
        pl.col("clock").fill_null(clock),
        pl.when(pl.col("clock").is_null())
        .then(pl.lit(seconds))
        .otherwise(pl.col("seconds").fill_null(":00")),
    )
    moment = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    return parts.with_columns(day.alias("d")).select(moment.alias("t"))["t"]


def _in_utc(naive: pl.Series, offset: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Return the moments in UTC: by their own offset, else by the zone."""
    digits = pl.col("o").str.replace_all(r"[^\d]", "").str.pad_end(4, "0")
    sign = pl.when(pl.col("o").str.starts_with("-")).then(-1).otherwise(1)
    minutes = sign * (digits.str.slice(0, 2).cast(pl.Int64) * 60 + digits.str.slice(2, 2).cast(pl.Int64))
    stated = (pl.col("t") - pl.duration(minutes=minutes)).dt.replace_time_zone("UTC")
    local = (
        pl.col("t")
        .dt.replace_time_zone(zone.key, ambiguous="latest", non_existent="null")
        .dt.convert_time_zone("UTC")
    )
    moment = pl.when(pl.col("o").is_not_null()).then(stated).otherwise(local)
    return pl.DataFrame({"t": naive, "o": offset}).select(moment.alias("t"))["t"]


_CASTS: dict[str, Callable[[pl.Series, Column, ZoneInfo], Typed]] = {
    "integer": _as_integer,
    "number": _as_number,
    "boolean": _as_boolean,
    "date": _as_date,
    "timestamp": _as_moment,
    "enum": _as_enum,
}
