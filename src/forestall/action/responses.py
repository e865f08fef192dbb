"""Statements, acts and promises on one axis, and how long each actor took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

import polars as pl

from forestall.action.actors import Register
from forestall.action.levers import LeversHeld, held_levers, lever_used
from forestall.action.promises import promised_and_delivered
from forestall.core.moments import end_of_day
from forestall.core.units import parse_duration
from forestall.crisis import Crisis
from forestall.options.act import ActOptions
from forestall.schema import frame


@dataclass(frozen=True, slots=True)
class Warned:
    """The first public warning.

    Parameters
    ----------
    event : str
        Row of the table events.
    day : date
        The day on which it was public, from which days are counted.
    at : datetime
        When it was known.
    what : str
        What it was, and by which rule it was chosen.
    """

    event: str
    day: date
    at: datetime
    what: str


def first_warning(crisis: Crisis, options: ActOptions, moment: datetime) -> Warned | None:
    """Return the first public warning of the episode at the moment.

    Each episode has its own: the newest of the events named in the options, else the first event of
    the newest run by the rule. A run is made of acts of conflict of one of ``warning_kinds`` that
    follow each other within ``warning_quiet``. A warning older than ``warning_within`` is none.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    options : ActOptions
        The named events, or the kinds and times of the rule.
    moment : datetime
        The moment, in UTC.

    Returns
    -------
    Warned or None
        None where no such event is known by the moment.
    """
    earliest = (moment - parse_duration(options.warning_within).timedelta).astimezone(crisis.zone).date()
    events = crisis["events"].filter(pl.col("outcome_of").is_null() & (pl.col("date") >= earliest))
    named = events.filter(pl.col("event").is_in(options.warning_events)).sort("date", "known_at", "event")
    if named.height:
        return _warned(named.row(-1, named=True), "chosen for this episode", crisis.zone)
    of_conflict = pl.col("kind").is_in(options.warning_kinds) & (pl.col("stance") == "conflict")
    found = events.filter(of_conflict).sort("date", "known_at", "event")
    opens = _opening_row(found["date"].to_list(), parse_duration(options.warning_quiet).days)
    basis = f"first {' or '.join(options.warning_kinds)} after {options.warning_quiet} without"
    return None if opens is None else _warned(found.row(opens, named=True), basis, crisis.zone)


def _opening_row(days: Sequence[date], quiet: float) -> int | None:
    """Return the number of the first day of the newest run; None where there is no day.

    Examples
    --------
    >>> _opening_row([date(2020, 1, 1), date(2022, 5, 1), date(2022, 6, 1)], 90)
    1
    """
    for row in range(len(days) - 1, 0, -1):
        if (days[row] - days[row - 1]).days > quiet:
            return row
    return 0 if days else None


def _warned(row: dict[str, Any], basis: str, zone: tzinfo) -> Warned:
    """Return an event as the warning from the day it was public, with the rule by which it was chosen."""
    what = f"{row['event']}: {row['description']} ({basis})"
    return Warned(row["event"], row["known_at"].astimezone(zone).date(), row["known_at"], what)


def acts(crisis: Crisis, options: ActOptions) -> pl.DataFrame:
    """Return every act and statement, one row per actor.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    options : ActOptions
        Kinds of event that are observations and not acts of anybody.

    Returns
    -------
    polars.DataFrame
        Columns event, date, known_at, kind, actor, targets (list), form, stance, description.
    """
    register = Register(crisis["actors"])
    kept = crisis["events"].filter(
        pl.col("outcome_of").is_null() & ~pl.col("kind").is_in(options.observation_kinds)
    )
    rows = [
        {**row, "actor": actor, "targets": register.resolve(row["target"])}
        for row in kept.iter_rows(named=True)
        for actor in register.resolve(row["actor"])
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "event": pl.String, "date": pl.Date, "known_at": pl.Datetime("us", "UTC"), "kind": pl.String,
        "actor": pl.String, "targets": pl.List(pl.String), "form": pl.String, "stance": pl.String,
        "description": pl.String,
    }  # fmt: skip
    return pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema).sort(
        "date", "known_at", "event", "actor"
    )


def response_timeline(crisis: Crisis, options: ActOptions, moment: datetime) -> pl.DataFrame:
    """Return statements, acts and promises on one axis, with days from the first public warning.

    Days are whole days between the day of the warning and the day of the act: the day is what
    the record resolves. An act before the warning has negative days.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    options : ActOptions
        Rule of the first public warning.
    moment : datetime
        The moment, in UTC.

    Returns
    -------
    polars.DataFrame
        The table ``response_timeline``; empty where no warning is known by the moment.
    """
    warning = first_warning(crisis, options, moment)
    if warning is None:
        return frame("response_timeline", [])
    register = Register(crisis["actors"])
    kept = crisis["events"].filter(pl.col("outcome_of").is_null())
    rows = [_event_row(row, warning) for row in kept.iter_rows(named=True)]
    rows += [_promise_row(row, warning, register) for row in crisis["commitments"].iter_rows(named=True)]
    return frame("response_timeline", rows).sort("days_from_warning", "at", "item")


def _event_row(row: dict[str, Any], warning: Warned) -> dict[str, Any]:
    """Return one event on the axis."""
    return {
        "item": row["event"],
        "at": row["known_at"],
        "actor": row["actor"],
        "form": row["form"],
        "stance": row["stance"],
        "kind": row["kind"],
        "what": row["description"],
        "days_from_warning": (row["date"] - warning.day).days,
    }


def _promise_row(row: dict[str, Any], warning: Warned, register: Register) -> dict[str, Any]:
    """Return one promise on the axis: words of cooperation until something is delivered."""
    amount = f" ({row['amount']:g} {row['unit'] or ''})" if row["amount"] is not None else ""
    return {
        "item": row["commitment"],
        "at": row["known_at"],
        "actor": " | ".join(register.resolve(row["who"])),
        "form": "verbal",
        "stance": "cooperation",
        "kind": row["kind"],
        "what": row["what"] + amount.replace(" )", ")"),
        "days_from_warning": (row["made_on"] - warning.day).days,
    }


def response_gap(crisis: Crisis, options: ActOptions, moment: datetime) -> pl.DataFrame:
    """Return how many days each actor took from the first public warning; one rule for all.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    options : ActOptions
        Rule of the first public warning, and of what counts as a lever held.
    moment : datetime
        The moment, in UTC.

    Returns
    -------
    polars.DataFrame
        The table ``response_gap``: first statement (any verbal act), first material act of
        cooperation of a kind that answers a warning, first material act that used a lever the actor
        had. Empty cells mean that none is known by the moment.
    """
    warning = first_warning(crisis, options, moment)
    if warning is None:
        return frame("response_gap", [])
    after = acts(crisis, options).filter((pl.col("date") >= warning.day) & (pl.col("event") != warning.event))
    register = Register(crisis["actors"])
    levers = held_levers(crisis, options, moment)
    money = promised_and_delivered(crisis, register)
    actors = list(register.roles) or after["actor"].unique().sort().to_list()
    answers = options.answering_kinds
    rows = [_gap_row(name, after, warning, levers, crisis, answers) | money.get(name, {}) for name in actors]
    return frame("response_gap", [_named(row, register) for row in rows]).sort("actor")


def _named(row: dict[str, Any], register: Register) -> dict[str, Any]:
    """Return a row with name and role of its actor."""
    actor = row["actor"]
    return {**row, "name": register.names.get(actor, actor), "role": register.roles.get(actor)}


def _gap_row(
    actor: str,
    after: pl.DataFrame,
    warning: Warned,
    levers: LeversHeld,
    crisis: Crisis,
    answers: Sequence[str],
) -> dict[str, Any]:
    """Return what one actor did after the warning."""
    own = after.filter(pl.col("actor") == actor)
    statements = own.filter(pl.col("form") == "verbal")
    material = own.filter(
        (pl.col("form") == "material") & (pl.col("stance") == "cooperation") & pl.col("kind").is_in(answers)
    )
    used = [row for row in own.iter_rows(named=True) if lever_used(row, levers.get(actor, {}))]
    return {
        "actor": actor,
        "warning_at": warning.at,
        "warning": warning.what,
        **_first("statement", statements, warning, crisis),
        **_first("material", material, warning, crisis),
        "statements": statements.height,
        "material_acts": material.height,
        "levers_held": ", ".join(sorted(set().union(*levers.get(actor, {}).values()))),
        "first_lever": used[0]["known_at"] if used else None,
        "days_to_lever": (used[0]["date"] - warning.day).days if used else None,
        "lever": lever_used(used[0], levers[actor]) if used else None,
    }


def _first(name: str, rows: pl.DataFrame, warning: Warned, crisis: Crisis) -> dict[str, Any]:
    """Return moment and days of the first of some acts, null where there is none."""
    if rows.is_empty():
        return {f"first_{name}": None, f"days_to_{name}": None}
    row = rows.row(0, named=True)
    at = min(row["known_at"], end_of_day(row["date"], crisis.zone))
    return {f"first_{name}": at, f"days_to_{name}": (row["date"] - warning.day).days}
