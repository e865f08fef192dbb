"""Operational Data Portal -> stocks by country of asylum, as a situation on the portal counts them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from forestall.core.errors import Finding, UsageError
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import Row, Shape, fetched, provenance, stated, tidied
from forestall.recording.saved import Saved, Tidied, whole_people, worded

PATH = "/population/get/origin"
PAGE = "https://data.unhcr.org/"
COLLECTIONS = "4,29"
"""Collections of population that hold refugees and asylum seekers."""
HELP = "the portal keeps robots out at times: save the answer in a browser, then forestall record --from"
SHAPE = Shape("UNHCR", HELP, ("data",), ("geomaster_name", "pop_origin_code", "date", "individuals"))


def ask(asked: Asked) -> list[Request]:
    """Ask for one situation, by the number it has on the portal.

    Raises
    ------
    UsageError
        Where the number is not given.
    """
    numbers = [one for one in asked.more.get("geo_id", "").split(",") if one.strip().isdigit()]
    if not numbers:
        raise UsageError(
            "unhcr-odp knows countries by a number of its own: say --set geo_id=NUMBER, as the "
            "address of the "
            "situation on data.unhcr.org shows it"
        )
    return [
        Request(f"origin {one.strip()}", PATH, {"geo_id": one.strip(), "population_collection": COLLECTIONS})
        for one in numbers
    ]


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Keep the answer."""
    return Kept(data)


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with an answer: the page for robots comes with 404."""
    return SHAPE.check(saved)


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the table stocks."""
    return tidied("stocks", saved, SHAPE.rows, _stock)


def _stock(row: Row, saved: Saved) -> list[dict[str, Any]]:
    origin, place = worded(row["pop_origin_code"]), worded(row["geomaster_name"])
    day, group = date.fromisoformat(worded(row["date"])), str(row.get("pop_type_name") or "people").lower()
    return [
        {
            "stock": f"odp-{row.get('population_group_id') or group}-{origin}-{place}-{day}".replace(
                " ", "-"
            ),
            "place": place,
            "group": f"{group} from {origin}",
            "date": day,
            "people": whole_people(row["individuals"]),
            **stated(datetime.combine(day, datetime.max.time(), fetched(saved).tzinfo), fetched(saved)),
            **provenance("unhcr-odp", PAGE, row.get("source")),
        }
    ]
