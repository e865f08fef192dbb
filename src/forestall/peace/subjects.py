"""The endings of a crisis as they were known at its moment, in the shape of the endings elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from forestall.crisis import Crisis
from forestall.peace.endings import PROVISIONS, known_by, load_endings

RECENT_YEARS = 25
"""How far back an ending elsewhere in the country still is a question, where the crisis lists none."""


@dataclass(frozen=True)
class Subject:
    """One ending that is asked about.

    Parameters
    ----------
    name, title : str
        Identifier and words.
    ended : date
        Day of the ending.
    features : mapping
        ``kind``, ``scope``, ``provisions``, flags (None where not known), ``years``, ``rounds_before``.
    agreement : bool
        Whether rows of provisions say what was agreed.
    over : date or None
        Day on which fighting came back, where that is known.
    """

    name: str
    title: str
    ended: date
    features: Mapping[str, Any]
    agreement: bool
    over: date | None

    def held_for(self, day: date) -> int:
        """Return the whole years between the ending and a day."""
        return max(0, int((day - self.ended).days / 365.25))


def subjects_of(crisis: Crisis) -> list[Subject]:
    """Return the endings asked about, oldest first.

    The rows of the table ``endings`` known by the moment; without any, the last ending of each pair
    of sides in the countries of the crisis.
    """
    if crisis.has("endings"):
        rows = list(crisis["endings"].sort("date", "ending").iter_rows(named=True))
        return [_own(crisis, row, rows) for row in rows if row["date"] <= crisis.local_date()]
    return list(_elsewhere(crisis))


def _own(crisis: Crisis, row: Mapping[str, Any], rows: list[dict[str, Any]]) -> Subject:
    """Return a row of the crisis as a subject."""
    held = crisis["provisions"].filter(pl.col("agreement") == pl.lit(row["agreement"], pl.String))
    kinds = sorted(set(held["kind"].drop_nulls().to_list()) & set(PROVISIONS))
    fought = None if row["began"] is None else max(1, round((row["date"] - row["began"]).days / 365.25 + 0.5))
    flags = {flag: row[flag] for flag in ("war", "territory", "between_states")}
    features = {
        **flags, "colonial": False, "kind": row["kind"], "scope": row["scope"] or "",
        "provisions": "|".join(kinds), "years": fought, "rounds_before": row["rounds_before"],
    }  # fmt: skip
    return Subject(row["ending"], row["title"], row["date"], features, held.height > 0, _came_back(row, rows))


def _came_back(row: Mapping[str, Any], rows: list[dict[str, Any]]) -> date | None:
    """Return the first day of the next known round between sides of the same names."""
    sides = set(row["parties"].split("|"))
    later = [
        other["began"]
        for other in rows
        if other["began"] is not None
        and other["began"] > row["date"]
        and len(sides & set(other["parties"].split("|"))) >= 2
    ]
    return min(later, default=None)


def _elsewhere(crisis: Crisis) -> Iterator[Subject]:
    """Yield the last ending of each pair of sides located in the countries of the crisis."""
    year = crisis.local_date().year - 1
    mine = pl.col("iso3").str.split("|").list.eval(pl.element().is_in(crisis.settings.iso3)).list.any()
    known = known_by(load_endings(), year).filter(mine & (pl.col("year") >= year - RECENT_YEARS))
    last = known.sort("ended").unique("dyad", keep="last", maintain_order=True)
    for row in last.iter_rows(named=True):
        title = f"{row['side_a']} and {row['side_b']}"
        over = None if row["again"] is None else date(row["again"], 1, 1)
        yield Subject(f"dyad-{row['dyad']}", title, row["ended"], row, bool(row["scope"]), over)
