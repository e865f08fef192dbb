"""Missed moments: each year between wars, what was there, and how the nearest cases elsewhere went on.

Nothing here says that a moment was missed by anybody, or that an act would have helped: the table sets side
by side what was known of a year and what came in cases that looked alike then.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from forestall.action.actors import Register
from forestall.action.leverage import OUTSIDE
from forestall.action.responses import acts
from forestall.action.ties import known_ties
from forestall.core.random import stream
from forestall.crisis import Crisis
from forestall.peace.endings import LAST_YEAR, load_endings
from forestall.peace.features import row_of
from forestall.peace.subjects import Subject, subjects_of
from forestall.pressure.threats import FEWEST
from forestall.schema import frame
from forestall.schema.conventions import ENDS

NEAREST = 10
AHEAD = 5
"""Years in which fighting may come back."""
STALEMATE_DEATHS = 25
"""Deaths in a year from which fighting goes on, as UCDP counts."""
PLACEBOS = 200
COUNTED = {
    "talks": ("mediation",), "agreements": ("agreement", "ceasefire"), "sanctions": ("sanction",),
    "incidents": ("violence",), "arms": ("arms",),
}  # fmt: skip
"""Kinds of event that each column counts."""


def moments_tables(crisis: Crisis, *, seed: int = 1) -> dict[str, pl.DataFrame]:
    """Return each year between wars with what was there, and the nearest cases elsewhere.

    Parameters
    ----------
    crisis : Crisis
        As known at a moment.
    seed : int
        Seed of the placebos.

    Returns
    -------
    dict of str to polars.DataFrame
        ``missed_years`` and ``missed_cases``; both empty where no ending of fighting is known.

    References
    ----------
    Zartman, I. W. (2000), Ripeness: the hurting stalemate and beyond, in Stern and Druckman (eds.),
    International Conflict Resolution After the Cold War, National Academy Press, 225-250 (stalemate).
    """
    subjects = subjects_of(crisis) if crisis.has("endings") else []
    told, deaths = acts(crisis, crisis.plan.act), deaths_by_year(crisis)
    rows, cases = [], []
    for year, subject in years_between(subjects, crisis.local_date()):
        near = nearest_then(subject, year)
        rows.append(_year_row(crisis, year, subject, told, deaths, near, seed))
        cases += list(_case_rows(year, near))
    return {"missed_years": frame("missed_years", rows), "missed_cases": frame("missed_cases", cases)}


def years_between(subjects: list[Subject], day: date) -> Iterator[tuple[int, Subject]]:
    """Yield each year after a first ending, with the last ending before it; years of war are left out."""
    for year in range(min((s.ended.year for s in subjects), default=day.year) + 1, day.year + 1):
        before = [s for s in subjects if s.ended.year < year]
        fought = any(s.over is not None and s.over.year == year for s in before)
        if before and not fought:
            yield year, before[-1]


def deaths_by_year(crisis: Crisis) -> dict[int, int]:
    """Return battle deaths in the countries of the parties by year, as known last."""
    parties = crisis["actors"].filter(role="party")["iso3"].drop_nulls().unique()
    rows = crisis["deaths"].filter(
        pl.col("where").is_in(parties.implode()) & (pl.col("violence") == "state-based")
    )
    latest = rows.filter(pl.col("best").is_not_null()).sort("known_at")
    latest = latest.unique(["where", "start", "period"], keep="last").with_columns(
        pl.col("start").dt.year().alias("year")
    )
    found: dict[int, int] = {}
    for period in ("month", "year"):
        sums = latest.filter(period=period).group_by("year").agg(pl.col("best").sum())
        found |= {year: int(best) for year, best in sums.iter_rows()}
    return found


def stalemate(deaths: Mapping[int, int], moved: set[int], year: int) -> str:
    """Return whether a year was one of hurting stalemate: people die two years running and no land moves.

    Examples
    --------
    >>> stalemate({2014: 30, 2015: 40}, set(), 2015), stalemate({2014: 30, 2015: 40}, {2015}, 2015)
    ('yes', 'no')
    >>> stalemate({2015: 40}, set(), 2015)
    'not known'
    """
    last_two = [deaths.get(year - 1), deaths.get(year)]
    if None in last_two:
        return "not known"
    hurting = all(best is not None and best >= STALEMATE_DEATHS for best in last_two)
    return "yes" if hurting and not moved & {year - 1, year} else "no"


def nearest_then(subject: Subject, year: int) -> pl.DataFrame:
    """Return the endings elsewhere that had held as long, nearest on what was known in a year.

    Only cases whose next five years were over before that year count: their outcome was known then.

    Returns
    -------
    polars.DataFrame
        Nearest first, with ``came_back`` (fighting within five years) and ``distance``.
    """
    held, until = year - subject.ended.year, min(year - 1, LAST_YEAR)
    since = pl.col("again") - pl.col("year")
    lasted = (pl.col("year") + held + AHEAD <= until) & (since.is_null() | (since > held))
    cases = load_endings().filter(lasted).with_columns(
        (since <= held + AHEAD).fill_null(value=False).alias("came_back")
    )  # fmt: skip
    if not cases.height:
        return cases.with_columns(pl.lit(0.0).alias("distance"))
    table = np.array([row_of(row) for row in cases.iter_rows(named=True)])
    spread = np.maximum(table.std(axis=0), 0.1)
    distance = (np.abs(table - np.array(row_of(subject.features))) / spread).mean(axis=1)
    return cases.with_columns(pl.Series("distance", distance)).sort(
        "distance", "year", descending=[False, True]
    )


def _year_row(
    crisis: Crisis, year: int, subject: Subject, told: pl.DataFrame, deaths: Mapping[int, int],
    near: pl.DataFrame, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Return one year with what was there and how the nearest cases went on."""
    own = told.filter(pl.col("date").dt.year() == year)
    counts = {
        name: own.filter(pl.col("kind").is_in(kinds))["event"].n_unique() for name, kinds in COUNTED.items()
    }
    row = {
        "year": year, "since": subject.name, "held_for": year - subject.ended.year,
        "deaths": deaths.get(year),
        "stalemate": stalemate(deaths, _moved(crisis), year), **counts, "mediators": _mediators(crisis, own),
        "suppliers": _suppliers(crisis, year), **_went_on(near, year, seed),
    }  # fmt: skip
    return row | {"says": _says(row)}


