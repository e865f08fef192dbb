"""The record of past forecasts by band of probability: counts, not a slogan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats
from forestall.scoring.intervals import jeffreys_interval
from forestall.warning.conflictology import recent_months

if TYPE_CHECKING:
    from forestall.warning.panel import Panel

BANDS = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.33, 0.66, 1.0)
Record = Mapping[str, tuple[int, int]]


def band_of(probability: float) -> str:
    """Name the band of a probability, in per cent.

    Parameters
    ----------
    probability
        0 to 1.

    Examples
    --------
    >>> band_of(0.07), band_of(1.0)
    ('5-10 %', '66-100 %')
    """
    index = min(int(np.searchsorted(BANDS, probability, side="right")), len(BANDS) - 1)
    low, high = (f"{100 * edge:g}" for edge in (BANDS[index - 1], BANDS[index]))
    return f"{low}-{high} %"


def count_record(probability: Floats, event: Floats) -> dict[str, tuple[int, int]]:
    """Count forecasts and events by band.

    Parameters
    ----------
    probability
        Forecast probabilities; NaN cells are left out.
    event
        1 where the event came, 0 where not, NaN where not known; same shape.

    Examples
    --------
    >>> count_record(np.array([0.07, 0.06]), np.array([1.0, 0.0]))
    {'5-10 %': (2, 1)}
    """
    known = ~(np.isnan(probability) | np.isnan(event))
    counts: dict[str, tuple[int, int]] = {}
    for chance, came in zip(probability[known], event[known], strict=True):
        issued, events = counts.get(band_of(float(chance)), (0, 0))
        counts[band_of(float(chance))] = issued + 1, events + int(came)
    return counts


def own_record(panel: Panel, months: int, event_deaths: int) -> dict[str, tuple[int, int]]:
    """Count how often the event came the month after a share of event months in the window.

    Parameters
    ----------
    panel
        The months known; each forecast sees only those before its own.
    months
        Length of the window.
    event_deaths
        Deaths in a month from which it counts as an event.
    """
    chances, events = [], []
    for series in panel.deaths.T:
        for row in range(months, len(series)):
            known = recent_months(series[:row], months)
            if len(known) and not np.isnan(series[row]):
                chances.append(float(np.mean(known >= event_deaths)))
                events.append(float(series[row] >= event_deaths))
    return count_record(np.array(chances), np.array(events))


def record_row(record: Record, probability: float) -> dict[str, object]:
    """Describe the record in the band of a probability, with its interval.

    Parameters
    ----------
    record
        Counts (issued, events) by band.
    probability
        The probability forecast now.
    """
    band = band_of(probability)
    issued, events = record.get(band, (0, 0))
    low, high = jeffreys_interval(events, issued)
    return {"band": band, "issued": issued, "events": events, "low": low, "high": high}
