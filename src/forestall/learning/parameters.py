"""What is learnt: the parameters of the daily rules and their ranges before any count is seen."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np

from forestall.core.arrays import Floats, Ints
from forestall.core.random import normals
from forestall.displacement.priors import Prior

Values = Mapping[str, Floats]
BEFORE_ALL = date(2012, 1, 1)
"""What the ranges rest on was public by then; gravity models and flights of earlier decades."""


@cache
def ranges() -> Mapping[str, Prior]:
    """Return the ranges of ``parameters.csv`` by name.

    Examples
    --------
    >>> ranges()["nearest_km"].unit
    'km'
    """
    text = files("forestall.learning").joinpath("parameters.csv").read_text(encoding="utf-8")
    return {row["name"]: _range(row) for row in csv.DictReader(text.splitlines())}


def _range(row: Mapping[str, str]) -> Prior:
    a, b, c = (float(row[key]) if row[key] else 0.0 for key in "abc")
    why = "Literature and flights before 2012"
    return Prior(row["name"], row["distribution"], a, b, c, row["unit"], row["source"], why, BEFORE_ALL)


def names() -> tuple[str, ...]:
    """Return the names of the parameters, in their order in every array of scores."""
    return tuple(ranges())


def values_of(scores: Floats) -> dict[str, Floats]:
    """Return the values at standard normal scores.

    Parameters
    ----------
    scores : array of float, shape (draws, parameters)
        One column per parameter, in the order of :func:`names`.

    Examples
    --------
    >>> round(float(values_of(np.zeros((1, len(names()))))["nearest_km"][0]), 6)
    50.0
    """
    return {name: prior.quantile(scores[:, i]) for i, (name, prior) in enumerate(ranges().items())}


def prior_scores(seed: int, draws: Ints, purpose: str = "prior") -> Floats:
    """Return independent standard normal scores, shape (draws, parameters); each keyed by its name."""
    columns = [normals(seed, f"learning:{purpose}:{name}", draws) for name in names()]
    return np.stack(columns, axis=1)
