"""The stage warn: monthly deaths known by the moment -> the outlook."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from forestall.core.random import normals
from forestall.scoring.intervals import jeffreys_interval
from forestall.warning.bands import own_record, record_row
from forestall.warning.conflictology import Conflictology, recent_months
from forestall.warning.countries import country_name
from forestall.warning.draws import dependent_ranks
from forestall.warning.drivers import describe_drivers
from forestall.warning.months import first_day, month_id
from forestall.warning.record import crisis_panel
from forestall.warning.tables import odds_row, outlook_table, summary_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forestall.crisis import Crisis
    from forestall.warning.options import WarnOptions
    from forestall.warning.panel import FloatArray, Panel
    from forestall.warning.protocol import Forecaster

LONGEST_HORIZON = 36
PERSISTENCE = 0.5
BASELINES = (Conflictology(12), Conflictology(24))


def warn(crisis: Crisis, options: WarnOptions) -> dict[str, pl.DataFrame]:
    """Forecast the deaths of each country of a crisis by month.

    Parameters
    ----------
    crisis
        With its moment of knowledge; reads ``deaths``.
    options
        What is asked for.

    Returns
    -------
    dict
        The tables outlook, outlook_summary, warning_odds, warning_record, warning_drivers.
    """
    countries = options.countries or tuple(crisis.settings.iso3)
    return warn_tables(crisis["deaths"], countries=countries, as_of=crisis.as_of, options=options)


class Outlook(NamedTuple):
    """One model's draws for the months asked for, with what the rows need to say."""

    model: Forecaster
    panel: Panel
    months: list[int]
    last_known: int
    draws: FloatArray


