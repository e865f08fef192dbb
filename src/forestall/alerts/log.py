"""The history of alerts: what was staged, released, told, corrected and withdrawn, by whom; never edited.

The state of an alert follows from its entries. An entry is named by what it is, so that the same
staging or the same telling, done twice, is one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from forestall.core.errors import UsageError
from forestall.core.names import nearest

if TYPE_CHECKING:
    from forestall.store import Connection

STAGED, APPROVED, TOLD, NOT_TOLD = "staged", "approved", "told", "not told"
WITHDRAWN, CORRECTED = "withdrawn", "corrected"
CALL_OFF = "call off"
"""Rule of an alert that proposes to end another; released, it is done with."""


@dataclass(slots=True)
class Alert:
    """An alert with its history.

    Parameters
    ----------
    name : str
        Its identifier.
    crisis : str
        Name of the crisis.
    state : str
        "staged", "approved" or "withdrawn".
    content : mapping
        What it says, corrections taken in.
    history : list of mapping
        Every entry: when, what, who, and what was said.
    """

    name: str
    crisis: str
    state: str
    content: dict[str, Any]
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def told_by(self) -> set[str]:
        """The channels over which its last state has been told."""
        told: set[str] = set()
        for entry in self.history:
            if entry["act"] in (APPROVED, CORRECTED, WITHDRAWN):
                told = set()
            elif entry["act"] == TOLD:
                told.add(entry["content"]["channel"])
        return told

    @property
    def version(self) -> int:
        """How often its state was changed for those who are told."""
        return sum(entry["act"] in (APPROVED, CORRECTED, WITHDRAWN) for entry in self.history)


def name_of(crisis: str, rule: str, subject: str, as_of: str) -> str:
    """Return the identifier of an alert: the same watch on the same figures gives the same.

    Examples
    --------
    >>> name_of("mali", "odds", "MLI", "2026-11-24T00:00:00+00:00")
    'mali-odds-MLI-f3b83b0e'
    """
    digest = sha256(f"{crisis}|{rule}|{subject}|{as_of}".encode()).hexdigest()[:8]
    return f"{crisis}-{rule.replace(' ', '-')}-{subject}-{digest}".replace(" ", "-")


def write(
    connection: Connection,
    alert: str,
    act: str,
    content: Mapping[str, Any],
    *,
    person: str | None = None,
    now: datetime | None = None,
    once: str | None = None,
) -> None:
    """Add an entry.

    Parameters
    ----------
    connection
        A transaction that writes.
    alert, act, content
        Which alert, what was done, and what there is to say of it.
    person
        Who did it.
    now
        When; the present moment where None.
    once
        What makes the entry the same as another: such an entry is added once. Else its moment.
    """
    moment = now or datetime.now(UTC)
    entry = sha256(f"{alert}|{act}|{once or moment.isoformat()}".encode()).hexdigest()
    connection.execute(
        "insert into alert_log values ($entry, $alert, $moment, $act, $person, $content) "
        "on conflict do nothing",
        {
            "entry": entry,
            "alert": alert,
            "moment": moment,
            "act": act,
            "person": person,
            "content": json.dumps(dict(content), sort_keys=True),
        },
    )


def alerts(connection: Connection, crisis: str | None = None) -> dict[str, Alert]:
    """Return every alert with its history, the oldest first.

    Parameters
    ----------
    connection
        A transaction.
    crisis
        Name of a crisis; None for all.
    """
    found: dict[str, Alert] = {}
    for row in connection.rows("select * from alert_log order by logged_at, act"):
        content = json.loads(row["content"])
        entry = {
            "at": row["logged_at"].astimezone(UTC),
            "act": row["act"],
            "person": row["person"],
            "content": content,
        }
        if row["act"] == STAGED:
            found[row["alert"]] = Alert(row["alert"], content["crisis"], STAGED, content)
        alert = found.get(row["alert"])
        if alert is not None:
            _apply(alert, entry)
    return {name: one for name, one in found.items() if crisis is None or one.crisis == crisis}


def _apply(alert: Alert, entry: dict[str, Any]) -> None:
    """Take an entry into an alert."""
    alert.history.append(entry)
    if entry["act"] in (APPROVED, WITHDRAWN):
        alert.state = entry["act"]
    if entry["act"] == CORRECTED:
        alert.content = {**alert.content, **entry["content"]}


def alert_named(connection: Connection, name: str) -> Alert:
    """Return an alert by its identifier.

    Raises
    ------
    UsageError
        Where there is none; the nearest is given.
    """
    found = alerts(connection)
    if name not in found:
        hint = nearest(name, found)
        raise UsageError(
            f"no alert {name!r}" + (f"; nearest: {hint}" if hint else "") + "; see `forestall alert list`"
        )
    return found[name]


def standing(connection: Connection, crisis: str) -> dict[tuple[str, str], str]:
    """Return the alerts of a crisis that are not over, by rule and subject."""
    return {
        (one.content["rule"], one.content["subject"]): name
        for name, one in alerts(connection, crisis).items()
        if one.state != WITHDRAWN and (one.content["rule"], one.state) != (CALL_OFF, APPROVED)
    }
