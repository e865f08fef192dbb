"""IDMC -> movements from the internal displacement updates, stocks from the yearly database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from forestall.core.errors import Finding
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import OF_ITS_TIME, Row, Shape, by_calendar, fetched, provenance, tidied
from forestall.recording.idmc.tidy import tidy as tidy_updates
from forestall.recording.saved import Saved, Tidied, whole_people, worded

UPDATES = "/external-api/idus/"
YEARS = "/external-api/gidd/conflicts/"
PAGE = "https://www.internal-displacement.org/database/"
RECENT = timedelta(days=180)
MONTH_PUBLIC, DAY_PUBLIC = 5, 15
"""The yearly database is public by the middle of May of the next year."""
HELP = "add client_id to the request; IDMC gives one on demand"
LISTED = Shape("IDMC", HELP, (), ("id", "iso3", "figure", "created_at"))
YEARLY = Shape("IDMC", HELP, ("results",), ("iso3", "year", "total_displacement"))
YEARLY_NAME = "gidd"


def ask(asked: Asked) -> list[Request]:
    """Ask for the updates of 180 days, or all where an earlier day matters, and for the yearly figures."""
    secret = {"client_id": asked.key or ""}
    recent = asked.since >= asked.today - RECENT
    updates = "last-180-days" if recent else "all"
    return [
        Request(f"updates {updates}", f"{UPDATES}{updates}/", {"format": "json"}, secret_params=secret),
        *(
            Request(
                f"{YEARLY_NAME} {iso3}",
                YEARS,
                {"format": "json", "limit": "100", "iso3__in": iso3},
                secret_params=secret,
                country=iso3,
            )
            for iso3 in asked.countries
        ),
    ]


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Keep the answer; the yearly figures come in pages, each with the address of the next."""
    if not request.what.startswith(YEARLY_NAME):
        return Kept(data)
    try:
        after = json.loads(data).get("next")
    except (ValueError, AttributeError):
        after = None
    if not isinstance(after, str) or not after:
        return Kept(data)
    plain, page = _without_secret(after), request.what.count("+") + 2
    more = replace(request, what=f"{request.what}+{page}", path=plain, params={})
    return Kept(data, [more])


def _without_secret(address: str) -> str:
    """Return the address of a next page without the key that the source puts into it."""
    start, _, query = address.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith("client_id=")]
    return start + ("?" + "&".join(kept) if kept else "")


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with an answer."""
    return (YEARLY if saved.name.startswith(YEARLY_NAME) else LISTED).check(saved)


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the tables movements and stocks."""
    yearly = tidied(
        "stocks", [one for one in saved if one.name.startswith(YEARLY_NAME)], YEARLY.rows, _stocks
    )
    tables, findings = dict(yearly.tables), list(yearly.findings)
    for one in saved:
        if not one.name.startswith(YEARLY_NAME):
            found = tidy_updates([Saved(one.name, one.data)], iso3=asked.countries)
            findings += found.findings
            tables |= {**found.tables, **_movements(found.tables, one)}
    return Tidied(tables, findings)


def _movements(tables: Mapping[str, pl.DataFrame], saved: Saved) -> dict[str, pl.DataFrame]:
    return {"movements": _of_a_later_vintage(tables["movements"], saved)} if "movements" in tables else {}


def _of_a_later_vintage(table: pl.DataFrame, saved: Saved) -> pl.DataFrame:
    """Mark updates written long before they were fetched: their figure may have been revised since."""
    late = pl.lit(fetched(saved)) - pl.col("known_at") > OF_ITS_TIME
    basis = pl.when(late).then(pl.lit("release rule")).otherwise("known_basis")
    return table.with_columns(
        basis.alias("known_basis"), pl.min_horizontal("known_at", pl.lit(fetched(saved))).alias("known_at")
    )


def _stocks(row: Row, saved: Saved) -> list[dict[str, Any]]:
    year, iso3 = int(row["year"]), worded(row["iso3"])
    return [
        {
            "stock": f"gidd-{iso3}-{year}",
            "place": iso3,
            "group": "people displaced inside by conflict",
            "date": date(year, 12, 31),
            "people": whole_people(row["total_displacement"]),
            **by_calendar(date(year + 1, MONTH_PUBLIC, DAY_PUBLIC), fetched(saved)),
            **provenance("idmc", PAGE),
        }
    ]
