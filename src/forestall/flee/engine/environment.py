"""What each day is like: conflict, attractiveness, closures, and how many people leave.

None of it depends on the draw, so it is worked out once, before the run.  Days that are alike share
one row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from forestall.core.arrays import Bools, Floats, Ints
from forestall.flee.engine.instance import Closure, FleeInstance, Kind
from forestall.flee.engine.network import Directed, Network
from forestall.flee.engine.rules import RuleSet
from forestall.options.flee import FleeSettings

THRESHOLD = 1e-6
"""Strength from which a place counts as a conflict zone."""
CAMP_BELOW = 0.005
"""A place left with a lower probability is a camp."""

Flags = npt.NDArray[np.uint8]


class Days(NamedTuple):
    """Arrays over days, or over the distinct states that days share (rows).

    ``row`` gives the row of each day in ``score``, ``chance``, ``town``, ``camp``, ``path_open``
    and ``link_open``; ``leave_row`` the row in ``leave_weight`` and ``strength``.
    """

    row: Ints
    score: Floats
    chance: Floats
    town: Flags
    camp: Flags
    path_open: Flags
    link_open: Flags
    leave_row: Ints
    leave_weight: Floats
    strength: Floats
    new: Ints
    close_first: Ints
    close_link: Ints
    open_first: Ints
    open_link: Ints
    population: Floats
    capacity: Floats
    capacity_per_day: Floats
    initial: Ints
    deactivation: Floats


@dataclass
class State:
    """Types, conflicts and closures while the days are gone through."""

    strength: Floats
    onset: Floats
    chance: Floats
    town: Bools
    camp: Bools
    link_open: Bools


def start_state(instance: FleeInstance, directed: list[Directed]) -> State:
    """Return the state before day 0, as the types of the places set it."""
    size = len(instance.places)
    state = State(
        np.full(size, -1.0),
        np.full(size, -1.0),
        np.ones(size),
        np.zeros(size, bool),
        np.zeros(size, bool),
        np.ones(len(directed), bool),
    )
    for position, place in enumerate(instance.places):
        _set_type(state, position, place.kind, place.intensity, instance.settings.effective())
        if state.chance[position] < CAMP_BELOW and not state.camp[position] and place.kind != "flood_zone":
            state.camp[position], state.town[position] = True, False
    return state


def _set_type(state: State, place: int, kind: Kind, intensity: float, settings: FleeSettings) -> None:
    """Set probability of leaving and flags from a type (rule ``place_types``)."""
    chances = {
        "camp": settings.camp_movechance,
        "idpcamp": settings.idpcamp_movechance,
        "conflict": settings.conflict_movechance,
        "flood_zone": settings.default_movechance,
        "town": settings.default_movechance,
    }
    state.chance[place] = chances.get(kind, 1.0)
    state.town[place] = kind == "town"
    state.camp[place] = kind in ("camp", "idpcamp")
    state.strength[place] = intensity if kind == "conflict" else -1.0


def decay(settings: FleeSettings, since: Floats) -> Floats:
    """Return the decay factor of conflicts that began ``since`` days ago (rule ``decay``).

    Examples
    --------
    >>> decay(FleeSettings(conflict_spawn_decay=(1.0, 0.5, 0.1)), np.array([0, 29, 30, 300])).tolist()
    [1.0, 1.0, 0.5, 0.1]
    """
    if not settings.conflict_spawn_decay:
        return np.ones(len(since))
    steps = np.asarray(settings.conflict_spawn_decay, dtype=np.float64)
    number = np.trunc(since / settings.conflict_spawn_decay_interval).astype(np.int64)
    return steps[np.clip(number, 0, len(steps) - 1)]


def attractiveness(instance: FleeInstance, state: State, factor: Floats) -> Floats:
    """Return the score of every place (rule ``attractiveness``)."""
    settings = instance.settings.effective()
    foreign = np.array([place.foreign for place in instance.places])
    score = np.where(foreign, settings.foreign_weight, 1.0)
    score = score * np.where(state.camp, settings.camp_weight, 1.0)
    at_war = state.strength > 0
    exponent = np.where(at_war, state.strength * factor, 0.0)
    return np.where(at_war, score * settings.conflict_weight**exponent, score)


def switch_conflicts(instance: FleeInstance, state: State, rules: RuleSet, day: int) -> bool:
    """Begin and end conflicts on a day (rule ``conflict``); tell whether any did."""
    settings, index, switched = instance.settings.effective(), instance.index(), False
    for name, column in instance.conflict.items():
        place, now = index[name], float(column[day])
        before = float(column[day - 1]) if day else 0.0
        if now > THRESHOLD and before < THRESHOLD:
            state.strength[place], state.chance[place] = now, settings.conflict_movechance
            state.town[place], state.onset[place], switched = False, day, True
        elif now < THRESHOLD <= before:
            state.strength[place], state.chance[place] = -1.0, settings.default_movechance
            state.town[place], switched = True, True
        elif now > THRESHOLD and rules.mends("intensity_frozen_at_onset"):
            state.strength[place] = now
    return switched


def change_closures(
    instance: FleeInstance, state: State, directed: list[Directed], rules: RuleSet, day: int
) -> tuple[list[int], list[int]]:
    """Close and open what is due on a day (rule ``closures``); return the links closed and opened."""
    before = state.link_open.copy()
    for closure in instance.closures:
        if day == closure.start:
            _change(instance, state, directed, rules, closure, opening=False)
        if day == closure.end:
            _change(instance, state, directed, rules, closure, opening=True)
    closed = np.flatnonzero(before & ~state.link_open)
    opened = np.flatnonzero(~before & state.link_open)
    return closed.tolist(), opened.tolist()


def _change(
    instance: FleeInstance,
    state: State,
    directed: list[Directed],
    rules: RuleSet,
    closure: Closure,
    *,
    opening: bool,
) -> None:
    if closure.kind in ("camp", "idpcamp"):
        kind: Kind = closure.kind if opening else "town"
        _set_type(state, instance.index()[closure.first], kind, -1.0, instance.settings.effective())
        return
    if closure.kind == "link" and len(closure.second) > 1 and not rules.mends("link_closures_do_nothing"):
        return
    for number, link in enumerate(directed):
        if _covers(instance, closure, link):
            state.link_open[number] = opening


def _covers(instance: FleeInstance, closure: Closure, link: Directed) -> bool:
    """Return whether a closure is about a link."""
    start, end = instance.places[link.start], instance.places[link.end]
    if closure.kind == "country":
        return {(start.country, end.country), (end.country, start.country)} >= {
            (closure.first, closure.second)
        }
    if closure.kind == "location":
        return closure.first in (start.name, end.name)
    return {start.name, end.name} == {closure.first, closure.second}


def new_people(instance: FleeInstance, rules: RuleSet) -> tuple[Ints, Ints]:
    """Return how many people start on each day, and the debt (rule ``departures_from_counts``)."""
    settings = instance.settings
    camps = sum(instance.series.values(), np.zeros(instance.days, np.int64))
    source = camps if settings.sum_from_camps else instance.total
    increase = np.diff(source, prepend=source[:1])
    if not (settings.insert_day0 or settings.empty_camps_on_day0):
        doubled = settings.sum_from_camps and not rules.mends("day0_departs_twice")
        increase[0] = camps[0] + instance.total[0] if doubled else source[0]
    new, debts, debt = np.zeros_like(increase), np.zeros_like(increase), 0
    for day, change in enumerate(increase.tolist()):
        wanted = change - debt
        new[day], debt = max(wanted, 0), max(-wanted, 0)
        debts[day] = debt
    return new, debts


def start_of_camps(instance: FleeInstance, rules: RuleSet) -> tuple[Ints, Floats]:
    """Return the people and the capacity of every place on day 0 (rule ``camp_fullness``)."""
    settings = instance.settings
    people = np.zeros(len(instance.places), np.int64)
    capacity = np.array([place.capacity for place in instance.places])
    if settings.empty_camps_on_day0:
        return people, capacity
    state = start_state(instance, [])
    for position, place in enumerate(instance.places):
        recorded = int(instance.series[place.name][0]) if place.name in instance.series else 0
        inserted = recorded if settings.insert_day0 and state.camp[position] else 0
        people[position] = inserted + (place.initial_people if state.camp[position] else 0)
        if capacity[position] > 0 and not rules.mends("day0_counted_twice"):
            capacity[position] -= inserted
    return people, capacity


def build_days(instance: FleeInstance, network: Network, directed: list[Directed], rules: RuleSet) -> Days:
    """Return everything that does not depend on the draw, day by day."""
    state, rows, leaves = start_state(instance, directed), Rows(), Rows()
    settings = instance.settings.effective()
    closed: list[list[int]] = []
    opened: list[list[int]] = []
    for day in range(instance.days):
        for name, kind, when in instance.type_changes:
            if when == day:
                _set_type(state, instance.index()[name], kind, 1.0, settings)
        switched = switch_conflicts(instance, state, rules, day)
        late = not (switched or day == 0 or rules.mends("decay_one_day_late"))
        factor = decay(settings, (day - 1 if late else day) - state.onset)
        leaves.add(
            np.where(state.strength > 0, state.strength * factor, 0.0), np.maximum(state.strength, 0.0)
        )
        shut, free = change_closures(instance, state, directed, rules, day)
        closed.append(shut)
        opened.append(free if rules.mends("closed_stays_closed_for_those_on_it") else [])
        score = attractiveness(instance, state, decay(settings, day - state.onset))
        rows.add(score, state.chance, state.town, state.camp, state.link_open)
    return _days(instance, network, rules, rows, leaves, closed, opened)


class Rows:
    """Distinct states of days, and which one each day has."""

    def __init__(self) -> None:
        self.of_day: list[int] = []
        self.known: dict[bytes, int] = {}
        self.states: list[tuple[npt.NDArray[np.generic], ...]] = []

    def add(self, *arrays: npt.NDArray[np.generic]) -> None:
        """Add the state of the next day."""
        key = b"".join(array.tobytes() for array in arrays)
        if key not in self.known:
            self.known[key] = len(self.states)
            self.states.append(tuple(array.copy() for array in arrays))
        self.of_day.append(self.known[key])

    def column(self, number: int, kind: type[np.generic]) -> npt.NDArray[Any]:
        """Return one array of every state, stacked."""
        return np.ascontiguousarray(np.stack([state[number] for state in self.states]).astype(kind))


def _days(
    instance: FleeInstance,
    network: Network,
    rules: RuleSet,
    rows: Rows,
    leaves: Rows,
    closed: list[list[int]],
    opened: list[list[int]],
) -> Days:
    new, _ = new_people(instance, rules)
    people, capacity = start_of_camps(instance, rules)
    link_open = rows.column(4, np.uint8)
    settings = instance.settings
    sinks = settings.camps_are_sinks if rules.mends("sinks_key_misspelt") else settings.camps_are_sicks
    return Days(
        row=np.array(rows.of_day, np.int64),
        score=rows.column(0, np.float64),
        chance=rows.column(1, np.float64),
        town=rows.column(2, np.uint8),
        camp=rows.column(3, np.uint8),
        path_open=_paths_open(network, link_open),
        link_open=link_open,
        leave_row=np.array(leaves.of_day, np.int64),
        leave_weight=leaves.column(0, np.float64),
        strength=leaves.column(1, np.float64),
        new=new if settings.conflict_driven_spawning is None else np.zeros_like(new),
        close_first=np.cumsum([0, *map(len, closed)]).astype(np.int64),
        close_link=np.array([link for day in closed for link in day], np.int64),
        open_first=np.cumsum([0, *map(len, opened)]).astype(np.int64),
        open_link=np.array([link for day in opened for link in day], np.int64),
        population=np.array([place.population for place in instance.places]),
        capacity=capacity,
        capacity_per_day=np.array([place.capacity_per_day for place in instance.places]),
        initial=people,
        deactivation=np.array([place.deactivation if sinks else 0.0 for place in instance.places]),
    )


def _paths_open(network: Network, link_open: npt.NDArray[np.generic]) -> Flags:
    """Return for every row which candidate paths have all their links open."""
    if len(network.way_link) == 0:
        return np.zeros((len(link_open), 0), np.uint8)
    steps = np.asarray(link_open)[:, network.way_link]
    return np.minimum.reduceat(steps, network.way_first[:-1], axis=1).astype(np.uint8)
