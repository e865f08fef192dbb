"""Pace of flight in long wars: shares of a district that leave in a month, from public counts.

    python bench/flight_paces.py FOLDER > src/forestall/displacement/paces.csv

FOLDER holds the saved counts: somalia-2016-2023 (UNHCR PRMN), sahel-2019-2023 (CONASUR) and
ukraine-2022 (UNHCR).
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import polars as pl

HEAD = [
    *("war", "iso3", "regime", "unit", "first", "last", "over_by", "cells", "median", "q95", "q99", "most"),
    *("people_from", "what", "source", "basis"),
]
RAIDS = "raids and insecurity around"
FIGHTING = "fighting in the town"
UKRAINE_PEOPLE = 41_167_335
BURKINA_PROVINCE_PEOPLE = 20_505_155 / 45


def somalia(folder: Path) -> dict[str, object]:
    """Return shares of a district that left for another in a month with conflict flight."""
    moves = pl.read_csv(folder / "prmn_2016_2023.csv.gz")
    people = pl.read_csv(folder / "pop_unpess.csv")
    left = (
        moves.filter((pl.col("reason") == "Conflict/Insecurity") & (pl.col("people") > 0))
        .filter(pl.col("dep_district") != pl.col("arr_district"))
        .group_by("month_end", "dep_district")
        .agg(pl.col("people").sum())
        .join(people, left_on="dep_district", right_on="district")
    )
    return _row(
        left["people"] / left["pop"],
        {
            "war": "Somalia",
            "iso3": "SOM",
            "regime": RAIDS,
            "unit": "district-month",
            "first": "2016-01-01",
            "last": "2023-12-31",
            "over_by": "2024-01-31",
            "people_from": "UNPESS population survey",
            "what": "left for another district for conflict, in months in which anybody did",
            "source": "UNHCR PRMN (terms not stated)",
        },
    )


def sahel(folder: Path) -> dict[str, object]:
    """Return rises of displaced people by province and month, over an average province."""
    table = pl.read_csv(folder / "bfa_province.csv").with_columns(pl.col("Date").str.to_date())
    rises = (
        table.sort("Date")
        .with_columns(
            rise=pl.col("PDI").diff().over("Province"),
            days=pl.col("Date").diff().dt.total_days().over("Province"),
        )
        .filter((pl.col("rise") > 0) & (pl.col("days") > 0))
    )
    return _row(
        rises["rise"] / rises["days"] * 30 / BURKINA_PROVINCE_PEOPLE,
        {
            "war": "Burkina Faso",
            "iso3": "BFA",
            "regime": RAIDS,
            "unit": "province-month",
            "first": "2019-01-27",
            "last": str(table["Date"].max()),
            "over_by": "2023-06-30",
            "people_from": "census of 2019 over 45 provinces (recalled)",
            "what": "rise of people displaced in a province over an average province, months with a rise",
            "source": "CONASUR (terms not stated)",
        },
    )


def ukraine(folder: Path) -> dict[str, object]:
    """Return people who left the country by 30-day windows, over its people."""
    daily = pl.read_csv(folder / "UNHCR_UKR_Date.csv")["daily_individuals"]
    windows = [daily[at : at + 30].sum() / UKRAINE_PEOPLE for at in range(0, daily.len() - 29, 1)]
    return _row(
        pl.Series(windows),
        {
            "war": "Ukraine",
            "iso3": "UKR",
            "regime": FIGHTING,
            "unit": "country, 30 days",
            "first": "2022-02-24",
            "last": "2022-05-17",
            "over_by": "2022-06-30",
            "people_from": "State Statistics Service, 1 January 2022 (recalled)",
            "what": "left the country within 30 days, by first day of the window",
            "source": "UNHCR (terms not stated)",
        },
    )


def _row(shares: pl.Series, head: dict[str, object]) -> dict[str, object]:
    """Return a row of the table: how many cells, and quantiles of their shares."""
    numbers = {
        "cells": shares.len(),
        "median": _short(shares.median()),
        "q95": _short(shares.quantile(0.95, "linear")),
        "q99": _short(shares.quantile(0.99, "linear")),
        "most": _short(min(shares.max(), 1.0)),  # type: ignore[type-var]
    }
    return {**head, **numbers, "basis": "derived"}


def _short(value: object) -> float:
    """Return a share to three figures."""
    return float(f"{value:.3g}")


def main() -> None:
    """Write the table to standard output."""
    folder = Path(sys.argv[1])
    out = csv.DictWriter(sys.stdout, HEAD, lineterminator="\n")
    out.writeheader()
    out.writerow(somalia(folder / "somalia-2016-2023"))
    out.writerow(sahel(folder / "sahel-2019-2023"))
    out.writerow(ukraine(folder / "ukraine-2022"))


if __name__ == "__main__":
    main()
