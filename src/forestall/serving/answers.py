"""How an answer leaves: JSON and CSV with an ETag, and problems as RFC 9457 has them."""

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from io import StringIO
from typing import Any

from fastapi import Request, Response

from forestall.serving.shelf import MissingError

PROBLEM = "application/problem+json"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}
"""On every answer: nothing from outside is loaded, no script stands in a page, nobody frames it."""
PACKED_FROM, PACKED_LEVEL = 1000, 6
"""From how many bytes an answer is packed, and how hard."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would run."""


def as_json(value: Any) -> bytes:
    """Return a value as JSON bytes: dates as ISO text, what is no number as null.

    Examples
    --------
    >>> as_json({"a": float("nan"), "b": date(2023, 9, 19)})
    b'{"a":null,"b":"2023-09-19"}'
    """
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float):
        return value if value - value == 0 else None
    return value


def as_csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    r"""Return rows as CSV; a cell that a spreadsheet would take for a formula is quoted as text.

    Examples
    --------
    >>> as_csv([{"a": 1, "b": "=HYPERLINK(1)"}, {"a": None, "b": "x"}])
    b"a,b\r\n1,'=HYPERLINK(1)\r\n,x\r\n"
    """
    buffer = StringIO()
    writer = csv.writer(buffer)
    if rows:
        writer.writerow(rows[0].keys())
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return buffer.getvalue().encode()


def _cell(value: Any) -> Any:
    """Return a value as a cell."""
    made = _plain(value)
    if isinstance(made, dict | list):
        return json.dumps(made, ensure_ascii=False)
    return f"'{made}" if isinstance(made, str) and made.startswith(FORMULA) else made


@dataclass(frozen=True, slots=True)
class Body:
    """An answer made once: as it is, packed for the wire, and by which tag a reader knows it again.

    Parameters
    ----------
    plain, packed
        The bytes, and the same under gzip; empty where packing is not worth it.
    tag
        For ETag and If-None-Match.

    Examples
    --------
    >>> Body.of(b"short").packed, len(Body.of(b"long " * 1000).packed) < 100
    (b'', True)
    """

    plain: bytes
    packed: bytes
    tag: str

    @classmethod
    def of(cls, plain: bytes) -> "Body":
        """Return the body of some bytes."""
        worth_it = len(plain) >= PACKED_FROM
        packed = gzip.compress(plain, compresslevel=PACKED_LEVEL, mtime=0) if worth_it else b""
        return cls(plain, packed, f'"{sha256(plain).hexdigest()[:24]}"')

    def __len__(self) -> int:
        """Return the bytes that it takes to keep."""
        return len(self.plain) + len(self.packed)


def answer(request: Request, body: Body | bytes, media: str, **headers: str) -> Response:
    """Return a body with its ETag, packed where the reader can unpack it, or 304 where it has it already."""
    made = Body.of(body) if isinstance(body, bytes) else body
    tag = made.tag
    known = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    kept = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding", **headers}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=kept)
    if made.packed and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(made.packed, media_type=media, headers={**kept, "Content-Encoding": "gzip"})
    return Response(made.plain, media_type=media, headers=kept)


def problem(status: int, title: str, detail: str, *, nearest: str = "", **more: Any) -> Response:
    """Return what is wrong, as RFC 9457 has it, with the nearest valid name."""
    facts = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    if nearest:
        facts["nearest"] = nearest
    return Response(as_json(facts), status_code=status, media_type=PROBLEM, headers=HEADERS)


def missing(error: MissingError) -> Response:
    """Return that nothing is at an address."""
    return problem(404, "Not found", str(error), nearest=error.near)
