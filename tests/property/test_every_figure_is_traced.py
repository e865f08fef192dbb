"""Every figure of the two pages is found in the rows that it names, under options of no crisis."""

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from forestall.core.errors import UsageError
from forestall.core.units import parse_duration
from forestall.crisis import Crisis, open_crisis
from forestall.drafting import draft
from forestall.reporting.pages import peace
from forestall.reporting.pages.changed import CHANGE_HOURS
from forestall.reporting.pages.made import TwoPages, two_pages
from forestall.reporting.pages.say import Count, Hours, Listed, Money, Rows, Said, Share
from forestall.runs import run

SEED, DEATHS = 7, 100
CRISES = {
    "a fortnight after an exodus": ("karabakh-2023", "2023-10-02"),
    "before it": ("karabakh-2023", "2023-09-10"),
    "the tenth day of a war": ("ukraine-2022", "2022-03-05"),
    "built from nothing": ("TGO", "2023-06-30"),
}


@pytest.fixture(scope="module", params=CRISES)
def made(request: pytest.FixtureRequest) -> TwoPages:
    name, moment = CRISES[request.param]
    crisis = draft(name, as_of=moment, places=10).crisis if len(name) == 3 else open_crisis(name)
    crisis = crisis.with_options("warn", event_deaths=DEATHS).with_options("prepare", horizon="60 days")
    done = run(crisis, as_of=moment, draws=60, seed=SEED)
    return two_pages(done.crisis, outcome=crisis, today=date(2026, 11, 22))


def figures(value: Any) -> Iterator[Count | Share | Money | Hours]:
    """Yield the figures of a value, however deep."""
    if isinstance(value, Count | Share | Money | Hours):
        yield value
    for part in value.values if isinstance(value, Listed) else ():
        yield from figures(part)
    for part in value.values.values() if isinstance(value, Said) else ():
        yield from figures(part)


def stated(made: TwoPages) -> Iterator[tuple[str, Any, tuple[Rows, ...]]]:
    """Yield each sentence or line of a table that holds a figure, with the rows it names."""
    for part in made.pages.parts:
        for line in part.lines:
            yield line.said.key, line.said, line.rows
        if part.grid is not None:
            for cells, named in zip(part.grid.cells, part.grid.rows, strict=True):
                yield part.grid.key, Listed(tuple(c for c in cells if c is not None)), named


def frames_of(crisis: Crisis, named: tuple[Rows, ...]) -> dict[str, pl.DataFrame]:
    """Return the rows named, by table."""
    found: dict[str, list[pl.DataFrame]] = {}
    for row in named:
        frame = crisis[row.table]
        for column, wanted in row.where.items():
            frame = frame.filter(pl.col(column).eq_missing(pl.lit(wanted)))
        found.setdefault(row.table, []).append(frame)
    return {table: pl.concat(parts).unique(maintain_order=True) for table, parts in found.items()}


def numbers_in(frame: pl.DataFrame, moment: datetime) -> Iterator[float]:
    """Yield all that a reader can read off rows: cells, how many, sums, ends, means, spans, ages."""
    yield float(frame.height)
    for column in frame.columns:
        values = frame[column].drop_nulls().to_list()
        if frame[column].dtype.is_numeric() and values:
            yield from (*map(float, values), sum(values), min(values), max(values))
            for text in (c for c in frame.columns if frame[c].dtype == pl.String):
                yield from map(float, frame.group_by(text).agg(pl.col(column).sum())[column].to_list())
        elif frame[column].dtype == pl.Boolean and values:
            yield float(frame[column].mean() or 0.0)
        elif frame[column].dtype == pl.String:
            yield from filter(None, (hours_of(text) for text in values))
            yield float(len(set(values)))
        yield from ages(values, moment)


def hours_of(text: str) -> float | None:
    """Return hours where a text is a stretch of time."""
    try:
        return parse_duration(text).timedelta.total_seconds() / 3600.0
    except (UsageError, ValueError, OverflowError):
        return None


