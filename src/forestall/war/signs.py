"""Signs of large-scale violence: events, months of deaths and places that change hands.

A sign has a first and a last day and a probability that violence was large-scale then.  Deaths
settle it.  Without deaths the step on the ladder of the event gives a base rate, and other
events soon after raise its odds; words of descriptions are not read.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from forestall.core.moments import add_months
from forestall.war.parties import concerns, parts
from forestall.war.rates import limit, value

if TYPE_CHECKING:
    from forestall.crisis import Crisis

DAY = timedelta(days=1)
MOST_SUPPORT = 3
"""Further days of violence that count as support of one act."""
UNLIKELY = 0.02
"""Probability that an act was large-scale where deaths of its month say otherwise."""
GRAVITY = {"incident": 0, "raid": 1, None: 1, "offensive": 2}
"""Order of acts of violence by their step; one without a step stands with a clash."""
BEYOND = 0.95
"""Above it an act is as good as certain: one is not stronger than another."""
AS_STRONG = 1 / 3
"""Odds of an act, relative to the strongest, from which it is as strong."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act of violence as it is known: day, sides, deaths, step on the ladder, its end where told.

    An outcome of the act without a figure tells its end.
    """

    event: str
    day: date
    sides: tuple[str, ...]
    deaths: float | None
    step: str | None
    known_at: datetime
    probability: float = 0.0
    ended: date | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """Days on which violence was large-scale, with its probability and what says so."""

    first: date
    last: date
    probability: float
    event: str = ""
    sides: tuple[str, ...] = ()
    begun_until: datetime | None = None
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the violence that concerns some names (all, where there are none)."""

    acts: tuple[Act, ...]
    signs: tuple[Sign, ...]
    months: Mapping[date, float]
    ends: tuple[tuple[date, str, str], ...]
    tensions: tuple[tuple[date, str], ...]
    event_days: tuple[date, ...]
    losses: tuple[tuple[date, str], ...] = ()
    held_now: Mapping[str, int] = field(default_factory=dict)
    beside: tuple[Sign, ...] = ()


def read_evidence(crisis: Crisis, names: Sequence[str] = ()) -> Evidence:
    """Return what events, deaths and control known by the moment say of violence.

    Parameters
    ----------
    crisis : Crisis
        At its moment.
    names : sequence of str
        Sides and places that are concerned; none = every act of the crisis.
    """
    today = crisis.local_date()
    events = crisis["events"].filter(pl.col("date") <= today)
    months = months_of(crisis)
    every = _acts(events, ())
    acts = _acts(events, names) if names else every
    changes = _changes(crisis)
    acts = _weighed(acts, events, [day for day, *_ in changes], months)
    elsewhere = {act.day.replace(day=1) for act in every} - {act.day.replace(day=1) for act in acts}
    ends = tuple(
        (row["date"], row["kind"], row["event"])
        for row in events.filter(
            pl.col("kind").is_in(["ceasefire", "agreement"])
            & (pl.col("stance") == "cooperation")
            & pl.col("outcome_of").is_null()
        )
        .sort("date", "event")
        .iter_rows(named=True)
    )
    signs = [_sign_of(act, crisis) for act in acts if act.probability > 0]
    signs += _month_signs(months, acts, ends, today, () if not names else tuple(elsewhere))
    return Evidence(
        tuple(acts),
        tuple(sorted(signs, key=lambda sign: (sign.first, sign.rank, -sign.probability, sign.event))),
        months,
        ends,
        _tensions(events, acts, names, months),
        tuple(sorted(set(events["date"].to_list()))),
        tuple((day, before) for day, before, _ in changes),
        _held(crisis),
        _beside(crisis, every, events, changes, months) if names else (),
    )


def _beside(
    crisis: Crisis,
    acts: Sequence[Act],
    events: pl.DataFrame,
    changes: Sequence[tuple[date, str, str]],
    months: Mapping[date, float],
) -> tuple[Sign, ...]:
    """Return the signs of all acts of the crisis that were likelier large-scale than not."""
    weighed = _weighed(acts, events, [day for day, *_ in changes], months)
    return tuple(_sign_of(act, crisis) for act in weighed if act.probability >= 1 / 2)


def months_of(crisis: Crisis) -> dict[date, float]:
    """Return deaths of the crisis's countries by month: newest vintage, all kinds of violence together."""
    rows = crisis["deaths"].filter(pl.col("best").is_not_null())
    iso3 = list(crisis.settings.iso3)
    countries = rows.filter((pl.col("where_kind") == "country") & pl.col("where").is_in(iso3))
    chosen = countries if countries.height else rows.filter(pl.col("where_kind") == "place")
    key = ["where", "period", "start", "violence"]
    newest = chosen.sort("known_at", "vintage").group_by(key, maintain_order=True).last()
    sums = newest.group_by("period", "start").agg(pl.col("best").sum()).sort("start")
    by_month = {s: float(b) for p, s, b in sums.select("period", "start", "best").iter_rows() if p == "month"}
    for period, start, best in sums.select("period", "start", "best").iter_rows():
        months = [add_months(start, step) for step in range(12)] if period == "year" else []
        if months and not any(month in by_month for month in months):
            by_month.update(dict.fromkeys(months, best / 12))
    return by_month


