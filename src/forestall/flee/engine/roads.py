"""Travelling: along a road slot for today, onto a further link, in shares where camps fill up."""

from __future__ import annotations

import numpy as np

from forestall.core.kernels import compiled, inlined
from forestall.core.sampling import binomial, uniform
from forestall.flee.engine.cells import (
    ARRIVAL,
    ARRIVED,
    BACK,
    CAPACITY,
    CLOSED,
    LEFT,
    MEMORY,
    NEXT,
    NEXT_WALK,
    PRESENT,
    SPEED,
    WALK_CHANCE,
    WALK_SPEED,
    Choice,
    Rates,
    Routing,
    Stage,
    come,
    put,
)
from forestall.flee.engine.environment import Days


@inlined
def travel(
    stage: Stage,
    max_speed: float,
    bin_km: float,
    tomorrow: int,
    bins: int,
    road: int,
    speed: float,
    onward: int,
    people: int,
    index: float,
    km: float,
) -> None:
    """Let people on a road slot travel for today; ``km`` is what they covered before.

    ``tomorrow`` is the first row of tomorrow, ``bins`` that of the bins, ``onward`` the road slot of
    tomorrow, or -1 for those who arrive.
    """
    slots = stage.slot_place.shape[0]
    if onward >= 0:
        put(stage, tomorrow + slots + onward, people, (index + (km + speed) / max_speed) / 2.0, 0.0)
        return
    covered = km + stage.road_km[road, LEFT]
    back = stage.road[road, BACK]
    slot = stage.road[road, ARRIVAL] if back < 0 else back
    come(stage, stage.slot_place[slot], people)
    if back >= 0 or covered >= speed:
        put(stage, tomorrow + slot, people, (index + covered / max_speed) / 2.0, 0.0)
        return
    later = min(int(covered / bin_km), stage.waiting.shape[0] - 1)
    row = bins + later * slots + slot
    if stage.total[row] == 0:
        first, size = stage.waiting[later, slots], stage.waiting[later, slots + 1]
        stage.waiting[later, (first + size) % slots] = slot
        stage.waiting[later, slots + 1] = size + 1
    put(stage, row, people, index, covered)


@inlined
def set_out(
    stage: Stage,
    rates: Rates,
    tomorrow: int,
    bins: int,
    road: int,
    people: int,
    index: float,
    km: float,
    state: np.uint64,
) -> np.uint64:
    """Let people travel on a road slot for today, each walking with the probability of the link."""
    walkers = 0
    if stage.road_km[road, WALK_CHANCE] > 0.0:
        walkers, state = binomial(people, stage.road_km[road, WALK_CHANCE], state)
    for walks in range(2):
        going = walkers if walks else people - walkers
        if going > 0:
            speed = stage.road_km[road, WALK_SPEED if walks else SPEED]
            onward = stage.road[road, NEXT_WALK if walks else NEXT]
            travel(
                stage, rates.max_speed, rates.bin_km, tomorrow, bins, road, speed, onward, going, index, km
            )
    return state


@inlined
def set_out_again(
    stage: Stage,
    rates: Rates,
    tomorrow: int,
    bins: int,
    road: int,
    people: int,
    index: float,
    km: float,
    state: np.uint64,
) -> np.uint64:
    """Let people who arrived early enter a further link today.

    The peer gives them a full day's distance on it.  Mended, they have what is left of the day:
    enough to arrive, or else a whole day's credit with probability (what is left / a day).
    """
    left = stage.road_km[road, SPEED] - km
    arrive = left > stage.road_km[road, LEFT] and stage.road_km[road, WALK_CHANCE] == 0.0
    if rates.fresh_day or arrive:
        return set_out(stage, rates, tomorrow, bins, road, people, index, km, state)
    started, state = binomial(people, max(left, 0.0) / stage.road_km[road, SPEED], state)
    rows = tomorrow + stage.slot_place.shape[0]
    onward = stage.road[road, NEXT]
    if started < people:
        put(stage, rows + road, people - started, (index + km / rates.max_speed) / 2.0, 0.0)
    if started > 0:  # a day's credit that would carry them over the end lets them wait before it
        after = (index + (km + max(left, 0.0)) / rates.max_speed) / 2.0
        put(stage, rows + (onward if onward >= 0 else road), started, after, 0.0)
    return state


