"""A small made-up crisis with people present, for tests of prepare; not modelled on any place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import polars as pl

from forestall.crisis import Crisis
from forestall.schema import empty, frame, table_of
from forestall.settings import Settings

FIRST = date(2030, 3, 1)
KNOWN = datetime(2030, 2, 1, tzinfo=UTC)
OBSERVED = {
    "source": "made-up",
    "known_at": KNOWN,
    "known_basis": "stated",
    "basis": "assumption",
    "confidence": "low",
}
REFERENCE = {"source": "made-up", "basis": "assumption", "confidence": "low"}


def rows(name: str, data: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows of a table with their provenance filled in."""
    more = {"observed": OBSERVED, "reference": REFERENCE}.get(table_of(name).kind, {})
    filled = [{**(more if name != "sources" else {}), **row} for row in data]
    return frame(name, filled) if filled else empty(name)


def standard(
    item: str, quantity: float, unit: str, per: str, sector: str = "shelter", **more: Any
) -> dict[str, Any]:
    """Return one standard."""
    base = {"sector": sector, "item": item, "quantity": quantity, "unit": unit, "per": per}
    return {**base, "phase": "any", "climate": "any", "verified": "read", **more}


def supply(
    item: str, quantity: float, unit: str, place: str = "aville", day: date = FIRST, **more: Any
) -> dict[str, Any]:
    """Return one supply."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    base = {"supply": f"{place}-{item}-{day}", "place": place, "sector": "shelter", "item": item}
    return {**base, "quantity": quantity, "unit": unit, "available_from": start, **more}


def presence(people: dict[tuple[str, str], list[list[int]]]) -> pl.DataFrame:
    """Return the table presence from (place, who) to people by draw and day."""
    return rows(
        "presence",
        [
            {"draw": draw, "place": place, "date": FIRST + timedelta(days=day), "who": who, "people": count}
            for (place, who), draws in people.items()
            for draw, days in enumerate(draws)
            for day, count in enumerate(days)
        ],
    )


def episodes(happens: list[bool], weights: list[float] | None = None, **columns: list[Any]) -> pl.DataFrame:
    """Return the table episodes."""
    return rows(
        "episodes",
        [
            {
                "draw": draw,
                "happens": there,
                "ongoing": False,
                "exposed": 100,
                "share_leaving": 0.5,
                "reached": 1.0,
                "weight": weights[draw] if weights else 1.0,
                **{name: values[draw] for name, values in columns.items()},
            }
            for draw, there in enumerate(happens)
        ],
    )


def places() -> list[dict[str, Any]]:
    """Return three places: one exposed, two that receive."""
    return [
        {"place": "origin", "name": "Origin", "kind": "settlement", "lon": 10.0, "lat": 45.0, "hosts": False},
        {"place": "aville", "name": "Aville", "kind": "settlement", "lon": 10.5, "lat": 45.0, "hosts": True},
        {
            "place": "beetown",
            "name": "Beetown",
            "kind": "settlement",
            "lon": 11.0,
            "lat": 45.0,
            "hosts": True,
        },
    ]


def crisis(**tables: pl.DataFrame | list[dict[str, Any]]) -> Crisis:
    """Return a crisis of the given tables, as of the first day."""
    settings = Settings(
        title="Made-up",
        iso3=("XXX",),
        zone="UTC",
        period={"start": date(2029, 1, 1), "end": date(2031, 1, 1)},
    )
    data = {"places": places(), **tables}
    typed = {
        name: table if isinstance(table, pl.DataFrame) else rows(name, table) for name, table in data.items()
    }
    moment = datetime(2030, 3, 1, 12, tzinfo=UTC)
    return Crisis(settings, MappingProxyType(typed), as_of=moment, mode="real-time")