def _moved(crisis: Crisis) -> set[int]:
    """Return the years in which land changed hands."""
    return set(crisis["control"]["effective"].dt.year().to_list()) if crisis.has("control") else set()


def _mediators(crisis: Crisis, own: pl.DataFrame) -> str | None:
    """Return who mediated in the year, by the rows at hand."""
    parties = Register(crisis["actors"]).with_role("party")
    found = own.filter(pl.col("kind").is_in(COUNTED["talks"]) & ~pl.col("actor").is_in(parties))["actor"]
    return ", ".join(found.unique(maintain_order=True)) or None


def _suppliers(crisis: Crisis, year: int) -> str | None:
    """Return the largest supplier of arms of each party in the year, with its share."""
    register = Register(crisis["actors"])
    parties, outside = register.with_role("party"), register.with_role(*OUTSIDE)
    arms = known_ties(crisis["ties"]).filter(
        (pl.col("channel") == "arms") & (pl.col("year") == year) & (pl.col("share") > 0)
        & pl.col("actor").is_in(parties) & pl.col("partner").is_in(outside)
    )  # fmt: skip
    first = arms.sort("share", descending=True).unique("actor", keep="first").sort("actor")
    return (
        "; ".join(f"{r['actor']}: {r['partner']} {r['share']:.0%}" for r in first.iter_rows(named=True))
        or None
    )


def _went_on(near: pl.DataFrame, year: int, seed: int) -> dict[str, Any]:
    """Return how often fighting came back in the nearest cases, in all, and in as many taken by lot."""
    if near.height < FEWEST:
        return {"cases": near.height}
    back = near["came_back"].to_numpy().astype(float)
    generator = stream(seed, "missed:placebo", step=year)
    lots = [generator.choice(back, NEAREST, replace=False).mean() for _ in range(PLACEBOS)]
    low, high = np.quantile(lots, ENDS)
    return {
        "cases": near.height, "near_back": float(back[:NEAREST].mean()), "all_back": float(back.mean()),
        "placebo_low": float(low), "placebo_high": float(high),
    }  # fmt: skip


def _says(row: Mapping[str, Any]) -> str:
    """Return a year in words; association, never cause."""
    there = f"{row['talks']} talks, {row['agreements']} agreements, {row['sanctions']} sanctions in the rows"
    if row.get("near_back") is None:
        return f"{there}; too few cases elsewhere whose outcome was known (n = {row['cases']})"
    return (
        f"{there}; in the ten nearest cases known then fighting came back within {AHEAD} years in "
        f"{row['near_back']:.0%}, in all {row['cases']} in {row['all_back']:.0%}, in ten by lot in "
        f"{row['placebo_low']:.0%} to {row['placebo_high']:.0%}"
    )


def _case_rows(year: int, near: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the nearest cases of a year: what had been agreed there, and what followed."""
    for rank, row in enumerate(near.head(NEAREST).iter_rows(named=True), start=1):
        went = (
            f"fighting again in {row['again']}" if row["came_back"] else f"no fighting within {AHEAD} years"
        )
        yield {
            "year": year, "rank": rank, "sides": f"{row['side_a']} and {row['side_b']}", "where": row["iso3"],
            "ended": row["ended"], "kind": row["kind"], "tried": row["provisions"] or None,
            "came_back": row["came_back"], "distance": row["distance"], "says": went,
        }  # fmt: skip
