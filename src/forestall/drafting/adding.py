"""The few things only people know, one row each: checked before they are written, appended whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from forestall.checks import check_crisis
from forestall.core.errors import CrisisError, Finding, UsageError, errors_in
from forestall.core.files import write_atomic
from forestall.core.moments import end_of_day, parse_moment
from forestall.core.names import nearest
from forestall.crisis import Crisis, open_crisis, shipped
from forestall.drafting.asked import fields_of
from forestall.drafting.choice import identifier
from forestall.recording.append import appended
from forestall.schema import frame, table_of
from forestall.world.names import Candidate, folded, likest, places_like

Row = dict[str, Any]
KINDS = {
    "event": "events", "closure": "corridor_status", "count": "counts", "control": "control",
    "estimate": "population",
}  # fmt: skip
STANCES = {
    "statement": "criticism", "court": "criticism", "aid": "cooperation", "mediation": "cooperation",
    "ceasefire": "cooperation", "agreement": "cooperation", "mission": "cooperation", "return": "cooperation",
}  # fmt: skip
"""Stance of an event where none is given, by its kind; conflict for every other."""
LONGEST_SOURCE = 40


def place_in(crisis: Crisis, text: str) -> str:
    """Return the place of a crisis that a text names: by identifier, any name, or code of its area.

    Parameters
    ----------
    crisis
        As opened.
    text
        As somebody wrote it.

    Raises
    ------
    CrisisError
        Where it is no place or several, with those it may stand for.
    """
    known: dict[str, list[Candidate]] = {}
    for row in crisis.as_read("places").iter_rows(named=True):
        one = Candidate("place", row["place"], row["name"], row["admin1"] or "")
        if text.strip() == row["place"]:
            return str(row["place"])
        names = [row["place"], row["name"], *(row["other_names"] or "").split("|")]
        names += [row["admin1_code"]] if row["kind"] == "admin" else []
        for name in {folded(name) for name in names if name}:
            known.setdefault(name, []).append(one)
    found = likest(text, known)
    if len(found) == 1 and found[0].likeness == 100:
        return found[0].code
    elsewhere = [] if found and found[0].likeness == 100 else _by_other_names(crisis, text)
    if len(elsewhere) == 1:
        return elsewhere[0]
    several = bool(found) and found[0].likeness == 100
    code, message = (
        ("E502", "several places bear that name") if several else ("E505", "no place has that name")
    )
    near = "; ".join(str(one) for one in found)
    raise CrisisError([Finding(code, "error", message, "places", None, "place", text, nearest=near)])


def _by_other_names(crisis: Crisis, text: str) -> list[str]:
    """Return the places that are a town of the world which bears a name, in whatever script."""
    places = crisis.as_read("places").filter(kind="settlement")
    ours = {(row["country"], row["name"]): row["place"] for row in places.iter_rows(named=True)}
    towns = [
        (iso3, one.name)
        for iso3 in crisis.settings.iso3
        for one in places_like(text, iso3)
        if one.kind == "town" and one.likeness == 100
    ]
    return [ours[town] for town in dict.fromkeys(towns) if town in ours]


def corridors_between(crisis: Crisis, one: str, other: str) -> list[str]:
    """Return the corridors between two places, both ways.

    Raises
    ------
    CrisisError
        Where no corridor joins them; the places each is joined to are given.
    """
    table = crisis.as_read("corridors")
    rows = table.select("corridor", "from_place", "to_place").rows()
    found = [name for name, a, b in rows if {a, b} == {one, other}]
    if not found:
        near = sorted({b for _, a, b in rows if a == one})
        message = "no corridor joins these places"
        fault = Finding(
            "E505", "error", message, "corridors", value=f"{one}, {other}", nearest=", ".join(near)
        )
        raise CrisisError([fault])
    return found


def own_crisis(folder: str | Path) -> Crisis:
    """Open a crisis folder that may be written to.

    Raises
    ------
    UsageError
        Where it is no folder, or a crisis that comes with the package.
    """
    package = Path(str(files("forestall").joinpath("crises"))).resolve()
    if not Path(folder).is_dir() or str(folder) in shipped() or Path(folder).resolve().parent == package:
        raise UsageError(
            f"{str(folder)!r} is no crisis folder of yours; copy one or make one with forestall new"
        )
    return open_crisis(folder)


def not_permitted(table: str, rows: list[Row]) -> list[Finding]:
    """Return a finding for each cell that is none of the permitted values, with the nearest."""
    return [
        Finding("E105", "error", "not one of the permitted values", table, None, column.name,
                str(row[column.name]), " | ".join(column.values),
                nearest(str(row[column.name]), column.values))
        for row in rows
        for column in table_of(table).columns
        if column.values and row.get(column.name) is not None and row[column.name] not in column.values
    ]  # fmt: skip


def add_rows(folder: str | Path, table: str, rows: list[Row], source: str, known_at: str | None) -> list[Row]:
    """Check rows in their place among the others, then append them to the file of their table.

    Parameters
    ----------
    folder
        Folder of a crisis; one that comes with the package is refused.
    table
        Name of the table.
    rows
        Cells by column; columns of provenance are filled in, with a row's own source and known_at if any.
    source
        Identifier in sources.csv, or a publisher or address that is then listed there.
    known_at
        When the rows became public; now where none is given.

    Returns
    -------
    list of dict
        The rows as written.

    Raises
    ------
    CrisisError
        With every finding, where one of them is an error; nothing is written then.
    """
    path, crisis = Path(folder), own_crisis(folder)
    said = {"source": source, "known_at": known_at}
    given = [{**said, **{key: value for key, value in row.items() if value is not None}} for row in rows]
    listed = {one: _source(crisis, one) for one in dict.fromkeys(str(row["source"]) for row in given)}
    whole = [{**row, **_basis(crisis, row, listed[str(row["source"])][0])} for row in given]
    more = list({row["source"]: row for _, new in listed.values() for row in new}.values())
    new = {table: frame(table, whole)} | ({"sources": frame("sources", more)} if more else {})
    grown, findings = appended(crisis, new)
    before = {str(finding) for finding in errors_in(check_crisis(crisis))}
    wrong = [f for f in errors_in([*findings, *check_crisis(grown)]) if str(f) not in before]
    wrong += not_permitted(table, whole)
    if wrong:
        raise CrisisError(wrong)
    gained = [one for one, columns in new.items() if grown.as_read(one).height > crisis.as_read(one).height]
    if table not in gained:
        raise UsageError("the table says that already; nothing was added")
    # The source first: a crash between the two leaves a source without rows, which is no fault.
    for one in sorted(gained, key=lambda item: item != "sources"):
        _append(path / f"{one}.csv", one, more if one == "sources" else whole)
    return whole


def _basis(crisis: Crisis, row: Row, name: str) -> Row:
    """Return the columns of provenance of a row, by what was given with it."""
    told, at = str(row["source"]), row["known_at"]
    moment = parse_moment(at, crisis.zone) if at else datetime.now(UTC).replace(microsecond=0)
    return {"source": name, "url": told if told.startswith("http") else None, "known_at": moment,
            "known_basis": "stated", "basis": "reported", "confidence": "medium"}  # fmt: skip


def _source(crisis: Crisis, source: str) -> tuple[str, list[Row]]:
    """Return the identifier of a source, and the row that lists it where it is new."""
    known = crisis.as_read("sources")["source"].to_list()
    if source in known:
        return source, []
    name = identifier(source.removeprefix("https://").removeprefix("http://"))[:LONGEST_SOURCE].strip("_")
    if not name:
        raise UsageError(f"--source {source!r}: expected a name or an address")
    if name in known:
        return name, []
    terms = {"licence": "not stated", "redistribution": "not stated"}
    return name, [{"source": name, "publisher": source, **terms, "retrieved": datetime.now(UTC).date()}]


def _append(path: Path, table: str, rows: list[Row]) -> None:
    """Write a file again with lines more, in the order of its own header."""
    before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    header = next(csv.reader(io.StringIO(before)), None) or list(table_of(table).names)
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    if not before:
        writer.writerow(header)
    writer.writerows([_cell(row.get(name)) for name in header] for row in rows)
    gap = "" if not before or before.endswith("\n") else "\n"
    write_atomic(path, before + gap + lines.getvalue())


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else value


def row_of(crisis: Crisis, what: str, given: Mapping[str, Any]) -> list[Row]:
    """Return the rows of one thing that somebody knows.

    Parameters
    ----------
    crisis
        As opened.
    what
        event, closure, count, control or estimate.
    given
        The fields of :func:`forestall.drafting.asked.fields_of`; "before" is how many rows of the same file
        came before it.

    Raises
    ------
    UsageError
        Where something that is needed is not given, or is no day.
    """
    day = _day(given)
    end = end_of_day(day, crisis.zone)
    _need(given, *(field.name for field in fields_of(what) if field.needed))
    before = int(given.get("before") or 0)
    if what == "event":
        target = place_in(crisis, given["place"]) if given.get("place") else None
        number = f"added_{day:%Y%m%d}_{len(crisis.as_read('events')) + before + 1}"
        return [{"event": number, "date": day, "kind": given["kind"],
                 "actor": given.get("who") or "not stated", "target": target,
                 "form": given.get("form") or "material",
                 "stance": given.get("stance") or STANCES.get(given["kind"], "conflict"),
                 "description": given["words"]}]  # fmt: skip
    place = place_in(crisis, given["place"])
    if what == "closure":
        ways = corridors_between(crisis, place, place_in(crisis, given["to"]))
        return [
            {"corridor": way, "status": given.get("status") or "closed", "effective": end} for way in ways
        ]
    if what == "control":
        return [{"place": place, "held_by": given["who"], "effective": end}]
    if what == "count":
        number = f"added_{place}_{day:%Y%m%d}_{len(crisis.as_read('counts')) + before + 1}"
        return [{"count": number, "place": place, "what": given.get("kind") or "arrived",
                 "record": "cumulative", "at": end, "value": given["people"], "precision": "day",
                 "issuer": given["who"]}]  # fmt: skip
    return [{"place": place, "group": "all", "people": given["people"], "low": given.get("low"),
             "high": given.get("high"), "who": given["who"], "kind": given.get("kind") or "estimate",
             "level": "settlement", "date": day}]  # fmt: skip


def _need(given: Mapping[str, Any], *names: str) -> None:
    missing = [f"--{name}" for name in names if given.get(name) in (None, "")]
    if missing:
        raise UsageError(f"needed, but not given: {', '.join(missing)}")


def _day(given: Mapping[str, Any]) -> date:
    text = given.get("date") or datetime.now(UTC).date().isoformat()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--date {text!r}: expected a day, for example 2023-09-25") from error
