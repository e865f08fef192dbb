"""Medians and bands of result tables, each with the rows it comes from."""

from dataclasses import dataclass

import polars as pl

from forestall.reporting.desk import Desk
from forestall.reporting.pages.say import Count, Rows, Scalar, rows


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and 90 % band of one figure, and its rows."""

    low: float
    middle: float
    high: float
    rows: tuple[Rows, ...]

    @property
    def values(self) -> dict[str, Count]:
        """The three figures as values of a sentence."""
        return {name: Count(getattr(self, name), about=True) for name in ("low", "middle", "high")}


def spread(desk: Desk, table: str, value: str, **where: Scalar) -> Spread | None:
    """Return the median and the 90 % band of a table that holds quantiles; None where one is missing."""
    if not desk.has(table):
        return None
    frame = desk.frame(table)
    for column, wanted in where.items():
        frame = frame.filter(pl.col(column) == wanted)
    found = {round(q * 100): v for q, v in frame.select("quantile", value).iter_rows() if v is not None}
    if not {5, 50, 95} <= set(found):
        return None
    return Spread(found[5], found[50], found[95], (rows(table, **where),))
