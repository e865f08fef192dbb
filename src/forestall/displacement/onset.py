"""Onset: whether and when large-scale violence starts, and when shut corridors open.

The state of the war (``forestall.war``) decides.  Where large-scale violence has lately begun, or
people were counted as they fled from it, every draw goes on from its beginning: a wave.  Where an act
of unknown size has just happened, as many draws begin with it as it is likely to be large.  A war of
years, of which nobody was counted, is under way without a wave: people leave at a steady pace (see
unrest), and a new wave begins in the first month of the draw's outlook with more deaths than any of
the last twelve.  Else a draw follows its outlook: in the first month with an event (as many deaths as
``event_deaths`` of the warning) violence starts on a day drawn evenly from that month, and reaches the
exposed area with a drawn probability.

Corridors that are shut at the onset open for people who leave after a drawn delay, or never.
While they have stayed shut for a time already, only longer delays remain possible:

    P(delay > s | delay > e) = S(s) / S(e).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Bools, Floats, Ints
from forestall.core.errors import CrisisError, Finding
from forestall.core.moments import add_months
from forestall.core.units import parse_duration
from forestall.displacement.control import holders_of
from forestall.displacement.priors import Prior, load_priors, parameters, priors_of
from forestall.options.displace import DisplaceOptions
from forestall.war import War, moments_of, read_war
from forestall.war.signs import months_of

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis

HOUR = 3600.0
WAVE_DAYS = 90
"""Days after which those who flee from the beginning of a war have left, as named cases are told."""
COUNTED = "people counted as they flee"
SHORT_NAME = 3
"""Longest part of a place's name that is too short to stand for it."""


@dataclass(frozen=True, eq=False)
class Onsets:
    """Start of violence by draw.

    Parameters
    ----------
    happens : array of bool, shape (draws,)
        Whether it starts within the horizon, or has started.
    hours : array of float, shape (draws,)
        Hours from the moment of knowledge to the onset, negative where it lies before; not a
        number where it does not happen.
    ongoing : bool
        Whether it started before the moment, in every draw.
    event : str
        The event that says so.
    steady : array of bool, shape (draws,), optional
        Where it is under way without a wave.
    """

    happens: Bools
    hours: Floats
    ongoing: bool
    event: str = ""
    steady: Bools | None = None

    @property
    def wave(self) -> Bools:
        """Where a wave of flight begins, or has begun."""
        return self.happens if self.steady is None else self.happens & ~self.steady

    @property
    def starts(self) -> Floats:
        """Hours from the moment to the first hour that is followed: the onset of a wave, else the moment."""
        return np.where(self.wave, self.hours, 0.0)


def begun_wave(crisis: Crisis, options: DisplaceOptions, war: War) -> tuple[str, datetime, datetime] | None:
    """Return the beginning of the flight that is under way: event, earliest and latest moment; or None.

    It is under way while no more than ``ongoing_within`` lies between large-scale violence, people
    counted as they flee, and the moment.  Later violence never begins it anew; a war that began more
    than ninety days ago and of which nobody was counted is under way without a wave.
    """
    gap = timedelta(days=parse_duration(options.ongoing_within).days)
    today, counted, spell = crisis.local_date(), days_of_flight(crisis), war.fought
    fought = [] if spell is None else _every(spell.first.first, spell.last, gap)
    since = first_of_run(today, [*fought, *counted], gap)
    if since is None:
        return None
    if spell is None or spell.last < since:
        start = datetime.combine(since, time(), crisis.zone).astimezone(UTC)
        return COUNTED, start, min(start + timedelta(days=1), crisis.moment)
    if (today - spell.first.first).days > WAVE_DAYS and max(counted, default=since) < today - gap:
        return None
    return spell.first.event or "deaths by month", *moments_of(spell.first, crisis)


def _every(first: date, last: date, step: timedelta) -> list[date]:
    """Return days from the first to the last, no further apart than a step."""
    days = max(1, step.days)
    return [first + timedelta(days=n) for n in range(0, (last - first).days, days)] + [last]


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


def names_of_exposed(crisis: Crisis, options: DisplaceOptions, places: Sequence[str]) -> list[str]:
    """Return the names by which an event may speak of the exposed: who holds the places, and the places.

    Where nobody is known to hold any of them there are none: every act of the crisis concerns them.
    """
    import polars as pl

    holders = holders_of(crisis, options, places)
    if not holders:
        return []
    rows = crisis["places"].filter(pl.col("place").is_in(list(places)))["name"].to_list()
    parts = (part.strip() for name in rows for part in name.split("/"))
    return [*holders, *rows, *(part for part in parts if len(part) > SHORT_NAME)]


