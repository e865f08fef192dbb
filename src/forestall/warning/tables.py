"""From draws by month and country to the tables of the outlook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.core.words import probability_words
from forestall.schema.conventions import summary_columns
from forestall.scoring.intervals import jeffreys_interval
from forestall.warning.months import first_day

if TYPE_CHECKING:
    from collections.abc import Sequence


QUANTILES = summary_columns()


def outlook_table(
    futures: Floats, where: str, months: Sequence[int], last_known: int, event_deaths: int
) -> pl.DataFrame:
    """Lay the futures of one country out as rows of ``outlook``.

    Parameters
    ----------
    futures
        Deaths, shape (months, draws).
    where
        Country.
    months
        Numbers of the months.
    last_known
        Number of the last known month; the horizon counts from it.
    event_deaths
        Deaths in a month from which it counts as an event.
    """
    count, draws = futures.shape
    values = futures.T.ravel()
    return pl.DataFrame(
        {
            "draw": np.repeat(np.arange(draws), count),
            "where": [where] * values.size,
            "month": [first_day(month) for month in months] * draws,
            "horizon": np.tile(np.asarray(months) - last_known, draws),
            "deaths": values,
            "event": (values >= event_deaths).astype(np.int64),
        }
    )


def summary_row(draws: Floats, interval: tuple[float, float], event_deaths: int) -> dict[str, object]:
    """Sum one month up: probability with interval and words, mean and quantiles.

    Parameters
    ----------
    draws
        Draws of one month.
    interval
        90 % interval of the probability.
    event_deaths
        Deaths from which the month counts as an event.
    """
    probability = float(np.mean(draws >= event_deaths))
    quantiles = {name: float(np.quantile(draws, level)) for name, level in QUANTILES.items()}
    return {
        "p_event": probability,
        "p_low": min(interval[0], probability),
        "p_high": max(interval[1], probability),
        "words": probability_words(probability),
        "mean": float(draws.mean()),
        **quantiles,
    }


def odds_row(
    futures: Floats,
    interval: tuple[float, float] | None,
    evidence: int,
    event_deaths: int,
) -> dict[str, object]:
    """Give the odds of at least one event month among the months of the futures.

    Parameters
    ----------
    futures
        Deaths, shape (months, draws).
    interval
        90 % interval; without one the probability is taken as a share of ``evidence`` trials.
    evidence
        Number of known months the model rests on.
    event_deaths
        Deaths from which a month counts as an event.
    """
    probability = float((futures >= event_deaths).any(axis=0).mean())
    low, high = interval or jeffreys_interval(probability * evidence, evidence)
    return {
        "p_event": probability,
        "p_low": min(low, probability),
        "p_high": max(high, probability),
        "words": probability_words(probability),
    }
