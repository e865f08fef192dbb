"""From the store into a crisis: what the sources it names had said by the moment, each thing once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from forestall.core.errors import Finding, Unavailable, UsageError
from forestall.core.moments import parse_moment
from forestall.recording.append import appended
from forestall.recording.same_event import OF, one_of_each
from forestall.store import Database, open_database
from forestall.store.migrate import tables_there
from forestall.store.rows import rows_as_of
from forestall.world.names import folded

if TYPE_CHECKING:
    from forestall.crisis import Crisis

PLACES = {
    "stocks": (("place", "place"),),
    "movements": (("origin", "origin_place"), ("destination", "destination_place")),
}
"""Columns that name a place in words, and where the identifier of a place of the crisis goes."""
SCHEME = "://"


@dataclass(frozen=True)
class Joined:
    """A crisis with the rows of the store, what was matched on the way, and what was found."""

    crisis: Crisis
    matches: pl.DataFrame | None = None
    findings: list[Finding] = field(default_factory=list)


def store_of(crisis: Crisis) -> Database:
    """Return the store a crisis names: a path is seen from its folder."""
    text = crisis.plan.record.store
    if not text or SCHEME in text or crisis.folder is None:
        return open_database(text or None)
    return open_database(os.path.normpath(crisis.folder / text))


def with_store(crisis: Crisis, moment: str | datetime | None = None) -> Joined:
    """Return a crisis with what its sources had said by a moment.

    Of each thing the newest figure known then is taken; an event that two sources tell of is taken
    once; places are recognised by code or name. A crisis that names no source is returned as it is.

    Parameters
    ----------
    crisis
        As opened, with no moment yet.
    moment
        Moment of knowledge; None for all that is known.

    Raises
    ------
    UsageError, Unavailable
        Where the store is not there, or cannot be reached.
    CrisisError
        Where a row contradicts one of the folder of the same key and date of knowledge.
    """
    sources = crisis.plan.record.sources
    if not sources:
        return Joined(crisis)
    as_of = parse_moment(moment, crisis.zone) if moment is not None else None
    tables, silent = _rows(store_of(crisis), sources, crisis.settings.iso3, as_of)
    matches = None
    if "events" in tables:
        tables["events"], matches = one_of_each(tables["events"], sources)
    plain = {name: _placed(crisis, name, table.drop(OF)) for name, table in tables.items()}
    more, findings = appended(crisis, {**_without(plain, "sources"), **_named(plain, crisis)})
    return Joined(more, matches, [*findings, *_said(plain, matches, silent)])


def _rows(
    database: Database, sources: tuple[str, ...], iso3: tuple[str, ...], as_of: datetime | None
) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """Return the rows by table, each with the source that was asked, and the sources that gave none."""
    found: dict[str, list[pl.DataFrame]] = {}
    silent = []
    with database.reading() as connection:
        names = tables_there(connection)
        for source in sources:
            heard = False
            for name in names:
                countries = () if name == "sources" else iso3
                rows = rows_as_of(connection, name, as_of, iso3=countries, sources=[source])
                heard |= rows.height > 0 and name != "sources"
                found.setdefault(name, []).append(rows.with_columns(pl.lit(source).alias(OF)))
            silent += [] if heard else [source]
    return {name: pl.concat(parts) for name, parts in found.items() if any(p.height for p in parts)}, silent


def _without(tables: Mapping[str, pl.DataFrame], name: str) -> dict[str, pl.DataFrame]:
    return {key: table for key, table in tables.items() if key != name}


def _named(tables: Mapping[str, pl.DataFrame], crisis: Crisis) -> dict[str, pl.DataFrame]:
    """Return the rows of sources that the rows name and the crisis does not have."""
    used = {one for name, table in tables.items() if name != "sources" for one in table["source"].unique()}
    if "sources" not in tables:
        return {}
    there = set(crisis.as_read("sources")["source"].to_list())
    rows = tables["sources"].unique("source", keep="last", maintain_order=True)
    return {"sources": rows.filter(pl.col("source").is_in(list(used - there)))}


def _placed(crisis: Crisis, name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return a table with the places of the crisis that its words name, by code or by any of their names."""
    if name not in PLACES:
        return table
    known = _places(crisis)
    for words, column in PLACES[name]:
        found = [known.get(folded(text)) for text in table[words].fill_null("")]
        matched = pl.Series(column, found, dtype=pl.String)
        table = table.with_columns(pl.coalesce(matched, pl.col(column)).alias(column))
    return table


def _places(crisis: Crisis) -> dict[str, str]:
    """Return the places of a crisis by name, other name or code; what may stand for two is left out."""
    found: dict[str, set[str]] = {}
    for row in crisis.as_read("places").iter_rows(named=True):
        names = [row["place"], row["name"], *(row["other_names"] or "").split("|")]
        names += [row["admin1_code"]] if row["kind"] == "admin" else []
        names += [row["country"]] if row["kind"] == "country" else []
        for text in filter(None, names):
            found.setdefault(folded(text), set()).add(row["place"])
    return {name: next(iter(places)) for name, places in found.items() if len(places) == 1 and name}


def _said(
    tables: Mapping[str, pl.DataFrame], matches: pl.DataFrame | None, silent: list[str]
) -> list[Finding]:
    """Return what was taken, what was matched, and which source gave nothing."""
    rows = ", ".join(f"{name} {table.height:,}" for name, table in tables.items() if name != "sources")
    findings = [Finding("N602", "note", f"rows taken from the store: {rows or 'none'}", table="store")]
    if matches is not None and matches.height:
        message = f"{matches.height} events are told by two sources and count once"
        findings.append(Finding("N603", "note", message, table="events", next="see event_matches"))
    what = "the store holds nothing of the source on these countries by the moment; that is not a zero"
    return findings + [
        Finding(
            "W602",
            "warning",
            what,
            table="store",
            value=source,
            next=f"forestall fetch {source} --country CODE",
        )
        for source in silent
    ]


def store_findings(crisis: Crisis, known: Mapping[str, object]) -> list[Finding]:
    """Return what stands against reading the store that a crisis names.

    Parameters
    ----------
    crisis
        The crisis.
    known
        Every source there is, by name.
    """
    from forestall.core.names import nearest

    sources = crisis.plan.record.sources
    findings = [
        Finding(
            "E607",
            "error",
            "no source has that name",
            table="crisis.toml",
            column="record.sources",
            value=name,
            nearest=nearest(name, known) or "",
            next="forestall fetch --list",
        )
        for name in sources
        if name not in known
    ]
    if sources:
        findings += _no_store(crisis)
    return findings


def _no_store(crisis: Crisis) -> list[Finding]:
    try:
        database = store_of(crisis)
        there, why = database.exists(), "there is no store yet"
    except (UsageError, Unavailable) as error:
        there, why = False, str(error)
    if there:
        return []
    where = crisis.plan.record.store or str(Path(open_database().address))
    fault = Finding(
        "E606", "error", why, table="crisis.toml", column="record.store", value=where, next="forestall fetch"
    )
    return [fault]
