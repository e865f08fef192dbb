"""Run the peer's rules on an instance: draws in, people by camp and day out."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from forestall.core.arrays import Floats, Ints
from forestall.flee.engine.environment import Days, build_days, start_state
from forestall.flee.engine.instance import FleeInstance, Link, Place
from forestall.flee.engine.network import Network, build_network
from forestall.flee.engine.rules import RuleSet, rule_set

if TYPE_CHECKING:
    from forestall.flee.engine.cells import Choice, Rates, Routing, Stage, Streams

MOST_CLASSES = 13
"""Most memory classes with avoid_short_stints."""
MOST_BINS = 24
"""Most bins of the kilometres covered within a day."""
FEWEST_BINS = 4
"""Fewest such bins."""
PORTIONS = 32
"""Most shares in which the people under way are let go on days on which a camp may fill up."""
TOLERANCE = 0.01
"""Share of all people under way below which no finer step is made for a camp."""
MAX_CELLS = 20_000_000
"""Cells of working memory beyond which classes and bins are made fewer."""


@dataclass(frozen=True)
class Grain:
    """How finely memory, kilometres and the order within a day are told apart."""

    classes: int
    bins: int
    portions: int = PORTIONS


def grain_for(slots: int) -> Grain:
    """Return a grain that is fine for small networks, where single links matter and cells are cheap.

    On the imported instances, with 18 to 63 places, classes and bins beyond these moved the error by
    less than two draws differ.

    Examples
    --------
    >>> grain_for(7)
    Grain(classes=13, bins=24, portions=32)
    >>> grain_for(100)
    Grain(classes=1, bins=4, portions=32)
    """
    size = max(slots, 1) ** 2
    return Grain(max(1, min(MOST_CLASSES, 700 // size)), max(FEWEST_BINS, min(MOST_BINS, 2000 // size)))


@dataclass(frozen=True)
class FleeResult:
    """People by draw, day and place, and the daily flow.

    Parameters
    ----------
    places : tuple of str
        Names of the places in ``people``.
    people : int array, shape (draws, days, places)
        People present at the end of each day.
    total : int array, shape (draws, days)
        Everybody: people of day 0 and those started less those no longer counted.
    on_road, started, stuck, removed : int array, shape (draws, days)
        People on the road, started, without a place to start from, no longer counted.
    cells : int
        Cells (cohorts) that the network holds.
    """

    places: tuple[str, ...]
    people: Ints
    total: Ints
    on_road: Ints
    started: Ints
    stuck: Ints
    removed: Ints
    cells: int


@dataclass(frozen=True)
class Prepared:
    """An instance turned into arrays, ready to be run any number of times."""

    instance: FleeInstance
    network: Network
    days: Days
    rates: Rates
    classes: int
    bins: int

    @property
    def cells(self) -> int:
        """Cohorts that can be told apart: slots of places and roads by memory class."""
        return (len(self.network.slot_place) + len(self.network.road_link)) * self.classes


def camps_of(instance: FleeInstance) -> tuple[str, ...]:
    """Return the places that are camps on day 0, sorted by name."""
    state = start_state(instance, [])
    return tuple(place.name for place, camp in zip(instance.places, state.camp, strict=True) if camp)


def prepare(instance: FleeInstance, rules: RuleSet, grain: Grain | None = None) -> Prepared:
    """Turn an instance into arrays.

    Raises
    ------
    CrisisError
        Where the awareness level would list too many paths.
    """
    network, directed = build_network(instance, rules)
    grain = grain or grain_for(len(network.slot_place))
    network = network._replace(path_home_factor=home_factor(instance, network, rules))
    days = build_days(instance, network, directed, rules)
    stints = instance.settings.effective().avoid_short_stints
    slots = len(network.slot_place) + len(network.road_link)
    classes = max(1, min(grain.classes, MAX_CELLS // max(slots, 1))) if stints else 1
    bins = max(1, min(grain.bins, MAX_CELLS // max(len(network.slot_place) * classes, 1)))
    rates = rates_of(instance, network, rules, bins, grain.portions)
    return Prepared(instance, network, days, rates, classes, bins)


def home_factor(instance: FleeInstance, network: Network, rules: RuleSet) -> Floats:
    """Return 1 / max(1, great-circle km)^power for every path (rule ``stay_close_to_home``).

    The peer takes the first coordinate of the file, the latitude, for the longitude.
    """
    settings = instance.settings
    if not settings.stay_close_to_home:
        return np.ones(len(network.path_goal))
    first = np.radians([place.x for place in instance.places])
    second = np.radians([place.y for place in instance.places])
    lat, lon = (first, second) if rules.mends("latitude_taken_for_longitude") else (second, first)
    origin = np.repeat(np.arange(len(lat)), np.diff(network.path_first))
    goal = network.path_goal
    half = np.sin((lat[goal] - lat[origin]) / 2) ** 2
    half += np.cos(lat[origin]) * np.cos(lat[goal]) * np.sin((lon[goal] - lon[origin]) / 2) ** 2
    km = 6371.0 * 2 * np.arctan2(np.sqrt(half), np.sqrt(1 - half))
    factor: Floats = 1.0 / np.maximum(1.0, km) ** settings.home_distance_power
    return factor


def rates_of(instance: FleeInstance, network: Network, rules: RuleSet, bins: int, portions: int) -> Rates:
    """Return the numbers that every day shares."""
    from forestall.flee.engine.cells import Rates

    settings = instance.settings.effective()
    fastest = max([settings.max_move_speed, settings.max_walk_speed, *network.road_speed.tolist()])
    driven = settings.conflict_driven_spawning
    modes = {"constant": 1, "pop_ratio": 2, "poisson": 3}
    return Rates(
        max_speed=settings.max_move_speed,
        weight_softening=settings.weight_softening,
        weight_power=settings.weight_power,
        pruning=settings.pruning_threshold,
        buffer=settings.capacity_buffer,
        capacity_scale=settings.capacity_scaling,
        chance_base=settings.movechance_pop_base,
        chance_power=settings.movechance_pop_scale_factor,
        population_power=settings.pop_power_for_loc_weight,
        use_population=int(settings.use_pop_for_loc_weight),
        take_from_population=int(settings.take_from_population),
        keep_population=int(rules.mends("more_leave_than_live_there")),
        stints=int(settings.avoid_short_stints),
        fresh_day=int(not rules.mends("fresh_day_on_every_link")),
        frozen=int(settings.awareness_level == 0 and not rules.mends("awareness_0_stays")),
        on_foot=int(settings.start_on_foot),
        leave_mode=modes[driven.spawn_mode] if driven else 0,
        leave_rate=driven.displaced_per_conflict_day if driven else 0.0,
        bin_km=fastest / bins,
        least_share=1.0 / portions,
        tolerance=TOLERANCE,
        bins=bins,
        slots=len(network.slot_place),
        roads=len(network.road_link),
        places=len(instance.places),
    )


def streams_of(seed: int) -> Streams:
    """Return the keys of the random streams of a seed."""
    from forestall.core.sampling import stream_key
    from forestall.flee.engine.cells import Streams

    return Streams(*(stream_key(seed, f"flee {name}") for name in Streams._fields))


def memory_for(prepared: Prepared) -> tuple[Stage, Choice, Routing]:
    """Return empty working memory for one worker, with the network beside it."""
    from forestall.flee.engine.cells import Choice, Routing, Stage

    net, days = prepared.network, prepared.days
    places, slots, roads = len(prepared.instance.places), len(net.slot_place), len(net.road_link)
    rows = 2 * (slots + roads) + prepared.bins * slots
    limited = limited_places(days, prepared.rates)
    here = np.zeros((places + 1, 3), np.int64)
    here[limited, 2] = 1
    back = np.where(net.road_doomed == 1, net.road_start, -1)
    stage = Stage(
        road=_columns(
            net.road_link, net.road_next, net.road_next_walk, net.road_arrival, back, net.road_closed
        ),
        road_km=_columns(
            net.road_km - net.road_credit, net.road_speed, net.road_walk_speed, net.road_walk_chance
        ),
        slot_place=net.slot_place,
        people=np.zeros((rows, prepared.classes), np.int64),
        value=np.zeros((rows, prepared.classes, 2)),
        total=np.zeros(rows, np.int64),
        waiting=np.zeros((prepared.bins, slots + 2), np.int64),
        here=here,
    )
    goal = np.where(net.slot_pending == 1, net.slot_goal, -1)
    opened = np.zeros_like(net.path_goal)
    goal_first, goal_origin = origins_by_goal(net, places)
    choice = Choice(
        slot=_columns(net.slot_place, net.slot_base, net.slot_link, net.slot_entry, goal),
        path=_columns(net.path_goal, net.path_entry[:, 0], net.path_entry[:, -1], opened),
        path_factor=_columns(net.path_km_factor, net.path_home_factor),
        first=net.path_first,
        weight=np.zeros(len(net.path_goal)),
        place=np.zeros((places, 7)),
        state=np.zeros((places, 4), np.int64),
        link_open=np.zeros(len(net.link_first) - 1, np.int64),
        limited=limited,
        goal_first=goal_first,
        goal_origin=goal_origin,
        visits=np.zeros(slots, np.int64),
    )
    return stage, choice, Routing(net.slot_key, net.road_key, net.link_first, net.link_slots)


def origins_by_goal(net: Network, places: int) -> tuple[Ints, Ints]:
    """Return for every place the places with a path to it."""
    origin = np.repeat(np.arange(places), np.diff(net.path_first))
    pairs = np.unique(np.stack([net.path_goal, origin]), axis=1)
    first = np.searchsorted(pairs[0], np.arange(places + 1)).astype(np.int64)
    return first, np.ascontiguousarray(pairs[1]).astype(np.int64)


def limited_places(days: Days, rates: Rates) -> Ints:
    """Return the places that ever have a limit."""
    grown = days.capacity + np.maximum(days.capacity_per_day, 0) * len(days.row)
    return np.flatnonzero(grown * rates.capacity_scale >= 1).astype(np.int64)


def _columns(*columns: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return columns side by side, row by row in memory."""
    return np.ascontiguousarray(np.stack(columns, axis=1))


