"""The head of the page: what crisis, at which moment, and the three numbers that matter."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from forestall.core.words import frequency_words
from forestall.reporting.blocks import Number
from forestall.reporting.desk import ARMS, Desk, wide
from forestall.reporting.reckoning import fan_of
from forestall.reporting.sections.needs import gap_day
from forestall.reporting.sections.odds import headline_odds
from forestall.reporting.sections.verdict import strip
from forestall.reporting.writing import interval, offset, percent, percent_interval, rounded, unit
from forestall.schema.conventions import ALL


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the sections."""

    title: str
    moment: str
    mode: str
    replay: bool
    numbers: Sequence[Number]
    verdict: str


def head_of(desk: Desk) -> Head:
    """Return the head of the page."""
    moment = (
        f"{desk.when(desk.moment)} ({offset(desk.moment, desk.zone)})"
        if desk.moment
        else "everything recorded"
    )
    numbers = (_odds(desk), _arrivals(desk), _gap(desk))
    return Head(
        desk.crisis.settings.title,
        moment,
        desk.crisis.mode or "no moment set",
        desk.replay,
        numbers,
        strip(desk),
    )


def _odds(desk: Desk) -> Number:
    """Return the odds of violence, or that it has begun."""
    if desk.has("episodes") and desk.frame("episodes")["ongoing"].all():
        return Number(
            "Odds of violence",
            "It has begun",
            "large-scale violence was under way or just over at this moment",
            "odds",
        )
    row = headline_odds(desk)
    if row is None:
        return Number("Odds of violence", "Not assessed", "the warning was not run", "odds")
    where = "" if row["where"] == ALL else f" in {desk.name(str(row['where']))}"
    words = (
        f"{row['words']}, {frequency_words(float(str(row['p_event'])))}: a month with at least "
        f"{desk.crisis.plan.warn.event_deaths:,} deaths{where} within {row['within_months']} "
        f"months (90 % interval {percent_interval(_float(row['p_low']), _float(row['p_high']))})"
    )
    return Number("Odds of violence", percent(_float(row["p_event"])), words, "odds")


def _float(value: object) -> float | None:
    """Return a cell as a number."""
    return None if value is None else float(str(value))


def _arrivals(desk: Desk) -> Number:
    """Return arrivals if it happens, with the unconditional figure beside it, never mixed."""
    label = "People arriving if it happens"
    place = desk.entry
    fans = {arm: fan_of(desk, arm, place) for arm in ARMS} if place else {}
    fan, over = fans.get("if it happens"), fans.get("unconditional")
    if fan is None:
        return Number(label, "Not assessed", "the displacement was not run", "arrivals")
    words = f"{_band(fan.q05[-1], fan.q50[-1], fan.q95[-1])} by {desk.day(fan.at[-1])}"
    if over is not None and over != fan:
        words += f"; over all draws {rounded(over.q50[-1], 2)} ({interval(over.q05[-1], over.q95[-1], 2)})"
    return Number(label, _middle(fan.q05[-1], fan.q50[-1], fan.q95[-1]), words, "arrivals")


def _middle(low: float | None, middle: float | None, high: float | None) -> str:
    """Return the median, or the band where the median is nothing: a bare 0 would say too little."""
    return interval(low, high, 2) if middle == 0 and high else rounded(middle, 2)


def _band(low: float | None, middle: float | None, high: float | None) -> str:
    """Return in words what surrounds the number above it."""
    if middle == 0 and high:
        return "90 % band, median 0"
    return f"90 % band {interval(low, high, 2)}"


def _gap(desk: Desk) -> Number:
    """Return the worst-covered item that has a known supply, else how many have none."""
    label = "What would be missing"
    if not desk.has("gaps"):
        return Number(label, "Not assessed", "needs were not worked out", "gaps")
    rows = desk.arm("gaps", "if it happens").filter(pl.col("place") == ALL)
    if rows.is_empty():
        return Number(label, "Not assessed", "no gap over all places is in the table", "gaps")
    rows = rows.filter(pl.col("date") == gap_day(rows))
    items = wide(rows, ["sector", "item", "unit", "supply_known"], "gap")
    row = _headline_item(desk, items)
    unknown = items.filter(~pl.col("supply_known")).height
    known = (
        f"no supply is known for {unknown} of {items.height} items"
        if unknown
        else "supplies are known for all"
    )
    band = _band(row["q05"], row["q50"], row["q95"])
    words = f"{row['item']} on {desk.day(gap_day(rows))}, if it happens ({band}); {known}"
    words += "" if row["supply_known"] else "; less what is in store, which is not known"
    return Number(label, f"{_middle(row['q05'], row['q50'], row['q95'])} {unit(row['unit'])}", words, "gaps")


def _headline_item(desk: Desk, items: pl.DataFrame) -> dict[str, Any]:
    """Return the item of the head: the one crisis.toml names, else one of known supply."""
    named = items.filter(pl.col("item") == desk.options.headline_item)
    chosen = named if named.height else items.sort("supply_known", descending=True, maintain_order=True)
    return chosen.row(0, named=True)
