"""Base rates of how violence begins, goes on and ends; each row says where it comes from."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Rate:
    """One base rate with its range, its basis and its source."""

    rate: str
    at: str
    value: float
    low: float | None
    high: float | None
    unit: str
    known_from: date
    basis: str
    source: str


@cache
def load_rates() -> dict[tuple[str, str], Rate]:
    """Return the rates by name and case.

    Examples
    --------
    >>> load_rates()["limit", "deaths"].value
    25.0
    """
    text = files("forestall.war").joinpath("rates.csv").read_text(encoding="utf-8")
    rows = (_rate(row) for row in csv.DictReader(text.splitlines()))
    return {(row.rate, row.at): row for row in rows}


def value(rate: str, at: str) -> float:
    """Return the value of a rate in a case."""
    return load_rates()[rate, at].value


def limit(name: str) -> int:
    """Return a limit in whole days or deaths."""
    return int(value("limit", name))


def _rate(row: dict[str, str]) -> Rate:
    low, high = (float(row[name]) if row[name] else None for name in ("low", "high"))
    known = date.fromisoformat(row["known_from"])
    return Rate(
        row["rate"],
        row["at"],
        float(row["value"]),
        low,
        high,
        row["unit"],
        known,
        row["basis"],
        row["source"],
    )
