"""locations.csv: places with their types, populations and capacities."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from forestall.core.names import nearest
from forestall.flee.reading.cells import Notes, Row, number_of, read_rows

FILE = "locations.csv"
FIXED = 8
Kind = Literal["town", "conflict", "camp", "idpcamp", "forward", "marker", "flood_zone", "untyped"]
ATTRIBUTES = (
    "conflict_intensity",
    "initial_idps",
    "capacity_per_day",
    "deactivation_probability",
)
"""Extra columns that the rules read."""
UNREAD = ("trade_volume", "hdi")
"""Extra columns that only rules left out would read."""


@dataclass(frozen=True)
class PlaceRow:
    """A place as the file states it."""

    place: str
    name: str
    region: str
    country: str
    x: float | None
    y: float | None
    kind: Kind
    conflict_date: int | None
    number: float | None
    attributes: dict[str, float] = field(default_factory=dict)

    @property
    def is_camp(self) -> bool:
        """Whether the number is a capacity."""
        return self.kind in ("camp", "idpcamp")


def kind_of(text: str) -> Kind:
    """Return what the peer makes of a type, matched by part of the word in its order.

    Examples
    --------
    >>> kind_of("forwarding_hub"), kind_of("IDPcamp"), kind_of("Conflict_Zone"), kind_of("village")
    ('forward', 'idpcamp', 'conflict', 'untyped')
    """
    folded = text.lower()
    if "camp" in folded:
        return "idpcamp" if "idp" in folded else "camp"
    kinds: tuple[tuple[str, Kind], ...] = (
        ("conflict", "conflict"),
        ("forward", "forward"),
        ("marker", "marker"),
        ("flood_zone", "flood_zone"),
        ("default", "town"),
        ("town", "town"),
    )
    return next((kind for part, kind in kinds if part in folded), "untyped")


def slug(name: str, taken: set[str]) -> str:
    """Return a short identifier in lower case that is not taken yet.

    Examples
    --------
    >>> slug("Bobo-Dioulasso", set()), slug("Deir_ez_Zur", {"deir-ez-zur"})
    ('bobo-dioulasso', 'deir-ez-zur-2')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "place"
    wanted, number = base, 2
    while wanted in taken:
        wanted, number = f"{base}-{number}", number + 1
    return wanted


def read_places(path: Path, notes: Notes) -> list[PlaceRow]:
    """Read locations.csv.

    Returns
    -------
    list of PlaceRow
        In the order of the file: the first place's country is home.
    """
    comments, rows = read_rows(path, notes)
    header = next((c.cells for c in comments if len(c.cells) >= FIXED - 2), ())
    if rows and rows[0].cell(0).lower() in ("name", "location", "location_name"):
        notes.mended("a header without # was read as a header", FILE, row=rows[0].line)
        header, rows = rows[0].cells, rows[1:]
    extra = [name.strip().lower() for name in header[FIXED:]]
    _note_extra(extra, notes)
    places: dict[str, PlaceRow] = {}
    taken: set[str] = set()
    for row in rows:
        place = _place(row, extra, taken, notes)
        if place is None or not _is_new(place, places, row, notes):
            continue
        taken.add(place.place)
        places[place.name] = place
    return list(places.values())


def _note_extra(extra: list[str], notes: Notes) -> None:
    for name in extra:
        if name and name not in ATTRIBUTES:
            what = "only rules that are left out read it" if name in UNREAD else "no rule reads it"
            hint = nearest(name, ATTRIBUTES)
            notes.add("N382", "note", f"extra column: {what}", FILE, column=name, nearest=hint)


def _is_new(place: PlaceRow, places: dict[str, PlaceRow], row: Row, notes: Notes) -> bool:
    known = places.get(place.name)
    if known is None:
        return True
    same = (known.kind, known.number, known.country) == (place.kind, place.number, place.country)
    if same:
        notes.mended("a place given twice was read once", FILE, row=row.line, value=place.name)
    else:
        notes.add(
            "E482",
            "error",
            "two different places have the same name",
            FILE,
            row=row.line,
            column="name",
            value=place.name,
            expected="one row per place",
        )
    return False


def _place(row: Row, extra: list[str], taken: set[str], notes: Notes) -> PlaceRow | None:
    name = row.cell(0)
    if not name or len(row.cells) < 6:
        notes.refused(
            "a row with too few cells",
            FILE,
            row=row.line,
            value=",".join(row.cells)[:60],
            expected="name, region, country, latitude, longitude, location_type, conflict_date, pop/cap",
        )
        return None
    kind = kind_of(row.cell(5))
    if kind == "untyped":
        hint = nearest(row.cell(5), ["town", "camp", "idpcamp", "conflict_zone", "forwarding_hub", "marker"])
        notes.add(
            "W482",
            "warning",
            "unknown type: people leave the place every day, as in the peer",
            FILE,
            row=row.line,
            column="location_type",
            value=row.cell(5),
            nearest=hint,
        )
    return PlaceRow(
        place=slug(name, taken),
        name=name,
        region=row.cell(1) or "unknown",
        country=row.cell(2) or "unknown",
        x=_coordinate(row, 3, notes),
        y=_coordinate(row, 4, notes),
        kind=kind,
        conflict_date=_conflict_date(row, kind, notes),
        number=_number(row, kind, notes),
        attributes=_attributes(row, extra, notes),
    )


def _coordinate(row: Row, number: int, notes: Notes) -> float | None:
    text = row.cell(number)
    value = number_of(text)
    if value is None and text:
        notes.refused("a coordinate that is no number", FILE, row=row.line, value=text)
    return value


def _conflict_date(row: Row, kind: Kind, notes: Notes) -> int | None:
    text = row.cell(6)
    value = number_of(text)
    if kind == "conflict" and value is None:
        notes.mended(
            "a conflict zone without a day of conflict is in conflict from day 0",
            FILE,
            row=row.line,
            column="conflict_date",
            value=text,
        )
        return 0
    return None if value is None else int(value)


def _number(row: Row, kind: Kind, notes: Notes) -> float | None:
    """Return population or capacity; None is unknown, never 0."""
    text = row.cell(7)
    value = number_of(text)
    what = "capacity" if kind in ("camp", "idpcamp") else "population"
    if text and value is None:
        notes.refused(
            f"a {what} that is no number; it counts as unknown",
            FILE,
            row=row.line,
            column="pop/cap",
            value=text,
        )
    elif value is not None and value < 0 and what == "population":
        notes.refused(
            "a negative population; it counts as unknown", FILE, row=row.line, column="pop/cap", value=text
        )
        return None
    elif value is not None and value < 1 and what == "capacity":
        notes.add(
            "W483",
            "warning",
            "a capacity below 1 is no limit in the peer: it counts as unknown",
            FILE,
            row=row.line,
            column="pop/cap",
            value=text,
        )
        return None
    elif value is None and what == "capacity":
        notes.add(
            "W483",
            "warning",
            "the capacity is unknown: the camp has no limit",
            FILE,
            row=row.line,
            column="pop/cap",
            value=row.cell(0),
        )
    if value is not None and value != int(value):
        notes.mended(f"a {what} that is no whole number was cut", FILE, row=row.line, value=text)
    return None if value is None else float(int(value))


def _attributes(row: Row, extra: list[str], notes: Notes) -> dict[str, float]:
    found: dict[str, float] = {}
    for offset, name in enumerate(extra):
        text = row.cell(FIXED + offset)
        if name not in ATTRIBUTES or not text:
            continue
        value = number_of(text)
        if value is None:
            notes.refused("a value that is no number", FILE, row=row.line, column=name, value=text)
        else:
            found[name] = value
    return found
