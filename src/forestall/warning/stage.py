"""The stage warn: monthly deaths known by the moment -> the outlook."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.core.random import normals
from forestall.options.warn import DEFAULT_MODEL
from forestall.schema.conventions import ENDS, EVENT_DEATHS
from forestall.scoring.intervals import jeffreys_interval
from forestall.war import war_days
from forestall.warning import columns
from forestall.warning.artefacts import Artefact, event_chance, newest_artefact
from forestall.warning.bands import own_record, record_row
from forestall.warning.conflictology import Conflictology, recent_months
from forestall.warning.countries import country_name
from forestall.warning.draws import dependent_ranks
from forestall.warning.drivers import describe_drivers
from forestall.warning.features import Features
from forestall.warning.kinds import kinds_table
from forestall.warning.models import model_named
from forestall.warning.months import first_day, month_id
from forestall.warning.news import TOGETHER, News, draws_with_news, interval_with_news, next_rows, read_news
from forestall.warning.observed import crisis_panel, knows_neighbours
from forestall.warning.sequential import draw_countries
from forestall.warning.tables import odds_row, outlook_table, summary_row
from forestall.warning.together import (
    Correlation,
    Side,
    Tie,
    correlations,
    pair_rows,
    read_ties,
    tied_scores,
    war_rows,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forestall.crisis import Crisis
    from forestall.options.warn import WarnOptions
    from forestall.warning.panel import Panel
    from forestall.warning.protocol import Forecaster

LONGEST_HORIZON = 36
PERSISTENCE = 0.5
STAND_IN = Conflictology(24)
BASELINES = (Conflictology(12), Conflictology(24))
FEWEST_MONTHS = 12
RECORD_HORIZON = 3
RECORD_DEATHS = EVENT_DEATHS


def warn(crisis: Crisis, options: WarnOptions) -> dict[str, pl.DataFrame]:
    """Forecast the deaths of each country of a crisis by month.

    Parameters
    ----------
    crisis
        With its moment of knowledge; reads ``deaths``, ``events``, ``control`` and ``actors``.
    options
        What is asked for.

    Returns
    -------
    dict
        The tables outlook, outlook_summary, warning_odds, warning_pairs, warning_kinds,
        warning_record, warning_drivers, war_state, war_next.
    """
    countries = options.countries or tuple(crisis.settings.iso3)
    news: News | None = None
    ties: tuple[Tie, ...] = ()
    if crisis.as_of is not None:
        ties = read_ties(crisis, countries)
        news = read_news(crisis, countries, last_month_of(crisis["deaths"], countries))
    tables = warn_tables(
        crisis["deaths"], countries=countries, as_of=crisis.as_of, options=options, news=news, ties=ties
    )
    tables["warning_kinds"] = kinds_table(countries, crisis.as_of)
    if news is None:
        return tables
    return {
        **tables,
        "warning_pairs": tables["warning_pairs"].vstack(_wars_between(ties, news, crisis, options)),
        "war_state": war_days(crisis),
        "war_next": pl.DataFrame(next_rows(news), schema=columns.NEXT),
    }


def last_month_of(deaths: pl.DataFrame, countries: Sequence[str]) -> int:
    """Return the number of the last month of deaths known for any of the countries; 0 = none."""
    return last_known_month(crisis_panel(deaths, countries), len(countries))


def with_news(outlook: Outlook, news: News | None, options: WarnOptions) -> Outlook:
    """Return an outlook whose months hold what events say; unchanged where they say nothing.

    Parameters
    ----------
    outlook
        By the model asked for.
    news
        Acts since the last month of deaths, and the war they belong to.
    options
        With the deaths that make an event.
    """
    if news is None or not news.acts or np.isnan(outlook.draws).any():
        return outlook
    chances = [news.chance(outlook.where, month) for month in outlook.months]
    draws = np.stack(
        [
            draws_with_news(row, chance, options.event_deaths)
            for row, chance in zip(outlook.draws, chances, strict=True)
        ]
    )
    intervals = [
        interval_with_news(interval, chance) if chance else interval
        for interval, chance in zip(outlook.intervals, chances, strict=True)
    ]
    note = "; ".join(text for text in (outlook.note, news.words(outlook.where)) if text)
    together = max(outlook.persistence, TOGETHER) if any(chances) else outlook.persistence
    return outlook._replace(draws=draws, intervals=intervals, note=note, persistence=together)


class Outlook(NamedTuple):
    """The draws of one model for one country, with what the rows need to say."""

    where: str
    model: str
    reference: str
    months: list[int]
    last_known: int
    draws: Floats
    intervals: list[tuple[float, float]]
    evidence: int
    persistence: float
    note: str


def warn_tables(
    deaths: pl.DataFrame,
    *,
    countries: Sequence[str],
    as_of: datetime | None,
    options: WarnOptions,
    news: News | None = None,
    ties: Sequence[Tie] = (),
) -> dict[str, pl.DataFrame]:
    """Forecast the deaths of each country and month after the moment.

    Parameters
    ----------
    deaths
        The table ``deaths``, already cut at the moment.
    countries
        ISO3 codes of the crisis.
    as_of
        The moment; without one, the end of the last known month.
    options
        What is asked for.
    news
        What events say beyond the last month of deaths.
    ties
        Pairs of the countries that are sides of one war: their draws move together.

    Returns
    -------
    dict
        The tables outlook, outlook_summary, warning_odds, warning_pairs, warning_record,
        warning_drivers.
        A country without a known month has no rows in the outlook and is "not assessed" in
        the others.
    """
    panel = crisis_panel(deaths, countries)
    last_known = last_known_month(panel, len(countries))
    months = forecast_months(as_of, last_known, options.horizon_months)
    panel = panel.cut(last_known)
    artefact = newest_artefact(as_of) if options.model == DEFAULT_MODEL else None
    chosen = [
        with_news(chosen_outlook(panel, index, months, artefact, options), news, options)
        for index in range(len(countries))
    ]
    beside = [
        plain_outlook(model, panel, index, months, options)
        for model in BASELINES
        for index in range(len(countries))
        if model.name != chosen[index].model
    ]
    found = correlations(panel, ties)
    futures = joint_futures(chosen, options, found)
    apart = [futures_of(outlook, options) for outlook in beside]
    return {
        "outlook": _outlook_rows(chosen, futures, options),
        "outlook_summary": _summary_rows([*chosen, *beside], options),
        "warning_odds": _odds_rows([*chosen, *beside], [*futures, *apart], options),
        "warning_pairs": _pair_rows(chosen, futures, ties, found, options),
        "warning_record": _record_rows(chosen, panel, artefact, options),
        "warning_drivers": _driver_rows(chosen, panel, artefact, options),
    }


def last_known_month(panel: Panel, countries: int) -> int:
    """Return the number of the last month known for any of the first ``countries`` columns; 0 = none."""
    known = np.flatnonzero((~np.isnan(panel.deaths[:, :countries])).any(axis=1))
    return panel.first_month + int(known[-1]) if len(known) else 0


def forecast_months(as_of: datetime | None, last_known: int, count: int) -> list[int]:
    """List the months to forecast: from the month of the day after the moment.

    Parameters
    ----------
    as_of
        The moment; without one, the months after the last known one.
    last_known
        Number of the last known month; 0 = none.
    count
        Number of months.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> forecast_months(datetime(2023, 8, 31, 23, tzinfo=UTC), 523, 1)
    [525]
    """
    if as_of is not None:
        first = month_id((as_of + timedelta(days=1)).date())
    else:
        first = (last_known or month_id(datetime.now(UTC).date())) + 1
    return [first + step for step in range(count)]


def chosen_outlook(
    panel: Panel, country: int, months: list[int], artefact: Artefact | None, options: WarnOptions
) -> Outlook:
    """Forecast a country by the model asked for, or by conflictology where that cannot be.

    Parameters
    ----------
    panel
        Months known.
    country
        Column of the country.
    months
        Months to forecast.
    artefact
        The fitted model known by the moment, if there is one.
    options
        What is asked for.
    """
    known = int((~np.isnan(panel.deaths[:, country])).sum())
    if options.model != DEFAULT_MODEL:
        model = model_named(options.model).fit(panel, _horizons(months, panel.last_month))
        return plain_outlook(model, panel, country, months, options)
    reason = ""
    if artefact is None:
        reason = "no fitted model was known by that moment"
    elif known < FEWEST_MONTHS:
        reason = f"only {known} months of the country are known; the fitted model needs {FEWEST_MONTHS}"
    if artefact is None or reason:
        note = f"{reason}: conflictology stands in"
        return plain_outlook(STAND_IN, panel, country, months, options)._replace(note=note)
    return _fitted_outlook(panel, country, months, artefact, options)


def _horizons(months: Sequence[int], last_known: int) -> list[int]:
    """Count months from the last known one; beyond the longest horizon the longest is taken."""
    return [min(max(month - last_known, 1), LONGEST_HORIZON) for month in months]


def plain_outlook(
    model: Forecaster, panel: Panel, country: int, months: list[int], options: WarnOptions
) -> Outlook:
    """Forecast a country by a model without an artefact; its interval counts its own months."""
    draws = model.predict(panel, _horizons(months, panel.last_month), options.draws)[:, country]
    span = getattr(model, "months", STAND_IN.months)
    own = recent_months(panel.deaths[:, country], span)
    interval = jeffreys_interval(int(np.sum(own >= options.event_deaths)), len(own))
    intervals = [interval] * len(months)
    last = panel.last_month if len(panel.deaths) else 0
    return Outlook(
        panel.countries[country], model.name, model.reference, months, last, draws,
        intervals, len(own), PERSISTENCE, "",
    )  # fmt: skip


def _fitted_outlook(
    panel: Panel, country: int, months: list[int], artefact: Artefact, options: WarnOptions
) -> Outlook:
    """Forecast a country by the artefact; its interval comes from refits on resampled countries."""
    around = knows_neighbours(panel, country)
    horizons = _horizons(months, panel.last_month)
    model = artefact.forecaster(neighbours=around)
    features = Features(panel)
    positions = artefact.arrays["positions"]
    shares = model.shares_of(features, horizons)
    draws = draw_countries(shares, positions, panel, options.draws)[:, country]
    refits = [
        artefact.forecaster(neighbours=around, replica=index).shares_of(features, horizons)[:, country]
        for index in range(artefact.replicas)
    ]
    chances = event_chance(np.stack(refits), positions, options.event_deaths)
    low, high = np.quantile(chances, ENDS, axis=0) if refits else (chances, chances)
    intervals = [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    cutoff = first_day(artefact.cutoff).strftime("%B %Y")
    note = f"fitted on all countries to {cutoff}"
    note += "" if around else "; wars next door are not known to this folder and do not count"
    if months[-1] - panel.last_month > LONGEST_HORIZON:
        note += f"; months more than {LONGEST_HORIZON} ahead of the record are given the odds of that one"
    return Outlook(
        panel.countries[country], model.name, model.reference, months, panel.last_month, draws,
        intervals, 0, artefact.persistence, note,
    )  # fmt: skip


def futures_of(outlook: Outlook, options: WarnOptions) -> Floats | None:
    """Tie the months of one country together into futures, shape (months, draws)."""
    return joint_futures([outlook], options, {})[0]


def joint_futures(
    outlooks: Sequence[Outlook], options: WarnOptions, found: Mapping[tuple[str, str], Correlation]
) -> list[Floats | None]:
    """Tie the months of each country, and the countries of a pair, together into futures.

    Parameters
    ----------
    outlooks
        One a country; every month keeps exactly its own distribution.
    options
        With the seed and the number of draws.
    found
        How much each pair moves together.

    Returns
    -------
    list of array
        Futures of shape (months, draws) in the order given; None where a country is not assessed.
    """
    known = [outlook for outlook in outlooks if not np.isnan(outlook.draws).any()]
    scores = [
        [normals(options.seed, "warn", options.draws, place=o.where, step=month) for month in o.months]
        for o in known
    ]
    tied = tied_scores(np.array(scores), [o.where for o in known], found) if known else np.empty(0)
    made = {
        o.where: np.take_along_axis(o.draws, dependent_ranks(own, o.persistence), axis=1)
        for o, own in zip(known, tied, strict=True)
    }
    return [made.get(outlook.where) for outlook in outlooks]


def _outlook_rows(
    outlooks: Sequence[Outlook], futures: Sequence[Floats | None], options: WarnOptions
) -> pl.DataFrame:
    frames = [pl.DataFrame(schema=columns.OUTLOOK)]
    for outlook, own in zip(outlooks, futures, strict=True):
        if own is not None:
            frames.append(
                outlook_table(own, outlook.where, outlook.months, outlook.last_known, options.event_deaths)
            )
    return pl.concat(frames)


def _pair_rows(
    outlooks: Sequence[Outlook],
    futures: Sequence[Floats | None],
    ties: Sequence[Tie],
    found: Mapping[tuple[str, str], Correlation],
    options: WarnOptions,
) -> pl.DataFrame:
    """Return the joint odds of the pairs, both of whose countries are assessed."""
    at = {o.where: (o, f) for o, f in zip(outlooks, futures, strict=True) if f is not None}
    rows = []
    for tie in ties:
        for within in options.odds_months:
            sides = [_side(*at[code], within, options) for code in tie.pair if code in at]
            if len(sides) == len(tie.pair) and within <= options.horizon_months:
                rows += pair_rows(tie, within, (sides[0], sides[1]), found[tie.pair])
    return pl.DataFrame(rows, schema=columns.PAIRS)


def _side(outlook: Outlook, futures: Floats, within: int, options: WarnOptions) -> Side:
    odds = odds_row(
        futures[:within], _window_interval(outlook, within), outlook.evidence, options.event_deaths
    )
    return Side(
        np.max(futures[:within], axis=0) >= options.event_deaths,
        float(str(odds["p_low"])),
        float(str(odds["p_high"])),
    )


def _wars_between(ties: Sequence[Tie], news: News, crisis: Crisis, options: WarnOptions) -> pl.DataFrame:
    """Return the odds of a war between two states as such; none while the war of the crisis is under way."""
    quiet = news.war.state != "under way"
    rows = [row for tie in ties if quiet for row in war_rows(tie, options.odds_months, crisis.local_date())]
    return pl.DataFrame(rows, schema=columns.PAIRS)


def _summary_rows(outlooks: Sequence[Outlook], options: WarnOptions) -> pl.DataFrame:
    rows = []
    for outlook in outlooks:
        for month, draws, interval in zip(outlook.months, outlook.draws, outlook.intervals, strict=True):
            known = not np.isnan(draws).any()
            sums = summary_row(draws, interval, options.event_deaths) if known else columns.UNKNOWN
            rows.append(
                {
                    "where": outlook.where,
                    "month": first_day(month),
                    "model": outlook.model,
                    "horizon": month - outlook.last_known if outlook.last_known else None,
                    **sums,
                    "last_known_month": _day(outlook.last_known),
                    "reference": outlook.reference,
                }
            )
    return pl.DataFrame(rows, schema=columns.SUMMARY)


def _odds_rows(
    outlooks: Sequence[Outlook], futures: Sequence[Floats | None], options: WarnOptions
) -> pl.DataFrame:
    rows = []
    for outlook, own in zip(outlooks, futures, strict=True):
        for window in options.odds_months:
            if own is not None and window <= len(outlook.months):
                bounds = _window_interval(outlook, window)
                odds = odds_row(own[:window], bounds, outlook.evidence, options.event_deaths)
                label = {"where": outlook.where, "within_months": window, "model": outlook.model}
                rows.append({**label, **odds})
    return pl.DataFrame(rows, schema=columns.ODDS)


def _window_interval(outlook: Outlook, window: int) -> tuple[float, float] | None:
    """Widen the months' intervals to the window; None where own months are counted instead."""
    if outlook.evidence:
        return None
    from forestall.warning.making import any_chance

    ends = np.array(outlook.intervals[:window])
    low, high = any_chance(ends, outlook.persistence)
    return float(low), float(high)


