"""Small made-up crises on which displacement can be worked out by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import polars as pl

from forestall.crisis import Crisis
from forestall.options.displace import DisplaceOptions
from forestall.schema import frame, table_of
from forestall.settings import Settings

START = datetime(2030, 5, 1, tzinfo=UTC)
KNOWN = datetime(2030, 4, 1, tzinfo=UTC)
CERTAIN = {
    "share_leaving": 1.0,
    "far_share": 1.0,
    "reached": 1.0,
    "fear": 0.0,
    "capacity_drift": 0.0,
    "people_per_vehicle": 1.0,
    "without_vehicle": 0.0,
    "return_possible": 0.0,
    "control_lost": 0.0,
    "distance_decay": 1.0,
    "pull_spread": 0.0,
    "reopening_hurry": 1.0,
    "days_to_leave": 1e-6,
    "jam_density": 100.0,
    "danger_hours": 0.0,
    "route_sensitivity": 1.0,
    "reaches_area": 1.0,
    "stay_hours": 1e9,
}


def table(name: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return rows as a table of the schema; what is required and not given is filled in."""
    fill = {"timestamp": KNOWN, "date": KNOWN.date(), "text": "made up", "ref": "made_up", "id": "x"}
    columns = {
        column.name: [
            row.get(column.name, column.default or fill.get(column.type))
            if column.required
            else row.get(column.name)
            for row in rows
        ]
        for column in table_of(name).columns
    }
    return frame(name, pl.DataFrame(columns, strict=False, infer_schema_length=None))


def road(start: str, end: str, **cells: Any) -> dict[str, Any]:
    """Return a corridor of one hour and unlimited storage, with changes."""
    row = {
        "corridor": f"{start}-{end}",
        "from_place": start,
        "to_place": end,
        "mode": "road",
        "km": 50.0,
        "free_hours": 1.0,
        "vehicles_per_hour": 1e9,
    }
    return {**row, **cells}


def crisis(
    people: Mapping[str, int],
    roads: Sequence[Mapping[str, Any]],
    reception: Sequence[str] = ("gate",),
    departures: Mapping[str, int] | None = None,
    **tables: Sequence[Mapping[str, Any]],
) -> Crisis:
    """Return a crisis at its onset: places, roads that are open, people, and departures where given."""
    first = {"status": "open", "effective": datetime(2030, 1, 1, tzinfo=UTC)}
    given_log = list(tables.get("corridor_status", ()))
    told = {row["corridor"] for row in given_log}
    log = [{**first, "corridor": row["corridor"]} for row in roads if row["corridor"] not in told]
    tables = {**tables, "corridor_status": [*log, *given_log]}
    names = sorted({*people, *reception, *(row[end] for row in roads for end in ("from_place", "to_place"))})
    given = {
        "places": [
            {"place": n, "name": n, "kind": "settlement", "country": "XAA", "hosts": n in reception}
            for n in names
        ],
        "corridors": roads,
        "population": [
            {
                "place": n,
                "people": k,
                "low": k,
                "high": k,
                "kind": "census",
                "level": "settlement",
                "date": date(2030, 4, 1),
            }
            for n, k in people.items()
        ],
        "departures": [
            {"place": n, "date": START.date(), "people": k} for n, k in (departures or {}).items()
        ],
        **tables,
    }
    settings = Settings(
        title="Made up",
        iso3=("XAA",),
        zone="UTC",
        period={"start": date(2030, 1, 1), "end": date(2031, 1, 1)},
    )
    frames = {name: table(name, rows) for name, rows in given.items() if len(rows)}
    return Crisis(settings, MappingProxyType(frames)).at(START)


def attack() -> list[dict[str, Any]]:
    """Return the event that says that violence has started."""
    return [
        {
            "event": "E1",
            "date": date(2030, 4, 30),
            "kind": "violence",
            "actor": "one side",
            "target": "origin",
            "form": "material",
            "stance": "conflict",
            "description": "An offensive begins",
            "step": "offensive",
        }
    ]


def options(**changes: Any) -> DisplaceOptions:
    """Return options in which nothing is left to chance, with changes."""
    fixed = {**CERTAIN, **changes.pop("fixed", {})}
    return DisplaceOptions(**{"draws": 2, "horizon": "20 days", "fixed": fixed, "workers": 1, **changes})
