"""Keys of readers: random secrets of which only a digest is kept, each with a role, each revocable."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Any

from forestall.core.errors import UsageError
from forestall.core.files import write_atomic
from forestall.core.names import nearest

ROLES = ("viewer", "analyst", "releaser")
"""Each may do what the ones before it may: read; see detail and start runs; approve alerts."""
SECRET_BYTES = 32
LONGEST_NAME, LONGEST_SECRET = 80, 200
NOBODY = "0" * 64
"""What a secret is compared with where no key has its id, so that it takes as long."""


@dataclass(frozen=True, slots=True)
class Key:
    """One reader's key, without its secret.

    Parameters
    ----------
    id
        Part of the secret that may be shown and logged.
    name
        Who holds it, in the words of who gave it.
    role
        One of :data:`ROLES`.
    digest
        SHA-256 of the whole secret, in hexadecimal. The secret has 256 random bits: nothing slower is needed.
    made, revoked
        When, in UTC; revoked is None while it holds.
    """

    id: str
    name: str
    role: str
    digest: str
    made: str
    revoked: str | None = None


def read_keys(path: Path) -> list[Key]:
    """Return the keys of a file; none where there is no file.

    Raises
    ------
    UsageError
        Where it is no file of keys; nobody is let in by a file that cannot be read.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        keys = [Key(**row) for row in rows]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{path}: is no file of keys: {error}; next: forestall keys add NAME") from error
    strange = sorted({key.role for key in keys} - set(ROLES))
    if strange:
        raise UsageError(f"{path}: role {strange[0]!r}; expected one of {', '.join(ROLES)}")
    return keys


def add_key(path: Path, name: str, role: str) -> tuple[Key, str]:
    """Add a key to a file; return it and its secret, which is kept nowhere.

    Parameters
    ----------
    path
        File of keys; made where it is not there.
    name
        Who will hold it; one key a name, while it holds.
    role
        One of :data:`ROLES`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "keys.json"
    ...     key, secret = add_key(file, "Field office", "analyst")
    ...     secret in file.read_text(), key_of(read_keys(file), secret).role
    (False, 'analyst')
    """
    if role not in ROLES:
        near = nearest(role, ROLES)
        raise UsageError(f"--role {role!r}: expected one of {', '.join(ROLES)}; nearest: {near}")
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(f"name {name[:LONGEST_NAME]!r}: expected 1 to {LONGEST_NAME} characters")
    keys = read_keys(path)
    if any(key.name == name and key.revoked is None for key in keys):
        raise UsageError(f"{name!r} has a key already; next: forestall keys revoke {name!r}")
    identity = secrets.token_hex(6)
    secret = f"fs_{identity}_{secrets.token_urlsafe(SECRET_BYTES)}"
    key = Key(identity, name, role, digest_of(secret), _now())
    _write(path, [*keys, key])
    return key, secret


def revoke_key(path: Path, asked: str) -> Key:
    """Revoke the key of a name or an id; a server that uses the file notices at its next request.

    Raises
    ------
    UsageError
        Where no key that holds has it.
    """
    keys = read_keys(path)
    held = [key for key in keys if key.revoked is None]
    found = next((key for key in held if asked in (key.id, key.name)), None)
    if found is None:
        near = nearest(asked, [key.name for key in held])
        raise UsageError(f"no key {asked!r} holds in {path}" + (f"; nearest: {near}" if near else ""))
    gone = replace(found, revoked=_now())
    _write(path, [gone if key.id == found.id else key for key in keys])
    return gone


def key_of(keys: Sequence[Key], secret: str) -> Key | None:
    """Return the key that a secret opens, or None; it takes as long where nothing has its id."""
    parts = secret.split("_", 2)
    asked = parts[1] if len(parts) == 3 else ""
    found = next((key for key in keys if key.id == asked and key.revoked is None), None)
    same = compare_digest(digest_of(secret), found.digest if found else NOBODY)
    return found if found is not None and same else None


def shown(key: Key) -> dict[str, Any]:
    """Return what may be told of a key.

    Examples
    --------
    >>> shown(Key("ab", "Ana", "viewer", "0" * 64, "2026-01-01T00:00:00Z"))["revoked"]
    'holds'
    """
    facts = asdict(key)
    del facts["digest"]
    return facts | {"revoked": key.revoked or "holds"}


def digest_of(secret: str) -> str:
    """Return the digest by which a secret is known."""
    return sha256(secret[: LONGEST_SECRET + 1].encode()).hexdigest()


class KeyFile:
    """The keys of a file as they stand now: read anew when the file changes.

    Parameters
    ----------
    path
        Of the file; it must hold a key that is not revoked.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[tuple[int, int] | None, list[Key]] = (None, [])
        if not any(key.revoked is None for key in read_keys(path)):
            raise UsageError(
                f"{path}: holds no key; next: forestall keys add NAME --role viewer --keys {path}"
            )

    def all(self) -> list[Key]:
        """Return every key; none where the file cannot be read any more: then nobody is let in."""
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if self._seen[0] != stamp:
                self._seen = (stamp, read_keys(self._path))
        except (OSError, UsageError):
            self._seen = (None, [])
        return self._seen[1]

    def of(self, secret: str) -> Key | None:
        """Return the key that a secret opens, or None."""
        return key_of(self.all(), secret)

    def holds(self, identity: str) -> Key | None:
        """Return the key of an id where it is not revoked."""
        return next((key for key in self.all() if key.id == identity and key.revoked is None), None)


def _write(path: Path, keys: list[Key]) -> None:
    write_atomic(path, json.dumps([asdict(key) for key in keys], ensure_ascii=False, indent=1) + "\n")
    path.chmod(0o600)


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
