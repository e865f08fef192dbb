"""Priors: what is not known is drawn, and each range says where it comes from.

A draw's parameters are one standard normal number per prior, turned into a value by the prior's
quantile function.  The standard normal numbers come from streams keyed by (seed, name, draw), so
that another prior, place or draw never shifts them; fitting to counts moves them (assimilation).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats, Ints
from forestall.core.random import normals

if TYPE_CHECKING:
    from forestall.crisis import Crisis


OF_THE_CRISIS = "priors.csv of the crisis, known by the moment"


@dataclass(frozen=True, slots=True)
class Prior:
    """The range of one parameter before anything is observed.

    Parameters
    ----------
    name : str
        Name of the parameter.
    distribution : {"uniform", "lognormal", "beta", "triangular"}
        Family: uniform(low, high), lognormal(median, sigma), beta(a, b), triangular(low, mode, high).
    a, b, c : float
        Its parameters in that order.
    unit : str
        Unit of the parameter.
    source : str
        Where the range comes from.
    known : str
        Why it could be known at any moment of a replay from that day on.
    known_from : date
        Day from which what it rests on was public; a replay of an earlier moment says so.
    """

    name: str
    distribution: str
    a: float
    b: float
    c: float
    unit: str
    source: str
    known: str
    known_from: date

    def quantile(self, z: Floats) -> Floats:
        """Return the values at standard normal scores ``z``.

        Examples
        --------
        >>> prior = load_priors()["reopening_days"]
        >>> float(prior.quantile(np.array([0.0]))[0])
        7.0
        """
        return _QUANTILES[self.distribution](z, self.a, self.b, self.c)

    def is_range(self) -> bool:
        """Return whether the numbers span a range of the distribution."""
        rising = (
            self.b > self.a
            if self.distribution == "uniform"
            else self.a < self.c and self.a <= self.b <= self.c
        )
        return rising if self.distribution in {"uniform", "triangular"} else self.a > 0 and self.b > 0

    def in_words(self) -> str:
        """Return the family and its parameters as text."""
        names = {"lognormal": ("median", "sigma"), "triangular": ("low", "mode", "high"), "beta": ("a", "b")}
        labels = names.get(self.distribution, ("low", "high"))
        numbers = (self.a, self.b, self.c)[: len(labels)]
        return f"{self.distribution}({', '.join(f'{k} {v:g}' for k, v in zip(labels, numbers, strict=True))})"


def _uniform(z: Floats, low: float, high: float, _: float) -> Floats:
    from scipy.special import ndtr

    return np.asarray(low + (high - low) * ndtr(z), dtype=np.float64)


def _lognormal(z: Floats, median: float, sigma: float, _: float) -> Floats:
    return np.asarray(median * np.exp(sigma * z), dtype=np.float64)


def _beta(z: Floats, a: float, b: float, _: float) -> Floats:
    from scipy.special import betaincinv, ndtr

    return np.asarray(betaincinv(a, b, ndtr(z)), dtype=np.float64)


def _triangular(z: Floats, low: float, mode: float, high: float) -> Floats:
    from scipy.special import ndtr

    u, turn = ndtr(z), (mode - low) / (high - low)
    left = low + np.sqrt(u * (high - low) * (mode - low))
    right = high - np.sqrt((1 - u) * (high - low) * (high - mode))
    return np.asarray(np.where(u < turn, left, right), dtype=np.float64)


_QUANTILES: Mapping[str, Callable[[Floats, float, float, float], Floats]] = {
    "uniform": _uniform,
    "lognormal": _lognormal,
    "beta": _beta,
    "triangular": _triangular,
}


@cache
def load_priors() -> Mapping[str, Prior]:
    """Return the priors by name, as the table ``priors.csv`` gives them.

    Examples
    --------
    >>> load_priors()["people_per_vehicle"].unit
    'people/vehicle'
    """
    text = files("forestall.displacement").joinpath("priors.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["name"]: _prior(row) for row in rows}


def _prior(row: Mapping[str, str]) -> Prior:
    a, b, c = (float(row[key]) if row[key] else 0.0 for key in "abc")
    known_from = date.fromisoformat(row["known_from"])
    return Prior(
        row["name"], row["distribution"], a, b, c, row["unit"], row["source"], row["known"], known_from
    )


def priors_of(crisis: Crisis) -> Mapping[str, Prior]:
    """Return the general priors, with those that the crisis brings in their place."""
    general = load_priors()
    own: dict[str, Prior] = {}
    for row in crisis["priors"].iter_rows(named=True):
        if row["name"] in general:
            unit, day = general[row["name"]].unit, row["known_at"].date()
            numbers = (float(row["a"]), float(row["b"]), float(row["c"] or 0.0))
            kept = (row["why"], OF_THE_CRISIS, day)
            own[row["name"]] = Prior(row["name"], row["distribution"], *numbers, unit, *kept)
    return {**general, **own}


def own_priors(priors: Mapping[str, Prior]) -> list[str]:
    """Return the names of those that a crisis brought."""
    return [name for name, prior in priors.items() if prior.known == OF_THE_CRISIS]


def prior_scores(seed: int, draws: Ints) -> dict[str, Floats]:
    """Return a standard normal score per prior and draw.

    Parameters
    ----------
    seed : int
        Seed of the run.
    draws : array of int, shape (d,)
        Numbers of the draws.

    Examples
    --------
    >>> few, many = prior_scores(1, np.arange(2)), prior_scores(1, np.arange(9))
    >>> all(bool((few[name] == many[name][:2]).all()) for name in few)
    True
    """
    return {name: normals(seed, f"prior:{name}", draws) for name in load_priors()}


def parameters(
    scores: Mapping[str, Floats], fixed: Mapping[str, float], priors: Mapping[str, Prior] | None = None
) -> dict[str, Floats]:
    """Return the value of each parameter at its scores, or as fixed; general priors where none are given.

    Examples
    --------
    >>> scores = prior_scores(1, np.arange(2))
    >>> parameters(scores, {"fear": 3.0})["fear"].tolist()
    [3.0, 3.0]
    """
    return {
        name: np.full(len(scores[name]), fixed[name]) if name in fixed else prior.quantile(scores[name])
        for name, prior in (priors or load_priors()).items()
    }
