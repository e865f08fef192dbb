"""W255: people of a settlement against the size of the town of that name."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.plausible import likely_cause, threshold
from forestall.checks.rows import LINE, found, with_lines
from forestall.core.errors import Finding
from forestall.core.geography import great_circle_km
from forestall.crisis import Crisis


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every settlement with far more people than any town of the gazetteer near it.

    Far fewer are not doubted: a place may be a part of a town, and war empties towns.
    """
    from forestall.world.read import load_towns

    where = crisis["places"].filter(pl.col("kind") == "settlement").drop_nulls(["lon", "lat", "country"])
    rows = (
        with_lines(crisis, "population")
        .filter((pl.col("level") == "settlement") & (pl.col("group") == "all") & (pl.col("people") > 0))
        .join(where.select("place", "name", "country", "lon", "lat"), on="place")
    )
    towns = load_towns().filter(pl.col("iso3").is_in(rows["country"].unique().implode()))
    for row in rows.iter_rows(named=True):
        size = _largest_near(towns.filter(iso3=row["country"]), row["lon"], row["lat"])
        ratio = row["people"] / size if size else 0.0
        if ratio > threshold("town_ratio"):
            cause = likely_cause("people", ratio, "the whole area, and not the town?")
            here = f"{row['people']:,} people in {row['name']}"
            message = f"{here}, near which no town has more than {size:,}; {cause}"
            line = pl.DataFrame(
                {LINE: [row[LINE]], "people": [row["people"]]}, schema={LINE: pl.Int64, "people": pl.Int64}
            )
            yield from found(
                "W255", message, "population", line, "people", expected=f"near {size:,}, or level district"
            )


def _largest_near(towns: pl.DataFrame, lon: float, lat: float) -> int:
    """Return the people of the largest town nearby; 0 where none is known."""
    if towns.is_empty():
        return 0
    here = (pl.Series([lon] * towns.height).to_numpy(), pl.Series([lat] * towns.height).to_numpy())
    away = great_circle_km(*here, towns["lon"].to_numpy(), towns["lat"].to_numpy())
    near = towns.filter(pl.Series(away <= threshold("town_km")))
    return int(near["people"].max() or 0) if near.height else 0  # type: ignore[arg-type]
