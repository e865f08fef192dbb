"""GDELT -> indicators: acts of material conflict a day by country, as the news tell it; counts of reports."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from forestall.core.errors import CrisisError, Finding, UsageError
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import fetched, provenance
from forestall.recording.saved import Saved, Tidied, misshapen, refused, tables_from
from forestall.world.names import country_named

LAST = "last update"
PATH = "/gdeltv2/lastupdate.txt"
PAGE = "https://www.gdeltproject.org/"
QUARTER = timedelta(minutes=15)
MOST_BACK = timedelta(days=2)
"""Files of a day are 96; more than two days are not asked for one by one."""
COLUMNS, DAY, QUAD, PLACE = 61, 1, 29, 52
MATERIAL_CONFLICT = "4"
MOST_UNZIPPED = 500_000_000
NAMED = re.compile(r"(\d{14})\.export\.CSV")


def ask(asked: Asked) -> list[Request]:
    """Ask which file is the newest, and for those of up to two days before."""
    first = max(datetime.combine(asked.since, datetime.min.time(), UTC), asked.now - MOST_BACK)
    start = first - timedelta(minutes=first.minute % 15, seconds=first.second, microseconds=first.microsecond)
    recent = asked.since >= asked.today - MOST_BACK
    moments = [start + n * QUARTER for n in range(1, int((asked.now - start) / QUARTER))] if recent else []
    return [Request(LAST, PATH), *(_export(f"{moment:%Y%m%d%H%M%S}") for moment in moments)]


def _export(stamp: str) -> Request:
    name = f"{stamp}.export.CSV"
    return Request(f"events {stamp}", f"/gdeltv2/{name}.zip", name=name, may_lack=True)


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Ask for the newest file of events; keep it unpacked."""
    if request.what != LAST:
        return Kept(_unzipped(data))
    stamps = NAMED.findall(data.decode("utf-8", "replace"))
    return Kept(data, [_export(stamp) for stamp in stamps[:1]])


def _unzipped(data: bytes) -> bytes:
    """Return the table of a zip file, or what came where it is none, for the check to say."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entry = archive.infolist()[0]
            return archive.read(entry) if entry.file_size <= MOST_UNZIPPED else data
    except (zipfile.BadZipFile, IndexError, RuntimeError, NotImplementedError):
        return data


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with a file: it has no header, so the number of columns must fit."""
    if saved.name == LAST:
        fault = refused(saved, "GDELT", "look at the address in a browser")
        named = NAMED.search(saved.data.decode("utf-8", "replace"))
        return [fault or misshapen(saved, "no file of events is named")] if fault or not named else []
    first = saved.data.partition(b"\n")[0].count(b"\t") + 1
    if first != COLUMNS:
        return [
            misshapen(
                saved, f"the file has {first} columns: the source may have changed", expected=f"{COLUMNS}"
            )
        ]
    return []


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the table indicators; a day counts what is in the files at hand, and says how many they are."""
    counted, files = Counter[tuple[str, date]](), Counter[date]()
    for one in saved:
        if one.name != LAST:
            files[_day(one.name[:8])] += 1
            counted.update(_acts(one, asked))
    when = max((fetched(one) for one in saved), default=asked.now)
    rows = [
        _row(iso3, day, acts, files[day], when) for (iso3, day), acts in sorted(counted.items()) if files[day]
    ]
    return Tidied(tables_from({"indicators": rows}))


def _acts(saved: Saved, asked: Asked) -> Iterator[tuple[str, date]]:
    for line in saved.data.decode("utf-8", "replace").splitlines():
        cells = line.split("\t")
        if len(cells) == COLUMNS and cells[QUAD] == MATERIAL_CONFLICT and cells[DAY].isdigit():
            iso3 = _country(cells[PLACE].rpartition(",")[2].strip())
            if iso3 in asked.countries:
                yield iso3, _day(cells[DAY])


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()


@lru_cache(maxsize=1000)
def _country(name: str) -> str:
    """Return the ISO3 code of a country by its name: the codes of the source are of another system."""
    try:
        return country_named(name) if name else ""
    except (CrisisError, UsageError):
        return ""


def _row(iso3: str, day: date, acts: int, files: int, when: datetime) -> dict[str, Any]:
    return {
        "indicator": "acts of material conflict in the news",
        "where": iso3,
        "date": day,
        "value": float(acts),
        "unit": "acts/day",
        "who": "GDELT",
        "known_at": when,
        "known_basis": "stated",
        **provenance("gdelt", PAGE, f"{files} of 96 files of the day"),
    }
