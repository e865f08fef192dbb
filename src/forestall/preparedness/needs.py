"""Needs and gaps: standards times people present, minus known supplies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.preparedness.items import Item
from forestall.preparedness.people import Presence
from forestall.preparedness.quantiles import draw_quantiles
from forestall.preparedness.standards import counts
from forestall.preparedness.supplies import Supply, by_place_and_item, gap_of, on_hand, supply_of
from forestall.schema.conventions import ALL

EVERYBODY = ("arrived", "on the road", "inside", "at home", "hosts")


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
    people: Floats
    need: Floats
    supply: Supply
    gap: Floats


def demands(
    presence: Presence, items: Sequence[Item], supplies: pl.DataFrame, zone: ZoneInfo
) -> Iterator[Demand]:
    r"""Yield need and gap of each place and item.

    .. math:: n_{pit} = r_{it} \sum_{w \in W_i} x_{pwt}, \qquad g_{pit} = \max(0, n_{pit} - A_{pit})

    with people x of the kinds W counted for the item, rate r and supply on hand A. Where no
    supply is known the gap is the need: it is at most that much.
    """
    stocks = by_place_and_item(supplies, zone)
    for item in items:
        who = tuple(kind for kind in EVERYBODY if counts(kind, item.standard))
        for place in presence.places:
            people = presence.at(place, who)
            if people.any():
                need = people * item.rate
                supply = supply_of(stocks, place, item.name, item.unit, dates=presence.dates)
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
    people: Floats,
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


class Gaps:
    """Gathers the rows of the table ``gaps`` of one arm, by place and over all places.

    The gap over all places is the sum of the places' gaps in each draw: what lies unused in
    one place does not fill the gap of another.
    """

    def __init__(self, presence: Presence, arm: str, quantiles: Sequence[float]) -> None:
        self.arm = arm
        self.people = PeopleQuantiles(presence, quantiles)
        self.frames: list[pl.DataFrame] = []
        self.total: Demand | None = None

    def add(self, demand: Demand) -> None:
        """Add one place and item; the items come one after the other."""
        if self.total is not None and self.total.item is not demand.item:
            self._close()
        self.frames.append(_gap_frame(demand, self.people, self.arm))
        self.total = demand if self.total is None else _together(self.total, demand)

    def _close(self) -> None:
        """Add the rows over all places of the item that is finished."""
        if self.total is not None:
            whole = replace(self.total, place=ALL)
            self.frames.append(_gap_frame(whole, self.people, self.arm))
            self.total = None

    def rows(self) -> pl.DataFrame:
        """Return the rows gathered."""
        self._close()
        filled = [frame for frame in self.frames if frame.height]
        return pl.concat(filled) if filled else pl.DataFrame()


def _together(one: Demand, other: Demand) -> Demand:
    """Return two places' demand of an item as one; its supply is known where either's is."""
    supply = Supply(
        one.supply.added + other.supply.added,
        one.supply.daily + other.supply.daily,
        one.supply.known or other.supply.known,
    )
    return Demand(
        f"{one.place}+{other.place}",
        one.item,
        one.who,
        one.people + other.people,
        one.need + other.need,
        supply,
        one.gap + other.gap,
    )


class PeopleQuantiles:
    """Quantiles of people by place and kinds of people, each worked out once.

    A need is its rate times people, so its quantiles are those of people times the rate.
    """

    def __init__(self, presence: Presence, quantiles: Sequence[float]) -> None:
        self.presence = presence
        self.quantiles = tuple(quantiles)
        self._known: dict[tuple[str, tuple[str, ...]], Floats] = {}

    def of(self, demand: Demand) -> Floats:
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
            "override_by": pl.Series([demand.item.standard.set_by] * each, dtype=pl.String),
        }
    )


def _gap_quantiles(demand: Demand, people: PeopleQuantiles, need: Floats, days: Any) -> Floats:
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
