"""UNHCR refugee population statistics -> stocks: who was where at the end of each year, both ways."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from forestall.core.errors import Finding
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import Row, Shape, by_calendar, fetched, pages_of, provenance, tidied
from forestall.recording.saved import Saved, Tidied, whole_people, worded

PATH = "/population/v1/population/"
PAGE = "https://www.unhcr.org/refugee-statistics/"
ROWS = "1000"
MONTH_PUBLIC = 6
DAY_PUBLIC = 20
"""Figures of the end of a year are public by World Refugee Day of the next."""
ABROAD = {
    "refugees": "refugees",
    "asylum_seekers": "asylum seekers",
    "oip": "other people in need of protection",
}
AT_HOME = {"idps": "idps", "returned_idps": "returned idps"}
SHAPE = Shape(
    "UNHCR", "look at the address in a browser", ("items",), ("year", "coo_iso", "coa_iso", "refugees")
)


def ask(asked: Asked) -> list[Request]:
    """Ask for people from each country and for people in it."""
    years = {"yearFrom": str(asked.since.year), "yearTo": str(asked.today.year)}
    both = (("coo", "coa_all"), ("coa", "coo_all"))
    return [
        Request(
            f"population {one} {iso3} from {asked.since.year}",
            PATH,
            {one: iso3, other: "true", "cf_type": "ISO", **years, "limit": ROWS, "page": "1"},
            country=iso3,
        )
        for iso3 in asked.countries
        for one, other in both
    ]


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Keep the answer; the first page says how many more there are."""
    if request.params["page"] != "1":
        return Kept(data)
    try:
        last = pages_of(json.loads(data), "maxPages")
    except ValueError:
        last = 1
    more = [
        replace(request, what=f"{request.what} page {n}", params={**request.params, "page": str(n)})
        for n in range(2, last + 1)
    ]
    return Kept(data, more)


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with an answer."""
    return SHAPE.check(saved)


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the table stocks; a dash is unknown, never zero."""
    return tidied("stocks", saved, SHAPE.rows, _stocks)


def _stocks(row: Row, saved: Saved) -> list[dict[str, Any]]:
    origin, asylum = _iso(row["coo_iso"]), _iso(row["coa_iso"])
    year = int(row["year"])
    abroad = [
        _stock(row, column, f"{group} from {origin}", asylum, year, saved)
        for column, group in ABROAD.items()
        if column in row and origin and asylum and origin != asylum
    ]
    home = [
        _stock(row, column, group, origin, year, saved)
        for column, group in AT_HOME.items()
        if column in row and origin and origin == asylum
    ]
    return [one for one in (*abroad, *home) if one["people"] is not None]


def _iso(value: Any) -> str:
    text = worded(str(value))
    return text if len(text) == 3 and text.isalpha() else ""


def _stock(row: Row, column: str, group: str, place: str, year: int, saved: Saved) -> dict[str, Any]:
    value = row[column]
    return {
        "stock": f"unhcr-{column}-{row['coo_iso']}-{row['coa_iso']}-{year}",
        "place": place,
        "group": group,
        "date": date(year, 12, 31),
        "people": None if value in ("-", "", None) else whole_people(value),
        **by_calendar(date(year + 1, MONTH_PUBLIC, DAY_PUBLIC), fetched(saved)),
        **provenance("unhcr", PAGE),
    }
