"""A folder of the format as the tables of a crisis."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from forestall.core.moments import end_of_day
from forestall.flee.reading.folder import FleeFolder
from forestall.flee.reading.places import PlaceRow

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis

SOURCE = "flee-folder"
ZONE = "UTC"
KINDS = {"camp": "site", "idpcamp": "site", "forward": "crossing", "marker": "junction"}
Rows = list[dict[str, Any]]


def crisis_of(folder: FleeFolder) -> Crisis:
    """Return the crisis that a folder describes.

    The tables whose names begin with ``flee_`` hold what the peer's rules read; places, corridors,
    population, sites and counts hold the same facts for everything else.
    """
    from types import MappingProxyType

    from forestall.crisis import Crisis
    from forestall.schema import frame
    from forestall.settings import Period, Settings

    end = folder.start + timedelta(days=folder.days - 1)
    settings = Settings(
        title=folder.title,
        iso3=(),
        zone=ZONE,
        period=Period(start=folder.start, end=end),
        step="1 day",
        draws=20,
        options={"displace": {"rules": "flee-3", "flee": folder.settings}},
    )
    tables = {name: frame(name, rows) for name, rows in rows_of(folder).items()}
    return Crisis(settings, MappingProxyType(tables), findings=folder.findings)


def rows_of(folder: FleeFolder) -> dict[str, Rows]:
    """Return the rows of every table."""
    ids = {row.name: row.place for row in folder.places}
    return {
        "sources": [
            {
                "source": SOURCE,
                "publisher": f"Flee folder {folder.title}",
                "licence": "not stated",
                "redistribution": "not stated",
            }
        ],
        "places": [_place(row) for row in folder.places],
        "corridors": _corridors(folder, ids),
        "corridor_status": [],
        "population": _population(folder),
        "events": [],
        "deaths": [],
        "standards": [],
        "sites": [
            {"site": p.place, "place": p.place, "name": p.name, "kind": "camp", **_known(folder.start)}
            for p in folder.places
            if p.is_camp
        ],
        "site_status": _site_status(folder),
        "flee_places": _flee_places(folder),
        "flee_links": _flee_links(folder, ids),
        "flee_closures": _flee_closures(folder),
        "flee_conflicts": _flee_conflicts(folder, ids),
        "flee_series": _flee_series(folder, ids),
        "flee_type_changes": _flee_type_changes(folder, ids),
    }


def _known(day: date) -> dict[str, Any]:
    """Return the provenance of a row about a day: public at its end, by assumption."""
    moment = end_of_day(day, ZoneInfo(ZONE))
    return {
        "source": SOURCE,
        "known_at": moment,
        "known_basis": "assumed",
        "basis": "reported",
        "confidence": "medium",
    }


def _place(row: PlaceRow) -> dict[str, Any]:
    """Return a place; the files hold latitude first whatever their header says."""
    return {
        "place": row.place,
        "name": row.name,
        "kind": KINDS.get(row.kind, "settlement"),
        "country": row.country,
        "admin1": row.region,
        "lon": row.y,
        "lat": row.x,
        "hosts": row.is_camp,
        "source": SOURCE,
    }


def _corridors(folder: FleeFolder, ids: dict[str, str]) -> Rows:
    rows: Rows = []
    for number, link in enumerate(folder.links, start=1):
        for suffix, start, end in (("a", link.start, link.end), ("b", link.end, link.start)):
            rows.append(
                {
                    "corridor": f"{number}{suffix}",
                    "from_place": ids[start],
                    "to_place": ids[end],
                    "mode": "road",
                    "km": link.km,
                    "source": SOURCE,
                }
            )
    return rows


def _population(folder: FleeFolder) -> Rows:
    known = [p for p in folder.places if not p.is_camp and p.number is not None]
    return [
        {
            "place": p.place,
            "group": "all",
            "people": int(p.number or 0),
            "who": SOURCE,
            "kind": "estimate",
            "level": "settlement",
            "date": folder.start,
            **_known(folder.start),
        }
        for p in known
    ]


def _site_status(folder: FleeFolder) -> Rows:
    known = _known(folder.start)
    return [
        {
            "site": p.place,
            "status": "open",
            "capacity": None if p.number is None else int(p.number),
            "effective": known["known_at"],
            **known,
        }
        for p in folder.places
        if p.is_camp
    ]


def _flee_places(folder: FleeFolder) -> Rows:
    home = folder.places[0].country if folder.places else ""
    return [
        {
            "place": p.place,
            "name": p.name,
            "country": p.country,
            "kind": "town" if p.kind == "conflict" and (p.conflict_date or 0) > 0 else p.kind,
            "abroad": p.country != home,
            "population": None if p.is_camp or p.number is None else int(p.number),
            "capacity": int(p.number) if p.is_camp and p.number is not None else None,
            "x": p.x,
            "y": p.y,
            "conflict_intensity": p.attributes.get("conflict_intensity"),
            "initial_people": int(p.attributes.get("initial_idps", 0)),
            "capacity_per_day": p.attributes.get("capacity_per_day", 0.0),
            "deactivation_probability": p.attributes.get("deactivation_probability", 0.0),
            "source": SOURCE,
        }
        for p in folder.places
    ]


def _flee_links(folder: FleeFolder, ids: dict[str, str]) -> Rows:
    return [
        {
            "link": number,
            "from_place": ids[link.start],
            "to_place": ids[link.end],
            "km": link.km,
            "copies": link.copies,
            "max_move_speed": link.max_move_speed,
            "walk_probability": link.walk_probability,
            "source": SOURCE,
        }
        for number, link in enumerate(folder.links, start=1)
    ]


def _flee_closures(folder: FleeFolder) -> Rows:
    return [
        {
            "closure": number,
            "kind": c.kind,
            "first": c.first,
            "second": c.second or None,
            "start_day": c.start,
            "end_day": c.end,
            **_known(folder.start),
        }
        for number, c in enumerate(folder.closures, start=1)
    ]


def _flee_conflicts(folder: FleeFolder, ids: dict[str, str]) -> Rows:
    """Return the strength of conflict on the days on which it changes."""
    rows: Rows = []
    for name, values in folder.conflict.items():
        before = None
        for day, value in enumerate(values):
            if value != before:
                rows.append(
                    {
                        "place": ids[name],
                        "day": day,
                        "value": value,
                        **_known(folder.start + timedelta(days=day)),
                    }
                )
            before = value
    return rows


def _flee_series(folder: FleeFolder, ids: dict[str, str]) -> Rows:
    return [
        {
            "series": series.name,
            "role": "total" if number == 0 else "camp",
            "place": ids.get(series.name) if number else None,
            "day": day,
            "people": value,
            **_known(folder.start + timedelta(days=day)),
        }
        for number, series in enumerate(folder.series)
        for day, value in enumerate(series.values)
    ]


def _flee_type_changes(folder: FleeFolder, ids: dict[str, str]) -> Rows:
    return [
        {"place": ids[name], "kind": kind, "day": day, **_known(folder.start)}
        for name, kind, day in folder.changes
    ]


def table_frames(folder: FleeFolder) -> dict[str, pl.DataFrame]:
    """Return the typed tables of a folder."""
    from forestall.schema import frame

    return {name: frame(name, rows) for name, rows in rows_of(folder).items()}
