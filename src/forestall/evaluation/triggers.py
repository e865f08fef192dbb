"""The one-page trigger report, and the search for a threshold that is worth it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.arrays import Bools, Floats, Ints
from forestall.core.errors import UsageError
from forestall.core.random import resampler
from forestall.evaluation.hindcast import STRATA, Hindcast
from forestall.schema.conventions import BAND, ENDS
from forestall.scoring.intervals import jeffreys_interval, rule_of_three
from forestall.scoring.triggers import Contingency, relative_economic_value, return_period
from forestall.warning.countries import countries
from forestall.warning.months import first_day

if TYPE_CHECKING:
    import polars as pl


COST_LOSS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
SERIES = {"p_event": "odds", "deaths_month": "newest"}
THRESHOLDS = np.array(
    [0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
)
RETURN_PERIODS = (2, 3, 5, 10)
ROUNDS = 1000
DAYS_A_MONTH = 30.4


@dataclass(frozen=True)
class Trigger:
    """A trigger on a monthly series of a country.

    Parameters
    ----------
    name
        Identifier.
    series
        Which series of the hindcast: odds or newest.
    threshold
        It activates at this value or above.
    country
        ISO3 code.
    money
        Money agreed before, or None.
    lead_days
        Time the actions need, in days, or None.
    """

    name: str
    series: str
    threshold: float
    country: str
    money: float | None = None
    lead_days: float | None = None


def monthly_triggers(table: pl.DataFrame) -> list[Trigger]:
    """Pick the triggers that look at monthly odds or deaths of a country.

    Parameters
    ----------
    table
        The table ``triggers`` of a crisis.
    """
    rows = [row for row in table.iter_rows(named=True) if row["indicator"] in SERIES and row["where"]]
    return [
        Trigger(
            row["trigger"],
            SERIES[row["indicator"]],
            float(row["threshold"]),
            row["where"],
            row["money"],
            days_of(row["lead_time"]),
        )
        for row in rows
    ]


def window_of(table: pl.DataFrame, trigger: str) -> int:
    """Return the months a trigger looks ahead: its window where that is in months, else 3."""
    for row in table.iter_rows(named=True):
        months = re.fullmatch(r"(\d+) months?", row["window"] or "")
        if row["trigger"] == trigger and row["indicator"] == "p_event" and months:
            return int(months[1])
    return 3


def days_of(text: str | None) -> float | None:
    """Read ``14 days`` or ``1 month`` as days; None where it is neither.

    Examples
    --------
    >>> days_of("14 days"), days_of("2 months"), days_of(None)
    (14.0, 60.8, None)
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?) (day|week|month)s?", text or "")
    if match is None:
        return None
    return float(match[1]) * {"day": 1, "week": 7, "month": DAYS_A_MONTH}[match[2]]


def trigger_report(trigger: Trigger, cast: Hindcast, alerts: pl.DataFrame | None = None) -> dict[str, Any]:
    """Say what a trigger would have done: for its own country and, by stratum, for all.

    Parameters
    ----------
    trigger
        What activates.
    cast
        Odds and what came, for all countries.
    alerts
        Alerts another system published: columns iso3, indicator_id, date, alert_level.

    Returns
    -------
    dict
        Figures with 90 % intervals, activation dates beside what came and the alerts.
    """
    values = getattr(cast, trigger.series)
    usable = ~np.isnan(values) & ~np.isnan(cast.event)
    active = usable & (np.nan_to_num(values) >= trigger.threshold)
    column = cast.countries.index(str(countries()[trigger.country].panel_id))
    own = np.zeros_like(usable)
    own[:, column] = usable[:, column]
    groups = {"own country": own, "all countries": usable}
    groups |= {name: usable & (cast.stratum == index) for index, name in enumerate(STRATA)}
    years = len(values) / 12
    spells = activation_starts(active[:, column])
    return {
        "trigger": trigger.name,
        "country": trigger.country,
        "threshold": trigger.threshold,
        "period": " to ".join(
            f"{first_day(month):%Y-%m}" for month in (cast.first_month, cast.first_month + len(values) - 1)
        ),
        "groups": {name: _figures(active, cast.event, mask) for name, mask in groups.items()},
        "return_period_years": return_period(years, len(spells)),
        "thresholds": [threshold_for(cast, trigger, period) for period in RETURN_PERIODS],
        "activations": [_activation(cast, int(row), column) for row in spells],
        "lead_time": _lead_time(cast, active, usable, trigger),
        "yearly_cost": _yearly_cost(trigger, len(spells), years),
        "missed": _missed(cast, active[:, column], column),
        "alerts": _alerts(alerts, trigger.country, cast),
        "mode": "pseudo-real-time: a later vintage with a release lag of one month",
    }


