"""UCDP -> deaths by month with their vintage, and single events with their place."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from forestall.core.errors import Finding
from forestall.core.moments import add_months, month_start, months_between
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import Row, fetched, pages_of, provenance, stated, tidied
from forestall.recording.saved import Saved, Tidied, misshapen, read_json
from forestall.recording.ucdp.events import read_events
from forestall.recording.ucdp.releases import release_of
from forestall.recording.ucdp.tidy import PAGE, iso3_of
from forestall.recording.ucdp.tidy import tidy as tidy_releases
from forestall.world.read import load_countries

MONTHLY = "/downloads/candidateged/"
YEARLY = "/downloads/ged/"
API = "https://ucdpapi.pcr.uu.se/api/gedevents/"
YEARLY_PUBLIC = (6, 30)
"""Month and day by which the yearly release, up to December of the year before, is public."""
MOST_UNZIPPED = 1_500_000_000
UTC_ZONE = ZoneInfo("UTC")


def ask(asked: Asked) -> list[Request]:
    """Ask for the yearly release where an earlier year matters, and for each month after it.

    With a token the months are asked of the API, for the countries alone.
    """
    year = asked.today.year - (asked.today < date(asked.today.year, *YEARLY_PUBLIC))
    first = month_start(asked.since)
    requests = []
    if first < date(year, 1, 1):
        name = f"ged{year % 100}1-csv"
        requests.append(Request(f"yearly {year}", f"{YEARLY}{name}.zip", name=f"{name}.csv"))
        first = date(year, 1, 1)
    months = [add_months(first, n) for n in range(months_between(first, month_start(asked.today)))]
    return [*requests, *(one for month in months for one in _month(month, asked))]


def _month(month: date, asked: Asked) -> Iterator[Request]:
    version = f"{month.year % 100}_0_{month.month}"
    name = f"GEDEvent_v{version}"
    lacking = month == add_months(month_start(asked.today), -1)
    if asked.key is None:
        yield Request(f"month {month:%Y-%m}", f"{MONTHLY}{name}.csv", name=f"{name}.csv", may_lack=lacking)
        return
    for iso3 in asked.countries:
        yield Request(
            f"month {month:%Y-%m} {iso3}",
            f"{API}{version.replace('_', '.')}",
            {"pagesize": "1000", "page": "0", "Country": str(_gw(iso3))},
            secret_headers={"x-ucdp-access-token": asked.key},
            name=f"{name}.json",
            country=iso3,
            may_lack=lacking,
        )


def _gw(iso3: str) -> int:
    """Return the number UCDP has for a country."""
    found = load_countries().filter(iso3=iso3)["gw"].to_list()
    return int(found[0] or 0) if found else 0


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Keep the events: unpacked from the yearly file, page after page from the API."""
    if request.path.endswith(".zip"):
        return Kept(_unzipped(data))
    if request.params.get("page") != "0":
        return Kept(data)
    try:
        last = pages_of(json.loads(data), "TotalPages")
    except ValueError:
        last = 1
    more = [
        replace(request, what=f"{request.what} page {n}", params={**request.params, "page": str(n)})
        for n in range(1, last)
    ]
    return Kept(data, more)


def _unzipped(data: bytes) -> bytes:
    """Return the table of a zip file, or what came where it is none, for the check to say."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [one for one in archive.infolist() if one.filename.lower().endswith(".csv")]
            if not names or names[0].file_size > MOST_UNZIPPED:
                return data
            return archive.read(names[0])
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return data


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with a file: the columns that the sums need must be there."""
    if saved.data[:2] == b"PK":
        return [misshapen(saved, "the archive holds no table", expected="one CSV file")]
    answer = read_json(saved)[0] if saved.name.endswith(".json") else None
    if isinstance(answer, dict) and answer.get("Result") == []:
        return [Finding("W225", "warning", "the answer holds no row; that is not a zero", table=saved.name)]
    return read_events(saved)[1]


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the tables deaths and events: each release gives the figures that it changes."""
    files = _joined(saved)
    releases = [Saved(one.name, one.data, _when(one)) for one in files]
    found = tidy_releases(releases, zone=UTC_ZONE, iso3=asked.countries)
    events = tidied("events", files, _cells, lambda row, one: _event(row, one, asked))
    return Tidied({**found.tables, **events.tables}, [*found.findings, *events.findings])


def _when(saved: Saved) -> datetime | None:
    """Return when a file became public where its release does not say so by the calendar."""
    release = release_of(saved.name)
    by_calendar = release is not None and release.published <= fetched(saved).date()
    return None if by_calendar else saved.known_at


def _joined(saved: Sequence[Saved]) -> list[Saved]:
    """Return the files; pages of the API become one table a release, as its file would be."""
    pages: dict[str, list[Saved]] = {}
    for one in saved:
        if one.name.endswith(".json"):
            pages.setdefault(one.name, []).append(one)
    return [
        *(one for one in saved if one.name not in pages),
        *(_as_file(name, group) for name, group in pages.items()),
    ]


def _as_file(name: str, pages: Sequence[Saved]) -> Saved:
    rows = [row for one in pages for row in json.loads(one.data)["Result"]]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(column for row in rows for column in row)))
    writer.writeheader()
    writer.writerows(rows)
    when = max(map(fetched, pages))
    return Saved(name.replace(".json", ".csv"), text.getvalue().encode(), when)


def _cells(saved: Saved) -> list[Row]:
    """Return the events of a file as they stand there."""
    return list(csv.DictReader(io.StringIO(saved.data.decode("utf-8-sig", "replace"))))


def _event(row: Row, saved: Saved, asked: Asked) -> list[dict[str, Any]]:
    """Return an event that is placed to the day, in a country asked for, since the day that matters."""
    iso3 = iso3_of(int(float(row["country_id"])), str(row["country"]), {})
    day = date.fromisoformat(str(row["date_start"])[:10])
    precise = int(float(row.get("date_prec") or 1)) <= 2
    if iso3 is None or iso3 not in asked.countries or day < asked.since or not precise:
        return []
    release = release_of(saved.name)
    public = datetime.combine(release.published, datetime.max.time(), UTC_ZONE) if release else fetched(saved)
    return [
        {
            "event": f"ucdp-{int(float(row['id']))}",
            "date": day,
            "kind": "violence",
            "actor": str(row["side_a"]),
            "target": str(row["side_b"]),
            "form": "material",
            "stance": "conflict",
            "description": f"Violence reported at {row.get('adm_1') or 'an unnamed place'}, {iso3}",
            "value": float(row["best"]),
            "value_low": float(row["low"]),
            "value_high": float(row["high"]),
            "unit": "deaths",
            "lon": float(row["longitude"]) if row.get("longitude") else None,
            "lat": float(row["latitude"]) if row.get("latitude") else None,
            **stated(public, fetched(saved)),
            **provenance("ucdp", PAGE),
        }
    ]
