"""source_data: recorded counts by camp, interpolated as the peer does, in the order of the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from forestall.core.files import is_inside
from forestall.core.names import nearest
from forestall.flee.reading.cells import Notes, date_of, number_of, read_rows
from forestall.flee.reading.places import PlaceRow

LAYOUT = "data_layout.csv"
CORRECTIONS = "registration_corrections.csv"
Points = list[tuple[int, float]]


@dataclass(frozen=True)
class Series:
    """A recorded series: its name and its value on every day, not yet cut to whole people."""

    name: str
    values: tuple[float, ...]


def value_at(points: Points, day: int) -> float:
    """Return the recorded count of a day: linear between records, flat before and after.

    The records are walked in the order of the file, also where that is not the order of time.

    Examples
    --------
    >>> value_at([(0, 10.0), (4, 20.0)], 1)
    12.5
    """
    if day <= points[0][0]:
        return points[0][1]
    for (before, low), (after, high) in pairwise(points):
        if day < after and after != before:
            return low + (day - before) / (after - before) * (high - low)
    return points[-1][1]


def add_points(first: Points, second: Points) -> Points:
    """Return the sum of two series on the union of their dates, as the peer adds files.

    Between records the second keeps its last value, the first its next one; records of the first
    after the last of the second are dropped.

    Examples
    --------
    >>> add_points([(0, 1.0), (2, 2.0)], [(0, 10.0), (1, 20.0), (2, 30.0)])
    [(0, 11.0), (1, 22.0), (2, 32.0)]
    """
    merged: Points = []
    position, held = 0, 0.0
    for day, value in second:
        while day > first[position][0]:
            merged.append((first[position][0], held + first[position][1]))
            if position == len(first) - 1:
                break
            position += 1
        if day <= first[position][0]:
            merged.append((day, value + first[position][1]))
            held = value
            if day == first[position][0] and position < len(first) - 1:
                position += 1
    return merged


def corrected(points: Points, day: int) -> Points | None:
    """Return a series with all records before a date scaled to meet the record of that date.

    Returns None where there is no record on exactly that date.

    Examples
    --------
    >>> corrected([(0, 10.0), (5, 20.0), (6, 10.0)], 6)
    [(0, 5.0), (5, 10.0), (6, 10.0)]
    """
    if all(when != day for when, _ in points[1:]):
        return None
    for i in range(1, len(points)):
        if points[i][0] == day and points[i - 1][1] >= 1:
            factor = points[i][1] / points[i - 1][1]
            points = [(when, value * factor) for when, value in points[:i]] + points[i:]
    return points


def read_points(path: Path, start: date, notes: Notes) -> Points:
    """Read one file of dates and counts, in its own order."""
    _, rows = read_rows(path, notes)
    points: Points = []
    for position, row in enumerate(rows):
        when, count = date_of(row.cell(0)), number_of(row.cell(1))
        if position == 0 and when is None:
            continue
        if not row.cell(1):
            continue
        if when is None or count is None:
            notes.refused(
                "a row without date and count",
                path.name,
                row=row.line,
                value=",".join(row.cells)[:40],
                expected="YYYY-MM-DD,count",
            )
            continue
        if count < 0:
            notes.add("W487", "warning", "a negative count", path.name, row=row.line, value=row.cell(1))
        points.append(((when - start).days, float(int(count))))
    days = [day for day, _ in points]
    if days != sorted(days):
        notes.add(
            "W488",
            "warning",
            "the dates are not in order: they are walked in the order of the file, as in the peer",
            path.name,
        )
    if len(set(days)) < len(days):
        notes.add(
            "W489",
            "warning",
            "dates occur twice: they are walked in the order of the file, as in the peer",
            path.name,
        )
    return points


def read_series(
    folder: Path,
    start: date,
    days: int,
    places: Mapping[str, PlaceRow],
    corrections: Path | None,
    notes: Notes,
) -> list[Series]:
    """Read every series of data_layout.csv; the first is the total.

    Parameters
    ----------
    folder : Path
        Folder source_data.
    start, days : date, int
        Period.
    places : mapping of str to PlaceRow
        Known places, for findings.
    corrections : Path or None
        registration_corrections.csv.
    notes : Notes
        Receives what was mended and refused.
    """
    layout = folder / LAYOUT
    if not layout.is_file():
        notes.add(
            "E483",
            "error",
            "the recorded counts are missing",
            f"source_data/{LAYOUT}",
            expected="rows total,FILE and then CAMP,FILE",
        )
        return []
    _, rows = read_rows(layout, notes)
    found: dict[str, Points] = {}
    for row in rows:
        points: Points | None = None
        for file in row.cells[1:]:
            if file:
                more = _read_inside(folder, file, row.line, start, notes)
                points = (
                    more
                    if points is None
                    else (add_points(points, more) if more and points else points or more)
                )
        if not points:
            if row.cell(1):
                notes.refused("a series without any record", LAYOUT, row=row.line, value=row.cell(0))
            continue
        if row.cell(0) in found:
            notes.refused("a series given twice; the first is kept", LAYOUT, row=row.line, value=row.cell(0))
            continue
        found[row.cell(0)] = points
    _note_names(found, places, notes)
    if corrections is not None:
        _correct(found, corrections, start, notes)
    return [
        Series(name, tuple(value_at(points, day) for day in range(days))) for name, points in found.items()
    ]


def _read_inside(folder: Path, file: str, line: int, start: date, notes: Notes) -> Points:
    path = folder / file
    if not is_inside(path, folder):
        notes.refused("a file outside the folder", LAYOUT, row=line, value=file)
        return []
    if not path.is_file():
        near = nearest(file, [p.name for p in folder.glob("*.csv")])
        notes.refused("a file that is not there", LAYOUT, row=line, value=file, nearest=near)
        return []
    return read_points(path, start, notes)


def _note_names(found: Mapping[str, Points], places: Mapping[str, PlaceRow], notes: Notes) -> None:
    """Report series that are no camps, and camps without a series."""
    names = list(found)
    if names and names[0] in places:
        notes.add(
            "W490",
            "warning",
            "the first row of the layout is taken for the total, as in the peer, although it is a place",
            LAYOUT,
            value=names[0],
        )
    for name in names[1:]:
        if name not in places:
            notes.add(
                "W491",
                "warning",
                "a series that is no place: it drives departures, but nobody can arrive there",
                LAYOUT,
                value=name,
                nearest=nearest(name, places),
            )
    for name, place in places.items():
        if place.is_camp and name not in found:
            notes.add(
                "W492",
                "warning",
                "a camp without recorded counts: its arrivals are forecast but cannot be scored",
                LAYOUT,
                value=name,
            )


def _correct(found: dict[str, Points], path: Path, start: date, notes: Notes) -> None:
    """Apply registration_corrections.csv."""
    _, rows = read_rows(path, notes)
    for row in rows:
        name, when = row.cell(0), date_of(row.cell(1))
        if name not in found:
            notes.refused(
                "a correction of an unknown series",
                CORRECTIONS,
                row=row.line,
                value=name,
                nearest=nearest(name, found),
            )
            continue
        if when is None:
            notes.refused("a correction without a date", CORRECTIONS, row=row.line, value=row.cell(1))
            continue
        day = (when - start).days
        if day < 0:
            notes.add(
                "N385",
                "note",
                "a correction before the start has no effect",
                CORRECTIONS,
                row=row.line,
                value=row.cell(1),
            )
            continue
        points = corrected(found[name], day)
        if points is None:
            notes.refused(
                "a correction on a date without a record (the peer stops there)",
                CORRECTIONS,
                row=row.line,
                value=f"{name} {row.cell(1)}",
            )
        else:
            found[name] = points
