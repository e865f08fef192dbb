"""The models by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forestall.core.errors import UsageError
from forestall.core.names import nearest
from forestall.options.warn import ALIASES
from forestall.warning.baselines import AllMonths, Analogue, LastMonth, NegativeBinomial
from forestall.warning.conflictology import Conflictology
from forestall.warning.pool import Pool
from forestall.warning.sequential import Sequential

if TYPE_CHECKING:
    from collections.abc import Callable

    from forestall.warning.protocol import Model


def _learn() -> Model:
    from forestall.warning.learn import LearnedPool

    return LearnedPool()


MODELS: dict[str, Callable[[], Model]] = {
    "pool": Pool,
    "learn": _learn,
    "sequential": Sequential,
    "analogue": Analogue,
    "conflictology-12": lambda: Conflictology(12),
    "conflictology-24": lambda: Conflictology(24),
    "conflictology-60": lambda: Conflictology(60),
    "conflictology-12-neighbours": lambda: Conflictology(12, 0.1),
    "negative-binomial": NegativeBinomial,
    "last-month": LastMonth,
    "all-countries": AllMonths,
}
MODEL_NAMES = tuple(MODELS)
NEEDS_A_PANEL = ("learn", "sequential", "analogue", "all-countries")
"""Models that learn from all countries: a crisis folder has too few."""


def model_named(name: str) -> Model:
    """Return the model of a name.

    Raises
    ------
    UsageError
        Where there is no such model; the nearest name is given.

    Examples
    --------
    >>> model_named("conflictology-12").name
    'conflictology-12'
    """
    name = ALIASES.get(name, name)
    if name not in MODELS:
        hint = nearest(name, MODELS)
        raise UsageError(
            f"unknown model {name!r}"
            + (f"; nearest: {hint}" if hint else "")
            + "; models: "
            + ", ".join(MODELS)
        )
    return MODELS[name]()
