"""Escalation between states: whether disputes say more than deaths alone of which pairs turn to fighting.

A discrete-time hazard by pair and month: among pairs that are rivals or had a militarised dispute
within ten years, and whose two countries were both quiet for twelve months, the chance that either
has 25 state-based deaths in a month within the next three.  Fitted anew each January on what lay
before, judged on the year that follows, beside the same model with deaths alone.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.arrays import Bools, Floats, Ints
from forestall.core.logistic import fit_logistic, logistic
from forestall.core.random import resampler
from forestall.schema.conventions import ENDS
from forestall.scoring.intervals import jeffreys_interval
from forestall.scoring.probabilities import average_precision
from forestall.warning.countries import countries
from forestall.warning.features import EVENT
from forestall.warning.months import first_day, month_id

if TYPE_CHECKING:
    from forestall.warning.panel import Panel


FILE = "ladder.csv"
YEARS = (2000, 2014)
WITHIN = 3
QUIET = 12
REMEMBERED = 120
RIDGE = 1.0
ALARM_SHARE = 0.05
SHOWN = 10
ROUNDS = 500


@dataclass(frozen=True)
class Dyads:
    """Pairs of states by month, all arrays of shape (months, pairs).

    Parameters
    ----------
    pairs
        ISO3 codes of the two.
    first_month
        Number of the first month.
    deaths
        Features of the deaths in both countries.
    disputes
        Features of the disputes that began between them.
    event
        Whether either has a month with 25 deaths within the window.
    wait
        Months until that month, NaN where none comes.
    at_risk
        Whether the pair is at risk: known as rivals or from disputes, both countries quiet.
    """

    pairs: tuple[tuple[str, str], ...]
    first_month: int
    deaths: Floats
    disputes: Floats
    event: Bools
    wait: Floats
    at_risk: Bools


@cache
def load_ladder() -> tuple[tuple[str, str, str, str], ...]:
    """Return the rows of the table: two ISO3 codes, month or nothing, and rivals or dispute.

    Rivals are pairs coded as rivals since 1990 or before; a dispute counts in the month in which it
    began, without how far it went, which was known only later.

    References
    ----------
    Palmer, G. and others (2022), The MID5 dataset 2011-2014, doi:10.1177/0738894221995743;
    Thompson, W. R., Sakuwa, K. and Suhas, P. H. (2021), Analyzing strategic rivalries in world
    politics.
    """
    text = files("forestall.evaluation").joinpath(FILE).read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple((row["iso3_a"], row["iso3_b"], row["month"], row["kind"]) for row in rows)


def dyads_of(panel: Panel) -> Dyads:
    """Lay disputes and deaths out by pair and month.

    Parameters
    ----------
    panel
        Deaths of all countries.
    """
    column = {name: index for index, name in enumerate(panel.countries)}
    numbers = {code: str(country.panel_id) for code, country in countries().items()}
    at = {code: column[number] for code, number in numbers.items() if number in column}
    pairs = tuple(sorted({(a, b) for a, b, *_ in load_ladder() if a in at and b in at}))
    begun, rivals, offset = _begun(pairs, panel)
    months = len(panel.deaths)
    deaths = np.nan_to_num(panel.deaths)
    sides = np.stack([deaths[:, [at[pair[side]] for pair in pairs]] for side in (0, 1)])
    total, worst = sides.sum(axis=0), sides.max(axis=0)
    rows = np.arange(months)
    known = [_sums(begun, rows + offset, span) for span in (1, WITHIN, QUIET, REMEMBERED)]
    event, wait = _outcomes(worst)
    quiet = _sums((worst > EVENT).astype(float), rows, QUIET) == 0
    return Dyads(
        pairs,
        panel.first_month,
        np.log1p(np.stack([_sums(total, rows, span) for span in (1, WITHIN, QUIET, 3 * QUIET)], axis=-1)),
        np.stack(
            [np.minimum(known[0], 1.0), np.minimum(known[1], 1.0), known[2], np.log1p(known[3])], axis=-1
        ),
        event,
        wait,
        quiet & ((known[3] > 0) | rivals[None]) & (rows[:, None] >= QUIET),
    )


def _begun(pairs: Sequence[tuple[str, str]], panel: Panel) -> tuple[Floats, Bools, int]:
    """Return disputes begun by month and pair, who are rivals, and the row of the panel's first month."""
    place = {pair: index for index, pair in enumerate(pairs)}
    dated = [(a, b, _month(month)) for a, b, month, kind in load_ladder() if kind == "dispute"]
    first = min(*(month for *_, month in dated), panel.first_month)
    last = max(*(month for *_, month in dated), panel.first_month + len(panel.deaths) - 1)
    begun = np.zeros((last - first + 1, len(pairs)))
    for a, b, month in dated:
        if (a, b) in place:
            begun[month - first, place[a, b]] += 1
    kinds = {(a, b) for a, b, _, kind in load_ladder() if kind == "rivals"}
    return begun, np.array([pair in kinds for pair in pairs]), panel.first_month - first


