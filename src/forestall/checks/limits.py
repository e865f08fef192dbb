"""E123, E126, E127, E129, E132, E133: numbers outside the range that their unit allows."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl

from forestall.checks.rows import found, tables_of_kind, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema import Column, table_of


@dataclass(frozen=True, slots=True)
class Limit:
    """The range of the columns of a unit, or of one named column."""

    code: str
    table: str
    column: str
    unit: str
    minimum: float
    open: bool
    maximum: float | None

    def holds_for(self, table: str, column: Column) -> bool:
        """Return whether the limit is about this column."""
        if self.unit:
            return column.unit == self.unit and column.type in ("integer", "number")
        return (table, column.name) == (self.table, self.column)

    def broken(self, column: str) -> pl.Expr:
        """Return where a column is outside the range; a null is inside."""
        low = pl.col(column) <= self.minimum if self.open else pl.col(column) < self.minimum
        return low if self.maximum is None else low | (pl.col(column) > self.maximum)

    @property
    def text(self) -> str:
        """The range in words."""
        if self.maximum is not None:
            return f"a number from {self.minimum:g} to {self.maximum:g}"
        return (
            f"a number above {self.minimum:g}"
            if self.open
            else f"{self.minimum:g} or more; empty where unknown"
        )


@cache
def limits() -> tuple[Limit, ...]:
    """Return every limit of the table of limits."""
    text = files("forestall.checks").joinpath("limits.csv").read_text(encoding="utf-8")
    return tuple(
        Limit(
            row["code"],
            row["table"],
            row["column"],
            row["unit"],
            float(row["minimum"]),
            row["open"] == "true",
            float(row["maximum"]) if row["maximum"] else None,
        )
        for row in csv.DictReader(text.splitlines())
    )


def finder(code: str) -> Callable[[Crisis], Iterator[Finding]]:
    """Return the check of one code: every number that breaks a limit of it."""

    def find(crisis: Crisis) -> Iterator[Finding]:
        for name in tables_of_kind(crisis, "reference", "observed"):
            for column in table_of(name).columns:
                for limit in limits():
                    if limit.code == code and limit.holds_for(name, column):
                        yield from _outside(crisis, name, column, limit)

    return find


def _outside(crisis: Crisis, table: str, column: Column, limit: Limit) -> list[Finding]:
    if not crisis[table].select(limit.broken(column.name).any()).item():
        return []
    rows = with_lines(crisis, table).filter(limit.broken(column.name))
    return found(limit.code, "the number is outside its range", table, rows, column.name, expected=limit.text)
