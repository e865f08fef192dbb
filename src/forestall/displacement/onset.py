"""Onset: whether and when large-scale violence starts, and when shut corridors open.

Where an event known by the moment says that it has started, every draw begins there.  Else a
draw follows its outlook: in the first month with an event (as many deaths as ``event_deaths`` of the
warning) violence starts on a day drawn evenly from that month, and reaches the exposed
area with a drawn probability.

Corridors that are shut at the onset open for people who leave after a drawn delay, or never.
While they have stayed shut for a time already, only longer delays remain possible:

    P(delay > s | delay > e) = S(s) / S(e).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Bools, Floats, Ints
from forestall.core.errors import CrisisError, Finding
from forestall.core.moments import add_months
from forestall.core.units import parse_duration
from forestall.displacement.priors import Prior, load_priors, parameters, priors_of
from forestall.options.displace import DisplaceOptions

if TYPE_CHECKING:
    from forestall.crisis import Crisis

HOUR = 3600.0


@dataclass(frozen=True, eq=False)
class Onsets:
    """Start of violence by draw.

    Parameters
    ----------
    happens : array of bool, shape (draws,)
        Whether it starts within the horizon.
    hours : array of float, shape (draws,)
        Hours from the moment of knowledge to the onset, negative where it lies before; not a
        number where it does not happen.
    ongoing : bool
        Whether it started before the moment.
    event : str
        The event that says so.
    """

    happens: Bools
    hours: Floats
    ongoing: bool
    event: str = ""


def ongoing_event(
    crisis: Crisis, options: DisplaceOptions, names: Sequence[str]
) -> tuple[str, datetime, datetime] | None:
    """Return the known start of the violence that is under way: event, earliest and latest moment.

    Violence is large-scale where it is directed against the exposed, with as many deaths as make an
    event or described by a word such as "offensive".  It is under way while no more than
    ``ongoing_within`` passes without a further sign: such an act, or people counted as they flee.
    Later violence never begins it anew.
    """
    import polars as pl

    rows = (
        crisis["events"]
        .filter(
            (pl.col("kind") == "violence")
            & (pl.col("form") == "material")
            & (pl.col("stance") == "conflict")
            & pl.col("outcome_of").is_null()
        )
        .sort("date", "event")
    )
    acts = [row for row in rows.iter_rows(named=True) if _is_large(row, options) and _concerns(row, names)]
    gap = timedelta(days=parse_duration(options.ongoing_within).days)
    since = first_of_run(crisis.local_date(), [*(row["date"] for row in acts), *days_of_flight(crisis)], gap)
    if since is None:
        return None
    found = [row for row in acts if row["date"] >= since]
    day, event, known = (
        (found[0]["date"], found[0]["event"], found[0]["known_at"])
        if found
        else (since, "people counted as they flee", crisis.moment)
    )
    first = datetime.combine(day, time(), crisis.zone).astimezone(UTC)
    last = min(first + timedelta(days=1), crisis.moment, max(known, first + timedelta(hours=1)))
    return event, first, last


def first_of_run(today: date, signs: Sequence[date], gap: timedelta) -> date | None:
    """Return the first of the signs that follow each other without a longer gap up to today.

    Examples
    --------
    >>> days = [date(2020, 1, 1), date(2021, 1, 1), date(2021, 2, 1)]
    >>> first_of_run(date(2021, 3, 1), days, timedelta(days=45))
    datetime.date(2021, 1, 1)
    >>> first_of_run(date(2021, 6, 1), days, timedelta(days=45)) is None
    True
    """
    found = None
    for day in sorted((d for d in signs if d <= today), reverse=True):
        if (found or today) - day > gap:
            break
        found = day
    return found


def days_of_flight(crisis: Crisis) -> list[date]:
    """Return the days for which people are known to have been counted as they left or arrived."""
    import polars as pl

    rows = crisis["counts"].filter(
        pl.col("what").is_in(["arrived", "left"])
        & (pl.col("precision") != "interpolated")
        & (pl.col("value") > 0)
        & (pl.col("at") <= crisis.moment)
    )
    return [at.astimezone(crisis.zone).date() for at in rows["at"].to_list()]


def _is_large(row: Mapping[str, object], options: DisplaceOptions) -> bool:
    deaths = row["value"] if "death" in str(row["unit"] or "") else None
    if isinstance(deaths, float):
        return deaths >= options.large_scale_deaths
    words = "|".join(re.escape(word) for word in options.large_scale_words)
    return bool(words) and re.search(rf"\b(?:{words})\b", str(row["description"]), re.IGNORECASE) is not None


def _concerns(row: Mapping[str, object], names: Sequence[str]) -> bool:
    """Return whether the act is directed at one of the names; both may hold more words."""
    parts = [part.strip().lower() for part in str(row["target"] or "").split("|") if part.strip()]
    return any(part in name.lower() or name.lower() in part for part in parts for name in names)


def names_of_exposed(crisis: Crisis, places: Sequence[str], holders: Sequence[str]) -> list[str]:
    """Return the names by which an event may speak of the exposed: holders, places, both names."""
    import polars as pl

    rows = crisis["places"].filter(pl.col("place").is_in(places))["name"].to_list()
    return [
        *holders,
        *rows,
        *(part.strip() for name in rows for part in name.split("/") if len(part.strip()) > 3),
    ]


def first_given_day(crisis: Crisis) -> date | None:
    """Return the first day of given departures or intensities; None where none are given."""
    days = [crisis[name]["date"].min() for name in ("departures", "intensity") if crisis.has(name)]
    return min((day for day in days if isinstance(day, date)), default=None)


def draw_onsets(
    crisis: Crisis,
    options: DisplaceOptions,
    draws: Ints,
    scores: Mapping[str, Floats],
    places: Sequence[str],
    holders: Sequence[str],
) -> Onsets:
    """Return the onset of each draw.

    Parameters
    ----------
    scores : mapping of str to array of float, shape (draws,)
        Standard normal scores; "shock:onset" is the position in the day or month.

    Raises
    ------
    CrisisError
        Where nothing says that violence started and there is no outlook.
    """
    from scipy.special import ndtr

    known = ongoing_event(crisis, options, names_of_exposed(crisis, places, holders))
    spread = ndtr(scores["shock:onset"])
    if known is not None:
        event, first, last = known
        start, width = (first - crisis.moment).total_seconds() / HOUR, (last - first).total_seconds() / HOUR
        return Onsets(np.ones(len(draws), dtype=np.bool_), start + width * spread, ongoing=True, event=event)
    reaches = (
        ndtr(scores["shock:reaches"]) < parameters(scores, options.fixed, priors_of(crisis))["reaches_area"]
    )
    return _from_outlook(crisis, options, draws, spread, reaches, places)


def _from_outlook(
    crisis: Crisis,
    options: DisplaceOptions,
    draws: Ints,
    spread: Floats,
    reaches: Bools,
    places: Sequence[str],
) -> Onsets:
    """Return the onset of each draw from its outlook: the first month with an event."""
    import polars as pl

    countries = (
        crisis["places"].filter(pl.col("place").is_in(places))["country"].drop_nulls().unique().to_list()
    )
    rows = crisis["outlook"].filter(pl.col("where").is_in([*countries, *places]) & (pl.col("event") == 1))
    if not crisis["outlook"].height:
        raise CrisisError(
            [
                Finding(
                    "E305",
                    "error",
                    "nothing says whether violence starts",
                    table="outlook",
                    expected="an outlook, or an event that says it has started",
                    next="forestall warn, or forestall run; without --strict, which drops later vintages",
                )
            ]
        )
    months = crisis["outlook"]["draw"].n_unique()
    first = dict(rows.group_by("draw").agg(pl.col("month").min()).iter_rows())
    known = sorted(crisis["outlook"]["draw"].unique().to_list())
    start = [first.get(known[int(d) % months]) for d in draws]
    end = crisis.moment + parse_duration(options.horizon).timedelta
    hours = np.array([_moment_in(crisis, month, u, end) for month, u in zip(start, spread, strict=True)])
    happens = ~np.isnan(hours) & reaches
    return Onsets(happens, np.where(happens, hours, np.nan), ongoing=False)


def _moment_in(crisis: Crisis, month: date | None, position: float, end: datetime) -> float:
    """Return hours from the moment to a point of a month that lies after the moment; NaN beyond the end."""
    if month is None:
        return float("nan")
    first = max(datetime.combine(month, time(), crisis.zone).astimezone(UTC), crisis.moment)
    last = datetime.combine(add_months(month, 1), time(), crisis.zone).astimezone(UTC)
    when = first + (last - first) * position
    return (when - crisis.moment).total_seconds() / HOUR if when <= end else float("nan")


def draw_reopening(
    scores: Floats,
    coin: Floats,
    never: Floats,
    elapsed_hours: Floats,
    priors: Mapping[str, Prior] | None = None,
) -> Floats:
    """Return the hours from the onset until shut corridors open; infinite where they never do.

    Parameters
    ----------
    scores : array of float, shape (draws,)
        Standard normal scores of the delay.
    coin : array of float, shape (draws,)
        Standard normal scores of whether they ever open.
    never : array of float, shape (draws,)
        Probability that they never open, before the onset.
    elapsed_hours : array of float, shape (draws,)
        Hours that they have stayed shut since the onset already, 0 where it lies ahead.
    """
    from scipy.special import ndtr, ndtri

    prior = (priors or load_priors())["reopening_days"]
    elapsed = np.maximum(elapsed_hours, 0.0) / 24.0
    shut = ndtr(-np.log(np.maximum(elapsed, 1e-12) / prior.a) / prior.b)  # S(e) of the lognormal delay
    later = ndtri(np.clip(1.0 - shut * (1.0 - ndtr(scores)), 1e-15, 1 - 1e-15))
    stays = never / (never + (1.0 - never) * shut)
    hours = np.maximum(prior.quantile(later) * 24.0, elapsed_hours)
    return np.where(ndtr(coin) < stays, np.inf, hours)
