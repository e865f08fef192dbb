"""HDX Humanitarian API -> stocks and indicators, by the reader of saved files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from forestall.core.errors import Finding
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import Shape
from forestall.recording.hapi.tidy import HELP, LIMIT
from forestall.recording.hapi.tidy import tidy as tidy_answers
from forestall.recording.saved import Saved, Tidied

THEMES = {
    "idps": ("/api/v2/affected-people/idps", "location_code"),
    "refugees from": ("/api/v2/affected-people/refugees-persons-of-concern", "origin_location_code"),
    "refugees in": ("/api/v2/affected-people/refugees-persons-of-concern", "asylum_location_code"),
    "needs": ("/api/v2/affected-people/humanitarian-needs", "location_code"),
    "violence": ("/api/v2/coordination-context/conflict-events", "location_code"),
}
"""What is asked: its path, and the parameter that takes the country."""
SHAPE = Shape("HAPI", HELP, ("data",), ("reference_period_end",))


def ask(asked: Asked) -> list[Request]:
    """Ask each theme for each country."""
    return [
        Request(
            f"{theme} {iso3} from {asked.since}",
            path,
            {
                "output_format": "json",
                country: iso3,
                "start_date": asked.since.isoformat(),
                "limit": str(LIMIT),
                "offset": "0",
            },
            secret_params={"app_identifier": asked.key or ""},
            country=iso3,
        )
        for iso3 in asked.countries
        for theme, (path, country) in THEMES.items()
    ]


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Keep the answer; one as long as an answer can be has more behind it."""
    try:
        rows = len(json.loads(data)["data"])
    except (ValueError, KeyError, TypeError):
        rows = 0
    if rows < LIMIT:
        return Kept(data)
    offset = int(request.params["offset"]) + LIMIT
    what = f"{request.what.partition(' offset ')[0]} offset {offset}"
    return Kept(data, [replace(request, what=what, params={**request.params, "offset": str(offset)})])


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with an answer."""
    return SHAPE.check(saved)


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the tables stocks and indicators, known when fetched: no day of publication is stated."""
    whole = [one for one in saved if SHAPE.rows(one)]
    found = tidy_answers(whole)
    return Tidied(
        found.tables,
        [finding for finding in found.findings if finding.code != "W224"],
    )
