"""What is happening and since when, what must be decided today, and the newest facts."""

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from forestall.reporting.desk import Desk
from forestall.reporting.pages.actions import due, steps
from forestall.reporting.pages.quantiles import spread
from forestall.reporting.pages.say import (
    Count,
    Data,
    Day,
    Hours,
    Line,
    Listed,
    Moment,
    Name,
    Part,
    Rows,
    Said,
    Share,
    Value,
    Word,
    not_assessed,
    rows,
    say,
)
from forestall.reporting.pages.standing import (
    REPORTED,
    Road,
    counted,
    moving,
    opened_road,
    road_rows,
    series_of,
    shut_road,
    war,
)

SURE = 0.9
"""Probability from which fighting is said to be under way without a number."""
MOST = 0.7
"""Share of the people of a place from which "most" may leave."""
FACTS, FACT_DAYS = 5, 14
CHANGE_HOURS = (24, 168)
"""Stretches before the moment that are tried, shortest first, for what has changed."""


def now_part(desk: Desk) -> Part:
    """Return the two sentences at the head of the pages."""
    clauses = [*_moving(desk), *_war(desk), *_road(desk)]
    if not clauses:
        return not_assessed("now", "forestall run")
    said = tuple(line.said for line in clauses)
    found = tuple(row for line in clauses for row in line.rows)
    head = Line(Said("now.is", {"clauses": Listed(said)}), found, "lead")
    return Part("now", (head, _decide(desk)))


def _moving(desk: Desk) -> list[Line]:
    """Return that people are on the move, and how many may follow."""
    count = moving(desk)
    if count is None:
        return []
    place = Name(count["place"])
    counting = rows("counts", count=count["count"])
    people = Count(count["value"])
    lines = [say(f"now.{count['what']}", counting, people=people, place=place)]
    share = _leaving(desk)
    return [say("now.most_leave", share[1]), *lines] if share and share[0] >= MOST else lines


def _leaving(desk: Desk) -> tuple[float, Rows] | None:
    """Return the median share of the people who leave, and its rows."""
    found = spread(desk, "departures_summary", "people", arm="if it happens", place="ALL")
    stay = spread(desk, "departures_summary", "remaining", arm="if it happens", place="ALL")
    if found is None or stay is None or found.middle + stay.middle <= 0:
        return None
    return found.middle / (found.middle + stay.middle), found.rows[0]


def _war(desk: Desk) -> list[Line]:
    """Return how the war stands."""
    state = war(desk)
    if state is None:
        return []
    if state.since is None or state.state in {"quiet", "over"}:
        return [say(f"war.{state.state}", *state.rows)]
    values: dict[str, Value] = {"day": Day(state.since), "p": Share(state.probability or 0.0)}
    sure = (state.probability or 0.0) >= SURE or state.state == "tension"
    key = state.state.replace(" ", "_") if sure else "unsure"
    return [Line(Said(f"war.{key}", values), state.rows)]


def _road(desk: Desk) -> list[Line]:
    """Return that the road out is shut, and for how many days, or that it was opened of late."""
    shut = shut_road(desk)
    if shut is not None and shut.shut_since is not None:
        days = (desk.now - shut.shut_since) // timedelta(days=1)
        return [_stretch(desk, shut, "now.shut", days=Count(days))]
    opened = opened_road(desk)
    return [] if opened is None else [_stretch(desk, opened, "now.open", at=Moment(opened.effective))]


def _stretch(desk: Desk, road: Road, key: str, **values: Value) -> Line:
    """Return a line about a stretch of road."""
    ends = desk.frame("corridors").filter(pl.col("corridor") == road.corridor)
    start, end = ends.select("from_place", "to_place").row(0) if ends.height else (road.corridor, "")
    word = Word(f"status.{road.status}")
    told: dict[str, Value] = {"start": Name(start), "end": Name(end), "status": word, **values}
    return Line(Said(key, told), (road_rows(road),))


def _decide(desk: Desk) -> Line:
    """Return what must be decided today: the actions whose order is due first."""
    if "actions_due" not in desk.crisis.tables:
        return say("absent.decide", weight="absent", command=Data("forestall act"))
    actions = due(desk)
    if not actions:
        return say("decide.none", rows("actions_due"))
    picked = [step for action in actions[:3] for step in steps(action.what)[:1]]
    first = list(dict.fromkeys(picked))
    return Line(
        Said("decide.is", {"actions": Listed(tuple(Data(step) for step in first))}),
        tuple(row for action in actions[:3] for row in action.rows),
        "lead",
    )


_MATTERS = {
    **dict.fromkeys(("violence", "displacement", "closure", "access", "ceasefire"), 0),
    **dict.fromkeys(("supplies", "posture", "agreement", "return"), 1),
    "aid": 2,
}


