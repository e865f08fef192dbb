"""The compiled heart: one draw, day by day, over dense rows of cells.

A cell is (row, memory class).  Rows are the place slots and road slots of today, those of
tomorrow, and, for every bin of kilometres, the place slots of those who arrived early today and
decide again.  A cell holds how many people are in it, the mean of their recent-travel index and the
mean of the kilometres they covered today; memory classes keep people apart whose index differs, so
that taking the mean costs little.  Without the rule ``short_stints`` there is one class.

Decisions within a day are taken bin by bin, in the order of the kilometres covered.  The fullness
of camps is what it was before the bin, and where a camp may fill up today the people under way are
let go in portions, so that later ones see the camps that earlier ones have filled.
"""

from __future__ import annotations

import numpy as np

from forestall.core.arrays import Ints
from forestall.core.kernels import compiled
from forestall.core.sampling import binomial, cell_state
from forestall.flee.engine.cells import (
    ARRIVED,
    CAMP,
    CAPACITY,
    CHANCE,
    FULLNESS,
    MADE,
    MEMORY,
    ON_ROAD,
    PATH_OPEN,
    POPULATION,
    PRESENT,
    REMOVED,
    SCORE,
    STARTED,
    STUCK,
    TOWN,
    Choice,
    Rates,
    Routing,
    Stage,
    Streams,
    go,
    put,
)
from forestall.flee.engine.environment import Days
from forestall.flee.engine.leaving import leave_by_conflict, leave_by_count
from forestall.flee.engine.moves import hop_pass, move_pass
from forestall.flee.engine.roads import close_links, first_share, let_go, next_share, on_road


@compiled
def travel_pass(
    stage: Stage,
    choice: Choice,
    routing: Routing,
    rates: Rates,
    streams: Streams,
    day: int,
    draw: int,
    today: int,
    tomorrow: int,
    bins: int,
) -> None:
    """Let everybody on the road travel, in shares where a camp may fill up today."""
    moving = on_road(stage, today + rates.slots)
    left, share, step = 1.0, first_share(stage, choice, rates, moving), 0
    while left > 0.0:
        went = min(share, left)
        of_left = 1.0 if went >= left else went / left
        for road in range(rates.roads):
            if stage.total[today + rates.slots + road] > 0:
                state = cell_state(streams.travel, draw, routing.road_key[road], day << 12 | step)
                let_go(stage, rates, today, tomorrow, bins, road, of_left, state)
        hop_pass(stage, choice, routing, rates, streams.hop, day, draw, tomorrow, bins)
        left = 0.0 if went >= left else left - went
        if left > 0.0:
            share = next_share(stage, choice, rates, went, left, moving)
        step += 1


@compiled
def rest(stage: Stage, rates: Rates, today: int, tomorrow: int) -> None:
    """Carry those who did not move into tomorrow; their recent-travel index halves."""
    for slot in range(rates.slots):
        if stage.total[today + slot] == 0:
            continue
        for which in range(stage.people.shape[1]):
            people = stage.people[today + slot, which]
            if people > 0:
                put(stage, tomorrow + slot, people, stage.value[today + slot, which, MEMORY] / 2.0, 0.0)
                stage.people[today + slot, which] = 0
        stage.total[today + slot] = 0


@compiled
def sink(
    stage: Stage,
    choice: Choice,
    routing: Routing,
    days: Days,
    key: np.uint64,
    day: int,
    draw: int,
    tomorrow: int,
) -> int:
    """Take out the people who stop being counted (rule sinks); return how many."""
    removed = 0
    for slot in range(stage.slot_place.shape[0]):
        place = stage.slot_place[slot]
        chance = days.deactivation[place]
        if chance <= 0.0 or not choice.state[place, CAMP] or stage.total[tomorrow + slot] == 0:
            continue
        state = cell_state(key, draw, routing.slot_key[slot], day)
        for which in range(stage.people.shape[1]):
            gone, state = binomial(stage.people[tomorrow + slot, which], chance, state)
            stage.people[tomorrow + slot, which] -= gone
            stage.total[tomorrow + slot] -= gone
            go(stage, place, gone)
            removed += gone
    return removed


