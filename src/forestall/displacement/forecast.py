"""The forecast: draws from the priors, fitted to the counts, moved over the whole horizon."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Bools, Counts, Floats, Ints
from forestall.core.random import uniforms
from forestall.core.units import parse_duration
from forestall.displacement.assimilation import Fit, Scores
from forestall.displacement.carried import capacity_of_ways, course_clock, exodus_of
from forestall.displacement.cohorts import Clock
from forestall.displacement.counted import Counted, read_counted
from forestall.displacement.course import Course, fit_course, lead_of, make_course
from forestall.displacement.environment import Environment, read_environment
from forestall.displacement.exposure import exposed_places
from forestall.displacement.futures import (
    Exodus,
    Futures,
    days_of,
    draw_scores,
    make_clock,
    make_futures,
    simulate,
)
from forestall.displacement.inputs import refuse
from forestall.displacement.onset import HOUR, Onsets, draw_onsets, first_given_day
from forestall.displacement.unrest import is_insecure, unrest_pace
from forestall.options.displace import DisplaceOptions

if TYPE_CHECKING:
    from forestall.crisis import Crisis


@dataclass(frozen=True, eq=False)
class Forecast:
    """All draws, and the movement of those in which anybody leaves.

    Parameters
    ----------
    happens : array of bool, shape (draws,)
        Whether violence starts within the horizon.
    futures : Futures
        All draws.
    exodus : Exodus or None
        Movement of the draws in which anybody leaves, in their order; None where nobody does.
    """

    environment: Environment
    onsets: Onsets
    futures: Futures
    exodus: Exodus | None
    fit: Fit | None
    counted: Counted
    course: Course | None = None
    """The course of a counted flight, in which every draw goes on from the counts."""

    @property
    def happens(self) -> Bools:
        """Whether violence starts within the horizon, by draw."""
        return self.onsets.happens

    @property
    def steady(self) -> Bools:
        """In which draws people leave without a wave."""
        return self.futures.steady

    @property
    def moves(self) -> Bools:
        """In which draws anybody leaves: the draws of ``exodus``, in their order."""
        return self.onsets.wave | self.steady


def make_forecast(crisis: Crisis, options: DisplaceOptions, *, roads: bool = True) -> Forecast:
    """Return the forecast of a crisis at its moment of knowledge.

    Without ``roads`` a counted flight has its course alone, which takes a fraction of the time: nobody is
    laid on roads, and ``exodus`` is None.
    """
    refuse(crisis)
    places = exposed_places(crisis, options)
    draws = np.arange(options.draws, dtype=np.int64)
    names = sorted(places)
    total = parse_duration(options.horizon).days * 24.0
    scores = draw_scores(options.seed, draws, names, 1)
    onsets = onsets_of(crisis, options, draws, scores, places)
    earliest = float(np.nanmin(np.append(onsets.starts, 0.0)))
    environment = read_environment(crisis, options, crisis.moment + timedelta(hours=min(0.0, earliest) - 1))
    began = crisis.moment + timedelta(hours=earliest) - timedelta(days=1) if onsets.ongoing else None
    counted = read_counted(crisis, environment.origins, environment.reception, began)
    given = first_given_day(crisis) is not None
    wave = onsets.ongoing and onsets.steady is None
    if counted.any and options.assimilate and wave and not given:
        middle = {name: np.zeros(1) for name in scores}
        one = onsets_of(crisis, options, draws[:1] * 0, middle, places)
        return _counted_forecast(environment, counted, one, draws, total, roads=roads)
    clock = clock_of(options, total, earliest)
    scores = draw_scores(options.seed, draws, environment.origins, days_of(clock))
    futures = make_futures(options, draws, scores, onsets, crisis.local_date(), environment.priors)
    futures = with_unrest(environment, onsets, futures)
    moves = onsets.wave | futures.steady
    exodus = simulate(environment, futures.only(moves), clock) if moves.any() else None
    return Forecast(environment, onsets, futures, exodus, None, counted)


def with_unrest(environment: Environment, onsets: Onsets, futures: Futures) -> Futures:
    """Return the draws with the pace of those in which people leave without a wave.

    A war of years is insecurity around every place; else acts of violence of late are, and a
    closure counts where it is known.
    """
    if environment.crisis.has("departures") or environment.crisis.has("intensity"):
        return futures
    insecure = onsets.steady is not None or is_insecure(environment.crisis)
    pace = unrest_pace(environment, futures, insecure=insecure)
    none = onsets.wave | ~(pace > 0).any(axis=1)
    return replace(futures, unrest=np.where(none[:, None], np.nan, pace))


def _counted_forecast(
    environment: Environment, counted: Counted, onsets: Onsets, draws: Ints, horizon: float, *, roads: bool
) -> Forecast:
    """Return the forecast that goes on from what was counted; every draw begins at one onset."""
    options, day = environment.options, environment.crisis.local_date()
    since = float(max(1.0, -onsets.hours[0]))
    clock = course_clock(since, horizon)
    particles = np.arange(options.particles, dtype=np.int64)
    scores = draw_scores(options.seed, particles, environment.origins, days_of(clock))
    onsets = Onsets(
        np.ones(len(draws), dtype=np.bool_), np.full(len(draws), -since), ongoing=True, event=onsets.event
    )
    lead = lead_of(environment, counted, -since)
    fitted = fit_course(environment, lead, scores, onsets)
    order = np.argsort(uniforms(options.seed, "assimilation:order", options.particles), kind="stable")
    chosen = {name: z[order[draws % options.particles]] for name, z in fitted.scores.items()}
    futures = make_futures(options, draws, chosen, onsets, day, environment.priors)
    ends = clock.start + clock.hours - since
    capacity = capacity_of_ways(environment, futures, clock)
    course = make_course(environment, counted, lead, futures, ends, capacity)
    exodus = exodus_of(environment, futures, clock, course) if roads else None
    return Forecast(environment, onsets, futures, exodus, fitted, counted, course)


def onsets_of(
    crisis: Crisis, options: DisplaceOptions, draws: Ints, scores: Scores, places: list[str]
) -> Onsets:
    """Return the onset of each draw: the first given day where days are given, else drawn."""
    first = first_given_day(crisis)
    if first is not None:
        hours = (datetime.combine(first, time(), crisis.zone) - crisis.moment).total_seconds() / HOUR
        return Onsets(
            np.ones(len(draws), dtype=np.bool_), np.full(len(draws), hours), ongoing=hours < 0, event="given"
        )
    return draw_onsets(crisis, options, draws, scores, places)


def clock_of(options: DisplaceOptions, horizon_hours: float, earliest: float) -> Clock:
    """Return the clock of the longest draw: hourly after the onset, and a week beyond the moment."""
    since = max(0.0, -earliest)
    hourly = parse_duration(options.hourly_for).days * 24.0
    hourly = max(hourly, since + 168.0) if since else hourly
    return make_clock(hourly, horizon_hours + since, daily=options.step == "day")


def steps_by(clock: Clock, hours: Floats) -> Ints:
    """Return the last step that is over by so many hours after the onset; -1 before the first."""
    return np.searchsorted(clock.start + clock.hours, hours + 1e-6, side="right").astype(np.int64) - 1


def arrived_by(series: Counts, clock: Clock, hours: Floats) -> Floats:
    """Return a series of people by draw and step at hours after each draw's onset.

    Parameters
    ----------
    series : array, shape (draws, steps) or (draws, steps, places)
        People at the end of each step.
    hours : array of float, shape (draws, moments)
        Hours after the onset.
    """
    step = steps_by(clock, hours)
    found: Counts = series[np.arange(len(series))[:, None], np.maximum(step, 0)]
    before = step < 0 if series.ndim == 2 else (step < 0)[:, :, None]
    return np.where(before, 0, found).astype(np.float64)
