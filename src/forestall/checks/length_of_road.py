"""W241, W242: kilometres against the great circle, and hours against kilometres."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from forestall.checks.plausible import likely_cause, threshold
from forestall.checks.rows import LINE, found, with_lines
from forestall.core.errors import Finding
from forestall.core.geography import great_circle_km
from forestall.crisis import Crisis

USUAL = 1.3
"""Road over great circle, as most roads are."""
USUAL_KM_PER_HOUR = 50.0
ROADS = ("road", "walk")


def find_length(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every road that is shorter than the great circle or far longer."""
    on_earth = pl.col("lon").is_between(-180, 180) & pl.col("lat").is_between(-90, 90)
    where = crisis["places"].select("place", "lon", "lat").filter(on_earth)
    rows = (
        with_lines(crisis, "corridors")
        .filter(pl.col("mode").is_in(ROADS) & (pl.col("km") > 0))
        .join(where, left_on="from_place", right_on="place")
        .join(where, left_on="to_place", right_on="place", suffix="_to")
        .drop_nulls(["km", "lon", "lat", "lon_to", "lat_to"])
    )
    if rows.is_empty():
        return
    ends = [rows[name].to_numpy().astype(np.float64) for name in ("lon", "lat", "lon_to", "lat_to")]
    rows = rows.with_columns(line=pl.Series(great_circle_km(*ends)))
    short = pl.col("km") < pl.col("line") * threshold("shortest_over_line") - threshold("slack_km") / 3
    long = pl.col("km") > pl.col("line") * threshold("longest_over_line") + threshold("slack_km")
    for row in rows.filter(short | long).select(LINE, "km", "line").iter_rows():
        line, km, straight = row
        cause = likely_cause(
            "kilometres", km / (USUAL * max(straight, 1.0)), "look at the length and at both points"
        )
        expected = (
            f"about {USUAL * straight:,.0f} km or a little more: the great circle is {straight:,.0f} km"
        )
        yield from _one("W241", f"the length does not fit the two places; {cause}", line, "km", km, expected)


def find_hours(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every road that is driven faster or slower than anybody does."""
    rows = (
        with_lines(crisis, "corridors")
        .filter((pl.col("mode") == "road") & (pl.col("km") > 0) & (pl.col("free_hours") > 0))
        .with_columns(speed=pl.col("km") / pl.col("free_hours"))
    )
    doubted = (pl.col("speed") > threshold("fastest_km_per_hour")) | (
        pl.col("speed") < threshold("slowest_km_per_hour")
    )
    for line, hours, km, speed in rows.filter(doubted).select(LINE, "free_hours", "km", "speed").iter_rows():
        minutes = "looks like minutes" if 0.3 <= speed * 60 / USUAL_KM_PER_HOUR <= 3 else ""
        cause = minutes or likely_cause("kilometres", speed / USUAL_KM_PER_HOUR, "look at both figures")
        message = f"{km:,g} km in {hours:g} hours is {speed:,.0f} km/h; {cause}"
        yield from _one(
            "W242", message, line, "free_hours", hours, f"near {km / USUAL_KM_PER_HOUR:.1f} hours"
        )


def _one(
    code: str, message: str, line: int | None, column: str, value: float, expected: str
) -> Iterator[Finding]:
    """Yield one finding about a corridor."""
    row = pl.DataFrame({LINE: [line], column: [value]}, schema={LINE: pl.Int64, column: pl.Float64})
    yield from found(code, message, "corridors", row, column, expected=expected)
