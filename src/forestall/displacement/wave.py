"""A wave of flight: how fast people still there leave, and how that follows from what was counted.

Of the people who will leave, those still there do so at a pace (per hour) that rises and falls with
the time since the start of the wave, over a slow steady pace,

    H(u) = log(1 + (u / tau)^k) + b u,        h(u) = dH / du,

the cumulative hazard of the log-logistic law [1]_ plus that of a war that goes on.  One law spans an
area that is empty in a week and a country that people leave for months.  The pace of a draw is
multiplied by exp(x), where x is what the law leaves out: an Ornstein-Uhlenbeck process with a damped
trend [3]_, which makes errors of neighbouring days alike and lets a rise or fall go on for a while.
A Kalman filter [2]_ over the logs of the increments gives the likelihood of a draw's parameters and
the state of x and its trend after the last count, exactly.

References
----------
.. [1] Bennett, S. (1983). Log-logistic regression models for survival data. Journal of the Royal
   Statistical Society C 32(2), 165-171. doi:10.2307/2347295
.. [2] Kalman, R. E. (1960). A new approach to linear filtering and prediction problems. Journal of
   Basic Engineering 82(1), 35-45. doi:10.1115/1.3662552
.. [3] Gardner, E. S., McKenzie, E. (1985). Forecasting trends in time series. Management Science
   31(10), 1237-1246. doi:10.1287/mnsc.31.10.1237
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from forestall.core.arrays import Floats

SOFTENING = 100.0
"""People added to both sides of a ratio of counts, so that small counts do not decide."""
MOST = 3.0
"""Largest deviation of the log of the pace."""
DAY = 24.0


@dataclass(frozen=True, eq=False)
class Wave:
    """The wave of each draw.

    Parameters
    ----------
    people : array of float, shape (draws,)
        People who will leave in all.
    hours, shape, steady, noise, memory : array of float, shape (draws,)
        tau in hours, k, b per hour, standard deviation of x, and hours after which x is forgotten.
    trend, lasting : array of float, shape (draws,)
        Standard deviation of how far a trend moves x in all, and hours after which it is forgotten.
    counting : array of float, shape (draws,), or float
        Factor on the spread of the counts, by which they say themselves how well they were made.
    """

    people: Floats
    hours: Floats
    shape: Floats
    steady: Floats
    noise: Floats
    memory: Floats
    trend: Floats
    lasting: Floats
    counting: Floats | float = 1.0

    def hazard(self, start: Floats | float, end: Floats | float) -> Floats:
        """Return the cumulative hazard between two times, in hours after the start of the wave."""
        begin, finish = np.maximum(start, 0.0), np.maximum(end, 0.0)
        grown = np.log1p((finish / self.hours) ** self.shape) - np.log1p((begin / self.hours) ** self.shape)
        return np.asarray(grown + self.steady * (finish - begin), dtype=np.float64)


def wave_of(people: Floats, values: Mapping[str, Floats]) -> Wave:
    """Return the waves with the parameters of the draws."""
    hours = values["wave_days"] * DAY
    return Wave(
        people=people,
        hours=hours,
        shape=values["wave_shape"],
        steady=values["steady_rate"] / DAY,
        noise=values["pace_noise"],
        memory=np.maximum(6.0, values["pace_memory"] * hours),
        trend=values["pace_trend"],
        lasting=np.maximum(6.0, values["trend_memory"] * hours),
        counting=values["counting_error"],
    )


def with_people(wave: Wave, least: float) -> Wave:
    """Return the wave with at least so many people."""
    return replace(wave, people=np.maximum(wave.people, least))


@dataclass(frozen=True, eq=False)
class Filtered:
    """What the counts say of each draw: log likelihood, and x and its trend after the last count.

    Parameters
    ----------
    log_likelihood, mean, slope : array of float, shape (draws,)
        Mean of x, and of its trend per hour.
    variance, between, slope_variance : array of float, shape (draws,)
        Their covariance.
    """

    log_likelihood: Floats
    mean: Floats
    slope: Floats
    variance: Floats
    between: Floats
    slope_variance: Floats

    def at(self, first: Floats, second: Floats) -> tuple[Floats, Floats]:
        """Return x and its trend at two standard normal scores (Cholesky)."""
        spread = np.sqrt(np.maximum(self.variance, 1e-12))
        along = self.between / spread
        rest = np.sqrt(np.maximum(self.slope_variance - along**2, 0.0))
        return self.mean + spread * first, self.slope + along * first + rest * second


def filtered(wave: Wave, hours: Floats, totals: Floats, spread: Floats) -> Filtered:
    """Return the likelihood of running totals under each draw's wave.

    Parameters
    ----------
    wave : Wave
        Parameters by draw.
    hours, totals : array of float, shape (n + 1,)
        Hours after the start of the wave, rising, and people gone by then; the first is the start.
    spread : array of float, shape (n,)
        Standard deviation of the log of each increment by counting.

    Examples
    --------
    >>> one = np.ones(2)
    >>> wave = Wave(np.array([1e4, 1e6]), 48 * one, 1.5 * one, 0 * one, 0.3 * one, 24 * one, 0 * one, one)
    >>> better = filtered(wave, np.array([0.0, 48.0]), np.array([0.0, 5e3]), np.array([0.1]))
    >>> bool(better.log_likelihood[0] > better.log_likelihood[1])
    True
    """
    size = len(wave.people)
    mean, slope, level = np.zeros(size), np.zeros(size), np.zeros(size)
    variance, between, moving = wave.noise**2, np.zeros(size), (wave.trend / wave.lasting) ** 2
    for i in range(len(hours) - 1):
        forget, damp, reach = kept(wave, float(hours[i + 1] - hours[i]))
        mean, slope = forget * mean + reach * slope, damp * slope
        variance = forget**2 * variance + 2 * forget * reach * between + reach**2 * moving
        variance = variance + (1 - forget**2) * wave.noise**2
        between = damp * (forget * between + reach * moving)
        moving = damp**2 * moving + (1 - damp**2) * (wave.trend / wave.lasting) ** 2
        there = np.maximum(wave.people - totals[i], 1.0)
        expected = there * -np.expm1(-wave.hazard(hours[i], hours[i + 1]))
        seen = np.log((totals[i + 1] - totals[i] + SOFTENING) / (expected + SOFTENING))
        total = variance + (wave.counting * spread[i]) ** 2
        error, gain, tilt = seen - mean, variance / total, between / total
        level -= 0.5 * (error**2 / total + np.log(total))
        mean, slope = mean + gain * error, slope + tilt * error
        moving = moving - tilt * between
        between, variance = between * (1 - gain), variance * (1 - gain)
    return Filtered(level, mean, slope, variance, between, moving)


def kept(wave: Wave, hours: float) -> tuple[Floats, Floats, Floats]:
    """Return what is left of x and of its trend after some hours, and how far the trend moves x."""
    damp = np.exp(-hours / wave.lasting)
    return np.exp(-hours / wave.memory), damp, wave.lasting * (1 - damp)


def go_on(
    wave: Wave,
    gone: Floats,
    state: tuple[Floats, Floats],
    hours: Floats,
    shocks: tuple[Floats, Floats],
    capacity: Floats,
) -> Floats:
    """Return people gone by the end of each step, from a known total on.

    Parameters
    ----------
    wave : Wave
        Parameters by draw.
    gone : array of float, shape (draws,)
        People gone at the first of ``hours``.
    state : two arrays of float, shape (draws,)
        x and its trend there.
    hours : array of float, shape (n + 1,)
        Hours after the start of the wave: the beginning, and the end of each step.
    shocks : two arrays of float, shape (draws, n)
        Standard normal numbers for x and its trend.
    capacity : array of float, shape (draws,) or (draws, n)
        Most people per hour that the ways out let pass; who cannot pass waits.

    Returns
    -------
    array of float, shape (draws, n)
    """
    decided, passed = gone.copy(), gone.copy()
    off, slope = state
    found = np.empty((len(gone), len(hours) - 1))
    limit = np.broadcast_to(capacity[:, None] if capacity.ndim == 1 else capacity, found.shape)
    for n in range(len(hours) - 1):
        span = hours[n + 1] - hours[n]
        forget, damp, reach = kept(wave, float(span))
        off = forget * off + reach * slope + np.sqrt(1 - forget**2) * wave.noise * shocks[0][:, n]
        slope = damp * slope + np.sqrt(1 - damp**2) * wave.trend / wave.lasting * shocks[1][:, n]
        pace = wave.hazard(hours[n], hours[n + 1]) * np.exp(np.minimum(off, MOST))
        decided = decided + np.maximum(wave.people - decided, 0.0) * -np.expm1(-pace)
        let_pass = limit[:, n] * span if span > 0 else 0.0  # without end for no time is nobody
        passed = np.minimum(decided, passed + let_pass)
        found[:, n] = passed
    return found
