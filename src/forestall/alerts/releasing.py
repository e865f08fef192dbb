"""Release, correct, withdraw: by a person who has the role, known by a phrase that only they know."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forestall.alerts.log import (
    APPROVED,
    CORRECTED,
    NOT_TOLD,
    STAGED,
    TOLD,
    WITHDRAWN,
    Alert,
    alert_named,
    write,
)
from forestall.core.errors import ForestallError, UsageError
from forestall.core.names import nearest

if TYPE_CHECKING:
    from forestall.alerts.channels import Channel
    from forestall.store import Database

SCRYPT: Mapping[str, int] = {"n": 2**14, "r": 8, "p": 1}
LEAST = 8
"""Characters of a phrase."""


def hashed(phrase: str, salt: bytes | None = None) -> str:
    """Return the hash of a phrase, to be written into crisis.toml.

    Raises
    ------
    UsageError
        Where the phrase is too short.

    Examples
    --------
    >>> hashed("a long phrase", b"0123456789abcdef")[:40]
    '30313233343536373839616263646566$dcdbc55'
    """
    if len(phrase) < LEAST:
        raise UsageError(f"the phrase is shorter than {LEAST} characters")
    salt = salt or os.urandom(16)
    return f"{salt.hex()}${hashlib.scrypt(phrase.encode(), salt=salt, **SCRYPT).hex()}"


def known(releasers: Mapping[str, str], person: str, phrase: str) -> None:
    """Refuse a person who has not the role, or says another phrase.

    Raises
    ------
    UsageError
        Either way.
    """
    if person not in releasers:
        hint = nearest(person, releasers)
        said = f"; nearest: {hint}" if hint else ""
        raise UsageError(
            f"{person!r} may not release alerts of this crisis{said}; `forestall alert releaser NAME` makes "
            "the line for [alert.releasers] in crisis.toml"
        )
    salt, _, digest = releasers[person].partition("$")
    try:
        found = hashlib.scrypt(phrase.encode(), salt=bytes.fromhex(salt), **SCRYPT).hex()
    except ValueError as error:
        raise UsageError(f"the hash of {person!r} in crisis.toml is none") from error
    if not hmac.compare_digest(found, digest):
        raise UsageError(f"that is not the phrase of {person!r}; nothing was done")


def approve(database: Database, name: str, person: str) -> Alert:
    """Release an alert; one that is released already stays so.

    Raises
    ------
    UsageError
        Where it was withdrawn.
    """
    with database.writing() as connection:
        alert = alert_named(connection, name)
        if alert.state == WITHDRAWN:
            raise UsageError(
                f"{name} was withdrawn; a later watch stages a new one where the figures call for it"
            )
        if alert.state == STAGED:
            write(connection, name, APPROVED, {}, person=person, once="approved")
        return alert_named(connection, name)


def withdraw(database: Database, name: str, person: str, reason: str) -> Alert:
    """Withdraw an alert, released or not, for a reason that those who were told are told too."""
    with database.writing() as connection:
        alert_named(connection, name)
        write(connection, name, WITHDRAWN, {"reason": reason}, person=person, once="withdrawn")
        return alert_named(connection, name)


def correct(database: Database, name: str, person: str, content: Mapping[str, Any]) -> Alert:
    """Correct what a released alert says; the first text stays in its history.

    Raises
    ------
    UsageError
        Where it has not been released: then it is withdrawn and staged anew.
    """
    with database.writing() as connection:
        alert = alert_named(connection, name)
        if alert.state != APPROVED:
            raise UsageError(f"{name} is {alert.state}, not released: only what was told can be corrected")
        write(connection, name, CORRECTED, dict(content), person=person)
        return alert_named(connection, name)


def tell(database: Database, alert: Alert, channels: Mapping[str, Channel]) -> dict[str, str]:
    """Tell the state of an alert over the channels that have not told it yet; return how each went.

    An alert that nobody released, or that was withdrawn before it was, is told to nobody.
    """
    if not any(entry["act"] == APPROVED for entry in alert.history):
        return {}
    went: dict[str, str] = {}
    for name, channel in channels.items():
        if name in alert.told_by:
            went[name] = "told before"
            continue
        try:
            channel.tell(alert)
        except (OSError, ForestallError) as error:
            went[name] = f"not told: {error}"
        else:
            went[name] = "told"
        _note(database, alert, name, went[name])
    return went


def _note(database: Database, alert: Alert, channel: str, went: str) -> None:
    """Note a telling: one that went well is noted once."""
    good = went == "told"
    with database.writing() as connection:
        write(
            connection,
            alert.name,
            TOLD if good else NOT_TOLD,
            {"channel": channel, "version": alert.version, "went": went},
            once=f"{channel} {alert.version}" if good else None,
        )
