"""Make ``src/forestall/displacement/scale.csv``: how many people wars of so many deaths displaced.

Run ``python tools/make_flight_scale.py ../shared/data/displacement-statistics/gidd_idps.csv``. For each
country and year with a month of 25 deaths or more: new displacement inside (IDMC) and the rise in people
abroad (UNHCR), against deaths in the year (UCDP). Log of people on log of deaths, least squares, with
what was known at the end of each year; known from July of the next.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import polars as pl

HOME = Path(__file__).resolve().parents[1] / "src" / "forestall"
LEAST_DEATHS = 25
FIRST, LAST = 2011, 2023


def years(inside: Path) -> pl.DataFrame:
    """Return country-years with violence: deaths and people newly displaced."""
    tables = HOME / "world" / "tables"
    people = (
        pl.col("refugees").fill_null(0)
        + pl.col("asylum_seekers").fill_null(0)
        + pl.col("others").fill_null(0)
    )
    abroad = (
        pl.read_parquet(tables / "abroad.parquet").group_by("origin", "year").agg(people.sum().alias("there"))
    )
    rise = pl.col("there") - pl.col("there").shift(1).over("origin")
    abroad = abroad.sort("origin", "year").select(
        pl.col("origin").alias("iso3"), "year", rise.alias("abroad")
    )
    months = (
        pl.read_parquet(tables / "deaths_months.parquet").group_by("iso3", "start").agg(pl.col("best").sum())
    )
    deaths = months.group_by("iso3", pl.col("start").dt.year().cast(pl.Int64).alias("year")).agg(
        pl.col("best").sum().alias("deaths"), pl.col("best").max().alias("worst")
    )
    flow = pl.read_csv(inside, infer_schema_length=None).select(
        "iso3", pl.col("year").cast(pl.Int64), pl.col("new_displacement").alias("inside")
    )
    moved = pl.col("inside").fill_null(0) + pl.max_horizontal(pl.col("abroad").fill_null(0), 0)
    joined = deaths.filter(pl.col("worst") >= LEAST_DEATHS).join(flow, on=["iso3", "year"])
    return (
        joined.join(abroad, on=["iso3", "year"], how="left")
        .with_columns(moved.alias("moved"))
        .filter(pl.col("moved") > 0)
    )


def fitted(rows: pl.DataFrame, last: int) -> dict[str, object]:
    """Return the law as it could be fitted with the years up to one."""
    known = rows.filter(pl.col("year") <= last)
    x, y = (np.log(known[name].to_numpy().astype(float)) for name in ("deaths", "moved"))
    design = np.column_stack([np.ones_like(x), x])
    (intercept, slope), *_ = np.linalg.lstsq(design, y, rcond=None)
    sigma = float((y - design @ [intercept, slope]).std(ddof=2))
    return {
        "known_from": f"{last + 1}-07-01", "intercept": round(float(intercept), 4),
        "slope": round(float(slope), 4), "sigma": round(sigma, 4), "country_years": known.height,
    }  # fmt: skip


def main() -> None:
    """Write the table."""
    rows = years(Path(sys.argv[1]))
    made = [fitted(rows, last) for last in range(FIRST, LAST + 1)]
    with (HOME / "displacement" / "scale.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(made[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(made)


if __name__ == "__main__":
    main()
