"""Earlier: unmet need averted by ordering the same supplies on an earlier date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.core.errors import UsageError
from forestall.core.random import stream, uniforms
from forestall.core.units import parse_duration
from forestall.options.earlier import EarlierOptions, TriggerDate
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.decomposition import solve
from forestall.preparedness.items import Item
from forestall.preparedness.people import Presence
from forestall.preparedness.preposition import build
from forestall.preparedness.quantiles import draw_mean, draw_quantiles
from forestall.preparedness.stage import first_day, items_of, presence_of
from forestall.preparedness.standards import counts
from forestall.scenarios.records import activation_rows, last_activations, public_day
from forestall.scenarios.unmet import WHO, by_sector, of_kind, shortfalls, start_days, unmet_after
from forestall.schema import empty, frame
from forestall.schema.conventions import ENDS
from forestall.stages import options_for, run_stage, stage_of

if TYPE_CHECKING:
    from forestall.crisis import Crisis

RESAMPLES = 400
TITLE = "unmet need averted under these assumptions"
NOT_REACHED = {
    "inside": "no open road leads there: supplies staged outside a closed road buy nothing inside it",
    "on the road": "stored supplies are handed out where people arrive, not on the way",
}
REFERENCE = "the reference date itself"
NOTHING_LACKED = "nobody there is short of what the order holds"
TOO_LATE = "in no draw does the order come earlier than the need by more than the reference"
NOW = "the moment itself"


@dataclass(frozen=True, eq=False)
class Order:
    """What is ordered: units by item and unit of measure, and what it costs."""

    units: dict[tuple[str, str], float]
    cost: float


def earlier(crisis: Crisis, *, draws: int | None = None, seed: int | None = None) -> dict[str, pl.DataFrame]:
    """Work out the unmet need averted by ordering on each trigger date, on the same draws.

    Displacement is the same in all of them by construction: the forecast at one moment. The
    order is the same too, the plan made on what was known on the first date. Only the day it
    arrives differs.

    Parameters
    ----------
    crisis
        As opened, with everything in it.
    draws, seed
        Else what crisis.toml says.

    Returns
    -------
    dict
        The tables ``earlier_averted`` and ``earlier_record``.
    """
    options = crisis.plan.earlier
    _refuse_unknown_rules(crisis, options)
    moment = options.evaluate_at or crisis.as_of or crisis.settings.period.end
    now = _displaced(crisis.at(moment), draws, seed)
    dates = _dates(now, options)
    chosen = _prepare_options(crisis, draws, seed, options)
    order = order_on(crisis, dates[0], chosen, draws, seed)
    rows = list(averted_rows(crisis, now, dates, order, chosen, options))
    records = list(activation_rows(crisis, dates, order.cost, chosen, options))
    return {
        "earlier_averted": frame("earlier_averted", rows) if rows else empty("earlier_averted"),
        "earlier_record": frame("earlier_record", records) if records else empty("earlier_record"),
    }


def assumptions_in_words(crisis: Crisis, *, draws: int | None = None, seed: int | None = None) -> list[str]:
    """Return the assumptions behind the figures, for people.

    Parameters
    ----------
    crisis
        As opened.
    draws, seed
        Else what crisis.toml says.
    """
    options = crisis.plan.earlier
    chosen = _prepare_options(crisis, draws, seed, options)
    spread = f"{1 - options.lead_spread:g} to {1 + options.lead_spread:g} times"
    moment = options.evaluate_at or "the moment of the crisis"
    return [
        f"displacement is the same for every date: the forecast at {moment}, over {chosen.horizon}",
        f"one order of {options.budget}, planned on what was known on the first date, placed on each date",
        f"lead time {chosen.lead_time}, drawn from {spread} that, the same in a draw for every date",
        "handed out where people arrived, in perfect proportion to need, over roads known to be open then",
        "a date with a rule is never before the day on which the rule stood activated on what was public",
        "the dates were chosen with hindsight: see how often the same rule would have activated",
        "the unconditional arm lets the event come at its forecast probability on that date",
        "sectors are never added: the same person may lack food and shelter",
    ]


def _displaced(crisis: Crisis, draws: int | None, seed: int | None) -> Crisis:
    """Return the crisis at its moment with the outlook and the people present."""
    for verb in ("warn", "displace"):
        fields = stage_of(verb).options.model_fields
        given = {k: v for k, v in (("draws", draws), ("seed", seed)) if v is not None and k in fields}
        crisis = run_stage(crisis, verb, **given)
    return crisis


def _prepare_options(
    crisis: Crisis, draws: int | None, seed: int | None, options: EarlierOptions
) -> PrepareOptions:
    """Return the options of prepare, with the money of the order."""
    base = options_for(stage_of("prepare"), crisis, draws=draws, seed=seed, budget=options.budget)
    return PrepareOptions(**{**base.model_dump(), "hosts_per_arrival": 0.0})


def _dates(now: Crisis, options: EarlierOptions) -> list[TriggerDate]:
    """Return the trigger dates in order; where crisis.toml names none, the last activation of each rule."""
    rules = [TriggerDate(name=rule, ordered=day, rule=rule) for rule, day in last_activations(now)]
    named = [_once_public(now, trigger) for trigger in options.dates]
    known = named or [*rules, *([_moment_itself(now, rules)] if rules else [])]
    if not known:
        raise UsageError(
            "no trigger date: name dates in [earlier] of crisis.toml, or add rules to triggers.csv "
            "that would have activated by then"
        )
    return sorted(known, key=lambda d: (d.ordered, d.name))


def _once_public(now: Crisis, trigger: TriggerDate) -> TriggerDate:
    """Return a date not before its rule stood activated on what was public."""
    if trigger.rule is None:
        return trigger
    day = public_day(now, trigger.rule, trigger.ordered)
    if day is None:
        raise UsageError(
            f"[earlier] date {trigger.name!r}: the rule {trigger.rule!r} had not activated on what was "
            f"public by {now.local_date()}; leave the rule out, or take a later evaluate_at"
        )
    return trigger.model_copy(update={"ordered": day})


def _refuse_unknown_rules(crisis: Crisis, options: EarlierOptions) -> None:
    """Raise where a date names a rule that is not in triggers.csv."""
    names = set(crisis["triggers"]["trigger"])
    wrong = [d.rule for d in options.dates if d.rule is not None and d.rule not in names]
    if wrong:
        raise UsageError(f"[earlier] names rules that are not in triggers.csv: {', '.join(wrong)}")


def _moment_itself(now: Crisis, rules: Sequence[TriggerDate]) -> TriggerDate:
    """Return the moment evaluated as a date of its own, to compare the rules' dates with."""
    last = max(trigger.ordered for trigger in rules)
    return TriggerDate(name=NOW, ordered=max(last, now.local_date()))


