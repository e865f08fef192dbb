"""Measure how much deaths of rivals move together beyond what the shipped models say of each.

Run ``python tools/measure_rivals.py``.  The model of each December since 2009 gives the twelve months that
follow; what came is, by country and month, an interval of its distribution (a step of deaths).  The
likelihood of both intervals of a pair under a Gaussian copula is summed over pairs and months, and the
correlation that makes it greatest is printed with the 90 % interval from resampled pairs.
"""

import sys
from datetime import UTC, datetime

import numpy as np
from scipy.special import ndtr, ndtri

from forestall.core.arrays import Floats
from forestall.evaluation.escalation import load_ladder
from forestall.evaluation.panels import open_panel
from forestall.warning.artefacts import newest_artefact
from forestall.warning.bins import bin_of
from forestall.warning.countries import border_table, countries
from forestall.warning.features import Features
from forestall.warning.panel import Panel

YEARS = range(2010, 2024)
SPANS = ((2010, 2017), (2018, 2023))
GRID = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6])
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(31)
TINY = 1e-6
ROUNDS = 300


def year_interval(panel: Panel, year: int) -> Floats:
    """Return the normal scores of both ends of what came in a year, shape (2, 12, countries)."""
    artefact = newest_artefact(datetime(year, 2, 1, tzinfo=UTC))
    if artefact is None:
        message = f"no shipped model was known at the beginning of {year}"
        raise SystemExit(message)
    known = panel.cut(artefact.cutoff)
    shares = artefact.forecaster(neighbours=True).shares_of(Features(known), range(1, 13))
    row = artefact.cutoff + 1 - panel.first_month
    deaths = panel.deaths[row : row + 12]
    step = bin_of(np.nan_to_num(deaths))[..., None]
    above = np.take_along_axis(np.cumsum(shares, axis=2), step, 2)[..., 0]
    below = above - np.take_along_axis(shares, step, 2)[..., 0]
    ends = ndtri(np.clip(np.stack([below, above]), TINY, 1 - TINY))
    return np.where(np.isnan(deaths), np.nan, ends)


def likelihood(ends: Floats, pairs: Floats) -> Floats:
    """Return the log likelihood of each correlation and pair, shape (correlations, pairs)."""
    found = np.zeros((len(GRID), len(pairs)))
    for at, correlation in enumerate(GRID):
        shared, own = np.sqrt(correlation) * NODES, np.sqrt(1 - correlation)
        joint = np.zeros((*ends.shape[1:3], len(pairs)))
        for node, weight in zip(shared, WEIGHTS / WEIGHTS.sum(), strict=True):
            within = ndtr((ends[1] - node) / own) - ndtr((ends[0] - node) / own)
            joint += weight * within[..., pairs[:, 0]] * within[..., pairs[:, 1]]
        found[at] = np.nansum(np.log(np.maximum(joint, TINY**2)), axis=(0, 1))
    return found


def main() -> None:
    """Print a line for each group of pairs and span of years."""
    panel, _ = open_panel()
    ends = np.stack([year_interval(panel, year) for year in YEARS], axis=1)
    column = {name: at for at, name in enumerate(panel.countries)}
    number = {code: str(country.panel_id) for code, country in countries().items()}
    rivals = {
        tuple(sorted((column[number[a]], column[number[b]])))
        for a, b, _, kind in load_ladder()
        if kind == "rivals" and {number[a], number[b]} <= set(column)
    }
    borders = {
        tuple(sorted((column[a], column[b])))
        for a, b in border_table().select("where", "neighbour").iter_rows()
        if {a, b} <= set(column)
    }
    random = np.random.default_rng(1)
    for name, group in (("rivals", rivals), ("other neighbours", borders - rivals)):
        pairs = np.array(sorted(group))
        for first, last in SPANS:
            inside = slice(first - YEARS[0], last - YEARS[0] + 1)
            log = likelihood(ends[:, inside], pairs)
            drawn = [
                GRID[log[:, random.integers(0, len(pairs), len(pairs))].sum(1).argmax()]
                for _ in range(ROUNDS)
            ]
            low, high = np.quantile(drawn, (0.05, 0.95))
            best = GRID[log.sum(axis=1).argmax()]
            sys.stdout.write(
                f"{name}, {len(pairs)} pairs, {first}-{last}: {best:.2f} ({low:.2f} to {high:.2f})\n"
            )


if __name__ == "__main__":
    main()