def threshold_for(cast: Hindcast, trigger: Trigger, period: float) -> dict[str, Any]:
    """Propose the lowest threshold that activates in a country no more often than wished.

    Parameters
    ----------
    cast
        Odds and what came.
    trigger
        Its series and country count; its own threshold does not.
    period
        Wished return period in years.

    Returns
    -------
    dict
        The wish, the threshold (None where the history is shorter than the wish or no value reaches
        it), activations, and how many were followed by an event within the window.
    """
    column = cast.countries.index(str(countries()[trigger.country].panel_id))
    values, event = getattr(cast, trigger.series)[:, column], cast.event[:, column]
    values = np.where(np.isnan(event), np.nan, values)
    years = len(values) / 12
    wish = {"return_period_years": period}
    if period > years + 1:
        text = f"the history of {years:.0f} years is too short to say"
        return {**wish, "threshold": None, "activations": None, "right": None, "says": text}
    levels = np.unique(values[~np.isnan(values) & (values > 0)])[::-1]
    # From the top down: a level so low that it never turns off activates once, and warns of nothing.
    rare = [return_period(years, len(_starts(values, level))) >= period for level in levels]
    kept = int(np.argmin(rare)) if not all(rare) else len(levels)
    if not kept:
        return {**wish, "threshold": None, "activations": 0, "right": None, "says": "no value is that rare"}
    level = float(levels[kept - 1])
    starts = _starts(values, level)
    right = int(np.nansum(event[starts]))
    text = f"{level:.3g} ({len(starts)} activations, {right} of them followed by an event)"
    return {**wish, "threshold": level, "activations": len(starts), "right": right, "says": text}


def _starts(values: Floats, level: float) -> Ints:
    """Return the rows at which a series reaches a level."""
    return activation_starts(np.nan_to_num(values) >= level)


def activation_starts(active: Bools) -> Ints:
    """Return the rows at which a trigger turns on, after a month in which it was off.

    Examples
    --------
    >>> activation_starts(np.array([True, True, False, True])).tolist()
    [0, 3]
    """
    before = np.concatenate([[False], active[:-1]])
    return np.flatnonzero(active & ~before)


def _figures(active: Bools, event: Floats, mask: Bools) -> dict[str, Any]:
    """Sum a group up: activation a year, right, caught, worth."""
    table = _count(active[mask], event[mask])
    yearly, span = _yearly_activation(active & mask, mask)
    return {
        "country_months": table.cases,
        "activation_a_year": yearly,
        "activation_a_year90": span,
        "right": 1 - table.false_alarm_ratio,
        "right90": table.right_interval,
        "caught": table.hit_rate,
        "caught90": table.hit_rate_interval,
        "bias": table.bias,
        "counts": [table.hits, table.false_alarms, table.misses, table.correct_rejections],
        "value": {str(a): _value(active, event, mask, a) for a in COST_LOSS},
    }


def _count(active: Bools, event: Floats) -> Contingency:
    came = event > 0.5
    return Contingency(
        int((active & came).sum()),
        int((active & ~came).sum()),
        int((~active & came).sum()),
        int((~active & ~came).sum()),
    )


def _yearly_activation(active: Bools, mask: Bools) -> tuple[float, tuple[float, float]]:
    """Return the share of country-years with an activation, with its interval."""
    years = len(active) // 12
    if not years:
        return float("nan"), (0.0, 1.0)
    shape = (years, 12, active.shape[1])
    any_active = active[: years * 12].reshape(shape).any(axis=1)
    known = mask[: years * 12].reshape(shape).any(axis=1)
    count, events = int(known.sum()), int((any_active & known).sum())
    if not count:
        return float("nan"), (0.0, 1.0)
    span = jeffreys_interval(events, count) if events else (0.0, rule_of_three(count))
    return events / count, span


def _value(active: Bools, event: Floats, mask: Bools, ratio: float) -> dict[str, Any]:
    """Return the relative economic value with the interval from resampling countries."""
    table = _count(active[mask], event[mask])
    came = event > 0.5
    kinds = (active & came, active & ~came, ~active & came, ~active & ~came)
    parts = np.stack([(kind & mask).sum(axis=0) for kind in kinds])
    here = parts[:, mask.any(axis=0)]
    if here.shape[1] < 2:
        return {"value": relative_economic_value(table, ratio), "interval90": None}
    count = here.shape[1]
    picks = resampler(1).multinomial(count, np.full(count, 1 / count), size=ROUNDS)
    sums = (picks @ here.T).astype(np.float64)
    hit, false, miss = (sums[:, i] / sums.sum(axis=1) for i in range(3))
    best = np.minimum(ratio, hit + miss)
    gap = best - ratio * (hit + miss)
    values = (best - ratio * (hit + false) - miss) / np.where(gap > 0, gap, np.nan)
    known = values[~np.isnan(values)]
    span = [float(v) for v in np.quantile(known, ENDS)] if len(known) else None
    return {"value": relative_economic_value(table, ratio), "interval90": span}


def _activation(cast: Hindcast, row: int, column: int) -> dict[str, Any]:
    """Describe one activation: the date, the odds then, and what came."""
    event, wait = cast.event[row, column], cast.wait[row, column]
    return {
        "issued": f"{first_day(cast.first_month + row):%Y-%m}",
        "odds": round(float(cast.odds[row, column]), 3),
        "deaths_newest_month": float(cast.newest[row, column]),
        "event": None if np.isnan(event) else bool(event),
        "months_to_event": None if np.isnan(wait) else int(wait),
    }


