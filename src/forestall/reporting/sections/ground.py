"""The map and the state of the corridors."""

from collections.abc import Sequence
from functools import partial
from heapq import heappop, heappush
from math import dist

import polars as pl
from markupsafe import Markup

from forestall.reporting.blocks import Block, Box, Figure, Table, missing, text
from forestall.reporting.charts.ground import Spot, Way, draw_ground
from forestall.reporting.charts.svg import WIDE
from forestall.reporting.desk import Desk, quantile
from forestall.reporting.writing import exact, interval, rounded
from forestall.roads import UNKNOWN, USES
from forestall.schema.conventions import BAND

DISCLAIMER = (
    "The ground is a plain schematic: no boundary is drawn. Names, places and the state a place is listed "
    "under do not express an opinion on the legal status of any territory or its authorities. Where two "
    "names are in use both are given."
)
NOT_ASSESSED = UNKNOWN.words
STATUS = {**{status: use.words for status, use in USES.items()}, NOT_ASSESSED: NOT_ASSESSED}
_ORDER = tuple(STATUS)
KEY = (
    ("way-open", "open"),
    ("way-limited", "restricted, one way or humanitarian only"),
    ("way-closed", "closed"),
    ("way-unknown", "not assessed"),
    ("spot-exposed", "place with people exposed"),
    ("spot-host", "reception area"),
    ("spot-entry", "where arrivals are counted"),
)


def show_map(desk: Desk) -> Sequence[Block]:
    """Return the map of the whole, a closer one of the corridors, and their state."""
    spots, ways = spots_of(desk), ways_of(desk)
    if not spots:
        return [missing("No map", "No place has coordinates."), _table(desk)]
    blocks: list[Block] = [_figure(desk, "Places and corridors", spots, ways)]
    near = _near(spots, ways)
    if near:
        blocks.append(_figure(desk, "Closer: the places people would leave and the way out", near, ways))
    if desk.has("flows_summary") and not desk.detail:
        blocks.append(
            Box(
                "withheld",
                "Withheld",
                ("How many people each corridor would carry is restricted detail; see the last section.",),
            )
        )
    return [*blocks, text(DISCLAIMER, style="small"), _table(desk)]


def status_of(desk: Desk) -> dict[str, str]:
    """Return the latest status of each corridor; one without a row is not assessed."""
    known: dict[str, str] = {}
    if desk.has("corridor_status"):
        known = dict(desk.crisis.status("corridor_status").select("corridor", "status").iter_rows())
    keys = desk.frame("corridors")["corridor"].to_list() if desk.has("corridors") else []
    return {key: known.get(key, "not assessed") for key in keys}


def flows_of(desk: Desk, arm: str = "if it happens") -> dict[str, float]:
    """Return median people by corridor, where detail may be shown."""
    if not desk.detail or not desk.has("flows_summary"):
        return {}
    rows = quantile(desk.arm("flows_summary", arm), 0.5)
    return dict(rows.select("corridor", "people").iter_rows())


def spots_of(desk: Desk) -> list[Spot]:
    """Return the places that have coordinates, with their part in the crisis."""
    people = _people_by_place(desk)
    used = set(desk.frame("corridors")["from_place"]) | set(desk.frame("corridors")["to_place"])
    out = []
    for row in desk.frame("places").iter_rows(named=True):
        if row["lon"] is None or row["lat"] is None or (row["place"] not in used and not row["hosts"]):
            continue
        kind = _kind(desk, row, people)
        weight = {"entry": 9e9, "exposed": 1e6, "host": 1e5}.get(kind, 0.0) + people.get(row["place"], 0.0)
        out.append(Spot(row["place"], row["name"], row["lon"], row["lat"], kind, weight))
    return out


def _kind(desk: Desk, row: dict[str, object], people: dict[str, float]) -> str:
    """Return the part a place plays."""
    if row["place"] == desk.entry:
        return "entry"
    if row["hosts"]:
        return "host"
    return "exposed" if row["place"] in people else "other"


def _people_by_place(desk: Desk) -> dict[str, float]:
    """Return people by place, the newest figure of each; only the origins where displace named them."""
    if not desk.has("population"):
        return {}
    rows = (
        desk.frame("population")
        .filter(pl.col("people").is_not_null() & (pl.col("level") != "total"))
        .sort("date")
    )
    if desk.has("departures_summary"):
        origins = desk.frame("departures_summary")["place"].unique().to_list()
        rows = rows.filter(pl.col("place").is_in(origins))
    return {place: float(people) for place, people in rows.select("place", "people").iter_rows()}


def ways_of(desk: Desk) -> list[Way]:
    """Return the corridors, both directions drawn as one line with the better status of the two named."""
    status, flows = status_of(desk), flows_of(desk)
    pairs: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for key, start, end in desk.frame("corridors").select("corridor", "from_place", "to_place").iter_rows():
        pairs.setdefault((min(start, end), max(start, end)), []).append((key, start, end))
    out = []
    for (one, two), keys in pairs.items():
        states = [status[key] for key, *_ in keys]
        flow = max((flows.get(key, 0.0) for key, *_ in keys), default=0.0)
        told = "; ".join(
            f"{desk.name(a)} to {desk.name(b)}: {STATUS.get(status[k], status[k])}" for k, a, b in keys
        )
        out.append(Way(one, two, _both(states), flow, told))
    return out


