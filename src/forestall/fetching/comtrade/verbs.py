"""UN Comtrade -> indicators: imports of arms and ammunition by partner and year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from forestall.core.errors import Finding
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import Row, Shape, fetched, provenance, tidied
from forestall.recording.saved import Saved, Tidied, finite, worded
from forestall.world.read import load_countries

WITH_KEY = "/data/v1/get/C/A/HS"
WITHOUT = "/public/v1/preview/C/A/HS"
WITHOUT_ROWS = 500
ARMS = "93"
"""Chapter of the Harmonized System: arms and ammunition."""
PAGE = "https://comtradeplus.un.org/"
HELP = "set the key of a Comtrade subscription, or take it away for the open preview"
SHAPE = Shape("Comtrade", HELP, ("data",), ("reporterISO", "partnerISO", "period", "primaryValue"))


def ask(asked: Asked) -> list[Request]:
    """Ask for the imports of each country in each year that has ended."""
    years = range(asked.since.year, asked.today.year)
    headers = {"Ocp-Apim-Subscription-Key": asked.key} if asked.key else {}
    return [
        Request(
            f"arms {iso3} {year}",
            WITH_KEY if asked.key else WITHOUT,
            {"reporterCode": str(_m49(iso3)), "period": str(year), "cmdCode": ARMS, "flowCode": "M"},
            secret_headers=headers,
            country=iso3,
        )
        for iso3 in asked.countries
        for year in years
    ]


def _m49(iso3: str) -> int:
    found = load_countries().filter(iso3=iso3)["m49"].to_list()
    return int(found[0]) if found and found[0] else 0


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Keep the answer."""
    return Kept(data)


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with an answer; one as long as the preview can be is cut."""
    findings = SHAPE.check(saved)
    if not findings and len(SHAPE.rows(saved)) == WITHOUT_ROWS:
        message = f"the answer has {WITHOUT_ROWS} rows, as many as the preview gives; there may be more"
        return [Finding("W224", "warning", message, table=saved.name, next="set FORESTALL_COMTRADE_KEY")]
    return findings


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the table indicators."""
    return tidied("indicators", saved, SHAPE.rows, _indicator)


def _indicator(row: Row, saved: Saved) -> list[dict[str, Any]]:
    if row["primaryValue"] is None:
        return []
    partner = worded(row["partnerISO"])
    return [
        {
            "indicator": "imports of arms and ammunition from " + ("all" if partner == "W00" else partner),
            "where": worded(row["reporterISO"]),
            "date": date(int(str(row["period"])[:4]), 12, 31),
            "value": finite(row["primaryValue"]),
            "unit": "USD",
            "who": "UN Comtrade",
            "known_at": fetched(saved),
            "known_basis": "stated",
            **provenance("comtrade", PAGE),
        }
    ]
