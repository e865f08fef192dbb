"""What was promised and done, what to find out first, and what the pages cannot say."""

from typing import Any

import polars as pl

from forestall.reporting.desk import Desk
from forestall.reporting.pages.say import Count, Data, Line, Listed, Part, Said, Word, not_assessed, rows, say

PROMISES, ACTORS, QUESTIONS, GAPS = 3, 4, 3, 2
_NOW = {
    "overdue": 0,
    "disputed": 1,
    "partly": 2,
    "not delivered": 2,
    "open": 3,
    "not known": 4,
    "delivered": 5,
}


def promised_part(desk: Desk) -> Part:
    """Return the three promises that matter now, and the days after which each actor spoke and acted."""
    if "ledger_status" not in desk.crisis.tables and not desk.has("response_gap"):
        return not_assessed("promised", "forestall act")
    lines = [*_promises(desk), *_spoken(desk)]
    return Part("promised", tuple(lines) or (say("promised.none", weight="quiet"),))


def _promises(desk: Desk) -> list[Line]:
    """Return the promises that matter now: those overdue or in dispute first, the newest of each first."""
    if not desk.has("ledger_status"):
        return [say("promised.none", weight="quiet")]
    found = desk.frame("ledger_status").sort("made_on", descending=True, nulls_last=True).to_dicts()
    found.sort(key=lambda row: _NOW.get(row["status"], 3))
    return [_promise(row) for row in found[:PROMISES]]


def _promise(row: dict[str, Any]) -> Line:
    """Return one promise with who made it, when, and its status."""
    year = Data(str(row["made_on"].year)) if row["made_on"] is not None else Said("not_known")
    return say(
        "promise",
        rows("ledger_status", commitment=row["commitment"]),
        who=Data(row["who"]),
        what=Data(row["what"]),
        year=year,
        status=Word(f"promise.{row['status'].replace(' ', '_')}"),
    )


def _spoken(desk: Desk) -> list[Line]:
    """Return the days after the warning on which actors first spoke, and first did something."""
    if not desk.has("response_gap"):
        return []
    frame = desk.frame("response_gap").filter(pl.col("days_to_statement").is_not_null())
    outside = frame.filter(pl.col("role") != "party") if "role" in frame.columns else frame
    shown = (outside if outside.height else frame).sort("days_to_statement").head(ACTORS).to_dicts()
    if not shown:
        return []
    said = tuple(Said(*_days(row)) for row in shown)
    found = tuple(rows("response_gap", actor=row["actor"]) for row in shown)
    return [Line(Said("promised.days", {"actors": Listed(said)}), found)]


def _days(row: dict[str, Any]) -> tuple[str, dict[str, Data | Count]]:
    """Return the sentence of one actor's days."""
    who = Data(row["name"] or row["actor"])
    spoke = Count(row["days_to_statement"])
    if row["days_to_material"] is None:
        return "promised.spoke", {"who": who, "spoke": spoke}
    return "promised.acted", {"who": who, "spoke": spoke, "acted": Count(row["days_to_material"])}


def find_out_part(desk: Desk) -> Part:
    """Return what would narrow the figures most, and what is missing on the record."""
    lines = [*_questions(desk), *_gaps(desk)]
    return Part("find_out", tuple(lines)) if lines else not_assessed("find_out", "forestall prepare")


def _questions(desk: Desk) -> list[Line]:
    """Return the assumptions that decide the figures most."""
    if not desk.has("sensitivity"):
        return []
    frame = desk.frame("sensitivity").filter((pl.col("arm") == "if it happens") & pl.col("collect_next"))
    best = frame.group_by("assumption").agg(pl.col("share").max()).sort("share", descending=True)
    names = best["assumption"].head(QUESTIONS).to_list()
    return [
        say(
            "find_out.first",
            rows("sensitivity", arm="if it happens", assumption=name),
            what=Data(name),
        )
        for name in names
    ]


def _gaps(desk: Desk) -> list[Line]:
    """Return what is not on the record though it was looked for."""
    if not desk.has("record_gaps"):
        return []
    frame = desk.frame("record_gaps").filter(pl.col("reason") == "not reported").head(GAPS)
    if frame.is_empty():
        return []
    said = tuple(Data(f"{what} ({table})") for table, what in frame.select("table", "what").iter_rows())
    found = tuple(rows("record_gaps", table=table) for table in frame["table"])
    return [Line(Said("find_out.gaps", {"what": Listed(said)}), found, "quiet")]


def limits_part(desk: Desk) -> Part:
    """Return what the pages cannot say."""
    lines = [say("limits.people"), say("limits.model")]
    if desk.has("freshness"):
        frame = desk.frame("freshness")
        assumed, recalled = int(frame["assumed"].sum()), int(frame["recalled"].sum())
        total = int(frame["rows"].sum())
        values = {"assumed": Count(assumed), "recalled": Count(recalled), "total": Count(total)}
        lines.append(Line(Said("limits.rows", values), (rows("freshness"),)))
    if not desk.detail:
        lines.append(say("limits.detail"))
    return Part("limits", tuple(lines))
