"""What is happening and since when, what must be decided today, and the newest facts."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from forestall.reporting.desk import Desk
from forestall.reporting.pages.actions import Due, due, people_line, steps
from forestall.reporting.pages.changed import grown_line, stretch
from forestall.reporting.pages.needs import worst_cost
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
    absent_table,
    not_assessed,
    rows,
    say,
)
from forestall.reporting.pages.standing import (
    Road,
    War,
    counted,
    moving,
    opened_road,
    record_end,
    series_of,
    shut_road,
    violent_draws,
    war,
    ways,
)
from forestall.schema.conventions import ALL

RECORD = "forestall record --from"
"""Command that brings newer deaths and displacement into the tables."""
SURE = 0.9
"""Probability from which fighting is said to be under way without a number."""
MOST = 0.7
"""Share of the people of a place from which "most" may leave."""
FACTS, FACT_DAYS = 5, 14


def now_part(desk: Desk) -> Part:
    """Return the two sentences at the head of the pages."""
    war_said, road = war_clauses(desk), _road(desk)
    sure = not any(line.said.key == "war.goes_on" for line in war_said)
    clauses = [*_moving(desk), *(war_said + road if sure else road + war_said)]
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
    """Return the median share of the people who leave, and its rows; None where too few draws tell."""
    draws = violent_draws(desk)
    if draws is None or draws.few:
        return None
    found = spread(desk, "departures_summary", "people", arm="if it happens", place=ALL)
    stay = spread(desk, "departures_summary", "remaining", arm="if it happens", place=ALL)
    if found is None or stay is None or found.middle + stay.middle <= 0:
        return None
    return found.middle / (found.middle + stay.middle), found.rows[0]


def war_clauses(desk: Desk) -> list[Line]:
    """Return how the war stands, always with the end of the record where nothing is seen in it."""
    state = war(desk)
    if state is None:
        return []
    end = record_end(desk)
    if end is not None and (end.stale or state.state in {"quiet", "over"}):
        key = "war.stale" if end.stale else "war.as_known"
        values: dict[str, Value] = {"state": Word(f"state.{state.state.replace(' ', '_')}")}
        values |= {"day": Day(end.day), "span": Hours(end.hours)}
        return [Line(Said(key, values), (*state.rows, *end.rows)), *_goes_on(state)]
    return [_fighting(desk, state), *_goes_on(state)]


def _fighting(desk: Desk, state: War) -> Line:
    """Return since when there is fighting or tension, or for how long at least."""
    if state.state in {"quiet", "over"} or state.since is None:
        return say(f"state.{state.state}", *state.rows)
    word = Word("state.tension" if state.state == "tension" else "state.under_way")
    if state.longer:
        days = (desk.now.astimezone(desk.zone).date() - state.since).days
        return say("war.longer", *state.rows, state=word, span=Hours(days * 24.0))
    return say("war.since", *state.rows, state=word, day=Day(state.since))


def _goes_on(state: War) -> list[Line]:
    """Return the probability that fighting which is not certain to go on does."""
    if state.state not in {"under way", "fading"} or (state.probability or 0.0) >= SURE:
        return []
    return [say("war.goes_on", *state.rows, p=Share(state.probability or 0.0, about=True))]


def _road(desk: Desk) -> list[Line]:
    """Return that the road out is shut, and for how many days, or that it was opened of late."""
    shut = shut_road(desk)
    if shut is not None and shut.shut_since is not None:
        days = (desk.now - shut.shut_since) // timedelta(days=1)
        line = _way(desk, shut, "now.shut", days=Count(days))
        began = rows("corridor_status", corridor=shut.corridor, effective=shut.shut_since)
        return [Line(line.said, (*line.rows, began))]
    opened = opened_road(desk)
    return [] if opened is None else [_way(desk, opened, "now.open", at=Moment(opened.effective))]


def _way(desk: Desk, road: Road, key: str, **values: Value) -> Line:
    """Return a line about the road out, or about one of the ways out where there are several."""
    many = ways(desk)
    if many == 1:
        return stretch(desk, road, key, **values)
    line = stretch(desk, road, f"{key}_one", ways=Count(many), **values)
    return Line(line.said, (*line.rows, rows("flows_summary")))


def _decide(desk: Desk) -> Line:
    """Return what must be decided today: the actions whose order is due first."""
    if not desk.has("triggers"):
        return absent_table("triggers")
    if "actions_due" not in desk.crisis.tables:
        return say("absent.decide", weight="absent", command=Data("forestall act"))
    actions = due(desk)
    end = record_end(desk)
    if not actions and end is not None and end.stale:
        return say("decide.record", *end.rows, weight="lead", day=Day(end.day), command=Data(RECORD))
    if not actions:
        return say("decide.none", rows("actions_due"))
    return _to_decide(desk, actions)


def _to_decide(desk: Desk, actions: Sequence[Due]) -> Line:
    """Return the first step of the actions due first, for how many people and how much money at worst."""
    picked = [step for action in actions[:3] for step in steps(action.what)[:1]]
    said = Listed(tuple(Data(step) for step in dict.fromkeys(picked)))
    found = tuple(row for action in actions[:3] for row in action.rows)
    people = people_line(desk)
    if people is None:
        return Line(Said("decide.is", {"actions": said}), found, "lead")
    values: dict[str, Value] = {"actions": said, "worst": people.said.values["worst"]}
    cost = worst_cost(desk)
    if cost is None:
        return Line(Said("decide.for", values), (*found, *people.rows), "lead")
    money, priced = cost
    return Line(Said("decide.priced", values | {"cost": money}), (*found, *people.rows, *priced), "lead")


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


def counted_part(desk: Desk) -> Part:
    """Return what was counted so far, by place, each with its trend."""
    found = counted(desk)
    if not found:
        return Part("counted", (say("counted.none", weight="quiet"),))
    return Part("counted", tuple(grown_line(series) for series in series_of(desk)[:5]))