def situation_part(desk: Desk) -> Part:
    """Return the newest facts that matter, and what is told differently by the sides."""
    if not desk.has("events"):
        return not_assessed("situation", "forestall add FOLDER event")
    contested = _contested(desk)
    facts = [_fact(row) for row in _newest(desk, FACTS - len(contested))]
    return Part("situation", (*facts, *contested))


def _newest(desk: Desk, most: int) -> list[dict[str, Any]]:
    """Return the newest events that matter, newest first: deeds before words, violence and roads first."""
    frame = desk.frame("events").sort("date", descending=True, nulls_last=True)
    since = desk.now.astimezone(desk.zone).date() - timedelta(days=FACT_DAYS)
    fresh = frame.filter(pl.col("date") >= since)
    found = (fresh if fresh.height >= most else frame.head(most * 3)).to_dicts()
    order = {row["event"]: index for index, row in enumerate(found)}
    today = desk.now.astimezone(desk.zone).date()
    found.sort(key=lambda r: (_weight(r, today), order[r["event"]]))
    return sorted(found[:most], key=lambda r: order[r["event"]])


def _weight(row: dict[str, Any], today: date) -> float:
    """Return how far down an event stands: by its kind, words below deeds, and half a step for each day."""
    days = (today - row["date"]).days if row["date"] is not None else FACT_DAYS
    words = 1.0 if row["form"] != "material" else 0.0
    return _MATTERS.get(row["kind"], 3) + words + float(days) / 2


def _fact(row: dict[str, Any]) -> Line:
    """Return one event with its day and who did it."""
    return say(
        "fact",
        rows("events", event=row["event"]),
        day=Day(row["date"]),
        who=Data(str(row["actor"] or "")),
        what=Data(str(row["description"])),
    )


def _contested(desk: Desk) -> list[Line]:
    """Return one statement of a side that the rows of another contradict or contest, the most disputed."""
    if not desk.has("claims_verdicts"):
        return []
    frame = desk.frame("claims_verdicts").filter(pl.col("verdict") == "contested")
    return [
        say(
            "disputed",
            rows("claims_verdicts", claim=row["claim"]),
            voice=Data(row["voice"]),
            statement=Data(row["statement"]),
            found=Data(row["found"] or "-"),
        )
        for row in frame.head(1).to_dicts()
    ]


def changed_part(desk: Desk) -> Part:
    """Return in words what has changed on the record before the moment."""
    for hours in CHANGE_HOURS:
        lines = _changes(desk, hours)
        if lines:
            return Part("changed", (*lines,))
    return Part("changed", (say("changed.nothing", rows("events"), span=Hours(CHANGE_HOURS[-1])),))


def _changes(desk: Desk, hours: int) -> list[Line]:
    """Return what became known within the hours before the moment: counts, roads, events."""
    after = desk.now - timedelta(hours=hours)
    grown = [] if moving(desk) is not None else series_of(desk)
    lines = [_grown(series) for series in grown if series[-1]["known_at"] > after][:2]
    lines += _turned(desk, after)[:2]
    fresh = desk.frame("events").filter(pl.col("known_at") > after).height if desk.has("events") else 0
    if fresh:
        lines.append(say("changed.events", rows("events"), count=Count(fresh), span=Hours(hours)))
    return lines


def _grown(series: list[dict[str, Any]]) -> Line:
    """Return how a count has grown since the one before it, or that it is the first."""
    last = series[-1]
    values: dict[str, Value] = {
        "what": Word(f"count.{last['what']}"),
        "place": Name(last["place"]),
        "people": Count(last["value"]),
        "at": Moment(last["at"]),
    }
    found = rows("counts", count=last["count"])
    if len(series) < 2:
        return Line(Said("changed.first_count", values), (found,))
    before = series[-2]
    values |= {"before": Count(before["value"]), "then": Moment(before["at"])}
    return Line(Said("changed.count", values), (found, rows("counts", count=before["count"])))


def _turned(desk: Desk, after: datetime) -> list[Line]:
    """Return the stretches of road whose status became known within the hours, one for each status."""
    if not desk.has("corridor_status"):
        return []
    frame = desk.frame("corridor_status").filter(REPORTED, pl.col("known_at") > after).sort("effective")
    newest = frame.unique("status", keep="last", maintain_order=True).to_dicts()
    return [
        _stretch(
            desk,
            Road(row["corridor"], row["status"], row["effective"], None),
            "changed.road",
            at=Moment(row["effective"]),
        )
        for row in reversed(newest)
    ]


def counted_part(desk: Desk) -> Part:
    """Return what was counted so far, by place, each with its trend."""
    found = counted(desk)
    if not found:
        return Part("counted", (say("counted.none", weight="quiet"),))
    return Part("counted", tuple(_grown(series) for series in series_of(desk)[:5]))