def simulate(
    instance: FleeInstance,
    *,
    rules: str = "flee-3",
    draws: int = 20,
    seed: int = 1,
    workers: int | None = None,
    grain: Grain | None = None,
    places: tuple[str, ...] | None = None,
) -> FleeResult:
    """Run the peer's rules.

    Parameters
    ----------
    instance : FleeInstance
        What to run.
    rules : str
        ``flee-3``, ``flee-3-intended`` or ``flee-3+DEFECT`` with one defect mended.
    draws : int
        Number of draws.
    seed : int
        Seed of all streams.
    workers : int, optional
        Threads; default one per core. The result does not depend on it.
    grain : Grain, optional
        How finely states within a day and of memory are told apart.
    places : tuple of str, optional
        Places to keep; default the camps.

    Returns
    -------
    FleeResult
        People by draw, day and place.

    Raises
    ------
    CrisisError
        Where the awareness level would list too many paths.
    """
    prepared = prepare(instance, rule_set(rules), grain)
    return run(prepared, draws=draws, seed=seed, workers=workers, places=places)


def run(
    prepared: Prepared,
    *,
    draws: int,
    seed: int,
    workers: int | None = None,
    places: tuple[str, ...] | None = None,
) -> FleeResult:
    """Run a prepared instance (arguments as for :func:`simulate`)."""
    run_draws = kernel()
    instance = prepared.instance
    kept = camps_of(instance) if places is None else places
    shown = np.array([instance.index()[name] for name in kept], np.int64)
    people = np.zeros((draws, instance.days, len(kept)), np.int64)
    flow = np.zeros((draws, instance.days, 4), np.int64)
    streams = streams_of(seed)

    def block(numbers: Ints) -> None:
        first, end = int(numbers[0]), int(numbers[-1]) + 1
        run_draws(
            *memory_for(prepared),
            prepared.rates,
            streams,
            prepared.days,
            numbers,
            shown,
            people[first:end],
            flow[first:end],
        )

    count = max(1, min(workers or os.cpu_count() or 1, draws))
    blocks = [part.astype(np.int64) for part in np.array_split(np.arange(draws), count) if len(part)]
    if len(blocks) == 1:
        block(blocks[0])
    else:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(block, blocks))
    total = prepared.days.initial.sum() + np.cumsum(flow[..., 1] - flow[..., 3], axis=1)
    return FleeResult(
        kept, people, total, flow[..., 0], flow[..., 1], flow[..., 2], flow[..., 3], prepared.cells
    )


@cache
def kernel() -> Any:
    """Return the compiled run, without machine code of an older state of its sources."""
    from forestall.core import kernels, sampling
    from forestall.flee.engine.kernel import run_draws

    sources = [Path(sampling.__file__), *Path(__file__).parent.glob("*.py")]
    with suppress(OSError):  # a folder that cannot be written holds no code of ours to forget
        kernels.forget_stale(run_draws, sources)
    return run_draws


def compiling() -> bool:
    """Tell whether the next run has to compile its kernel first, which takes some seconds."""
    from forestall.core.kernels import compilation_pending

    return compilation_pending([kernel()])


def warm_up() -> None:
    """Compile the kernel, or load it from disk, on the smallest of instances."""
    nobody = np.zeros(1, np.int64)
    places = (Place("a", "x", "conflict", 10.0), Place("b", "y", "camp", capacity=10.0, foreign=True))
    links = (Link("a", "b", 10.0),)
    instance = FleeInstance("warm-up", date(2000, 1, 1), 1, places, links, (), {}, {"b": nobody}, nobody)
    simulate(instance, draws=1, workers=1)