def _missed(cast: Hindcast, active: Bools, column: int) -> list[str]:
    """List the months that an event followed and in which the trigger was off."""
    rows = np.flatnonzero((cast.event[:, column] > 0.5) & ~active)
    return [f"{first_day(cast.first_month + int(row)):%Y-%m}" for row in rows]


def _lead_time(cast: Hindcast, active: Bools, usable: Bools, trigger: Trigger) -> dict[str, Any]:
    """Compare the months from activation to event with the time the actions need."""
    starts = np.zeros_like(active)
    for column in range(active.shape[1]):
        starts[activation_starts(active[:, column]), column] = True
    waits = cast.wait[starts & usable]
    waits = waits[~np.isnan(waits)]
    if not len(waits):
        return {"activations_followed_by_an_event": 0, "needed_days": trigger.lead_days}
    low, middle, high = (float(v) for v in np.quantile(waits, BAND))
    needed = trigger.lead_days
    enough = None if needed is None else float(np.mean((waits - 1) * DAYS_A_MONTH >= needed))
    return {
        "activations_followed_by_an_event": len(waits),
        "months_to_the_event_month": {"median": middle, "interval90": [low, high]},
        "needed_days": needed,
        "share_with_time_enough": enough,
        "note": "counted to the first day of the month of the event, over all countries",
    }


def _yearly_cost(trigger: Trigger, activations: int, years: float) -> dict[str, Any]:
    """Return the money a year that activations of the own country would have cost."""
    low, high = jeffreys_interval(activations, max(years, activations)) if years else (0.0, 1.0)
    money = trigger.money
    return {
        "activations_a_year": activations / years if years else None,
        "activations_a_year90": [low, high],
        "money": None if money is None else money * activations / years,
        "money90": None if money is None else [money * low, money * high],
    }


def _alerts(alerts: pl.DataFrame | None, country: str, cast: Hindcast) -> list[dict[str, Any]] | None:
    """List the alerts another system published for the country in the same years."""
    if alerts is None:
        return None
    import polars as pl

    lacking = {"iso3", "date"} - set(alerts.columns)
    if lacking:
        raise UsageError(f"the table of alerts lacks {', '.join(sorted(lacking))}; it needs iso3 and date")
    begin = f"{first_day(cast.first_month):%Y-%m-%d}"
    end = f"{first_day(cast.first_month + len(cast.odds)):%Y-%m-%d}"
    day = pl.col("date").cast(pl.String).str.slice(0, 10)
    mine = alerts.filter((pl.col("iso3") == country) & (day >= begin) & (day < end))
    wanted = [name for name in ("date", "indicator_id", "alert_level", "value") if name in mine.columns]
    return mine.sort("date").select(wanted).to_dicts()


def design_threshold(cast: Hindcast, cost_loss: float, stratum: str = "all countries") -> dict[str, Any]:
    """Find the odds from which acting is worth most at a cost-loss ratio, if any are.

    Parameters
    ----------
    cast
        Odds and what came, for all countries.
    cost_loss
        Cost of acting over the loss it averts, between 0 and 1.
    stratum
        ``all countries``, ``quiet``, ``stirring`` or ``active``.

    Returns
    -------
    dict
        The best threshold with its worth and interval, the theoretical one (the ratio itself),
        and whether any threshold is worth it: its interval lies above 0.
    """
    mask = ~np.isnan(cast.odds) & ~np.isnan(cast.event)
    if stratum in STRATA:
        mask &= cast.stratum == STRATA.index(stratum)
    options = []
    for threshold in sorted({*THRESHOLDS.tolist(), cost_loss}):
        active = mask & (np.nan_to_num(cast.odds) >= threshold)
        table = _count(active[mask], cast.event[mask])
        options.append((relative_economic_value(table, cost_loss), threshold))
    best = max(options, key=lambda pair: (np.nan_to_num(pair[0], nan=-np.inf), pair[1]))[1]
    active = mask & (np.nan_to_num(cast.odds) >= best)
    figures = _figures(active, cast.event, mask)
    worth = _value(active, cast.event, mask, cost_loss)
    span = worth["interval90"]
    worth_it = bool(span and span[0] > 0)
    said = (
        f"act from odds of {best:.3g}: worth {worth['value']:.2f} of a perfect forecast"
        if worth_it
        else "no threshold is worth it at this ratio: always or never acting does as well"
    )
    return {
        "cost_loss": cost_loss,
        "stratum": stratum,
        "threshold": best if worth_it else None,
        "worth_it": worth_it,
        "says": said,
        "theoretical_threshold": cost_loss,
        "best_tried": best,
        **worth,
        **{
            k: figures[k]
            for k in ("activation_a_year", "activation_a_year90", "right", "right90", "caught", "caught90")
        },
        "chosen_and_judged_on": "the same years: the worth is a little flattered",
    }
