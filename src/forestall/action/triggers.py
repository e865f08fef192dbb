"""When each trigger would have activated, on what was known at the time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl

from forestall.action.indicators import Question, follow
from forestall.action.series import COMPARISONS, Point, activations_of
from forestall.core.errors import CrisisError, Finding
from forestall.core.units import is_duration, parse_duration
from forestall.crisis import Crisis
from forestall.schema import frame
from forestall.schema.indicators import indicator_fault


def trigger_faults(triggers: pl.DataFrame) -> list[Finding]:
    """Return what is wrong with the rows of a table of triggers.

    Parameters
    ----------
    triggers : polars.DataFrame
        The table ``triggers``.
    """
    found = []
    for row in triggers.iter_rows(named=True):
        fault = indicator_fault(row["indicator"])
        found += [fault] if fault else []
        durations = [column for column in ("window", "lead_time") if not is_duration(row[column])]
        found += [_duration_fault(row, column) for column in durations]
        if row["comparison"] not in COMPARISONS:
            found.append(_fault(row, "comparison", ", ".join(COMPARISONS)))
    return found


def _duration_fault(row: dict[str, Any], column: str) -> Finding:
    """Return the finding for a duration without number or unit."""
    return _fault(row, column, "a number and a unit, for example 30 days")


def _fault(row: dict[str, Any], column: str, expected: str) -> Finding:
    """Return the finding for a cell of a trigger."""
    return Finding(
        "E142", "error", f"trigger {row['trigger']} cannot be evaluated", table="triggers",
        column=column, value=str(row[column]), expected=expected,
    )  # fmt: skip


def question_of(row: dict[str, Any], moment: datetime) -> Question:
    """Return what a trigger asks of its indicator."""
    return Question(
        argument=row["indicator"].partition(":")[2],
        where=row["where"] or "",
        window=parse_duration(row["window"]),
        threshold=row["threshold"],
        moment=moment,
    )


def activations(crisis: Crisis, moment: datetime) -> pl.DataFrame:
    """Return when each trigger would have activated, on rows known by then.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment, with the results of earlier stages.
    moment : datetime
        The moment, in UTC.

    Returns
    -------
    polars.DataFrame
        The table ``activations``. A trigger is armed again once its condition is known to be
        false; an indicator that is not known neither activates nor arms.

    Raises
    ------
    CrisisError
        For an unknown indicator, comparison or duration.
    """
    faults = trigger_faults(crisis["triggers"])
    if faults:
        raise CrisisError(faults)
    triggers = crisis["triggers"].iter_rows(named=True)
    rows = [row for trigger in triggers for row in _rows(crisis, trigger, moment)]
    return frame("activations", rows).sort("activated_at", "trigger")


def trigger_points(crisis: Crisis, trigger: dict[str, Any], moment: datetime) -> list[Point]:
    """Return the points at which one trigger would have activated."""
    points = follow(crisis, trigger["indicator"], question_of(trigger, moment))
    return activations_of(points, trigger["comparison"], trigger["threshold"])


def _rows(crisis: Crisis, trigger: dict[str, Any], moment: datetime) -> Iterator[dict[str, Any]]:
    """Return the activations of one trigger as rows."""
    for point in trigger_points(crisis, trigger, moment):
        yield {
            "trigger": trigger["trigger"],
            "stage": trigger["stage"],
            "activated_at": point.at,
            "value": point.value,
            "threshold": trigger["threshold"],
            "unit": trigger["unit"],
            "seen_in": "; ".join(point.seen),
        }
