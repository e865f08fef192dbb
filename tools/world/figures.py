"""Deaths, displaced people and risk by country, each with the moment it became known."""

from pathlib import Path

import polars as pl

REVISED = "2024-06-03"
"""Day on which the yearly edition 24.1 of the events replaced the monthly ones."""
RELEASES = {"unhcr": (6, 20), "idmc": (5, 15), "ucdp-yearly": (6, 10)}
"""Month and day of the next year on which a year's figures usually come out."""
MONTH_ZERO = 1980 * 12 - 1
KINDS = {"sb": "state-based", "ns": "non-state", "os": "one-sided"}


def first_of(month: str = "month_id") -> pl.Expr:
    """Return the first day of a numbered month (1 = January 1980)."""
    number = pl.col(month) + MONTH_ZERO
    return pl.date(number // 12, number % 12 + 1, 1)


def monthly_release(day: str = "start") -> pl.Expr:
    """Return the 20th of the next month, when the candidate events usually come out."""
    return pl.col(day).dt.offset_by("1mo").dt.offset_by("19d")


def yearly_release(source: str) -> pl.Expr:
    """Return the day of the next year on which the figures of a year usually come out."""
    month, day = RELEASES[source]
    return pl.date(pl.col("year") + 1, month, day)


def panel_countries(folder: Path) -> pl.DataFrame:
    """Return the numbers of the panel by ISO3 code; XKX stands for Kosovo."""
    return pl.read_csv(folder / "countries.csv").with_columns(pl.col("iso3").fill_null("XKX"))


def monthly(folder: Path) -> pl.DataFrame:
    """Return state-based deaths by country and month, first as known at the time and then as revised."""
    codes = panel_countries(folder).select("country_id", "iso3")
    late = pl.read_parquet(folder / "cm_ged_sb_1990_2023.parquet")
    early = pl.read_parquet(folder / "cm_ged_sb_vintage2023.parquet")
    both = late.join(early, on=["month_id", "country_id"], suffix="_early").join(codes, on="country_id")
    both = both.with_columns(first_of().alias("start"))
    differs = pl.col("ged_sb") != pl.col("ged_sb_early")
    first = both.select(
        "iso3", "start", pl.lit("state-based").alias("violence"),
        pl.col("ged_sb_early").alias("best"),
        pl.when(differs).then(pl.lit("panel of 2023")).otherwise(pl.lit("GED 24.1")).alias("vintage"),
        monthly_release().alias("known_on"),
    )  # fmt: skip
    revised = both.filter(differs).select(
        "iso3", "start", pl.lit("state-based").alias("violence"), pl.col("ged_sb").alias("best"),
        pl.lit("GED 24.1").alias("vintage"), pl.lit(REVISED).str.to_date().alias("known_on"),
    )  # fmt: skip
    return pl.concat([first, revised])


def other_kinds(folder: Path) -> pl.DataFrame:
    """Return non-state and one-sided deaths by country and month."""
    codes = panel_countries(folder).select("country_id", "iso3")
    rows = pl.read_parquet(folder / "cm_ged_3types_1989_2021.parquet").join(codes, on="country_id")
    rows = rows.with_columns(first_of().alias("start"))
    parts = [
        rows.select(
            "iso3", "start", pl.lit(KINDS[kind]).alias("violence"), pl.col(f"ged_best_{kind}").alias("best"),
            pl.lit("competition of 2020").alias("vintage"), monthly_release().alias("known_on"),
        )
        for kind in ("ns", "os")
    ]  # fmt: skip
    return pl.concat(parts)


def deaths_by_month(folder: Path) -> pl.DataFrame:
    """Return all months with their kind of violence, a month without deaths as 0."""
    table = pl.concat([monthly(folder), other_kinds(folder)], how="vertical_relaxed")
    return table.with_columns(pl.col("best").cast(pl.Int32)).sort("violence", "iso3", "start", "known_on")


def deaths_by_year(folder: Path) -> pl.DataFrame:
    """Return the yearly figures of organised violence by country and kind, with low and high."""
    codes = panel_countries(folder).select(pl.col("gwcode").alias("country_id_cy"), "iso3")
    codes = pl.concat([codes, pl.DataFrame({"country_id_cy": [345], "iso3": ["SRB"]})])
    rows = pl.read_csv(folder / "organizedviolencecy_v25_1.csv.gz", infer_schema_length=None).join(
        codes, on="country_id_cy"
    )
    columns = {
        "sb": ("sb_total_deaths_best_cy", "sb_total_deaths_low_cy", "sb_total_deaths_high_cy"),
        "ns": ("ns_total_deaths_best_cy", "ns_total_deaths_low_cy", "ns_total_deaths_high_cy"),
    }
    parts = [
        rows.select(
            "iso3", pl.col("year_cy").alias("year"), pl.lit(KINDS[kind]).alias("violence"),
            *(
                pl.col(name).cast(pl.Int32).alias(alias)
                for name, alias in zip(names, ("best", "low", "high"), strict=True)
            ),
        )
        for kind, names in columns.items()
    ]  # fmt: skip
    killings = [
        pl.sum_horizontal(
            pl.col(f"os_{who}_killings_{level}_cy").cast(pl.Int32) for who in ("any_govt", "nsgroup")
        )
        .cast(pl.Int32)
        .alias(level)
        for level in ("best", "low", "high")
    ]
    parts.append(
        rows.select("iso3", pl.col("year_cy").alias("year"), pl.lit("one-sided").alias("violence"), *killings)
    )
    table = pl.concat(parts).with_columns(yearly_release("ucdp-yearly").alias("known_on"))
    return (
        table.group_by("iso3", "year", "violence", "known_on")
        .agg(pl.col("best", "low", "high").sum())
        .select("iso3", "year", "violence", "best", "low", "high", "known_on")
        .sort("iso3", "year", "violence")
    )


def abroad(folder: Path) -> pl.DataFrame:
    """Return people displaced across a border by origin, asylum and year."""
    rows = pl.read_parquet(folder / "population.parquet").filter(pl.col("coo_iso") != pl.col("coa_iso"))
    kinds = ("refugees", "asylum_seekers", "oip")
    summed = rows.group_by(pl.col("coo_iso").alias("origin"), pl.col("coa_iso").alias("asylum"), "year").agg(
        *(pl.col(kind).fill_null(0).sum().cast(pl.Int32) for kind in kinds)
    )
    kept = summed.rename({"oip": "others"}).filter(
        (pl.col("refugees") + pl.col("asylum_seekers") + pl.col("others") > 0) & (pl.col("year") >= 1989)
    )
    return kept.with_columns(yearly_release("unhcr").alias("known_on")).sort("origin", "asylum", "year")


def inside(folder: Path) -> pl.DataFrame:
    """Return people displaced inside their country by conflict: stock and new movements of a year."""
    flows = pl.read_csv(folder / "gidd_idps.csv").select(
        "iso3",
        "year",
        pl.col("new_displacement").alias("moved"),
        pl.col("total_displacement").alias("stock_gidd"),
    )
    stocks = (
        pl.read_parquet(folder / "idmc.parquet")
        .group_by(pl.col("coo_iso").alias("iso3"), "year")
        .agg(pl.col("total").sum().alias("stock_idmc"))
    )
    both = flows.join(stocks, on=["iso3", "year"], how="full", coalesce=True)
    # The statistics of IDMC by country and year come first; the older list fills years before 2009.
    stock = pl.coalesce("stock_gidd", "stock_idmc").cast(pl.Int64).alias("stock")
    return (
        both.with_columns(stock, yearly_release("idmc").alias("known_on"))
        .filter(pl.col("iso3") != "UNK")
        .select("iso3", "year", "moved", "stock", "known_on")
        .sort("iso3", "year")
    )


def risk(folder: Path) -> pl.DataFrame:
    """Return INFORM Risk and its three dimensions by country and year."""
    names = {"INFORM": "risk", "HA": "hazard", "VU": "vulnerability", "CC": "coping"}
    rows = pl.read_csv(folder / "inform_risk_index_trends.csv.gz").with_columns(
        pl.col("IndicatorId").replace_strict(names).alias("part")
    )
    wide = rows.pivot(
        on="part", index=["Iso3", "GNAYear"], values="IndicatorScore", aggregate_function="first"
    )
    return (
        wide.rename({"Iso3": "iso3", "GNAYear": "year"})
        .with_columns(pl.date(pl.col("year"), 1, 15).alias("known_on"))
        .select("iso3", "year", *names.values(), "known_on")
        .sort("iso3", "year")
    )
