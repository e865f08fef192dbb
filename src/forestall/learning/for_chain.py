"""What was learnt in the form in which a crisis takes it: rows of its table priors, with their moment.

A crisis that brings these rows uses them in place of the general ranges. They are known from the day
on which the last crisis learnt from was over, so that a replay of an earlier moment does not see them.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from forestall.core.errors import UsageError
from forestall.core.files import write_atomic
from forestall.core.moments import end_of_day
from forestall.learning.draws import Learnt
from forestall.learning.parameters import BEFORE_ALL, values_of

if TYPE_CHECKING:
    import polars as pl

TABLE = "priors.csv"
SHARED = ("days_to_leave", "distance_decay", "pull_ties")
"""Parameters that mean the same in the daily rules and in those of the chain."""


def day_of(text: str) -> date:
    """Return a day.

    Raises
    ------
    UsageError
        Where the text is none.

    Examples
    --------
    >>> day_of("2016-05-01").year
    2016
    """
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise UsageError(f"{text!r} is no day; expected one such as 2016-05-01") from fault


def priors_of(found: Learnt) -> pl.DataFrame:
    """Return the shared parameters as lognormal ranges, in the columns of the table priors."""
    from forestall.schema import frame

    values = values_of(found.scores)
    which = ", ".join(source.title for source in found.sources)
    day = date.fromisoformat(found.cut_off) if found.cut_off else BEFORE_ALL
    known = end_of_day(day, ZoneInfo("UTC"))
    rows = []
    for name in SHARED:
        logs = np.log(values[name])
        rows.append(
            {
                "name": name,
                "distribution": "lognormal",
                "a": float(f"{np.exp(np.median(logs)):.4g}"),
                "b": float(f"{logs.std():.4g}"),
                "why": f"Learnt from the counts of {which or 'no crisis'} by forestall fit displace",
                "known_at": known,
                "known_basis": "release rule",
                "basis": "derived",
                "confidence": "medium",
            }
        )
    return frame("priors", rows)


def write_priors(found: Learnt, folder: Path) -> Path:
    """Write the rows into a folder, to be put into that of a crisis."""
    table = priors_of(found)
    write_atomic(folder / TABLE, table.write_csv())
    return folder / TABLE
