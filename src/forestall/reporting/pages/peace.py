"""Would it hold, who could press whom, and what of the agreements was kept: a line each."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from forestall.crisis import Crisis
from forestall.peace.endings import LAST_YEAR, known_by, load_endings
from forestall.peace.holding import odds_rows
from forestall.peace.subjects import subjects_of
from forestall.peace.survival import fit_hazard
from forestall.pressure.standing import pressure_tables
from forestall.reporting.desk import Desk
from forestall.reporting.pages.say import (
    Count,
    Data,
    Day,
    Line,
    Listed,
    Name,
    Part,
    Said,
    Share,
    Word,
    not_assessed,
    rows,
    say,
)
from forestall.schema.conventions import ALL

SHOWN = {"share": "holds", "low": "low", "high": "high"}
YEARS, DRAWS = 5, 400
LEAST, HOLDERS, PARTIES = 0.1, 2, 3
"""Least share that is shown, outsiders named for each party, and parties."""


def peace_part(desk: Desk) -> Part:
    """Return whether the last ending would hold, who holds most over each party, and what was kept."""
    if desk.crisis.as_of is None:
        return not_assessed("peace", "forestall peace")
    lines = [*_holds(desk.crisis), *_pressed(desk.crisis), *_kept(desk)]
    return Part("peace", tuple(lines)) if lines else not_assessed("peace", "forestall pressure")


def _holds(crisis: Crisis) -> Iterator[Line]:
    """Yield the odds of the last ending that the crisis lists."""
    subjects = subjects_of(crisis) if crisis.has("endings") else []
    if not subjects:
        return
    last, until = subjects[-1], min(crisis.local_date().year - 1, LAST_YEAR)
    hazard = fit_hazard(until, draws=DRAWS, seed=crisis.settings.seed)
    found = {row["years"]: row for row in odds_rows(crisis, last, hazard, known_by(load_endings(), until))}
    where = rows("endings", ending=last.name)
    if last.over is not None:
        yield say("peace.over", where, what=Data(last.title), day=Day(last.over))
        return
    row = found[YEARS]
    values: dict[str, Any] = {
        "what": Data(last.title), "n": Count(row["rate_n"]),
        **{name: Share(row[key], about=True) for name, key in SHOWN.items()},
    }  # fmt: skip
    key = "peace.few" if row["rate"] is None else "peace.holds"
    rate = {} if row["rate"] is None else {"rate": Share(row["rate"])}
    yield Line(Said(key, values | rate), (where,))


def _pressed(crisis: Crisis) -> Iterator[Line]:
    """Yield who could withhold most from each party, by the largest known share of each outsider."""
    if not crisis.has("ties"):
        return
    ties = pressure_tables(crisis, crisis.plan.act.model_copy(update={"draws": 1}))["pressure_ties"]
    known = ties.filter(pl.col("party_on_actor") >= LEAST).sort("party_on_actor", descending=True)
    largest = known.unique(["party", "actor"], keep="first", maintain_order=True)
    for party in sorted(largest["party"].unique())[:PARTIES]:
        most = largest.filter(party=party).head(HOLDERS).to_dicts()
        told = Listed(tuple(Said("peace.tie", _tie(row)) for row in most))
        yield Line(Said("peace.press", {"party": Name(party), "who": told}), tuple(_row(row) for row in most))


def _tie(row: dict[str, Any]) -> dict[str, Name | Word | Share]:
    """Return the values of one tie."""
    channel = Word(f"channel.{row['channel']}")
    return {"actor": Name(row["actor"]), "channel": channel, "share": Share(row["party_on_actor"])}


def _row(row: dict[str, Any]) -> Any:
    """Return the row of the table of ties that a share comes from."""
    year = row["party_on_actor_year"]
    return rows("ties", actor=row["party"], partner=row["actor"], channel=row["channel"], year=year)


def _kept(desk: Desk) -> Iterator[Line]:
    """Yield how many provisions that were due have been kept, in part or not."""
    if not desk.has("implementation"):
        return
    every = desk.frame("implementation").filter(who=ALL)
    sums = {name: int(every[name].sum()) for name in ("provisions", "kept", "partly", "broken", "disputed")}
    if sums["provisions"]:
        yield say(
            "peace.kept",
            rows("implementation", who=ALL),
            n=Count(sums["provisions"]),
            kept=Count(sums["kept"]),
            partly=Count(sums["partly"]),
            broken=Count(sums["broken"] + sums["disputed"]),
        )
