"""ReliefWeb -> indicators: reports on a country by month, a measure of attention and no measure of need."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from forestall.core.errors import Finding
from forestall.core.moments import month_start
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import Row, Shape, each, fetched, provenance
from forestall.recording.saved import Saved, Tidied, tables_from, worded

PATH = "/v2/reports"
PAGE = "https://reliefweb.int/"
LIMIT = 1000
MOST_PAGES = 50
HELP = "use an appname that ReliefWeb has approved"
SHAPE = Shape("ReliefWeb", HELP, ("data",), ("id", "fields"))


def ask(asked: Asked) -> list[Request]:
    """Ask for the reports on each country since the day that matters."""
    return [
        Request(
            f"reports {iso3} from {month_start(asked.since)}",
            PATH,
            secret_params={"appname": asked.key or ""},
            body=_body(iso3, month_start(asked.since), 0),
            country=iso3,
            name=f"reports {iso3}",
        )
        for iso3 in asked.countries
    ]


def _body(iso3: str, since: date, offset: int) -> dict[str, Any]:
    conditions = [
        {"field": "country.iso3", "value": iso3.lower()},
        {"field": "date.created", "value": {"from": f"{since}T00:00:00+00:00"}},
    ]
    return {
        "filter": {"operator": "AND", "conditions": conditions},
        "fields": {"include": ["date.created", "country.iso3", "title"]},
        "sort": ["date.created:asc"],
        "limit": LIMIT,
        "offset": offset,
    }


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Keep the answer; the total says whether more reports follow."""
    try:
        answer = json.loads(data)
        total, offset = int(answer["totalCount"]), int((request.body or {})["offset"])
    except (ValueError, KeyError, TypeError):
        return Kept(data)
    after = offset + LIMIT
    if after >= min(total, MOST_PAGES * LIMIT):
        return Kept(data)
    what = f"{request.what.partition(' offset ')[0]} offset {after}"
    return Kept(data, [replace(request, what=what, body={**(request.body or {}), "offset": after})])


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with an answer."""
    return SHAPE.check(saved)


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the table indicators: only months that have ended are counted."""
    counted, findings = Counter[tuple[str, date]](), list[Finding]()
    for one in saved:
        iso3 = one.name.split()[1]
        months, faults = each(one, SHAPE.rows(one), lambda row, _: [{"month": _month(row)}])
        counted.update((iso3, row["month"]) for row in months)
        findings += faults
    when = max((fetched(one) for one in saved), default=asked.now)
    ended = {key: n for key, n in counted.items() if key[1] < month_start(when.date())}
    return Tidied(
        tables_from({"indicators": [_row(*key, n, when) for key, n in sorted(ended.items())]}), findings
    )


def _month(row: Row) -> date:
    return month_start(datetime.fromisoformat(worded(row["fields"]["date"]["created"])).date())


def _row(iso3: str, month: date, reports: int, when: datetime) -> dict[str, Any]:
    return {
        "indicator": "reports on ReliefWeb",
        "where": iso3,
        "date": month,
        "value": float(reports),
        "unit": "reports/month",
        "who": "ReliefWeb",
        "known_at": when,
        "known_basis": "stated",
        **provenance("reliefweb", PAGE),
    }
