"""Acts of outsiders that change the odds that violence starts, on the same draws.

A draw in which violence does not start any more takes what the same draw is without violence; one in
which it starts takes what happens in another draw in which it does. So one world without violence serves
every such act, and what an act leaves alone stays the same, to the person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forestall.core.arrays import Bools, Floats, Ints
from forestall.core.random import stream, uniforms
from forestall.scenarios.edits import effect_draws, effect_scores
from forestall.scenarios.library import Option
from forestall.schema.conventions import ALL

CHANCE = "violence starts within the horizon"
CHANCE_KEY = (CHANCE, ALL, "share of draws")
RESAMPLES = 400
BANDWIDTH = 0.3
"""Width of the average over draws of nearly one effect, in standard deviations of the effect."""
Measures = Mapping[tuple[str, str, str], Floats]


@dataclass(frozen=True, eq=False)
class World:
    """One run: who is where in each draw, and every measure by draw.

    Attributes
    ----------
    draws
        Numbers of the draws, shape (draws,).
    happens
        Whether violence starts within the horizon.
    weights
        Weight of each draw.
    measures
        By (measure, where, unit), one number per draw.
    started
        Whether violence had started already at the moment.
    """

    draws: Ints
    happens: Bools
    weights: Floats
    measures: Measures
    started: bool


def shifted(chance: Floats | float, ratio: Floats | float) -> Floats:
    """Return a chance after its odds are multiplied.

    Examples
    --------
    >>> shifted(0.5, 0.5).round(3).item(), shifted(1.0, 0.5).item()
    (0.333, 1.0)
    """
    odds = np.asarray(ratio) * chance
    return np.asarray(odds / (1 - np.asarray(chance) + odds), dtype=np.float64)


def on_odds(group: Sequence[Option]) -> list[Option]:
    """Return the options of a group that change the odds that violence starts."""
    return [option for option in group if option.operation == "odds"]


def odds_ratios(group: Sequence[Option], seed: int, draws: Ints) -> Floats:
    """Return the ratio of odds by draw: the product of those of the options, as if each worked by itself."""
    ratios = [effect_draws(option, seed, draws) for option in on_odds(group)]
    return np.asarray(np.prod(ratios, axis=0) if ratios else np.ones(len(draws)))


def with_odds(world: World, quiet: World, ratio: Floats, seed: int) -> World:
    """Return the world in which the odds of each draw are multiplied.

    Parameters
    ----------
    world
        Without the acts.
    quiet
        The same without violence.
    ratio
        Ratio of odds, shape (draws,).
    seed
        Seed; the numbers are the same for every act, so that a stronger one keeps what a weaker one averts.
    """
    chance = float(np.average(world.happens, weights=world.weights))
    if chance in (0.0, 1.0):
        return world
    after, unit = shifted(chance, ratio), uniforms(seed, "odds-of-violence", world.draws)
    averted = world.happens & (unit >= after / chance)
    begun = ~world.happens & (unit < (after - chance) / (1 - chance))
    donors = _donors(world, seed)
    measures = {
        key: np.where(averted, quiet.measures[key], np.where(begun, values[donors], values))
        for key, values in world.measures.items()
    }
    return replace(world, happens=(world.happens & ~averted) | begun, measures=measures)


def _donors(world: World, seed: int) -> Ints:
    """Return for each draw another one in which violence starts."""
    there = np.flatnonzero(world.happens)
    place = uniforms(seed, "odds-of-violence:donor", world.draws) * len(there)
    return np.asarray(there[place.astype(np.int64)], dtype=np.int64)


def chance_quantiles(
    group: Sequence[Option], without: World, changed: World, seed: int, quantiles: Sequence[float]
) -> list[Floats]:
    """Return quantiles of the chance without, with and of the difference: one effect in all draws at a time.

    The effect of an act is not known, and it is the same unknown in every draw. So each resample of the
    draws has one effect of each option: the odds are multiplied by it, and for an act on deaths only draws
    with nearly that effect are averaged. An average over draws each with its own effect would look firm.

    Parameters
    ----------
    group
        Options in force together.
    without, changed
        World without any, and with those that are not on the odds.
    seed
        Seed.
    quantiles
        Probabilities, 0-1.
    """
    found = np.array([_resampled(group, without, changed, seed, step) for step in range(RESAMPLES)])
    columns = (found[:, 0], found[:, 1], found[:, 1] - found[:, 0])
    return [np.quantile(column, quantiles) for column in columns]


def _resampled(
    group: Sequence[Option], without: World, changed: World, seed: int, step: int
) -> tuple[float, float]:
    """Return the chance without and with, in one resample with one effect of each option."""
    generator = stream(seed, "compare-bootstrap", step=step)
    picks = generator.integers(0, len(without.happens), len(without.happens))
    weights = without.weights[picks] * _nearness(group, seed, without.draws[picks], step)
    change = np.average(changed.happens[picks] * 1.0 - without.happens[picks], weights=weights)
    before = float(np.average(without.happens[picks], weights=without.weights[picks]))
    ratio = odds_ratios(group, seed, np.array([-step - 1]))[0]
    return before, float(shifted(np.clip(before + change, 0.0, 1.0), ratio))


def _nearness(group: Sequence[Option], seed: int, draws: Ints, step: int) -> Floats:
    """Return how near the effect of each draw is to the one effect of a resample, for acts on deaths."""
    near = np.ones(len(draws))
    for option in (one for one in group if one.operation == "deaths"):
        own = effect_scores(option, seed, draws)
        chosen = effect_scores(option, seed, np.array([-step - 1]))
        near *= np.exp(-0.5 * ((own - chosen) / BANDWIDTH) ** 2)
    return near + 1e-9
