"""How things stand at the moment: the war, the roads out, and the people counted, from observed rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from forestall.reporting.desk import Desk
from forestall.reporting.pages.say import Rows, rows

_FIGHTING = {"under way", "fading"}
"""States of one war between its beginning and its end."""
FRESH_DAYS = 14
"""Days before the moment within which a count still speaks of what is going on."""
CHANGED_DAYS = 400
"""Days before the moment within which a change on a road is news; older states are how things are."""


@dataclass(frozen=True, slots=True)
class War:
    """State of the war, its probability, and the day since when there is fighting or that state."""

    state: str
    since: date | None
    probability: float | None
    rows: tuple[Rows, ...]


def war(desk: Desk) -> War | None:
    """Return how the war stands on the last day of the table of its states; None where there is none."""
    if not desk.has("war_state"):
        return None
    days = desk.frame("war_state").sort("date").to_dicts()
    last = days[-1]
    alike = _FIGHTING if last["state"] in _FIGHTING else {last["state"]}
    begun = next((i for i in range(len(days) - 1, -1, -1) if days[i]["state"] not in alike), -1)
    since = days[begun + 1]["date"]
    return War(last["state"], since, last["under_way"], (rows("war_state", date=last["date"]),))


@dataclass(frozen=True, slots=True)
class Road:
    """A stretch of the ways out with its status, and since when it has not been open without a break."""

    corridor: str
    status: str
    effective: datetime
    shut_since: datetime | None


REPORTED = pl.col("basis") != "assumption"
"""A status that was assumed to fill a table is no news and no fact about a road."""


def ways_out(desk: Desk) -> list[Road]:
    """Return the stretches people would leave by of which anything was reported, newest change first."""
    if not desk.has("corridor_status"):
        return []
    known = desk.frame("corridor_status").filter(REPORTED)
    frame = known.filter(pl.col("effective") <= desk.now).sort("effective")
    if desk.has("flows_summary"):
        used = desk.frame("flows_summary")["corridor"].unique()
        frame = frame.filter(pl.col("corridor").is_in(used.implode()))
    found = [_road(part) for _, part in frame.group_by("corridor", maintain_order=True)]
    return sorted(found, key=lambda road: (road.effective, road.corridor), reverse=True)


def _road(part: pl.DataFrame) -> Road:
    """Return the stretch as its newest row says; the spell of not being open is followed back."""
    newest = part.row(-1, named=True)
    since = None
    for row in reversed(part.to_dicts()):
        if row["status"] == "open":
            break
        since = row["effective"]
    return Road(newest["corridor"], newest["status"], newest["effective"], since)


def shut_road(desk: Desk) -> Road | None:
    """Return the stretch shut of late that most people would have to pass; the one shut last where alike."""
    after = desk.now - timedelta(days=CHANGED_DAYS)
    shut = [r for r in ways_out(desk) if r.shut_since is not None and r.shut_since >= after]
    people = _people_by_stretch(desk)
    return max(
        shut,
        key=lambda r: (people.get(r.corridor, 0.0), r.shut_since or r.effective, r.corridor),
        default=None,
    )


def _people_by_stretch(desk: Desk) -> dict[str, float]:
    """Return the people who pass each stretch in the upper draws."""
    if not desk.has("flows_summary"):
        return {}
    top = desk.arm("flows_summary", "if it happens").group_by("corridor").agg(pl.col("people").max())
    return dict(top.iter_rows())


def opened_road(desk: Desk) -> Road | None:
    """Return the stretch that was opened last, within the days in which that is news."""
    after = desk.now - timedelta(days=FRESH_DAYS)
    return next((r for r in ways_out(desk) if r.status == "open" and r.effective >= after), None)


def road_rows(road: Road) -> Rows:
    """Return the row of the newest status of a stretch."""
    return rows("corridor_status", corridor=road.corridor, effective=road.effective)


def counted(desk: Desk) -> list[dict[str, Any]]:
    """Return the newest count of each place and kind, the newest vintage of it, largest first."""
    return [series[-1] for series in series_of(desk)]


def series_of(desk: Desk) -> list[list[dict[str, Any]]]:
    """Return the counts of each place and kind along time, arrivals and departures first, largest first."""
    if not desk.has("counts"):
        return []
    frame = desk.frame("counts").filter(pl.col("record") == "cumulative").drop_nulls("value")
    keys = ["place", "what"]
    newest = frame.sort("known_at").unique([*keys, "at"], keep="last", maintain_order=True).sort("at")
    found: Sequence[list[dict[str, Any]]] = [
        part.to_dicts() for _, part in newest.group_by(keys, maintain_order=True)
    ]
    first = {"left": 0, "arrived": 1}
    return sorted(found, key=lambda s: (first.get(s[-1]["what"], 2), -s[-1]["value"], s[-1]["place"]))


def moving(desk: Desk) -> dict[str, Any] | None:
    """Return the count that shows that people are on the move, if one is fresh."""
    after = desk.now - timedelta(days=FRESH_DAYS)
    return next(
        (
            c
            for c in counted(desk)
            if c["what"] in {"left", "arrived"} and c["at"] >= after and c["value"] > 0
        ),
        None,
    )
