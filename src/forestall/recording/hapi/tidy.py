"""HAPI answers -> people in displacement (stocks), people in need and conflict figures (indicators)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from forestall.core.errors import Finding
from forestall.recording.saved import (
    UNREADABLE,
    Saved,
    Tidied,
    finite,
    misshapen,
    read_json,
    refused,
    tables_from,
    whole_people,
    worded,
)

HELP = "add app_identifier to the request: the word app:e-mail in base64, free of charge"
PAGE = "https://hapi.humdata.org/"
LIMIT = 10_000
"""Rows of one answer at the most; an answer of that length is cut."""

SOURCE = {
    "source": "hapi",
    "publisher": "OCHA, HDX Humanitarian API",
    "title": "HAPI v2",
    "licence": "as each contributing publisher states",
    "redistribution": "not stated",
}
STATUSES = {"INN": "in need", "TGT": "targeted", "REA": "reached", "AFF": "affected", "all": "all people"}
GROUPS = {
    "REF": "refugees",
    "ROC": "people in refugee-like situations",
    "ASY": "asylum seekers",
    "OIP": "other people in need of protection",
    "OOC": "others of concern",
    "STA": "stateless",
    "HST": "host community",
    "IDP": "idps",
    "IOC": "people in IDP-like situations",
    "RET": "returned refugees",
    "RDP": "returned idps",
}

Row = Mapping[str, Any]
Rows = dict[str, list[dict[str, Any]]]


def tidy(saved: Sequence[Saved]) -> Tidied:
    """Make the tables stocks, indicators and sources from answers of HAPI.

    The figure is that of the end of its reference period. HAPI says nothing of the day it was
    published, so every file needs its date of knowledge.

    Parameters
    ----------
    saved
        Answers on idps, refugees and returnees, humanitarian needs or conflict events.
    """
    rows: Rows = {"stocks": [], "indicators": []}
    findings: list[Finding] = []
    for one in saved:
        answer, faults = _answer(one)
        findings += faults
        if answer is not None and one.known_at is not None:
            findings += _take_in(rows, one, answer)
    if any(finding.severity == "error" for finding in findings):
        return Tidied({}, findings)
    rows["sources"] = [SOURCE] if any(rows.values()) else []
    return Tidied(tables_from(rows), findings)


def _answer(saved: Saved) -> tuple[list[Row] | None, list[Finding]]:
    """Return the rows of an answer, or the findings that say why there are none."""
    fault = refused(saved, "HAPI", HELP)
    if fault:
        return None, [fault]
    answer, fault = read_json(saved)
    if fault:
        return None, [fault]
    rows = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None, [misshapen(saved, "the answer holds no rows", expected='{"data": [...]}')]
    if saved.known_at is None:
        return None, [
            Finding(
                "E165",
                "error",
                "nobody says when the file became public",
                table=saved.name,
                expected="--known-at",
                next="forestall record CRISIS --from FILE --source hapi --known-at 2026-09-20",
            )
        ]
    return rows, _length(saved, rows)


def _length(saved: Saved, rows: Sequence[Row]) -> list[Finding]:
    """Return a finding where an answer is empty or cut."""
    if not rows:
        return [Finding("W225", "warning", "the answer holds no row; that is not a zero", table=saved.name)]
    if len(rows) >= LIMIT:
        message = f"the answer has {len(rows):,} rows, as many as one answer can hold; there may be more"
        return [Finding("W224", "warning", message, table=saved.name, next="ask again with offset")]
    return []


def _take_in(rows: Rows, saved: Saved, answer: Sequence[Row]) -> list[Finding]:
    """Add the rows of one answer to the tables."""
    left_out = 0
    for number, row in enumerate(answer, start=1):
        reader = _reader(row)
        if reader is None:
            return [
                misshapen(
                    saved,
                    "the rows are of no theme that is read",
                    row=number,
                    expected="idps, refugees, returnees, humanitarian needs or conflict events",
                    value=", ".join(sorted(row))[:120],
                )
            ]
        try:
            made = reader(row, saved.known_at)
        except UNREADABLE as error:
            return [
                misshapen(
                    saved, "a row cannot be read", row=number, value=f"{type(error).__name__}: {error}"[:120]
                )
            ]
        left_out += not made
        for table, cells in made:
            rows[table].append(cells)
    message = f"{left_out} rows on one sex or age alone were left out: the totals hold them"
    return [Finding("N323", "note", message, table=saved.name)] if left_out else []


Made = list[tuple[str, dict[str, Any]]]


def _reader(row: Row) -> Callable[[Row, datetime | None], Made] | None:
    """Return the function that reads rows of this theme, told by its columns."""
    if "asylum_location_code" in row:
        return _refugees
    if "reporting_round" in row or "assessment_type" in row:
        return _idps
    if "population_status" in row:
        return _needs
    return _violence if "fatalities" in row else None


def _refugees(row: Row, known_at: datetime | None) -> Made:
    if (row.get("gender") or "all", row.get("age_range") or "all") != ("all", "all"):
        return []
    code = worded(row["population_group"])
    group, returned = GROUPS.get(code, code), code in ("RET", "RDP")
    origin, asylum = worded(row["origin_location_code"]), worded(row["asylum_location_code"])
    place, other = (origin, asylum) if returned else (asylum, origin)
    name = f"{group} from {other}" if not returned else f"{group} back from {other}"
    return [("stocks", _stock(row, place, name, known_at))]


def _idps(row: Row, known_at: datetime | None) -> Made:
    return [
        (
            "stocks",
            _stock(
                row,
                _area(row),
                "idps",
                known_at,
                f"round {row['reporting_round']}" if row.get("reporting_round") else "",
            ),
        )
    ]


def _needs(row: Row, known_at: datetime | None) -> Made:
    status, category = worded(row["population_status"]), worded(row.get("category") or "Total")
    series = f"people {STATUSES.get(status, status)}: {worded(row['sector_name'])}" + (
        "" if category.casefold() == "total" else f", {category}"
    )
    return [("indicators", _indicator(row, series, row["population"], "people", known_at))]


def _violence(row: Row, known_at: datetime | None) -> Made:
    kind = worded(row["event_type"]).replace("_", " ")
    return [
        ("indicators", _indicator(row, f"{kind}: events", row.get("events"), "events/month", known_at)),
        ("indicators", _indicator(row, f"{kind}: deaths", row.get("fatalities"), "deaths/month", known_at)),
    ]


def _area(row: Row) -> str:
    """Return the code of the smallest area of a row."""
    given = [row[name] for name in ("admin2_code", "admin1_code", "location_code") if row.get(name)]
    if not given:
        raise KeyError("location_code")
    return worded(given[0])


def _end(row: Row) -> date:
    return datetime.fromisoformat(row["reference_period_end"]).date()


def _stock(row: Row, place: str, group: str, known_at: datetime | None, detail: str = "") -> dict[str, Any]:
    day = _end(row)
    parts = ["hapi", place, group.replace(" ", "-"), day.isoformat(), detail.replace(" ", "-")]
    return {
        "stock": "_".join(part for part in parts if part),
        "place": place,
        "group": group,
        "date": day,
        "people": whole_people(row["population"]),
        **_provenance(known_at, detail),
    }


def _indicator(row: Row, series: str, value: Any, unit: str, known_at: datetime | None) -> dict[str, Any]:
    return {
        "indicator": series,
        "where": _area(row),
        "date": _end(row),
        "value": finite(value),
        "unit": unit,
        "who": "HAPI",
        **_provenance(known_at, ""),
    }


def _provenance(known_at: datetime | None, note: str) -> dict[str, Any]:
    return {
        "source": "hapi",
        "url": PAGE,
        "known_at": known_at,
        "known_basis": "stated",
        "basis": "reported",
        "confidence": "medium",
        "note": note or None,
    }