def warn_tables(
    deaths: pl.DataFrame,
    *,
    countries: Sequence[str],
    as_of: datetime | None,
    options: WarnOptions,
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

    Returns
    -------
    dict
        The tables outlook, outlook_summary, warning_odds, warning_record, warning_drivers.
        A country without a known month has no rows in the outlook and is "not assessed" in
        the others.
    """
    panel = crisis_panel(deaths, countries)
    last_known = last_known_month(panel, len(countries))
    months = forecast_months(as_of, last_known, options.horizon_months)
    chosen = choose_model(options.model)
    models = [chosen, *(model for model in BASELINES if model.name != chosen.name)]
    outlooks = [forecast(model, panel, months, last_known, options.draws) for model in models]
    return {
        "outlook": _outlook_rows(outlooks[0], len(countries), options),
        "outlook_summary": _summary_rows(outlooks, len(countries), options),
        "warning_odds": _odds_rows(outlooks, len(countries), options),
        "warning_record": _record_rows(outlooks[0], len(countries), options),
        "warning_drivers": _driver_rows(panel, len(countries), options),
    }


def choose_model(name: str) -> Forecaster:
    """Return the model of a name."""
    return {"conflictology-12": Conflictology(12)}.get(name, Conflictology(24))


def last_known_month(panel: Panel, countries: int) -> int:
    """Return the number of the last month known for any of the first ``countries`` columns; 0 = none."""
    known = np.flatnonzero(~np.isnan(panel.deaths[:, :countries]).all(axis=1))
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


def forecast(model: Forecaster, panel: Panel, months: Sequence[int], last_known: int, draws: int) -> Outlook:
    """Run a model over the months; a horizon beyond the longest takes the longest."""
    horizons = [min(max(month - last_known, 1), LONGEST_HORIZON) for month in months]
    known = panel.cut(last_known)
    return Outlook(model, known, list(months), last_known, model.predict(known, horizons, draws))


def futures_of(outlook: Outlook, country: int, options: WarnOptions) -> FloatArray | None:
    """Tie the months of one country together into futures, shape (months, draws)."""
    marginal = outlook.draws[:, country]
    if np.isnan(marginal).any():
        return None
    where = outlook.panel.countries[country]
    scores = [
        normals(options.seed, "warn", options.draws, place=where, step=month) for month in outlook.months
    ]
    ranks = dependent_ranks(np.stack(scores), PERSISTENCE)
    return np.take_along_axis(marginal, ranks, axis=1)


def _outlook_rows(outlook: Outlook, countries: int, options: WarnOptions) -> pl.DataFrame:
    frames = [OUTLOOK_EMPTY]
    for country, where in enumerate(outlook.panel.countries[:countries]):
        futures = futures_of(outlook, country, options)
        if futures is not None:
            frames.append(
                outlook_table(futures, where, outlook.months, outlook.last_known, options.event_deaths)
            )
    return pl.concat(frames)


def _evidence(outlook: Outlook, country: int, event_deaths: int) -> tuple[int, int]:
    """Count event months and known months the model rests on."""
    months = getattr(outlook.model, "months", 24)
    known = recent_months(outlook.panel.deaths[:, country], months)
    return int(np.sum(known >= event_deaths)), len(known)


def _summary_rows(outlooks: Sequence[Outlook], countries: int, options: WarnOptions) -> pl.DataFrame:
    rows = []
    for outlook in outlooks:
        for country, where in enumerate(outlook.panel.countries[:countries]):
            interval = jeffreys_interval(*_evidence(outlook, country, options.event_deaths))
            for step, month in enumerate(outlook.months):
                draws = outlook.draws[step, country]
                known = not np.isnan(draws).any()
                rows.append(
                    {
                        "where": where,
                        "month": first_day(month),
                        "model": outlook.model.name,
                        "horizon": month - outlook.last_known,
                        **(summary_row(draws, interval, options.event_deaths) if known else UNKNOWN),
                        "last_known_month": _day(outlook.last_known),
                        "reference": outlook.model.reference,
                    }
                )
    return pl.DataFrame(rows, schema=SUMMARY_SCHEMA)


def _odds_rows(outlooks: Sequence[Outlook], countries: int, options: WarnOptions) -> pl.DataFrame:
    rows = []
    for outlook in outlooks:
        for country, where in enumerate(outlook.panel.countries[:countries]):
            futures = futures_of(outlook, country, options)
            evidence = _evidence(outlook, country, options.event_deaths)[1]
            for window in options.odds_months:
                if futures is not None and window <= len(outlook.months):
                    odds = odds_row(futures[:window], evidence, options.event_deaths)
                    label = {"where": where, "within_months": window, "model": outlook.model.name}
                    rows.append({**label, **odds})
    return pl.DataFrame(rows, schema=ODDS_SCHEMA)


def _record_rows(outlook: Outlook, countries: int, options: WarnOptions) -> pl.DataFrame:
    months = getattr(outlook.model, "months", 24)
    record = own_record(outlook.panel, months, options.event_deaths)
    rows = []
    for country, where in enumerate(outlook.panel.countries[:countries]):
        draws = outlook.draws[0, country]
        if not np.isnan(draws).any():
            chance = float(np.mean(draws >= options.event_deaths))
            note = f"hindcasts one month ahead on the crisis folder's own months, {RECORD_NOTE}"
            row = {"where": where, "model": outlook.model.name, **record_row(record, chance)}
            rows.append({**row, "note_text": note})
    return pl.DataFrame(rows, schema=RECORD_SCHEMA)


def _driver_rows(panel: Panel, countries: int, options: WarnOptions) -> pl.DataFrame:
    names = {code: country_name(code) for code in panel.countries}
    rows = [
        {"where": where, **driver}
        for country, where in enumerate(panel.countries[:countries])
        for driver in describe_drivers(panel, country, options.event_deaths, names)
    ]
    return pl.DataFrame(rows, schema=DRIVER_SCHEMA)


def _day(month: int) -> date | None:
    return first_day(month) if month else None


RECORD_NOTE = "counted before the moment"
UNKNOWN: dict[str, Any] = {"p_event": None, "words": "not assessed"}
OUTLOOK_EMPTY = pl.DataFrame(
    schema={
        "draw": pl.Int64,
        "where": pl.String,
        "month": pl.Date,
        "horizon": pl.Int64,
        "deaths": pl.Float64,
        "event": pl.Int64,
    }
)
_TEXT, _NUMBER = pl.String(), pl.Float64()
SUMMARY_SCHEMA: Mapping[str, pl.DataType] = {
    "where": _TEXT,
    "month": pl.Date(),
    "model": _TEXT,
    "horizon": pl.Int64(),
    **dict.fromkeys(("p_event", "p_low", "p_high"), _NUMBER),
    "words": _TEXT,
    **dict.fromkeys(("mean", "q05", "q25", "median", "q75", "q95"), _NUMBER),
    "last_known_month": pl.Date(),
    "reference": _TEXT,
}
ODDS_SCHEMA: Mapping[str, pl.DataType] = {
    "where": _TEXT,
    "within_months": pl.Int64(),
    "model": _TEXT,
    **dict.fromkeys(("p_event", "p_low", "p_high"), _NUMBER),
    "words": _TEXT,
}
RECORD_SCHEMA: Mapping[str, pl.DataType] = {
    "where": _TEXT,
    "model": _TEXT,
    "band": _TEXT,
    "issued": pl.Int64(),
    "events": pl.Int64(),
    "low": _NUMBER,
    "high": _NUMBER,
    "note_text": _TEXT,
}
DRIVER_SCHEMA: Mapping[str, pl.DataType] = {
    "where": _TEXT,
    "rank": pl.Int64(),
    "driver": _TEXT,
    "value": _NUMBER,
    "unit": _TEXT,
    "effect": _TEXT,
}
