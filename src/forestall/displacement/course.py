"""The course of a flight that is counted: fitted to all counts, and carried on from their totals.

Up to the last count history is what was counted; from there on each draw goes on by its wave (see
wave), within what the ways out let pass.  The counts of one nest (abroad or inside) lead; the other
follows by a drawn ratio, or from its own counts.  No draw lies below a count that it was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forestall.core.arrays import Bools, Floats, Ints
from forestall.core.random import normals, uniforms
from forestall.displacement.assimilation import Fit, Scores, fit
from forestall.displacement.counted import Counted, Series
from forestall.displacement.destinations import UNKNOWN_HOURS, attraction, nested_shares
from forestall.displacement.environment import Environment
from forestall.displacement.futures import Futures, leaving_share, make_futures, people_at_onset
from forestall.displacement.onset import Onsets
from forestall.displacement.wave import SOFTENING, Filtered, Wave, filtered, go_on, wave_of, with_people

WINDOW = (12.0, 168.0)
"""Least and most hours before the last count over which recent rates are taken."""
SHARE_ERROR = 0.25
"""Scale of the error of the log of a destination's recent share before any error was seen; its tails are
heavy, since hosts change what they count."""
AS_GOOD_AS = 2
"""Errors that the scale known before is worth."""
MIDDLE_OF_SINH, MEAN_OF_SINH = 0.727, 1.126
"""Median and mean of |sinh z| for a standard normal z: what an error of scale 1 comes to."""
MOST = 3.0
"""Furthest that the log of a destination's share moves down; up it moves half as far."""
KEPT_OUT = "shock:capacity"


@dataclass(frozen=True, eq=False)
class Lead:
    """The leading running total: hours from the moment of knowledge, people, spread, start of the wave."""

    hours: Floats
    totals: Floats
    spread: Floats
    start: float
    inside: bool
    series: tuple[Series, ...]
    everybody: bool

    @property
    def last(self) -> float:
        """Hours from the moment to the last count."""
        return float(self.hours[-1])

    @property
    def window(self) -> float:
        """Hours over which the recent rate is taken: a quarter of the wave so far."""
        return float(np.clip(0.25 * (self.last - self.start), *WINDOW))


def lead_of(environment: Environment, counted: Counted, onset: float) -> Lead:
    """Return the series that leads: people who left the country, else the sum of arrivals of one nest."""
    inside_of = dict(zip(environment.pulls.places, environment.pulls.inside.tolist(), strict=True))
    abroad = [s for s in counted.arrived if not any(inside_of[leaf] for leaf in s.leaves)]
    within = [s for s in counted.arrived if s not in abroad]
    series = tuple(abroad or within) if counted.left is None else tuple(abroad)
    chosen = (counted.left,) if counted.left is not None else series
    first = min(float(s.hours[0]) for s in chosen)
    start = min(max(onset, last_opening(environment)), first - 1.0)
    window = float(np.clip(0.25 * (max(s.hours[-1] for s in chosen) - start), *WINDOW))
    hours = np.unique(np.concatenate([s.hours for s in chosen]))
    totals = sum((carried_on(s, hours, start, window) for s in chosen), np.zeros(len(hours)))
    spread = np.array([min(_spread_at(s, h) for s in chosen) for h in hours])
    return Lead(
        hours,
        np.maximum.accumulate(totals),
        spread,
        start,
        inside=counted.left is None and not abroad,
        series=series,
        everybody=counted.left is not None,
    )


def last_opening(environment: Environment) -> float:
    """Return hours from the moment to the last known opening of a way out; -inf where there was none."""
    regimes, moment = environment.regimes, environment.crisis.moment
    joined = [not environment.shut_in(state) for state in range(len(regimes.changes) + 1)]
    now = regimes.state_at(moment)
    opened = [i for i in range(now) if joined[i + 1] and not joined[i]]
    return (regimes.changes[opened[-1]] - moment).total_seconds() / 3600.0 if opened else -np.inf


