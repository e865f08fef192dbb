"""Forecasts of any model as one tidy table, and their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.core.errors import UsageError
from forestall.evaluation.backtest import score_cells
from forestall.warning.months import first_day

if TYPE_CHECKING:
    from collections.abc import Sequence


FORECAST = ("model", "issued_on", "horizon", "place", "target", "draw", "value")
CELL = ["model", "issued_on", "horizon", "place", "target"]


def tidy_forecast(
    model: str, origin: int, horizons: Sequence[int], places: Sequence[str], draws: Floats
) -> pl.DataFrame:
    """Lay draws out as rows: model, issued_on, horizon, place, target, draw, value.

    Parameters
    ----------
    model
        Name of the model.
    origin
        Number of the last month known; ``issued_on`` is the first day of the next.
    horizons
        Months after the origin.
    places
        Codes.
    draws
        Shape (horizons, places, draws); cells with NaN are left out: not assessed.

    Examples
    --------
    >>> table = tidy_forecast("a", 121, [1], ["X"], np.array([[[0.0, 2.0]]]))
    >>> table["target"][0].isoformat(), table.height
    ('1990-02-01', 2)
    """
    count = draws.shape[-1]
    cells = [
        (step, place)
        for step in range(len(horizons))
        for place in range(len(places))
        if not np.isnan(draws[step, place]).any()
    ]
    values = [draws[step, place] for step, place in cells]
    return pl.DataFrame(
        {
            "model": [model] * (len(cells) * count),
            "issued_on": [first_day(origin + 1)] * (len(cells) * count),
            "horizon": np.repeat([horizons[step] for step, _ in cells], count),
            "place": np.repeat([places[place] for _, place in cells], count),
            "target": [first_day(origin + horizons[step]) for step, _ in cells for _ in range(count)],
            "draw": np.tile(np.arange(count), len(cells)),
            "value": np.concatenate(values) if values else np.empty(0),
        }
    )


def score_tidy(forecasts: pl.DataFrame, observed: pl.DataFrame) -> pl.DataFrame:
    """Score a tidy table of draws cell by cell.

    Parameters
    ----------
    forecasts
        Columns model, issued_on, horizon, place, target (first day of the month), draw, value.
    observed
        Columns month (number), where, deaths; cells that are not known are left out.

    Returns
    -------
    polars.DataFrame
        One row per model, issue, horizon, place and target with crps, ign, mis, log_crps,
        coverage90 and brier.

    Raises
    ------
    UsageError
        Where a column is missing.
    """
    missing = [name for name in FORECAST if name not in forecasts.columns]
    if missing:
        raise UsageError(f"the table of forecasts lacks {', '.join(missing)}; it needs {', '.join(FORECAST)}")
    came = observed.drop_nulls("deaths").with_columns(
        pl.col("month").map_elements(first_day, return_dtype=pl.Date).alias("target"),
        pl.col("where").alias("place"),
    )
    cells = forecasts.group_by(CELL, maintain_order=True).agg(pl.col("value").sort())
    known = cells.join(
        came.select("target", "place", "deaths"), on=["target", "place"], maintain_order="left"
    )
    parts = []
    for (_,), part in known.group_by(pl.col("value").list.len(), maintain_order=True):
        draws = np.array(part["value"].to_list(), dtype=np.float64)
        scores = score_cells(draws, part["deaths"].to_numpy().astype(np.float64))
        parts.append(part.drop("value", "deaths").with_columns(pl.DataFrame(scores)))
    return pl.concat(parts) if parts else known.drop("value", "deaths")
