"""A whole folder of the format, with what was mended and what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from forestall.core.errors import Finding, errors_in
from forestall.flee.reading import conflicts, places, routes, series, settings
from forestall.flee.reading.cells import Notes
from forestall.flee.reading.places import Kind, PlaceRow
from forestall.flee.reading.routes import ClosureRow, LinkRow
from forestall.flee.reading.series import Series

SUBFOLDERS = ("", "input_csv", "input_files")


@dataclass(frozen=True)
class FleeFolder:
    """Everything a folder says, tidied, in the order of its files.

    Parameters
    ----------
    title : str
        Name of the folder.
    start : datetime.date
        Day 0.
    days : int
        Length.
    places : tuple of PlaceRow
        Places; the first one's country is home.
    links, closures : tuples
        Links and closures.
    conflict : dict of str to list of float
        Strength of conflict by place and day.
    series : tuple of Series
        Recorded counts by day; the first is the total.
    changes : tuple of (str, str, int)
        Changes of type.
    settings : dict
        Settings that the rules read.
    findings : tuple of Finding
        What was mended (notes), refused (warnings) and what stops a run (errors).
    """

    title: str
    start: date
    days: int
    places: tuple[PlaceRow, ...]
    links: tuple[LinkRow, ...]
    closures: tuple[ClosureRow, ...]
    conflict: dict[str, list[float]]
    series: tuple[Series, ...]
    changes: tuple[tuple[str, Kind, int], ...]
    settings: dict[str, Any]
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether a crisis can be made of it."""
        return not errors_in(self.findings)


def find(folder: Path, name: str) -> Path | None:
    """Return a file of the folder, in its root or its folder of inputs."""
    for sub in SUBFOLDERS:
        path = folder / sub / name
        if path.is_file():
            return path
    return None


def read_folder(folder: str | Path) -> FleeFolder:
    """Read a folder of the format.

    Parameters
    ----------
    folder : str or Path
        Folder with locations.csv, routes.csv, conflicts.csv, closures.csv, sim_period.csv,
        registration_corrections.csv (in it or in its folder input_csv), simsetting.yml and
        source_data/.

    Returns
    -------
    FleeFolder
        Never raises for what is in the files: every fault is a finding.
    """
    root, notes = Path(folder), Notes()
    period_file = _needed(root, conflicts.PERIOD, notes)
    period = conflicts.read_period(period_file, notes) if period_file else None
    start, days = period or (date(2000, 1, 1), 1)
    place_file = _needed(root, places.FILE, notes)
    rows = places.read_places(place_file, notes) if place_file else []
    by_name = {row.name: row for row in rows}
    if not rows:
        notes.add("E488", "error", "there is no place", places.FILE)
    route_file = _needed(root, routes.ROUTES, notes)
    links = routes.read_routes(route_file, by_name, notes) if route_file else []
    closures = _optional(root, routes.CLOSURES, notes)
    conflict = _conflict(root, by_name, days, notes)
    recorded = series.read_series(
        root / "source_data", start, days, by_name, find(root, series.CORRECTIONS), notes
    )
    changes = find(root, conflicts.CHANGES)
    found = settings.read_settings(find(root, settings.FILE) or find(root.parent, settings.FILE), notes)
    result = FleeFolder(
        title=root.resolve().name,
        start=start,
        days=days,
        places=tuple(rows),
        links=tuple(links),
        closures=tuple(routes.read_closures(closures, by_name, links, days, notes)) if closures else (),
        conflict=conflict,
        series=tuple(recorded),
        changes=tuple(conflicts.read_changes(changes, by_name, notes)) if changes else (),
        settings=found,
        findings=(),
    )
    _check_whole(root, result, notes)
    return FleeFolder(**{**result.__dict__, "findings": tuple(notes.findings)})


def _needed(root: Path, name: str, notes: Notes) -> Path | None:
    path = find(root, name)
    if path is None:
        notes.add(
            "E489",
            "error",
            "a file is missing",
            name,
            expected=f"{name} in the folder or in its folder input_csv",
        )
    return path


def _optional(root: Path, name: str, notes: Notes) -> Path | None:
    path = find(root, name)
    if path is None:
        notes.add("N388", "note", "an optional file is not there", name)
    return path


def _conflict(root: Path, by_name: dict[str, PlaceRow], days: int, notes: Notes) -> dict[str, list[float]]:
    path = find(root, conflicts.CONFLICTS)
    if path is not None:
        return conflicts.read_conflicts(path, by_name, days, notes)
    notes.mended(
        "no table of conflicts: the days of conflict of the places are used, with strength 1",
        conflicts.CONFLICTS,
    )
    return conflicts.conflicts_by_date(by_name, days)


def _check_whole(root: Path, folder: FleeFolder, notes: Notes) -> None:
    """Report what only shows when the files are taken together."""
    linked = {name for link in folder.links for name in (link.start, link.end)}
    at_war = set(folder.conflict) | {place.name for place in folder.places if place.kind == "conflict"}
    for place in folder.places:
        if place.name in linked:
            continue
        if place.is_camp:
            notes.add(
                "W496",
                "warning",
                "a camp without any route: nobody can arrive",
                routes.ROUTES,
                value=place.name,
            )
        elif place.name in at_war:
            notes.add(
                "W497",
                "warning",
                "an origin without any route: people there stay and are counted there",
                routes.ROUTES,
                value=place.name,
            )
    for name in at_war:
        place = next(p for p in folder.places if p.name == name)
        if place.number is None and any(value > 0 for value in folder.conflict.get(name, [1.0])):
            notes.add(
                "W498",
                "warning",
                "the population is unknown: nobody leaves from there",
                places.FILE,
                value=name,
            )
    for path in sorted(root.glob("**/demographics_*.csv")) + sorted(root.glob("**/major_routes.csv")):
        notes.add("N389", "note", "the file is not read: the rule that would use it is left out", path.name)
