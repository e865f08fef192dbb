"""How things stand at the moment: the war, the roads out, and the people counted, from observed rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil, log10
from typing import Any

import polars as pl

from forestall.reporting.desk import Desk
from forestall.reporting.pages.say import Rows, rows
from forestall.schema.conventions import ALL

_FIGHTING = {"under way", "fading"}
"""States of one war between its beginning and its end."""
FRESH_DAYS = 14
"""Days before the moment within which a count still speaks of what is going on."""
CHANGED_DAYS = 400
"""Days before the moment within which a change on a road is news; older states are how things are."""


STALE_DAYS = 92
"""Days after its end from which a record no longer speaks of the present."""
FEW_DRAWS, SOME_DRAWS = 20, 100
"""Draws below which a figure is not shown at all, and below which their number stands beside it."""


@dataclass(frozen=True, slots=True)
class War:
    """State of the war, its probability, and the day since when there is fighting or that state.

    ``longer`` says that it may have begun earlier than ``since``: the table of states begins there.
    """

    state: str
    since: date | None
    probability: float | None
    rows: tuple[Rows, ...]
    longer: bool = False


def war(desk: Desk) -> War | None:
    """Return how the war stands on the last day of the table of its states; None where there is none."""
    if not desk.has("war_state"):
        return None
    days = desk.frame("war_state").sort("date").to_dicts()
    last = days[-1]
    alike = _FIGHTING if last["state"] in _FIGHTING else {last["state"]}
    begun = next((i for i in range(len(days) - 1, -1, -1) if days[i]["state"] not in alike), -1)
    since = days[begun + 1]["date"]
    found = (rows("war_state", date=last["date"]),)
    return War(last["state"], since, last["under_way"], found, longer=begun < 0)


@dataclass(frozen=True, slots=True)
class End:
    """Last day of which the record of violence tells, and how long before the moment that is."""

    day: date
    hours: float
    rows: tuple[Rows, ...]

    @property
    def stale(self) -> bool:
        """Whether the record ended too long ago to speak of the present."""
        return self.hours > STALE_DAYS * 24


def record_end(desk: Desk) -> End | None:
    """Return the end of the record of violence: of its deaths or its events, whichever reaches further."""
    if not desk.has("freshness"):
        return None
    told = desk.frame("freshness").filter(pl.col("table").is_in(["deaths", "events"]))
    newest = told.drop_nulls("latest_date").sort("latest_date")
    if newest.is_empty():
        return None
    table, day = newest.select("table", "latest_date").row(-1)
    today = desk.now.astimezone(desk.zone).date()
    return End(day, max((today - day).days, 0) * 24.0, (rows("freshness", table=table),))


@dataclass(frozen=True, slots=True)
class Draws:
    """In how many draws fighting comes, of how many."""

    violent: int
    total: int

    @property
    def few(self) -> bool:
        """Whether too few draws hold fighting to say anything of what follows from it."""
        return self.violent < FEW_DRAWS

    @property
    def wanted(self) -> int:
        """Draws from which about a hundred would hold fighting, as far as these tell."""
        many = self.total * SOME_DRAWS / max(self.violent, 1)
        return int(min(100_000, 10 ** ceil(log10(max(many, 10)))))


def violent_draws(desk: Desk) -> Draws | None:
    """Return in how many draws fighting comes; None before people were displaced."""
    if not desk.has("episodes"):
        return None
    happens = desk.frame("episodes")["happens"]
    return Draws(int(happens.sum()), happens.len())


def begun(desk: Desk) -> bool:
    """Return whether the fighting of every draw had begun at the moment."""
    return desk.has("episodes") and bool(desk.frame("episodes")["ongoing"].all())


def ways(desk: Desk) -> int:
    """Return by how many different stretches people cross into another country, or reach places of arrival.

    The latter where none of the ways people take leads into another country.
    """
    if not desk.has("flows_summary") or not desk.has("arrivals_summary"):
        return 1
    used = set(desk.frame("flows_summary")["corridor"].unique())
    frame = desk.frame("corridors").select("corridor", "from_place", "to_place")
    stretches = [(start, end) for key, start, end in frame.iter_rows() if key in used]
    country = dict(desk.frame("places").select("place", "country").iter_rows())
    across = sum(country.get(start) != country.get(end) for start, end in stretches)
    there = set(desk.frame("arrivals_summary")["place"].unique()) - {ALL}
    return across or max(1, sum(end in there and start not in there for start, end in stretches))


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
