"""Exposure: how many people live in the places that may be reached.

Estimates compete: of the whole area, of districts, by different sides.  A draw takes a position
in the weighted mixture of the estimates known by the moment, in which an estimate counts half as
much for every so many years of its age, and by its kind (a census more than a party's claim).  Each
claimant counts once, with its latest figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats, Ints
from forestall.core.errors import CrisisError, Finding
from forestall.core.units import parse_duration
from forestall.displacement.control import holders_of, last_changes
from forestall.options.displace import DisplaceOptions

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis

UNSTATED_SPREAD = 0.1
"""Half width, relative, of an estimate that gives no range."""


KIND_WEIGHT = {
    "census": 1.0,
    "registration": 1.0,
    "survey": 1.0,
    "observed": 1.0,
    "arithmetic": 0.8,
    "estimate": 0.5,
    "projection": 0.4,
    "claim": 0.1,
}
"""Weight of an estimate by its kind: who counts people weighs more than who says how many there are."""
SUM_OF_PLACES = "sum of the latest figures of the places"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One claimant's latest figure, with its range and weight."""

    who: str
    low: float
    high: float
    weight: float


@dataclass(frozen=True, eq=False)
class Exposure:
    """Who may have to flee.

    Parameters
    ----------
    origins : list of str
        Places with people, sorted.
    share : array of float, shape (origins,)
        Share of each place in the total, by its latest figure.
    estimates : list of Estimate
        Competing estimates of the total.
    unknown : list of str
        Places whose figure is older than who holds them: not assessed, never taken as empty.
    holders : tuple of str
        Who holds the places, or held them lately.
    """

    origins: list[str]
    share: Floats
    estimates: list[Estimate]
    unknown: list[str]
    holders: tuple[str, ...]

    def people(self, position: Floats) -> Ints:
        """Return people by draw and place at positions 0-1 in the mixture of estimates."""
        return in_proportion(np.rint(mixture_quantile(self.estimates, position)).astype(np.int64), self.share)


def mixture_quantile(estimates: Sequence[Estimate], position: Floats) -> Floats:
    """Return the value at positions 0-1 of a mixture of uniform ranges, sorted by their middle.

    Examples
    --------
    >>> both = [Estimate("A", 10, 20, 1), Estimate("B", 100, 100, 1)]
    >>> mixture_quantile(both, np.array([0.25, 0.75])).tolist()
    [15.0, 100.0]
    """
    ordered, chosen, weight = chosen_estimates(estimates, position)
    upper = np.cumsum(weight)
    within = np.clip((position - (upper - weight)[chosen]) / weight[chosen], 0.0, 1.0)
    low, high = np.array([e.low for e in ordered]), np.array([e.high for e in ordered])
    return np.asarray(low[chosen] + within * (high - low)[chosen], dtype=np.float64)


def chosen_estimates(estimates: Sequence[Estimate], position: Floats) -> tuple[list[Estimate], Ints, Floats]:
    """Return the estimates by their middle, the one that each position rests on, and their shares of weight.

    Examples
    --------
    >>> both = [Estimate("B", 100, 100, 1), Estimate("A", 10, 20, 1)]
    >>> ordered, chosen, _ = chosen_estimates(both, np.array([0.25, 0.75]))
    >>> [ordered[i].who for i in chosen]
    ['A', 'B']
    """
    ordered = sorted(estimates, key=lambda e: (e.low + e.high, e.low, e.who))
    weight = np.array([e.weight for e in ordered]) / sum(e.weight for e in ordered)
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), position, side="right"), len(ordered) - 1)
    return ordered, chosen.astype(np.int64), weight


