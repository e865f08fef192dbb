"""What is needed, what it costs, what is there, and what is missing first; and what runs down inside."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from forestall.preparedness.standards import choose_standards, climate_on
from forestall.reporting.desk import Desk
from forestall.reporting.pages.actions import planned
from forestall.reporting.pages.ahead import few_draws
from forestall.reporting.pages.language import term
from forestall.reporting.pages.say import (
    Count,
    Data,
    Day,
    Grid,
    Line,
    Listed,
    Money,
    Name,
    Part,
    Rows,
    Said,
    Share,
    Value,
    Word,
    absent_table,
    no_table,
    not_assessed,
    rows,
    say,
)
from forestall.reporting.pages.standing import shut_road
from forestall.schema.conventions import ALL

ITEMS = 6
"""How many items stand in the table: the dearest first, then those without a price."""
FIRST = 3
"""How many items are named as missing first."""
FIGURES = ("central", "reasonable worst")


@dataclass(frozen=True, slots=True)
class Missing:
    """What is missing of one item for the central figure and the reasonable worst."""

    item: str
    unit: str
    amount: tuple[float, float]
    tonnes: tuple[float, float] | None
    serves: float | None
    cost: tuple[float, float] | None
    rows: tuple[Rows, ...]


def missing_items(desk: Desk) -> list[Missing]:
    """Return what is missing by item, the dearest first and those without a price last."""
    frame = desk.arm("needs_cost", "if it happens") if desk.has("needs_cost") else pl.DataFrame()
    if frame.is_empty():
        return []
    kilos, areas = _kilos(desk), _areas(desk)
    out = []
    for (item, unit), part in frame.group_by("item", "unit", maintain_order=True):
        by = {row["figure"]: row for row in part.iter_rows(named=True)}
        if not set(FIGURES) <= set(by) or by[FIGURES[1]]["quantity"] <= 0:
            continue
        middle, worst = (by[figure] for figure in FIGURES)
        amount = (float(middle["quantity"]), float(worst["quantity"]))
        kg = kilos.get((str(item), str(unit)))
        tonnes = (amount[0] * kg / 1000, amount[1] * kg / 1000) if kg is not None else None
        cost = (middle["cost"], worst["cost"]) if worst["cost"] is not None else None
        found = tuple(rows("needs_cost", arm="if it happens", item=str(item), figure=f) for f in FIGURES)
        serves = areas.get((str(item), str(unit)))
        if kg is not None:
            found = (*found, rows("items", item=str(item), unit=str(unit)))
        if serves is not None:
            found = (*found, rows("standards", item=str(item), unit=str(unit)))
        out.append(Missing(str(item), str(unit), amount, tonnes, serves, cost, found))
    return sorted(out, key=lambda m: -(m.cost[1] if m.cost else -1.0))


def _kilos(desk: Desk) -> dict[tuple[str, str], float]:
    """Return the weight of one unit of each item, in kilograms."""
    if not desk.has("items"):
        return {}
    frame = desk.frame("items").drop_nulls("kg")
    return {(item, unit): kg for item, unit, kg in frame.select("item", "unit", "kg").iter_rows()}


def _areas(desk: Desk) -> dict[tuple[str, str], float]:
    """Return the area for a person of each item that is counted in square metres, in today's climate."""
    if not desk.has("standards"):
        return {}
    latitude = desk.frame("places")["lat"].mean() if desk.has("places") else None
    known = float(latitude) if isinstance(latitude, (int, float)) else None
    asked = desk.crisis.plan.prepare.climate
    climate = climate_on(desk.now.date(), known) if asked == "auto" else asked
    fitting = choose_standards(desk.frame("standards"), "acute", climate, household_size=1.0)
    return {(found.item, found.unit): found.per_person for found in fitting if found.unit == "m2"}


def needs_part(desk: Desk) -> Part:
    """Return needs and cost for the central figure and the worst."""
    if not desk.has("standards"):
        return no_table("needs", "standards")
    if "needs_cost" not in desk.crisis.tables:
        return not_assessed("needs", "forestall prepare")
    if few_draws(desk):
        return Part("needs", (say("needs.few_draws", rows("episodes"), weight="absent"),))
    found = missing_items(desk)
    if not found:
        return Part("needs", (_none(desk),))
    lines = [*_people(desk), *_first(found), *_cost(desk, found), *_there(desk)]
    return Part("needs", tuple(lines), _grid(found[:ITEMS]))