def war_of(crisis: Crisis, options: DisplaceOptions, places: Sequence[str]) -> War:
    """Return the state of the war that concerns the exposed places."""
    return read_war(crisis, names_of_exposed(crisis, options, places))


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
) -> Onsets:
    """Return the onset of each draw.

    Parameters
    ----------
    scores : mapping of str to array of float, shape (draws,)
        Standard normal scores; "shock:onset" is the position in the day or month.
    places : sequence of str
        Exposed places.

    Raises
    ------
    CrisisError
        Where nothing says that violence started and there is no outlook.
    """
    from scipy.special import ndtr

    war = war_of(crisis, options, places)
    spread = ndtr(scores["shock:onset"])
    wave = begun_wave(crisis, options, war)
    if wave is not None:
        event, first, last = wave
        start, width = (first - crisis.moment).total_seconds() / HOUR, (last - first).total_seconds() / HOUR
        return Onsets(np.ones(len(draws), dtype=np.bool_), start + width * spread, ongoing=True, event=event)
    reaches = (
        ndtr(scores["shock:reaches"]) < parameters(scores, options.fixed, priors_of(crisis))["reaches_area"]
    )
    if war.has_begun:
        return _war_of_years(crisis, options, war, draws, spread, reaches, places)
    ahead = _from_outlook(crisis, options, draws, spread, reaches, places)
    begun = war.probabilities.get("under way", 0.0)
    if war.began_from is None or begun <= 0:
        return ahead
    now = ndtr(scores["shock:begun"]) < begun
    hours = np.where(now, war.draw_began(spread, crisis.moment), ahead.hours)
    return Onsets(now | ahead.happens, hours, ongoing=False, event=war.event)


def _war_of_years(
    crisis: Crisis,
    options: DisplaceOptions,
    war: War,
    draws: Ints,
    spread: Floats,
    reaches: Bools,
    places: Sequence[str],
) -> Onsets:
    """Return a war under way without a wave; a new one begins in a month with more deaths than of late."""
    began = war.draw_began(spread, crisis.moment)
    everywhere = np.ones(len(draws), dtype=np.bool_)
    event = war.event or "deaths by month"
    rows = _rows_of_outlook(crisis, places)
    if rows is None:
        return Onsets(everywhere, began, ongoing=True, event=event, steady=everywhere)
    import polars as pl

    months = sorted(months_of(crisis).items())[-12:]
    worst = max((deaths for _, deaths in months), default=0.0)
    total = rows.group_by("draw", "month").agg(pl.col("deaths").sum())
    hours = _first_months(crisis, options, total.filter(pl.col("deaths") > worst), draws, spread)
    waves = ~np.isnan(hours) & reaches
    return Onsets(everywhere, np.where(waves, hours, began), ongoing=True, event=event, steady=~waves)


def _rows_of_outlook(crisis: Crisis, places: Sequence[str]) -> pl.DataFrame | None:
    """Return the outlook of the exposed places and their countries; None where there is no outlook."""
    import polars as pl

    if not crisis["outlook"].height:
        return None
    own = crisis["places"].filter(pl.col("place").is_in(list(places)))
    countries = own["country"].drop_nulls().unique().to_list()
    return crisis["outlook"].filter(pl.col("where").is_in([*countries, *places]))


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

    rows = _rows_of_outlook(crisis, places)
    if rows is None:
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
    hours = _first_months(crisis, options, rows.filter(pl.col("event") == 1), draws, spread)
    happens = ~np.isnan(hours) & reaches
    return Onsets(happens, np.where(happens, hours, np.nan), ongoing=False)


def _first_months(
    crisis: Crisis, options: DisplaceOptions, rows: pl.DataFrame, draws: Ints, spread: Floats
) -> Floats:
    """Return hours from the moment to a point of the first month that each draw has among the rows."""
    import polars as pl

    known = sorted(crisis["outlook"]["draw"].unique().to_list())
    first = dict(rows.group_by("draw").agg(pl.col("month").min()).iter_rows())
    start = [first.get(known[int(d) % len(known)]) for d in draws]
    end = crisis.moment + parse_duration(options.horizon).timedelta
    return np.array([_moment_in(crisis, month, u, end) for month, u in zip(start, spread, strict=True)])


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
