"""Odds month by month for all countries, as they would have been given at the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats
from forestall.schema.conventions import EVENT_DEATHS
from forestall.warning.artefacts import event_chance
from forestall.warning.features import EVENT, Features
from forestall.warning.making import any_chance
from forestall.warning.pool import Pool, component_shares, stratum_of

if TYPE_CHECKING:
    from forestall.warning.panel import Panel

LAG = 1
PERSISTENCE = 0.4
STRATA = ("quiet", "stirring", "active")


@dataclass(frozen=True)
class Hindcast:
    """Odds of an event within a window, and what came, by month issued and country.

    Parameters
    ----------
    first_month
        Number of the first month at whose end odds were given.
    countries
        Codes of the panel.
    odds
        Probability, NaN where a country is not known, shape (months, countries).
    newest
        Deaths of the newest month known then, same shape.
    event
        1 where an event came within the window, 0 where not, NaN where not all is known.
    wait
        Months from issue to the first event month, NaN where none came.
    stratum
        0 quiet, 1 stirring, 2 active, by the deaths of the twelve months known.
    """

    first_month: int
    countries: tuple[str, ...]
    odds: Floats
    newest: Floats
    event: Floats
    wait: Floats
    stratum: Floats


def hindcast(panel: Panel, first: int, last: int, within: int) -> Hindcast:
    """Give the odds of a month with 25 deaths or more within a window, every month.

    At the end of a month the deaths of the month before are the newest released; the model is
    refitted every January on the panel cut at what was released.

    Parameters
    ----------
    panel
        The whole panel; every forecast sees only what lies before it.
    first, last
        Numbers of the first and last month at whose end odds are given.
    within
        Length of the window in months.
    """
    odds, newest, stratum = [], [], []
    for january in range(first - (first - 1) % 12, last + 1, 12):
        known = panel.cut(january - 1 - LAG)
        model = Pool().fit(known, range(1, within + LAG + 1))
        issued = np.arange(max(january, first), min(january + 11, last) + 1)
        year = panel.cut(int(issued[-1]) - LAG)
        features = Features(year)
        rows = np.repeat(issued - LAG - panel.first_month, len(panel.countries))
        cells = (rows, np.tile(np.arange(len(panel.countries)), len(issued)))
        parts = component_shares(model.sequential, features, cells, range(LAG + 1, LAG + within + 1))
        year_sum = features.year_sum[cells]
        shares = np.einsum("hcks,ck->hcs", parts, model.weights[stratum_of(year_sum)])
        monthly = event_chance(shares, model.sequential.positions, EVENT_DEATHS)
        shape = (len(issued), len(panel.countries))
        absent = np.isnan(year.deaths[cells]).reshape(shape)
        odds.append(np.where(absent, np.nan, any_chance(monthly, PERSISTENCE).reshape(shape)))
        newest.append(year.deaths[cells].reshape(shape))
        stratum.append(((year_sum > 0.5).astype(float) + (year_sum > EVENT)).reshape(shape))
    event, wait = outcomes(panel, first, last, within)
    return Hindcast(
        first, panel.countries, np.concatenate(odds), np.concatenate(newest), event, wait,
        np.concatenate(stratum),
    )  # fmt: skip


def outcomes(panel: Panel, first: int, last: int, within: int) -> tuple[Floats, Floats]:
    """Return whether an event came in the months after each month, and how long it took."""
    events, waits = [], []
    for month in range(first, last + 1):
        window = np.stack([panel.month(month + step) for step in range(1, within + 1)])
        hit = window > EVENT
        came = hit.any(axis=0)
        unknown = np.isnan(window).any(axis=0) & ~came
        events.append(np.where(unknown, np.nan, came.astype(float)))
        waits.append(np.where(came, hit.argmax(axis=0) + 1.0, np.nan))
    return np.stack(events), np.stack(waits)
