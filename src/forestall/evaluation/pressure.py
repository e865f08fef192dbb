"""Threats and sanctions out of time: rates of earlier cases judged on later ones, beside the pooled rate."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.core.random import stream
from forestall.pressure.threats import CELL, cell_rate, load_cells
from forestall.schema.conventions import ENDS

SPLITS = (1980, 1985, 1990, 1995)
RESAMPLES = 500


def score_pressure(seed: int = 1) -> pl.DataFrame:
    """Score the rates by kind of threat against the pooled rate, at each split.

    Known at a split are cases that began and ended before it; judged are those that began later.

    Parameters
    ----------
    seed : int
        Seed of the interval.

    Returns
    -------
    polars.DataFrame
        A row per split: cases known and judged, share that got what was asked in both, log loss of
        the rates by kind and of the pooled rate, and the gain with its 90 % interval (cases resampled).

    References
    ----------
    Good, I. J. (1952), Rational decisions, Journal of the Royal Statistical Society B 14:107-114.
    """
    return pl.DataFrame([_scored(split, seed) for split in SPLITS])


def _scored(split: int, seed: int) -> Mapping[str, Any]:
    """Return the scores at one split."""
    cells = load_cells()
    known = cells.filter((pl.col("began") <= split) & (pl.col("ended") <= split))
    later = cells.filter(pl.col("began") > split)
    pool = _share(known)
    rows = list(_losses(known, later, pool))
    by_kind, pooled = (np.concatenate([row[i] for row in rows]) for i in (0, 1))
    low, high = _interval(pooled - by_kind, seed)
    return {
        "split": split, "known": int(known["n"].sum()), "judged": len(by_kind), "rate_known": pool,
        "rate_judged": _share(later), "log_loss": float(by_kind.mean()),
        "log_loss_pooled": float(pooled.mean()), "gain": float((pooled - by_kind).mean()),
        "gain_low": low, "gain_high": high,
    }  # fmt: skip


def _share(cells: pl.DataFrame) -> float:
    """Return the share of cases that got at least part of what was asked."""
    return int(cells["got"].sum()) / int(cells["n"].sum())


def _losses(known: pl.DataFrame, later: pl.DataFrame, pool: float) -> Iterator[tuple[Floats, Floats]]:
    """Yield the loss of each later case by its kind's rate and by the pooled rate."""
    for row in later.iter_rows(named=True):
        share = cell_rate(known, {name: row[name] for name in CELL}).share
        outcome = np.repeat([1.0, 0.0], [row["got"], row["n"] - row["got"]])
        yield log_loss(share or pool, outcome), log_loss(pool, outcome)


def log_loss(chance: float, outcome: Floats) -> Floats:
    """Return the log loss of one chance for each outcome, shape (cases,).

    Examples
    --------
    >>> log_loss(0.5, np.array([1.0, 0.0])).round(3).tolist()
    [0.693, 0.693]
    """
    return np.asarray(-(outcome * np.log(chance) + (1 - outcome) * np.log(1 - chance)))


def _interval(gain: Floats, seed: int) -> tuple[float, float]:
    """Return the 90 % interval of a mean by resampling cases."""
    numbers = stream(seed, "pressure:resample").integers(0, len(gain), (RESAMPLES, len(gain)))
    low, high = np.quantile(gain[numbers].mean(axis=1), ENDS)
    return float(low), float(high)