def _record_rows(
    outlooks: Sequence[Outlook], panel: Panel, artefact: Artefact | None, options: WarnOptions
) -> pl.DataFrame:
    own = own_record(panel, STAND_IN.months, options.event_deaths)
    rows = []
    for outlook in outlooks:
        if np.isnan(outlook.draws).any():
            continue
        # The shipped record counts months with 25 deaths; another threshold needs its own.
        fitted = artefact is not None and outlook.evidence == 0 and bool(artefact.record)
        fitted = fitted and options.event_deaths == RECORD_DEATHS
        if fitted and artefact is not None:
            record, note = artefact.record, "all countries, three months ahead, by models of earlier cut-offs"
        else:
            record, note = own, "the folder's own countries, one month ahead, by conflictology-24"
        step = min(2, len(outlook.months) - 1) if fitted else 0
        chance = float(np.mean(outlook.draws[step] >= options.event_deaths))
        row = {"where": outlook.where, "model": outlook.model, **record_row(record, chance)}
        rows.append({**row, "note_text": f"hindcasts counted before the moment: {note}"})
    return pl.DataFrame(rows, schema=columns.RECORD)


def _driver_rows(
    outlooks: Sequence[Outlook], panel: Panel, artefact: Artefact | None, options: WarnOptions
) -> pl.DataFrame:
    names = {code: country_name(code) for code in panel.countries}
    rows = []
    for country, outlook in enumerate(outlooks):
        chance = partial(_third_chance, outlook, country, artefact, options)
        found = describe_drivers(panel, country, options.event_deaths, names, chance)
        if outlook.note:
            note = {"rank": len(found) + 1, "driver": outlook.note, "effect": "holds"}
            found = [*found, {"value": None, "unit": None, **note}]
        rows += [{"where": outlook.where, **driver} for driver in found]
    return pl.DataFrame(rows, schema=columns.DRIVERS)


def _third_chance(
    outlook: Outlook, country: int, artefact: Artefact | None, options: WarnOptions, panel: Panel
) -> float:
    """Return the chance of the event three months ahead that the outlook's model gives on a panel."""
    if artefact is not None and not outlook.evidence:
        fitted = artefact.forecaster(neighbours=knows_neighbours(panel, country))
        shares = fitted.shares(panel, [RECORD_HORIZON])[0, country]
        return float(event_chance(shares, artefact.arrays["positions"], options.event_deaths))
    own = recent_months(panel.deaths[:, country], outlook.evidence or STAND_IN.months)
    return float(np.mean(own >= options.event_deaths)) if len(own) else float("nan")


def _day(month: int) -> date | None:
    return first_day(month) if month else None
