"""The steps of deaths that the sequential model climbs, and what lies within a step."""

from __future__ import annotations

import numpy as np

from forestall.core.arrays import Floats, Ints

# Upper ends of the steps but the last, which is open: the eleven bins of the ignorance score
# and, above a thousand deaths, six more of about the same width on the log scale.
EDGES: Floats = np.array(
    [
        *(0.5, 2.5, 5.5, 10.5, 25.5, 50.5, 100.5, 250.5, 500.5, 1000.5),
        *(2500.5, 5000.5, 10000.5, 25000.5, 50000.5),
    ]
)
COUNT = len(EDGES) + 1
POSITIONS = 100
_OPEN_FACTOR = 2.5
_FEW = 20


def bin_of(deaths: Floats) -> Ints:
    """Return the step of each number of deaths.

    Parameters
    ----------
    deaths
        Deaths in a month, any shape.

    Examples
    --------
    >>> bin_of(np.array([0.0, 1.0, 25.0, 26.0, 1e6])).tolist()
    [0, 1, 4, 5, 15]
    """
    return np.searchsorted(EDGES, deaths).astype(np.int64)


def bin_shares(months: Floats) -> Floats:
    """Return the share of known months in each step, by country.

    Parameters
    ----------
    months
        Deaths, NaN where unknown, shape (months, countries).

    Returns
    -------
    numpy.ndarray
        Shares, shape (countries, steps); NaN for a country without a known month.
    """
    known = ~np.isnan(months)
    steps = bin_of(np.nan_to_num(months))
    counts = np.zeros((months.shape[1], COUNT))
    rows, columns = np.nonzero(known)
    np.add.at(counts, (columns, steps[rows, columns]), 1.0)
    total = counts.sum(axis=1, keepdims=True)
    shares: Floats = np.where(total > 0, counts / np.maximum(total, 1), np.nan)
    return shares


def positions_within(deaths: Floats) -> Floats:
    """Tabulate where within each step past months lay, all countries together.

    A step with fewer than twenty months is filled evenly on the log scale.

    Parameters
    ----------
    deaths
        Known deaths of the training window, any shape; NaN is left out.

    Returns
    -------
    numpy.ndarray
        Quantiles of deaths within the step, shape (steps, positions), ascending.
    """
    known = deaths[~np.isnan(deaths)]
    steps = bin_of(known)
    levels = (np.arange(POSITIONS) + 0.5) / POSITIONS
    table = np.zeros((COUNT, POSITIONS))
    for step in range(1, COUNT):
        values = known[steps == step]
        if len(values) >= _FEW:
            table[step] = np.quantile(values, levels, method="inverted_cdf")
        else:
            low = EDGES[step - 1]
            high = EDGES[step] if step < len(EDGES) else low * _OPEN_FACTOR
            table[step] = np.round(low * (high / low) ** levels)
    return table


def own_positions(table: Floats, recent: Floats) -> Floats:
    """Let a country's own recent months say where within a step it lies.

    Own months of the step stand beside the table, which weighs as much as one of them.

    Parameters
    ----------
    table
        Quantiles within each step, shape (steps, positions).
    recent
        The country's recent months, NaN where unknown, shape (months,).

    Returns
    -------
    numpy.ndarray
        Quantiles within each step for the country, shape (steps, positions).
    """
    known = recent[~np.isnan(recent) & (recent > EDGES[0])]
    if not len(known):
        return table
    own = table.copy()
    steps = bin_of(known)
    for step in np.unique(steps):
        own[step] = _blend(table[step], known[steps == step])
    return own


def _blend(table: Floats, values: Floats) -> Floats:
    """Return the quantiles of values of weight one each and a table of weight one."""
    pooled = np.concatenate([values, table])
    weights = np.concatenate([np.ones(len(values)), np.full(len(table), 1 / len(table))])
    order = np.argsort(pooled, kind="stable")
    reach = np.cumsum(weights[order]) / weights.sum()
    levels = (np.arange(len(table)) + 0.5) / len(table)
    index = np.minimum(np.searchsorted(reach, levels), len(pooled) - 1)
    quantiles: Floats = pooled[order][index]
    return quantiles


def draws_from(shares: Floats, positions: Floats, draws: int) -> Floats:
    """Spread draws evenly over a distribution of steps: no noise, ascending.

    Draw i stands at level (i + 1/2) / draws of the distribution.

    Parameters
    ----------
    shares
        Probability of each step, shape (horizons, steps).
    positions
        Quantiles within each step, shape (steps, positions).
    draws
        Number of draws.

    Returns
    -------
    numpy.ndarray
        Draws, shape (horizons, draws).

    Examples
    --------
    >>> table = positions_within(np.array([]))
    >>> share = np.zeros((1, COUNT)); share[0, :2] = 0.5
    >>> draws_from(share, table, 4)[0, :2].tolist()
    [0.0, 0.0]
    """
    reach = np.cumsum(shares, axis=1)
    levels = (np.arange(draws) + 0.5) / draws * reach[:, -1:]
    out = np.empty((len(shares), draws))
    for row, level in enumerate(levels):
        step = np.minimum(np.searchsorted(reach[row], level), shares.shape[1] - 1)
        inside = (level - (reach[row] - shares[row])[step]) / np.maximum(shares[row][step], 1e-12)
        place = np.clip(inside * positions.shape[1], 0, positions.shape[1] - 1).astype(np.int64)
        out[row] = positions[step, place]
    return out
