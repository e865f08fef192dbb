"""Who depends on whom, as known at the moment."""

import polars as pl

from forestall.crisis import Crisis
from forestall.schema import frame

KEY = ("actor", "partner", "channel", "year")


def known_ties(ties: pl.DataFrame) -> pl.DataFrame:
    """Return one row per actor, partner, channel and year: the one known last.

    A row that holds a share goes before one that says that it is not known.

    Parameters
    ----------
    ties : polars.DataFrame
        The table ``ties``.
    """
    return (
        ties.sort(pl.col("share").is_not_null(), "known_at", "tie", maintain_order=True)
        .unique(subset=KEY, keep="last", maintain_order=True)
        .sort(KEY)
    )


def ties_table(crisis: Crisis) -> pl.DataFrame:
    """Return the ties known at the moment; an empty share is not known, never nothing.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    """
    rows = known_ties(crisis["ties"])
    return frame("ties_table", rows.select(*KEY, "share", "of_what", "source", "confidence"))


def ties_compared(crisis: Crisis) -> pl.DataFrame:
    """Return what one partner delivers beside the largest other partner of the same or an earlier year.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.

    Returns
    -------
    polars.DataFrame
        The table ``ties_compared``: ratio = flow / flow of the largest other partner, in one
        unit; one row per year of comparison.
    """
    measured = pl.col("flow").is_not_null() & pl.col("flow_unit").is_not_null()
    flows = known_ties(crisis["ties"]).filter(measured)
    others = flows.select(
        "actor", "channel", "flow_unit", pl.col("partner").alias("compared_partner"),
        pl.col("year").alias("compared_year"), pl.col("flow").alias("compared_flow"),
    )  # fmt: skip
    pairs = flows.join(others, on=["actor", "channel", "flow_unit"], maintain_order="left").filter(
        (pl.col("partner") != pl.col("compared_partner"))
        & (pl.col("compared_year") <= pl.col("year"))
        & (pl.col("compared_flow") > 0)
    )
    key = ["actor", "channel", "partner", "year", "compared_year"]
    largest = pairs.sort("compared_flow", descending=True, maintain_order=True).unique(
        key, keep="first", maintain_order=True
    )
    ratio = (pl.col("flow") / pl.col("compared_flow")).alias("ratio")
    columns = [*key, "share", "flow", "flow_unit", "compared_partner", "compared_flow"]
    return frame("ties_compared", largest.select(*columns, ratio)).sort(key)