def _acts(events: pl.DataFrame, names: Sequence[str]) -> list[Act]:
    """Return the acts of violence that concern the names, each with the deaths last known."""
    deaths = {
        row["outcome_of"] or row["event"]: float(row["value"])
        for row in events.filter(pl.col("value").is_not_null()).sort("known_at").iter_rows(named=True)
        if "death" in (row["unit"] or "").casefold()
    }
    over = events.filter((pl.col("kind") == "violence") & pl.col("value").is_null()).drop_nulls("outcome_of")
    ends = dict(over.sort("date").select("outcome_of", "date").iter_rows())
    rows = events.filter(
        (pl.col("kind") == "violence")
        & (pl.col("form") == "material")
        & (pl.col("stance") == "conflict")
        & pl.col("outcome_of").is_null()
    ).sort("date", "event")
    found = [
        Act(
            row["event"],
            row["date"],
            tuple(parts(row["actor"], row["target"])),
            deaths.get(row["event"]),
            row.get("step"),
            row["known_at"],
            ended=ends.get(row["event"]),
        )
        for row in rows.iter_rows(named=True)
    ]
    return [act for act in found if concerns(act.sides, names)]


def _weighed(
    acts: Sequence[Act], events: pl.DataFrame, changes: Sequence[date], months: Mapping[date, float]
) -> list[Act]:
    """Return the acts with the probability that each was, or belongs to, large-scale violence."""
    days = [act.day for act in acts]
    sums = [0.0]
    for act in acts:
        sums.append(sums[-1] + (act.deaths or 0.0))
    support = {
        kind: sorted(events.filter(pl.col("kind") == kind)["date"].to_list())
        for kind in ("displacement", "ceasefire")
    } | {"control": sorted(changes)}
    weighed = []
    for act in acts:
        around = sums[bisect_right(days, act.day + 15 * DAY)] - sums[bisect_left(days, act.day - 15 * DAY)]
        month = months.get(act.day.replace(day=1))
        p = _probability(act, around, month)
        if p is None:
            p = _supported(act, _days_of_others(acts, act), support, _next_graver(acts, act))
        if month is not None and month < limit("deaths") and (act.deaths or 0) < limit("deaths") > around:
            p = min(p, UNLIKELY)
        weighed.append(replace(act, probability=p))
    return _settled(weighed, months)


def _days_of_others(acts: Sequence[Act], act: Act) -> list[date]:
    """Return the days of the acts of the same sides that are not graver, the act's own among them.

    A greater act that follows says nothing of how large a small one was.
    """
    grave = GRAVITY.get(act.step, 1)
    sides = set(act.sides)
    others = [
        other.day
        for other in acts
        if GRAVITY.get(other.step, 1) <= grave
        and len(sides & set(other.sides)) >= min(len(sides), len(("one side", "the other")))
    ]
    return sorted({act.day, *others})


def _next_graver(acts: Sequence[Act], act: Act) -> date:
    """Return the day of the next graver act: what follows it is its doing."""
    grave = GRAVITY.get(act.step, 1)
    return min((a.day for a in acts if a.day > act.day and GRAVITY.get(a.step, 1) > grave), default=date.max)


def _settled(acts: Sequence[Act], months: Mapping[date, float]) -> list[Act]:
    """Return the acts of months with large-scale deaths: at least one of them was large (Bayes)."""
    none: dict[date, float] = {}
    for act in acts:
        month = act.day.replace(day=1)
        small = act.step == "incident" or act.probability < UNLIKELY
        none[month] = none.get(month, 1.0) * (1.0 if small else 1.0 - act.probability)
    settled = []
    for act in acts:
        month = act.day.replace(day=1)
        large = months.get(month, 0.0) >= limit("deaths") and act.step != "incident"
        some = 1.0 - none[month]
        raised = act.probability >= UNLIKELY and large and some > 0
        settled.append(
            replace(act, probability=max(act.probability, min(1 - UNLIKELY, act.probability / some)))
            if raised
            else act
        )
    return settled


def first_as_strong(acts: Sequence[Act] | Sequence[Sign]) -> int:
    """Return the position of the first that is as strong as the strongest, its odds at least a third.

    Examples
    --------
    >>> acts = [Act("a", date(2030, 1, d), (), None, None, datetime.max, p) for d, p in ((1, 0.4), (8, 0.97))]
    >>> first_as_strong(acts)
    1
    """
    odds = [min(a.probability, BEYOND) / (1 - min(a.probability, BEYOND)) for a in acts]
    return next(i for i, value_ in enumerate(odds) if value_ >= AS_STRONG * max(odds) - 1e-12)


