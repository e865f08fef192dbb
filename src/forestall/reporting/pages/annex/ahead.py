"""Chapters of what may come: the odds, the people, the ways, the arrivals and what would be missing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import polars as pl
from markupsafe import Markup

from forestall.reporting.charts.bars import Row, draw_rows, draw_shares
from forestall.reporting.charts.fan import Fan, draw_fan
from forestall.reporting.charts.ground import Spot, Way, draw_ground
from forestall.reporting.charts.svg import WIDE
from forestall.reporting.desk import Desk, wide
from forestall.reporting.pages.ahead import few_draws
from forestall.reporting.pages.annex.chapter import (
    Chapter,
    Figure,
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
from forestall.reporting.pages.language import Language, term
from forestall.reporting.pages.needs import missing_items
from forestall.reporting.pages.say import Count, Money, Name, Said, Share, Value, rows, say
from forestall.reporting.pages.standing import REPORTED, begun
from forestall.reporting.reckoning import counts_of, fan_of
from forestall.reporting.sections.fans import close_up
from forestall.reporting.sections.ground import spots_of, ways_of
from forestall.reporting.sections.needs import gap_day
from forestall.schema.conventions import ALL

IF = "if it happens"
MOMENTS = 6
"""Moments of the forecast that stand in a table."""


def odds(desk: Desk) -> Chapter:
    """Return the odds of violence by country and window, what drives them, and how good they have been."""
    frame = desk.frame("warning_odds")
    first = frame["model"][0]
    used = frame.filter(pl.col("model") == first).sort("where", "within_months")
    cells = {
        "where": called("where"),
        "months": count("within_months"),
        "odds": share("p_event"),
        "band": band("p_low", "p_high", Share),
    }
    found = chapter(
        "odds",
        "warning_odds",
        used,
        cells,
        Figure("annex.odds.figure", partial(_draw_odds, used)),
        by=("where", "within_months", "model"),
        lines=[_deaths(desk), *([say("annex.odds.begun", rows("episodes"))] if begun(desk) else [])],
    )
    more = [grid for grid in (_drivers(desk), _record(desk)) if grid is not None]
    return Chapter(found.key, found.lines, (*found.grids, *more), found.figures)


def _deaths(desk: Desk) -> Any:
    """Return what the odds are of."""
    return say("annex.odds.event", rows("warning_odds"), deaths=Count(desk.crisis.plan.warn.event_deaths))


def _drivers(desk: Desk) -> Any:
    """Return what the odds rest on."""
    if not desk.has("warning_drivers"):
        return None
    cells = {
        "where": called("where"),
        "driver": text("driver"),
        "value": count("value", about=True),
        "effect": word("effect", "effect"),
    }
    shown = desk.frame("warning_drivers").filter(pl.col("rank") <= 3).sort("where", "rank")
    return tabled("warning_drivers", shown.head(6), cells, ("where", "rank"))


def _record(desk: Desk) -> Any:
    """Return how often the event came when such odds were given before."""
    if not desk.has("warning_record"):
        return None
    cells = {
        "where": called("where"),
        "given": text("band"),
        "times": count("issued"),
        "came": count("events"),
        "band": band("low", "high", Share),
    }
    return tabled("warning_record", desk.frame("warning_record"), cells, ("where", "model", "band"))


def _draw_odds(used: pl.DataFrame, width: float, language: Language) -> Markup:
    """Draw the odds of each country and window with their bands."""
    bars = []
    for (where,), part in used.group_by("where", maintain_order=True):
        bars.append(Row(language.write(Name(str(where))), style="heading"))
        bars += [
            Row(
                language.write(Said("within_months", {"months": Count(r["within_months"])})),
                r["p_event"],
                r["p_low"],
                r["p_high"],
            )
            for r in part.iter_rows(named=True)
        ]
    title = language.text("annex.odds")
    return draw_rows(bars, width, title=title, text=title, share=True, labels=language.labels)


def people(desk: Desk) -> Chapter:
    """Return who says how many people live there: the newest figure of each."""
    frame = desk.frame("population").filter((pl.col("level") == "total") & pl.col("people").is_not_null())
    newest = frame.sort("date", "known_at").unique(["who", "place"], keep="last", maintain_order=True)
    shown = newest.sort("date", descending=True)
    cells = {
        "where": called("place"),
        "people": count("people"),
        "band": band("low", "high"),
        "who": text("who"),
        "day": when("date"),
    }
    bars = shown.head(8).to_dicts()
    figures = [Figure("annex.people.figure", partial(_draw_voices, bars))] if len(bars) > 1 else []
    return chapter("people", "population", shown, cells, *figures, by=("place", "who", "date"))


def _draw_voices(found: Sequence[dict[str, Any]], width: float, language: Language) -> Markup:
    """Draw the figure that each voice gives."""
    bars = [
        Row(
            clip(f"{r['who']}, {language.write(when('date')(r))}"),
            r["people"],
            r["low"],
            r["high"],
            style="said",
        )
        for r in found
    ]
    title = language.text("annex.people")
    return draw_rows(bars, width, title=title, text=title, label_width=width * 0.48, labels=language.labels)


def ways(desk: Desk) -> Chapter:
    """Return the map, and the stretches of which anything was reported, the newest change first."""
    known = desk.frame("corridor_status") if desk.has("corridor_status") else pl.DataFrame()
    told = known.filter(REPORTED, pl.col("effective") <= desk.now) if known.height else known
    found: list[Figure] = []
    spots, stretches = spots_of(desk), ways_of(desk)
    if spots:
        found.append(Figure("annex.ways.figure", partial(_draw_map, spots, stretches)))
    if told.is_empty():
        lines = (
            say("annex.ways.says", rows("corridors")),
            say("annex.ways.assumed", rows("corridors"), weight="absent"),
        )
        return Chapter("ways", lines, (), tuple(found))
    newest = told.sort("effective").unique("corridor", keep="last").sort("effective", descending=True)
    ends = desk.frame("corridors").select("corridor", "from_place", "to_place", "km")
    shown = newest.join(ends, on="corridor", maintain_order="left")
    cells = {
        "from": called("from_place"),
        "to": called("to_place"),
        "km": count("km", about=True),
        "status": word("status", "status"),
        "since": when("effective"),
    }
    return chapter("ways", "corridor_status", shown, cells, *found, by=("corridor", "effective"), most=8)


def _draw_map(spots: Sequence[Spot], stretches: Sequence[Way], width: float, language: Language) -> Markup:
    """Draw places and ways on a plain ground, without boundaries."""
    title, said = language.text("annex.ways"), language.text("annex.ways.figure")
    named = [Spot(s.key, language.names.get(s.key, s.name), s.lon, s.lat, s.kind, s.weight) for s in spots]
    names = 40 if width >= WIDE else 14
    return draw_ground(named, stretches, width, title=title, text=said, names=names)


def arrivals(desk: Desk) -> Chapter:
    """Return how many have arrived by when, with what was counted, and where they would be."""
    few = few_draws(desk)
    head = say("annex.arrivals.begun" if begun(desk) else "annex.arrivals.says", rows("arrivals_summary"))
    if few:
        return Chapter("arrivals", (head, *few))
    place = desk.entry or ALL
    table = desk.arm("arrivals_summary", IF).filter(pl.col("place") == place)
    spread = wide(table, ["arm", "place", "at"], "people").sort("at")
    later = spread.filter(pl.col("at") > desk.now)
    later = later if later.height else spread
    step = max(1, later.height // MOMENTS)
    picked = later[step - 1 :: step].head(MOMENTS)
    cells = {
        "by": when("at"),
        "central": count("q50", about=True),
        "half_band": band("q25", "q75"),
        "band": band("q05", "q95"),
    }
    grids = [tabled("arrivals_summary", picked, cells, ("arm", "place", "at")), *_places(desk)]
    fan = fan_of(desk, IF, place)
    shown = None if fan is None else close_up(fan, desk.moment) or fan
    figures = () if shown is None else (Figure("annex.arrivals.figure", partial(_draw_fan, desk, shown)),)
    return Chapter("arrivals", (head,), tuple(grids), figures)


def _draw_fan(desk: Desk, fan: Fan, width: float, language: Language) -> Markup:
    """Draw how arrivals may grow, with what was counted by the moment."""
    counts = [c for c in counts_of(desk, desk.entry) if not c.later and fan.at[0] <= c.at <= fan.at[-1]]
    return draw_fan(
        fan,
        counts,
        width,
        zone=desk.zone,
        moment=desk.moment,
        title=language.text("annex.arrivals"),
        text=language.text("annex.arrivals.figure"),
        unit=language.text("chart.people"),
        labels=language.labels,
    )


def _places(desk: Desk) -> list[Any]:
    """Return the people to plan for by place, where that may be shown."""
    if not desk.detail or not desk.has("caseloads"):
        return []
    whole = (pl.col("age_group") == "all") & (pl.col("sex") == "all") & (pl.col("place") != ALL)
    frame = desk.arm("caseloads", IF).filter(whole)
    names = {"best": "low", "central": "middle", "reasonable worst": "high"}
    by = frame.with_columns(pl.col("figure").replace(names)).pivot(
        on="figure", index=["arm", "place", "age_group", "sex"], values="people"
    )
    if not {"low", "middle", "high"} <= set(by.columns):
        return []
    top = by.filter(pl.col("high") > 0).sort("middle", "place", descending=[True, False]).head(6)
    cells = {"place": called("place"), "central": count("middle", about=True), "band": band("low", "high")}
    return [tabled("caseloads", top, cells, ("arm", "place", "age_group", "sex"))] if top.height else []


def caseloads(desk: Desk) -> Chapter:
    """Return the people to plan for, by age and by sex, for the three planning figures."""
    frame = desk.arm("caseloads", IF).filter(pl.col("place") == ALL)
    names = {"best": "low", "central": "middle", "reasonable worst": "high"}
    by = frame.with_columns(pl.col("figure").replace(names)).pivot(
        on="figure", index=["arm", "place", "age_group", "sex"], values="people"
    )
    cells = {
        "ages": lambda r: term("age", str(r["age_group"])),
        "sex": word("sex", "sex"),
        "best": count("low", about=True),
        "central": count("middle", about=True),
        "worst": count("high", about=True),
    }
    few = few_draws(desk)
    if few or not {"low", "middle", "high"} <= set(by.columns) or not by["high"].max():
        return Chapter("caseloads", (say("annex.caseloads.says", rows("caseloads")), *few))
    return chapter("caseloads", "caseloads", by, cells, by=("arm", "place", "age_group", "sex"))


def gaps(desk: Desk) -> Chapter:
    """Return need, supply and gap of each item on the day of the largest need, and what it costs."""
    frame = desk.arm("gaps", IF).filter(pl.col("place") == ALL)
    few = few_draws(desk)
    if few or frame.is_empty():
        return Chapter("gaps", (say("annex.gaps.says", rows("gaps")), *few))
    day = gap_day(frame)
    keys = ["arm", "place", "date", "sector", "item", "unit", "supply_known"]
    that_day = frame.filter(pl.col("date") == day)
    need, gap = (wide(that_day, keys, name) for name in ("need", "gap"))
    table = need.join(gap, on=keys, suffix="_gap", nulls_equal=True, maintain_order="left")
    costs = {item.item: item for item in missing_items(desk)}
    cells = {
        "item": lambda r: _item(r["item"], r["unit"]),
        "need": count("q50", about=True),
        "gap": count("q50_gap", about=True),
        "gap_worst": count("q95_gap", about=True),
        "cost_worst": lambda r: _cost(costs.get(r["item"])),
        "supply": lambda r: Said("supply.known" if r["supply_known"] else "supply.unknown"),
    }
    lines = [say("annex.gaps.day", rows("gaps"), day=when("date")({"date": day}) or Said("not_known"))]
    figure = Figure("annex.gaps.figure", partial(_draw_gaps, table.to_dicts()))
    shown = [figure] if table["supply_known"].any() else []
    by = ("arm", "place", "date", "sector", "item")
    return chapter("gaps", "gaps", table, cells, *shown, by=by, most=18, lines=lines)


def _item(item: str, unit: str) -> Value:
    """Return an item with its unit, where that is another word."""
    told = {"item": term("item", item), "unit": term("unit", unit)}
    return told["item"] if unit == item else Said("item.unit", told)


def _cost(item: Any) -> Money | Said:
    """Return what is missing at worst costs over the days of the needs."""
    return Said("not_priced") if item is None or item.cost is None else Money(item.cost[1])


def _draw_gaps(table: Sequence[dict[str, Any]], width: float, language: Language) -> Markup:
    """Draw the share of the median need of each item that is met by known supplies."""
    bars = []
    for row in table:
        met = 1 - row["q50_gap"] / row["q50"] if row["supply_known"] and row["q50"] else None
        bars.append(
            Row(
                language.write(term("item", row["item"])),
                met,
                aside="" if met is None else language.write(Share(met)),
            )
        )
    title = language.text("annex.gaps")
    return draw_shares(bars, width, title=title, text=title, labels=language.labels)


def supplies(desk: Desk) -> Chapter:
    """Return when supplies inside a closed area run out, by item and by how figures are taken."""
    head = say("annex.supplies.says", rows("closure_exhaustion"))
    if not desk.detail:
        return Chapter("supplies", (head, say("withheld", weight="absent")))
    keys = ["variant", "place", "item", "runs_out", "horizon_days"]
    days = wide(desk.frame("closure_exhaustion"), keys, "days")
    dates = desk.frame("closure_exhaustion").filter((pl.col("quantile") - 0.5).abs() < 1e-6)
    middle = dates.select("variant", "place", "item", "date")
    table = days.join(middle, on=["variant", "place", "item"], how="left", maintain_order="left")
    cells = {
        "item": word("item", "item"),
        "taken": word("variant", "variant"),
        "runs_out": share("runs_out"),
        "gone_median": lambda r: when("date")(r) or Said("beyond_horizon"),
        "days_band": _days,
    }
    found = chapter("supplies", "closure_exhaustion", table, cells, by=("variant", "place", "item"), most=18)
    if not desk.has("closure_reports"):
        return found
    reports = desk.frame("closure_reports").sort("date", descending=True).head(6)
    told = {"day": when("date"), "reported": text("metric"), "who": text("party")}
    grids = (*found.grids, tabled("closure_reports", reports, told, ("fact",)))
    return Chapter(found.key, found.lines, grids, found.figures)


def _days(row: Mapping[str, Any]) -> Said:
    """Return the 90 % band of days to exhaustion; an end beyond the horizon is said to be."""
    low, high = (
        Count(row[name], about=True) if row[name] is not None else Said("beyond_horizon")
        for name in ("q05", "q95")
    )
    return Said("beyond_horizon") if row["q05"] is None else Said("band", {"low": low, "high": high})


def find_out(desk: Desk) -> Chapter:
    """Return which assumption moves the planning figures most."""
    frame = desk.frame("sensitivity").filter(pl.col("arm") == IF)
    best = (
        frame.sort("share", descending=True)
        .unique("assumption", keep="first", maintain_order=True)
        .filter(pl.col("share") >= 0.01)
    )
    cells = {
        "assumption": text("assumption"),
        "moves": text("output"),
        "share": share("share"),
        "band": band("low", "high", Share),
    }
    figure = Figure("annex.find_out.figure", partial(_draw_shares, best.head(8).to_dicts()))
    by = ("arm", "output", "assumption")
    return chapter("find_out", "sensitivity", best, cells, *([figure] if best.height else []), by=by, most=8)


def _draw_shares(found: Sequence[dict[str, Any]], width: float, language: Language) -> Markup:
    """Draw the share of the spread that each assumption explains."""
    bars = [
        Row(
            r["assumption"],
            r["share"],
            r["low"],
            r["high"],
            aside=language.write(Share(r["share"], about=True)),
        )
        for r in found
    ]
    title = language.text("annex.find_out")
    return draw_shares(bars, width, title=title, text=title, label_width=width * 0.5, labels=language.labels)


def later(desk: Desk) -> Chapter:
    """Return, for a replay, what was counted only later beside what was forecast."""
    known = [c for c in counts_of(desk, desk.entry) if c.later]
    fan = fan_of(desk, IF, desk.entry or ALL)
    inside = [c for c in known if fan is not None and fan.at[0] <= c.at <= fan.at[-1]]
    head = say("annex.later.says", rows("arrivals_summary"))
    if not inside or fan is None:
        return Chapter("later", (head, say("annex.later.none", weight="quiet")))
    step = max(1, len(inside) // MOMENTS)
    body = [_beside(desk, fan, c.at, c.people) for c in inside[step - 1 :: step][:MOMENTS]]
    frame = pl.DataFrame(body)
    cells = {
        "by": when("at"),
        "counted": count("counted"),
        "central": count("q50", about=True),
        "band": band("q05", "q95"),
    }
    return Chapter("later", (head,), (tabled("arrivals_summary", frame, cells, ("place", "at")),))


def _beside(desk: Desk, fan: Fan, at: datetime, people: float) -> dict[str, Any]:
    """Return a later count beside the forecast nearest to its moment."""
    nearest = min(range(len(fan.at)), key=lambda i: abs((fan.at[i] - at).total_seconds()))
    values = {"q05": fan.q05[nearest], "q50": fan.q50[nearest], "q95": fan.q95[nearest]}
    return {"at": fan.at[nearest], "place": desk.entry, "counted": people, **values}