def _month(text: str) -> int:
    from datetime import date

    year, month = text.split("-")
    return month_id(date(int(year), int(month), 1))


def _sums(values: Floats, rows: Ints, span: int) -> Floats:
    """Return sums over the span of rows that ends with each row."""
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    result: Floats = sums[rows + 1] - sums[np.maximum(rows + 1 - span, 0)]
    return result


def _outcomes(worst: Floats) -> tuple[Bools, Floats]:
    """Return whether an event comes within the window after each month, and how many months later."""
    months = len(worst)
    ahead = np.full((WITHIN, *worst.shape), np.nan)
    for step in range(1, WITHIN + 1):
        ahead[step - 1, : months - step] = worst[step:]
    hit = np.nan_to_num(ahead) > EVENT
    came: Bools = np.asarray(hit.any(axis=0))
    return came, np.where(came, hit.argmax(axis=0) + 1.0, np.nan)


def rolling_odds(dyads: Dyads, years: tuple[int, int] = YEARS) -> tuple[Floats, Floats]:
    """Return odds by deaths alone and with disputes; NaN where a pair is not at risk or not judged.

    Parameters
    ----------
    dyads
        Pairs by month.
    years
        First and last year judged; each is forecast by a model fitted on outcomes seen before it.
    """
    alone = np.full(dyads.event.shape, np.nan)
    both = np.full(dyads.event.shape, np.nan)
    for year in range(years[0], years[1] + 1):
        start = _month(f"{year}-01") - dyads.first_month
        past = np.zeros_like(dyads.at_risk)
        past[: start - WITHIN] = dyads.at_risk[: start - WITHIN]
        now = np.zeros_like(dyads.at_risk)
        now[start : start + 12] = dyads.at_risk[start : start + 12]
        for odds, features in (
            (alone, dyads.deaths),
            (both, np.concatenate([dyads.deaths, dyads.disputes], axis=-1)),
        ):
            beta = fit_logistic(
                _rows(features, past), dyads.event[past].astype(float), np.ones(past.sum()), RIDGE
            )
            odds[now] = logistic(_rows(features, now) @ beta)
    return alone, both


def _rows(features: Floats, mask: Bools) -> Floats:
    chosen = features[mask]
    return np.concatenate([np.ones((len(chosen), 1)), chosen], axis=1)


def score_escalation(panel: Panel, years: tuple[int, int] = YEARS, seed: int = 1) -> dict[str, Any]:
    """Judge odds of escalation by pair against deaths alone, with hits, false alarms and lead time.

    Parameters
    ----------
    panel
        Deaths of all countries.
    years
        First and last year judged.
    seed
        Of the resampling of pairs behind the interval.

    Returns
    -------
    dict
        Scores of both, the difference of their Brier scores with its 90 % interval, alarms at the
        same share of pair-months, and twenty pairs: the ten with most disputes that escalated and
        the ten with most that did not.
    """
    dyads = dyads_of(panel)
    alone, both = rolling_odds(dyads, years)
    judged = ~np.isnan(both)
    event = dyads.event[judged].astype(float)
    gain, span = _gain(dyads, alone, both, judged, seed)
    return {
        "years": list(years),
        "within_months": WITHIN,
        "pairs": int(judged.any(axis=0).sum()),
        "pair_months": int(judged.sum()),
        "base_rate": float(event.mean()),
        "deaths alone": _scores(alone, dyads, judged),
        "with disputes": _scores(both, dyads, judged),
        "brier_gain": gain,
        "brier_gain90": span,
        "says": _says(span),
        "twenty_pairs": _twenty(dyads, alone, both, judged),
        "rests_on": (
            "disputes of the Correlates of War (MID 5) by the month they began, rivals by Thompson; "
            "state-based deaths in either country, UCDP GED 24.1, final vintage: many are of wars within one "
            "of the two. The coding of disputes appears years later: a hindcast, no replay in real time"
        ),
    }


