"""A wave of flight: how fast people still there leave, and how that follows from what was counted.

Of the people who will leave, those still there do so at a pace (per hour) that rises and falls with
the time since the start of the wave, over a slow steady pace,

    H(u) = log(1 + (u / tau)^k) + b u,        h(u) = dH / du,

the cumulative hazard of the log-logistic law [1]_ plus that of a war that goes on.  One law spans an
area that is empty in a week and a country that people leave for months.  The pace of a draw is
multiplied by exp(x), where x is an Ornstein-Uhlenbeck process: what the law leaves out, and what
makes errors of neighbouring days alike.  A Kalman filter [2]_ over the logs of the increments gives
the likelihood of a draw's parameters and the state of x after the last count, exactly.

References
----------
.. [1] Bennett, S. (1983). Log-logistic regression models for survival data. Journal of the Royal
   Statistical Society C 32(2), 165-171. doi:10.2307/2347295
.. [2] Kalman, R. E. (1960). A new approach to linear filtering and prediction problems. Journal of
   Basic Engineering 82(1), 35-45. doi:10.1115/1.3662552
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forestall.displacement.priors import Floats

SOFTENING = 100.0
"""People added to both sides of a ratio of counts, so that small counts do not decide."""
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
    """

    people: Floats
    hours: Floats
    shape: Floats
    steady: Floats
    noise: Floats
    memory: Floats

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
    )


@dataclass(frozen=True, eq=False)
class Filtered:
    """What the counts say of each draw: log likelihood, mean and variance of x after the last count."""

    log_likelihood: Floats
    mean: Floats
    variance: Floats


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
    >>> wave = Wave(np.array([1e4, 1e6]), 48 * one, 1.5 * one, 0 * one, 0.3 * one, 24 * one)
    >>> better = filtered(wave, np.array([0.0, 48.0]), np.array([0.0, 5e3]), np.array([0.1]))
    >>> bool(better.log_likelihood[0] > better.log_likelihood[1])
    True
    """
    size = len(wave.people)
    mean, variance, level = np.zeros(size), wave.noise**2, np.zeros(size)
    for i in range(len(hours) - 1):
        forget = np.exp(-(hours[i + 1] - hours[i]) / wave.memory)
        mean, variance = forget * mean, forget**2 * variance + (1 - forget**2) * wave.noise**2
        there = np.maximum(wave.people - totals[i], 1.0)
        expected = there * -np.expm1(-wave.hazard(hours[i], hours[i + 1]))
        seen = np.log((totals[i + 1] - totals[i] + SOFTENING) / (expected + SOFTENING))
        total = variance + spread[i] ** 2
        error, gain = seen - mean, variance / total
        level -= 0.5 * (error**2 / total + np.log(total))
        mean, variance = mean + gain * error, variance * (1 - gain)
    return Filtered(level, mean, variance)


def go_on(wave: Wave, gone: Floats, state: Floats, hours: Floats, shocks: Floats, capacity: Floats) -> Floats:
    """Return people gone by the end of each step, from a known total on.

    Parameters
    ----------
    wave : Wave
        Parameters by draw.
    gone, state : array of float, shape (draws,)
        People gone and x at the first of ``hours``.
    hours : array of float, shape (n + 1,)
        Hours after the start of the wave: the beginning, and the end of each step.
    shocks : array of float, shape (draws, n)
        Standard normal numbers.
    capacity : array of float, shape (draws,) or (draws, n)
        Most people per hour that the ways out let pass; who cannot pass waits.

    Returns
    -------
    array of float, shape (draws, n)
    """
    decided, passed = gone.copy(), gone.copy()
    found = np.empty((len(gone), len(hours) - 1))
    limit = np.broadcast_to(capacity[:, None] if capacity.ndim == 1 else capacity, found.shape)
    for n in range(len(hours) - 1):
        span = hours[n + 1] - hours[n]
        forget = np.exp(-span / wave.memory)
        state = forget * state + np.sqrt(1 - forget**2) * wave.noise * shocks[:, n]
        pace = wave.hazard(hours[n], hours[n + 1]) * np.exp(state)
        decided = decided + np.maximum(wave.people - decided, 0.0) * -np.expm1(-pace)
        let_pass = limit[:, n] * span if span > 0 else 0.0  # without end for no time is nobody
        passed = np.minimum(decided, passed + let_pass)
        found[:, n] = passed
    return found
