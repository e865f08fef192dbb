"""A run in a few rows: odds, arrivals, gaps, activations, response."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from forestall.schema.conventions import ALL, BAND, column_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from forestall.crisis import Crisis

WIDEST_GAPS = 10


def summary(crisis: "Crisis") -> dict[str, Any]:
    """Return the main results of a run, ready for JSON or a terminal.

    Parameters
    ----------
    crisis : Crisis
        With the result tables of all stages.

    Returns
    -------
    dict
        ``as_of``, ``mode``, ``assumed_rows``, and lists of rows ``odds``, ``arrivals``, ``gaps``,
        ``activations``, ``response``.
    """
    return {
        "as_of": crisis.moment.astimezone(crisis.zone).isoformat(),
        "mode": crisis.mode,
        "assumed_rows": int(crisis["freshness"]["assumed"].sum()),
        "recalled_rows": int(crisis["freshness"]["recalled"].sum()),
        "odds": odds(crisis),
        "arrivals": arrivals(crisis),
        "gaps": gaps(crisis),
        "activations": crisis["activations"]
        .select("trigger", "stage", "activated_at", "value", "unit")
        .to_dicts(),
        "response": crisis["response_gap"]
        .select("actor", "days_to_statement", "days_to_material", "promised", "delivered", "unit")
        .to_dicts(),
    }


def odds(crisis: "Mapping[str, pl.DataFrame]") -> list[dict[str, Any]]:
    """Return the odds over each horizon, by place and model."""
    columns = ("where", "within_months", "model", "p_event", "p_low", "p_high", "words")
    return crisis["warning_odds"].select(columns).to_dicts()


def pairs(crisis: "Mapping[str, pl.DataFrame]") -> list[dict[str, Any]]:
    """Return the joint odds of countries that are sides of one war."""
    where = pl.format("{} and {}: {}", "where_a", "where_b", "what").alias("where")
    columns = ("within_months", "p", "p_low", "p_high", "words")
    return crisis["warning_pairs"].select(where, *columns).rename({"p": "p_event"}).to_dicts()


def kinds(crisis: "Mapping[str, pl.DataFrame]") -> list[dict[str, Any]]:
    """Return the odds of each kind of violence by year."""
    columns = ("where", "what", "year", "p", "p_low", "p_high", "words")
    return crisis["warning_kinds"].select(columns).rename({"p": "p_event", "what": "violence"}).to_dicts()


def arrivals(crisis: "Crisis") -> list[dict[str, Any]]:
    """Return people arrived over all places at the end of the horizon: median and 90 % band, by arm."""
    table = crisis["arrivals_summary"].filter(pl.col("place") == ALL)
    return _spread(table.filter(pl.col("at") == pl.col("at").max().over("arm")), ["arm", "at"], "people")


def gaps(crisis: "Mapping[str, pl.DataFrame]") -> list[dict[str, Any]]:
    """Return the widest gap of each item over places and days, if it happens."""
    table = crisis["gaps"].filter(pl.col("arm") == "if it happens")
    by_day = table.group_by("date", "sector", "item", "unit", "quantile").agg(pl.col("gap").sum())
    widest = by_day.group_by("sector", "item", "unit", "quantile").agg(pl.col("gap").max())
    return _spread(widest, ["sector", "item", "unit"], "gap")[:WIDEST_GAPS]


def _spread(table: pl.DataFrame, keys: list[str], value: str) -> list[dict[str, Any]]:
    """Return one row per key with the median and the ends of the 90 % band."""
    near = (pl.col("quantile") * 100).round().cast(pl.Int64)
    columns = [pl.col(value).filter(near == round(q * 100)).first().alias(column_of(q)) for q in BAND]
    return table.group_by(keys).agg(columns).sort(keys).to_dicts()


def odds_title(crisis: "Crisis") -> str:
    """Return what the odds are of, with the threshold that the run went by."""
    return f"Odds of at least one month with {crisis.plan.warn.event_deaths:,} deaths or more"


Headline = tuple[str, list[dict[str, Any]]]


def headlines(crisis: "Crisis", verb: str) -> list[Headline]:
    """Return the few rows of a stage that a person in a terminal wants first, each with a title.

    Parameters
    ----------
    crisis : Crisis
        With the result tables of the stage.
    verb : str
        Name of the stage.
    """
    return _HEADLINES[verb](crisis)


def _of_record(crisis: "Crisis") -> list[Headline]:
    fresh = crisis["freshness"].select("table", "rows", "latest_date", "days_behind", "recalled", "assumed")
    missing = crisis["record_gaps"].select("table", "what", "reason")
    return [("How fresh each table is", fresh.to_dicts()), ("What is not known", missing.to_dicts())]


def _of_warn(crisis: "Crisis") -> list[Headline]:
    drivers = crisis["warning_drivers"].filter(pl.col("rank") <= 3)
    columns = ("where", "driver", "value", "unit", "effect")
    return [
        (odds_title(crisis), odds(crisis)),
        ("Two sides of one war", pairs(crisis)),
        ("Kinds of violence by year", kinds(crisis)),
        ("What drives them", drivers.select(columns).to_dicts()),
    ]


def _of_displace(crisis: "Crisis") -> list[Headline]:
    left = crisis["departures_summary"].filter(pl.col("place") == ALL)
    shown = [("People arrived by the end of the horizon", arrivals(crisis))]
    return [("People who leave", _spread(left, ["arm"], "people")), *shown] if left.height else shown


def _of_prepare(crisis: "Crisis") -> list[Headline]:
    whole = (pl.col("place") == ALL) & (pl.col("age_group") == "all") & (pl.col("sex") == "all")
    planned = crisis["caseloads"].filter(whole).select("arm", "figure", "people")
    return [("People to plan for", planned.to_dicts()), ("Widest gaps, if it happens", gaps(crisis))]


def _of_act(crisis: "Crisis") -> list[Headline]:
    columns = ("actor", "days_to_statement", "days_to_material", "promised", "delivered", "unit")
    activated = crisis["activations"].select("trigger", "stage", "activated_at", "value", "unit")
    return [
        ("Triggers that activated", activated.to_dicts()),
        ("Days from the first public warning", crisis["response_gap"].select(columns).to_dicts()),
    ]


_HEADLINES: Mapping[str, Callable[["Crisis"], list[Headline]]] = {
    "record": _of_record,
    "warn": _of_warn,
    "displace": _of_displace,
    "prepare": _of_prepare,
    "act": _of_act,
}


def replay_rows(table: pl.DataFrame, zone: "ZoneInfo") -> list[dict[str, Any]]:
    """Return the table of replays as a terminal shows it: one line a replay, one arm.

    Parameters
    ----------
    table : polars.DataFrame
        As :func:`forestall.reporting.replay.replay_table` makes it.
    zone : ZoneInfo
        Zone of the crisis.
    """
    rows = table.filter(pl.col("arm") == "if it happens").to_dicts()
    return [_replay_row(row, zone) for row in rows]


def _replay_row(row: Mapping[str, Any], zone: "ZoneInfo") -> dict[str, Any]:
    """Return one line of the table of replays."""
    low, middle, high = (round(row[name], -2) for name in ("q05", "median", "q95"))
    return {
        "as of": _hour(row["moment"], zone),
        "median": f"{middle:,.0f}",
        "90 % band": f"{low:,.0f}-{high:,.0f}",
        "counted": f"{row['counted']:,.0f}" if row["counted"] is not None else "none",
        "half due": _hour(row["half_median"], zone, "%d %b %Hh"),
        "half came": _hour(row["half_counted"], zone, "%d %b %Hh"),
        "people arrived by": _hour(row["by"], zone),
    }


def verdicts(table: pl.DataFrame, zone: "ZoneInfo") -> list[str]:
    """Return one sentence a replay: how it compares with what was counted."""
    rows = table.filter(pl.col("arm") == "if it happens").to_dicts()
    return [f"{_hour(row['moment'], zone)}: {row['verdict']}" for row in rows]


def _hour(moment: datetime | None, zone: "ZoneInfo", form: str = "%d %b %y %Hh") -> str:
    """Return a moment to the hour in the zone of the crisis."""
    return "-" if moment is None else moment.astimezone(zone).strftime(form)
