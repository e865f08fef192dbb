"""routes.csv and closures.csv: links between places, and when they are closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from forestall.core.names import nearest
from forestall.flee.reading.cells import Notes, Row, number_of, read_rows
from forestall.flee.reading.places import PlaceRow

ROUTES = "routes.csv"
CLOSURES = "closures.csv"
ATTRIBUTES = ("max_move_speed", "walk_probability")
ClosureKind = Literal["country", "location", "link", "camp", "idpcamp"]
KINDS: tuple[ClosureKind, ...] = ("country", "location", "link", "camp", "idpcamp")


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link as the file states it; ``copies`` is how often the peer makes it."""

    start: str
    end: str
    km: float
    copies: int
    max_move_speed: float | None
    walk_probability: float


@dataclass(frozen=True, slots=True)
class ClosureRow:
    """A closure as the file states it."""

    kind: ClosureKind
    first: str
    second: str
    start: int
    end: int


def read_routes(path: Path, places: Mapping[str, PlaceRow], notes: Notes) -> list[LinkRow]:
    """Read routes.csv in the order of the file: of equal links the first is travelled."""
    comments, rows = read_rows(path, notes)
    header = next((c.cells for c in comments if len(c.cells) >= 3), ())
    if rows and rows[0].cell(0).lower() in ("name1", "name", "from", "start"):
        notes.mended("a header without # was read as a header", ROUTES, row=rows[0].line)
        header, rows = rows[0].cells, rows[1:]
    extra = [name.strip().lower() for name in header[4:]]
    for name in extra:
        if name and name not in ATTRIBUTES:
            notes.add(
                "N382",
                "note",
                "extra column: no rule reads it",
                ROUTES,
                column=name,
                nearest=nearest(name, ATTRIBUTES),
            )
    links = [link for row in rows if (link := _link(row, extra, places, notes)) is not None]
    _note_duplicates(links, notes)
    return links


def _link(row: Row, extra: list[str], places: Mapping[str, PlaceRow], notes: Notes) -> LinkRow | None:
    start, end, km = row.cell(0), row.cell(1), number_of(row.cell(2))
    unknown = [name for name in (start, end) if name not in places]
    for name in unknown:
        notes.refused(
            "a link to an unknown place", ROUTES, row=row.line, value=name, nearest=nearest(name, places)
        )
    if unknown:
        return None
    if start == end:
        notes.refused("a link from a place to itself", ROUTES, row=row.line, value=start)
        return None
    if km is None or km <= 0:
        notes.refused(
            "a link without a length above 0",
            ROUTES,
            row=row.line,
            column="distance",
            value=row.cell(2),
            expected="kilometres",
        )
        return None
    forced = number_of(row.cell(3)) or 0
    if forced not in (0, 1, 2):
        notes.refused(
            "a forced_redirection other than 0, 1 or 2; it counts as 0",
            ROUTES,
            row=row.line,
            value=row.cell(3),
        )
    if forced == 1:
        notes.add(
            "W484",
            "warning",
            "forced_redirection 1: the peer makes the link twice, so that its weight is doubled",
            ROUTES,
            row=row.line,
        )
    if forced == 2:
        start, end = end, start
        notes.add("N383", "note", "forced_redirection has no effect on movement", ROUTES, row=row.line)
    values = {name: _attribute(row, 4 + i, name, notes) for i, name in enumerate(extra) if name in ATTRIBUTES}
    return LinkRow(
        start,
        end,
        km,
        2 if forced == 1 else 1,
        values.get("max_move_speed"),
        values.get("walk_probability") or 0.0,
    )


def _attribute(row: Row, number: int, name: str, notes: Notes) -> float | None:
    text = row.cell(number)
    value = number_of(text)
    wrong = value is None or (value <= 0 if name == "max_move_speed" else not 0 <= value <= 1)
    if text and wrong:
        notes.refused(
            "a value that cannot be; the general setting holds", ROUTES, row=row.line, column=name, value=text
        )
    return None if wrong else value


def _note_duplicates(links: list[LinkRow], notes: Notes) -> None:
    seen: set[frozenset[str]] = set()
    for link in links:
        pair = frozenset((link.start, link.end))
        if pair in seen:
            notes.add(
                "W485",
                "warning",
                "a link given twice: each counts as a choice and the first is travelled, as in the peer",
                ROUTES,
                value=f"{link.start} - {link.end}",
            )
        seen.add(pair)


def read_closures(
    path: Path, places: Mapping[str, PlaceRow], links: list[LinkRow], days: int, notes: Notes
) -> list[ClosureRow]:
    """Read closures.csv in the order of the file."""
    _, rows = read_rows(path, notes)
    found = []
    for row in rows:
        if row.cell(0).lower() in ("closure_type", "type"):
            continue
        closure = _closure(row, places, links, notes)
        if closure is None:
            continue
        if closure.start >= days:
            notes.add(
                "N384",
                "note",
                "a closure outside the period has no effect",
                CLOSURES,
                row=row.line,
                value=str(closure.start),
            )
        found.append(closure)
    return found


def _closure(
    row: Row, places: Mapping[str, PlaceRow], links: list[LinkRow], notes: Notes
) -> ClosureRow | None:
    kind, first, second = row.cell(0).lower(), row.cell(1), row.cell(2)
    if kind == "remove_forced_redirection":
        notes.add(
            "N383", "note", "remove_forced_redirection has no effect on movement", CLOSURES, row=row.line
        )
        return None
    known = next((k for k in KINDS if k == kind), None)
    if known is None:
        notes.refused(
            "an unknown kind of closure",
            CLOSURES,
            row=row.line,
            value=row.cell(0),
            nearest=nearest(kind, KINDS),
            expected=", ".join(KINDS),
        )
        return None
    if not _is_about_something(known, first, second, row, places, links, notes):
        return None
    start, end = number_of(row.cell(3)), number_of(row.cell(4))
    if start is None:
        notes.refused("a closure without a first day", CLOSURES, row=row.line, value=row.cell(3))
        return None
    if end is None:
        notes.mended("a closure without a last day never ends", CLOSURES, row=row.line)
    if known == "link":
        notes.add(
            "W486",
            "warning",
            "the peer ignores closures of single links; flee-3-intended carries them out",
            CLOSURES,
            row=row.line,
        )
    return ClosureRow(known, first, second, int(start), -1 if end is None else int(end))


def _is_about_something(
    kind: ClosureKind,
    first: str,
    second: str,
    row: Row,
    places: Mapping[str, PlaceRow],
    links: list[LinkRow],
    notes: Notes,
) -> bool:
    """Return whether what is closed exists."""
    countries = {place.country for place in places.values()}
    choices = countries if kind == "country" else set(places)
    needed = (first, second) if kind in ("country", "link") else (first,)
    unknown = [name for name in needed if name not in choices]
    for name in unknown:
        what = "country" if kind == "country" else "place"
        notes.refused(
            f"a closure of an unknown {what}",
            CLOSURES,
            row=row.line,
            value=name,
            nearest=nearest(name, sorted(choices)),
        )
    if unknown:
        return False
    if kind == "link" and not any({link.start, link.end} == {first, second} for link in links):
        notes.refused(
            "a closure of an unknown link",
            CLOSURES,
            row=row.line,
            value=f"{first} - {second}",
            expected="a link of routes.csv",
        )
        return False
    return True
