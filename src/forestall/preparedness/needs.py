"""Needs and gaps: standards times people present, minus known supplies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from forestall.preparedness.items import Item
from forestall.preparedness.people import Presence
from forestall.preparedness.quantiles import FloatArray, draw_quantiles
from forestall.preparedness.standards import counts
from forestall.preparedness.supplies import Supply, gap_of, on_hand, supply_of

EVERYBODY = ("arrived", "on the road", "inside", "hosts")
ALL = "ALL"


@dataclass(frozen=True, eq=False)
class Demand:
    """Need, supply and gap of one item at one place, in every draw.

    Attributes
    ----------
    people, need, gap
        Shape (draws, days).
    """

    place: str
    item: Item
    who: tuple[str, ...]
    people: FloatArray
    need: FloatArray
    supply: Supply
    gap: FloatArray


def demands(
    presence: Presence, items: Sequence[Item], supplies: pl.DataFrame, zone: ZoneInfo
) -> Iterator[Demand]:
    r"""Yield need and gap of each place and item.

    .. math:: n_{pit} = r_{it} \sum_{w \in W_i} x_{pwt}, \qquad g_{pit} = \max(0, n_{pit} - A_{pit})

    with people x of the kinds W counted for the item, rate r and supply on hand A. Where no
    supply is known the gap is the need: it is at most that much.
    """
    for item in items:
        who = tuple(kind for kind in EVERYBODY if counts(kind, item.standard))
        for place in presence.places:
            people = presence.at(place, who)
            if people.any():
                need = people * item.rate
                supply = supply_of(supplies, place, item.name, item.unit, dates=presence.dates, zone=zone)
                gap = gap_of(need, supply, used_up=item.used_up)
                yield Demand(place, item, who, people, need, supply, gap)


def need_rows(
    presence: Presence, items: Sequence[Item], arm: str, quantiles: Sequence[float]
) -> pl.DataFrame:
    """Return the rows of the table ``needs`` of one arm.

    Days on which nobody of that kind is at the place in any draw are left out.
    """
    people = draw_quantiles(presence.people, presence.weights, quantiles)
    seen = np.asarray(presence.people.any(axis=0))
    frames = []
    for item in items:
        chosen = [i for i, (_, who) in enumerate(presence.groups) if counts(who, item.standard)]
        group, day = np.nonzero(seen[chosen] * item.rate)
        group = np.asarray(chosen, dtype=np.int64)[group]
        frames.append(
            _need_frame(presence, item, arm, quantiles=quantiles, people=people, group=group, day=day)
        )
    return (
        pl.concat([frame for frame in frames if frame.height])
        if any(f.height for f in frames)
        else pl.DataFrame()
    )


def _need_frame(
    presence: Presence,
    item: Item,
    arm: str,
    *,
    quantiles: Sequence[float],
    people: FloatArray,
    group: Any,
    day: Any,
) -> pl.DataFrame:
    """Return the need rows of one item for chosen (group, day) pairs."""
    there = people[:, group, day]
    each = len(quantiles)
    return pl.DataFrame(
        {
            "arm": [arm] * there.size,
            "place": np.tile([presence.groups[g][0] for g in group], each),
            "date": pl.Series([presence.dates[d] for d in day] * each, dtype=pl.Date),
            "who": np.tile([presence.groups[g][1] for g in group], each),
            "sector": [item.sector] * there.size,
            "item": [item.name] * there.size,
            "quantile": np.repeat(np.asarray(quantiles), len(group)),
            "people": there.ravel(),
            "need": (there * item.rate[day]).ravel(),
            "unit": [item.unit] * there.size,
        }
    )


def gap_rows(
    presence: Presence,
    items: Sequence[Item],
    supplies: pl.DataFrame,
    *,
    zone: ZoneInfo,
    arm: str,
    quantiles: Sequence[float],
) -> pl.DataFrame:
    """Return the rows of the table ``gaps`` of one arm, by place and over all places.

    The gap over all places is the sum of the places' gaps in each draw: what lies unused in
    one place does not fill the gap of another.
    """
    frames, totals = [], dict[Item, list[Demand]]()
    people = PeopleQuantiles(presence, quantiles)
    for demand in demands(presence, items, supplies, zone):
        frames.append(_gap_frame(demand, people, arm))
        totals.setdefault(demand.item, []).append(demand)
    frames += [_gap_frame(_total(parts), people, arm) for parts in totals.values()]
    return pl.concat([f for f in frames if f.height]) if any(f.height for f in frames) else pl.DataFrame()


def _total(parts: Sequence[Demand]) -> Demand:
    """Return the demand over all places; its supply is known where any place's is."""
    known = [part.supply for part in parts if part.supply.known]
    days = parts[0].need.shape[-1]
    supply = Supply(
        sum((s.added for s in known), np.zeros(days)),
        sum((s.daily for s in known), np.zeros(days)),
        bool(known),
    )
    people, need, gap = (
        np.sum([getattr(part, what) for part in parts], axis=0) for what in ("people", "need", "gap")
    )
    return Demand(ALL, parts[0].item, parts[0].who, people, need, supply, gap)


