"""IDMC internal displacement updates -> movements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from forestall.core.errors import Finding
from forestall.recording.saved import (
    UNREADABLE,
    Saved,
    Tidied,
    misshapen,
    read_json,
    refused,
    tables_from,
    whole_people,
    worded,
)

HELP = "add client_id to the request; IDMC gives one on demand"
SOURCE = {
    "source": "idmc-idu",
    "publisher": "Internal Displacement Monitoring Centre",
    "title": "Internal Displacement Updates",
    "licence": "not stated",
    "redistribution": "not stated",
}
RECOMMENDED = "recommended figure"
Row = Mapping[str, Any]


def tidy(saved: Sequence[Saved], *, iso3: Sequence[str] = (), disasters: bool = False) -> Tidied:
    """Make the tables movements and sources from internal displacement updates.

    An update becomes known when IDMC wrote it (``created_at``), or at the date of knowledge of the
    file where that is later: a figure may have been revised since under the same id.

    Parameters
    ----------
    saved
        Answers, each a list of updates.
    iso3
        Countries to keep, all where empty.
    disasters
        Whether to keep people displaced by disasters too.
    """
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for one in saved:
        updates, faults = _updates(one)
        findings += faults
        if updates is not None:
            findings += _take_in(rows, one, updates, iso3, disasters=disasters)
    if any(finding.severity == "error" for finding in findings):
        return Tidied({}, findings)
    rows.sort(key=lambda row: (row["movement"], row["known_at"]))
    return Tidied(tables_from({"movements": rows, "sources": [SOURCE] if rows else []}), findings)


def _updates(saved: Saved) -> tuple[list[Row] | None, list[Finding]]:
    """Return the updates of a file, or the findings that say why there are none."""
    fault = refused(saved, "IDMC", HELP)
    if fault:
        return None, [fault]
    answer, fault = read_json(saved)
    if fault:
        return None, [fault]
    if isinstance(answer, dict):
        answer = answer.get("results")
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        return None, [misshapen(saved, "the answer is no list of updates", expected="[{...}, ...]")]
    empty = Finding("W225", "warning", "the answer holds no row; that is not a zero", table=saved.name)
    return answer, [] if answer else [empty]


def _take_in(
    rows: list[dict[str, Any]], saved: Saved, updates: Sequence[Row], iso3: Sequence[str], *, disasters: bool
) -> list[Finding]:
    """Add the updates of one file to the table."""
    left_out = {"a figure that is not the recommended one": 0, "people displaced by a disaster": 0}
    for number, row in enumerate(updates, start=1):
        if iso3 and row.get("iso3") not in iso3:
            continue
        if str(row.get("role") or RECOMMENDED).casefold() != RECOMMENDED:
            left_out["a figure that is not the recommended one"] += 1
        elif not disasters and str(row.get("displacement_type")).casefold() == "disaster":
            left_out["people displaced by a disaster"] += 1
        else:
            try:
                rows.append(_movement(row, saved.known_at))
            except UNREADABLE as error:
                return [
                    misshapen(
                        saved,
                        "an update cannot be read",
                        row=number,
                        value=f"{type(error).__name__}: {error}"[:120],
                    )
                ]
    return [
        Finding("N323", "note", f"{count} rows on {what} were left out", table=saved.name)
        for what, count in left_out.items()
        if count
    ]


def _movement(row: Row, known_at: datetime | None) -> dict[str, Any]:
    created = datetime.fromisoformat(row["created_at"])
    created = created if created.tzinfo else created.replace(tzinfo=UTC)
    figure, low, high = _figure(row)
    origin, destination = _ends(row)
    return {
        "movement": f"idu-{int(row['id'])}",
        "group": _group(row),
        "origin": origin,
        "destination": destination,
        "start": date.fromisoformat(str(row.get("displacement_start_date") or row["displacement_date"])[:10]),
        "people": figure,
        "low": low,
        "high": high,
        "counted_how": _said(row.get("qualifier")),
        "kind": "idps",
        "wave": _said(row.get("event_name")),
        "source": "idmc-idu",
        "url": _said(row.get("source_url")),
        "known_at": created if known_at is None else max(created, known_at),
        "known_basis": "stated",
        "basis": "reported",
        "confidence": "medium",
        "note": _said(row.get("sources")),
    }


def _figure(row: Row) -> tuple[int | None, int | None, int | None]:
    """Return the figure, and what its qualifier says of it: more than is a low one, up to a high one."""
    people = whole_people(row["figure"])
    qualifier = str(row.get("qualifier") or "").casefold()
    low = people if qualifier in ("more than", "at least", "over") else None
    high = people if qualifier in ("less than", "up to", "at most") else None
    return people, low, high


def _ends(row: Row) -> tuple[str, str]:
    """Return origin and destination in words; the source names places of one end or of both."""
    named = ", ".join(
        part.strip() for part in str(row.get("locations_name") or "").split(";") if part.strip()
    )
    kind = str(row.get("locations_type") or "").casefold()
    country = worded(row["country"])
    origin = named if named and "origin" in kind else country
    destination = named if named and "destination" in kind else country
    return origin, destination


def _group(row: Row) -> str:
    return f"people displaced in {row['country']}"


def _said(value: Any) -> str | None:
    """Return a text, or nothing where the source says nothing."""
    return str(value).strip() or None if value is not None else None
