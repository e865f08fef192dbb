"""What people weigh up: fullness of camps, weights of paths, the chance of leaving."""

from __future__ import annotations

import math

from forestall.core.kernels import inlined
from forestall.flee.engine.cells import (
    CAMP,
    CAPACITY,
    CHANCE,
    FULLNESS,
    LAST,
    MADE,
    NEXT,
    PATH_GOAL,
    PATH_OPEN,
    POPULATION,
    PRESENT,
    SCORE,
    WALK_CHANCE,
    WEIGHT_SUM,
    Choice,
    Rates,
    Stage,
)


@inlined
def refresh_fullness(stage: Stage, choice: Choice, rates: Rates) -> None:
    """Set the fullness C of places with a limit from the people present (rule camp_fullness)."""
    if stage.here[rates.places, PRESENT] == 0:
        return
    stage.here[rates.places, PRESENT] = 0
    for i in range(choice.limited.shape[0]):
        place = choice.limited[i]
        limit = choice.place[place, CAPACITY] * rates.capacity_scale
        fullness = 1.0
        present = float(stage.here[place, PRESENT])
        if limit >= 1.0 and present > rates.buffer * limit:
            fullness = 0.0
            if present < limit:
                fullness = 1.0 - (present - rates.buffer * limit) / (limit * (1.0 - rates.buffer))
        if fullness != choice.place[place, FULLNESS]:
            choice.place[place, FULLNESS] = fullness
            for j in range(choice.goal_first[place], choice.goal_first[place + 1]):
                choice.state[choice.goal_origin[j], MADE] = 0


@inlined
def path_weight(choice: Choice, rates: Rates, path: int) -> float:
    """Return the weight of a path (rules path_weight, stay_close_to_home)."""
    goal = choice.path[path, PATH_GOAL]
    score = choice.place[goal, SCORE] * choice.path_factor[path, 1]
    if rates.use_population and not choice.state[goal, CAMP]:
        score *= max(1.0, choice.place[goal, POPULATION]) ** rates.population_power
    weight: float = rates.weight_softening + score
    weight *= choice.path_factor[path, 0] * choice.place[goal, FULLNESS]
    if rates.weight_power != 1.0:
        weight = weight**rates.weight_power
    return weight


@inlined
def refresh_weights(choice: Choice, rates: Rates, place: int) -> None:
    """Set the weights of all paths from a place, where anything they depend on has changed."""
    if choice.state[place, MADE]:
        return
    choice.state[place, MADE] = 1
    first, end = choice.first[place], choice.first[place + 1]
    best, total, last = 0.0, 0.0, -1
    for path in range(first, end):
        weight = path_weight(choice, rates, path) if choice.path[path, PATH_OPEN] else 0.0
        choice.weight[path] = weight
        best = max(best, weight)
    for path in range(first, end):
        if rates.pruning > 1.0 and choice.weight[path] < best / rates.pruning:
            choice.weight[path] = 0.0
        if choice.weight[path] > 0.0 or (best <= 0.0 and choice.path[path, PATH_OPEN]):
            if best <= 0.0:  # no weight at all: every open path is equally likely
                choice.weight[path] = 1.0
            total += choice.weight[path]
            last = path
    choice.place[place, WEIGHT_SUM] = total
    choice.state[place, LAST] = last


@inlined
def move_chance(choice: Choice, rates: Rates, place: int) -> float:
    """Return the probability of leaving a place today (rule move_chance)."""
    if rates.frozen:
        return 0.0
    chance: float = choice.place[place, CHANCE]
    if rates.chance_power != 0.0:
        size = max(choice.place[place, POPULATION], choice.place[place, CAPACITY], 0.0)
        chance *= (size / rates.chance_base) ** rates.chance_power
    return chance


@inlined
def full(choice: Choice, goal: int) -> bool:
    """Return whether a destination is a camp so full that people do not set out for it."""
    return bool(choice.state[goal, CAMP] != 0 and choice.place[goal, FULLNESS] < 0.5)


@inlined
def admitted(stage: Stage, choice: Choice, rates: Rates, goal: int, road: int, people: int) -> int:
    """Return how many of the people who chose a destination today still set out for it.

    Who arrives at once fills the camp for the next, so that only those set out for whom the
    fullness is not yet below 0.5 when their turn comes.
    """
    limit = choice.place[goal, CAPACITY] * rates.capacity_scale
    if choice.state[goal, CAMP] == 0 or limit < 1.0:
        return people
    room = math.floor(limit * (1.0 + rates.buffer) / 2.0) - stage.here[goal, PRESENT] + 1
    if room <= 0:
        return 0
    at_once = stage.road[road, NEXT] < 0 and stage.road_km[road, WALK_CHANCE] == 0.0
    return min(people, room) if at_once else people
