"""INFORM Risk Index -> indicators by country and year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from forestall.core.errors import Finding
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import Row, Shape, fetched, provenance, tidied
from forestall.recording.saved import Saved, Tidied, finite, worded

PATH = "/inform-index/api/informapi/countries/trends/"
PAGE = "https://drmkc.jrc.ec.europa.eu/inform-index/"
WHOLE = "INFORM"
"""Identifier of the index itself; its parts are left out."""
SHAPE = Shape(
    "INFORM", "look at the address in a browser", (), ("IndicatorId", "Iso3", "GNAYear", "IndicatorScore")
)


def ask(asked: Asked) -> list[Request]:
    """Ask for the index of all countries and years: there is one answer for all."""
    return [Request("trends", PATH, {"WorkflowId": "0"})]


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Keep the answer."""
    return Kept(data)


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with an answer."""
    return SHAPE.check(saved)


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the table indicators for the countries asked for."""
    return tidied(
        "indicators",
        saved,
        lambda one: [row for row in SHAPE.rows(one) if row.get("Iso3") in asked.countries],
        _indicator,
    )


def _indicator(row: Row, saved: Saved) -> list[dict[str, Any]]:
    if row["IndicatorId"] != WHOLE:
        return []
    return [
        {
            "indicator": "INFORM Risk",
            "where": worded(row["Iso3"]),
            "date": date(int(row["GNAYear"]), 1, 1),
            "value": finite(row["IndicatorScore"]),
            "unit": "0-10",
            "who": "INFORM",
            "known_at": fetched(saved),
            "known_basis": "stated",
            **provenance("inform", PAGE),
        }
    ]