def _both(states: Sequence[str]) -> str:
    """Return one status for two directions; two that differ make a one-way corridor where one is open."""
    if len(set(states)) == 1:
        return states[0]
    return "one_way" if "open" in states and NOT_ASSESSED not in states else max(states, key=_ORDER.index)


def _near(spots: Sequence[Spot], ways: Sequence[Way]) -> list[Spot]:
    """Return the places people would leave, the way out and their neighbours, unless they fill the map."""
    core = {s.key for s in spots if s.kind in {"exposed", "entry"}} | _way_out(spots, ways)
    ring = core | {end for w in ways for end in (w.start, w.end) if w.start in core or w.end in core}
    near = [s for s in spots if s.key in ring]
    if len(near) < 3 or len(near) == len(spots):
        return []
    across = max(s.lon for s in near) - min(s.lon for s in near)
    return near if across < 0.6 * (max(s.lon for s in spots) - min(s.lon for s in spots)) else []


def _way_out(spots: Sequence[Spot], ways: Sequence[Way]) -> set[str]:
    """Return the places passed from the exposed ones to where arrivals are counted, by the shortest line."""
    onward = _onward(spots, ways)
    passed: set[str] = set()
    for spot in spots:
        at = spot.key if spot.kind == "exposed" else ""
        while at:
            passed.add(at)
            at = onward.get(at, "")
    return passed


def _onward(spots: Sequence[Spot], ways: Sequence[Way]) -> dict[str, str]:
    """Return the next place on the shortest line to the entry (Dijkstra); a closed way counts ten times."""
    where = {s.key: (s.lon, s.lat) for s in spots}
    steps: dict[str, list[tuple[float, str]]] = {}
    for way in ways:
        if way.start in where and way.end in where:
            length = dist(where[way.start], where[way.end]) * (10 if way.status == "closed" else 1)
            steps.setdefault(way.start, []).append((length, way.end))
            steps.setdefault(way.end, []).append((length, way.start))
    onward: dict[str, str] = {}
    queue = [(0.0, s.key, "") for s in spots if s.kind == "entry"]
    while queue:
        far, at, following = heappop(queue)
        if at not in onward:
            onward[at] = following
            for length, other in steps.get(at, []):
                heappush(queue, (far + length, other, at))
    return onward


def _figure(desk: Desk, title: str, spots: Sequence[Spot], ways: Sequence[Way]) -> Block:
    """Return a map with its key."""
    flows = any(w.flow > 0 for w in ways)
    key = (*KEY, ("flow", "median flow of people if it happens, wider = more")) if flows else KEY
    saying = (
        f"Corridors as known {('at ' + desk.when(desk.moment)) if desk.moment else 'by now'}; the table "
        "below says the same in words."
    )
    return Figure(title, partial(_draw, spots, ways, title, saying), saying, key)


def _draw(spots: Sequence[Spot], ways: Sequence[Way], title: str, saying: str, width: float) -> Markup:
    """Draw the map at a width."""
    return draw_ground(spots, ways, width, title=title, text=saying, names=40 if width >= WIDE else 14)


def _table(desk: Desk) -> Block:
    """Return each corridor with its status, length and flow."""
    status = status_of(desk)
    since: dict[str, str] = {}
    if desk.has("corridor_status"):
        rows = desk.crisis.status("corridor_status").select("corridor", "effective", "basis").iter_rows()
        since = {
            key: desk.day(at) + (" (assumption)" if basis == "assumption" else "") for key, at, basis in rows
        }
    flows = _flow_words(desk)
    body = []
    for row in desk.frame("corridors").iter_rows(named=True):
        key = row["corridor"]
        state = STATUS.get(status[key], status[key])
        cells = [
            desk.corridors[key],
            row["mode"],
            None if status[key] == "not assessed" else state,
            since.get(key),
            exact(row["km"]),
        ]
        body.append((*cells, flows.get(key)) if flows else tuple(cells))
    head = (
        "Corridor",
        "By",
        "Status",
        "Since",
        "km",
        *(("People over the horizon, if it happens",) if flows else ()),
    )
    return Table(
        "Corridors and their status", head, tuple(body), numeric=(4, 5) if flows else (4,), folded=True
    )


def _flow_words(desk: Desk) -> dict[str, str]:
    """Return median and 90 % band of people by corridor, where detail may be shown."""
    if not desk.detail or not desk.has("flows_summary"):
        return {}
    rows = desk.arm("flows_summary", "if it happens")
    low, mid, high = (dict(quantile(rows, q).select("corridor", "people").iter_rows()) for q in BAND)
    return {key: f"{rounded(mid[key])} ({interval(low.get(key), high.get(key))})" for key in mid}
