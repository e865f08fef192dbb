"""Official scores of the VIEWS prediction challenge, computed again and compared cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.core.errors import UsageError
from forestall.scoring.forecasts import (
    crps,
    ignorance,
    interval_score,
    official_resampling,
)

if TYPE_CHECKING:
    from collections.abc import Callable


# Folder of official scores -> start of the name of the sample files.
BENCHMARKS = {
    "bm_conflictology": "bm_conflictology_cm",
    "bm_zero": "bm_zero_cm",
    "bm_boot_240": "bm_boot_240_cm",
    "bm_last_historical_poisson": "bm_last_cm",
}
SCORES: dict[str, Callable[[Floats, Floats], Floats]] = {
    "crps": crps,
    "ign": lambda draws, observed: ignorance(official_resampling(draws), observed),
    "mis": interval_score,
}


class Comparison(NamedTuple):
    """One official file against our own figures."""

    benchmark: str
    year: int
    score: str
    cells: int
    largest_difference: float
    official_mean: float
    our_mean: float


def compare_official(folder: Path) -> list[Comparison]:
    """Score the official samples again and compare with every official file.

    Parameters
    ----------
    folder
        Holds ``*actuals_YEAR.parquet``, ``bm_*_cm_YEAR.parquet`` and
        ``eval/BENCHMARK/YYEAR_SCORE.csv.gz``.

    Returns
    -------
    list of Comparison
        One per official file.

    Raises
    ------
    UsageError
        Where the folder holds no official file.
    """
    found = [
        comparison
        for benchmark, start in BENCHMARKS.items()
        for actuals in sorted(folder.glob("*actuals_*.parquet"))
        for comparison in _compare_year(folder, benchmark, start, actuals)
    ]
    if not found:
        raise UsageError(
            f"{folder} holds no official scores; expected eval/BENCHMARK/Y2018_crps.csv.gz "
            "beside bm_conflictology_cm_2018.parquet and *actuals_2018.parquet"
        )
    return found


def _compare_year(folder: Path, benchmark: str, start: str, actuals: Path) -> list[Comparison]:
    year = int(actuals.stem.rsplit("_", 1)[1])
    samples = folder / f"{start}_{year}.parquet"
    files = {name: folder / "eval" / benchmark / f"Y{year}_{name}.csv.gz" for name in SCORES}
    if not samples.is_file() or not any(path.is_file() for path in files.values()):
        return []
    draws, keys = read_samples(pl.read_parquet(samples))
    observed = keys.join(
        _cells(pl.read_parquet(actuals)), on=["month_id", "country_id"], how="left", maintain_order="left"
    )
    came = observed["outcome"].cast(pl.Float64).to_numpy()
    rows = []
    for name, path in files.items():
        if path.is_file():
            official = keys.join(
                _cells(pl.read_csv(path)), on=["month_id", "country_id"], how="left", maintain_order="left"
            )
            theirs = official["value"].to_numpy()
            ours = SCORES[name](draws if name != "crps" else np.sort(draws, axis=-1), came)
            gap = float(np.abs(ours - theirs).max())
            means = float(theirs.mean()), float(ours.mean())
            rows.append(Comparison(benchmark, year, name, len(ours), gap, *means))
    return rows


def _cells(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.col("month_id", "country_id").cast(pl.Int64))


def read_samples(table: pl.DataFrame) -> tuple[Floats, pl.DataFrame]:
    """Lay samples out as one row of draws per cell, in the order of the draws.

    Parameters
    ----------
    table
        Columns month_id, country_id, draw, outcome.

    Returns
    -------
    tuple
        Draws, shape (cells, draws), and the cells (month_id, country_id).
    """
    ordered = table.sort("month_id", "country_id", "draw")
    count = ordered["draw"].n_unique()
    keys = ordered.select("month_id", "country_id")[::count].with_columns(pl.all().cast(pl.Int64))
    return ordered["outcome"].cast(pl.Float64).to_numpy().reshape(-1, count), keys