@compiled
def set_row(choice: Choice, days: Days, row: int) -> None:
    """Set places, links and paths to the state that a day has."""
    for place in range(choice.place.shape[0]):
        choice.place[place, SCORE] = days.score[row, place]
        choice.place[place, CHANCE] = days.chance[row, place]
        choice.state[place, TOWN] = days.town[row, place]
        choice.state[place, CAMP] = days.camp[row, place]
        choice.state[place, MADE] = 0
    for link in range(choice.link_open.shape[0]):
        choice.link_open[link] = days.link_open[row, link]
    for path in range(choice.path.shape[0]):
        choice.path[path, PATH_OPEN] = days.path_open[row, path]


@compiled
def start_draw(stage: Stage, choice: Choice, rates: Rates, days: Days) -> None:
    """Empty the working memory and set the people of day 0."""
    for row in range(stage.people.shape[0]):
        stage.total[row] = 0
        for which in range(stage.people.shape[1]):
            stage.people[row, which] = 0
    for number in range(rates.bins):
        stage.waiting[number, rates.slots] = 0
        stage.waiting[number, rates.slots + 1] = 0
    stage.here[rates.places, PRESENT] = 1
    for place in range(rates.places):
        stage.here[place, PRESENT] = days.initial[place]
        stage.here[place, ARRIVED] = 0
        choice.place[place, FULLNESS] = 1.0
        choice.place[place, POPULATION] = days.population[place]
        choice.place[place, CAPACITY] = days.capacity[place]
        choice.state[place, MADE] = 0
        if days.initial[place] > 0:
            put(stage, place + rates.on_foot * rates.places, days.initial[place], 0.0, 0.0)


@compiled
def start_day(stage: Stage, choice: Choice, rates: Rates, days: Days, day: int) -> None:
    """Set places, links and paths to what they are today."""
    if day == 0 or days.row[day] != days.row[day - 1]:
        set_row(choice, days, days.row[day])
    for slot in range(rates.slots):
        choice.visits[slot] = 0
    for place in range(rates.places):
        if days.capacity_per_day[place] != 0.0:
            choice.place[place, CAPACITY] += days.capacity_per_day[place]
            stage.here[rates.places, PRESENT] = 1
        if rates.use_population and rates.take_from_population:
            choice.state[place, MADE] = 0


@compiled
def run_draws(
    stage: Stage,
    choice: Choice,
    routing: Routing,
    rates: Rates,
    streams: Streams,
    days: Days,
    draws: Ints,
    shown: Ints,
    people: Ints,
    flow: Ints,
) -> None:
    """Run draws one after the other, each day in the peer's order: leave, close, decide, travel, rest.

    ``people`` (draws, days, shown places) receives who is present at the end of each day; ``flow``
    (draws, days, 4) receives people on the road, started, without a place to leave, removed.
    """
    half = rates.slots + rates.roads
    for number in range(draws.shape[0]):
        draw = draws[number]
        start_draw(stage, choice, rates, days)
        for day in range(days.row.shape[0]):
            today, tomorrow = (day % 2) * half, (1 - day % 2) * half
            if rates.leave_mode > 0:
                started = leave_by_conflict(
                    stage, choice, routing, rates, days, streams.leave, day, draw, today
                )
            else:
                started = leave_by_count(stage, choice, rates, days, streams.leave, day, draw, today)
            close_links(stage, routing, days, day, today + rates.slots)
            start_day(stage, choice, rates, days, day)
            move_pass(stage, choice, routing, rates, streams.move, day, draw, today, tomorrow)
            travel_pass(stage, choice, routing, rates, streams, day, draw, today, tomorrow, 2 * half)
            rest(stage, rates, today, tomorrow)
            flow[number, day, REMOVED] = sink(stage, choice, routing, days, streams.sink, day, draw, tomorrow)
            flow[number, day, STARTED] = started
            flow[number, day, STUCK] = days.new[day] - started if rates.leave_mode == 0 else 0
            flow[number, day, ON_ROAD] = on_road(stage, tomorrow + rates.slots)
            for i in range(shown.shape[0]):
                people[number, day, i] = stage.here[shown[i], PRESENT]