def _gain(dyads: Dyads, alone: Floats, both: Floats, judged: Bools, seed: int) -> tuple[float, list[float]]:
    """Return how much lower the Brier score is with disputes, and its interval from resampled pairs."""
    difference = np.where(judged, (alone - dyads.event) ** 2 - (both - dyads.event) ** 2, 0.0)
    sums, counts = difference.sum(axis=0), judged.sum(axis=0)
    rng = resampler(seed)
    drawn = rng.integers(0, len(sums), (ROUNDS, len(sums)))
    means = sums[drawn].sum(axis=1) / np.maximum(counts[drawn].sum(axis=1), 1)
    low, high = np.quantile(means, ENDS)
    return float(sums.sum() / counts.sum()), [float(low), float(high)]


def _says(span: Sequence[float]) -> str:
    if span[0] > 0:
        return "disputes add to what deaths say"
    return "disputes make it worse" if span[1] < 0 else "no skill of disputes beyond deaths is shown"


def _scores(odds: Floats, dyads: Dyads, judged: Bools) -> dict[str, Any]:
    """Return Brier, average precision and the alarms of the highest odds."""
    chance, event = odds[judged], dyads.event[judged].astype(float)
    threshold = float(np.quantile(chance, 1 - ALARM_SHARE))
    alarm = judged & (np.nan_to_num(odds) >= threshold)
    hits, misses = int((alarm & dyads.event).sum()), int((judged & ~alarm & dyads.event).sum())
    wait = dyads.wait[alarm & dyads.event]
    return {
        "brier": float(np.mean((chance - event) ** 2)),
        "average_precision": float(average_precision(chance, event)),
        "alarm_from": threshold,
        "hits": hits,
        "false_alarms": int((alarm & ~dyads.event).sum()),
        "misses": misses,
        "caught90": list(jeffreys_interval(hits, hits + misses)),
        "lead_months": float(np.mean(wait)) if len(wait) else None,
    }


def _twenty(dyads: Dyads, alone: Floats, both: Floats, judged: Bools) -> list[dict[str, Any]]:
    """Return ten pairs that escalated and ten that did not, each with most disputes remembered then."""
    threshold = np.nanquantile(both, 1 - ALARM_SHARE)
    disputes = np.where(judged, np.expm1(dyads.disputes[..., -1]), 0.0).max(axis=0)
    came = np.asarray((judged & dyads.event).any(axis=0))
    order = np.lexsort((np.arange(len(disputes)), -disputes))
    seen = np.asarray(judged.any(axis=0))
    rows = []
    for escalated in (True, False):
        chosen = [int(index) for index in order if seen[index] and came[index] == escalated][:SHOWN]
        rows += [_pair_row(dyads, alone, both, judged, index, float(threshold)) for index in chosen]
    return rows


def _pair_row(
    dyads: Dyads, alone: Floats, both: Floats, judged: Bools, index: int, threshold: float
) -> dict[str, Any]:
    mask, event = judged[:, index], dyads.event[:, index]
    alarm = mask & (np.nan_to_num(both[:, index]) >= threshold)
    first = np.flatnonzero(mask & event)
    return {
        "pair": "-".join(dyads.pairs[index]),
        "escalated": bool((mask & event).any()),
        "first_event_window": f"{first_day(dyads.first_month + int(first[0])):%Y-%m}" if len(first) else None,
        "months_judged": int(mask.sum()),
        "hits": int((alarm & event).sum()),
        "false_alarms": int((alarm & ~event).sum()),
        "misses": int((mask & ~alarm & event).sum()),
        "brier": float(np.mean((both[mask, index] - event[mask]) ** 2)),
        "brier_deaths_alone": float(np.mean((alone[mask, index] - event[mask]) ** 2)),
    }