def carried_on(series: Series, hours: Floats, start: float, window: float) -> Floats:
    """Return a total at some hours; after its last count it goes on at its recent rate."""
    beyond = np.maximum(hours - series.hours[-1], 0.0)
    return np.asarray(series.at(hours, start) + beyond * series.rate(window, start), dtype=np.float64)


def _spread_at(series: Series, hour: float) -> float:
    """Return the spread of the first count at or after an hour, wide where there is none."""
    row = int(np.searchsorted(series.hours, hour))
    return float(series.spread[row]) if row < len(series.hours) else 0.5


@dataclass(frozen=True, eq=False)
class Course:
    """People on their way so far, by draw and step, from the start of the wave to the horizon.

    Parameters
    ----------
    ends : array of float, shape (steps,)
        Hours from the moment of knowledge to the end of each step.
    total : array of float, shape (draws, steps)
        People who arrived anywhere, each once.
    sites : array of float, shape (draws, steps, reception)
        People counted at each place of reception.
    waiting : array of float, shape (draws, steps)
        People who decided and whom the ways out have not let pass.
    """

    ends: Floats
    total: Floats
    sites: Floats
    waiting: Floats
    wave: Wave
    way_hours: float


def fit_course(environment: Environment, lead: Lead, scores: Scores, onsets: Onsets) -> Fit:
    """Return particles that agree with the leading counts."""
    particles = len(next(iter(scores.values())))
    draws = np.arange(particles, dtype=np.int64)
    moving = {name: z for name, z in scores.items() if name != KEPT_OUT}
    began = Onsets(np.ones(particles, dtype=np.bool_), onsets.hours[:1].repeat(particles), ongoing=True)
    day = environment.crisis.local_date()

    def likelihood(proposed: Scores) -> Floats:
        futures = make_futures(
            environment.options,
            draws,
            {**proposed, KEPT_OUT: scores[KEPT_OUT]},
            began,
            day,
            environment.priors,
        )
        level: Floats = told_by(lead, leading_wave(environment, lead, futures)).log_likelihood
        return level

    found = fit(moving, likelihood, environment.options.seed)
    return Fit(
        {**found.scores, KEPT_OUT: scores[KEPT_OUT]},
        found.stages,
        found.acceptance,
        found.prior_effective,
        found.distinct,
    )


def told_by(lead: Lead, wave: Wave) -> Filtered:
    """Return what the leading counts say of each draw."""
    hours = np.append(0.0, lead.hours - lead.start)
    return filtered(wave, hours, np.append(0.0, lead.totals), lead.spread)


def leading_wave(environment: Environment, lead: Lead, futures: Futures) -> Wave:
    """Return the wave of the leading nest: the people who leave by what happens to their places."""
    people = people_at_onset(environment, futures)
    leaving = (people * leaving_share(environment, futures)).sum(axis=1)
    part = futures.values["inside_share"] if lead.inside else 1.0 - futures.values["inside_share"]
    both = environment.pulls.inside.any() and not environment.pulls.inside.all()
    return wave_of(leaving * (part if both else 1.0), futures.values)


def make_course(
    environment: Environment, counted: Counted, lead: Lead, futures: Futures, ends: Floats, capacity: Floats
) -> Course:
    """Return the course of every draw.

    Parameters
    ----------
    ends : array of float, shape (steps,)
        Hours from the moment of knowledge to the end of each step.
    capacity : array of float, shape (draws,)
        Most people per hour that the ways out let pass.
    """
    seed, draws = environment.options.seed, futures.draws
    wave = leading_wave(environment, lead, futures)
    people = people_at_onset(environment, futures).sum(axis=1).astype(np.float64)
    least = lead.totals[-1] * 1.01
    wave = with_people(wave, least)
    told = told_by(lead, wave)
    state = told.at(normals(seed, "displace:pace", draws), normals(seed, "displace:trend", draws))
    past = ends <= lead.last
    ahead = np.append(lead.last, ends[~past]) - lead.start
    shocks = (shocks_of(seed, "pace", draws, len(ahead)), shocks_of(seed, "trend", draws, len(ahead)))
    at_most = allowed(environment, futures, lead, ends[~past], capacity)
    gone = np.full(len(draws), lead.totals[-1])
    decided = go_on(wave, gone, state, ahead, shocks, np.full(len(draws), np.inf))
    passed = go_on(wave, gone, state, ahead, shocks, at_most)
    history = np.interp(ends[past], np.append(lead.start, lead.hours), np.append(0.0, lead.totals))
    main = np.concatenate([np.broadcast_to(history, (len(draws), past.sum())), passed], axis=1)
    waiting = np.concatenate([np.zeros((len(draws), past.sum())), decided - passed], axis=1)
    sites, total = shared_out(environment, counted, lead, futures, ends, main)
    most = np.maximum(people, least)[:, None]
    return Course(ends, np.minimum(total, most), sites, waiting, wave, mean_way(environment))


