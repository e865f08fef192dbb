"""Financial Tracking Service -> commitments: who gave or promised how much, for what, and since when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from forestall.core.errors import Finding
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import Row, Shape, fetched, provenance, stated, tidied
from forestall.recording.saved import Saved, Tidied, finite, worded

PATH = "/v1/public/fts/flow"
PAGE = "https://fts.unocha.org/"
KINDS = {"pledge": "pledge", "commitment": "promise", "paid": "promise"}
SHAPE = Shape(
    "FTS",
    "look at the address in a browser",
    ("data", "flows"),
    ("id", "status", "amountUSD", "firstReportedDate"),
)


def ask(asked: Asked) -> list[Request]:
    """Ask for the flows to each country in each year."""
    return [
        Request(
            f"flows {iso3} {year}",
            PATH,
            {"countryISO3": iso3, "year": str(year), "limit": "1000"},
            country=iso3,
        )
        for iso3 in asked.countries
        for year in range(asked.since.year, asked.today.year + 1)
    ]


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Keep the answer; it names the address of the next."""
    try:
        after = json.loads(data)["meta"]["nextLink"]
    except (ValueError, KeyError, TypeError):
        return Kept(data)
    if not isinstance(after, str) or not after:
        return Kept(data)
    return Kept(data, [replace(request, what=f"{request.what}+", path=after, params={})])


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with an answer."""
    return SHAPE.check(saved)


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the table commitments."""
    return tidied("commitments", saved, SHAPE.rows, _commitment)


def _commitment(row: Row, saved: Saved) -> list[dict[str, Any]]:
    if row["status"] not in KINDS:
        return []
    said = datetime.fromisoformat(worded(row["firstReportedDate"]))
    made = datetime.fromisoformat(worded(row.get("decisionDate") or row["firstReportedDate"])).date()
    status = worded(row["status"])
    return [
        {
            "commitment": f"fts-{row['id']}",
            "who": _name(row.get("sourceObjects")),
            "to_whom": _name(row.get("destinationObjects")),
            "what": f"funding, {status}",
            "kind": KINDS[status],
            "amount": finite(row["amountUSD"]),
            "unit": "USD",
            "made_on": made,
            **stated(said, fetched(saved)),
            **provenance("fts", PAGE),
        }
    ]


def _name(objects: Any) -> str:
    """Return the organisation, or the plan, at one end of a flow."""
    named = [one for one in objects or () if one.get("type") in ("Organization", "Plan", "Location")]
    return worded(named[0]["name"]) if named else "not stated"
