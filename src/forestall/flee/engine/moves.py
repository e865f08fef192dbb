"""Deciding: in the morning, and again after an early arrival."""

from __future__ import annotations

import numpy as np

from forestall.core.kernels import compiled, inlined
from forestall.core.sampling import binomial, cell_state
from forestall.flee.engine.cells import (
    BASE,
    ENTRY,
    GOAL,
    KM,
    LAST,
    MEMORY,
    NEXT_LINK,
    PATH_ENTRY,
    PATH_GOAL,
    PLACE,
    TOWN,
    WEIGHT_SUM,
    Choice,
    Rates,
    Routing,
    Stage,
    go,
    put,
)
from forestall.flee.engine.choices import admitted, full, move_chance, refresh_fullness, refresh_weights
from forestall.flee.engine.roads import set_out_again


@inlined
def move_cell(
    stage: Stage,
    choice: Choice,
    today: int,
    slot: int,
    foot: int,
    which: int,
    chance: float,
    state: np.uint64,
) -> np.uint64:
    """Let the people of one cell of a place decide in the morning."""
    place = choice.slot[slot, PLACE]
    index = stage.value[today + slot, which, MEMORY]
    left, state = binomial(stage.people[today + slot, which], chance, state)
    total, last = choice.place[place, WEIGHT_SUM], choice.state[place, LAST]
    roads = today + stage.slot_place.shape[0]
    path = choice.first[place]
    while left > 0:
        weight = choice.weight[path]
        if weight > 0.0:
            chosen = left
            if path != last:
                chosen, state = binomial(left, weight / total, state)
                total -= weight
            left -= chosen
            if chosen > 0 and not full(choice, choice.path[path, PATH_GOAL]):
                stage.people[today + slot, which] -= chosen
                stage.total[today + slot] -= chosen
                go(stage, place, chosen)
                put(stage, roads + choice.path[path, PATH_ENTRY + foot], chosen, index, 0.0)
        path += 1
    return state


@compiled
def move_pending(stage: Stage, choice: Choice, today: int, tomorrow: int, slot: int) -> None:
    """Let people with a pending route take its next link; else they drop it and stay today."""
    link = choice.slot[slot, NEXT_LINK]
    goes = link >= 0 and choice.link_open[max(link, 0)] != 0 and not full(choice, choice.slot[slot, GOAL])
    for which in range(stage.people.shape[1]):
        people = stage.people[today + slot, which]
        if people == 0:
            continue
        index = stage.value[today + slot, which, MEMORY]
        stage.people[today + slot, which] = 0
        if goes:
            go(stage, choice.slot[slot, PLACE], people)
            put(stage, today + stage.slot_place.shape[0] + choice.slot[slot, ENTRY], people, index, 0.0)
        else:
            put(stage, tomorrow + choice.slot[slot, BASE], people, index / 2.0, 0.0)
    stage.total[today + slot] = 0


@compiled
def move_pass(
    stage: Stage,
    choice: Choice,
    routing: Routing,
    rates: Rates,
    key: np.uint64,
    day: int,
    draw: int,
    today: int,
    tomorrow: int,
) -> None:
    """Let everybody in a place decide, with the fullness of the morning."""
    refresh_fullness(stage, choice, rates)
    places = rates.places
    for slot in range(rates.slots):
        if stage.total[today + slot] == 0:
            continue
        if choice.slot[slot, GOAL] >= 0:
            move_pending(stage, choice, today, tomorrow, slot)
            continue
        place = choice.slot[slot, PLACE]
        chance = move_chance(choice, rates, place)
        refresh_weights(choice, rates, place)
        if chance <= 0.0 or choice.state[place, LAST] < 0:
            continue
        foot = 1 if slot >= places else 0
        state = cell_state(key, draw, routing.slot_key[slot], day)
        for which in range(stage.people.shape[1]):
            if stage.people[today + slot, which] > 0:
                state = move_cell(stage, choice, today, slot, foot, which, chance, state)


