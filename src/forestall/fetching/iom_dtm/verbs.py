"""IOM DTM -> stocks of internally displaced people by area and round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from forestall.core.errors import Finding
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.shapes import Row, Shape, fetched, provenance, tidied
from forestall.recording.saved import Saved, Tidied, read_json, whole_people, worded

LEVELS = ("admin0", "admin1", "admin2")
PAGE = "https://dtm.iom.int/"
HELP = "set the header Ocp-Apim-Subscription-Key; IOM gives a key on registration"
NOTHING = "No data found"
SHAPE = Shape("DTM", HELP, ("result",), ("operation", "numPresentIdpInd", "reportingDate", "roundNumber"))


def ask(asked: Asked) -> list[Request]:
    """Ask for each level of areas in each country."""
    return [
        Request(
            f"{level} {iso3} from {asked.since}",
            f"/v3/displacement/{level}",
            {"Admin0Pcode": iso3, "FromReportingDate": str(asked.since), "ToReportingDate": str(asked.today)},
            secret_headers={"Ocp-Apim-Subscription-Key": asked.key or ""},
            country=iso3,
        )
        for iso3 in asked.countries
        for level in LEVELS
    ]


def save(request: Request, data: bytes, asked: Asked) -> Kept:
    """Keep the answer."""
    return Kept(data)


def check(saved: Saved) -> list[Finding]:
    """Return what is wrong with an answer; that nothing was found comes as an error of the source."""
    answer, _ = read_json(saved)
    if isinstance(answer, dict) and answer.get("isSuccess") is False:
        said = "; ".join(map(str, answer.get("errorMessages") or ()))
        if said == NOTHING:
            return [
                Finding("W225", "warning", "the answer holds no row; that is not a zero", table=saved.name)
            ]
        return [
            Finding("E162", "error", "DTM refused the request", table=saved.name, value=said[:120], next=HELP)
        ]
    return SHAPE.check(saved)


def tidy(saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Make the table stocks."""
    return tidied("stocks", saved, SHAPE.rows, _stock)


def _stock(row: Row, saved: Saved) -> list[dict[str, Any]]:
    codes = (row.get(f"admin{level}Pcode") for level in (2, 1, 0))
    place = next(worded(code) for code in codes if code and code != "Not available")
    day, origin = date.fromisoformat(str(row["reportingDate"])[:10]), row.get("idpOriginAdmin1Pcode")
    origin = "" if origin in (None, "", "Not available") else str(origin)
    parts = ["dtm", place, origin, worded(row.get("displacementReason") or "all reasons"), str(day)]
    why = worded(row.get("displacementReason") or "all reasons").casefold()
    return [
        {
            "stock": "_".join(part.replace(" ", "-") for part in parts if part) + f"_r{row['roundNumber']}",
            "place": place,
            "group": f"idps, {why}" + (f", from {origin}" if origin else ""),
            "date": day,
            "people": whole_people(row["numPresentIdpInd"]),
            "known_at": fetched(saved),
            "known_basis": "stated",
            **provenance("iom-dtm", PAGE, worded(row["operation"])),
        }
    ]
