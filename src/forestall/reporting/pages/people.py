"""Who lives there by whom, and our estimate with why."""

from typing import Any

import polars as pl

from forestall.reporting.desk import Desk
from forestall.reporting.pages.say import Count, Data, Day, Line, Listed, Part, Said, not_assessed, rows, say
from forestall.reporting.pages.standing import violent_draws
from forestall.reporting.reckoning import weighted_quantile
from forestall.schema.conventions import ALL, BAND

FIGURE = "reasonable worst"
"""Planning figure of which children and the old are told, so that none is overlooked."""
VOICES = 3
"""How many different sayings of who lives there are told."""


def people_part(desk: Desk) -> Part:
    """Return who lives there, by whom, and what the draws take."""
    if not desk.has("population"):
        return not_assessed("people", "forestall add FOLDER estimate")
    lines = [*_voices(desk), *_estimate(desk), *_ages(desk)]
    return Part("people", tuple(lines)) if lines else not_assessed("people", "forestall displace")


def _voices(desk: Desk) -> list[Line]:
    """Return the newest figure of each who gives one for a whole area, those that differ most first."""
    frame = desk.frame("population").filter((pl.col("level") == "total") & pl.col("people").is_not_null())
    newest = frame.sort("date", "known_at").unique("who", keep="last", maintain_order=True)
    recent = newest.sort("date", descending=True).head(VOICES + 2).to_dicts()
    if not recent:
        return []
    recent.sort(key=lambda row: row["people"], reverse=True)
    picked = recent if len(recent) <= VOICES else [recent[0], recent[len(recent) // 2], recent[-1]]
    said = tuple(Said("people.voice", _voice(row)) for row in picked)
    found = tuple(rows("population", place=r["place"], who=r["who"], date=r["date"]) for r in picked)
    return [Line(Said("people.voices", {"voices": Listed(said)}), found)]


def _voice(row: dict[str, Any]) -> dict[str, Count | Data | Day]:
    """Return one figure with who gives it and its day."""
    return {"people": Count(row["people"]), "who": Data(row["who"]), "day": Day(row["date"])}


def _estimate(desk: Desk) -> list[Line]:
    """Return the people exposed over the draws, and what decides them."""
    if not desk.has("episodes"):
        return [say("absent.estimate", weight="absent", command=Data("forestall displace"))]
    frame = desk.frame("episodes")
    values, weights = (frame[name].cast(pl.Float64).to_numpy() for name in ("exposed", "weight"))
    low, middle, high = (Count(weighted_quantile(values, weights, q), about=True) for q in BAND)
    return [say("people.estimate", rows("episodes"), low=low, middle=middle, high=high)]


def _ages(desk: Desk) -> list[Line]:
    """Return the children and the old among the people to plan for."""
    draws = violent_draws(desk)
    if not desk.has("caseloads") or (draws is not None and draws.few):
        return []
    frame = desk.arm("caseloads", "if it happens").filter(
        (pl.col("place") == ALL) & (pl.col("figure") == FIGURE) & (pl.col("sex") == "all")
    )
    ages = {a: p for a, p in frame.select("age_group", "people").iter_rows() if a != "all" and p > 0}
    if not ages:
        return []
    said = tuple(
        Said("people.age", {"people": Count(p, about=True), "ages": Data(a)}) for a, p in ages.items()
    )
    found = rows("caseloads", arm="if it happens", place=ALL, figure=FIGURE, sex="all")
    return [Line(Said("people.ages", {"ages": Listed(said)}), (found,))]
