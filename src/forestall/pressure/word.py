"""What a guarantor's word was worth: how often allies kept theirs, and the calls and answers here."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from forestall.action.actors import Register
from forestall.crisis import Crisis
from forestall.pressure.threats import rate_of, read_counts
from forestall.schema import frame

ANSWERS = ("given", "in part", "not given", "not known")


def latest_calls(crisis: Crisis) -> pl.DataFrame:
    """Return each call on a guarantor as it is known last, oldest call first."""
    calls = crisis["guarantee_calls"].sort("known_at").unique("call", keep="last", maintain_order=True)
    return calls.sort("date", "call")


def word_tables(crisis: Crisis) -> dict[str, pl.DataFrame]:
    """Return how often allies kept their word elsewhere, and what each guarantor here did when called.

    One rule for every guarantor: a call is a dated public request under a named obligation; the answer is
    what was given of what was asked, and not whether it was due. Whether it was due is what the two
    readings differ about, and both stand in the row.

    Parameters
    ----------
    crisis : Crisis
        As known at a moment, or whole.

    Returns
    -------
    dict of str to polars.DataFrame
        ``guarantee_record``, ``guarantee_answers`` and ``guarantee_rates``.
    """
    calls = latest_calls(crisis)
    year = None if crisis.as_of is None else crisis.local_date().year
    rates = read_counts("guarantee_rates.csv")
    known = rates if year is None else rates.filter(pl.col("known_from") <= year)
    return {
        "guarantee_record": frame("guarantee_record", _records(crisis, calls)),
        "guarantee_answers": frame("guarantee_answers", calls.select(_columns()).to_dicts()),
        "guarantee_rates": frame("guarantee_rates", known.drop("known_from").to_dicts()),
    }


def _columns() -> list[str]:
    """Return the columns of a call that are shown."""
    from forestall.schema import table_of

    return list(table_of("guarantee_answers").names)


def _records(crisis: Crisis, calls: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a row per guarantor and ally: of every call, and of every guarantee nobody called on."""
    pairs = {(row["guarantor"], row["ally"]) for row in calls.iter_rows(named=True)}
    return [_record(pair, calls) for pair in sorted(pairs | _promised(crisis))]


def _promised(crisis: Crisis) -> set[tuple[str, str]]:
    """Return guarantor and ally of each guarantee in the ledger and each tie of security."""
    register = Register(crisis["actors"])
    given = crisis["commitments"].filter(pl.col("kind") == "guarantee")
    found = {
        (who, ally)
        for row in given.iter_rows(named=True)
        for who in register.resolve(row["who"])
        for ally in register.resolve(row["to_whom"])
    }
    ties = crisis["ties"].filter(pl.col("channel") == "security").select("partner", "actor")
    return found | {(partner, actor) for partner, actor in ties.iter_rows()}


def _record(pair: tuple[str, str], calls: pl.DataFrame) -> dict[str, Any]:
    """Return how often one guarantor gave what one ally asked."""
    own = calls.filter((pl.col("guarantor") == pair[0]) & (pl.col("ally") == pair[1]))
    counts = {answer: own.filter(answer=answer).height for answer in ANSWERS}
    asked = own.height - counts["not known"]
    found = rate_of(counts["given"], asked)
    return {
        "guarantor": pair[0], "ally": pair[1], "calls": own.height, "given": counts["given"],
        "in_part": counts["in part"], "not_given": counts["not given"], "rate": found.share,
        "low": found.low, "high": found.high, "says": _words(pair, own.height, counts),
    }  # fmt: skip


def _words(pair: tuple[str, str], calls: int, counts: Mapping[str, int]) -> str:
    """Return the record of one guarantor in words; no rate from fewer than ten calls."""
    if not calls:
        return f"{pair[0]} to {pair[1]}: a guarantee, and no call on it is known"
    told = ", ".join(f"{n} {answer}" for answer, n in counts.items() if n)
    few = "" if calls >= 10 else "; too few cases for a rate"
    return f"{pair[0]} to {pair[1]}: {calls} call{'s' * (calls > 1)} known, {told}{few}"
