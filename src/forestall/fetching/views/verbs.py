"""VIEWS -> indicators: the forecasts of a rival, each run a series of its own, to be scored against."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from forestall.core.errors import Finding
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import Row, Shape, fetched, pages_of, provenance, tidied
from forestall.recording.saved import Saved, Tidied, finite, read_json, worded

PAGE = "https://viewsforecasting.org/"
RUNS = "runs"
SERIES = {
    "main_dich": ("VIEWS: odds of 25 deaths or more in the month", "1"),
    "main_mean": ("VIEWS: deaths", "deaths/month"),
}
SHAPE = Shape("VIEWS", "look at the address in a browser", ("data",), ("isoab", "year", "month", "main_dich"))


def ask(asked: Asked) -> list[Request]:
    """Ask which runs there are."""
    return [Request(RUNS, "/")]


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Ask the newest run for each country; keep its forecasts, page after page."""
    try:
        answer = json.loads(data)
    except ValueError:
        return Kept(data)
    if request.what == RUNS:
        runs = sorted(run for run in answer.get("runs") or () if re.fullmatch(r"fatalities\w+", str(run)))
        return Kept(data, [one for run in runs[-1:] for one in _of_run(run, asked)])
    last = pages_of(answer, "page_count")
    pages = range(2, last + 1) if request.params["page"] == "1" else ()
    more = [
        replace(request, what=f"{request.what} page {n}", params={**request.params, "page": str(n)})
        for n in pages
    ]
    return Kept(data, more)


def _of_run(run: str, asked: Asked) -> list[Request]:
    return [
        Request(
            f"{run} {iso3}",
            f"/{run}/cm/sb",
            {"iso": iso3, "pagesize": "1000", "page": "1"},
            name=run,
            country=iso3,
        )
        for iso3 in asked.countries
    ]


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with an answer."""
    if saved.name != RUNS:
        return SHAPE.check(saved)
    answer, fault = read_json(saved)
    runs = answer.get("runs") if isinstance(answer, dict) else None
    if fault or not runs:
        return [
            fault
            or Finding("E161", "error", "VIEWS names no run", table=saved.name, expected='{"runs": [...]}')
        ]
    return []


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the table indicators; who measured is VIEWS with the run, so that runs stand side by side."""
    forecasts = [one for one in saved if one.name != RUNS]
    return tidied("indicators", forecasts, SHAPE.rows, _indicators)


def _indicators(row: Row, saved: Saved) -> list[dict[str, Any]]:
    return [
        {
            "indicator": name,
            "where": worded(row["isoab"]),
            "date": date(int(row["year"]), int(row["month"]), 1),
            "value": finite(row[column]),
            "unit": unit,
            "who": f"VIEWS {saved.name}",
            "known_at": fetched(saved),
            "known_basis": "stated",
            **provenance("views", PAGE),
        }
        for column, (name, unit) in SERIES.items()
        if row.get(column) is not None
    ]
