"""Whether a forecast rests on a fitted model whose data were published only later."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from forestall.options.warn import DEFAULT_MODEL
from forestall.warning.artefacts import newest_artefact

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

CENTURY = 2000
"""Releases are numbered by the last two digits of their year."""


def released_by(data: str) -> datetime | None:
    """Return when a release such as "24.1" was surely public, the end of its year; None without one.

    Examples
    --------
    >>> released_by("events of the world, release 24.1, CC BY 4.0").date().isoformat()
    '2024-12-31'
    """
    number = re.search(r"release (\d\d)\.\d", data)
    return datetime(CENTURY + int(number[1]), 12, 31, tzinfo=UTC) if number else None


def later_vintage(tables: Mapping[str, pl.DataFrame], as_of: datetime) -> str:
    """Return in words on which later vintage an outlook rests, or nothing.

    Parameters
    ----------
    tables
        Result tables of ``warn``.
    as_of
        The moment of knowledge.
    """
    outlook = tables.get("outlook_summary")
    if outlook is None or not (outlook["model"] == DEFAULT_MODEL).any():
        return ""
    artefact = newest_artefact(as_of)
    data = str(artefact.card.get("data", "")) if artefact is not None else ""
    public = released_by(data)
    if public is not None and public <= as_of:
        return ""
    return f"the fitted model of warn rests on data published later: {data}"
