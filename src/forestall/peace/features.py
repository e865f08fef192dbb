"""What is known of an ending, as numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.peace.endings import KINDS

FLAGS = ("territory", "war", "between_states", "colonial")
WITH_EFFECT = ("commission", "peacekeepers", "withdrawal", "guarantor", "power sharing", "autonomy")
"""Provisions that enter the model; the others are too rare beside agreements to tell apart."""
TIME = ("constant", "log years since", "after the first year")
REFERENCE = "low activity"
LONGEST = 25
"""Years after an ending that the model looks at."""


def names() -> tuple[str, ...]:
    """Return the names of the columns, the constant and time since the ending first."""
    kinds = tuple(kind for kind in KINDS if kind != REFERENCE)
    history = ("log years fought", "log rounds before", "others fighting")
    return (*TIME, *kinds, *FLAGS, *history, "any agreement", "full agreement", *WITH_EFFECT)


def row_of(ending: Mapping[str, Any]) -> list[float]:
    """Return the part of the features that does not change with time.

    Parameters
    ----------
    ending : mapping
        A row of the table of endings; a flag that is None is not known and takes one half.

    Examples
    --------
    >>> from forestall.peace.endings import load_endings
    >>> len(row_of(load_endings().row(0, named=True))) + 3 == len(names())
    True
    """
    provisions = set((ending["provisions"] or "").split("|"))
    flags = [0.5 if ending[flag] is None else float(ending[flag]) for flag in FLAGS]
    kinds = [float(ending["kind"] == kind) for kind in KINDS if kind != REFERENCE]
    counts = (ending["years"] or 1, ending["rounds_before"] or 0, ending.get("others_fighting") or 0)
    fought = [float(np.log1p(count)) for count in counts]
    agreed = [float(bool(ending["scope"])), float(ending["scope"] == "full")]
    return [*kinds, *flags, *fought, *agreed, *(float(name in provisions) for name in WITH_EFFECT)]


def years_ahead(row: Sequence[float], first: int, last: int) -> Floats:
    """Return the features of an ending in each year after it, from ``first`` to ``last``.

    Returns
    -------
    array, shape (years, columns)
    """
    since = np.arange(first, last + 1, dtype=np.float64)
    time = np.column_stack([np.ones_like(since), np.log(since), (since > 1).astype(np.float64)])
    return np.hstack([time, np.tile(np.asarray(row, dtype=np.float64), (len(since), 1))])


def dyad_years(endings: pl.DataFrame, until: int) -> tuple[Floats, Floats]:
    """Return a row per ending and year watched, and whether fighting came back in that year.

    Parameters
    ----------
    endings : polars.DataFrame
        As known by the end of ``until``.
    until : int
        Last year watched.

    References
    ----------
    Beck, N., Katz, J. N. and Tucker, R. (1998), Taking time seriously: time-series-cross-section
    analysis with a binary dependent variable, American Journal of Political Science 42(4):1260-1288,
    https://doi.org/10.2307/2991857
    """
    features, outcomes = [], []
    for ending in endings.iter_rows(named=True):
        again = ending["again"]
        last = min((again or until) - ending["year"], until - ending["year"], LONGEST)
        if last < 1:
            continue
        features.append(years_ahead(row_of(ending), 1, last))
        outcome = np.zeros(last)
        outcome[-1] = float(again is not None and again - ending["year"] == last)
        outcomes.append(outcome)
    return np.vstack(features), np.concatenate(outcomes)