def shocks_of(seed: int, name: str, draws: Ints, steps: int) -> Floats:
    """Return standard normal numbers by draw and step after the last count."""
    rows = [normals(seed, f"displace:{name}", draws, step=n) for n in range(1, steps)]
    return np.stack(rows, axis=1) if rows else np.zeros((len(draws), 0))


def mean_way(environment: Environment) -> float:
    """Return mean travel time to the nearest place of reception, in hours; 0 where no way is known."""
    nearest = environment.way_hours.min(axis=1, initial=np.inf)
    known = np.isfinite(nearest)
    return (
        float(np.average(nearest[known], weights=environment.exposure.share[known])) if known.any() else 0.0
    )


def allowed(environment: Environment, futures: Futures, lead: Lead, ends: Floats, capacity: Floats) -> Floats:
    """Return the most people per hour that pass in each step: none while every way out is shut."""
    busiest = float((np.diff(lead.totals) / np.maximum(np.diff(lead.hours), 1.0)).max(initial=0.0))
    limit = np.maximum(capacity, 1.2 * busiest)
    table = np.repeat(limit[:, None], len(ends), axis=1)
    if environment.all_cut_off:
        opens = futures.onset_hours + futures.reopening_hours
        table = np.where(ends[None, :] <= opens[:, None], 0.0, table)
    return table


def shared_out(
    environment: Environment, counted: Counted, lead: Lead, futures: Futures, ends: Floats, main: Floats
) -> tuple[Floats, Floats]:
    """Return people at each place of reception, and everybody once.

    A place with counts goes on from its own total with its recent share; places under one count
    split it by their pulls; a place without counts gets what its pull says beside the others.
    """
    places = environment.reception
    prior = prior_shares(environment, futures)
    inside = environment.pulls.inside
    sites = np.zeros((*main.shape, len(places)))
    of_lead = inside if lead.inside else ~inside
    named = [np.array([p in s.leaves for p in places]) for s in lead.series]
    if named:
        put_counted(environment, lead, futures, ends, main, sites, list(zip(lead.series, named, strict=True)))
    rest = of_lead & ~np.any(named, axis=0) if named else of_lead
    if rest.any():
        sites[:, :, rest] = _rest(main, sites, prior, rest, of_lead, everybody=lead.everybody)
    first = main if lead.everybody else sites[:, :, of_lead].sum(axis=2)
    other = ~of_lead
    if not other.any():
        return sites, first
    other_total = followed(environment, counted, lead, futures, ends, first)
    within = prior[:, other] / np.maximum(prior[:, other].sum(axis=1, keepdims=True), 1e-300)
    sites[:, :, other] = other_total[:, :, None] * within[:, None, :]
    follow_counts(counted, lead, places, other, other_total, sites)
    return sites, first + sites[:, :, other].sum(axis=2)


