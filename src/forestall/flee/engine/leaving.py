"""Who starts today: by the recorded counts or by conflict."""

from __future__ import annotations

import numpy as np

from forestall.core.kernels import compiled, inlined
from forestall.core.sampling import binomial, cell_state, poisson
from forestall.flee.engine.cells import LEAVE, POPULATION, Choice, Rates, Routing, Stage, come, put
from forestall.flee.engine.environment import Days


@inlined
def start_people(stage: Stage, choice: Choice, rates: Rates, today: int, place: int, people: int) -> int:
    """Start people from a place; return how many (rule take_from_population)."""
    if rates.take_from_population:
        if rates.keep_population:
            people = min(people, int(choice.place[place, POPULATION]))
        choice.place[place, POPULATION] = max(choice.place[place, POPULATION] - people, 0.0)
    if people > 0:
        slot = place + rates.on_foot * rates.places
        put(stage, today + slot, people, 0.0, 0.0)
        come(stage, place, people)
    return people


@compiled
def leave_by_count(
    stage: Stage, choice: Choice, rates: Rates, days: Days, key: np.uint64, day: int, draw: int, today: int
) -> int:
    """Start the people of the counts where conflict is; return how many."""
    row, left = days.leave_row[day], days.new[day]
    total, last, started = 0.0, -1, 0
    if left == 0:
        return 0
    for place in range(rates.places):
        choice.place[place, LEAVE] = days.leave_weight[row, place] * choice.place[place, POPULATION]
        if choice.place[place, LEAVE] > 0.0:
            total += choice.place[place, LEAVE]
            last = place
    state = cell_state(key, draw, np.uint64(0), day)
    for place in range(last + 1):
        weight = choice.place[place, LEAVE]
        if weight > 0.0 and left > 0:
            people = left
            if place != last:
                people, state = binomial(left, weight / total, state)
                total -= weight
            left -= people
            started += start_people(stage, choice, rates, today, place, people)
    return started


@compiled
def leave_by_conflict(
    stage: Stage,
    choice: Choice,
    routing: Routing,
    rates: Rates,
    days: Days,
    key: np.uint64,
    day: int,
    draw: int,
    today: int,
) -> int:
    """Start people at every conflict zone (rule departures_from_conflict); return how many."""
    row, started = days.leave_row[day], 0
    for place in range(rates.places):
        strength = days.strength[row, place]
        if strength <= 0.0:
            continue
        people = 0
        if rates.leave_mode == 1:
            people = int(rates.leave_rate * strength)
        elif rates.leave_mode == 2:
            people = int(rates.leave_rate * choice.place[place, POPULATION] * strength)
        else:
            state = cell_state(key, draw, routing.slot_key[place], day)
            people, state = poisson(rates.leave_rate * strength, state)
        started += start_people(stage, choice, rates, today, place, people)
    return started
