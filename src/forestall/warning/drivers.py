"""What moves the odds: which of the country's months, which neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forestall.warning.months import first_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forestall.warning.panel import FloatArray, Panel

Driver = dict[str, object]


def describe_drivers(panel: Panel, country: int, event_deaths: int, names: Mapping[str, str]) -> list[Driver]:
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
    """
    series = panel.deaths[:, country]
    rows = [
        _last_month(panel, series),
        _share_of_event_months(series, event_deaths),
        *_worst_months(panel, series),
        _months_since(series, event_deaths),
        *_neighbours(panel, country, names),
    ]
    return [{"rank": rank, **row} for rank, row in enumerate(rows, start=1)]


def _row(driver: str, value: float | None, unit: str, effect: str) -> Driver:
    return {"driver": driver, "value": value, "unit": unit, "effect": effect}


def _name(panel: Panel, row: int) -> str:
    return first_day(panel.first_month + row).strftime("%B %Y")


def _last_month(panel: Panel, series: FloatArray) -> Driver:
    known = np.flatnonzero(~np.isnan(series))
    if not len(known):
        return _row("no month known", None, "deaths", "not assessed")
    value = float(series[known[-1]])
    effect = "raises" if value > 0 else "lowers"
    return _row(f"last known month, {_name(panel, int(known[-1]))}", value, "deaths", effect)


def _share_of_event_months(series: FloatArray, event_deaths: int) -> Driver:
    recent = series[-24:][~np.isnan(series[-24:])]
    count = int(np.sum(recent >= event_deaths))
    text = f"months with at least {event_deaths} deaths among the last {len(recent)} known"
    return _row(text, count, "months", "raises" if count else "lowers")


def _worst_months(panel: Panel, series: FloatArray) -> list[Driver]:
    recent = np.nan_to_num(series[-24:])
    start = len(series) - len(recent)
    worst = [row for row in np.argsort(-recent, kind="stable")[:2] if recent[row] > 0]
    return [
        _row(f"deaths in {_name(panel, start + int(row))}", float(recent[row]), "deaths", "raises")
        for row in worst
    ]


def _months_since(series: FloatArray, event_deaths: int) -> Driver:
    events = np.flatnonzero(np.nan_to_num(series) >= event_deaths)
    if not len(events):
        text = f"no month with at least {event_deaths} deaths on record"
        return _row(text, None, "months", "lowers")
    since = len(series) - 1 - int(events[-1])
    effect = "raises" if since < 12 else "lowers"
    return _row(f"months since at least {event_deaths} deaths", since, "months", effect)


def _neighbours(panel: Panel, country: int, names: Mapping[str, str]) -> list[Driver]:
    around = np.flatnonzero(panel.borders[country])
    recent = panel.deaths[-3:, around]
    known = (~np.isnan(recent)).any(axis=0)
    totals = np.nansum(recent, axis=0)
    order = [i for i in np.argsort(-totals, kind="stable")[:3] if known[i]]
    return [
        _row(
            f"neighbour {names.get(panel.countries[around[i]], panel.countries[around[i]])}, last 3 months",
            float(totals[i]),
            "deaths",
            "raises" if totals[i] > 0 else "holds",
        )
        for i in order
    ]
