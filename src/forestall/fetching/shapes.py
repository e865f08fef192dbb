"""The shape an answer must have, checked before a row is read; what is common to rows of all sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from forestall.core.errors import Finding
from forestall.core.moments import end_of_day
from forestall.core.names import nearest
from forestall.recording.saved import (
    UNREADABLE,
    Saved,
    Tidied,
    misshapen,
    read_json,
    refused,
    tables_from,
)

Row = Mapping[str, Any]
OF_ITS_TIME = timedelta(days=7)
"""A figure fetched within a week of its date is that of the time; later it may have been revised."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the rows of an answer are and which columns they must have.

    Parameters
    ----------
    source, what_to_do : str
        Name in findings, and what to do where the source refuses.
    path : tuple of str or int
        Keys that lead to the list of rows.
    needed : tuple of str
        Columns that must be there: one that is gone is a finding, not a missing value.
    """

    source: str
    what_to_do: str
    path: tuple[str | int, ...]
    needed: tuple[str, ...]

    def check(self, saved: Saved) -> list[Finding]:
        """Return what is wrong: no data, no rows, columns gone; an empty answer is a warning."""
        fault = refused(saved, self.source, self.what_to_do)
        if fault:
            return [fault]
        answer, fault = read_json(saved)
        if fault:
            return [fault]
        rows = self._at(answer)
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            where = ".".join(map(str, self.path)) or "the answer"
            return [misshapen(saved, f"no list of rows at {where}", expected="[{...}, ...]")]
        if not rows:
            message = "the answer holds no row; that is not a zero"
            return [Finding("W225", "warning", message, table=saved.name)]
        return self._columns(saved, rows)

    def _columns(self, saved: Saved, rows: Sequence[Row]) -> list[Finding]:
        there = {name for row in rows for name in row}
        gone = [name for name in self.needed if name not in there]
        message = "a column of the source is gone: it may have been renamed"
        return [
            misshapen(saved, message, column=name, nearest=nearest(name, sorted(there)) or "")
            for name in gone
        ]

    def rows(self, saved: Saved) -> list[Row]:
        """Return the rows of an answer that was checked."""
        rows: list[Row] = self._at(read_json(saved)[0]) or []
        return rows

    def _at(self, answer: Any) -> Any:
        """Follow the path."""
        for key in self.path:
            try:
                answer = answer[key]
            except (KeyError, IndexError, TypeError):
                return None
        return answer


Made = list[dict[str, Any]]
Reader = Callable[[Row, Saved], Made]


def tidied(
    table: str, saved: Sequence[Saved], rows: Callable[[Saved], Sequence[Row]], reader: Reader
) -> Tidied:
    """Return the table that a reader makes of the rows of all answers.

    Parameters
    ----------
    table
        Name of the table.
    saved
        The answers.
    rows
        Gives the rows of an answer.
    reader
        Makes of a row, and the answer it stands in, rows of the table: none, one or several.
    """
    made, findings = Made(), list[Finding]()
    for one in saved:
        some, faults = each(one, rows(one), reader)
        made, findings = made + some, findings + faults
    return Tidied(tables_from({table: made}), findings)


def each(saved: Saved, rows: Sequence[Row], reader: Reader) -> tuple[Made, list[Finding]]:
    """Return what a reader makes of every row, or the finding of the first that cannot be read."""
    made = Made()
    for number, row in enumerate(rows, start=1):
        try:
            made += reader(row, saved)
        except UNREADABLE as error:
            value = f"{type(error).__name__}: {error}"[:120]
            return [], [misshapen(saved, "a row cannot be read", row=number, value=value)]
    return made, []


def by_calendar(public: date, fetched_at: datetime) -> dict[str, Any]:
    """Return the date of knowledge of a figure that its source publishes on a known day of the year.

    Examples
    --------
    >>> by_calendar(date(2024, 6, 20), datetime(2026, 1, 5, tzinfo=UTC))["known_basis"]
    'release rule'
    """
    return stated(end_of_day(public, ZoneInfo("UTC")), fetched_at)


def stated(public: datetime, fetched_at: datetime) -> dict[str, Any]:
    """Return the date of knowledge of a figure that the source itself dates.

    Fetched long after that day it may be a later vintage, and says so.

    Examples
    --------
    >>> stated(datetime(2026, 1, 4, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC))["known_basis"]
    'stated'
    """
    public = public if public.tzinfo else public.replace(tzinfo=UTC)
    if public > fetched_at:
        return {"known_at": fetched_at, "known_basis": "stated"}
    late = fetched_at - public > OF_ITS_TIME
    return {"known_at": public, "known_basis": "release rule" if late else "stated"}


def fetched(saved: Saved) -> datetime:
    """Return when an answer was fetched."""
    return saved.known_at or datetime.now(UTC)


def provenance(source: str, url: str, note: str | None = None) -> dict[str, Any]:
    """Return where a row comes from, as reported."""
    return {
        "source": source,
        "url": url,
        "basis": "reported",
        "confidence": "medium",
        "note": note,
    }


def pages_of(answer: Any, *path: str) -> int:
    """Return a number of pages that an answer states, one where it states none.

    Examples
    --------
    >>> pages_of({"maxPages": "3"}, "maxPages"), pages_of([], "maxPages")
    (3, 1)
    """
    for key in path:
        answer = answer.get(key) if isinstance(answer, Mapping) else None
    try:
        return max(int(answer or 1), 1)
    except (TypeError, ValueError):
        return 1