def order_on(
    crisis: Crisis, first: TriggerDate, chosen: PrepareOptions, draws: int | None, seed: int | None
) -> Order:
    """Return the order: the plan made on what was known on the first date, if violence happens.

    Raises
    ------
    UsageError
        Where nothing can be planned: no price is known, or nobody is forecast to arrive.
    """
    then = _displaced(crisis.at(first.ordered), draws, seed)
    presence = presence_of(then, chosen)
    arms = dict(presence.arms())
    part = arms.get("if it happens") or arms.get("unconditional")
    instance = build(then, part, items_of(then, part, chosen), chosen) if part is not None else None
    if instance is None:
        raise UsageError(
            f"nothing can be ordered on {first.ordered}: no item with a known price (table items) is "
            "lacked by people forecast to be displaced, or no site can be stocked"
        )
    plan = solve(instance.problem, seconds=chosen.plan_seconds, work=chosen.plan_work)
    units = plan.stored.sum(axis=0)
    named = {(item.name, item.unit): float(units[k]) for k, item in enumerate(instance.items)}
    return Order(named, instance.problem.cost(plan.opened, plan.stored))


def averted_rows(
    crisis: Crisis,
    now: Crisis,
    dates: Sequence[TriggerDate],
    order: Order,
    chosen: PrepareOptions,
    options: EarlierOptions,
) -> Iterator[dict[str, Any]]:
    """Yield unmet person-days by date, kind of people and sector, with the paired difference."""
    whole = presence_of(now, chosen)
    presence = dict(whole.arms()).get("if it happens", whole)
    items = [item for item in items_of(now, presence, chosen) if (item.name, item.unit) in order.units]
    reference = _reference(dates, options)
    chances = {trigger.name: chance_on(crisis, trigger, first_day(now), chosen) for trigger in dates}
    happens = {name: event_draws(presence, chance, chosen.seed) for name, chance in chances.items()}
    for who in WHO:
        lacking = shortfalls(now, of_kind(presence, who), [i for i in items if counts(who, i.standard)])
        after = {d.name: _unmet(lacking, order, d, presence, chosen, options) for d in dates}
        for trigger in dates:
            label = {"trigger": trigger.name, "ordered": trigger.ordered, "where": who}
            reached = any(s.reached.any() for s in lacking)
            for sector in after[trigger.name]:
                pair = after[reference][sector], after[trigger.name][sector]
                label["words"] = why(who, pair, reached=reached, itself=trigger.name == reference)
                yield from _paired(
                    label, sector, pair, presence, chances[trigger.name], happens[trigger.name], chosen
                )


def why(who: str, pair: tuple[Floats, Floats], *, reached: bool, itself: bool) -> str:
    """Return what the figures of one date are, or why nothing is averted.

    Parameters
    ----------
    who
        Kind of people.
    pair
        Unmet person-days when ordered on the reference date and on this date, by draw.
    reached
        Whether supplies reach any of these people.
    itself
        Whether this date is the reference.

    Examples
    --------
    >>> why("inside", (np.ones(2), np.ones(2)), reached=False, itself=False)
    'no open road leads there: supplies staged outside a closed road buy nothing inside it'
    """
    if (pair[0] - pair[1]).any():
        return TITLE
    if not pair[0].any():
        return NOTHING_LACKED
    if not reached and who in NOT_REACHED:
        return NOT_REACHED[who]
    return REFERENCE if itself else TOO_LATE


