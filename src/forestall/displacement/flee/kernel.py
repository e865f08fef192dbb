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

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forestall.displacement.flee.environment import Days
from forestall.displacement.sampling import binomial, cell_state, compiled, inlined, poisson, uniform

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]

# columns of Stage.road
LINK, NEXT, NEXT_WALK, ARRIVAL, BACK, CLOSED = range(6)
# columns of Stage.road_km
LEFT, SPEED, WALK_SPEED, WALK_CHANCE = range(4)
# columns of Choice.slot
PLACE, BASE, NEXT_LINK, ENTRY, GOAL = range(5)
# columns of Choice.path
PATH_GOAL, PATH_ENTRY, PATH_ENTRY_ON_FOOT, PATH_OPEN = range(4)
# columns of Choice.place
FULLNESS, CHANCE, SCORE, POPULATION, CAPACITY, WEIGHT_SUM, LEAVE = range(7)
# columns of Choice.state
TOWN, CAMP, LAST, MADE = range(4)
# columns of Stage.value
MEMORY, KM = range(2)
# columns of Stage.here; its last row says whether anybody came to or left a place with a limit
PRESENT, ARRIVED, LIMITED = range(3)
# columns of the flow
ON_ROAD, STARTED, STUCK, REMOVED = range(4)


class Rates(NamedTuple):
    """Numbers that every day shares."""

    max_speed: float
    weight_softening: float
    weight_power: float
    pruning: float
    buffer: float
    capacity_scale: float
    chance_base: float
    chance_power: float
    population_power: float
    use_population: int
    take_from_population: int
    keep_population: int
    stints: int
    fresh_day: int
    frozen: int
    on_foot: int
    leave_mode: int
    leave_rate: float
    bin_km: float
    least_share: float
    tolerance: float
    bins: int
    slots: int
    roads: int
    places: int


class Streams(NamedTuple):
    """Keys of the random streams."""

    leave: np.uint64
    move: np.uint64
    travel: np.uint64
    hop: np.uint64
    sink: np.uint64


class Stage(NamedTuple):
    """Where people are and where roads lead: all that travelling needs."""

    road: Ints
    road_km: Floats
    slot_place: Ints
    people: Ints
    value: Floats
    total: Ints
    waiting: Ints
    here: Ints


class Choice(NamedTuple):
    """What deciding needs: slots, paths with their weights, and places as they are today."""

    slot: Ints
    path: Ints
    path_factor: Floats
    first: Ints
    weight: Floats
    place: Floats
    state: Ints
    link_open: Ints
    limited: Ints
    goal_first: Ints
    goal_origin: Ints
    visits: Ints


class Routing(NamedTuple):
    """Keys of slots and roads, and the road slots of every link."""

    slot_key: Keys
    road_key: Keys
    link_first: Ints
    link_slots: Ints


@inlined
def put(stage: Stage, row: int, people: int, index: float, km: float) -> None:
    """Add people to a row, in the memory class of their recent-travel index."""
    classes = stage.people.shape[1]
    which = 0
    if classes > 1:
        which = min(int(index * classes), classes - 1)
    before = stage.people[row, which]
    if before == 0:
        stage.value[row, which, MEMORY] = index
        stage.value[row, which, KM] = km
    else:
        share = people / (before + people)
        stage.value[row, which, MEMORY] += (index - stage.value[row, which, MEMORY]) * share
        stage.value[row, which, KM] += (km - stage.value[row, which, KM]) * share
    stage.people[row, which] = before + people
    stage.total[row] += people


@inlined
def come(stage: Stage, place: int, people: int) -> None:
    """Count people who come to a place."""
    stage.here[place, PRESENT] += people
    stage.here[place, ARRIVED] += people
    stage.here[stage.here.shape[0] - 1, PRESENT] |= stage.here[place, LIMITED]


@inlined
def go(stage: Stage, place: int, people: int) -> None:
    """Count people who leave a place."""
    stage.here[place, PRESENT] -= people
    stage.here[stage.here.shape[0] - 1, PRESENT] |= stage.here[place, LIMITED]


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
