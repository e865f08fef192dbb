"""Counted so far, by Friday, by the end of the month."""

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forestall.cli.apps import app
from forestall.cli.common import AsOf, CrisisArgument, Sampling, Strict
from forestall.cli.layout import show_table, wrapped
from forestall.cli.terminal import answer, emit, say, terminal

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from forestall.crisis import Crisis
    from forestall.displacement.nowcast import Nowcast

SHOWN = 10
ENDS = ("low", "median", "high")


@app.command()
def nowcast(
    crisis: CrisisArgument,
    sampling: Sampling,
    as_of: AsOf = None,
    strict: Strict = False,
    rows: Annotated[int, typer.Option("--rows", min=1, help="Places to show; --json gives all.")] = SHOWN,
) -> None:
    """Counted so far, by Friday, by the end of the month, and the days by which half and 95 % have come."""
    from forestall.cli.chain import crisis_named, newest_moment
    from forestall.nowcasting import nowcast_of
    from forestall.reporting.nowcast import nowcast_words
    from forestall.runs import refuse_errors

    opened = crisis_named(crisis)
    refuse_errors(opened)
    known = opened.at(as_of or newest_moment(opened), strict=strict)
    known = known.with_plan(known.plan.changed({}, **asdict(sampling)))
    found = nowcast_of(known)
    words = nowcast_words(found, known.zone)
    if terminal().as_json:
        emit({"as_of": known.moment, "mode": known.mode, "says": words, **asdict(found)})
        return
    for line in words:
        answer(wrapped("-", line))
    _show_people(found, known, rows)
    if found.stocks:
        show_table(
            found.stocks[: rows * 6], "Displaced people by area, from their last round on", ("area", "day")
        )
    say(f"mode: {known.mode}; what was known as of {known.moment.astimezone(known.zone).isoformat()}")
    for one in found.unused:
        say(f"not used: {one['rows']} of {one['place']}, {one['what']}: {one['why']}")


def _show_people(found: "Nowcast", known: "Crisis", most: int) -> None:
    """Show the places: counted, people by each day, then the days of half and most."""
    for arm in dict.fromkeys(row["arm"] for row in found.rows):
        whole = [row for row in found.rows if row["arm"] == arm and row["world"] is None]
        shown = [one for row in whole[:most] for one in _people_rows(row, found, known.zone)]
        show_table(shown, f"People so far, {arm}", ("place", "by", "low", "median", "high"))
        dated = [
            one
            for row in whole[:most]
            if row["half_median"] is not None
            for one in _day_rows(row, known.zone)
        ]
        if dated:
            show_table(dated, f"Days by which half and 95 % have come, {arm}", ("place",))
        if len(whole) > most:
            say(f"{len(whole) - most} more places: --rows or --json")


def _people_rows(row: dict[str, Any], found: "Nowcast", zone: "ZoneInfo") -> list[dict[str, Any]]:
    """Return one place as rows of low, median and high, one for each day."""
    rows = []
    for name, when in (("friday", found.friday), ("month_end", found.month_end)):
        ends = {end: _three_digits(row[f"{name}_{end}"]) for end in ENDS}
        by = f"{when.astimezone(zone) - timedelta(seconds=1):%a %d %b}"
        rows.append({"place": row["name"], "by": by, **ends, "counted": row["counted"], "what": row["what"]})
    return rows


def _three_digits(people: float) -> float:
    """Return people with as many digits as a forecast can carry."""
    return float(f"{people:.3g}")


def _day_rows(row: dict[str, Any], zone: "ZoneInfo") -> list[dict[str, Any]]:
    """Return one place as rows of days, one for each share."""
    rows = []
    for name, share in (("half", "half"), ("most", "95 %")):
        ends = {end: f"{row[f'{name}_{end}'].astimezone(zone):%d %b %y}" for end in ENDS}
        rows.append({"place": row["name"], "have come": share, **ends, "what": row["what"]})
    return rows
