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
