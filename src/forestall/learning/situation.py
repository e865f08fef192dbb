"""What the daily rules start from: places at war with their people, ways, sites and their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Bools, Floats
from forestall.core.errors import CrisisError, Finding, UsageError
from forestall.learning.ways import Ways, ways_of

if TYPE_CHECKING:
    from forestall.crisis import Crisis
    from forestall.flee.engine.instance import FleeInstance, Place

ONLY_KNOWN = 50_000.0
"""People of a place at war where no place at war has a figure: that of the parameter's definition."""


@dataclass(frozen=True, eq=False)
class Situation:
    """A crisis as the daily rules see it.

    Parameters
    ----------
    title : str
        Name.
    start : datetime.date
        Day 0.
    origins, sites : tuple of str
        Places that are at war at some time, and sites that receive people.
    people : array of float, shape (origins,)
        People who live at each origin.
    intensity : array of float, shape (origins, days)
        Strength of the conflict.
    onset : array of int, shape (origins,)
        First day of conflict.
    ways : Ways
        Distances.
    siblings, entries, roads : array of float, shape (sites,)
        Sites of the same country; crossings and towns of that country, plus one; roads to the site.
    capacity : array of float, shape (sites,)
        Relative to the middle one; 1 where it is unknown or not to be used.
    counts : array of float, shape (days, sites)
        Recorded counts; not a number for sites without any.
    findings : tuple of Finding
        What was assumed.
    """

    title: str
    start: date
    origins: tuple[str, ...]
    sites: tuple[str, ...]
    people: Floats
    intensity: Floats
    onset: Floats
    ways: Ways
    siblings: Floats
    entries: Floats
    roads: Floats
    capacity: Floats
    counts: Floats
    findings: tuple[Finding, ...] = ()

    @property
    def days(self) -> int:
        """Number of days."""
        return int(self.intensity.shape[1])

    @property
    def over_by(self) -> date:
        """Day from which all its counts were known."""
        return self.start + timedelta(days=self.days)

    @property
    def counted(self) -> Bools:
        """Which sites have counts and can ever be reached, shape (sites,)."""
        return np.asarray(np.isfinite(self.counts[0]) & (self.ways.km >= 0).any(axis=(0, 1)))

    def without_capacities(self) -> Situation:
        """Return the same, with nothing that was computed from the counts."""
        return replace(self, capacity=np.ones(len(self.sites)))


def read_situation(folder: str | Path) -> Situation:
    """Return the situation of an imported crisis, or of a folder of the reference model.

    Raises
    ------
    UsageError
        Where there is no such folder.
    CrisisError
        With every fault of the folder; also where no place is at war or no site is there.
    """
    from forestall.flee.engine.from_tables import instance_of

    return situation_of(instance_of(opened(folder)))


def read_all(folders: Sequence[str]) -> list[Situation]:
    """Return the situations of several folders; the faults of all are raised together."""
    found, findings = [], list[Finding]()
    for folder in folders:
        try:
            found.append(read_situation(folder))
        except CrisisError as error:
            findings += error.findings
    if findings:
        raise CrisisError(findings)
    return found


def opened(folder: str | Path) -> Crisis:
    """Return the crisis of a folder of either kind."""
    from forestall.core.errors import errors_in
    from forestall.crisis import open_crisis
    from forestall.flee.reading import read_folder
    from forestall.flee.reading.folder import find
    from forestall.flee.reading.to_tables import crisis_of

    root = Path(folder)
    if (root / "crisis.toml").is_file() or not root.is_dir():
        return open_crisis(folder)
    if find(root, "locations.csv") is None:
        raise UsageError(
            f"{str(folder)!r} is neither a crisis (no crisis.toml) nor an instance (no locations.csv)"
        )
    read = read_folder(root)
    if not read.usable:
        raise CrisisError(errors_in(read.findings))
    return crisis_of(read)