def _rest(
    main: Floats, sites: Floats, prior: Floats, rest: Bools, of_lead: Bools, *, everybody: bool
) -> Floats:
    """Return people at places without counts: what a total leaves, else by their pull beside the counted."""
    own = prior[:, rest]
    counted = of_lead & ~rest
    if everybody:
        left_over = np.maximum(main - sites[:, :, counted].sum(axis=2), 0.0)
        within = own / np.maximum(own.sum(axis=1, keepdims=True), 1e-300)
        return np.asarray(left_over[:, :, None] * within[:, None, :], dtype=np.float64)
    held = prior[:, counted].sum(axis=1, keepdims=True) if counted.any() else np.ones((len(prior), 1))
    scale = own / np.maximum(held, 0.05) if counted.any() else own / own.sum(axis=1, keepdims=True)
    return np.asarray(main[:, :, None] * np.minimum(scale, 3.0)[:, None, :], dtype=np.float64)


def prior_shares(environment: Environment, futures: Futures) -> Floats:
    """Return the share of each place of reception by draw before counts, over all origins."""
    pull = attraction(environment.pulls, futures.values, environment.options.seed, futures.draws)
    hours = environment.way_hours
    hours = np.where(np.isfinite(hours), hours, UNKNOWN_HOURS)
    weight = environment.exposure.share
    share = np.zeros_like(pull)
    for o in range(len(weight)):
        share += weight[o] * nested_shares(pull, hours[o], environment.pulls.inside, futures.values)
    return share


def share_errors(lead: Lead, series: Series) -> Floats:
    """Return how the share of a place in the leading growth changed from window to window, in logs.

    Each is the error of saying that the last window's share goes on: a rolling one-step error, from
    counts known by the moment.
    """
    end, first = float(series.hours[-1]), max(float(series.hours[0]), lead.start)
    edges = np.arange(end, first - 1e-6, -lead.window)[::-1]
    if len(edges) < len(("start", "middle", "end")):
        return np.zeros(0)
    grid, totals = np.append(lead.start, lead.hours), np.append(0.0, lead.totals)
    own = np.maximum(np.diff(series.at(edges, lead.start)), 0.0) + SOFTENING
    everybody = np.maximum(np.diff(np.interp(edges, grid, totals)), 0.0) + SOFTENING
    return np.asarray(np.diff(np.log(own / everybody)), dtype=np.float64)


def share_scales(lead: Lead) -> list[float]:
    """Return the scale of the error of each place's share, learnt from its own and from all errors.

    The middle of all errors, drawn towards the scale known before, stands before each place's own;
    absolute errors, so that one change of what a host counts does not decide for all.  People come in
    groups: where few came lately the share is that much less certain.
    """
    errors = [share_errors(lead, series) for series in lead.series]
    every = np.abs(np.concatenate(errors)) if errors else np.zeros(0)
    middle = float(np.median(every)) / MIDDLE_OF_SINH if len(every) else SHARE_ERROR
    before = _drawn_together(SHARE_ERROR, middle, len(every))
    learnt = [
        _drawn_together(before, float(np.abs(own).mean()) / MEAN_OF_SINH if len(own) else before, len(own))
        for own in errors
    ]
    few = [SOFTENING / (SOFTENING + s.rate(lead.window, lead.start) * lead.window) for s in lead.series]
    return [float(np.hypot(scale, np.sqrt(part))) for scale, part in zip(learnt, few, strict=True)]


def _drawn_together(before: float, seen: float, many: int) -> float:
    """Return a scale between the one known before and the one seen in so many errors."""
    return (AS_GOOD_AS * before + many * seen) / (AS_GOOD_AS + many)


