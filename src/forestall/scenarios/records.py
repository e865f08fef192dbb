"""How often the rule behind a trigger date would have activated, and what that would have cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from forestall.action.triggers import activations
from forestall.core.units import parse_duration

if TYPE_CHECKING:
    from forestall.crisis import Crisis
    from forestall.options.prepare import PrepareOptions


class Dated(Protocol):
    """A trigger date: name, day of the order, rule."""

    @property
    def name(self) -> str:
        """Name."""

    @property
    def ordered(self) -> date:
        """Day of the order."""

    @property
    def rule(self) -> str | None:
        """Trigger of triggers.csv behind it."""


class Counted(Protocol):
    """The years in which activations are counted."""

    @property
    def record_from(self) -> int | None:
        """First year."""

    @property
    def record_to(self) -> int | None:
        """Last year."""


def last_activations(crisis: Crisis) -> list[tuple[str, date]]:
    """Return the last day on which each rule of the stage activation would have activated."""
    found = activations(crisis, crisis.moment).filter(pl.col("stage") == "activation")
    days = found.group_by("trigger").agg(pl.col("activated_at").max()).sort("activated_at", "trigger")
    return [(name, at.astimezone(crisis.zone).date()) for name, at in days.iter_rows()]


def public_day(crisis: Crisis, rule: str, ordered: date) -> date | None:
    """Return the day from which a rule stood activated on what was public, not before a given day.

    Parameters
    ----------
    crisis
        As known at the moment evaluated.
    rule
        A trigger.
    ordered
        Day of the order asked for.

    Returns
    -------
    date or None
        The day itself where the rule had activated within its window before it, else the day of the
        next activation; None where it had not activated by the moment.
    """
    window = dict(crisis["triggers"].select("trigger", "window").iter_rows())[rule]
    stands = timedelta(days=parse_duration(window).days)
    found = activations(crisis, crisis.moment).filter(pl.col("trigger") == rule)
    days = sorted(at.astimezone(crisis.zone).date() for at in found["activated_at"])
    if any(ordered - stands <= day <= ordered for day in days):
        return ordered
    return next((day for day in days if day > ordered), None)


def activation_rows(
    crisis: Crisis, dates: Sequence[Dated], order_cost: float, chosen: PrepareOptions, years: Counted
) -> Iterator[dict[str, Any]]:
    """Yield the record of the rule behind each date.

    Parameters
    ----------
    crisis
        As opened.
    dates
        Trigger dates.
    order_cost
        Money of the order, taken where the rule has no money agreed.
    chosen
        Options of prepare: lead time.
    years
        Years counted.
    """
    first = years.record_from or crisis.settings.period.start.year
    last = years.record_to or crisis.settings.period.end.year
    seen = crisis.at(date(last, 12, 31))
    found = activations(seen, seen.moment).filter(pl.col("activated_at").dt.year() >= first)
    money = dict(crisis["triggers"].select("trigger", "money").iter_rows())
    lead = timedelta(days=round(parse_duration(chosen.lead_time).days))
    for trigger in dates:
        row = {"trigger": trigger.name, "rule": trigger.rule, "ordered": trigger.ordered}
        span = {"first_year": first, "last_year": last, "arrives": trigger.ordered + lead}
        own = found.filter(pl.col("trigger") == (trigger.rule or "")).sort("activated_at")["activated_at"]
        count = None if trigger.rule is None else own.len()
        days = "|".join(at.astimezone(crisis.zone).date().isoformat() for at in own) or None
        yield {
            **row,
            **span,
            "activated_on": days,
            **_cost(count, last - first + 1, money.get(trigger.rule or ""), order_cost),
        }


def _cost(count: int | None, years: int, agreed: float | None, order_cost: float) -> dict[str, Any]:
    """Return activations, their rate and their cost, in numbers and words."""
    money = order_cost if agreed is None else agreed
    if count is None:
        return {"activations": None, "money": money, "words": "no rule is stated for this date"}
    whose = "the order worked out here" if agreed is None else "the money agreed"
    return {
        "activations": count,
        "per_year": count / years,
        "money": money,
        "cost": count * money,
        "words": f"the same rule would have activated {count} times in {years} years, as far as the record "
        f"goes; each time costs {whose}",
    }
