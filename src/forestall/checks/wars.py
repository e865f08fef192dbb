"""W253, W254: what ends before it begins, and acts of violence without a step on the ladder."""

from collections.abc import Iterator

import polars as pl

from forestall.checks.rows import LINE, found, with_lines
from forestall.core.errors import Finding
from forestall.crisis import Crisis


def find_ends(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every war or act that ends, or has an outcome, before it begins."""
    endings = with_lines(crisis, "endings").filter(pl.col("date") < pl.col("began"))
    yield from found(
        "W253",
        "the war ends before it begins",
        "endings",
        endings,
        "date",
        expected="the day in began or later",
    )
    events = with_lines(crisis, "events")
    acts = events.select("event", began="date")
    outcomes = events.drop_nulls("outcome_of").join(acts, left_on="outcome_of", right_on="event")
    yield from found(
        "W253",
        "the outcome lies before the event that it is of",
        "events",
        outcomes.filter(pl.col("date") < pl.col("began")).sort(LINE),
        "date",
        expected="the day of the event in outcome_of or later",
    )


def find_steps(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every act of violence that says neither its step nor its deaths."""
    events = with_lines(crisis, "events")
    told = events.filter(pl.col("unit").str.contains("(?i)death") & pl.col("value").is_not_null())
    known = pl.concat([told["event"], told["outcome_of"].drop_nulls()])
    acts = events.filter(
        (pl.col("kind") == "violence")
        & (pl.col("form") == "material")
        & (pl.col("stance") == "conflict")
        & pl.col("outcome_of").is_null()
        & pl.col("step").is_null()
        & ~pl.col("event").is_in(known.implode())
    )
    yield from found(
        "W254",
        "an act of violence without its step: whether it was large-scale rests on a low base rate",
        "events",
        acts,
        "step",
        expected="incident (shots, a single strike), raid (a clash at one place), offensive (in force)",
    )