def put_counted(
    environment: Environment,
    lead: Lead,
    futures: Futures,
    ends: Floats,
    main: Floats,
    sites: Floats,
    named: Sequence[tuple[Series, Bools]],
) -> None:
    """Write people at places with counts: as counted, then the leading growth by drifting shares."""
    seed, draws, drift = environment.options.seed, futures.draws, futures.values["shares_drift"]
    growth = np.diff(main, axis=1, prepend=0.0)
    days = np.maximum(np.diff(ends, prepend=ends[0] - 1.0), 0.0) / 24.0
    shares = []
    for (series, _), scale in zip(named, share_scales(lead), strict=True):
        own, all_of_it = series.rate(lead.window, lead.start), rate_of(lead, series)
        level = max(own / max(all_of_it, 1e-9), 1e-6)
        ahead = ends > series.hours[-1]
        steps = np.stack(
            [
                normals(seed, "displace:share", draws, place=series.place, step=n) * np.sqrt(days[n])
                if ahead[n]
                else np.zeros(len(draws))
                for n in range(len(ends))
            ],
            axis=1,
        )
        error = scale * np.sinh(normals(seed, "displace:share level", draws, place=series.place))
        walk = error[:, None] + drift[:, None] * np.cumsum(steps, axis=1)
        shares.append(np.minimum(level * np.exp(np.clip(walk, -MOST, 0.5 * MOST)), max(1.0, level)))
    table: Floats = np.stack(shares, axis=2)
    if not lead.everybody:
        table = np.asarray(table / np.maximum(table.sum(axis=2, keepdims=True), 1e-300), dtype=np.float64)
    prior = prior_shares(environment, futures)
    for column, (counted_there, leaves) in enumerate(named):
        so_far = counted_there.at(ends, lead.start)
        fresh = np.clip((ends - counted_there.hours[-1]) / np.maximum(days * 24.0, 1e-9), 0.0, 1.0)
        more = np.cumsum(growth * table[:, :, column] * fresh[None, :], axis=1)
        pull = prior[:, leaves]
        within = pull / np.maximum(pull.sum(axis=1, keepdims=True), 1e-300)
        sites[:, :, leaves] = (so_far[None, :] + more)[:, :, None] * within[:, None, :]


def rate_of(lead: Lead, series: Series) -> float:
    """Return the leading total's people per hour over the recent hours before a series' last count."""
    end = float(series.hours[-1])
    begin = max(min(lead.start, float(series.hours[0])), end - lead.window)
    grid, totals = np.append(lead.start, lead.hours), np.append(0.0, lead.totals)
    some = np.interp([begin, end], grid, totals)
    return float((some[1] - some[0]) / max(end - begin, 1e-6))


def followed(
    environment: Environment, counted: Counted, lead: Lead, futures: Futures, ends: Floats, first: Floats
) -> Floats:
    """Return the people of the other nest: in a drawn ratio to the leading one, through its counts."""
    inside_share = futures.values["inside_share"]
    part = 1.0 - inside_share if lead.inside else inside_share
    ratio = part / np.maximum(1.0 - part, 1e-3)
    known = [s for s in counted.arrived if s not in lead.series]
    everybody = people_at_onset(environment, futures).sum(axis=1).astype(np.float64)
    if known:
        when = max(float(s.hours[-1]) for s in known)
        held = sum(float(s.totals[-1]) for s in known)
        column = min(int(np.searchsorted(ends, when - 1e-6)), len(ends) - 1)
        base = np.maximum(first[:, [column]], 1.0)
        going_on = uniforms(environment.options.seed, "displace:other nest", futures.draws)
        slope = np.where(ends[None, :] > when, going_on[:, None], 1.0) * held / base
        people = held + slope * (first - base)
        return np.asarray(np.clip(people, 0.0, everybody[:, None]), dtype=np.float64)
    most = np.maximum(everybody[:, None] - first, 0.0)
    return np.asarray(np.minimum(ratio[:, None] * first, most), dtype=np.float64)


def follow_counts(
    counted: Counted,
    lead: Lead,
    places: Sequence[str],
    other: Bools,
    total: Floats,
    sites: Floats,
) -> None:
    """Split the other nest by its own last counts where there are any."""
    known = [s for s in counted.arrived if s not in lead.series]
    if not known:
        return
    share: Floats = np.zeros(len(places))
    for series in known:
        leaves = np.array([p in series.leaves for p in places]) & other
        share[leaves] += series.totals[-1] / max(leaves.sum(), 1)
    if share.sum() > 0:
        sites[:, :, other] = total[:, :, None] * (share[other] / share.sum())[None, None, :]
