"""Simulated displacement against the recorded counts of an imported crisis, arm by arm."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.arrays import Floats, Ints
from forestall.core.errors import UsageError
from forestall.core.names import nearest
from forestall.schema.conventions import BAND
from forestall.scoring.displacement import HELD_DAY, ard, naive, rmse

if TYPE_CHECKING:
    from forestall.crisis import Crisis
    from forestall.flee.engine.instance import FleeInstance
    from forestall.flee.engine.simulate import FleeResult
    from forestall.options.flee import FleeSettings

ARMS = ("with capacities", "without capacities", "forecast")
CALIBRATION_DAYS = 30
CALIBRATION_DRAWS = 4
GRID: dict[str, tuple[float, ...]] = {
    "camp_weight": (1.0, 2.0, 5.0),
    "conflict_weight": (0.1, 0.25, 0.5),
    "default_movechance": (0.3, 0.5),
}
"""Settings tried on the first 30 days in the arm ``forecast``."""


def score_displacement(
    crisis: Crisis, *, rules: str = "flee-3", draws: int = 20, seed: int = 1, arm: str = ARMS[0]
) -> dict[str, Any]:
    """Score the rules of the peer on an imported crisis.

    Parameters
    ----------
    crisis : Crisis
        With the tables that the import of a Flee folder writes.
    rules : str
        Rule set.
    draws, seed : int
        Number of draws and seed.
    arm : {"with capacities", "without capacities", "forecast"}
        With capacities as the peer; without, since they often are the largest count that is to be
        forecast; forecast: without capacities, weights fitted on the first 30 days, scored after.

    Returns
    -------
    dict
        ``ard_raw`` and ``ard_rescaled`` (means over draws of each draw's error) with their standard
        deviation over draws, ``rmse``, people by camp at the end, ``cpu_s_per_draw`` after any
        compilation, ``cohorts_max``, ``naive`` rows, and what is known of neither.

    Raises
    ------
    UsageError
        Where the arm is unknown.
    CrisisError
        Where the tables cannot be used.
    """
    from forestall.flee.engine.from_tables import instance_of
    from forestall.flee.engine.simulate import simulate, warm_up

    if arm not in ARMS:
        raise UsageError(f"unknown arm {arm!r}; nearest: {nearest(arm, ARMS)}; known: {', '.join(ARMS)}")
    limits = instance_of(crisis)
    if arm == "forecast" and limits.days <= CALIBRATION_DAYS:
        raise UsageError(
            f"the arm forecast is fitted on {CALIBRATION_DAYS} days; the crisis has only {limits.days}"
        )
    instance = limits if arm == ARMS[0] else instance_of(crisis, arm=ARMS[1])
    fitted: dict[str, float] = {}
    warm_up()
    if arm == "forecast":
        instance, fitted = calibrated(instance, rules, seed)
    started = time.process_time()
    result = simulate(instance, rules=rules, draws=draws, seed=seed)
    seconds = time.process_time() - started
    first = CALIBRATION_DAYS if arm == "forecast" else 0
    return {
        "crisis": crisis.settings.title,
        "rules": rules,
        "arm": arm,
        "draws": draws,
        "seed": seed,
        "days_scored": instance.days - first,
        **errors_of(limits, result, first),
        "people": int(result.total[:, -1].max()),
        "people_without_origin": int(result.stuck.sum(axis=1).max()),
        "cpu_s_per_draw": seconds / draws,
        "cohorts_max": result.cells,
        "fitted_on_first_30_days": fitted or None,
        "note": "the number of people is taken from the recorded counts; only their places are forecast",
    }


def errors_of(instance: FleeInstance, result: FleeResult, first: int = 0) -> dict[str, Any]:
    """Return errors of a result from a day on, over the camps that have recorded counts."""
    recorded = instance.reference(result.places)
    known = np.isfinite(recorded[0])
    names = [name for name, has in zip(result.places, known, strict=True) if has]
    if not names:
        return {
            "ard_raw": None,
            "ard_rescaled": None,
            "naive": {},
            "camps": {},
            "camps_without_counts": list(result.places),
        }
    simulated, counts = result.people[:, first:, known], recorded[first:, known]
    raw, rescaled = ard(simulated, counts), ard(simulated, counts, rescaled=True)
    return {
        "ard_raw": float(raw.mean()),
        "ard_rescaled": float(rescaled.mean()),
        "ard_raw_sd": float(raw.std()),
        "ard_rescaled_sd": float(rescaled.std()),
        "rmse": float(rmse(simulated, counts).mean()),
        "naive": naive(counts, _capacities(instance, names), held_day=HELD_DAY if first == 0 else 0),
        "camps": camp_table(names, simulated, counts),
        "camps_without_counts": [n for n, has in zip(result.places, known, strict=True) if not has],
    }


def camp_table(names: list[str], simulated: Ints, counts: Floats) -> dict[str, dict[str, float]]:
    """Return people in every camp on the last day: recorded, and median and 90 % band of the draws."""
    low, middle, high = np.quantile(simulated[:, -1], BAND, axis=0)
    return {
        name: {
            "recorded": float(counts[-1, i]),
            "q05": float(low[i]),
            "q50": float(middle[i]),
            "q95": float(high[i]),
        }
        for i, name in enumerate(names)
    }


def _capacities(instance: FleeInstance, names: list[str]) -> Floats:
    index = instance.index()
    return np.array([instance.places[index[name]].capacity for name in names])


def calibrated(instance: FleeInstance, rules: str, seed: int) -> tuple[FleeInstance, dict[str, float]]:
    """Return the instance with the settings of the grid that fit the first 30 days best."""
    start = shortened(instance, CALIBRATION_DAYS)
    best, chosen = float("inf"), dict[str, float]()
    for values in grid():
        error = _early_error(with_settings(start, values), rules, seed)
        if error < best:
            best, chosen = error, values
    return with_settings(instance, chosen), chosen


def grid() -> Iterable[dict[str, float]]:
    """Return every combination of the settings that are tried.

    Examples
    --------
    >>> len(list(grid()))
    18
    """
    return (dict(zip(GRID, values, strict=True)) for values in product(*GRID.values()))


def with_settings(instance: FleeInstance, values: dict[str, float]) -> FleeInstance:
    """Return the instance with other settings."""
    settings: FleeSettings = instance.settings.model_copy(update=values)
    return replace(instance, settings=settings)


def _early_error(instance: FleeInstance, rules: str, seed: int) -> float:
    from forestall.flee.engine.simulate import simulate

    error = errors_of(instance, simulate(instance, rules=rules, draws=CALIBRATION_DRAWS, seed=seed))
    return float("inf") if error["ard_rescaled"] is None else float(error["ard_rescaled"])


def shortened(instance: FleeInstance, days: int) -> FleeInstance:
    """Return the first days of an instance: nothing after them is kept."""
    days = min(days, instance.days)
    return replace(
        instance,
        days=days,
        conflict={name: values[:days] for name, values in instance.conflict.items()},
        series={name: values[:days] for name, values in instance.series.items()},
        total=instance.total[:days],
    )
