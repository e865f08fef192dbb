"""How an answer leaves: JSON and CSV with an ETag, and problems as RFC 9457 has them."""

import csv
import json
from collections.abc import Mapping, Sequence
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


def answer(request: Request, body: bytes, media: str, **headers: str) -> Response:
    """Return a body with its ETag, or 304 where the reader has it already."""
    tag = f'"{sha256(body).hexdigest()[:24]}"'
    known = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    kept = {"ETag": tag, "Cache-Control": "no-cache", **headers}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=kept)
    return Response(body, media_type=media, headers=kept)


def problem(status: int, title: str, detail: str, *, nearest: str = "", **more: Any) -> Response:
    """Return what is wrong, as RFC 9457 has it, with the nearest valid name."""
    facts = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    if nearest:
        facts["nearest"] = nearest
    return Response(as_json(facts), status_code=status, media_type=PROBLEM, headers=HEADERS)


def missing(error: MissingError) -> Response:
    """Return that nothing is at an address."""
    return problem(404, "Not found", str(error), nearest=error.near)