def _none(desk: Desk) -> Line:
    """Return that nothing is missing, or that nobody is in need within the days of the needs."""
    figures = planned(desk)
    if figures and not any(figures.values()):
        window = Data(desk.crisis.plan.prepare.horizon)
        return say("needs.nobody", rows("caseloads", place=ALL), window=window)
    return say("needs.none", rows("needs_cost") if desk.has("needs_cost") else rows("standards"))


def _first(found: list[Missing]) -> list[Line]:
    """Return what is missing first: the dearest things that have a price, in the amounts people order."""
    said: list[Said] = []
    source: list[Rows] = []
    for item in found[:FIRST]:
        (middle, worst), cells = item.amount, _cells(item)
        if worst > 0:
            key = "needs.item" if middle > 0 else "needs.item_worst"
            said.append(Said(key, {"item": cells[0], "middle": cells[1], "worst": cells[2]}))
            source += item.rows
    return [Line(Said("needs.first", {"items": Listed(tuple(said))}), tuple(source))] if said else []


def _people(desk: Desk) -> list[Line]:
    """Return the people to plan for."""
    figures = planned(desk)
    if not set(FIGURES) <= set(figures):
        return [say("absent.planned", weight="absent", command=Data("forestall prepare"))]
    middle, worst = (Count(figures[name], about=True) for name in FIGURES)
    found = tuple(
        rows("caseloads", arm="if it happens", place=ALL, age_group="all", sex="all", figure=f)
        for f in FIGURES
    )
    if figures[FIGURES[0]] <= 0:
        return [say("needs.people_none", *found, worst=worst)]
    return [say("needs.people", *found, middle=middle, worst=worst)]


def _cost(desk: Desk, found: list[Missing]) -> list[Line]:
    """Return the money for what is missing and has a price, at which prices, and which items have none."""
    priced = [m for m in found if m.cost is not None]
    none = tuple(term("item", m.item) for m in found if m.cost is None)
    if not priced:
        said = Line(Said("needs.unpriced"), tuple(row for m in found for row in m.rows))
        return [said] if desk.has("items") else [said, absent_table("items")]
    source = tuple(row for m in priced for row in m.rows)
    middle, worst = (sum(m.cost[i] for m in priced if m.cost) for i in (0, 1))
    values: dict[str, Value] = {"middle": Money(middle), "worst": Money(worst)}
    lines = [Line(Said("needs.cost" if middle > 0 else "needs.cost_worst", values), source)]
    lines += _prices(desk, priced)
    return [*lines, say("needs.not_priced", *source, items=Listed(none))] if none else lines


def worst_cost(desk: Desk) -> tuple[Money, tuple[Rows, ...]] | None:
    """Return what is missing costs at worst, with its rows; None where nothing has a price."""
    priced = [m for m in missing_items(desk) if m.cost is not None]
    money = sum(m.cost[1] for m in priced if m.cost)
    return (Money(money), tuple(row for m in priced for row in m.rows)) if money > 0 else None


def _prices(desk: Desk, priced: list[Missing]) -> list[Line]:
    """Return the year of the prices, who gives them, and what the cost would be at their ends."""
    if not desk.has("items"):
        return []
    ends = {(row["item"], row["unit"]): row for row in desk.frame("items").iter_rows(named=True)}
    used = [ends[m.item, m.unit] for m in priced if (m.item, m.unit) in ends]
    if not used:
        return []
    low, high = (
        sum(m.cost[1] * _end(ends.get((m.item, m.unit), {}), name) for m in priced if m.cost)
        for name in ("price_low", "price_high")
    )
    sources = sorted({row["source"] for row in used if row["source"]})
    said = tuple(Word(f"basis.{name}") if name == "assumption" else Data(name) for name in sources)
    values: dict[str, Value] = {"sources": Listed(said), "low": Money(low), "high": Money(high)}
    found = tuple(rows("items", item=row["item"], unit=row["unit"]) for row in used)
    found += tuple(row for m in priced for row in m.rows if row.table == "needs_cost")
    years = sorted({row["price_year"] for row in used if row["price_year"] is not None})
    if not years:
        return [Line(Said("needs.prices_undated", values), found)]
    told = Data("-".join(dict.fromkeys(str(year) for year in (years[0], years[-1]))))
    return [Line(Said("needs.prices", values | {"year": told}), found)]


def _end(row: dict[str, Any], name: str) -> float:
    """Return one end of the range of a price relative to it; 1 where no range is given."""
    known = row.get(name) is not None and row.get("price")
    return float(row[name]) / float(row["price"]) if known else 1.0


