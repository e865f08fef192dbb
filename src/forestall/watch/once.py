"""One round of the watch. What it did is in the store: a second round right after does nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forestall.alerts.figures import Figures, figures_of
from forestall.alerts.log import STAGED, name_of, standing, write
from forestall.alerts.rules import staged
from forestall.core.errors import ForestallError
from forestall.crisis import open_crisis
from forestall.fetching.asking import Asked
from forestall.fetching.fetch import Fetched, fetch
from forestall.runs import run
from forestall.watch.due import (
    Due,
    Watched,
    due_sources,
    fingerprints,
    last_watches,
    moment_of,
    watched,
)
from forestall.watch.lock import alone

if TYPE_CHECKING:
    from forestall.store import Connection, Database

AT_ONCE = 4
SHORT = 12
"""Characters of a hash that tell the inputs of two runs apart."""


@dataclass(slots=True)
class Round:
    """What a round did.

    Parameters
    ----------
    fetched : list of Fetched
        Sources that were due.
    ran : mapping of str to str
        Crises whose inputs had changed, with the folder of their run.
    same : list of str
        Crises without news.
    failed : mapping of str to str
        Crises that could not be run, with the reason.
    alerts : list of str
        Alerts staged; nobody is told of them before a person releases them.
    """

    fetched: list[Fetched] = field(default_factory=list)
    ran: dict[str, str] = field(default_factory=dict)
    same: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    alerts: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing failed."""
        return not self.failed and all(one.outcome != "failed" for one in self.fetched)


def watch_once(
    names: Sequence[str],
    database: Database,
    runs: Path,
    *,
    base: str | None = None,
    now: datetime | None = None,
    asks: Callable[..., Fetched] = fetch,
) -> Round:
    """Fetch what is due, run what changed, compare, and stage alerts.

    Parameters
    ----------
    names
        Crises, by name or folder.
    database
        The store: of sources, watches and alerts.
    runs
        Folder of runs, whose lock is held meanwhile.
    base
        Another address that plays the sources.
    now
        The moment; the present one where None.
    asks
        Fetches one source.

    Raises
    ------
    Unavailable
        Where another watch runs, or the store cannot be reached.
    """
    now = now or datetime.now(UTC)
    with alone(runs):
        crises, done = _opened(names)
        due, _ = _state(database, crises, now)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done.fetched = list(pool.map(lambda one: _ask(one, database, base, now, asks), due))
        _, prints = _state(database, crises, now)
        before = _last(database)
        for crisis in crises:
            _watch(crisis, database, runs, prints[crisis.name], before.get(crisis.name, {}), now, done)
    return done


def _opened(names: Sequence[str]) -> tuple[list[Watched], Round]:
    """Return the crises that can be read; the others have failed and leave these alone."""
    crises, done = list[Watched](), Round()
    for name in names:
        try:
            crises.append(watched(name))
        except ForestallError as error:
            done.failed[name] = str(error)
    return crises, done


def _state(database: Database, crises: Sequence[Watched], now: datetime) -> tuple[list[Due], dict[str, str]]:
    """Return what is due and what each crisis would read."""
    if not database.exists():
        return due_sources(None, crises, now), fingerprints(None, crises, now)
    with database.reading() as connection:
        return due_sources(connection, crises, now), fingerprints(connection, crises, now)


def _ask(
    due: Due, database: Database, base: str | None, now: datetime, asks: Callable[..., Fetched]
) -> Fetched:
    return asks(due.source, Asked(due.countries, due.since, now), database, base=base)


def _last(database: Database) -> dict[str, dict[str, Any]]:
    if not database.exists():
        return {}
    with database.reading() as connection:
        return last_watches(connection)


def _watch(
    crisis: Watched,
    database: Database,
    runs: Path,
    inputs: str,
    before: Mapping[str, Any],
    now: datetime,
    done: Round,
) -> None:
    """Run one crisis where its inputs are others than at the last good watch."""
    good = before.get("good")
    if good is not None and good["inputs"] == inputs:
        done.same.append(crisis.name)
        return
    folder = runs / f"{crisis.name}-{now:%Y%m%dT%H%M%SZ}-{inputs[:SHORT]}"
    try:
        figures, as_of = _run(crisis, folder, now)
    except (ForestallError, OSError) as error:
        done.failed[crisis.name] = str(error)
        _note(database, crisis.name, inputs, now, "failed", {}, str(error))
        return
    done.ran[crisis.name] = str(folder)
    old = json.loads(good["figures"]) if good is not None else None
    done.alerts += _stage(database, crisis, inputs, old, figures, now, as_of)


def _run(crisis: Watched, folder: Path, now: datetime) -> tuple[Figures, str]:
    """Run the chain and return the figures that alerts hang on, with the moment they are of."""
    made = run(open_crisis(crisis.folder), as_of=moment_of(crisis, now), out=folder)
    return figures_of(made.crisis, crisis.plan.alert.within_months), made.crisis.moment.isoformat()


def _stage(
    database: Database,
    crisis: Watched,
    inputs: str,
    old: Figures | None,
    new: Figures,
    now: datetime,
    as_of: str,
) -> list[str]:
    """Note the watch and stage its alerts, in one transaction: both, or neither."""
    named = []
    with database.writing() as connection:
        there = standing(connection, crisis.name)
        for one in staged(crisis.plan.alert, old, new, there):
            name = name_of(crisis.name, one.rule, one.subject, f"{as_of} {inputs}")
            before = _before(there, one.subject)
            content = {**one.content(), "crisis": crisis.name, "as_of": as_of, "before": before}
            write(connection, name, STAGED, content, now=now, once="staged")
            named.append(name)
        _log(connection, crisis.name, inputs, now, "staged" if named else "ran", new)
    return named


def _before(there: Mapping[tuple[str, str], str], subject: str) -> str | None:
    """Return the alert on the same subject that stands already: one on odds where there is one."""
    found = {rule: name for (rule, other), name in there.items() if other == subject}
    return next((found[rule] for rule in ("odds", "change", *found) if rule in found), None)


def _note(
    database: Database, crisis: str, inputs: str, now: datetime, outcome: str, figures: Figures, reason: str
) -> None:
    with database.writing() as connection:
        _log(connection, crisis, inputs, now, outcome, figures, reason)


def _log(
    connection: Connection,
    crisis: str,
    inputs: str,
    now: datetime,
    outcome: str,
    figures: Figures,
    reason: str | None = None,
) -> None:
    """Add the watch to the store; the same watch is there once."""
    entry = sha256(f"{crisis} {inputs} {outcome} {now.isoformat()}".encode()).hexdigest()
    connection.execute(
        "insert into watches values ($entry, $crisis, $moment, $inputs, $outcome, $reason, $figures) "
        "on conflict do nothing",
        {
            "entry": entry,
            "crisis": crisis,
            "moment": now,
            "inputs": inputs,
            "outcome": outcome,
            "reason": reason,
            "figures": json.dumps(figures),
        },
    )
