"""Month by month: what the default model would have said of chosen countries, and its rank."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.core.errors import UsageError
from forestall.core.words import probability_words
from forestall.schema.conventions import EVENT_DEATHS
from forestall.warning.artefacts import event_chance
from forestall.warning.countries import countries
from forestall.warning.features import EVENT
from forestall.warning.making import any_chance
from forestall.warning.months import first_day
from forestall.warning.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forestall.warning.panel import Panel
    from forestall.warning.pool import PoolForecaster

WITHIN = 3
LAG = 1
PERSISTENCE = 0.4
LIKELY_RANK = 10
LIKELY = 1 / 3


def month_by_month(panel: Panel, codes: Sequence[str], first: int, last: int) -> pl.DataFrame:
    """Say what was given each month to the next three, and where that stood in the world.

    At the end of a month the deaths of the month before are the newest released. The model is
    fitted on the panel cut at the December whose release was the last before the year began.

    Parameters
    ----------
    panel
        The whole panel.
    codes
        ISO3 codes.
    first, last
        Numbers of the first and last month at whose end a forecast is made.

    Returns
    -------
    polars.DataFrame
        One row per country and month: chance of a month with 25 deaths or more within the next
        three, words, rank among all countries and among those at rest, what came (1, 0 or
        null), and the verdict.
    """
    columns = _columns(panel, codes)
    rows = []
    model: PoolForecaster | None = None
    for month in range(first, last + 1):
        if model is None or (month - 1) % 12 == 0:
            december = month - 1 - (month - 1) % 12
            model = Pool().fit(panel.cut(december - LAG), range(1, 37))
        chance, rest = _chances(model, panel.cut(month - LAG))
        came = _came(panel, month)
        for code, column in columns.items():
            rows.append(_row(code, column, month, chance, rest, came))
    return pl.DataFrame(rows, infer_schema_length=None)


def _columns(panel: Panel, codes: Sequence[str]) -> dict[str, int]:
    listed = countries()
    unknown = [c for c in codes if c not in listed or str(listed[c].panel_id) not in panel.countries]
    if unknown:
        raise UsageError(f"not in the panel: {', '.join(unknown)}; use ISO3 codes such as ARM")
    return {code: panel.countries.index(str(listed[code].panel_id)) for code in codes}


def _chances(model: PoolForecaster, known: Panel) -> tuple[Floats, Floats]:
    """Return the chance within three months after the month of the forecast, and who is at rest."""
    ahead = [LAG + step for step in range(1, WITHIN + 1)]
    shares = model.shares(known, ahead)
    monthly = event_chance(shares, model.sequential.positions, EVENT_DEATHS)
    chance = any_chance(monthly, PERSISTENCE)
    reported = (~np.isnan(known.deaths[-12:])).any(axis=0)
    calm = (np.nan_to_num(known.deaths[-12:]) <= EVENT).all(axis=0)
    rest = np.asarray(reported & calm, dtype=np.float64)
    return np.where(reported, chance, np.nan), rest


def _came(panel: Panel, month: int) -> Floats:
    """Return 1 where one of the three months after has 25 deaths or more, NaN if not all known."""
    window = np.stack([panel.month(month + step) for step in range(1, WITHIN + 1)])
    return np.where(np.isnan(window).any(axis=0), np.nan, (window > EVENT).any(axis=0))


def _row(code: str, column: int, month: int, chance: Floats, rest: Floats, came: Floats) -> dict[str, object]:
    mine, resting = float(chance[column]), bool(rest[column])
    among = chance[rest > 0]
    event = None if np.isnan(came[column]) else int(came[column])
    rank = int((np.nan_to_num(chance) > mine).sum()) + 1
    rank_at_rest = int((among > mine).sum()) + 1 if resting else None
    return {
        "country": code,
        "issued": first_day(month),
        "newest_known_month": first_day(month - LAG),
        "chance_within_3_months": round(mine, 4),
        "words": probability_words(mine),
        "rank": rank,
        "at_rest": resting,
        "rank_at_rest": rank_at_rest,
        "event_within_3_months": event,
        "verdict": _verdict(event, listed=_listed(mine, rank_at_rest)),
    }


def _listed(chance: float, rank_at_rest: int | None) -> bool:
    """Tell whether a country stood out: among the ten likeliest at rest, or, in war, one in three."""
    return chance >= LIKELY if rank_at_rest is None else rank_at_rest <= LIKELY_RANK


def _verdict(event: int | None, *, listed: bool) -> str:
    """Name a miss: an event in a country that did not stand out."""
    if event is None:
        return "not known"
    if event:
        return "stood out" if listed else "missed"
    return "stood out, nothing came" if listed else "did not stand out, nothing came"


def shipped_months() -> pl.DataFrame:
    """Return the shipped table for Armenia and Azerbaijan, 2018 to 2023.

    The column ``event_within_3_months`` and the verdict were known only later.

    Examples
    --------
    >>> shipped_months()["country"].unique().sort().to_list()
    ['ARM', 'AZE']
    """
    file = files("forestall.evaluation").joinpath("months_arm_aze.csv")
    return pl.read_csv(file.read_bytes(), try_parse_dates=True)
