"""The instance that the tables of a crisis describe."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.arrays import Floats, Ints
from forestall.core.errors import CrisisError, Finding
from forestall.core.names import nearest
from forestall.flee.engine.instance import Closure, FleeInstance, Link, Place
from forestall.options.flee import FleeSettings

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis

NEEDED = ("flee_places", "flee_links", "flee_series")


def instance_of(crisis: Crisis, *, arm: str = "with capacities") -> FleeInstance:
    """Return what the peer's rules run on.

    Parameters
    ----------
    crisis : Crisis
        With the tables ``flee_places``, ``flee_links``, ``flee_closures``, ``flee_conflicts``,
        ``flee_series`` and ``flee_type_changes`` that the import of a folder writes.
    arm : {"with capacities", "without capacities"}
        Without capacities every camp is without limit: the capacities of many such folders are
        the largest of the very counts that are to be forecast.

    Raises
    ------
    CrisisError
        Where a table is missing, or a link or a conflict is of an unknown place.
    """
    crisis = crisis.everything()
    missing = [name for name in NEEDED if not crisis.has(name)]
    if missing:
        raise CrisisError(
            [
                Finding(
                    "E473",
                    "error",
                    "the rules of the peer need this table",
                    table=name,
                    next="forestall import flee FOLDER OUT",
                )
                for name in missing
            ]
        )
    settings = crisis.plan.displace.flee
    days = (crisis.settings.period.end - crisis.settings.period.start).days + 1
    names = dict(zip(crisis["flee_places"]["place"], crisis["flee_places"]["name"], strict=True))
    _refuse_unknown(crisis, names)
    series = _series(crisis["flee_series"], days, settings.hasten)
    return FleeInstance(
        title=crisis.settings.title,
        start=crisis.settings.period.start,
        days=days,
        places=_places(crisis["flee_places"], settings, limited=arm == "with capacities"),
        links=_links(crisis["flee_links"], names),
        closures=tuple(
            Closure(r["kind"], r["first"], r["second"] or "", r["start_day"], r["end_day"])
            for r in crisis["flee_closures"].sort("closure").iter_rows(named=True)
        ),
        conflict=_conflicts(crisis["flee_conflicts"], names, days),
        series={name: values for (role, name), values in series.items() if role == "camp"},
        total=next((v for (role, _), v in series.items() if role == "total"), np.zeros(days, np.int64)),
        settings=settings,
        type_changes=tuple(
            (names[r["place"]], r["kind"], r["day"])
            for r in crisis["flee_type_changes"].sort("day", "place").iter_rows(named=True)
        ),
    )


def _refuse_unknown(crisis: Crisis, names: Mapping[str, str]) -> None:
    """Raise one error with a finding for every place id that is not in flee_places."""
    findings = []
    for table, columns in (
        ("flee_links", ("from_place", "to_place")),
        ("flee_conflicts", ("place",)),
        ("flee_type_changes", ("place",)),
    ):
        for column in columns:
            findings += [
                Finding(
                    "E474",
                    "error",
                    "unknown place",
                    table=table,
                    column=column,
                    value=str(value),
                    nearest=nearest(str(value), names),
                )
                for value in crisis[table][column].unique().sort().to_list()
                if value not in names
            ]
    if findings:
        raise CrisisError(findings)


def _places(table: pl.DataFrame, settings: FleeSettings, *, limited: bool) -> tuple[Place, ...]:
    return tuple(
        _place(row, settings.hasten, limited=limited) for row in table.sort("place").iter_rows(named=True)
    )


def _place(row: Mapping[str, Any], hasten: int, *, limited: bool) -> Place:
    capacity = row["capacity"] if limited else None
    return Place(
        name=row["name"],
        country=row["country"],
        kind=row["kind"],
        population=float((row["population"] or 0) // hasten),
        capacity=-1.0 if capacity is None else float(capacity // hasten),
        intensity=1.0 if row["conflict_intensity"] is None else row["conflict_intensity"],
        x=row["x"] or 0.0,
        y=row["y"] or 0.0,
        initial_people=row["initial_people"] or 0,
        capacity_per_day=(row["capacity_per_day"] or 0.0) if limited else 0.0,
        deactivation=row["deactivation_probability"] or 0.0,
        foreign=bool(row["abroad"]),
    )


def _links(table: pl.DataFrame, names: Mapping[str, str]) -> tuple[Link, ...]:
    return tuple(
        Link(
            names[r["from_place"]],
            names[r["to_place"]],
            r["km"],
            r["max_move_speed"],
            r["walk_probability"] or 0.0,
            r["copies"],
        )
        for r in table.sort("link").iter_rows(named=True)
    )


def _conflicts(table: pl.DataFrame, names: Mapping[str, str], days: int) -> dict[str, Floats]:
    """Return the strength by day; a row holds until the next."""
    found: dict[str, Floats] = {}
    for row in table.sort("place", "day").iter_rows(named=True):
        column = found.setdefault(names[row["place"]], np.zeros(days))
        column[max(row["day"], 0) :] = row["value"]
    return found


def _series(table: pl.DataFrame, days: int, hasten: int) -> dict[tuple[str, str], Ints]:
    """Return whole people by day for every series, sorted by name; a missing day keeps the last."""
    found: dict[tuple[str, str], Ints] = {}
    for row in table.sort("role", "series", "day").iter_rows(named=True):
        values = found.setdefault((row["role"], row["series"]), np.zeros(days, np.int64))
        values[max(row["day"], 0) :] = int(row["people"] / hasten)
    return found


def day_of(instance: FleeInstance, number: int) -> str:
    """Return the date of a day of the period."""
    return (instance.start + timedelta(days=number)).isoformat()