def situation_of(instance: FleeInstance) -> Situation:
    """Return the situation of an instance; what is not used of it is among the findings."""
    findings: list[Finding] = []
    origins = [p for p in instance.places if not _is_site(p) and _at_war(instance, p).any()]
    sites = [p for p in instance.places if _is_site(p)]
    _refuse_empty(instance, origins, sites)
    names = tuple(p.name for p in origins), tuple(p.name for p in sites)
    intensity = np.stack([_at_war(instance, p) for p in origins])
    lands = Counter(p.country for p in sites)
    entries = Counter(p.country for p in instance.places if not _is_site(p) and p.foreign)
    return Situation(
        title=instance.title,
        start=instance.start,
        origins=names[0],
        sites=names[1],
        people=_people(origins, findings),
        intensity=intensity,
        onset=(intensity > 0).argmax(axis=1).astype(np.float64),
        ways=ways_of(instance, *names),
        siblings=np.array([float(lands[p.country]) for p in sites]),
        entries=np.array([1.0 + entries[p.country] for p in sites]),
        roads=_roads(instance, names[1]),
        capacity=_capacity(sites, findings),
        counts=instance.reference(names[1]),
        findings=(*findings, *_unused(instance)),
    )


def _is_site(place: Place) -> bool:
    return place.kind in ("camp", "idpcamp")


def _at_war(instance: FleeInstance, place: Place) -> Floats:
    """Return the strength of conflict by day; a conflict zone without a column is at war throughout."""
    always = np.full(instance.days, place.intensity if place.kind == "conflict" else 0.0)
    return np.asarray(instance.conflict.get(place.name, always), dtype=np.float64)


def _refuse_empty(instance: FleeInstance, origins: list[Place], sites: list[Place]) -> None:
    """Refuse an instance from which nobody could be forecast to flee."""
    what = [("no place is ever at war", "conflicts", origins), ("there is no site", "locations", sites)]
    faults = [
        Finding("E651", "error", f"{instance.title}: {message}", table, expected="at least one")
        for message, table, rows in what
        if not rows
    ]
    if faults:
        raise CrisisError(faults)


def _people(origins: list[Place], findings: list[Finding]) -> Floats:
    """Return people by origin; the middle of the known where one is unknown, never 0."""
    known = [p.population for p in origins if p.population > 0]
    middle = float(np.median(known)) if known else ONLY_KNOWN
    unknown = [p.name for p in origins if p.population <= 0]
    if unknown:
        said = f"people of places at war are unknown; {middle:,.0f} each are assumed"
        findings.append(Finding("W651", "warning", said, "locations", value=", ".join(unknown)[:80]))
    return np.array([p.population if p.population > 0 else middle for p in origins])


def _roads(instance: FleeInstance, sites: tuple[str, ...]) -> Floats:
    ends = Counter(name for link in instance.links for name in {link.start, link.end})
    return np.array([float(max(1, ends[name])) for name in sites])


def _capacity(sites: list[Place], findings: list[Finding]) -> Floats:
    """Return capacities relative to the middle one; 1 where unknown."""
    known = [p.capacity for p in sites if p.capacity > 0]
    middle = float(np.median(known)) if known else 1.0
    unknown = [p.name for p in sites if p.capacity <= 0]
    if unknown:
        said = "capacities of sites are unknown; the middle one is assumed where they are used"
        findings.append(Finding("W652", "warning", said, "locations", value=", ".join(unknown)[:80]))
    return np.array([p.capacity / middle if p.capacity > 0 else 1.0 for p in sites])


def _unused(instance: FleeInstance) -> list[Finding]:
    """Say what the instance gives and the daily rules do not use."""
    given = {
        "changes of type": bool(instance.type_changes),
        "people in sites at the start": any(p.initial_people for p in instance.places),
        "capacities that change by the day": any(p.capacity_per_day for p in instance.places),
    }
    return [
        Finding("N651", "note", f"given and not used by the daily rules: {name}", "locations")
        for name, there in given.items()
        if there
    ]
