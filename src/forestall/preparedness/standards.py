"""Standards: which figure holds on a day, and what it means for one person."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

DAYS_PER_MONTH = 30.0
COLD_MONTHS_NORTH = (10, 11, 12, 1, 2, 3, 4)
TROPIC = 23.5


@dataclass(frozen=True)
class Standard:
    """One item of a sector and what one person needs of it.

    Attributes
    ----------
    per_person
        Amount per person; for items that are used up, per person and day.
    used_up
        True for items that are used up day by day, False for items that last.
    """

    sector: str
    item: str
    per_person: float
    unit: str
    used_up: bool
    verified: str
    price: float | None
    override_by: str | None = None
    override_at: date | None = None

    @property
    def set_by(self) -> str | None:
        """Who set the figure instead of the handbook, and when; None = the handbook's."""
        when = f", {self.override_at.isoformat()}" if self.override_at else ""
        return f"{self.override_by}{when}" if self.override_by else None


def phase_on(day: date, first: date, acute_days: float) -> str:
    """Return the phase of a day counted from the first day.

    Examples
    --------
    >>> phase_on(date(2023, 9, 26), date(2023, 9, 25), 14.0)
    'acute'
    """
    return "acute" if (day - first).days < acute_days else "stable"


def climate_on(day: date, latitude: float | None) -> str:
    """Return the climate by month and latitude: cold from October to April outside the tropics.

    Parameters
    ----------
    day
        Day.
    latitude
        Mean latitude of the places in degrees, or None when unknown (then "any").

    Examples
    --------
    >>> climate_on(date(2023, 10, 1), 40.0), climate_on(date(2023, 7, 1), 5.0)
    ('cold', 'hot')
    """
    if latitude is None:
        return "any"
    if abs(latitude) < TROPIC:
        return "hot"
    month = day.month if latitude > 0 else (day.month + 5) % 12 + 1
    return "cold" if month in COLD_MONTHS_NORTH else "temperate"


def per_person(quantity: float, per: str, household_size: float) -> tuple[float, bool]:
    """Turn an amount per something into an amount per person, and say whether it is used up.

    Parameters
    ----------
    quantity
        Amount, in the unit of the standard.
    per
        One of the values of ``standards.per``.
    household_size
        People per household.

    Examples
    --------
    >>> per_person(20, "units-for-people", 4.0)
    (0.05, False)
    >>> per_person(450, "person-month", 4.0)
    (15.0, True)
    """
    match per:
        case "person-day":
            return quantity, True
        case "person-month":
            return quantity / DAYS_PER_MONTH, True
        case "household":
            return quantity / household_size, False
        case "10000 people":
            return quantity / 10_000, False
        case "units-for-people":
            return 1 / quantity, False
        case _:
            return quantity, False


def _rank(row: dict[str, Any], phase: str, climate: str) -> tuple[int, int, int, str]:
    """Return how well a row fits: a local override first, then the phase, then the climate."""
    return (
        int(bool(row.get("override_by"))),
        int(row["phase"] == phase),
        int(row["climate"] == climate),
        str(row.get("override_at") or ""),
    )


def choose_standards(
    standards: pl.DataFrame, phase: str, climate: str, household_size: float
) -> list[Standard]:
    """Choose one figure per sector and item for a phase and a climate.

    A row for exactly this phase or climate goes before one for any; a national or local
    override goes before the handbook, the newest first.

    Parameters
    ----------
    standards
        Table ``standards``.
    phase, climate
        As in the table.
    household_size
        People per household.
    """
    fitting = standards.filter(
        pl.col("phase").is_in([phase, "any"]),
        pl.col("climate").is_in([climate, "any"]),
        pl.col("quantity") > 0,
    )
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for row in fitting.iter_rows(named=True):
        key = (row["sector"], row["item"])
        if key not in best or _rank(row, phase, climate) > _rank(best[key], phase, climate):
            best[key] = row
    return [_standard(row, household_size) for row in best.values()]


def _standard(row: dict[str, Any], household_size: float) -> Standard:
    amount, used_up = per_person(row["quantity"], row["per"], household_size)
    return Standard(
        row["sector"],
        row["item"],
        amount,
        row["unit"],
        used_up,
        row["verified"],
        row.get("price"),
        row.get("override_by"),
        row.get("override_at"),
    )


@cache
def _coverage() -> Sequence[dict[str, str]]:
    """Return the table of who is counted for what."""
    text = files("forestall.preparedness").joinpath("coverage.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def counts(who: str, standard: Standard) -> bool:
    """Say whether people of this kind are counted for this item; the first fitting row decides.

    Examples
    --------
    >>> counts("on the road", Standard("shelter", "blanket", 1.0, "piece", False, "read", None))
    False
    """
    lasting = "no" if standard.used_up else "yes"
    for row in _coverage():
        fits = row["who"] == who and row["sector"].lower() in ("*", standard.sector.lower())
        if fits and row["lasting"] in ("any", lasting):
            return row["counted"] == "true"
    return False


def household_size_of(demography: pl.DataFrame, default: float) -> float:
    """Return the newest household size known, else the default."""
    known = demography.filter(pl.col("household_size").is_not_null()).sort("date")
    return float(known["household_size"][-1]) if known.height else default
