"""What may come: each world with its odds, how many, by when, from where to where."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from forestall.reporting.desk import Desk
from forestall.reporting.pages.quantiles import spread
from forestall.reporting.pages.say import (
    Count,
    Data,
    Grid,
    Line,
    Listed,
    Moment,
    Name,
    Part,
    Rows,
    Said,
    Share,
    Value,
    not_assessed,
    rows,
    say,
)
from forestall.reporting.reckoning import weighted_quantile
from forestall.reporting.sections.odds import headline_odds

HOSTS = 3
"""How many places of arrival are named."""


@dataclass(frozen=True, slots=True)
class World:
    """One world: its words, its odds, and the people who leave and who stay inside in it."""

    words: Value
    odds: float
    left: tuple[float, float, float] | None
    stay: float | None
    worst: bool
    rows: tuple[Rows, ...]


def worlds(desk: Desk) -> list[World]:
    """Return the worlds of the table, else those that the draws fall into: no violence, a way out, none."""
    if desk.has("worlds"):
        return _of_table(desk)
    if not desk.has("episodes"):
        return []
    frame = _with_left(desk)
    whole = float(frame["weight"].sum()) or 1.0
    out = []
    for key, part in _kinds(frame):
        if part.height:
            out.append(_of_draws(key, part, float(part["weight"].sum()) / whole))
    return sorted(out, key=lambda world: -world.odds)


def _with_left(desk: Desk) -> pl.DataFrame:
    """Return the draws with the people who have left by the end of the horizon in each."""
    frame = desk.frame("episodes")
    if desk.has("arrivals"):
        whole = desk.frame("arrivals").filter(pl.col("place") == "ALL")
        last = whole.group_by("draw").agg(pl.col("people").cast(pl.Float64).max().alias("left"))
        if last.height:
            return frame.join(last, on="draw", how="left").with_columns(pl.col("left").fill_null(0.0))
    share = pl.col("share_leaving").fill_null(0.0)
    return frame.with_columns(left=pl.col("exposed") * share * pl.col("reached"))


def _kinds(frame: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """Return the draws without violence, with violence and a way out, and without one."""
    out = pl.col("reached") > 0
    begun = frame["ongoing"].all()
    return [
        ("world.none", frame.filter(~pl.col("happens"))),
        ("world.begun_out" if begun else "world.out", frame.filter(pl.col("happens") & out)),
        ("world.begun_inside" if begun else "world.inside", frame.filter(pl.col("happens") & ~out)),
    ]


def _of_draws(key: str, part: pl.DataFrame, odds: float) -> World:
    """Return the world of some draws."""
    values = part["left"].to_numpy()
    exposed, weights = (part[name].cast(pl.Float64).to_numpy() for name in ("exposed", "weight"))
    low, middle, high = (weighted_quantile(values, weights, q) for q in (0.05, 0.5, 0.95))
    stay = weighted_quantile(exposed - values, weights, 0.5)
    found = rows("episodes", happens=key != "world.none")
    return World(Said(key), odds, (low, middle, high), stay, worst=False, rows=(found,))


def _of_table(desk: Desk) -> list[World]:
    """Return the worlds of the table ``worlds`` with their people from ``worlds_summary``."""
    out = []
    for row in desk.frame("worlds").sort("probability", descending=True).iter_rows(named=True):
        left = _last(desk, row["world"], "left") or _last(desk, row["world"], "arrived")
        stay = _last(desk, row["world"], "inside") or _last(desk, row["world"], "remaining")
        out.append(
            World(
                Data(row["words"]),
                row["probability"],
                left,
                stay[1] if stay else None,
                bool(row.get("reasonable_worst")),
                (rows("worlds", world=row["world"]), rows("worlds_summary", world=row["world"])),
            )
        )
    return out


def _last(desk: Desk, world: str, quantity: str) -> tuple[float, float, float] | None:
    """Return the band of one quantity of one world over all places at the end."""
    if not desk.has("worlds_summary"):
        return None
    frame = desk.frame("worlds_summary").filter(
        (pl.col("world") == world) & (pl.col("quantity") == quantity) & (pl.col("place") == "ALL")
    )
    last = frame.filter(pl.col("at") == pl.col("at").max())
    found = {round(q * 100): people for q, people in last.select("quantile", "people").iter_rows()}
    return (found[5], found[50], found[95]) if {5, 50, 95} <= set(found) else None


def ahead_part(desk: Desk) -> Part:
    """Return the odds, the worlds, by when people come, where they go, and how good such odds were."""
    found = worlds(desk)
    odds = _odds(desk)
    if not found and not odds:
        return not_assessed("ahead", "forestall displace")
    if not found:
        odds.append(say("absent", weight="absent", command=Data("forestall displace")))
    lines = [*odds, *_when(desk), *_hosts(desk), *_record(desk)]
    return Part("ahead", tuple(lines), _grid(found) if found else None)


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
    else:
        low, middle, high = (Count(value, about=True) for value in world.left)
        people = (middle, Said("band", {"low": low, "high": high}))
    stay = Count(world.stay, about=True) if world.stay is not None else unknown
    return (world.words, Share(world.odds), *people, stay)


def _odds(desk: Desk) -> list[Line]:
    """Return the odds of violence, unless it has begun."""
    if desk.has("episodes") and desk.frame("episodes")["ongoing"].all():
        return []
    row = headline_odds(desk)
    if row is None:
        return [say("absent.odds", weight="absent", command=Data("forestall warn"))]
    found = rows(
        "warning_odds", where=str(row["where"]), within_months=int(str(row["within_months"])), model=str(row["model"])
    )
    where = Name(str(row["where"]))
    low, high = (Share(float(str(row[name]))) for name in ("p_low", "p_high"))
    months, p = Count(float(str(row["within_months"]))), Share(float(str(row["p_event"])))
    return [say("ahead.odds", found, where=where, months=months, p=p, low=low, high=high)]


def _when(desk: Desk) -> list[Line]:
    """Return how many have arrived three days on and at the end of the horizon."""
    if not desk.has("arrivals_summary") or desk.entry is None:
        return []
    frame = desk.arm("arrivals_summary", "if it happens").filter(pl.col("place") == desk.entry)
    moments = [at for at in frame["at"].unique().sort().to_list() if at > desk.now]
    if not moments:
        return []
    began = desk.has("episodes") and desk.frame("episodes")["ongoing"].all()
    soon = [at for at in moments if (at - desk.now).total_seconds() <= 72 * 3600]
    picked = [soon[-1]] if began and soon else []
    return [line for at in [*picked, moments[-1]] if (line := _arrived(desk, at)) is not None]


def _arrived(desk: Desk, at: datetime) -> Line | None:
    """Return how many have arrived by a moment."""
    found = spread(desk, "arrivals_summary", "people", arm="if it happens", place=desk.entry, at=at)
    if found is None or found.high <= 0:
        return None
    began = desk.frame("episodes")["ongoing"].all() if desk.has("episodes") else False
    key = "ahead.arrived_begun" if began else "ahead.arrived_if"
    return say(key, *found.rows, at=Moment(at), place=Name(desk.entry or "ALL"), **found.values)


def _hosts(desk: Desk) -> list[Line]:
    """Return the places where most stay, where that may be shown."""
    if not desk.detail or not desk.has("caseloads"):
        return []
    frame = desk.arm("caseloads", "if it happens").filter(
        (pl.col("place") != "ALL")
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


__all__ = ["World", "ahead_part", "worlds"]