def ages(values: list[Any], moment: datetime) -> Iterator[float]:
    """Yield how long ago moments and days are, in days and hours, as they are written."""
    for value in values:
        if isinstance(value, datetime):
            gone = moment - value
            yield from (float(gone // timedelta(days=1)), gone.total_seconds() / 3600.0)
        elif isinstance(value, date):
            yield from ((moment.date() - value).days * k for k in (1.0, 24.0))


def odds_of_the_last_ending(crisis: Crisis) -> Iterator[float]:
    """Yield the odds that the last ending holds, from the cases that ship: no table of a run holds them."""
    until = min(crisis.local_date().year - 1, peace.LAST_YEAR)
    hazard = peace.fit_hazard(until, draws=peace.DRAWS, seed=crisis.settings.seed)
    known = peace.known_by(peace.load_endings(), until)
    for row in peace.odds_rows(crisis, peace.subjects_of(crisis)[-1], hazard, known):
        yield from (float(value) for value in row.values() if isinstance(value, int | float))


def reckoned(key: str, frames: dict[str, pl.DataFrame], crisis: Crisis) -> Iterator[float]:
    """Yield what follows from several rows together: weights, prices at their ends, ways out."""
    if key == "peace.holds":
        yield from odds_of_the_last_ending(crisis)
    items = frames.get("items", pl.DataFrame())
    for table in ("needs_cost", "supplies"):
        if items.height and table in frames:
            both = frames[table].join(items.select("item", "unit", "kg"), on=["item", "unit"])
            yield from (both["quantity"] * both["kg"] / 1000).drop_nulls().to_list()
    if "standards" in frames and "needs_cost" in frames:
        both = frames["needs_cost"].join(frames["standards"], on=["item", "unit"], suffix="_each")
        yield from (both["quantity"] / both["quantity_each"]).drop_nulls().to_list()
    if key.startswith("needs.prices"):
        worst = frames["needs_cost"].filter(figure="reasonable worst").drop_nulls("cost")
        priced = worst.join(items, on=["item", "unit"], how="left")
        for end in ("price_low", "price_high"):
            share = (pl.col(end) / pl.col("price_right")).fill_null(1.0)
            yield float(priced.select((pl.col("cost") * share).sum()).item())
    if "flows_summary" in frames:
        used = frames["flows_summary"]["corridor"].unique().implode()
        country = dict(crisis["places"].select("place", "country").iter_rows())
        ways = crisis["corridors"].filter(pl.col("corridor").is_in(used)).select("from_place", "to_place")
        yield float(sum(country.get(a) != country.get(b) for a, b in ways.iter_rows()))
        there = set(crisis["arrivals_summary"]["place"])
        yield float(sum(b in there and a not in there for a, b in ways.iter_rows()))


def untraced(made: TwoPages) -> list[str]:
    """Return the figures that are not found in the rows they name, nor in the plan of the run."""
    crisis, faults = made.desk.crisis, []
    chosen = [float(DEATHS), float(crisis.plan.displace.draws), *map(float, CHANGE_HOURS)]
    for key, said, named in stated(made):
        known = [*chosen]
        frames = frames_of(crisis, named)
        for frame in frames.values():
            known += numbers_in(frame, crisis.moment)
        known += reckoned(key, frames, crisis)
        faults += [
            f"{key}: {figure} not in {[(r.table, dict(r.where)) for r in named]}"
            for figure in figures(said)
            if not any(math.isclose(figure.value, k, rel_tol=1e-6, abs_tol=1e-9) for k in known)
        ]
    return faults


def test_every_figure_is_found_in_the_rows_it_names(made: TwoPages) -> None:
    assert sum(1 for _, said, _ in stated(made) for _ in figures(said)) >= 8
    assert untraced(made) == []


def test_the_brief_says_the_options_of_its_run(made: TwoPages) -> None:
    crisis = made.desk.crisis
    assert (crisis.plan.seed, crisis.plan.warn.event_deaths) == (SEED, DEATHS)
    assert "25 deaths" not in made.text
    odds = [said for key, said, _ in stated(made) if key.startswith(("odds", "ahead.odds"))]
    assert f"{DEATHS} deaths" in made.text or not odds
