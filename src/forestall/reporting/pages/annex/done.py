"""Chapters of what was said, done and promised, of what stands behind it, and of the run itself."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from forestall.reporting.desk import Desk
from forestall.reporting.pages.annex.chapter import (
    Chapter,
    band,
    called,
    chapter,
    clip,
    count,
    share,
    tabled,
    text,
    when,
    word,
)
from forestall.reporting.pages.say import (
    Count,
    Data,
    Grid,
    Line,
    Said,
    Share,
    Value,
    rows,
    say,
)

DECIDED = ("disputed", "broken", "partly", "kept", "open")
"""Statuses of a provision that say something, those that matter most first."""


def triggers(desk: Desk) -> Chapter:
    """Return the triggers that have activated, the newest first: rule, value then, and who has agreed."""
    frame = desk.frame("activations").sort("activated_at", descending=True)
    newest = frame.unique(["trigger", "stage"], keep="first", maintain_order=True)
    rules = {row["trigger"]: row for row in desk.frame("triggers").iter_rows(named=True)}
    cells = {
        "trigger": lambda r: Data(str(r["trigger"]).replace("_", " ").replace("-", " ")),
        "stage": word("stage", "stage"),
        "activated": when("activated_at"),
        "value": lambda r: _amount(r["value"], r["unit"]),
        "threshold": lambda r: _amount(r["threshold"], r["unit"]),
        "agreed": lambda r: _agreed(rules.get(r["trigger"], {})),
    }
    return chapter("triggers", "activations", newest, cells, by=("trigger", "stage", "activated_at"), most=8)


def _amount(value: float, unit: str) -> Value:
    """Return a value with its unit; a probability as a percentage."""
    if unit == "probability":
        return Share(value)
    return Said("amount", {"amount": Count(value), "unit": Data(unit)})


def _agreed(rule: Mapping[str, Any]) -> Value:
    """Return who has agreed to a trigger before, or that it is a proposal."""
    return Data(str(rule["agreed_by"])) if rule.get("agreed_by") else Said("agreed.none")


def deeds(desk: Desk) -> Chapter:
    """Return who spoke and who acted, with the days since the warning; those who did neither are counted."""
    frame = desk.frame("response_gap")
    active = frame.filter(
        pl.col("days_to_statement").is_not_null() | pl.col("days_to_material").is_not_null()
    ).sort("days_to_material", "days_to_statement", "actor", nulls_last=True)
    cells = {
        "who": lambda r: Data(str(r["name"] or r["actor"])),
        "role": word("role", "role"),
        "spoke": lambda r: _days(r["days_to_statement"]),
        "acted": lambda r: _days(r["days_to_material"]),
        "statements": count("statements"),
        "acts": count("material_acts"),
    }
    idle = frame.height - active.height
    lines: list[Line] = [
        say("annex.deeds.warning", rows("response_gap"), what=Data(clip(frame["warning"][0])))
    ]
    if idle:
        lines.append(say("annex.deeds.idle", rows("response_gap"), weight="quiet", count=Count(idle)))
    return chapter("deeds", "response_gap", active, cells, by=("actor",), most=12, lines=lines)


def _days(days: float | None) -> Value:
    """Return days since the warning, or that there is no row."""
    return Said("no_row") if days is None else Count(days)


def promises(desk: Desk) -> Chapter:
    """Return the promises by the moment, the newest first, each with its status."""
    frame = desk.frame("ledger_status").sort("made_on", descending=True, nulls_last=True)
    cells = {
        "who": called("who"),
        "to_whom": called("to_whom"),
        "what_promised": text("what"),
        "made": when("made_on"),
        "delivered": lambda r: None if r["share_delivered"] is None else Share(r["share_delivered"]),
        "status": word("promise", "status"),
    }
    return chapter("promises", "ledger_status", frame, cells, by=("commitment",))


def provisions(desk: Desk) -> Chapter:
    """Return the provisions of agreements whose state is told, those in dispute first."""
    frame = desk.frame("provisions_status").filter(pl.col("status").is_in(DECIDED))
    order = {status: index for index, status in enumerate(DECIDED)}
    ranked = frame.with_columns(
        pl.col("status").replace_strict(order, return_dtype=pl.Int64).alias("rank")
    ).sort("rank", "since", descending=[False, True], nulls_last=True)
    cells = {
        "agreement": text("title"),
        "what_promised": text("what"),
        "who": called("who"),
        "status": word("promise", "status"),
        "said_by": called("said_by"),
    }
    open_rows = desk.frame("provisions_status").height - frame.height
    lines = (
        [say("annex.provisions.unknown", rows("provisions_status"), weight="quiet", count=Count(open_rows))]
        if open_rows
        else []
    )
    return chapter("provisions", "provisions_status", ranked, cells, by=("provision",), lines=lines)


def leverage(desk: Desk) -> Chapter:
    """Return how many of the ties are known, and those that are: the largest shares first."""
    frame = desk.frame("ties_table")
    known = frame.drop_nulls("share").sort("share", descending=True)
    head = say(
        "annex.leverage.says", rows("ties_table"), known=Count(known.height), total=Count(frame.height)
    )
    if known.is_empty():
        return Chapter("leverage", (head,))
    cells = {
        "actor": called("actor"),
        "partner": called("partner"),
        "channel": word("channel", "channel"),
        "share": share("share"),
        "of_what": text("of_what"),
        "year": lambda r: Data(str(r["year"])),
    }
    shown = known.head(8)
    return Chapter(
        "leverage", (head,), (tabled("ties_table", shown, cells, ("actor", "partner", "channel", "year")),)
    )


def claims(desk: Desk) -> Chapter:
    """Return statements that were made, with what the rows say to each; one rule for every voice."""
    order = {"contradicted": 0, "contested": 1, "supported": 2}
    frame = desk.frame("claims_verdicts").with_columns(
        pl.col("verdict").cast(pl.Utf8).replace_strict(order, default=3, return_dtype=pl.Int64).alias("rank")
    )
    told = frame.filter(pl.col("rank") < 3).sort("rank", "voice", "claim")
    cells = {
        "voice": text("voice"),
        "statement": text("statement"),
        "verdict": word("verdict", "verdict"),
        "found": text("found"),
    }
    untested = frame.height - told.height
    lines = [say("annex.claims.untested", rows("claims_verdicts"), weight="quiet", count=Count(untested))]
    return chapter("claims", "claims_verdicts", told, cells, by=("claim",), lines=lines if untested else ())


def risks(desk: Desk) -> Chapter:
    """Return what else could happen and how often it has."""
    cells = {
        "risk": text("what"),
        "where": called("where"),
        "rate": share("base_rate"),
        "band": band("base_low", "base_high", Share),
        "seen": _seen,
    }
    return chapter("risks", "risks_register", desk.frame("risks_register"), cells, by=("risk",), most=8)


def _seen(row: Mapping[str, Any]) -> Value | None:
    """Return in how many past windows a thing was seen."""
    if row["base_windows"] is None or row["base_events"] is None:
        return None
    return Said("times_of", {"times": Count(row["base_events"]), "total": Count(row["base_windows"])})


def options(desk: Desk) -> Chapter:
    """Return what each option would change, on the same draws."""
    frame = desk.arm("options_effect", "if it happens")
    middle = frame.filter((pl.col("quantile") - 0.5).abs() < 1e-6)
    cells = {
        "option": text("options"),
        "measure": text("measure"),
        "where": called("where"),
        "without": count("without", about=True),
        "with": count("with_options", about=True),
        "difference": count("difference", about=True),
    }
    return chapter("options", "options_effect", middle, cells, by=("options", "arm", "measure", "where"))


def earlier(desk: Desk) -> Chapter:
    """Return the unmet need that an order on an earlier day would have averted, by where people are."""
    frame = desk.arm("earlier_averted", "if it happens")
    middle = frame.filter((pl.col("quantile") - 0.5).abs() < 1e-6).sort("ordered", "where")
    cells = {
        "trigger": text("trigger"),
        "ordered": when("ordered"),
        "where_who": word("stay", "where"),
        "sector": text("sector"),
        "averted": count("averted_mean", about=True),
        "band": band("averted_mean_low", "averted_mean_high"),
    }
    return chapter(
        "earlier", "earlier_averted", middle, cells, by=("trigger", "ordered", "where", "sector"), most=12
    )


def before(desk: Desk) -> Chapter:
    """Return those who fled and died before, of every side by the same rule."""
    moved = desk.frame("movements").drop_nulls("people").sort("people", descending=True)
    cells = {
        "group": text("group"),
        "from": text("origin"),
        "to": text("destination"),
        "people": count("people"),
        "band": band("low", "high"),
        "since": when("start"),
    }
    found = chapter("before", "movements", moved, cells, by=("movement",), most=8)
    return Chapter(found.key, found.lines, (*found.grids, *_losses(desk)), found.figures)


def _losses(desk: Desk) -> list[Grid]:
    """Return the newest losses, each side's beside the other's in the same episode."""
    if not desk.has("losses"):
        return []
    frame = desk.frame("losses").sort("start", "episode", "side", descending=[True, False, False])
    cells = {
        "episode": text("episode"),
        "side": text("side"),
        "who_died": text("who_died"),
        "deaths": count("best"),
        "band": band("low", "high"),
    }
    return [tabled("losses", frame.head(10), cells, ("loss",))]


def assumptions(desk: Desk) -> Chapter:
    """Return the priors and assumptions of the run."""
    frame = desk.frame("assumptions")
    cells = {
        "assumption": lambda r: Data(str(r["name"]).replace("_", " ")),
        "value": lambda r: Data(clip(" ".join(p for p in (r["value"], r["unit"]) if p) or "-")),
        "from_where": text("source"),
    }
    return chapter("assumptions", "assumptions", frame, cells, by=("name",), most=10)


def rests_on(desk: Desk) -> Chapter:
    """Return what is on the record: rows, newest day, and how many rest on assumed dates or memory."""
    frame = desk.frame("freshness").filter(pl.col("rows") > 0).sort("rows", descending=True)
    cells = {
        "table": text("table"),
        "rows": count("rows"),
        "newest": when("latest_date"),
        "assumed": count("assumed"),
        "recalled": count("recalled"),
    }
    return chapter("rests_on", "freshness", frame, cells, by=("table",))


def sources(desk: Desk) -> Chapter:
    """Return the sources that most rows come from, and whether their rows may be passed on."""
    alike = ["publisher", "licence", "redistribution"]
    frame = desk.frame("terms").group_by(alike, maintain_order=True).agg(pl.col("rows").sum())
    frame = frame.sort("rows", *alike, descending=[True, False, False, False], nulls_last=True)
    cells = {
        "publisher": text("publisher"),
        "licence": text("licence"),
        "pass_on": text("redistribution"),
        "rows": count("rows"),
    }
    return chapter("sources", "terms", frame, cells, by=alike)


def made_how(desk: Desk) -> Chapter:
    """Return how the pages were made, and what they cannot say."""
    plan = desk.crisis.plan
    lines = [
        say("annex.method.chain"),
        Line(
            Said("annex.method.run", {"seed": Data(str(plan.seed)), "draws": Count(plan.draws)}),
            (rows("episodes"),) if desk.has("episodes") else (rows("freshness"),),
        ),
    ]
    lines += [say(f"annex.cannot.{number}") for number in range(1, 7)]
    return Chapter("method", tuple(lines))