def in_proportion(total: Ints, share: Floats) -> Ints:
    """Split whole people in proportion, exact in sum (largest remainder).

    Examples
    --------
    >>> in_proportion(np.array([10]), np.array([0.5, 0.25, 0.25])).tolist()
    [[5, 3, 2]]
    """
    exact = total[:, None] * (share / share.sum())[None, :]
    people = np.floor(exact).astype(np.int64)
    missing = total - people.sum(axis=1)
    rank = np.argsort(np.argsort(-(exact - people), axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(people + (rank < missing[:, None]), dtype=np.int64)


def exposed_places(crisis: Crisis, options: DisplaceOptions) -> list[str]:
    """Return the places that violence may reach and in which people are known to live, sorted.

    All places with a figure of population that are not hosts and not areas, whoever holds them.  A
    figure from before a place changed hands says nothing of who lives there now, unless it changed
    hands in the war that is under way: those who live there are the ones who flee.

    Raises
    ------
    CrisisError
        Where no place has a figure that holds.
    """
    import polars as pl

    areas = pl.col("hosts") | pl.col("kind").is_in(["country", "site", "crossing"])
    open_places = crisis["places"].filter(~areas.fill_null(value=False))["place"].to_list()
    figures = latest_figures(crisis["population"], open_places)
    older = set(outdated_places(crisis, options))
    inhabited = sorted(set(figures) - older)
    if not inhabited:
        raise _without_people(crisis, sorted(older))
    return inhabited


def outdated_places(crisis: Crisis, options: DisplaceOptions) -> list[str]:
    """Return the places that changed hands after their last figure of people, sorted: not assessed."""
    changed = _holds_since(crisis, options)
    figures = latest_figures(crisis["population"], sorted(changed))
    return sorted(place for place in figures if figures[place][1] < changed[place])


def _holds_since(crisis: Crisis, options: DisplaceOptions) -> dict[str, date]:
    """Return the day on which each place came to who holds it, changes of the present war aside."""
    from forestall.war import read_war

    spell = read_war(crisis).fought
    lately = crisis.local_date() - timedelta(days=parse_duration(options.ongoing_within).days)
    present = spell is not None and spell.last >= lately
    return last_changes(crisis, spell.first.first if spell is not None and present else crisis.local_date())


def _without_people(crisis: Crisis, outdated: Sequence[str] = ()) -> CrisisError:
    """Return that no exposed place has people, which is not the same as nobody living there."""
    why = (
        f"; those of {', '.join(outdated)} are older than the last change of who holds the place"
        if outdated
        else ""
    )
    fault = Finding(
        "E304",
        "error",
        f"no place has a figure of people that holds as of {crisis.local_date()}{why}",
        table="population",
        expected="at least one row with people for a place that is no host",
        next="add a newer figure, or forestall run CRISIS --as-of EARLIER",
    )
    return CrisisError([fault])


def read_exposure(crisis: Crisis, options: DisplaceOptions) -> Exposure:
    """Return the exposed places, the shares of people in them and the estimates of their sum.

    Raises
    ------
    CrisisError
        Where no exposed place has a figure.
    """
    places = exposed_places(crisis, options)
    figures = latest_figures(crisis["population"], places)
    origins = sorted(place for place in figures if figures[place][0] > 0)
    if not origins:
        raise _without_people(crisis)
    share = np.array([figures[place][0] for place in origins], dtype=np.float64)
    estimates = total_estimates(crisis, options, origins, figures)
    unknown = outdated_places(crisis, options)
    return Exposure(
        origins, share / share.sum(), estimates, unknown, tuple(holders_of(crisis, options, origins))
    )


def latest_figures(population: pl.DataFrame, places: Sequence[str]) -> dict[str, tuple[float, date]]:
    """Return the latest figure and its date of each place, districts before settlements of one date."""
    import polars as pl

    rows = population.filter(
        pl.col("place").is_in(places) & (pl.col("level") != "total") & (pl.col("group") == "all")
    )
    rows = rows.with_columns(
        people=pl.coalesce("people", (pl.col("low") + pl.col("high")) / 2).cast(pl.Float64)
    )
    rows = rows.drop_nulls("people").sort("date", "level", "who", descending=[False, True, True])
    return {
        place: (float(people), day)
        for place, people, day in rows.select("place", "people", "date").iter_rows()
    }


def total_estimates(
    crisis: Crisis, options: DisplaceOptions, origins: Sequence[str], figures: dict[str, tuple[float, date]]
) -> list[Estimate]:
    """Return the estimates of the whole area, and the sum of the places as one of them."""
    half = parse_duration(options.recent_estimates).days
    today = crisis.local_date()
    rows = area_rows(crisis, origins)
    latest = {who: (low, high, best, day, kind) for who, low, high, best, day, kind in rows}
    estimates = [
        _estimate(who, low, high, best, (today - day).days, half, KIND_WEIGHT.get(kind, 0.5))
        for who, (low, high, best, day, kind) in sorted(latest.items())
    ]
    total = sum(figures[place][0] for place in origins)
    oldest = min(figures[place][1] for place in origins)
    age, own = (today - oldest).days, KIND_WEIGHT["estimate"]
    return [*estimates, _estimate(SUM_OF_PLACES, None, None, total, age, half, own)]


def area_rows(
    crisis: Crisis, origins: Sequence[str]
) -> list[tuple[str, float | None, float | None, float, date, str]]:
    """Return (who, low, high, best, date, kind) of estimates of the whole area, oldest first.

    An area counts where it lies in the country of the origins.
    """
    import polars as pl

    countries = crisis["places"].filter(pl.col("place").is_in(origins))["country"].unique()
    here = crisis["places"].filter(
        pl.col("country").is_in(countries.implode()) & (pl.col("kind") != "country")
    )["place"]
    rows = crisis["population"].filter(
        (pl.col("level") == "total") & (pl.col("group") == "all") & pl.col("place").is_in(here.implode())
    )
    best = pl.coalesce("people", (pl.col("low") + pl.col("high")) / 2).cast(pl.Float64)
    rows = rows.with_columns(best=best).drop_nulls("best").sort("date", "who", "known_at")
    return list(rows.select("who", "low", "high", "best", "date", "kind").iter_rows())


def _estimate(
    who: str,
    low: float | None,
    high: float | None,
    best: float,
    age_days: float,
    half_days: float,
    kind: float,
) -> Estimate:
    weight = kind * (0.5 ** (max(age_days, 0.0) / half_days) if half_days > 0 else 1.0)
    spread = UNSTATED_SPREAD if low is None and high is None else 0.0
    bottom = min(best, low if low is not None else best * (1 - spread))
    top = max(best, high if high is not None else best * (1 + spread))
    if bottom == top:
        bottom, top = best * (1 - UNSTATED_SPREAD), best * (1 + UNSTATED_SPREAD)
    return Estimate(who, bottom, top, weight)
