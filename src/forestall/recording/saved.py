"""A saved answer of a source, and what becomes of it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from forestall.core.errors import Finding
from forestall.schema import frame

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Saved:
    """The bytes of one file as a source gave them.

    Parameters
    ----------
    name : str
        Name of the file; it may tell the release.
    data : bytes
        The file itself.
    known_at : datetime or None
        When it became public, with a zone; None where the source itself says so.
    """

    name: str
    data: bytes
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tidied:
    """Tables made from saved files, and what was found on the way."""

    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    findings: Sequence[Finding] = ()


def tables_from(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, pl.DataFrame]:
    """Return rows as tables of the schema; tables without a row are left out."""
    return {name: frame(name, list(some)) for name, some in rows.items() if some}


def refused(saved: Saved, source: str, what_to_do: str) -> Finding | None:
    """Return what is wrong where a saved file is no data but a refusal, or None.

    Sources answer with a web page, an error text or an error in JSON, sometimes as if all were well.

    Examples
    --------
    >>> refused(Saved("a.json", b'{"error": "Missing app identifier"}'), "HAPI", "ask for one").value
    'Missing app identifier'
    """
    text = saved.data[:100_000].decode("utf-8", "replace").strip()
    if not text:
        return _finding("E161", saved, f"{source} gave an empty answer", "", what_to_do)
    if text.startswith("<"):
        title = re.search(r"<title>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        said = title[1].strip() if title else text[:80]
        return _finding("E161", saved, f"{source} answered with a web page, not with data", said, what_to_do)
    said = _said(text)
    return _finding("E162", saved, f"{source} refused the request", said, what_to_do) if said else None


def _said(text: str) -> str:
    """Return the message of an error, or nothing for anything that may be data."""
    if text.startswith("{"):
        try:
            answer = json.loads(text)
        except ValueError:
            return ""
        said = answer.get("error") or answer.get("detail") or answer.get("message")
        return "" if not said or "data" in answer or "Result" in answer else _flat(said)
    one_line = "\n" not in text and "," not in text and len(text) < 300
    return (
        text
        if one_line and re.search(r"token|unauthori|forbidden|not allowed|rate limit", text, re.IGNORECASE)
        else ""
    )


def _flat(said: object) -> str:
    """Return the message of an error envelope as one line."""
    if isinstance(said, list):
        return "; ".join(_flat(item) for item in said)
    if isinstance(said, dict):
        return " ".join(str(said[key]) for key in ("loc", "type", "msg", "message") if key in said)
    return str(said)


def _finding(code: str, saved: Saved, message: str, value: str, what_to_do: str) -> Finding:
    return Finding(code, "error", message, table=saved.name, value=value[:120], next=what_to_do)


def misshapen(saved: Saved, message: str, **where: Any) -> Finding:
    """Return the finding that a file has not the shape of its source."""
    return Finding("E163", "error", message, table=saved.name, next="forestall explain E163", **where)


UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading a row raises where a cell is missing or of another type."""

MOST_PEOPLE = 10**10
"""More people than that are a slip, not a figure."""


def whole_people(value: Any) -> int | None:
    """Return a number of people; missing stays missing.

    Raises
    ------
    ValueError
        Where it is negative, broken or beyond all people.

    Examples
    --------
    >>> whole_people("1200"), whole_people(None)
    (1200, None)
    """
    if value is None:
        return None
    people = float(value)
    if isinstance(value, bool) or not 0 <= people <= MOST_PEOPLE or people != int(people):
        raise ValueError(f"{value!r} is not a number of people")
    return int(people)


def worded(value: Any) -> str:
    """Return a text.

    Raises
    ------
    ValueError
        Where it is empty or something else than a text.

    Examples
    --------
    >>> worded(" XHM ")
    'XHM'
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is not a text")
    return value.strip()


def finite(value: Any) -> float | None:
    """Return a finite number; missing stays missing.

    Raises
    ------
    ValueError
        Where it is endless or no number.
    """
    number = None if value is None else float(value)
    if number is not None and not math.isfinite(number):
        raise ValueError(f"{value!r} is not a finite number")
    return number


def read_json(saved: Saved) -> tuple[Any, Finding | None]:
    """Return the JSON of a file, or the finding that it is none.

    Numbers that are no numbers (``NaN``) are refused.
    """
    try:
        return json.loads(saved.data.decode("utf-8-sig"), parse_constant=_no_number), None
    except (ValueError, RecursionError) as error:
        return None, misshapen(saved, "the file is not JSON", value=str(error)[:120])


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not a number")