def _probability(act: Act, around: float, month: float | None) -> float | None:
    """Return the probability that deaths settle; None where the step and other events must say."""
    own = 0.0 if act.step == "incident" else act.deaths or 0.0
    if max(own, around - (act.deaths or 0.0) + own if act.deaths else 0.0) >= limit("deaths"):
        return 1.0
    if act.deaths is not None and act.step != "offensive" and (month or 0.0) < limit("deaths"):
        return 0.0
    return None


def _supported(act: Act, days: Sequence[date], support: Mapping[str, Sequence[date]], graver: date) -> float:
    """Return the base rate of the step, its odds raised by what happened within two weeks.

    Support by what follows counts up to the day of a graver act.
    """
    near = limit("corroboration") * DAY
    base = value("large", act.step if act.step in ("offensive", "raid", "incident") else "not stated")
    odds = base / (1 - base)
    first, last = act.day - near, act.day + near
    others = bisect_right(days, last) - bisect_left(days, first) - 1
    odds *= value("likelihood", "violence") ** min(others, MOST_SUPPORT)
    for kind, dates in support.items():
        if bisect_right(dates, min(last, graver - DAY)) > bisect_left(dates, act.day):
            odds *= value("likelihood", kind)
    return odds / (1 + odds)


def _sign_of(act: Act, crisis: Crisis) -> Sign:
    """Return the sign of one act: its day; it began before it was known."""
    first = datetime.combine(act.day, time(), crisis.zone).astimezone(UTC)
    until = min(first + DAY, crisis.moment, max(act.known_at, first + timedelta(hours=1)))
    rank = {"offensive": 0, "incident": 2}.get(act.step or "", 1)
    return Sign(act.day, act.day, act.probability, act.event, act.sides, until, rank)


def _month_signs(
    months: Mapping[date, float],
    acts: Sequence[Act],
    ends: Sequence[tuple[date, str, str]],
    today: date,
    elsewhere: Sequence[date],
) -> list[Sign]:
    """Return a sign for every month with as many deaths as make an event.

    A month whose known acts all concern others is no sign for the names asked about; one whose
    deaths its acts explain, or whose acts are all known to be over, ends with the last of them.
    """
    signs = []
    for month, deaths in months.items():
        if deaths < limit("deaths") or month in elsewhere or month > today:
            continue
        last = min(add_months(month, 1) - DAY, today)
        known = [act for act in acts if month <= act.day <= last]
        strong = [act for act in known if act.step != "incident"] or known
        within = [act.day for act in strong[first_as_strong(strong) :]] if strong else []
        closed = [
            day for day, kind, _ in ends if kind == "ceasefire" and within and max(within) <= day <= last
        ]
        explained = sum(act.deaths or 0.0 for act in known) >= deaths / 2
        over = [act.ended for act in strong if act.ended is not None]
        if within and (explained or len(over) == len(strong)):
            last = min(last, max([*within, *over]))
        signs.append(Sign(min(within, default=month), min(closed, default=last), 1.0))
    return signs


def _tensions(
    events: pl.DataFrame, acts: Sequence[Act], names: Sequence[str], months: Mapping[date, float]
) -> tuple[tuple[date, str], ...]:
    """Return the days with signs short of large-scale violence, each with the event that says so."""
    rows = events.filter(
        (pl.col("stance") == "conflict")
        & pl.col("outcome_of").is_null()
        & (
            pl.col("kind").is_in(["closure", "sanction", "posture"])
            | ((pl.col("step") == "ultimatum") if "step" in events.columns else pl.lit(value=False))
        )
    )
    found = [
        (row["date"], row["event"])
        for row in rows.iter_rows(named=True)
        if concerns(parts(row["actor"], row["target"]), names)
    ]
    found += [(act.day, act.event) for act in acts]
    found += [(add_months(month, 1) - DAY, "") for month, deaths in months.items() if deaths >= 1]
    return tuple(sorted(found))


def _changes(crisis: Crisis) -> list[tuple[date, str, str]]:
    """Return the days on which a place changed hands: day, who held it, who holds it."""
    rows = crisis["control"].filter(pl.col("effective") <= crisis.moment).sort("place", "effective")
    found, before = [], ("", "")
    for place, holder, moment in rows.select("place", "held_by", "effective").iter_rows():
        if place == before[0] and holder != before[1]:
            found.append((moment.astimezone(crisis.zone).date(), before[1], holder))
        before = (place, holder)
    return sorted(found)


def _held(crisis: Crisis) -> dict[str, int]:
    """Return how many places each holder holds at the moment, 0 for those that held some before."""
    rows = crisis["control"].filter(pl.col("effective") <= crisis.moment)
    holders = dict.fromkeys(rows["held_by"].to_list(), 0)
    for holder in crisis.status("control")["held_by"].to_list():
        holders[holder] += 1
    return holders