class PeopleQuantiles:
    """Quantiles of people by place and kinds of people, each worked out once.

    A need is its rate times people, so its quantiles are those of people times the rate.
    """

    def __init__(self, presence: Presence, quantiles: Sequence[float]) -> None:
        self.presence = presence
        self.quantiles = tuple(quantiles)
        self._known: dict[tuple[str, tuple[str, ...]], FloatArray] = {}

    def of(self, demand: Demand) -> FloatArray:
        """Return the quantiles of the people of a demand, shape (quantiles, days)."""
        key = (demand.place, demand.who)
        if key not in self._known:
            self._known[key] = draw_quantiles(demand.people, self.presence.weights, self.quantiles)
        return self._known[key]


def _gap_frame(demand: Demand, people: PeopleQuantiles, arm: str) -> pl.DataFrame:
    """Return the gap rows of one place and item, for the days on which somebody needs it."""
    days = np.flatnonzero(demand.need.any(axis=0))
    quantiles = people.quantiles
    each = len(quantiles) * len(days)
    need = (people.of(demand) * demand.item.rate)[:, days]
    return pl.DataFrame(
        {
            "arm": [arm] * each,
            "place": [demand.place] * each,
            "date": pl.Series([people.presence.dates[d] for d in days] * len(quantiles), dtype=pl.Date),
            "sector": [demand.item.sector] * each,
            "item": [demand.item.name] * each,
            "quantile": np.repeat(np.asarray(quantiles), len(days)),
            "need": need.ravel(),
            "supply": _supply_on(demand, people.presence, days, len(quantiles)),
            "gap": _gap_quantiles(demand, people, need, days).ravel(),
            "unit": [demand.item.unit] * each,
            "verified": [demand.item.standard.verified] * each,
            "supply_known": [demand.supply.known] * each,
        }
    )


def _gap_quantiles(demand: Demand, people: PeopleQuantiles, need: FloatArray, days: Any) -> FloatArray:
    """Return the quantiles of the gap; where no supply is known they are those of the need."""
    if not demand.supply.known:
        return need
    return draw_quantiles(demand.gap[:, days], people.presence.weights, people.quantiles)


def _supply_on(demand: Demand, presence: Presence, days: Any, repeats: int) -> pl.Series:
    """Return the median of what is on hand on the days, or null where no supply is known."""
    if not demand.supply.known:
        return pl.Series([None] * (len(days) * repeats), dtype=pl.Float64)
    there = on_hand(demand.need, demand.supply, used_up=demand.item.used_up)
    median = draw_quantiles(there[:, days], presence.weights, [0.5])[0]
    return pl.Series(np.tile(median, repeats), dtype=pl.Float64)
