"""What to do now: gaps x lead time x commitments, for every action that the triggers name.

An action closes the gaps of the sectors its trigger names; where it names none, those whose sector or
item the words of the action name. What nobody told stays untold: no gap, owner or cover is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from forestall.action.indicators import follow
from forestall.action.ledger import OPEN
from forestall.action.series import COMPARISONS
from forestall.action.triggers import question_of
from forestall.core.units import parse_duration
from forestall.schema import empty, frame
from forestall.schema.conventions import ALL

if TYPE_CHECKING:
    from datetime import datetime

    from forestall.crisis import Crisis

ARM = "if it happens"
NO_OWNER = "not set: name one"
NOT_TOLD = "not told"
MONEY = re.compile(r"\b[A-Z]{3}\b")
"""A unit that names a currency."""
ENDS = (("_low", 5), ("", 50), ("_high", 95))
"""Ends of the names of columns, and the quantiles they hold in per cent."""
Row = dict[str, Any]


class Gap(NamedTuple):
    """The widest gap of one item, if it happens."""

    sector: str
    item: str
    columns: Row
    from_day: date | None
    price: float | None


def actions_due(
    crisis: Crisis, activated: pl.DataFrame, ledger: pl.DataFrame, moment: datetime
) -> pl.DataFrame:
    """Return every action the triggers name, with the gap it would close and by when it must be ordered.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment, with the gaps of the stage prepare where it was run.
    activated, ledger : polars.DataFrame
        The tables ``activations`` and ``ledger_status``.
    moment : datetime
        The moment, in UTC.

    Returns
    -------
    polars.DataFrame
        The table ``actions_due``: those activated first, then by the day of order.
    """
    gaps = widest_gaps(crisis)
    last = dict(activated.group_by("trigger").agg(pl.col("activated_at").max()).iter_rows())
    today = moment.astimezone(crisis.zone).date()
    rows = [
        row
        for trigger in crisis["triggers"].iter_rows(named=True)
        for row in _rows(trigger, gaps, last.get(trigger["trigger"]), ledger, today)
    ]
    if not rows:
        return empty("actions_due")
    holds = {t["trigger"]: _still_holds(crisis, t, moment) for t in crisis["triggers"].iter_rows(named=True)}
    for row in rows:
        row["stop_met"] = False if holds[row["trigger"]] and row["stop_rule"] else None
    return frame("actions_due", rows).sort(
        "state", "order_by", "trigger", "action", "sector", "item", nulls_last=True, maintain_order=True
    )


def _rows(
    trigger: Row, gaps: Sequence[Gap], at: datetime | None, ledger: pl.DataFrame, today: date
) -> Iterator[Row]:
    """Yield a row per action of a trigger and gap that it closes."""
    for action in parts_of(trigger["actions"]):
        closed, told_by = closed_by(action, trigger.get("closes"), gaps)
        for gap in closed or (Gap(NOT_TOLD, NOT_TOLD, {}, None, None),):
            yield {
                **_named(trigger, action, at),
                "sector": gap.sector,
                "item": gap.item,
                "gap_told_by": told_by,
                **gap.columns,
                **_timed(trigger["lead_time"], gap.from_day, today),
                "cost": None if gap.price is None or not gap.columns else gap.price * gap.columns["gap"],
                **cover_of(trigger.get("commitment"), gap, ledger),
            }


def parts_of(actions: str) -> list[str]:
    """Return the actions of a trigger one by one, each named once.

    Examples
    --------
    >>> parts_of("Check stocks; brief hosts;")
    ['Check stocks', 'Brief hosts']
    """
    found = [part.strip() for part in actions.split(";") if part.strip()]
    return list(dict.fromkeys(part[0].upper() + part[1:] for part in found))


def _named(trigger: Row, action: str, at: datetime | None) -> Row:
    """Return who, what and how far agreed."""
    return {
        "trigger": trigger["trigger"],
        "action": action,
        "stage": trigger["stage"],
        "state": "not activated" if at is None else "activated",
        "activated_at": at,
        **dict(zip(("standing", "by_whom"), standing_of(trigger), strict=True)),
        "owner": trigger.get("owner") or NO_OWNER,
        "lead_time": trigger["lead_time"],
        "money": trigger["money"],
        "stop_rule": trigger["stop_rule"],
    }


def standing_of(trigger: Mapping[str, Any]) -> tuple[str, str]:
    """Return whether a trigger is agreed or proposed, and by whom.

    Examples
    --------
    >>> standing_of({"agreed_by": None, "source": "assumption"})
    ('proposed', 'assumption')
    """
    if trigger.get("agreed_by"):
        return "agreed", str(trigger["agreed_by"])
    return "proposed", str(trigger.get("source") or "not known")


def _timed(lead_time: str, from_day: date | None, today: date) -> Row:
    """Return the day by which it must be ordered to be there on the first day with a gap."""
    if from_day is None:
        return {"gap_from": None, "order_by": None, "days_left": None}
    order_by = from_day - timedelta(days=parse_duration(lead_time).days)
    return {"gap_from": from_day, "order_by": order_by, "days_left": (order_by - today).days}


def closed_by(action: str, closes: str | None, gaps: Sequence[Gap]) -> tuple[list[Gap], str]:
    """Return the gaps that an action closes, and who says so.

    Examples
    --------
    >>> gap = Gap("food", "bread", {}, None, None)
    >>> closed_by("Order food for a month", None, [gap])[1]
    'words of the action'
    >>> closed_by("Publish what is known", None, [gap])
    ([], 'nobody')
    """
    if closes:
        named = {part.strip().casefold() for part in closes.split("|")}
        return [gap for gap in gaps if gap.sector.casefold() in named], "the trigger"
    words = words_of(action)
    found = [gap for gap in gaps if words & (words_of(gap.item) | words_of(gap.sector))]
    return found, "words of the action" if found else "nobody"


_COMMON = {"and", "for", "with", "per", "the", "of", "in", "to", "a", "or", "space", "on"}


def words_of(text: str) -> set[str]:
    """Return the words of a text that tell something, without the plural.

    Examples
    --------
    >>> sorted(words_of("Blankets and food"))
    ['blanket', 'food']
    """
    return {word.rstrip("s") for word in re.findall(r"[a-z]{3,}", text.casefold()) if word not in _COMMON}


def cover_of(named: str | None, gap: Gap, ledger: pl.DataFrame) -> Row:
    """Return the open commitments that cover a gap, and how that is known."""
    going = ledger.filter(pl.col("status").is_in(OPEN) & pl.col("included_in").is_null())
    if named:
        return {"commitment": named, "covered_by": "the trigger"}
    words = words_of(gap.item) | words_of(gap.sector)
    rows = going.iter_rows(named=True)
    fitting = [r["commitment"] for r in rows if gap.sector != NOT_TOLD and words & words_of(r["what"])]
    if fitting:
        return {"commitment": "|".join(fitting), "covered_by": "words of the commitment"}
    money = [r["commitment"] for r in going.iter_rows(named=True) if r["unit"] and MONEY.search(r["unit"])]
    if money:
        return {"commitment": "|".join(money), "covered_by": "money for no named purpose"}
    return {"commitment": None, "covered_by": "none known"}


def widest_gaps(crisis: Crisis) -> list[Gap]:
    """Return the widest gap of each item over all places together, on its worst day at the median."""
    gaps = crisis["gaps"].filter(pl.col("arm") == ARM)
    if not gaps.height:
        return []
    whole = _over_places(gaps, ["gap"], pl.col("supply_known").all())
    need = crisis["needs"].filter(pl.col("arm") == ARM)
    people = _over_places(need, ["people"], pl.lit(value=True))
    prices = _prices(crisis)
    return [gap for key, rows in whole.items() if (gap := _widest(key, rows, people.get(key, {}), prices))]


Days = Mapping[tuple[date, int], Row]
"""Rows by day and quantile in per cent."""


def _over_places(
    table: pl.DataFrame, values: Sequence[str], known: pl.Expr
) -> Mapping[tuple[str, str], Days]:
    """Return values by sector and item, then by day and quantile: of all places, or their sum."""
    rows = table.filter(pl.col("place") == ALL) if (table["place"] == ALL).any() else table
    keys = ["sector", "item", "unit", "date", "quantile"]
    summed = rows.group_by(keys).agg(*(pl.col(v).sum() for v in values), known.alias("known")).sort(keys)
    found: dict[tuple[str, str], dict[tuple[date, int], Row]] = {}
    for row in summed.iter_rows(named=True):
        day = (row["date"], round(row["quantile"] * 100))
        found.setdefault((row["sector"], row["item"]), {})[day] = row
    return found


def _widest(
    key: tuple[str, str], rows: Days, people: Days, prices: Mapping[tuple[str, str], float]
) -> Gap | None:
    """Return the widest gap of one item, or None where the median never has one."""
    middle = {day: row for (day, q), row in rows.items() if q == 50 and row["gap"] > 0}
    if not middle:
        return None
    worst = max(middle, key=lambda day: (middle[day]["gap"], -day.toordinal()))
    unit = middle[worst]["unit"]
    columns = {
        **{f"gap{end}": _at(rows, worst, q, "gap") for end, q in ENDS},
        **{f"people{end}": _at(people, worst, q, "people") for end, q in ENDS},
        "unit": unit,
        "supply_known": middle[worst]["known"],
    }
    return Gap(*key, columns, min(middle), prices.get((key[1], unit)))


def _at(rows: Days, day: date, quantile: int, column: str) -> float | None:
    """Return a value on a day at a quantile, or None."""
    row = rows.get((day, quantile))
    return None if row is None else float(row[column])


def _prices(crisis: Crisis) -> dict[tuple[str, str], float]:
    """Return the known prices by item and unit."""
    known = crisis["items"].filter(pl.col("price").is_not_null())
    return {(item, unit): price for item, unit, price in known.select("item", "unit", "price").iter_rows()}


def _still_holds(crisis: Crisis, trigger: Row, moment: datetime) -> bool:
    """Return whether the condition of a trigger holds on the newest point known."""
    points = follow(crisis, trigger["indicator"], question_of(trigger, moment))
    if not points or points[-1].value is None:
        return False
    return bool(COMPARISONS[trigger["comparison"]](points[-1].value, trigger["threshold"]))
