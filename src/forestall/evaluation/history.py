"""Odds of every month since 2010 for all countries, made once and shipped, so that triggers have a history.

What takes minutes is the refit of each January; the table holds the odds alone, and deaths, outcomes
and strata are counted again from the panel.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forestall.evaluation.hindcast import LAG, Hindcast, outcomes
from forestall.warning.features import EVENT, Features

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forestall.warning.panel import Panel

FILE = "history.parquet"
DIGITS = 5
"""Decimals of the odds that are kept."""


def history_table(casts: dict[int, Hindcast]) -> pl.DataFrame:
    """Lay hindcasts out as a table: within, month, where, odds.

    Parameters
    ----------
    casts
        Hindcasts by the length of their window in months.
    """
    frames = []
    for within, cast in casts.items():
        months, countries = cast.odds.shape
        frames.append(
            pl.DataFrame(
                {
                    "within": np.full(months * countries, within, dtype=np.int16),
                    "month": np.repeat(cast.first_month + np.arange(months), countries).astype(np.int16),
                    "where": np.tile(np.array(cast.countries), months),
                    "odds": np.round(cast.odds.ravel(), DIGITS).astype(np.float32),
                }
            ).filter(pl.col("odds").is_not_nan())
        )
    return pl.concat(frames)


@cache
def _shipped() -> pl.DataFrame:
    path = files("forestall.evaluation").joinpath(FILE)
    return pl.read_parquet(path.read_bytes())


def history(panel: Panel, first: int, last: int, within: int) -> Hindcast | None:
    """Return the hindcast of the shipped history; None where it does not cover what is asked.

    Parameters
    ----------
    panel
        The shipped panel, whose deaths the odds were made from.
    first, last
        Numbers of the first and last month at whose end odds were given.
    within
        Length of the window in months.
    """
    rows = _shipped().filter((pl.col("within") == within) & pl.col("month").is_between(first, last))
    if not rows.height or rows["month"].min() != first or rows["month"].max() != last:
        return None
    odds = np.full((last - first + 1, len(panel.countries)), np.nan)
    column = {name: index for index, name in enumerate(panel.countries)}
    at = np.array([column[name] for name in rows["where"]], dtype=int)
    odds[rows["month"].to_numpy().astype(int) - first, at] = rows["odds"].to_numpy()
    newest, stratum = _known_then(panel, range(first, last + 1))
    event, wait = outcomes(panel, first, last, within)
    return Hindcast(first, panel.countries, odds, newest, event, wait, stratum)


def _known_then(panel: Panel, months: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the newest deaths and the stratum at the end of each month."""
    features = Features(panel)
    rows = np.array(months) - LAG - panel.first_month
    year_sum = features.year_sum[rows]
    return panel.deaths[rows], (year_sum > 1 / 2).astype(float) + (year_sum > EVENT)
