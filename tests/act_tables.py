"""A made-up crisis for the tests of act: two parties, two outside actors, one road."""

from datetime import date, datetime

import polars as pl

from forestall.crisis import Crisis
from forestall.schema import table_of
from forestall.settings import Settings

PROVENANCE = {
    "source": "test",
    "url": None,
    "known_basis": "end of day",
    "basis": "reported",
    "confidence": "high",
    "note": None,
}


def at(text):
    whole = text if "T" in text else text + "T00:00"
    return datetime.fromisoformat(whole if "+" in whole else whole + "+00:00")


def rows(table, *given):
    """Fill rows with provenance and nulls; ``known_at`` defaults to noon of the row's date."""
    columns = table_of(table).columns
    filled = []
    for row in given:
        day = row.get("date") or row.get("made_on")
        known = row.get("known_at") or (at(f"{day}T12:00") if day else row.get("effective", at("2000-01-01")))
        whole = {**PROVENANCE, "known_at": known, **row}
        filled.append({c.name: whole.get(c.name, c.default or None) for c in columns})
    schema = {c.name: _type(c.type) for c in columns}
    return pl.DataFrame(filled, schema=schema)


def _type(name):
    types = {
        "date": pl.Date,
        "timestamp": pl.Datetime("us", "UTC"),
        "integer": pl.Int64,
        "number": pl.Float64,
    }
    return types.get(name, pl.Boolean if name == "boolean" else pl.String)


def event(name, day, kind, actor, form="material", stance="conflict", target="ALP", **more):
    return {
        "event": name,
        "date": date.fromisoformat(day),
        "kind": kind,
        "actor": actor,
        "target": target,
        "form": form,
        "stance": stance,
        "description": f"{actor} {kind}",
        **more,
    }


def crisis(**tables):
    settings = Settings(
        title="Two valleys",
        iso3=("ALP", "BET"),
        zone="UTC",
        period={"start": date(2020, 1, 1), "end": date(2023, 12, 31)},
    )
    filled = {
        name: table if isinstance(table, pl.DataFrame) else rows(name, *table)
        for name, table in tables.items()
    }
    return Crisis(settings, filled)


ACTORS = (
    {"actor": "ALP", "name": "Alpland", "kind": "state", "role": "party"},
    {"actor": "BET", "name": "Betia", "kind": "state", "role": "party"},
    {"actor": "GAM", "name": "Gamma Union", "kind": "organisation", "role": "outside"},
    {"actor": "DEL", "name": "Deltania", "kind": "state", "role": "outside"},
)
