"""The peer's rules person by person, written as plainly as can be: what the cohorts must equal.

One object per person, one random number per decision, people in the order in which they started.
Slow on purpose; only small instances are run with it.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import Any

from forestall.flee.engine.instance import FleeInstance


@dataclass
class Road:
    start: str
    end: str
    km: float
    speed: float | None
    walk: float
    closed: bool = False


@dataclass
class Somebody:
    place: str
    road: Road | None = None
    credit: float = 0.0
    route: list[str] = field(default_factory=list)
    arrivals: int = 0
    recent: float = 0.0
    today: float = 0.0


class Reference:
    """A run of the peer's rules, person by person."""

    def __init__(self, instance: FleeInstance, seed: int) -> None:
        self.i, self.s = instance, instance.settings.effective()
        self.random = random.Random(seed)  # noqa: S311
        self.people: list[Somebody] = []
        self.present = {p.name: 0 for p in instance.places}
        self.pop = {p.name: p.population for p in instance.places}
        self.capacity = {p.name: p.capacity for p in instance.places}
        self.foreign = {p.name: p.foreign for p in instance.places}
        self.marker = {p.name: p.kind == "marker" for p in instance.places}
        self.chance: dict[str, float] = {}
        self.town: dict[str, bool] = {}
        self.camp: dict[str, bool] = {}
        self.strength: dict[str, float] = {}
        self.onset = {p.name: -1 for p in instance.places}
        for place in instance.places:
            self.set_type(place.name, place.kind, place.intensity)
            if self.chance[place.name] < 0.005 and not self.camp[place.name]:
                self.camp[place.name], self.town[place.name] = True, False
        self.roads: dict[str, list[Road]] = {p.name: [] for p in instance.places}
        self.shut: dict[str, list[Road]] = {p.name: [] for p in instance.places}
        for link in instance.links:
            for _ in range(link.copies):
                for a, b in ((link.start, link.end), (link.end, link.start)):
                    self.roads[a].append(Road(a, b, link.km, link.max_move_speed, link.walk_probability))
        self.weights: dict[str, float] = {}
        self.debt = 0
        self.removed = 0

    def set_type(self, name: str, kind: str, intensity: float) -> None:
        s = self.s
        self.chance[name] = {
            "camp": s.camp_movechance,
            "idpcamp": s.idpcamp_movechance,
            "conflict": s.conflict_movechance,
            "town": s.default_movechance,
            "flood_zone": s.default_movechance,
        }.get(kind, 1.0)
        self.town[name] = kind == "town"
        self.camp[name] = kind in ("camp", "idpcamp")
        self.strength[name] = intensity if kind == "conflict" else -1.0

    # -- one day ---------------------------------------------------------------------------------

    def run(self) -> list[dict[str, int]]:
        days = []
        self.insert_day0()
        for t in range(self.i.days):
            switched = self.switch(t)
            if switched or t == 0:
                self.refresh(t)
            self.leave(t)
            self.refresh(t)
            self.closures(t)
            self.refresh(t)
            self.score = {p.name: self.attraction(p.name, t) for p in self.i.places}
            for p in self.i.places:
                self.capacity[p.name] += p.capacity_per_day
            for person in self.people:
                self.decide(person, forced=False)
            for person in self.people:
                self.travel(person)
                person.recent = (person.recent + person.today / self.s.max_move_speed) / 2
                person.today = 0.0
            self.sink()
            days.append(dict(self.present))
        return days

    def insert_day0(self) -> None:
        if self.i.settings.empty_camps_on_day0:
            return
        for place in self.i.places:
            if not self.camp[place.name]:
                continue
            recorded = int(self.i.series[place.name][0]) if place.name in self.i.series else 0
            inserted = recorded if self.i.settings.insert_day0 else 0
            for _ in range(inserted + place.initial_people):
                self.add(place.name)
            if self.capacity[place.name] > 0:
                self.capacity[place.name] -= inserted

    def add(self, name: str) -> None:
        self.people.append(Somebody(name))
        self.present[name] += 1

    def switch(self, t: int) -> bool:
        switched = False
        for name, column in self.i.conflict.items():
            before = column[t - 1] if t else 0.0
            if column[t] > 1e-6 and before < 1e-6:
                self.strength[name], self.chance[name] = float(column[t]), self.s.conflict_movechance
                self.town[name], self.onset[name], switched = False, t, True
            elif column[t] < 1e-6 and t and before >= 1e-6:
                self.strength[name], self.chance[name] = -1.0, self.s.default_movechance
                self.town[name], switched = True, True
        return switched

    def decay(self, name: str, t: int) -> float:
        steps = self.s.conflict_spawn_decay
        if not steps:
            return 1.0
        return steps[min(int((t - self.onset[name]) / self.s.conflict_spawn_decay_interval), len(steps) - 1)]

    def refresh(self, t: int) -> None:
        self.weights = {
            n: self.pop[n] * self.strength[n] * self.decay(n, t) if self.strength[n] > 0 else 0.0
            for n in self.present
        }

    def leave(self, t: int) -> None:
        driven = self.s.conflict_driven_spawning
        if driven is not None:
            for name, strength in self.strength.items():
                if strength > 0:
                    rate = driven.displaced_per_conflict_day
                    if driven.spawn_mode == "constant":
                        count = int(rate * strength)
                    elif driven.spawn_mode == "pop_ratio":
                        count = int(rate * self.pop[name] * strength)
                    else:
                        count = self.poisson(rate * strength)
                    for _ in range(count):
                        self.depart(name)
            return
        camps = self.i.series.values()
        if t == 0:
            inserted = self.i.settings.insert_day0 or self.i.settings.empty_camps_on_day0
            everybody = sum(int(v[0]) for v in camps) + int(self.i.total[0])
            change = 0 if inserted else (everybody if self.s.sum_from_camps else int(self.i.total[0]))
        elif self.s.sum_from_camps:
            change = sum(int(v[t]) - int(v[t - 1]) for v in camps)
        else:
            change = int(self.i.total[t]) - int(self.i.total[t - 1])
        new = change - self.debt
        self.debt = max(-new, 0)
        names = list(self.weights)
        for name in (
            self.random.choices(names, [self.weights[n] for n in names], k=max(new, 0)) if new > 0 else []
        ):
            self.depart(name)

    def poisson(self, mean: float) -> int:
        count, product, limit = 0, self.random.random(), math.exp(-mean)
        while product > limit:
            count += 1
            product *= self.random.random()
        return count

    def depart(self, name: str) -> None:
        if self.s.take_from_population:
            self.pop[name] = max(self.pop[name] - 1, 0)
        self.add(name)

    def closures(self, t: int) -> None:
        for c in self.i.closures:
            for opening in [False] * (t == c.start) + [True] * (t == c.end):
                if c.kind in ("camp", "idpcamp"):
                    self.set_type(c.first, c.kind if opening else "town", -1.0)
                    continue
                if c.kind == "link":
                    continue
                source, target = (self.shut, self.roads) if opening else (self.roads, self.shut)
                for name in source:
                    for road in [r for r in source[name] if self.covers(c, r)]:
                        source[name].remove(road)
                        road.closed = True
                        target[name].append(Road(road.start, road.end, road.km, road.speed, road.walk))

    def covers(self, c: Any, road: Road) -> bool:
        country = {p.name: p.country for p in self.i.places}
        if c.kind == "country":
            ends = (country[road.start], country[road.end])
            return (c.first, c.second) in (ends, ends[::-1])
        return c.first in (road.start, road.end)

    def attraction(self, name: str, t: int) -> float:
        score = self.s.foreign_weight if self.foreign[name] else 1.0
        if self.camp[name]:
            score *= self.s.camp_weight
        if self.strength[name] > 0:
            score *= self.s.conflict_weight ** (self.strength[name] * self.decay(name, t))
        return score

    def fullness(self, name: str) -> float:
        limit, b = self.capacity[name] * self.s.capacity_scaling, self.s.capacity_buffer
        if limit < 1 or self.present[name] <= b * limit:
            return 1.0
        if self.present[name] >= limit:
            return 0.0
        return 1.0 - (self.present[name] - b * limit) / (limit * (1 - b))

    def paths(self, here: str) -> list[tuple[float, list[str]]]:
        found: list[tuple[float, list[str]]] = []

        def look(origin: str, road: Road, km: float, nodes: list[str], step: int) -> None:
            km += road.km
            way = [*nodes, road.end]
            if self.marker[road.end]:
                step -= 1
            else:
                found.append((self.weight(here, road.end, km), way))
            if self.s.awareness_level > step:
                for further in self.roads[road.end]:
                    if further.end != origin and further.end not in way:
                        look(origin, further, km, way, step + 1)

        for road in self.roads[here]:
            look(here, road, 0.0, [], 1)
        return found

    def weight(self, here: str, name: str, km: float) -> float:
        score = self.score[name]
        if self.s.stay_close_to_home:
            score /= max(1.0, self.crow(here, name)) ** self.s.home_distance_power
        if self.s.use_pop_for_loc_weight and not self.camp[name]:
            score *= max(1.0, self.pop[name]) ** self.s.pop_power_for_loc_weight
        base = (self.s.weight_softening + score) / (self.s.softening + km) ** self.s.distance_power
        return float((base * self.fullness(name)) ** self.s.weight_power)

    def crow(self, a: str, b: str) -> float:
        at = {p.name: p for p in self.i.places}
        lat1, lon1, lat2, lon2 = (math.radians(v) for v in (at[a].y, at[a].x, at[b].y, at[b].x))
        h = (
            math.sin((lat2 - lat1) / 2) ** 2
            + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
        )
        return 6371.0 * 2 * math.atan2(math.sqrt(h), math.sqrt(1 - h))

    def choose(self, here: str) -> list[str]:
        found = self.paths(here)
        if not found:
            return []
        weights = [w for w, _ in found]
        if self.s.pruning_threshold > 1:
            weights = [w if w >= max(weights) / self.s.pruning_threshold else 0.0 for w in weights]
        if sum(weights) <= 0:
            weights = [1.0] * len(weights)
        return list(self.random.choices([way for _, way in found], weights)[0])

    def decide(self, person: Somebody, *, forced: bool) -> None:
        if person.road is not None:
            return
        chance = self.chance[person.place]
        size = max(self.pop[person.place], self.capacity[person.place])
        if self.s.movechance_pop_scale_factor:
            chance *= (max(size, 0.0) / self.s.movechance_pop_base) ** self.s.movechance_pop_scale_factor
        if person.route or (forced and self.town[person.place]):
            chance = 1.0
        if self.random.random() >= chance:
            return
        if not person.route:
            person.route = self.choose(person.place)
        if not person.route:
            return
        goal = person.route[-1]
        road = next((r for r in self.roads[person.place] if r.end == person.route[0]), None)
        if road is None or (self.camp[goal] and self.fullness(goal) < 0.5):
            person.route = []
            return
        person.route = person.route[1:]
        self.present[person.place] -= 1
        person.road, person.credit = road, 0.0

    def travel(self, person: Somebody) -> None:
        road = person.road
        if road is None:
            return
        speed = self.s.max_move_speed if road.speed is None else road.speed
        if self.s.start_on_foot and person.arrivals == 0:
            speed = self.s.max_walk_speed
        if self.random.random() < road.walk:
            speed = self.s.max_walk_speed
        person.credit += speed
        person.today += speed
        if person.credit <= road.km:
            return
        person.today += road.km - person.credit
        person.arrivals += 1
        person.road = None
        person.place = road.start if road.closed else road.end
        self.present[person.place] += 1
        if road.closed or person.today >= speed:
            return
        short = (person.recent + person.today / self.s.max_move_speed) / 2 < 0.5
        self.decide(person, forced=self.s.avoid_short_stints and short)
        self.travel(person)

    def sink(self) -> None:
        if not self.i.settings.camps_are_sicks:
            return
        chance = {p.name: p.deactivation for p in self.i.places}
        kept = []
        for person in self.people:
            gone = (
                person.road is None
                and self.camp[person.place]
                and self.random.random() < chance[person.place]
            )
            if gone:
                self.present[person.place] -= 1
                self.removed += 1
            else:
                kept.append(person)
        self.people = kept
