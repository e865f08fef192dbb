"""Who asks and what they may: a key or a session, a limit on wrong keys, a record of what was taken away."""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from time import monotonic

from fastapi import Request, Response

from forestall.serving.answers import problem
from forestall.serving.keys import ROLES, KeyFile, digest_of

COOKIE = "forestall_session"
SESSION_SECONDS = 12 * 3600
MAX_SESSIONS = 10_000
WRONG_KEYS, WRONG_SECONDS = 10, 60.0
"""Wrong keys that one client may send in so many seconds."""
MAX_CLIENTS = 4096
"""Clients of whom wrong keys are remembered; the ones longest unheard of are forgotten."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks.

    Parameters
    ----------
    id
        Of the key; "local" on a machine that serves itself alone.
    role
        One of :data:`forestall.serving.keys.ROLES`, or "owner": whoever sits at the machine.
    """

    id: str
    role: str

    def may(self, role: str) -> bool:
        """Return whether somebody may do what a role may.

        Examples
        --------
        >>> Reader("ab", "viewer").may("analyst"), Reader("ab", "releaser").may("analyst")
        (False, True)
        """
        return self.role == "owner" or ROLES.index(self.role) >= ROLES.index(role)

    @property
    def detail(self) -> bool:
        """Whether routes and sites are shown: to keys of analysts alone."""
        return self.role != "owner" and self.may("analyst")


OWNER = Reader("local", "owner")


class Wrong:
    """How many wrong keys each client sent of late, in bounded memory.

    Parameters
    ----------
    clock
        Seconds; the machine's own.

    Examples
    --------
    >>> wrong = Wrong(clock=lambda: 0.0)
    >>> [wrong.note("a") > 0 for _ in range(WRONG_KEYS + 1)].count(True)
    1
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._sent: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many clients are remembered."""
        return len(self._sent)

    def note(self, client: str) -> int:
        """Note a wrong key; return in how many seconds the client may try again, 0 where at once."""
        with self._lock:
            now = self._clock()
            times = self._sent.setdefault(client, deque(maxlen=WRONG_KEYS + 1))
            self._sent.move_to_end(client)
            times.append(now)
            while len(self._sent) > MAX_CLIENTS:
                self._sent.popitem(last=False)
            late = [time for time in times if now - time < WRONG_SECONDS]
            return 0 if len(late) <= WRONG_KEYS else max(1, round(WRONG_SECONDS - (now - late[0])))


class Door:
    """Lets readers in.

    Parameters
    ----------
    keys
        File of keys; None where the machine serves itself alone.
    """

    def __init__(self, keys: KeyFile | None = None) -> None:
        self.keys = keys
        self.wrong = Wrong()
        self._sessions: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._lock = Lock()

    def reader(self, request: Request) -> Reader | Response:
        """Return who asks, or why nobody is let in."""
        if self.keys is None:
            return OWNER
        name, _, secret = request.headers.get("authorization", "").partition(" ")
        if name.lower() == "bearer":
            return self.by_secret(secret.strip(), request)
        return self._by_cookie(request.cookies.get(COOKIE, "")) or unknown()

    def by_secret(self, secret: str, request: Request) -> Reader | Response:
        """Return whose secret it is; a wrong one counts against the client.

        A right one is let in whatever others sent from the same address: 256 bits are not guessed, and one
        mistyped key shall not shut out an office.
        """
        key = self.keys.of(secret) if self.keys is not None else None
        if key is not None:
            return Reader(key.id, key.role)
        wait = self.wrong.note(request.client.host if request.client else "")
        if not wait:
            return unknown("this key opens nothing here")
        refused = problem(429, "Too many wrong keys", f"try again in {wait} seconds")
        refused.headers["Retry-After"] = str(wait)
        return refused

    def begin(self, reader: Reader) -> str:
        """Begin a session; return the token for its cookie, of which only a digest is kept."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[digest_of(token)] = (reader.id, monotonic() + SESSION_SECONDS)
            while len(self._sessions) > MAX_SESSIONS:
                self._sessions.popitem(last=False)
        return token

    def end(self, token: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(digest_of(token), None)

    def _by_cookie(self, token: str) -> Reader | None:
        """Return whose session it is, while it and its key hold."""
        with self._lock:
            identity, end = self._sessions.get(digest_of(token), ("", 0.0))
        key = self.keys.holds(identity) if self.keys is not None and monotonic() < end else None
        return Reader(key.id, key.role) if key is not None else None


NEEDED = "it needs a key: 'Authorization: Bearer KEY', or a session from /session.json"


def unknown(says: str = NEEDED) -> Response:
    """Return that nobody is let in without a key."""
    refused = problem(401, "A key is needed", says)
    refused.headers["WWW-Authenticate"] = 'Bearer realm="forestall"'
    return refused


def is_open(path: str) -> bool:
    """Return whether an address holds no data and is answered to all.

    Examples
    --------
    >>> is_open("/world"), is_open("/world.json"), is_open("/crisis/a/b/now"), is_open("/crisis/a/b/now.csv")
    (True, False, True, False)
    """
    if path == "/session.json" or path.startswith("/static/"):
        return True
    return path in ("/", "/world", "/start") or (
        path.startswith("/crisis/") and not path.endswith((".json", ".csv"))
    )


def forbidden(reader: Reader, role: str, what: str) -> Response:
    """Return that a role does not reach."""
    return problem(403, "Not allowed", f"to {what} needs a key of the role {role}; this one is {reader.role}")


class Exports:
    """What was taken away as a table, a line of JSON each: address, role and id of the key, no person.

    Parameters
    ----------
    path
        File that lines are added to; None keeps no record.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = Lock()

    def note(self, request: Request, reader: Reader, size: int) -> None:
        """Add a line where an answer is a table."""
        path = request.url.path
        if self._path is None or not (path.endswith(".csv") or "/table/" in path):
            return
        facts = {
            "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "path": path,
            "asked": request.url.query,
            "role": reader.role,
            "key": reader.id,
            "bytes": size,
        }
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(facts, ensure_ascii=False) + "\n")
