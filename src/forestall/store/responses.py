"""Answers of sources as they came: address without secrets, time, hash, terms, and the bytes, each once."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from forestall.store.database import Connection


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a source.

    Parameters
    ----------
    source, what : str
        Who answered, and the request in words that name it again the next time.
    name : str
        Name as a file; it may tell the release.
    address : str
        Address asked, with every secret taken out.
    asked_at : datetime
        When.
    status : int
        Code of the answer.
    data : bytes
        The body, unpacked.
    etag, last_modified : str or None
        What the source says of its version.
    terms : str
        Terms under which the source gives it.
    """

    source: str
    what: str
    name: str
    address: str
    asked_at: datetime
    status: int
    data: bytes
    etag: str | None = None
    last_modified: str | None = None
    terms: str = "not stated"


def save_answer(connection: Connection, answer: Answer) -> str:
    """Save an answer and return its identifier; a body that is there already is not kept twice."""
    digest = sha256(answer.data).hexdigest()
    connection.execute(
        "insert into bodies values ($sha, $size, $data) on conflict do nothing",
        {"sha": digest, "size": len(answer.data), "data": gzip.compress(answer.data, 5, mtime=0)},
    )
    name = uuid4().hex
    connection.execute(
        "insert into responses values ($response, $source, $what, $name, $address, $asked_at, $status, $sha, "
        "$etag, $last_modified, $terms)",
        {
            "response": name,
            "sha": digest,
            **{k: getattr(answer, k) for k in _SAVED},
        },
    )
    return name


_SAVED = ("source", "what", "name", "address", "asked_at", "status", "etag", "last_modified", "terms")


def newest_answers(
    connection: Connection, source: str, what: Sequence[str] | None = None
) -> dict[str, Answer]:
    """Return the newest good answer to each request of a source.

    Parameters
    ----------
    connection
        A transaction.
    source
        Name of the source.
    what
        Requests asked for; None for all.
    """
    found = connection.rows(
        "select r.*, b.data from responses r join bodies b on r.sha256 = b.sha256 "
        "where r.source = $source and r.status = 200 and r.asked_at = (select max(s.asked_at) "
        "from responses s where s.source = r.source and s.what = r.what and s.status = 200) order by r.what",
        {"source": source},
    )
    return {row["what"]: _answer(row) for row in found if what is None or row["what"] in what}


def versions(connection: Connection, source: str) -> dict[str, tuple[str | None, str | None, str]]:
    """Return tag, date of change and hash of the newest good answer to each request."""
    found = connection.rows(
        "select what, etag, last_modified, sha256 from responses where source = $source and status = 200 "
        "order by asked_at",
        {"source": source},
    )
    return {row["what"]: (row["etag"], row["last_modified"], row["sha256"]) for row in found}


def _answer(row: dict[str, Any]) -> Answer:
    given = {name: row[name] for name in _SAVED}
    given["asked_at"] = given["asked_at"].astimezone(UTC)
    return Answer(**given, data=gzip.decompress(bytes(row["data"])))


def log_fetch(
    connection: Connection,
    source: str,
    countries: Sequence[str],
    started_at: datetime,
    *,
    outcome: str,
    reason: str | None = None,
    new_rows: int = 0,
) -> None:
    """Note that a source was asked, and how it went: "new", "same" or "failed"."""
    connection.execute(
        "insert into fetches values ($entry, $source, $countries, $started, $ended, $outcome, $reason, "
        "$new_rows)",
        {
            "entry": uuid4().hex,
            "source": source,
            "countries": " ".join(sorted(countries)),
            "started": started_at,
            "ended": datetime.now(UTC),
            "outcome": outcome,
            "reason": reason,
            "new_rows": new_rows,
        },
    )
