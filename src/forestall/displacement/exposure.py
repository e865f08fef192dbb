"""Exposure: how many people live in the places that may be reached.

Estimates compete: of the whole area, of districts, by different sides.  A draw takes a position
in the weighted mixture of the estimates known by the moment, in which an estimate counts half as
much for every so many years of its age, and by its kind (a census more than a party's claim).  Each
claimant counts once, with its latest figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats, Ints
from forestall.core.errors import CrisisError, Finding, UsageError
from forestall.core.names import nearest
from forestall.core.units import parse_duration
from forestall.displacement.control import held_lately
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
        Exposed places without any figure: not assessed, never taken as empty.
    holders : tuple of str
        Who holds the places.
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
    """Return the places held by the exposed holders at the moment, sorted.

    Without holders: all places with a figure of population that are not hosts and not areas.

    Raises
    ------
    UsageError
        Where nobody of a holder's name is known.
    CrisisError
        Where the holders hold no place at the moment, or no place has people.
    """
    import polars as pl

    names = sorted(set(crisis["control"]["held_by"].to_list()))
    for holder in options.exposed_holders:
        if holder not in names:
            hint = nearest(holder, names)
            raise UsageError(
                f"[displace] exposed_holders: nobody called {holder!r} is known by the moment to have held a "
                "place; see control.csv" + (f"; nearest: {hint!r}" if hint else "")
            )
    if options.exposed_holders:
        lately = held_lately(crisis, options)
        mine = pl.col("held_by").is_in(options.exposed_holders) | pl.col("before").is_in(
            options.exposed_holders
        )
        theirs = sorted(lately.filter(mine)["place"].to_list())
        if not theirs:
            raise _hold_nothing(options.exposed_holders)
        return theirs
    areas = pl.col("hosts") | pl.col("kind").is_in(["country", "site", "crossing"])
    open_places = crisis["places"].filter(~areas.fill_null(value=False))["place"]
    figures = crisis["population"].filter(pl.col("level") != "total")
    inhabited = sorted(set(open_places.to_list()) & set(figures["place"].to_list()))
    if not inhabited:
        raise _without_people(options)
    return inhabited


def _hold_nothing(holders: Sequence[str]) -> CrisisError:
    """Return that nobody is exposed, which is not the same as nobody known."""
    fault = Finding(
        "E304",
        "error",
        "nobody is exposed: the exposed holders hold no place at the moment",
        table="control",
        value=", ".join(holders),
        expected="a moment at which they hold a place",
        next="forestall run CRISIS --as-of EARLIER",
    )
    return CrisisError([fault])


def _without_people(options: DisplaceOptions) -> CrisisError:
    """Return that no exposed place has people."""
    fault = Finding(
        "E304",
        "error",
        "no exposed place has a figure of people",
        table="population",
        expected="at least one row with people for a place held by "
        + (", ".join(options.exposed_holders) or "anybody"),
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
        raise _without_people(options)
    share = np.array([figures[place][0] for place in origins], dtype=np.float64)
    estimates = total_estimates(crisis, options, origins, figures)
    unknown = [place for place in places if place not in figures]
    return Exposure(origins, share / share.sum(), estimates, unknown, options.exposed_holders)


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
