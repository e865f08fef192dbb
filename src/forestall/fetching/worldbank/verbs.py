"""World Bank -> indicators by country and year."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from forestall.core.errors import Finding
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import Row, Shape, fetched, provenance, tidied
from forestall.recording.saved import Saved, Tidied, finite, read_json, worded

PAGE = "https://data.worldbank.org/"
SHAPE = Shape(
    "World Bank", "look at the address in a browser", (1,), ("indicator", "countryiso3code", "date", "value")
)


@cache
def series() -> dict[str, tuple[str, str]]:
    """Return the series that are asked for: code, name and unit.

    Examples
    --------
    >>> series()["SP.POP.TOTL"]
    ('population', 'people')
    """
    text = files("forestall.fetching.worldbank").joinpath("series.csv").read_text(encoding="utf-8")
    return {row["code"]: (row["indicator"], row["unit"]) for row in csv.DictReader(text.splitlines())}


def ask(asked: Asked) -> list[Request]:
    """Ask for each series of each country."""
    years = f"{asked.since.year}:{asked.today.year}"
    return [
        Request(
            f"{code} {iso3} {years}",
            f"/v2/country/{iso3}/indicator/{code}",
            {"format": "json", "date": years, "per_page": "1000", "page": "1"},
            country=iso3,
        )
        for iso3 in asked.countries
        for code in series()
    ]


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Keep the answer; the first page says how many more there are."""
    try:
        last = int(json.loads(data)[0]["pages"])
    except (ValueError, KeyError, IndexError, TypeError):
        last = 1
    pages = range(2, last + 1) if request.params["page"] == "1" else ()
    more = [
        replace(request, what=f"{request.what} page {n}", params={**request.params, "page": str(n)})
        for n in pages
    ]
    return Kept(data, more)


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with an answer; the source reports errors as if all were well."""
    answer, _ = read_json(saved)
    said = (
        answer[0].get("message")
        if isinstance(answer, list) and answer and isinstance(answer[0], dict)
        else None
    )
    if said:
        text = "; ".join(str(one.get("value", one)) for one in said if isinstance(one, dict)) or str(said)
        return [
            Finding("E162", "error", "World Bank refused the request", table=saved.name, value=text[:120])
        ]
    if isinstance(answer, list) and len(answer) > 1 and answer[1] is None:
        return [Finding("W225", "warning", "the answer holds no row; that is not a zero", table=saved.name)]
    return SHAPE.check(saved)


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the table indicators; a year without a value has no row."""
    return tidied("indicators", saved, SHAPE.rows, _indicator)


def _indicator(row: Row, saved: Saved) -> list[dict[str, Any]]:
    if row["value"] is None:
        return []
    code = worded(row["indicator"]["id"])
    name, unit = series().get(code, (code, "not stated"))
    return [
        {
            "indicator": name,
            "where": worded(row["countryiso3code"]),
            "date": date(int(row["date"]), 12, 31),
            "value": finite(row["value"]),
            "unit": unit,
            "who": "World Bank",
            "known_at": fetched(saved),
            "known_basis": "stated",
            **provenance("worldbank", PAGE),
        }
    ]
