"""Would it last: odds, nearest cases and what is lacking, for the endings of a crisis."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from forestall.core.words import probability_words
from forestall.crisis import Crisis
from forestall.peace.bargaining import bargaining_table
from forestall.peace.endings import LAST_YEAR, PROVISIONS, held, known_by, load_endings, rate_by_kind
from forestall.peace.features import names, row_of
from forestall.peace.subjects import Subject, subjects_of
from forestall.peace.survival import FEWEST, Hazard, fit_hazard, pooled
from forestall.schema import frame
from forestall.schema.conventions import ENDS

YEARS = (2, 5, 10)
NEAREST = 10
JUDGED_AFTER = 5
"""Years after which an agreement is said to have held, where provisions are compared."""


def peace_tables(crisis: Crisis, *, draws: int, seed: int) -> dict[str, pl.DataFrame]:
    """Return whether the endings of a crisis would last, as could be known at its moment.

    Parameters
    ----------
    crisis : Crisis
        With a moment of knowledge.
    draws, seed : int
        Draws of the coefficients and their seed.

    Returns
    -------
    dict of str to polars.DataFrame
        The tables ``peace_odds``, ``peace_cases``, ``peace_lacking`` and ``peace_bargaining``.

    Raises
    ------
    UsageError
        Where fewer than ten endings are known by then.
    """
    until = min(crisis.local_date().year - 1, LAST_YEAR)
    known = known_by(load_endings(), until)
    hazard = fit_hazard(until, draws=draws, seed=seed)
    subjects = subjects_of(crisis)
    return {
        "peace_odds": frame("peace_odds", [r for s in subjects for r in odds_rows(crisis, s, hazard, known)]),
        "peace_cases": frame("peace_cases", [r for s in subjects for r in case_rows(s, known, until)]),
        "peace_lacking": frame("peace_lacking", [r for s in subjects for r in lacking_rows(s, known, until)]),
        "peace_bargaining": bargaining_table(crisis, draws=draws, seed=seed),
    }


def odds_rows(
    crisis: Crisis, subject: Subject, hazard: Hazard, known: pl.DataFrame
) -> Iterator[dict[str, Any]]:
    """Yield the odds of one ending for each number of years."""
    day = crisis.local_date()
    for years in YEARS:
        row = {
            "ending": subject.name, "title": subject.title, "date": subject.ended, "years": years,
            "kind": subject.features["kind"], "held_for": subject.held_for(subject.over or day),
            "cases": hazard.cases, "until": hazard.until,
            **_rate(known, subject, years, hazard.until, subject.held_for(subject.over or day)),
        }  # fmt: skip
        if subject.over is not None:
            yield row | {"says": f"it did not hold: fighting came back on {subject.over:%d %B %Y}"}
            continue
        model = hazard.odds_of_holding(row_of(subject.features), subject.held_for(day), years)
        chance = pooled(model, row["rate"])
        low, high = (float(q) for q in np.quantile(chance[1:], ENDS))
        odds = {"holds": float(chance[0]), "low": low, "high": high}
        yield row | odds | {"says": _says(odds["holds"], years, row)}


def _rate(known: pl.DataFrame, subject: Subject, years: int, until: int, held_for: int) -> dict[str, Any]:
    """Return how often endings of that kind held so long; no rate from fewer than ten."""
    rates = rate_by_kind(known, years, until, held_for).filter(pl.col("kind") == subject.features["kind"])
    if not rates.height:
        return {"rate": None, "rate_n": 0}
    n, broke = int(rates["n"][0]), float(rates["rate"][0])
    return {"rate": 1.0 - broke if n >= FEWEST else None, "rate_n": n}


def _says(chance: float, years: int, row: Mapping[str, Any]) -> str:
    """Return the odds in words, with the rate beside them."""
    rate = f"{row['rate']:.0%} of {row['rate_n']} endings of this kind" if row["rate"] is not None else None
    beside = f"; {rate} held that long" if rate else f"; too few cases of this kind (n = {row['rate_n']})"
    return f"that it holds {years} years more is {probability_words(chance)}{beside}"


def case_rows(subject: Subject, known: pl.DataFrame, until: int) -> Iterator[dict[str, Any]]:
    """Yield the nearest endings that could be watched for some years by then."""
    elsewhere = held(known, JUDGED_AFTER, until).filter(pl.col("ended") < subject.ended)
    if not elsewhere.height:
        return
    rows = list(elsewhere.iter_rows(named=True))
    table = np.array([row_of(row) for row in rows])
    spread = np.maximum(table.std(axis=0), 0.1)
    distance = (np.abs(table - np.array(row_of(subject.features))) / spread).mean(axis=1)
    order = np.lexsort((-np.array([row["year"] for row in rows]), distance))[:NEAREST]
    for rank, index in enumerate(order, start=1):
        yield _case(subject, rank, rows[index], float(distance[index]), until)


def _case(subject: Subject, rank: int, row: Mapping[str, Any], distance: float, until: int) -> dict[str, Any]:
    """Return one near case as a row."""
    went = f"no fighting again by {until}" if row["again"] is None else f"fighting again in {row['again']}"
    return {
        "ending": subject.name, "rank": rank, "sides": f"{row['side_a']} and {row['side_b']}",
        "where": row["iso3"], "date": row["ended"], "kind": row["kind"], "distance": distance,
        "provisions": row["provisions"] or None, "again": row["again"], "says": went,
    }  # fmt: skip


def lacking_rows(subject: Subject, known: pl.DataFrame, until: int) -> Iterator[dict[str, Any]]:
    """Yield what this agreement does not have, with how such agreements held; rarest need not show."""
    if not subject.agreement:
        return
    agreed = held(known.filter(pl.col("scope") != ""), JUDGED_AFTER, until)
    own = set((subject.features["provisions"] or "").split("|"))
    for provision in (name for name in PROVISIONS if name not in own):
        has = pl.col("provisions").fill_null("").str.split("|").list.contains(provision)
        yield _lacking(subject, provision, agreed.filter(has)["held"], agreed.filter(~has)["held"])


def _lacking(subject: Subject, provision: str, having: pl.Series, without: pl.Series) -> dict[str, Any]:
    """Return one provision that is lacking as a row."""
    shares = [float(s.mean()) if len(s) >= FEWEST else None for s in (having, without)]  # type: ignore[arg-type]
    said = [
        f"{share:.0%} of {len(s)}" if share is not None else f"too few cases (n = {len(s)})"
        for share, s in zip(shares, (having, without), strict=True)
    ]
    return {
        "ending": subject.name, "provision": provision, "held_with": shares[0], "with_n": len(having),
        "held_without": shares[1], "without_n": len(without),
        "says": f"agreements that held {JUDGED_AFTER} years: with it {said[0]}, without {said[1]}; no cause",
    }  # fmt: skip


def terms_of(hazard: Hazard) -> pl.DataFrame:
    """Return the coefficients with their intervals, as log odds ratios of fighting again in a year.

    Examples
    --------
    >>> table = terms_of(fit_hazard(2005, draws=50))
    >>> table["term"][0]
    'constant'
    """
    low, high = np.quantile(hazard.draws, ENDS, axis=0)
    return pl.DataFrame({"term": names(), "effect": hazard.best, "low": low, "high": high})
