"""Working memory of a run: where people are, what they choose from; and how cells are filled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forestall.core.arrays import Floats, Hashes, Ints
from forestall.core.kernels import inlined

Keys = Hashes

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