def _reference(dates: Sequence[TriggerDate], options: EarlierOptions) -> str:
    """Return the name of the date compared with."""
    names = [trigger.name for trigger in dates]
    if options.reference and options.reference not in names:
        raise UsageError(f"[earlier] reference {options.reference!r} is not one of {', '.join(names)}")
    latest = max(dates, key=lambda trigger: trigger.ordered)
    return options.reference or next((n for n in names if n == NOW), latest.name)


def _unmet(
    lacking: Sequence[Any],
    order: Order,
    trigger: TriggerDate,
    presence: Presence,
    chosen: PrepareOptions,
    options: EarlierOptions,
) -> dict[str, Floats]:
    """Return unmet person-days by sector when ordered on a date."""
    available = arrival_days(trigger.ordered, presence, chosen, options)
    unmet: dict[Item, Floats] = {}
    for short in lacking:
        stock = order.units[short.item.name, short.item.unit]
        unmet[short.item] = unmet_after(short, stock, start_days(short, available, chosen))
    return by_sector(unmet)


def arrival_days(
    ordered: date, presence: Presence, chosen: PrepareOptions, options: EarlierOptions
) -> Floats:
    """Return the day on which the order is in the warehouse, counted from the first day, by draw.

    The lead time of a draw is the same for every date, so that an earlier order never arrives
    later.
    """
    spread = options.lead_spread * (2 * uniforms(chosen.seed, "lead-time", presence.draws) - 1)
    lead = parse_duration(chosen.lead_time).days * (1 + spread)
    return np.asarray((ordered - presence.dates[0]).days + lead, dtype=np.float64)


def chance_on(crisis: Crisis, trigger: TriggerDate, evaluated: date, chosen: PrepareOptions) -> float | None:
    """Return the forecast probability, on a trigger date, of a month with an event by the moment evaluated.

    The shortest window of the odds that reaches the moment is taken, of the country where the
    odds are highest; None where no country could be assessed.
    """
    known = run_stage(crisis.at(trigger.ordered), "warn", draws=chosen.draws, seed=chosen.seed)
    odds = known["warning_odds"].filter(pl.col("p_event").is_not_null())
    if not odds.height:
        return None
    needed = max(1, -(-(evaluated - trigger.ordered).days // 31))
    windows = sorted(odds["within_months"].unique())
    window = next((w for w in windows if w >= needed), windows[-1])
    model = odds["model"][0]
    found = odds.filter(pl.col("within_months") == window, pl.col("model") == model)["p_event"].max()
    return float(found) if isinstance(found, (int, float)) else None


def event_draws(presence: Presence, chance: float | None, seed: int) -> Floats | None:
    """Return 1 in the draws in which the event comes at its forecast probability, else 0."""
    if chance is None:
        return None
    return (uniforms(seed, "earlier-event", presence.draws) < chance).astype(np.float64)


def mean_interval(values: Floats, weights: Floats, seed: int) -> tuple[float, float]:
    """Return the 90 % interval of a weighted mean over draws, by resampling draws (percentiles).

    Examples
    --------
    >>> mean_interval(np.full(20, 3.0), np.ones(20), 1)
    (3.0, 3.0)
    """
    picks = stream(seed, "earlier-bootstrap").integers(0, len(values), (RESAMPLES, len(values)))
    means = (values[picks] * weights[picks]).sum(axis=1) / weights[picks].sum(axis=1)
    low, high = np.quantile(means, ENDS)
    return float(low), float(high)


def _paired(
    label: dict[str, Any],
    sector: str,
    pair: tuple[Floats, Floats],
    presence: Presence,
    chance: float | None,
    happens: Floats | None,
    chosen: PrepareOptions,
) -> Iterator[dict[str, Any]]:
    """Yield the rows of one date and sector in both arms."""
    arms = {"if it happens": np.ones(len(presence.draws))}
    if happens is not None:
        arms["unconditional"] = happens
    for arm, times in arms.items():
        before, after = pair[0] * times, pair[1] * times
        saved = before - after
        columns = [draw_quantiles(v, presence.weights, chosen.quantiles) for v in (before, after, saved)]
        mean = float(draw_mean(saved, presence.weights))
        low, high = mean_interval(saved, presence.weights, chosen.seed)
        for quantile, first, second, averted in zip(chosen.quantiles, *columns, strict=True):
            yield {
                **label,
                "arm": arm,
                "sector": sector,
                "quantile": quantile,
                "unmet_reference": float(first),
                "unmet": float(second),
                "averted": float(averted),
                "averted_mean": mean,
                "averted_mean_low": low,
                "averted_mean_high": high,
                "chance": chance,
                "draws": len(presence.draws),
            }
