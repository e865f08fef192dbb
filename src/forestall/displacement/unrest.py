"""Flight without a wave: raids and insecurity around, and a closure without fighting.

Where no large-scale violence is under way, or a war goes on for years, people leave at a steady pace.
In a month with raids and insecurity around an area the pace is drawn by the quantiles of shares that
left areas in months of long wars (``paces.csv``), in which few months empty a town and most hardly
move anybody; the named cases of raids lie in the tail above them.  It holds for the drawn share of
places that is reached, and no more people leave in all than years with so many deaths moved elsewhere
(see scale).  Under a closure without fighting the share gone after thirty days is drawn from named
cases (``cases.csv``).  Both count as far as they were public by the moment, else the priors
``raids_share`` and ``closure_share`` stand for them.  The two paces add up; those who leave are let
through what is open to relief only.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats
from forestall.displacement.cases import load_paces
from forestall.displacement.exposure import mixture_quantile
from forestall.displacement.futures import Futures, people_at_onset, reached_places, scale_of
from forestall.displacement.priors import Prior
from forestall.displacement.scale import share_of_scale
from forestall.displacement.shares import FEWEST, ranges_of
from forestall.war.rates import limit

if TYPE_CHECKING:
    from forestall.crisis import Crisis
    from forestall.displacement.environment import Environment

RAIDS, CLOSURE = "raids and insecurity around", "closure without fighting"
MONTH_HOURS = 30.4375 * 24.0
CASE_HOURS = 30.0 * 24.0


def is_insecure(crisis: Crisis) -> bool:
    """Return whether acts of violence are known of the last days that count as tension."""
    import polars as pl

    today = crisis.local_date()
    acts = crisis["events"].filter(
        (pl.col("kind") == "violence")
        & (pl.col("form") == "material")
        & (pl.col("stance") == "conflict")
        & pl.col("outcome_of").is_null()
        & (pl.col("date") <= today)
        & (pl.col("date") >= today - timedelta(days=limit("tension")))
    )
    return acts.height > 0


def monthly_share(score: Floats, day: date, prior: Prior) -> Floats:
    """Return the share of an area's people who leave in a month of insecurity, at standard normal scores.

    The logs of the quantiles known by the day are averaged over the wars and joined by straight lines
    over the normal scores of their ranks; below the median the line goes on.

    Examples
    --------
    >>> from forestall.displacement.priors import load_priors
    >>> prior = load_priors()["raids_share"]
    >>> known = monthly_share(np.array([0.0, 1.645, 9.0]), date(2025, 1, 1), prior)
    >>> [bool(low < share < high) for low, share, high in zip((2e-4, 1e-2, 0.3), known, (2e-3, 3e-2, 1))]
    [True, True, True]
    """
    from scipy.special import ndtri

    wars = [pace for pace in load_paces(known_by=day) if pace.regime == RAIDS]
    if not wars:
        return np.clip(prior.quantile(score), 0.0, 0.95)
    most = float(np.mean([1.0 - 1.0 / pace.cells for pace in wars]))
    ranks = ndtri(np.array([0.5, 0.95, 0.99, most]))
    logs = np.mean([np.log([p.median, p.q95, p.q99, p.most]) for p in wars], axis=0)
    slope = (logs[1] - logs[0]) / (ranks[1] - ranks[0])
    found = np.where(score < 0, logs[0] + slope * score, np.interp(score, ranks, logs))
    return np.asarray(np.clip(np.exp(found), 0.0, 0.95), dtype=np.float64)


def closure_share(score: Floats, day: date, prior: Prior) -> Floats:
    """Return the share gone after thirty days of a closure without fighting, at standard normal scores."""
    from scipy.special import ndtr

    ranges = ranges_of(CLOSURE, day)
    found = mixture_quantile(ranges, ndtr(score)) if len(ranges) >= FEWEST else prior.quantile(score)
    return np.clip(found, 0.0, 0.95)


def within_scale(environment: Environment, futures: Futures, share: Floats) -> Floats:
    """Return monthly shares, brought down where more would leave in a year than such years moved."""
    people = people_at_onset(environment, futures)
    lost = np.zeros(len(futures.draws), dtype=np.bool_)
    most = scale_of(environment, futures, people, lost)
    if most is None:
        return share
    return np.asarray(share * share_of_scale(12.0 * (people * share).sum(axis=1), most)[:, None])


def unrest_pace(environment: Environment, futures: Futures, *, insecure: bool) -> Floats:
    """Return the pace per hour at which people leave each origin without a wave; 0 where nothing presses.

    Parameters
    ----------
    environment : Environment
        Origins that are cut off at the moment are under a closure.
    futures : Futures
        The draws.
    insecure : bool
        Whether there are raids and insecurity around.

    Returns
    -------
    array of float, shape (draws, origins)
    """
    day, scores, fixed = environment.crisis.local_date(), futures.scores, environment.options.fixed
    pace = np.zeros((len(futures.draws), len(environment.origins)))
    if insecure:
        prior = environment.priors["raids_share"]
        share = monthly_share(scores["shock:unrest"], day, prior)
        share = np.full_like(share, fixed["raids_share"]) if "raids_share" in fixed else share
        share = within_scale(environment, futures, np.where(reached_places(futures), share, 0.0))
        pace += -np.log1p(-share) / MONTH_HOURS
    shut = np.isin(environment.origins, environment.cut_off)
    if shut.any():
        prior = environment.priors["closure_share"]
        share = closure_share(scores["closure_share"], day, prior)
        share = np.full_like(share, fixed["closure_share"]) if "closure_share" in fixed else share
        pace[:, shut] += (-np.log1p(-share) / CASE_HOURS)[:, None]
    return pace
