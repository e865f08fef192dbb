"""The same event told by two sources is one event.

Two events are the same where kind and unit are, they are at most a day and 25 km apart, and no other
pair of the two sources is nearer. A source is never matched with itself: it knows its own events.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from forestall.core.geography import great_circle_km
from forestall.schema import frame

DAYS = 1
"""Sources date an event by when it began, or by when it was told."""
KM = 25.0
"""About the size of a district: the precision to which many events are placed."""
OF = "_from"


def one_of_each(events: pl.DataFrame, order: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the events with each of them once, and the table of what was matched.

    Parameters
    ----------
    events
        Events with a column ``_from``, the source that was asked.
    order
        Sources, the one whose event stands first.

    Returns
    -------
    tuple
        The events without those left out, and the table event_matches.
    """
    placed = events.filter(pl.col("lon").is_not_null() & pl.col("lat").is_not_null())
    kept, matches = placed.filter(pl.col(OF) == order[0]) if order else placed, list[pl.DataFrame]()
    for source in order[1:]:
        fresh = placed.filter(pl.col(OF) == source)
        pairs = _nearest_pairs(kept, fresh)
        matches.append(pairs)
        kept = pl.concat([kept, fresh.filter(~pl.col("event").is_in(pairs["same_as"].implode()))])
    table = frame("event_matches", pl.concat(matches)) if matches else frame("event_matches", [])
    return events.filter(~pl.col("event").is_in(table["same_as"].implode())), table


def _nearest_pairs(kept: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
    """Return pairs of events that are the same, each event in one pair at most, the nearest first."""
    near = kept.with_columns(pl.lit([*range(-DAYS, DAYS + 1)]).alias("_shift")).explode("_shift")
    near = near.with_columns(pl.col("date").dt.offset_by(pl.format("{}d", "_shift")).alias("_day"))
    both = near.join(fresh, left_on=["_day", "kind"], right_on=["date", "kind"], suffix="_other")
    both = both.filter(pl.col("unit").eq_missing(pl.col("unit_other")))
    km = great_circle_km(both["lon"], both["lat"], both["lon_other"], both["lat_other"])
    both = both.with_columns(
        pl.Series("km_apart", km, dtype=pl.Float64), pl.col("_shift").abs().alias("days_apart")
    )
    both = both.filter(pl.col("km_apart") <= KM).sort("days_apart", "km_apart", "event", "event_other")
    taken, pairs = set[str](), list[int]()
    for row, (one, other) in enumerate(both.select("event", "event_other").iter_rows()):
        if one not in taken and other not in taken:
            taken |= {one, other}
            pairs.append(row)
    return both[pairs].select(
        "event",
        pl.col(OF).alias("source"),
        pl.col("event_other").alias("same_as"),
        pl.col(f"{OF}_other").alias("same_source"),
        "kind",
        "date",
        pl.col("days_apart").cast(pl.Int64),
        pl.col("km_apart").round(1),
        "value",
        pl.col("value_other").alias("same_value"),
        "unit",
    )
