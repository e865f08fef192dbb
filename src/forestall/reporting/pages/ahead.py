"""What may come: each world with its odds, how many, by when, from where to where."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from forestall.reporting.desk import Desk, quantile
from forestall.reporting.pages.language import catalogue
from forestall.reporting.pages.quantiles import spread
from forestall.reporting.pages.say import (
    Count,
    Data,
    Day,
    Grid,
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
    SOME_DRAWS,
    Draws,
    begun,
    record_end,
    violent_draws,
)
from forestall.reporting.reckoning import weighted_quantile
from forestall.reporting.sections.odds import headline_odds
from forestall.schema.conventions import ALL, BAND

HOSTS = 3
"""How many places of arrival are named."""


@dataclass(frozen=True, slots=True)
class World:
    """One world: its words, its odds, and the people who leave and who stay inside in it."""

    words: Value
    odds: float
    left: tuple[float, float, float] | None
    stay: float | None
    days: float
    worst: bool
    certain: bool
    draws: Draws
    rows: tuple[Rows, ...]

    @property
    def few(self) -> bool:
        """Whether too few draws hold this world to give its people as figures."""
        return self.left is not None and self.left[2] > 0 and self.draws.few

    @property
    def share(self) -> Share:
        """Share of the draws in this world: a forecast, but where it has begun and holds them all."""
        return Share(self.odds, about=not self.certain)


def worlds(desk: Desk, *, first: bool = True) -> list[World]:
    """Return the worlds that hold each draw once, the likeliest first; the others where not ``first``."""
    if not desk.has("worlds"):
        return []
    frame = desk.frame("worlds")
    about = frame["about"].to_list()[0]
    chosen = frame.filter((pl.col("about") == about) == first)
    ordered = chosen.sort("probability", descending=True, maintain_order=True)
    return [_world(desk, row) for row in ordered.iter_rows(named=True)]


def _world(desk: Desk, row: dict[str, Any]) -> World:
    """Return one world with those who arrive in its window and those who remain at the end."""
    key = next((k for k in _keys(desk, row["world"]) if k in catalogue("en")), None)
    words: Value = Word(key) if key is not None else Data(row["words"])
    left = None if row["median"] is None else (row["low"], row["median"], row["high"])
    found = (
        rows("worlds", world=row["world"]),
        rows("worlds_summary", world=row["world"], quantity="remaining"),
    )
    worst = bool(row["reasonable_worst"]) and left is not None and left[2] > 0
    drawn = violent_draws(desk)
    draws = Draws(row["draws"], drawn.total if drawn is not None else row["draws"])
    certain = begun(desk) and draws.violent == draws.total
    stay = _remaining(desk, row["world"])
    return World(words, row["probability"], left, stay, row["window_days"], worst, certain, draws, found)


def _keys(desk: Desk, world: str) -> tuple[str, ...]:
    """Return the keys of the words of a world; none says "if fighting" once it has begun."""
    return (f"world.{world}.begun", f"world.{world}") if begun(desk) else (f"world.{world}",)


def _remaining(desk: Desk, world: str) -> float | None:
    """Return the median of the people who remain in one world at the end."""
    if not desk.has("worlds_summary"):
        return None
    frame = quantile(desk.frame("worlds_summary"), 0.5).filter(
        (pl.col("world") == world) & (pl.col("quantity") == "remaining") & (pl.col("place") == ALL)
    )
    found = frame.sort("at")["people"].to_list()
    return found[-1] if found else None


def ahead_part(desk: Desk) -> Part:
    """Return the odds, the worlds, by when people come, where they go, and how good such odds were."""
    found = worlds(desk)
    odds = _odds(desk)
    if not found and not desk.has("warning_odds"):
        return not_assessed("ahead", "forestall displace")
    if not found:
        odds.append(say("absent", weight="absent", command=Data("forestall displace")))
    lines = [*odds, *(few_draws(desk) or _figures(desk, found)), *_record(desk)]
    return Part("ahead", tuple(lines), _grid(found) if found else None)


def few_draws(desk: Desk) -> list[Line]:
    """Return that too few draws hold fighting to say what follows, and the command that draws more."""
    draws = violent_draws(desk)
    if draws is None or not draws.few:
        return []
    folder = desk.crisis.folder
    name = Path(folder).name if folder is not None else "CRISIS"
    command = Data(f"forestall run {name} --draws {draws.wanted}")
    values: dict[str, Value] = {"total": Count(draws.total), "command": command}
    if draws.violent == 0:
        return [say("ahead.no_draw", rows("episodes"), weight="absent", **values)]
    return [say("ahead.few_draws", rows("episodes"), weight="absent", draws=Count(draws.violent), **values)]


def _figures(desk: Desk, found: list[World]) -> list[Line]:
    """Return the figures of those who leave: in which window, how many, by when, from where to where."""
    return [*_window(found), *_leaving(desk), *_worst(desk), *_when(desk), *_wait(desk), *_hosts(desk)]


def _leaving(desk: Desk) -> list[Line]:
    """Return the share of the people that leaves once there is fighting, over the draws."""
    if not desk.has("episodes"):
        return []
    frame = desk.frame("episodes").filter("happens").drop_nulls("share_leaving")
    if frame.is_empty():
        return []
    shares, weights = (frame[name].cast(pl.Float64).to_numpy() for name in ("share_leaving", "weight"))
    low, middle, high = (Share(weighted_quantile(shares, weights, q), about=True) for q in BAND)
    return [say("ahead.share", rows("episodes"), low=low, middle=middle, high=high)]


def _wait(desk: Desk) -> list[Line]:
    """Return the longest wait on the road: the moment at which its median is longest, with its band."""
    if not desk.detail or not desk.has("road_summary"):
        return []
    frame = desk.arm("road_summary", "if it happens").filter(pl.col("corridor") == ALL)
    middle = quantile(frame, 0.5).drop_nulls("wait_hours").sort("wait_hours", "at")
    if middle.is_empty() or middle["wait_hours"][-1] < 1:
        return []
    at = middle["at"][-1]
    found = spread(desk, "road_summary", "wait_hours", arm="if it happens", corridor=ALL, at=at)
    if found is None:
        return []
    hours: dict[str, Value] = {name: Hours(getattr(found, name)) for name in ("low", "middle", "high")}
    return [Line(Said("ahead.wait", {"at": Moment(at), **hours}), found.rows)]


def _window(found: list[World]) -> list[Line]:
    """Return the window that the people of the worlds are counted in."""
    return [say("ahead.window", rows("worlds"), weight="quiet", days=Count(found[0].days))] if found else []


def _worst(desk: Desk) -> list[Line]:
    """Return the world whose upper end is the worst to plan for."""
    found = [w for w in [*worlds(desk), *worlds(desk, first=False)] if w.worst and w.left is not None]
    return [
        say("ahead.worst", *w.rows, world=w.words, odds=w.share, people=Count(w.left[2], about=True))
        for w in found
        if w.left is not None and w.left[2] > 0 and not w.few
    ]


def _grid(found: list[World]) -> Grid:
    """Return the table of worlds."""
    return Grid(
        "worlds",
        ("world", "odds", "leave", "band", "stay"),
        tuple(_cells(world) for world in found),
        tuple(world.rows for world in found),
        numeric=(1, 2, 3, 4),
        late=tuple(i for i, world in enumerate(found) if world.worst),
    )


def _cells(world: World) -> tuple[Value, ...]:
    """Return the cells of one world."""
    unknown = Said("not_known")
    if world.left is None:
        people: tuple[Value, Value] = (unknown, unknown)
    elif world.left[2] <= 0:
        people = (Said("nobody"), Said("nobody"))
    elif world.few:
        people = (_of_draws("world.few", world), Said("not_known"))
    else:
        low, middle, high = (Count(value, about=True) for value in world.left)
        band = Said("band", {"low": low, "high": high})
        some = world.draws.violent < SOME_DRAWS
        people = (middle, _of_draws("world.some", world, band=band) if some else band)
    stay = unknown if world.stay is None or world.few else Count(world.stay, about=True)
    return (world.words, world.share, *people, stay)


def _of_draws(key: str, world: World, **values: Value) -> Said:
    """Return words about a world with the draws that hold it."""
    draws = {"draws": Count(world.draws.violent), "total": Count(world.draws.total)}
    return Said(key, {**draws, **values})


def _odds(desk: Desk) -> list[Line]:
    """Return the odds of violence, unless it has begun."""
    if begun(desk):
        return _rests_on(desk)
    row = headline_odds(desk)
    if row is None:
        return [say("absent.odds", weight="absent", command=Data("forestall warn"))]
    found = rows(
        "warning_odds",
        where=str(row["where"]),
        within_months=int(str(row["within_months"])),
        model=str(row["model"]),
    )
    where = Name(str(row["where"]))
    low, p, high = (Share(float(str(row[name])), about=True) for name in ("p_low", "p_event", "p_high"))
    months, deaths = (
        Count(float(str(row["within_months"]))),
        Count(desk.crisis.plan.warn.event_deaths),
    )
    values: dict[str, Value] = {"where": where, "months": months, "p": p, "low": low, "high": high}
    return [Line(Said("ahead.odds", values | {"deaths": deaths}), (found,)), *_rests_on(desk)]


def _rests_on(desk: Desk) -> list[Line]:
    """Return up to which day the deaths reach that all this rests on, where that is long ago."""
    end = record_end(desk)
    if end is None or not end.stale:
        return []
    return [say("ahead.rests_on", *end.rows, weight="absent", day=Day(end.day), span=Hours(end.hours))]


def _when(desk: Desk) -> list[Line]:
    """Return how many have arrived three days on and at the end of the horizon."""
    if not desk.has("arrivals_summary") or desk.entry is None:
        return []
    frame = desk.arm("arrivals_summary", "if it happens").filter(pl.col("place") == desk.entry)
    moments = [at for at in frame["at"].unique().sort().to_list() if at > desk.now]
    if not moments:
        return []
    soon = [at for at in moments if (at - desk.now).total_seconds() <= 72 * 3600]
    picked = [soon[-1]] if begun(desk) and soon else []
    return [line for at in [*picked, moments[-1]] if (line := _arrived(desk, at)) is not None]


def _arrived(desk: Desk, at: datetime) -> Line | None:
    """Return how many have arrived by a moment."""
    found = spread(desk, "arrivals_summary", "people", arm="if it happens", place=desk.entry, at=at)
    if found is None or found.high <= 0:
        return None
    key = "ahead.arrived_begun" if begun(desk) else "ahead.arrived_if"
    values: dict[str, Value] = {"at": Moment(at), "place": Name(desk.entry or ALL), **found.values}
    return Line(Said(key, values), found.rows)


def _hosts(desk: Desk) -> list[Line]:
    """Return the places where most stay, where that may be shown."""
    if not desk.detail or not desk.has("caseloads"):
        return []
    frame = desk.arm("caseloads", "if it happens").filter(
        (pl.col("place") != ALL)
        & (pl.col("figure") == "central")
        & (pl.col("age_group") == "all")
        & (pl.col("sex") == "all")
    )
    top = frame.filter(pl.col("people") > 0).sort("people", "place", descending=[True, False]).head(HOSTS)
    if top.is_empty():
        return []
    said = tuple(
        Said("ahead.host", {"place": Name(place), "people": Count(people, about=True)})
        for place, people in top.select("place", "people").iter_rows()
    )
    found = tuple(
        rows("caseloads", arm="if it happens", place=p, figure="central", age_group="all", sex="all")
        for p in top["place"]
    )
    return [Line(Said("ahead.hosts", {"hosts": Listed(said)}), found)]


def _record(desk: Desk) -> list[Line]:
    """Return how often the event came when such odds were given before."""
    if not desk.has("warning_record"):
        return []
    odds = headline_odds(desk)
    frame = desk.frame("warning_record").filter(pl.col("issued") > 0)
    frame = frame.filter(pl.col("where") == str(odds["where"])) if odds is not None else frame
    if frame.is_empty():
        return []
    row = frame.sort("issued", descending=True).row(0, named=True)
    return [
        say(
            "ahead.record",
            rows("warning_record", where=row["where"], model=row["model"], band=row["band"]),
            weight="quiet",
            band=Data(row["band"]),
            issued=Count(row["issued"]),
            events=Count(row["events"]),
            share=Share(row["events"] / row["issued"]),
        )
    ]


__all__ = ["World", "ahead_part", "few_draws", "worlds"]
