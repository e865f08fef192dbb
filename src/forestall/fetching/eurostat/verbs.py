"""Eurostat -> indicators: asylum applicants by citizenship, country of asylum and year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any

from forestall.core.errors import Finding
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import Row, fetched, provenance, tidied
from forestall.recording.saved import Saved, Tidied, finite, misshapen, read_json, refused
from forestall.world.read import load_countries

PATH = "/eurostat/api/dissemination/statistics/1.0/data/migr_asyappctza"
PAGE = "https://ec.europa.eu/eurostat/databrowser/view/migr_asyappctza"
OWN_CODES = {"EL": "GR", "UK": "GB"}
"""Codes that Eurostat has in place of those of ISO 3166."""
ASYNCHRONOUS = "ask for fewer years: --since; the source sends long answers later, by another way"
DIMENSIONS = ("citizen", "geo", "time")


def ask(asked: Asked) -> list[Request]:
    """Ask for the applicants of each citizenship."""
    return [
        Request(
            f"asylum {iso3} from {asked.since.year}",
            PATH,
            {
                "format": "JSON",
                "lang": "EN",
                "citizen": _iso2(iso3),
                "sinceTimePeriod": str(asked.since.year),
            },
            country=iso3,
            name=f"asylum {iso3}",
        )
        for iso3 in asked.countries
    ]


def _iso2(iso3: str) -> str:
    found = load_countries().filter(iso3=iso3)["iso2"].to_list()
    code = str(found[0]) if found else ""
    return next((own for own, iso in OWN_CODES.items() if iso == code), code)


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Keep the answer."""
    return Kept(data)


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with an answer; a promise to send it later comes as if all were well."""
    answer, fault = read_json(saved)
    fault = refused(saved, "Eurostat", "look at the address in a browser") or fault
    if fault:
        return [fault]
    if isinstance(answer, dict) and "warning" in answer and "value" not in answer:
        said = str(answer["warning"].get("label", ""))[:120] if isinstance(answer["warning"], Mapping) else ""
        message = "Eurostat will send the answer later"
        return [Finding("E162", "error", message, table=saved.name, value=said, next=ASYNCHRONOUS)]
    gone = [name for name in ("id", "size", "value", "dimension") if name not in (answer or {})]
    gone += [name for name in DIMENSIONS if not gone and name not in answer["id"]]
    if gone:
        return [
            misshapen(saved, "a part of the answer is gone", column=", ".join(gone), expected="JSON-stat 2.0")
        ]
    empty = Finding("W225", "warning", "the answer holds no row; that is not a zero", table=saved.name)
    return [] if answer["value"] else [empty]


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the table indicators; a cell that is not there is unknown, not zero."""
    codes: dict[str, str] = dict(load_countries().select("iso2", "iso3").drop_nulls().iter_rows())
    return tidied(
        "indicators",
        saved,
        lambda one: list(_cells(read_json(one)[0])),
        lambda row, one: _indicator(row, one, codes),
    )


def _cells(answer: Mapping[str, Any]) -> Iterator[Row]:
    """Return every cell with the codes of its dimensions.

    Values are either a list or a mapping by position; the last dimension runs fastest.
    """
    names = answer["id"]
    codes = [sorted(index, key=index.__getitem__) for index in (_index(answer, name) for name in names)]
    values = answer["value"]
    given = dict(enumerate(values)) if isinstance(values, list) else {int(k): v for k, v in values.items()}
    for position, key in enumerate(product(*codes)):
        if given.get(position) is not None:
            yield {**dict(zip(names, key, strict=True)), "value": given[position]}


def _index(answer: Mapping[str, Any], name: str) -> dict[str, int]:
    index = answer["dimension"][name]["category"]["index"]
    return dict(index) if isinstance(index, Mapping) else {code: n for n, code in enumerate(index)}


def _indicator(row: Row, saved: Saved, codes: Mapping[str, str]) -> list[dict[str, Any]]:
    geo = str(row["geo"])
    there = codes.get(OWN_CODES.get(geo, geo))
    people = {name: code for name, code in row.items() if name in ("age", "sex")}
    if there is None or any(code not in ("T", "TOTAL") for code in people.values()):
        return []
    applicant = f", {row['applicant']}" if row.get("applicant") else ""
    return [
        {
            "indicator": f"asylum applicants, citizens of {saved.name.split()[-1]}{applicant}",
            "where": there,
            "date": date(int(str(row["time"])[:4]), 12, 31),
            "value": finite(row["value"]),
            "unit": "people/year",
            "who": "Eurostat",
            "known_at": fetched(saved),
            "known_basis": "stated",
            **provenance("eurostat", PAGE),
        }
    ]
