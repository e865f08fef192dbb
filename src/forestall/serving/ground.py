"""The ground of a run for a map: places, corridors with what they can be used for, arrivals by place."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from forestall.crisis import Crisis
from forestall.reporting.disclosure import SMALL, may_show_detail, shown_tables
from forestall.roads import use_of

STEPS = 48
"""Moments of the slider after the moment of knowledge."""


def ground_of(loaded: tuple[Crisis, Crisis], detail: bool = False) -> Mapping[str, Any]:
    """Return what a map of a run needs beside its tables.

    Parameters
    ----------
    loaded : tuple of Crisis
        As known at the moment, with its results; the second, what came later, is not used.
    detail : bool
        Whether the reader may see routes and sites whatever the public may.

    Returns
    -------
    mapping
        use (corridor, status, words, traffic, relief), log (every known change of a corridor's status),
        flows (median by corridor), arrivals (arm -> place -> low, median, high by step), steps,
        observed (counts by place known by the moment). Use, log and flows are of routes: they are empty
        where detail is withheld, and ``route_detail`` says so.
    """
    crisis = loaded[0]
    public = may_show_detail(crisis)
    shown = detail or public
    steps, arrivals = _arrivals(crisis, detail, few=not public)
    return {
        "route_detail": shown,
        "use": _use(crisis) if shown else [],
        "log": _log(crisis) if shown else [],
        "flows": _flows(crisis, detail, few=not public),
        "steps": steps,
        "arrivals": arrivals,
        "observed": _observed(crisis),
        "events": _events(crisis),
    }


def _use(crisis: Crisis) -> list[dict[str, Any]]:
    """Return what each corridor can be used for at the moment; unknown is never open."""
    if not crisis.has("corridors"):
        return []
    status = dict(crisis.status("corridor_status").select("corridor", "status").iter_rows())
    return [
        {"corridor": one, "status": status.get(one), **use_of(status.get(one))._asdict()}
        for one in crisis["corridors"]["corridor"]
    ]


def _log(crisis: Crisis) -> list[dict[str, Any]]:
    """Return every change of status known by the moment, in order."""
    if not crisis.has("corridor_status"):
        return []
    return crisis["corridor_status"].select("corridor", "status", "effective").sort("effective").to_dicts()


def _flows(crisis: Crisis, detail: bool, *, few: bool) -> list[dict[str, Any]]:
    """Return the median of people who use each corridor, by arm, where it may be shown."""
    table = shown_tables(crisis, ["flows_summary"], detail=detail)[0].get("flows_summary")
    if table is None:
        return []
    middle = table.filter((pl.col("quantile") - 0.5).abs() < 1e-9)
    rows = middle.select("arm", "corridor", "people")
    return (_without_few(rows) if few else rows).to_dicts()


def _without_few(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows without numbers of people between 0 and 10: null, which is never 0."""
    people = pl.col("people")
    return rows.with_columns(pl.when(~people.is_between(0, SMALL, closed="none")).then(people))


def _arrivals(
    crisis: Crisis, detail: bool, *, few: bool
) -> tuple[list[str], dict[str, dict[str, list[list[float]]]]]:
    """Return the moments of the slider, and the band of arrivals by arm, place and moment."""
    table = shown_tables(crisis, ["arrivals_summary"], detail=detail)[0].get("arrivals_summary")
    if table is None or table.is_empty():
        return [], {}
    moments = table["at"].unique().sort()
    kept = pl.concat([moments.gather_every(max(1, moments.len() // STEPS)), moments.tail(1)]).unique().sort()
    ends = table["quantile"].min(), 0.5, table["quantile"].max()
    chosen = table.filter(pl.col("at").is_in(kept.implode()), pl.col("quantile").is_in(ends)).sort(
        "arm", "place", "at", "quantile"
    )
    chosen = _without_few(chosen) if few else chosen
    arrivals: dict[str, dict[str, list[list[float]]]] = {}
    for (arm, place), rows in chosen.group_by("arm", "place", maintain_order=True):
        bands = rows.group_by("at", maintain_order=True).agg(pl.col("people").round(0))["people"].to_list()
        arrivals.setdefault(str(arm), {})[str(place)] = bands
    return [moment.isoformat() for moment in kept], arrivals


def _observed(crisis: Crisis) -> list[dict[str, Any]]:
    """Return counts of people who arrived, known by the moment."""
    if not crisis.has("counts"):
        return []
    names = ("place", "what", "record", "at", "value", "issuer", "source", "known_at")
    rows = crisis["counts"].filter(pl.col("what") == "arrived")
    return rows.select(name for name in names if name in rows.columns).sort("at").to_dicts()


def _events(crisis: Crisis) -> list[dict[str, Any]]:
    """Return how many events of the record fall into each month by the moment: the slider's histogram."""
    if not crisis.has("events") or "date" not in crisis["events"].columns:
        return []
    months = crisis["events"].select(pl.col("date").cast(pl.Date).dt.truncate("1mo").alias("month"))
    return months.group_by("month").len("events").sort("month").to_dicts()