def _there(desk: Desk) -> list[Line]:
    """Return what is in store, as recorded."""
    if not desk.has("supplies"):
        return [say("needs.no_stock", weight="absent")]
    kilos = _kilos(desk)
    said, found = [], []
    for row in desk.frame("supplies").head(3).iter_rows(named=True):
        kg = kilos.get((row["item"], row["unit"]))
        amount = row["quantity"] * kg / 1000 if kg is not None else row["quantity"]
        unit: Value = Said("tonnes") if kg is not None else term("unit", row["unit"])
        values: dict[str, Value] = {
            "amount": Count(amount, about=True),
            "unit": unit,
            "item": term("item", row["item"]),
            "place": Name(row["place"]),
        }
        said.append(Said("needs.stock", values))
        found.append(rows("supplies", supply=row["supply"]))
        if kg is not None:
            found.append(rows("items", item=row["item"], unit=row["unit"]))
    return [Line(Said("needs.stocks", {"stocks": Listed(tuple(said))}), tuple(found))]


def _grid(found: list[Missing]) -> Grid:
    """Return the table of what is missing."""
    return Grid(
        "missing",
        ("item", "central", "worst", "cost", "cost_worst"),
        tuple(_cells(m) for m in found),
        tuple(m.rows for m in found),
        numeric=(1, 2, 3, 4),
    )


def _cells(m: Missing) -> tuple[Value, ...]:
    """Return the cells of one item; an amount or a cost of nothing is said in words."""
    costs: tuple[Value, Value] = (Said("not_priced"), Said("not_priced"))
    if m.cost:
        costs = (_money(m.cost[0]), _money(m.cost[1]))
    return (term("item", m.item), _amount(m, 0), _amount(m, 1), *costs)


def _money(cost: float) -> Value:
    """Return an amount of money, or that it is nothing."""
    return Money(cost) if cost > 0 else Said("nothing")


def _amount(m: Missing, index: int) -> Value:
    """Return what is missing as people order it: for how many people, in tonnes, or in its own unit."""
    amount = m.amount[index]
    if amount <= 0:
        return Said("nothing")
    if m.serves is not None:
        return Said("for_people", {"people": Count(amount / m.serves, about=True)})
    if m.tonnes is not None and m.unit in {"g", "kg", "kcal", "litres"}:
        return Said("amount", {"amount": Count(m.tonnes[index], about=True), "unit": Said("tonnes")})
    if m.unit == m.item:
        return Count(amount, about=True)
    return Said("amount", {"amount": Count(amount, about=True), "unit": term("unit", m.unit)})


def supplies_part(desk: Desk) -> Part | None:
    """Return the dates on which supplies inside a closed area run out; None where none is closed."""
    if not desk.has("closure_exhaustion"):
        return None
    if shut_road(desk) is None:
        return None
    if not desk.detail:
        return Part("supplies", (say("withheld", weight="absent"),))
    frame = desk.frame("closure_exhaustion").filter(pl.col("variant") == "as reported")
    lines = [_runs_out(part) for _, part in frame.group_by("place", "item", maintain_order=True)]
    reports = [_reports(desk)] if desk.has("closure_reports") else []
    return Part("supplies", (*lines, *reports))


def _runs_out(part: pl.DataFrame) -> Line:
    """Return when one item runs out: its median and the worst twentieth."""
    first = part.row(0, named=True)
    dates = {round(q * 100): d for q, d in part.select("quantile", "date").iter_rows()}
    found = rows("closure_exhaustion", variant="as reported", place=first["place"], item=first["item"])
    values: dict[str, Value] = {"item": term("item", first["item"]), "share": Share(first["runs_out"])}
    early, middle, late = (dates.get(q) for q in (5, 50, 95))
    if early is None:
        return Line(Said("supplies.lasts", values), (found,))
    values["early"] = Day(early)
    if middle is None:
        return Line(Said("supplies.maybe", values), (found,))
    values["middle"] = Day(middle)
    if late is None:
        return Line(Said("supplies.likely", values), (found,))
    return Line(Said("supplies.dates", values | {"late": Day(late)}), (found,))


def _reports(desk: Desk) -> Line:
    """Return how many shortages were reported, and the newest, so that the reckoning is read beside them."""
    frame = desk.frame("closure_reports").sort("date")
    newest = frame.row(-1, named=True)
    return say(
        "supplies.reports",
        rows("closure_reports"),
        rows("closure_reports", fact=newest["fact"]),
        count=Count(frame.height),
        day=Day(newest["date"]),
        what=Data(newest["metric"]),
        who=Data(newest["party"] or "-"),
    )
