"""Tables and columns as the schema's CSV files state them."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from forestall.core.errors import UsageError
from forestall.core.names import nearest

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["reference", "observed", "result"]
Format = Literal["csv", "parquet"]

_REFERENCE_PROVENANCE = ("source", "url", "basis", "confidence", "note")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, type, unit, and what a value must be."""

    name: str
    type: str
    unit: str
    required: bool
    key: bool
    refers_to: str
    values: tuple[str, ...]
    default: str
    sensitivity: str
    description: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table: kind, who writes it, its columns in order.

    Examples
    --------
    >>> load_schema()["places"].key
    ('place',)
    """

    name: str
    kind: Kind
    written_by: str
    required: bool
    sensitivity: str
    description: str
    columns: tuple[Column, ...]
    large: bool = False

    @property
    def format(self) -> Format:
        """How a run writes it: Parquet where it holds draws or is stated to be large, else CSV.

        Examples
        --------
        >>> load_schema()["outlook"].format, load_schema()["warning_odds"].format
        ('parquet', 'csv')
        """
        return "parquet" if self.large or "draw" in self.names else "csv"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that together name a row."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def is_log(self) -> bool:
        """Whether the table is a status log: the same key may stand again, known at another moment."""
        return "known_at" in self.names

    def column(self, name: str) -> Column:
        """Return a column by name."""
        return next(column for column in self.columns if column.name == name)


def _rows(name: str) -> list[dict[str, str]]:
    """Read one CSV file of the schema."""
    text = files("forestall.schema").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _column(row: Mapping[str, str]) -> Column:
    """Return the column a schema row states."""
    return Column(
        name=row["column"],
        type=row["type"],
        unit=row["unit"],
        required=row["required"] == "true",
        key=row["key"] == "true",
        refers_to=row["refers_to"],
        values=tuple(value for value in row["values"].split("|") if value),
        default=row["default"],
        sensitivity=row["sensitivity"],
        description=row["description"],
    )


def _provenance(kind: str, table: str) -> list[Column]:
    """Return the columns of provenance a table of this kind carries."""
    if kind == "result" or table == "sources":
        return []
    columns = [_column(row) for row in _rows("provenance.csv")]
    return [c for c in columns if kind == "observed" or c.name in _REFERENCE_PROVENANCE]


@cache
def load_schema() -> Mapping[str, Table]:
    """Return every table of the schema by name.

    Examples
    --------
    >>> load_schema()["corridor_status"].kind
    'observed'
    """
    tables = {}
    for row in _rows("tables.csv"):
        columns = [_column(c) for c in _rows(f"tables/{row['table']}.csv")]
        columns += _provenance(row["kind"], row["table"])
        tables[row["table"]] = Table(
            name=row["table"],
            kind=row["kind"],  # type: ignore[arg-type]
            written_by=row["written_by"],
            required=row["required"] == "true",
            sensitivity=row["sensitivity"],
            description=row["description"],
            columns=tuple(columns),
            large=row.get("large") == "true",
        )
    return tables


def table_of(name: str) -> Table:
    """Return one table of the schema.

    Raises
    ------
    UsageError
        Where there is no such table; the nearest name is given.

    Examples
    --------
    >>> table_of("deaths").kind
    'observed'
    """
    schema = load_schema()
    if name not in schema:
        hint = nearest(name, schema)
        raise UsageError(
            f"unknown table {name!r}" + (f"; nearest: {hint}" if hint else "") + "; see `forestall schema`"
        )
    return schema[name]


def dtype(column: Column) -> "pl.DataType":
    """Return the polars type of a column."""
    import polars as pl

    types: dict[str, pl.DataType] = {
        "integer": pl.Int64(),
        "number": pl.Float64(),
        "boolean": pl.Boolean(),
        "date": pl.Date(),
        "timestamp": pl.Datetime("us", "UTC"),
    }
    return types.get(column.type, pl.String())


def empty(name: str) -> "pl.DataFrame":
    """Return the table with its columns and no row.

    Examples
    --------
    >>> empty("places").height
    0
    """
    import polars as pl

    return pl.DataFrame(schema={c.name: dtype(c) for c in table_of(name).columns})


def frame(
    name: str, data: "Mapping[str, Any] | Sequence[Mapping[str, Any]] | pl.DataFrame"
) -> "pl.DataFrame":
    """Return data as a frame with exactly the table's columns, in order and typed.

    Parameters
    ----------
    name : str
        Table of the schema.
    data : mapping of columns, list of rows, or polars.DataFrame
        Columns that are missing and not required become null.

    Raises
    ------
    UsageError
        For a column the table does not have, or a required one that is missing.

    Examples
    --------
    >>> frame("terms", {"source": ["a"], "publisher": ["A"], "licence": ["CC BY 4.0"],
    ...                 "redistribution": ["attribution"], "rows": [3]}).height
    1
    """
    import polars as pl

    table = table_of(name)
    if not isinstance(data, pl.DataFrame):
        data = pl.DataFrame(data, infer_schema_length=None) if len(data) else empty(name)
    unknown = [c for c in data.columns if c not in table.names]
    missing = [c.name for c in table.columns if c.name not in data.columns and c.required and not c.default]
    if unknown or missing:
        raise UsageError(f"table {name!r}: unknown columns {unknown}, missing columns {missing}")
    return data.select(
        (pl.col(c.name) if c.name in data.columns else _default(c)).cast(dtype(c)).alias(c.name)
        for c in table.columns
    )


def _default(column: Column) -> "pl.Expr":
    """Return the default of a column as an expression."""
    import polars as pl

    return pl.lit(column.default or None)
