"""What moves the odds: which of the country's months, which neighbours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats
from forestall.warning.months import first_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from forestall.warning.panel import Panel

Driver = dict[str, object]
_SMALL = 0.0005


def describe_drivers(
    panel: Panel,
    country: int,
    event_deaths: int,
    names: Mapping[str, str],
    chance: Callable[[Panel], float],
) -> list[Driver]:
    """List what the odds of a country rest on, own months first.

    Parameters
    ----------
    panel
        The months known.
    country
        Column of the country.
    event_deaths
        Deaths in a month from which it counts as an event.
    names
        Names of countries by code.
    chance
        Probability of the event that the model gives on a panel; asked again without each
        month and without each neighbour's war, which says what they do to the odds.
    """
    series = panel.deaths[:, country]
    rows = [
        _last_month(panel, series),
        _share_of_event_months(series, event_deaths),
        *_worst_months(panel, country, chance),
        _months_since(series, event_deaths),
        *_neighbours(panel, country, names, chance),
    ]
    return [{"rank": rank, **row} for rank, row in enumerate(rows, start=1)]


def _row(driver: str, value: float | None, unit: str, effect: str) -> Driver:
    return {"driver": driver, "value": value, "unit": unit, "effect": effect}


def _name(panel: Panel, row: int) -> str:
    return first_day(panel.first_month + row).strftime("%B %Y")


def _last_month(panel: Panel, series: Floats) -> Driver:
    known = np.flatnonzero(~np.isnan(series))
    if not len(known):
        return _row("no month known", None, "deaths", "not assessed")
    value = float(series[known[-1]])
    effect = "raises" if value > 0 else "lowers"
    return _row(f"last known month, {_name(panel, int(known[-1]))}", value, "deaths", effect)


def _share_of_event_months(series: Floats, event_deaths: int) -> Driver:
    recent = series[-24:][~np.isnan(series[-24:])]
    if not len(recent):
        return _row("no month known among the last 24", None, "months", "not assessed")
    count = int(np.sum(recent >= event_deaths))
    text = f"months with at least {event_deaths} deaths among the last {len(recent)} known"
    return _row(text, count, "months", "raises" if count else "lowers")


def _worst_months(panel: Panel, country: int, chance: Callable[[Panel], float]) -> list[Driver]:
    recent = np.nan_to_num(panel.deaths[-24:, country])
    start = len(panel.deaths) - len(recent)
    worst = [start + int(row) for row in np.argsort(-recent, kind="stable")[:3] if recent[row] > 0]
    return [
        _changed(panel, slice(row, row + 1), country, f"deaths in {_name(panel, row)}", chance)
        for row in worst
    ]


def _changed(panel: Panel, rows: slice, country: int, text: str, chance: Callable[[Panel], float]) -> Driver:
    """Ask for the odds again as if nobody had died in some months of a country."""
    deaths = panel.deaths.copy()
    total = float(np.nansum(deaths[rows, country]))
    deaths[rows, country] = np.where(np.isnan(deaths[rows, country]), np.nan, 0.0)
    now, without = chance(panel), chance(replace(panel, deaths=deaths))
    effect = "holds" if abs(now - without) < _SMALL else "raises" if now > without else "lowers"
    said = f"{text} (odds {now:.1%}, without them {without:.1%})"
    return _row(said, total, "deaths", effect)


def _months_since(series: Floats, event_deaths: int) -> Driver:
    events = np.flatnonzero(np.nan_to_num(series) >= event_deaths)
    if np.isnan(series).all():
        return _row("no month on record", None, "months", "not assessed")
    if not len(events):
        text = f"no month with at least {event_deaths} deaths on record"
        return _row(text, None, "months", "lowers")
    since = len(series) - 1 - int(events[-1])
    effect = "raises" if since < 12 else "lowers"
    return _row(f"months since at least {event_deaths} deaths", since, "months", effect)


def _neighbours(
    panel: Panel, country: int, names: Mapping[str, str], chance: Callable[[Panel], float]
) -> list[Driver]:
    around = np.flatnonzero(panel.borders[country])
    recent = panel.deaths[-12:, around]
    known = np.flatnonzero((~np.isnan(recent)).any(axis=0))
    order = np.argsort(-np.nansum(recent, axis=0), kind="stable")
    rows = slice(max(len(panel.deaths) - 12, 0), len(panel.deaths))
    return [
        _changed(
            panel,
            rows,
            int(around[i]),
            f"neighbour {_called(panel, int(around[i]), names)}, last 12 months",
            chance,
        )
        for i in order[:3]
        if i in known
    ]


def _called(panel: Panel, country: int, names: Mapping[str, str]) -> str:
    return names.get(panel.countries[country], panel.countries[country])
