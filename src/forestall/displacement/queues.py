"""Queues on corridors: capacity, free-flow time, finite storage and spill-back.

A corridor lets people out at its far end at no more than its capacity (vehicles per hour times
people per vehicle), first come first served: the point queue of Vickrey (1969) [1]_.  Where its
storage is known (or length and lanes, with a jam density) nobody can enter once it is full, and
the queue spills back to the corridor before and to the origin, as in the cell transmission model
(Daganzo 1994) [2]_.  With N people at the entrance, capacity c and free-flow time f the last
arrives at N/c + f.

What a corridor can hold is never taken below what passes it in one step while it is travelled:
finer storage cannot be resolved with that step, and the effect vanishes as steps shrink.

References
----------
.. [1] Vickrey, W. S. (1969). Congestion theory and transport investment. American Economic
   Review 59(2), 251-260.
.. [2] Daganzo, C. F. (1994). The cell transmission model. Transportation Research Part B 28(4),
   269-287. doi:10.1016/0191-2615(94)90002-7
"""

from __future__ import annotations

import math

from forestall.displacement.cohorts import Clock, Roads, State, Supply, compiled, due_step

MOST_PASSES = 1000
"""Sweeps over the lanes in one step; people stop moving long before."""


@compiled
def capacity_of(roads: Roads, supply: Supply, draw: int, lane: int, state: int, day: int) -> float:
    """Return the people per hour that can leave a lane."""
    corridor = roads.corridor[lane]
    factor = supply.drift[draw, min(day, supply.drift.shape[1] - 1)]
    if roads.restricted[state, corridor]:
        factor *= supply.restricted[draw]
    return float(supply.capacity[draw, lane] * factor)


@compiled
def room_on(roads: Roads, supply: Supply, clock: Clock, here: State, draw: int, lane: int, state: int, t: int) -> float:
    """Return how many more people can enter a lane; none where it is shut."""
    if not roads.passable[state, roads.corridor[lane]]:
        return 0.0
    storage = supply.storage[draw, lane]
    if math.isinf(storage):
        return storage
    passing = supply.capacity[draw, lane] * clock.hours[t] * (1 + roads.longest[clock.phase[t], lane])
    return float(max(storage, passing) - here.on_lane[lane])


@compiled
def enter(roads: Roads, clock: Clock, here: State, slot: int, people: int, t: int) -> None:
    """Put people on a slot; those whose journey on it ends within the step join its queue at once."""
    lane = roads.lane[slot]
    here.on_lane[lane] += people
    here.used[lane] += people
    due = due_step(clock, t, roads.delay[0, slot], roads.delay[1, slot])
    if due < here.due.shape[1]:
        here.due[slot, due] += people
        if due == t:
            here.waiting[lane] += people


@compiled
def pass_on(
    roads: Roads, supply: Supply, clock: Clock, here: State, draw: int, slot: int, people: int, state: int, t: int
) -> int:
    """Move up to ``people`` from the end of a slot to what follows; return how many moved."""
    lane, following = roads.lane[slot], roads.following[slot]
    if following < 0:
        here.arrived[roads.site[slot]] += people
        here.at_site[roads.site[slot]] += people
    else:
        room = room_on(roads, supply, clock, here, draw, roads.lane[following], state, t)
        if room < people:
            people = max(int(math.floor(room)), 0)
        if people > 0:
            enter(roads, clock, here, following, people, t)
    here.on_lane[lane] -= people
    here.waiting[lane] -= people
    return people


@compiled
def serve_batch(
    roads: Roads, supply: Supply, clock: Clock, here: State, draw: int, lane: int, batch: int, state: int, t: int
) -> tuple[int, int]:
    """Let out the people of one lane who joined its queue in one step, as far as capacity goes.

    Where not all can leave, those with different routes leave in proportion (rounded so that
    the sum is exact).  Returns how many left and how many the capacity would have let out.
    """
    total = 0
    for i in range(roads.first[lane], roads.first[lane + 1]):
        total += here.due[roads.slots[i], batch]
    if total == 0:
        return 0, 0
    allowed = total if here.credit[lane] >= total else int(math.floor(here.credit[lane]))
    moved, seen, given = 0, 0, 0
    for i in range(roads.first[lane], roads.first[lane + 1]):
        slot = roads.slots[i]
        seen += here.due[slot, batch]
        share = int(math.floor(float(allowed) * float(seen) / float(total))) if seen < total else allowed
        people = share - given
        given = share
        if people > 0:
            went = pass_on(roads, supply, clock, here, draw, slot, people, state, t)
            here.due[slot, batch] -= went
            moved += went
    here.credit[lane] -= moved
    return moved, allowed if allowed < total else total


@compiled
def serve_lane(roads: Roads, supply: Supply, clock: Clock, here: State, draw: int, lane: int, state: int, t: int) -> int:
    """Let people out of a lane, oldest first, until capacity or room ahead is used up."""
    moved_in_all = 0
    batch = here.head[lane]
    while batch <= t and here.waiting[lane] > 0:
        before = here.waiting[lane]
        moved, allowed = serve_batch(roads, supply, clock, here, draw, lane, batch, state, t)
        moved_in_all += moved
        left_in_batch = 0
        for i in range(roads.first[lane], roads.first[lane + 1]):
            left_in_batch += here.due[roads.slots[i], batch]
        if left_in_batch > 0 or (moved < allowed and before > 0):
            break
        if batch == t:
            break
        batch += 1
    here.head[lane] = batch
    return moved_in_all


@compiled
def join_queues(roads: Roads, here: State, t: int) -> None:
    """Add to each queue the people whose journey on the lane ends in this step."""
    for i in range(roads.order.shape[0]):
        lane = roads.order[i]
        for j in range(roads.first[lane], roads.first[lane + 1]):
            here.waiting[lane] += here.due[roads.slots[j], t]


@compiled
def serve_all(roads: Roads, supply: Supply, clock: Clock, here: State, draw: int, state: int, t: int) -> None:
    """Let people out of every lane for one step, upstream lanes first, until nobody can move.

    A journey shorter than the step continues within it; the capacity of a lane in the step is
    shared by all sweeps.  Capacity that nobody uses is lost.
    """
    day = int((clock.start[t] + 1e-9) // 24.0)
    for i in range(roads.order.shape[0]):
        lane = roads.order[i]
        here.credit[lane] += capacity_of(roads, supply, draw, lane, state, day) * clock.hours[t]
    for _ in range(MOST_PASSES):
        moved = 0
        for i in range(roads.order.shape[0]):
            lane = roads.order[i]
            if here.waiting[lane] > 0 and here.credit[lane] >= 1.0:
                moved += serve_lane(roads, supply, clock, here, draw, lane, state, t)
        if moved == 0:
            break
    for i in range(roads.order.shape[0]):
        lane = roads.order[i]
        spare = here.credit[lane]
        here.credit[lane] = 0.0 if here.waiting[lane] == 0 or math.isinf(spare) else spare - math.floor(spare)


@compiled
def change_routes(roads: Roads, here: State, state: int) -> None:
    """Send people on a route that is shut now by another from where their corridor ends."""
    for slot in range(roads.lane.shape[0]):
        other = roads.reroute[state, slot]
        if other != slot:
            for t in range(here.due.shape[1]):
                here.due[other, t] += here.due[slot, t]
                here.due[slot, t] = 0
