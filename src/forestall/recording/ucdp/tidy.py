"""UCDP events -> deaths by country, month and kind of violence, with the vintage of each figure.

A release states some months completely and may revise single events of other months: the same id
with other figures. So a figure is the sum over the latest revision of every event known by then, and
every release that changes it gives one more row with its own date of knowledge. Nothing is edited.
The vintage is that of the time, so a replay on these rows is real-time, not pseudo-real-time.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import polars as pl

from forestall.core.errors import Finding
from forestall.core.moments import add_months, end_of_day
from forestall.recording.saved import Saved, Tidied, tables_from
from forestall.recording.ucdp.events import VIOLENCE, joined_pages, read_events
from forestall.recording.ucdp.releases import Release, release_of

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

PAGE = "https://ucdp.uu.se/downloads/"
SOURCES = {
    "ucdp-candidate": "Candidate events dataset",
    "ucdp-ged": "Georeferenced event dataset",
}
Key = tuple[str, "date", str]


@dataclass(frozen=True, slots=True)
class Dated:
    """One release with its events and the moment it became public."""

    saved: Saved
    release: Release
    events: pl.DataFrame
    known_at: datetime
    by_rule: bool


@dataclass(slots=True)
class Ledger:
    """What is known so far: the latest revision of every event, the months stated, the rows written."""

    events: pl.DataFrame
    stated: set[date] = field(default_factory=set)
    written: dict[Key, tuple[int | None, int, int | None]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def tidy(
    saved: Sequence[Saved],
    *,
    zone: ZoneInfo,
    iso3: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
) -> Tidied:
    """Make the tables deaths and sources from files of UCDP events.

    Parameters
    ----------
    saved
        Files, in any order. Give the earlier releases too where a release revises them.
    zone
        Zone in which a day of release ends.
    iso3
        Countries to keep, all where empty. A month that a release states without an event of a kept
        country is written as 0: the source says so.
    names
        ISO3 codes of countries by the name UCDP uses, where its number is not known here.

    Returns
    -------
    Tidied
        A month that had not ended when its release came out has no best figure, only a low one.
    """
    dated, findings = _read(saved, zone)
    if any(finding.severity == "error" for finding in findings):
        return Tidied({}, findings)
    ledger = Ledger(_no_events(), findings=findings)
    for one in sorted(dated, key=lambda d: (d.known_at, d.release.last, d.saved.name)):
        _take_in(ledger, one, iso3, names or {}, zone)
    used = sorted({row["source"] for row in ledger.rows})
    sources = [_source(name) for name in used]
    return Tidied(tables_from({"deaths": ledger.rows, "sources": sources}), ledger.findings)


def _read(saved: Sequence[Saved], zone: ZoneInfo) -> tuple[list[Dated], list[Finding]]:
    """Read every file with its release and date of knowledge."""
    dated, findings = [], list[Finding]()
    pages, faults = joined_pages(saved)
    findings += faults
    for one in pages:
        events, faults = read_events(one)
        findings += faults
        if events is None:
            continue
        release = release_of(one.name) or _release_by_dates(one, events)
        if release is None:
            findings.append(_no_date(one, "the name tells no release and the file holds no event"))
        elif one.known_at is None and release_of(one.name) is None:
            findings.append(_no_date(one, "the name tells no release"))
        else:
            known_at = one.known_at or end_of_day(release.published, zone)
            dated.append(Dated(one, release, events, known_at, by_rule=one.known_at is None))
    return dated, findings


def _release_by_dates(saved: Saved, events: pl.DataFrame) -> Release | None:
    """Return a release that states the months from its first event to its last, but no zeros."""
    first, last = events["month"].min(), events["month"].max()
    if first is None or last is None:
        return None
    published = add_months(last, 1)  # type: ignore[arg-type]
    return Release(f"UCDP {saved.name}", first, last, published, "ucdp-candidate", whole=False)  # type: ignore[arg-type]


def _no_date(saved: Saved, why: str) -> Finding:
    return Finding(
        "E165",
        "error",
        f"nobody says when the file became public: {why}",
        table=saved.name,
        expected="a name such as GEDEvent_v26_0_8.csv, or --known-at",
        next="forestall record CRISIS --from FILE --known-at 2026-09-20",
    )


def _take_in(
    ledger: Ledger, one: Dated, iso3: Sequence[str], names: Mapping[str, str], zone: ZoneInfo
) -> None:
    """Take one release into the ledger and write the rows that it changes."""
    events = one.events.unique("id", keep="last", maintain_order=True)
    _note_repeats(ledger, one, events)
    events = _placed(ledger, one, events, iso3, names)
    known_on = one.known_at.astimezone(zone).date()
    complete = {month for month in one.release.months if known_on >= add_months(month, 1)}
    events = _without_unstated(ledger, one, events)
    kept = ledger.events.filter(~pl.col("month").is_in(list(one.release.months)))
    ledger.events = pl.concat([kept, events]).unique("id", keep="last", maintain_order=True)
    countries = sorted(set(iso3) or set(ledger.events["iso3"].to_list()))
    ledger.stated |= set(one.release.months)
    _write(ledger, one, countries, complete)


def _note_repeats(ledger: Ledger, one: Dated, events: pl.DataFrame) -> None:
    repeats = one.events.height - events.height
    if repeats:
        message = f"{repeats} events stand twice in the file; the last row of each was read"
        ledger.findings.append(Finding("N321", "note", message, table=one.saved.name))


def _placed(
    ledger: Ledger, one: Dated, events: pl.DataFrame, iso3: Sequence[str], names: Mapping[str, str]
) -> pl.DataFrame:
    """Return the events with their ISO3 code, those of the countries asked for."""
    codes = {}
    for number, name in events.select("country_id", "country").unique(maintain_order=True).iter_rows():
        code = iso3_of(number, name, names)
        codes[number, name] = code
        if code is None:
            count = events.filter((pl.col("country_id") == number) & (pl.col("country") == name)).height
            ledger.findings.append(_unplaced(one, number, name, count))
    pairs = [{"country_id": n, "country": c, "iso3": code} for (n, c), code in codes.items()]
    table = pl.DataFrame(pairs, schema={"country_id": pl.Int64, "country": pl.String, "iso3": pl.String})
    placed = events.join(
        table, on=["country_id", "country"], how="left", nulls_equal=True, maintain_order="left"
    )
    placed = placed.filter(pl.col("iso3").is_not_null())
    return placed.filter(pl.col("iso3").is_in(list(iso3))) if iso3 else placed


def _unplaced(one: Dated, number: int | None, name: str | None, count: int) -> Finding:
    message = f"{count} events of a country without a known ISO3 code were left out"
    return Finding(
        "W222",
        "warning",
        message,
        table=one.saved.name,
        column="country",
        value=f"{name} ({number})",
        next=f"--country '{name}=XXX' names its code",
    )


def _without_unstated(ledger: Ledger, one: Dated, events: pl.DataFrame) -> pl.DataFrame:
    """Return the events of months that some release states; a revision alone gives no sum."""
    known = list(ledger.stated | set(one.release.months))
    unstated = events.filter(~pl.col("month").is_in(known))
    if unstated.height:
        months = ", ".join(str(month)[:7] for month in unstated["month"].unique().sort().head(6))
        message = f"{unstated.height} events are of months that no file given here states; they were left out"
        ledger.findings.append(
            Finding(
                "W223",
                "warning",
                message,
                table=one.saved.name,
                value=months,
                next="give the releases of those months too: --from FILE --from FILE",
            )
        )
    return events.filter(pl.col("month").is_in(known))


def _write(ledger: Ledger, one: Dated, countries: Sequence[str], complete: set[date]) -> None:
    """Write a row for every country, month and kind of violence whose figure the release changes."""
    sums = _sums(ledger.events)
    unfinished = [month for month in one.release.months if month not in complete]
    stated = [(c, m, v) for m in one.release.months for c in countries for v in VIOLENCE.values()]
    for key in sorted({*stated, *ledger.written}, key=lambda k: (k[1], k[0], k[2])):
        if key in sums or key in ledger.written or one.release.whole:
            _write_one(ledger, one, key, sums, finished=key[1] not in unfinished)
    for month in unfinished:
        message = "the month had not ended when the release came out; it has a low figure only"
        ledger.findings.append(
            Finding("W221", "warning", message, table=one.saved.name, value=str(month)[:7])
        )


def _sums(events: pl.DataFrame) -> dict[Key, dict[str, Any]]:
    """Return the sums of deaths and what is doubtful in them, by country, month and violence."""
    grouped = events.group_by("iso3", "month", "violence").agg(
        pl.sum("best", "low", "high"),
        pl.len().alias("events"),
        (~pl.col("clear")).sum().alias("unclear"),
        pl.sum("spans", "vague"),
    )
    return {(row["iso3"], row["month"], row["violence"]): row for row in grouped.to_dicts()}


_NOTHING = {"best": 0, "low": 0, "high": 0, "events": 0, "unclear": 0, "spans": 0, "vague": 0}


def _write_one(
    ledger: Ledger, one: Dated, key: Key, sums: Mapping[Key, Mapping[str, Any]], *, finished: bool
) -> None:
    found = sums.get(key, _NOTHING)
    figure = (found["best"], found["low"], found["high"]) if finished else (None, found["low"], None)
    if ledger.written.get(key) == figure:
        return
    ledger.written[key] = figure
    where, month, violence = key
    ledger.rows.append(
        {
            "where_kind": "country",
            "where": where,
            "period": "month",
            "start": month,
            "violence": violence,
            "best": figure[0],
            "low": figure[1],
            "high": figure[2],
            "vintage": one.release.vintage,
            "source": one.release.source,
            "url": PAGE,
            "known_at": one.known_at,
            "known_basis": "end of day" if one.by_rule else "stated",
            "basis": "derived",
            "confidence": _confidence(found),
            "note": _remark(found, finished=finished, by_rule=one.by_rule),
        }
    )


def _confidence(found: Mapping[str, Any]) -> str:
    """Return high where every event is clear, low where more than half are not."""
    if not found["unclear"]:
        return "high"
    return "low" if found["unclear"] * 2 > found["events"] else "medium"


def _remark(found: Mapping[str, Any], *, finished: bool, by_rule: bool) -> str:
    """Return what a reader should know of a sum."""
    parts = ["" if finished else "month not ended", f"{found['events']} events"]
    parts += [
        f"{found[name]} {words}"
        for name, words in (
            ("unclear", "not clear"),
            ("spans", "begun in an earlier month"),
            ("vague", "dated to the year or worse"),
        )
        if found[name]
    ]
    parts += ["day of release by the calendar of the source"] if by_rule else []
    return "; ".join(part for part in parts if part)


def _no_events() -> pl.DataFrame:
    numbers = dict.fromkeys(("id", "country_id", "best", "low", "high"), pl.Int64)
    flags = dict.fromkeys(("spans", "vague", "clear"), pl.Boolean)
    types = {
        **numbers,
        "country": pl.String,
        "violence": pl.String,
        "month": pl.Date,
        **flags,
        "iso3": pl.String,
    }
    order = (
        "id",
        "country",
        "country_id",
        "best",
        "low",
        "high",
        "violence",
        "month",
        "spans",
        "vague",
        "clear",
        "iso3",
    )
    return pl.DataFrame(schema={name: types[name] for name in order})


def _source(name: str) -> dict[str, Any]:
    return {
        "source": name,
        "publisher": "Uppsala Conflict Data Program",
        "title": SOURCES[name],
        "licence": "CC BY 4.0",
        "redistribution": "attribution",
    }


@cache
def _gw_codes() -> dict[int, tuple[str, str]]:
    text = files("forestall.recording.ucdp").joinpath("countries.csv").read_text(encoding="utf-8")
    return {int(row["gw_code"]): (row["iso3"], row["name"]) for row in csv.DictReader(text.splitlines())}


def iso3_of(number: int | None, name: str | None, names: Mapping[str, str]) -> str | None:
    """Return the ISO3 code of a country by UCDP's name or its Gleditsch-Ward number, or None.

    The number counts only where the name agrees with it in a word.

    Examples
    --------
    >>> iso3_of(373, "Azerbaijan", {}), iso3_of(373, "Borduria", {})
    ('AZE', None)
    >>> iso3_of(1, "Borduria", {"Borduria": "BDR"})
    'BDR'
    """
    if name is not None and name in names:
        return names[name]
    code, known = _gw_codes().get(number if number is not None else -1, (None, ""))
    return code if _words(known) & _words(name or "") else None


def _words(name: str) -> set[str]:
    """Return the words of a name that tell countries apart."""
    folded = (
        name.casefold()
        .replace("-", " ")
        .replace("(", " ")
        .replace(")", " ")
        .replace(",", " ")
        .replace("|", " ")
    )
    return {word for word in folded.split() if len(word) > 3 or word in ("lao", "dr", "uk")}
