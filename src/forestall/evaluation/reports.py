"""The score commands: what they compute, as plain mappings."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.errors import UsageError
from forestall.evaluation.backtest import (
    SCORES,
    Scored,
    gain_interval,
    score_from,
    score_year,
    share_of_worst,
    stratum_scores,
)
from forestall.warning.conflictology import Conflictology
from forestall.warning.models import model_named
from forestall.warning.months import parse_month

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forestall.warning.panel import Panel
    from forestall.warning.protocol import Forecaster, Model

BASELINE = Conflictology(12)
VINTAGE = "final vintage: later revisions of the past months are in the panel"
OTHER_VINTAGE = "pseudo-real-time: models see another release than the one they are judged on"


def parse_years(text: str) -> list[int]:
    """Read ``2018:2023`` or ``2018,2020`` as years.

    Raises
    ------
    UsageError
        When the text is neither.

    Examples
    --------
    >>> parse_years("2018:2020"), parse_years("2018")
    ([2018, 2019, 2020], [2018])
    """
    try:
        if ":" in text:
            first, last = (int(part) for part in text.split(":"))
            years = list(range(first, last + 1))
        else:
            years = [int(part) for part in text.split(",")]
    except ValueError as error:
        raise UsageError(f"{text!r} are not years; write 2018:2023 or 2018,2020") from error
    if not years:
        raise UsageError(f"{text!r} holds no year; write the first year first, as 2018:2023")
    return years


def score_warn(
    panel: Panel,
    years: Sequence[int],
    model: str,
    draws: int = 1000,
    *,
    past: Panel | None = None,
    lag: int = 0,
) -> dict[str, Any]:
    """Score a model year by year beside conflictology over 12 months.

    Parameters
    ----------
    panel
        The whole panel; each year's model sees it only to October of the year before.
    years
        Years forecast.
    model
        Name of the model.
    draws
        Draws a cell.
    past
        Another release of the same countries, which the models see instead of the panel.
    lag
        Months before the origin that are not released yet.

    Raises
    ------
    UsageError
        Where the panel holds no month of a year, or none before it.
    """
    start = perf_counter()
    method = model_named(model)
    _require_years(panel, years)
    ours, base = (
        [score_year(one, panel, year, draws, past=past, lag=lag) for year in years]
        for one in (method, BASELINE)
    )
    return {
        "model": model,
        "years": {str(year): _year(one) for year, one in zip(years, ours, strict=True)},
        "mean": _mean(ours),
        "baseline": {
            "model": BASELINE.name,
            "mean": _mean(base),
            "years": {str(y): _year(b) for y, b in zip(years, base, strict=True)},
        },
        "gain_ign": 1 - _mean(ours)["ign"] / _mean(base)["ign"],
        "gain_ign90": list(gain_interval(ours, base, "ign")),
        "gain_crps90": list(gain_interval(ours, base, "crps")),
        "gain_log_crps90": list(gain_interval(ours, base, "log_crps")),
        "share_three_worst": {score: share_of_worst(ours, score) for score in ("crps", "ign", "log_crps")},
        "strata": stratum_scores(ours),
        "strata_baseline": stratum_scores(base),
        "gain_ign90_quiet": list(gain_interval(_quiet(ours), _quiet(base), "ign")),
        "mode": VINTAGE if past is None else OTHER_VINTAGE,
        "lag_months": lag,
        "draws": draws,
        "model_seconds": {str(year): one.seconds for year, one in zip(years, ours, strict=True)},
        "seconds": perf_counter() - start,
    }


def _require_years(panel: Panel, years: Sequence[int]) -> None:
    for year in years:
        if parse_month(f"{year}-01") > panel.last_month:
            raise UsageError(f"the panel ends before {year}; it holds months to number {panel.last_month}")
        if parse_month(f"{year - 1}-10") < panel.first_month + 60:
            raise UsageError(f"the panel begins too late to forecast {year}; five years before it are needed")


def _year(scored: Scored) -> dict[str, float]:
    row: dict[str, float] = {score: scored.mean(score) for score in SCORES}
    known = int((~np.isnan(scored.cells["ign"])).sum())
    return {**row, "cells": known, "not_assessed": int((~np.isnan(scored.observed)).sum()) - known}


def _mean(scored: Sequence[Scored]) -> dict[str, float]:
    """Average the scores of the years, each year counting the same."""
    return {score: float(np.mean([one.mean(score) for one in scored])) for score in SCORES}


def _quiet(scored: Sequence[Scored]) -> list[Scored]:
    """Keep the cells of countries without a death in the twelve months before the origin."""
    return [
        Scored(
            {name: np.where(one.year_sum == 0, cells, np.nan) for name, cells in one.cells.items()},
            one.observed,
            one.year_sum,
            one.pit,
            one.seconds,
        )
        for one in scored
    ]


def score_horizons(
    panel: Panel, years: Sequence[int], horizons: Sequence[int], model: str, draws: int = 1000
) -> dict[str, Any]:
    """Score a model by horizon from every December, fitted once an origin for all horizons.

    Parameters
    ----------
    panel
        The whole panel.
    years
        Years whose December is the last month known.
    horizons
        Months after it.
    model
        Name of the model.
    draws
        Draws a cell.
    """
    rows: dict[str, dict[str, list[Scored]]] = {}
    reach = list(range(1, max(horizons) + 1))
    for name, method in ((model, model_named(model)), (BASELINE.name, BASELINE)):
        for year in years:
            origin = parse_month(f"{year}-12")
            wide = _WideFit(method, reach)
            for horizon in horizons:
                if origin + horizon <= panel.last_month:
                    scored = score_from(wide, panel, origin, [horizon], draws)
                    rows.setdefault(str(horizon), {}).setdefault(name, []).append(scored)
    return {
        "model": model,
        "origins": [f"{year}-12" for year in years],
        "horizons": {
            horizon: {
                name: {"ign": _mean(s)["ign"], "crps": _mean(s)["crps"], "origins": len(s)}
                for name, s in both.items()
            }
            for horizon, both in rows.items()
        },
        "mode": VINTAGE,
    }


class _WideFit:
    """A method fitted once for a wide reach of horizons, whatever is predicted."""

    def __init__(self, method: Model, reach: Sequence[int]) -> None:
        self._method, self._reach = method, reach
        self._fitted: dict[int, Forecaster] = {}

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._method.name

    def fit(self, panel: Panel, horizons: Sequence[int]) -> Forecaster:  # noqa: ARG002
        """Fit once a panel end."""
        if panel.last_month not in self._fitted:
            self._fitted[panel.last_month] = self._method.fit(panel, self._reach)
        return self._fitted[panel.last_month]


def month_of(text: str) -> int:
    """Read a month from the command line.

    Raises
    ------
    UsageError
        When the text is not a month.

    Examples
    --------
    >>> month_of("2010-01")
    361
    """
    try:
        return parse_month(text)
    except ValueError as error:
        raise UsageError(str(error)) from error