@inlined
def on_road(stage: Stage, roads: int) -> int:
    """Return how many people are on the road slots that begin with a row."""
    people = stage.total[roads] if stage.road.shape[0] > 0 else 0
    for road in range(1, stage.road.shape[0]):
        people += stage.total[roads + road]
    return people


@compiled
def first_share(stage: Stage, choice: Choice, rates: Rates, moving: int) -> float:
    """Return the share of the people under way to let go first: all where no camp may fill up."""
    share = 1.0
    for i in range(choice.limited.shape[0]):
        place = choice.limited[i]
        stage.here[place, ARRIVED] = 0
        limit = choice.place[place, CAPACITY] * rates.capacity_scale
        present = stage.here[place, PRESENT]
        if limit >= 1.0 and rates.buffer * limit < present + moving and present < limit:
            share = rates.least_share
    return share


@compiled
def next_share(stage: Stage, choice: Choice, rates: Rates, went: float, left: float, moving: int) -> float:
    """Return the share to let go next, from how fast the last share filled the camps.

    Within a share the fullness of no camp may change by more than a twentieth; where the rest of
    the day would bring it past 0.5, below which nobody sets out, by no more than a hundredth.
    What that means in people is at least ``tolerance`` times all who are under way.
    """
    share = left
    for i in range(choice.limited.shape[0]):
        place = choice.limited[i]
        limit = choice.place[place, CAPACITY] * rates.capacity_scale
        rate = stage.here[place, ARRIVED] / went
        stage.here[place, ARRIVED] = 0
        present = stage.here[place, PRESENT]
        if limit < 1.0 or rate <= 0.0 or present >= limit or present + rate * left <= rates.buffer * limit:
            continue
        half = limit * (1.0 + rates.buffer) / 2.0
        step = 0.01 if present <= half < present + rate * left else 0.05
        people = max(step * limit * (1.0 - rates.buffer), rates.tolerance * moving, 1.0)
        share = min(share, people / rate)
    return max(share, min(rates.least_share, left))


@inlined
def let_go(
    stage: Stage,
    rates: Rates,
    today: int,
    tomorrow: int,
    bins: int,
    road: int,
    share: float,
    state: np.uint64,
) -> None:
    """Let a share of the people on a road slot travel, rounded at random to whole people."""
    row = today + rates.slots + road
    for which in range(stage.people.shape[1]):
        held = stage.people[row, which]
        if held == 0:
            continue
        people = held
        if share < 1.0:
            chance, state = uniform(state)
            people = min(int(held * share + chance), held)
        if people > 0:
            stage.people[row, which] -= people
            stage.total[row] -= people
            index = stage.value[row, which, MEMORY]
            state = set_out(stage, rates, tomorrow, bins, road, people, index, 0.0, state)


@compiled
def shift(stage: Stage, row: int, target: int) -> None:
    """Move everybody from one row to another."""
    for which in range(stage.people.shape[1]):
        people = stage.people[row, which]
        if people > 0:
            put(stage, target, people, stage.value[row, which, MEMORY], 0.0)
            stage.people[row, which] = 0
    stage.total[row] = 0


@compiled
def close_links(stage: Stage, routing: Routing, days: Days, day: int, roads: int) -> None:
    """Mark the people on links that close today; mended, unmark those on links that open."""
    for i in range(days.close_first[day], days.close_first[day + 1]):
        link = days.close_link[i]
        for j in range(routing.link_first[link], routing.link_first[link + 1]):
            road = routing.link_slots[j]
            if stage.road[road, CLOSED] >= 0 and stage.total[roads + road] > 0:
                shift(stage, roads + road, roads + stage.road[road, CLOSED])
    for i in range(days.open_first[day], days.open_first[day + 1]):
        link = days.open_link[i]
        for j in range(routing.link_first[link], routing.link_first[link + 1]):
            road = routing.link_slots[j]
            closed = stage.road[road, CLOSED]
            if closed >= 0 and stage.total[roads + closed] > 0:
                shift(stage, roads + closed, roads + road)
