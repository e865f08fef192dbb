"""ACLED -> events, with the user's own account; they stay on this machine and leave in no export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from forestall.core.errors import Finding
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import Row, Shape, fetched, provenance, stated, tidied
from forestall.recording.saved import Saved, Tidied, finite, read_json, worded
from forestall.world.read import load_countries

TOKEN = "token"  # noqa: S105 - the name of a request
LOGIN = "/oauth/token"
READ = "/api/acled/read"
PAGE = "https://acleddata.com/"
LIMIT = 5000
HELP = "look whether your account at ACLED may use the API"
KINDS = {
    "Battles": "violence",
    "Explosions/Remote violence": "violence",
    "Violence against civilians": "violence",
}
"""Types of events that are violence; protests, riots and strategic developments are left out."""
SHAPE = Shape("ACLED", HELP, ("data",), ("event_id_cnty", "event_date", "event_type", "actor1", "fatalities"))


def ask(asked: Asked) -> list[Request]:
    """Log in; the answer is a secret and is not kept."""
    user, _, password = (asked.key or "").partition(":")
    form = {"username": user, "password": password, "grant_type": "password", "client_id": "acled"}
    return [Request(TOKEN, LOGIN, body=form, form=True)]


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Read each country with the token that came; then page after page."""
    try:
        answer = json.loads(data)
    except ValueError:
        return Kept(data)
    if request.what == TOKEN:
        token = answer.get("access_token") if isinstance(answer, dict) else None
        return Kept(None, _reads(token, asked)) if token else Kept(data)
    if len(answer.get("data") or ()) < LIMIT:
        return Kept(data)
    page = int(request.params["page"]) + 1
    what = f"{request.what.partition(' page ')[0]} page {page}"
    return Kept(data, [replace(request, what=what, params={**request.params, "page": str(page)})])


def _reads(token: str, asked: Asked) -> list[Request]:
    names = dict(load_countries().select("iso3", "name").iter_rows())
    return [
        Request(
            f"events {iso3} from {asked.since}",
            READ,
            {
                "_format": "json",
                "country": names.get(iso3, iso3),
                "event_date": f"{asked.since}|{asked.today}",
                "event_date_where": "BETWEEN",
                "limit": str(LIMIT),
                "page": "1",
            },
            secret_headers={"Authorization": f"Bearer {token}"},
            country=iso3,
            name=f"events {iso3}",
        )
        for iso3 in asked.countries
    ]


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with an answer; a window held back comes as an empty one, as if all were well."""
    if saved.name == TOKEN:
        return [Finding("E162", "error", "ACLED did not let the account in", table=saved.name, next=HELP)]
    answer, _ = read_json(saved)
    held = answer.get("data_query_restrictions") if isinstance(answer, dict) else None
    recency = held.get("date_recency") if isinstance(held, dict) else None
    if isinstance(recency, dict):
        message = f"your account sees events only up to {recency.get('date')}: later ones are held back"
        until = f"{recency.get('quantity')} {recency.get('unit')}"
        return [Finding("W601", "warning", message, table=saved.name, value=until, next=HELP)]
    return SHAPE.check(saved)


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the table events; the notes of ACLED are not taken over."""
    return tidied("events", saved, SHAPE.rows, _event)


def _event(row: Row, saved: Saved) -> list[dict[str, Any]]:
    kind = KINDS.get(row["event_type"])
    if kind is None:
        return []
    written = row.get("timestamp")
    public = datetime.fromtimestamp(int(written), UTC) if written else fetched(saved)
    place, iso3 = row.get("location") or "an unnamed place", saved.name.split()[1]
    return [
        {
            "event": f"acled-{worded(row['event_id_cnty'])}",
            "date": date.fromisoformat(row["event_date"]),
            "kind": kind,
            "actor": worded(row["actor1"]),
            "target": row.get("actor2") or None,
            "form": "material",
            "stance": "conflict",
            "description": f"{worded(row['event_type'])} reported at {place}, {iso3}",
            "value": finite(row["fatalities"]),
            "unit": "deaths",
            "lon": finite(row.get("longitude")),
            "lat": finite(row.get("latitude")),
            **stated(public, fetched(saved)),
            **provenance("acled", PAGE),
        }
    ]
