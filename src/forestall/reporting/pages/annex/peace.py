"""Chapters of how endings of fighting held, and of calls on a guarantor with both readings."""

from collections.abc import Mapping
from typing import Any

from forestall.crisis import Crisis
from forestall.peace.endings import LAST_YEAR, known_by, load_endings
from forestall.peace.holding import odds_rows
from forestall.peace.subjects import subjects_of
from forestall.peace.survival import fit_hazard
from forestall.pressure.word import latest_calls
from forestall.reporting.desk import Desk
from forestall.reporting.pages.annex.chapter import Chapter, band, called, chapter, share, text, when, word
from forestall.reporting.pages.peace import DRAWS, YEARS
from forestall.reporting.pages.say import Count, Share, Value


def holding(desk: Desk) -> Chapter:
    """Return each ending of fighting with the odds that it holds five years more, the newest first."""
    odds = _odds(desk.crisis)
    names = list(odds)
    frame = (
        desk.frame("endings")
        .filter(desk.frame("endings")["ending"].is_in(names))
        .sort("date", descending=True)
    )
    cells = {
        "agreement": text("title"),
        "day": when("date"),
        "odds": lambda r: share("holds")(odds[r["ending"]]),
        "band": lambda r: band("low", "high", Share)(odds[r["ending"]]),
        "rate": lambda r: _rate(odds[r["ending"]]),
        "seen": lambda r: Count(odds[r["ending"]]["rate_n"]),
    }
    return chapter("holding", "endings", frame, cells, by=("ending",))


def _odds(crisis: Crisis) -> dict[str, dict[str, Any]]:
    """Return the odds of each ending known by the moment, five years ahead; empty where it did not hold."""
    until = min(crisis.local_date().year - 1, LAST_YEAR)
    hazard = fit_hazard(until, draws=DRAWS, seed=crisis.settings.seed)
    known = known_by(load_endings(), until)
    every = {s.name: odds_rows(crisis, s, hazard, known) for s in subjects_of(crisis)}
    empty = {"holds": None, "low": None, "high": None}
    return {name: next(empty | row for row in rows if row["years"] == YEARS) for name, rows in every.items()}


def _rate(row: Mapping[str, Any]) -> Value | None:
    """Return how often such endings held, or nothing from fewer than ten."""
    return None if row["rate"] is None else Share(row["rate"])


def calls(desk: Desk) -> Chapter:
    """Return calls on a guarantor, what was given of what was asked, and how each side reads it."""
    cells = {
        "who": called("guarantor"),
        "to_whom": called("ally"),
        "day": when("date"),
        "what_promised": text("asked"),
        "status": word("answer", "answer"),
        "one_reading": text("reading_ally"),
        "other_reading": text("reading_guarantor"),
    }
    frame = latest_calls(desk.crisis).sort("date", descending=True)
    return chapter("calls", "guarantee_calls", frame, cells, by=("call",))
