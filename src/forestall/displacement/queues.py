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

from forestall.core.arrays import Bools, Counts, Floats, Ints
from forestall.core.kernels import compiled, inlined

MOST_PASSES = 1000
"""Sweeps over the lanes in one step; people stop moving long before."""


@inlined
def enter(
    due: Counts,
    waiting: Ints,
    on_lane: Ints,
    used: Ints,
    draw: int,
    lane: int,
    slot: int,
    people: int,
    when: int,
    t: int,
) -> None:
    """Put people on a slot; those whose journey on it ends within the step join its queue at once."""
    on_lane[lane] += people
    used[lane] += people
    if when < due.shape[0]:
        due[when, draw, slot] += people
        if when == t:
            waiting[lane] += people


@inlined
def serve_batch(
    due: Counts,
    waiting: Ints,
    on_lane: Ints,
    used: Ints,
    credit: Floats,
    arrived: Ints,
    at_site: Ints,
    lanes: Ints,
    following: Ints,
    site: Ints,
    slots: Ints,
    due_at: Ints,
    open_lane: Bools,
    hold: Floats,
    draw: int,
    lane: int,
    first: int,
    last: int,
    batch: int,
    t: int,
) -> tuple[int, int]:
    """Let out the people of one lane who joined its queue in one step, as far as capacity goes.

    Where not all can leave, those with different routes leave in proportion, rounded so that
    the sum is exact.  Returns how many left and how many of them there were.
    """
    total = 0
    for i in range(first, last):
        total += due[batch, draw, slots[i]]
    allowed = total if credit[lane] >= total else math.floor(credit[lane])
    moved, seen, given = 0, 0, 0
    for i in range(first, last):
        slot = slots[i]
        here = due[batch, draw, slot]
        if here == 0:
            continue
        seen += here
        share = allowed if seen == total else math.floor(float(allowed) * float(seen) / float(total))
        people = share - given
        given = share
        after = following[slot]
        if after < 0:
            arrived[site[slot]] += people
            at_site[site[slot]] += people
        else:
            ahead = lanes[after]
            room = hold[ahead] - on_lane[ahead] if open_lane[ahead] else 0.0
            if room < people:
                people = max(math.floor(room), 0)
            enter(due, waiting, on_lane, used, draw, ahead, after, people, due_at[after], t)
        due[batch, draw, slot] -= people
        moved += people
    on_lane[lane] -= moved
    waiting[lane] -= moved
    credit[lane] -= moved
    return moved, total


@inlined
def serve_lane(
    due: Counts,
    waiting: Ints,
    head: Ints,
    on_lane: Ints,
    used: Ints,
    credit: Floats,
    arrived: Ints,
    at_site: Ints,
    lanes: Ints,
    following: Ints,
    site: Ints,
    slots: Ints,
    due_at: Ints,
    open_lane: Bools,
    hold: Floats,
    draw: int,
    lane: int,
    first: int,
    last: int,
    t: int,
) -> int:
    """Let people out of a lane, oldest first, until capacity or room ahead is used up."""
    moved_in_all = 0
    batch = head[lane]
    while waiting[lane] > 0:
        moved, total = serve_batch(
            due,
            waiting,
            on_lane,
            used,
            credit,
            arrived,
            at_site,
            lanes,
            following,
            site,
            slots,
            due_at,
            open_lane,
            hold,
            draw,
            lane,
            first,
            last,
            batch,
            t,
        )
        moved_in_all += moved
        if moved < total or batch == t:
            break
        batch += 1
    head[lane] = batch
    return moved_in_all


@inlined
def keep_fractions(queue: Ints, credit: Floats) -> None:
    """Leave of the capacity of a step only the part of a person, where people wait for it."""
    for lane in range(queue.shape[0]):
        if queue[lane] == 0 or math.isinf(credit[lane]):
            credit[lane] = 0.0
        else:
            credit[lane] -= math.floor(credit[lane])


@compiled
def serve(
    due: Counts,
    waiting: Ints,
    head: Ints,
    on_lane: Ints,
    used: Ints,
    credit: Floats,
    arrived: Ints,
    at_site: Ints,
    lanes: Ints,
    following: Ints,
    site: Ints,
    first: Ints,
    slots: Ints,
    order: Ints,
    due_at: Ints,
    open_lane: Bools,
    hold: Floats,
    t: int,
) -> None:
    """Let people out of every lane for one step, in sweeps down and up the network until nobody can move.

    A sweep downstream carries people on whose journey is shorter than the step; a sweep upstream
    hands on the room that has come free.  A journey shorter than the step continues within it;
    the capacity of a lane in the step (``credit``, people) is shared by all sweeps.  Capacity
    that nobody uses is lost.
    """
    for d in range(due.shape[1]):
        queue, left, filled, uses, spare = waiting[d], head[d], on_lane[d], used[d], credit[d]
        came, there, can_enter, can_hold = arrived[d], at_site[d], open_lane[d], hold[d]
        for sweep in range(MOST_PASSES):
            moved = 0
            for i in range(order.shape[0]):
                lane = order[i if sweep % 2 == 0 else order.shape[0] - 1 - i]
                if queue[lane] > 0 and spare[lane] >= 1.0:
                    moved += serve_lane(
                        due,
                        queue,
                        left,
                        filled,
                        uses,
                        spare,
                        came,
                        there,
                        lanes,
                        following,
                        site,
                        slots,
                        due_at,
                        can_enter,
                        can_hold,
                        d,
                        lane,
                        first[lane],
                        first[lane + 1],
                        t,
                    )
            if moved == 0:
                break
        keep_fractions(queue, spare)


@compiled
def join_queues(due: Counts, waiting: Ints, first: Ints, slots: Ints, t: int) -> None:
    """Add to each queue the people whose journey on the lane ends in this step."""
    for d in range(due.shape[1]):
        for lane in range(waiting.shape[1]):
            for i in range(first[lane], first[lane + 1]):
                waiting[d, lane] += due[t, d, slots[i]]


@compiled
def change_routes(due: Counts, reroute: Ints, changed: Bools, state: Ints) -> None:
    """Send people on a route that is shut now by another from where their corridor ends."""
    for d in range(due.shape[1]):
        if changed[d]:
            for slot in range(due.shape[2]):
                other = reroute[state[d], slot]
                if other != slot:
                    for t in range(due.shape[0]):
                        due[t, d, other] += due[t, d, slot]
                        due[t, d, slot] = 0
