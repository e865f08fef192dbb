"""How well onset is forecast, month by month, with models fitted only on what came before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Floats
from forestall.core.random import resampler
from forestall.schema.conventions import ENDS
from forestall.scoring.intervals import jeffreys_interval
from forestall.scoring.probabilities import (
    area_under_curve,
    average_precision,
    brier,
    reliability,
)
from forestall.scoring.triggers import envelope_value
from forestall.warning.features import EVENT, Features
from forestall.warning.onset import WITHIN, Onset, onset_windows, resting

if TYPE_CHECKING:
    from forestall.warning.features import Cells
    from forestall.warning.panel import Panel

TOPS = (5, 10, 20)
COST_LOSS = (0.01, 0.02, 0.05, 0.1, 0.2)
BANDS = np.array([0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 1.0])
BASELINE_MONTHS = 60


@dataclass(frozen=True)
class OnsetRecord:
    """Forecasts of onset and what came, one row per country at rest and month.

    Parameters
    ----------
    month
        Number of the last month known.
    country
        Column of the country in the panel.
    chance
        Chance given.
    baseline
        Share of months with 25 deaths or more in the last 60 known: conflictology.
    event
        1 where onset came within three months.
    quiet
        1 where no death was known of in the last twelve months.
    """

    month: Floats
    country: Floats
    chance: Floats
    baseline: Floats
    event: Floats
    quiet: Floats


def onset_record(panel: Panel, first: int, last: int) -> OnsetRecord:
    """Forecast onset for every country at rest and month, refitting every January.

    Every year's model is fitted on the panel cut at its December, and each forecast sees only
    a panel cut at its own month.

    Parameters
    ----------
    panel
        The whole panel.
    first, last
        Numbers of the first and last month from which to forecast.
    """
    parts = []
    last = min(last, panel.last_month - WITHIN)
    for january in range(first - (first - 1) % 12, last + 1, 12):
        before = panel.cut(january - 1)
        model = Onset().fit(Features(before), len(before.deaths))
        year = panel.cut(january + 11)
        features = Features(year)
        months = np.arange(max(january, first), min(january + 11, last) + 1)
        rest = resting(year)
        rows, places = np.nonzero(rest[months - panel.first_month])
        cells = (rows + months[0] - panel.first_month, places)
        parts.append((cells, model.chance_at(features, cells), features))
    return _collect(panel, parts)


def _collect(panel: Panel, parts: list[tuple[Cells, Floats, Features]]) -> OnsetRecord:
    came = onset_windows(panel)
    share = _event_share(panel.deaths)
    rows = np.concatenate([cells[0] for cells, _, _ in parts])
    places = np.concatenate([cells[1] for cells, _, _ in parts])
    quiet = np.concatenate([f.quiet[cells] for cells, _, f in parts])
    chance = np.concatenate([c for _, c, _ in parts])
    event = came[rows, places]
    known = ~np.isnan(event)
    columns = (rows + panel.first_month, places, chance, share[rows, places], event, quiet)
    return OnsetRecord(*(np.asarray(column, dtype=np.float64)[known] for column in columns))


def _event_share(deaths: Floats) -> Floats:
    """Return the share of event months among the last 60 known, by month."""
    known = ~np.isnan(deaths)
    event = known & (np.nan_to_num(deaths) > EVENT)
    total, count = (np.cumsum(x.astype(np.float64), axis=0) for x in (event, known))
    late = BASELINE_MONTHS
    total[late:], count[late:] = total[late:] - total[:-late], count[late:] - count[:-late]
    share: Floats = total / np.maximum(count, 1)
    return share


def onset_scores(record: OnsetRecord) -> dict[str, object]:
    """Sum a record up: ranking, calibration, what the monthly top catches, what acting is worth.

    Parameters
    ----------
    record
        Forecasts and what came.

    Returns
    -------
    dict
        auc, ap, top5, top10, top20, rev, base_rate, reliability, strata, baseline.
    """
    chance, event = record.chance, record.event
    tops = {count: top_monthly(record, count) for count in TOPS}
    strata = {name: record.quiet == flag for name, flag in (("quiet", 1.0), ("stirring", 0.0))}
    return {
        "auc": area_under_curve(chance, event),
        "ap": average_precision(chance, event),
        **{f"top{count}": caught for count, (caught, _) in tops.items()},
        "precision": {f"top{count}": right for count, (_, right) in tops.items()},
        "rev": {str(ratio): envelope_value(chance, event, ratio) for ratio in COST_LOSS},
        "base_rate": float(event.mean()),
        "windows": len(event),
        "onset_windows": int(event.sum()),
        "auc90": auc_interval(record),
        "brier": float(brier(chance, event).mean()),
        "reliability": [
            {"forecast": f, "observed": o, "issued": n, "events": k, "interval90": jeffreys_interval(k, n)}
            for f, o, n, k in reliability(chance, event, BANDS)
        ],
        "strata": {name: _stratum(record, mask) for name, mask in strata.items()},
        "baseline": {
            "model": f"conflictology-{BASELINE_MONTHS}",
            "auc": area_under_curve(record.baseline, event),
            "ap": average_precision(record.baseline, event),
        },
    }


def _stratum(record: OnsetRecord, mask: Floats) -> dict[str, object]:
    chance, event = record.chance[mask], record.event[mask]
    return {
        "windows": len(event),
        "onset_windows": int(event.sum()),
        "auc": area_under_curve(chance, event),
        "ap": average_precision(chance, event),
        "rev": {str(ratio): envelope_value(chance, event, ratio) for ratio in COST_LOSS},
    }


def top_monthly(record: OnsetRecord, count: int) -> tuple[float, float]:
    """Return the share of onset windows in the monthly top, and the share of the top that is right."""
    caught = listed = 0.0
    for month in np.unique(record.month):
        here = np.flatnonzero(record.month == month)
        top = here[np.argsort(-record.chance[here], kind="stable")[:count]]
        caught += record.event[top].sum()
        listed += len(top)
    events = record.event.sum()
    return (float(caught / events) if events else float("nan")), float(caught / max(listed, 1))


def auc_interval(record: OnsetRecord, rounds: int = 200, seed: int = 1) -> tuple[float, float]:
    """Give the 90 % interval of the area under the curve, resampling countries."""
    generator = resampler(seed)
    countries = np.unique(record.country)
    where = {country: np.flatnonzero(record.country == country) for country in countries}
    values = []
    for _ in range(rounds):
        picked = np.concatenate([where[c] for c in generator.choice(countries, len(countries))])
        values.append(area_under_curve(record.chance[picked], record.event[picked]))
    low, high = np.nanquantile(values, ENDS)
    return float(low), float(high)
