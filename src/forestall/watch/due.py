"""What is due: sources not asked for long enough, crises whose inputs are others than at the last watch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forestall.core.files import sha256_of
from forestall.crisis import Crisis, folder_of
from forestall.fetching.registry import Source, source_named
from forestall.options.faults import FILE
from forestall.options.plan import Plan
from forestall.settings import Settings, read_settings

if TYPE_CHECKING:
    from forestall.store import Connection

FIRST_BACK = timedelta(days=365)
"""How far back a source is asked the first time."""
OVERLAP = timedelta(days=35)
"""How far back it is asked again: late months and revisions are caught up, and a day that was missed."""


@dataclass(frozen=True)
class Watched:
    """A crisis under watch: its folder, its settings, and the plan that follows from them."""

    name: str
    folder: Path
    settings: Settings
    plan: Plan

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources it names."""
        return self.plan.record.sources


def watched(name: str) -> Watched:
    """Return a crisis by name or folder, by its settings alone: a watch without news opens no table.

    Raises
    ------
    UsageError, CrisisError
        Where there is none, or its settings have faults.
    """
    folder = folder_of(name)
    settings = read_settings(folder / FILE)
    plan = Crisis(settings, {}, folder=folder).plan
    return Watched(folder.resolve().name, folder, settings, plan)


@dataclass(frozen=True, slots=True)
class Due:
    """A source that is due, for which countries, since which day."""

    source: Source
    countries: tuple[str, ...]
    since: date


def due_sources(connection: Connection | None, crises: Sequence[Watched], now: datetime) -> list[Due]:
    """Return the sources that the crises name and that were not asked for as long as they go.

    One that failed is due at once; one whose last answer lies after the present clock is due too.
    """
    wanted: dict[str, set[str]] = {}
    for crisis in crises:
        for name in crisis.sources:
            wanted.setdefault(name, set()).update(crisis.settings.iso3)
    answered = _answered(connection) if connection is not None else {}
    found = []
    for name, countries in sorted(wanted.items()):
        source = source_named(name)
        last = _last_for(answered.get(name, []), countries)
        waits = timedelta(hours=source.due_hours)
        if last is None or not timedelta(0) <= now - last < waits:
            first = now - FIRST_BACK if last is None else min(last, now) - OVERLAP
            found.append(Due(source, tuple(sorted(countries)), first.astimezone(UTC).date()))
    return found


def _answered(connection: Connection) -> dict[str, list[tuple[set[str], datetime]]]:
    rows = connection.rows("select source, countries, started_at from fetches where outcome <> 'failed'")
    found: dict[str, list[tuple[set[str], datetime]]] = {}
    for row in rows:
        found.setdefault(row["source"], []).append((set(row["countries"].split()), row["started_at"]))
    return found


def _last_for(fetches: Sequence[tuple[set[str], datetime]], countries: set[str]) -> datetime | None:
    """Return when a source last answered on all of these countries."""
    moments = [moment for asked, moment in fetches if countries <= asked]
    return max(moments).astimezone(UTC) if moments else None


def fingerprints(connection: Connection | None, crises: Sequence[Watched], now: datetime) -> dict[str, str]:
    """Return for each crisis a hash of all that a run of it would read.

    The files of its folder, the rows that its sources gave, the version of the software, and the month:
    with a new month the months ahead are others.
    """
    news = _news(connection) if connection is not None else {}
    return {crisis.name: _fingerprint(crisis, news, now) for crisis in crises}


def _news(connection: Connection) -> dict[str, list[str]]:
    """Return the moments of fetches that brought rows, by source."""
    rows = connection.rows("select source, entry from fetches where new_rows > 0 order by entry")
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["source"], []).append(row["entry"])
    return found


def _fingerprint(crisis: Watched, news: Mapping[str, Sequence[str]], now: datetime) -> str:
    files = sorted(path for path in crisis.folder.iterdir() if path.suffix in (".csv", ".toml"))
    parts = [f"{path.name} {sha256_of(path)}" for path in files if path.is_file()]
    parts += [f"{source} {entry}" for source in crisis.sources for entry in news.get(source, ())]
    parts += [version("forestall"), f"{now:%Y-%m}", os.environ.get("FORESTALL_STORE", "")]
    return sha256("\n".join(parts).encode()).hexdigest()


def moment_of(crisis: Watched, now: datetime) -> str:
    """Return the moment a watch runs a crisis at: now, or the one crisis.toml names, as of a replay."""
    return crisis.settings.as_of or now.isoformat()


def last_watches(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return the last watch of each crisis, and of each the last that ended well."""
    found: dict[str, dict[str, Any]] = {}
    for row in connection.rows("select * from watches order by watched_at"):
        here = found.setdefault(row["crisis"], {})
        here["last"] = row
        if row["outcome"] != "failed":
            here["good"] = row
    return found
