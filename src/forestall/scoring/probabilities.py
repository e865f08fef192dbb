"""Scores of probabilities of an event."""

from __future__ import annotations

import numpy as np

from forestall.core.arrays import Floats


def brier(probability: Floats, event: Floats) -> Floats:
    """Score probabilities by their squared distance from what happened.

    Parameters
    ----------
    probability
        0 to 1, shape (...).
    event
        1 or 0, same shape.

    References
    ----------
    Brier, G. W. (1950), Verification of forecasts expressed in terms of probability, Monthly
    Weather Review 78(1):1-3, https://doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2

    Examples
    --------
    >>> brier(np.array([0.2]), np.array([1.0])).round(2).tolist()
    [0.64]
    """
    score: Floats = (probability - event) ** 2
    return score


def area_under_curve(probability: Floats, event: Floats) -> float:
    """Return the chance that an event was given more than a non-event, ties counting half.

    Parameters
    ----------
    probability
        Shape (n,).
    event
        1 or 0, shape (n,).

    References
    ----------
    Hanley, J. A. and McNeil, B. J. (1982), The meaning and use of the area under a receiver
    operating characteristic (ROC) curve, Radiology 143(1):29-36,
    https://doi.org/10.1148/radiology.143.1.7063747

    Examples
    --------
    >>> area_under_curve(np.array([0.1, 0.4, 0.4]), np.array([0.0, 0.0, 1.0]))
    0.75
    """
    _, inverse, counts = np.unique(probability, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2
    ranks = middle[inverse]
    events = float(event.sum())
    others = len(event) - events
    if not events or not others:
        return float("nan")
    return float((ranks[event > 0].sum() - events * (events + 1) / 2) / (events * others))


def average_precision(probability: Floats, event: Floats) -> float:
    """Return the mean share of events among the highest, over the levels that add events.

    AP = sum (R_n - R_(n-1)) P_n over distinct probabilities, highest first.

    Parameters
    ----------
    probability
        Shape (n,).
    event
        1 or 0, shape (n,).

    Examples
    --------
    >>> average_precision(np.array([0.9, 0.8, 0.1]), np.array([1.0, 0.0, 1.0])).__round__(3)
    0.833
    """
    order = np.argsort(-probability, kind="stable")
    level = probability[order]
    last = np.flatnonzero(np.append(np.diff(level) != 0, True))
    caught = np.cumsum(event[order])[last]
    precision = caught / (last + 1)
    gained = np.diff(np.concatenate([[0.0], caught]))
    return float((gained * precision).sum() / event.sum()) if event.sum() else float("nan")


def reliability(probability: Floats, event: Floats, edges: Floats) -> list[tuple[float, float, int, int]]:
    """Set mean probability beside the share of events, by band.

    Parameters
    ----------
    probability
        Shape (n,).
    event
        1 or 0, shape (n,).
    edges
        Ends of the bands, ascending.

    Returns
    -------
    list of tuple
        Mean probability, share of events, forecasts, events; bands without forecasts left out.

    Examples
    --------
    >>> reliability(np.array([0.1, 0.3]), np.array([0.0, 1.0]), np.array([0.0, 0.2, 1.0]))
    [(0.1, 0.0, 1, 0), (0.3, 1.0, 1, 1)]
    """
    band = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, len(edges) - 2)
    rows = []
    for index in range(len(edges) - 1):
        inside = band == index
        count, events = int(inside.sum()), int(event[inside].sum())
        if count:
            rows.append((float(probability[inside].mean()), events / count, count, events))
    return rows