@inlined
def hop_pending(
    stage: Stage,
    choice: Choice,
    rates: Rates,
    tomorrow: int,
    bins: int,
    slot: int,
    people: int,
    index: float,
    km: float,
    state: np.uint64,
) -> np.uint64:
    """Let people with a pending route who arrived early go on with it today."""
    link, road = choice.slot[slot, NEXT_LINK], choice.slot[slot, ENTRY]
    goes = 0
    if link >= 0 and choice.link_open[max(link, 0)] != 0:
        goes = admitted(stage, choice, rates, choice.slot[slot, GOAL], road, people)
    if goes < people:
        after = (index + km / rates.max_speed) / 2.0
        put(stage, tomorrow + choice.slot[slot, BASE], people - goes, after, 0.0)
    if goes > 0:
        go(stage, choice.slot[slot, PLACE], goes)
        state = set_out_again(stage, rates, tomorrow, bins, road, goes, index, km, state)
    return state


@inlined
def hop_free(
    stage: Stage,
    choice: Choice,
    rates: Rates,
    tomorrow: int,
    bins: int,
    slot: int,
    people: int,
    index: float,
    km: float,
    state: np.uint64,
) -> np.uint64:
    """Let people who arrived early decide again (rules daily_distance, short_stints)."""
    place = choice.slot[slot, PLACE]
    last, total = choice.state[place, LAST], choice.place[place, WEIGHT_SUM]
    chance = move_chance(choice, rates, place)
    if rates.stints and choice.state[place, TOWN] and (index + km / rates.max_speed) / 2.0 < 0.5:
        chance = 0.0 if rates.frozen else 1.0
    left = 0
    if last >= 0:
        left, state = binomial(people, chance, state)
    stay = people - left
    path = choice.first[place]
    while left > 0:
        weight = choice.weight[path]
        if weight > 0.0:
            chosen = left
            if path != last:
                chosen, state = binomial(left, weight / total, state)
                total -= weight
            left -= chosen
            road = choice.path[path, PATH_ENTRY]
            goes = admitted(stage, choice, rates, choice.path[path, PATH_GOAL], road, chosen)
            stay += chosen - goes
            if goes > 0:
                go(stage, place, goes)
                state = set_out_again(stage, rates, tomorrow, bins, road, goes, index, km, state)
        path += 1
    if stay > 0:
        put(stage, tomorrow + slot, stay, (index + km / rates.max_speed) / 2.0, 0.0)
    return state


@inlined
def hop_slot(
    stage: Stage,
    choice: Choice,
    rates: Rates,
    tomorrow: int,
    bins: int,
    number: int,
    slot: int,
    state: np.uint64,
) -> None:
    """Empty one slot of a bin."""
    row = bins + number * rates.slots + slot
    pending = choice.slot[slot, GOAL] >= 0
    if not pending:
        refresh_weights(choice, rates, choice.slot[slot, PLACE])
    stage.total[row] = 0
    for which in range(stage.people.shape[1]):
        people = stage.people[row, which]
        if people == 0:
            continue
        index, km = stage.value[row, which, MEMORY], stage.value[row, which, KM]
        stage.people[row, which] = 0
        if pending:
            state = hop_pending(stage, choice, rates, tomorrow, bins, slot, people, index, km, state)
        else:
            state = hop_free(stage, choice, rates, tomorrow, bins, slot, people, index, km, state)


@compiled
def hop_pass(
    stage: Stage,
    choice: Choice,
    routing: Routing,
    rates: Rates,
    key: np.uint64,
    day: int,
    draw: int,
    tomorrow: int,
    bins: int,
) -> None:
    """Empty the bins in the order of the kilometres covered today, and each in order of arrival."""
    for number in range(rates.bins):
        while stage.waiting[number, rates.slots + 1] > 0:
            refresh_fullness(stage, choice, rates)
            first = stage.waiting[number, rates.slots]
            slot = stage.waiting[number, first]
            stage.waiting[number, rates.slots] = (first + 1) % rates.slots
            stage.waiting[number, rates.slots + 1] -= 1
            choice.visits[slot] += 1
            state = cell_state(key, draw, routing.slot_key[slot], day << 24 | choice.visits[slot])
            hop_slot(stage, choice, rates, tomorrow, bins, number, slot, state)
