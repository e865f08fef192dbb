"""Loss of control: the holders of the exposed places lose them, give them up, or say that they will.

Of the people of a place that those who hold it lose, most leave where a war of two peoples ends with
the other side's army arriving, and few where most are not targeted; the named cases say how many
(see cases).  Control is read from the table control; where nothing says yet that it is lost, it is
drawn.

The rule looks only at events known by the moment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from forestall.core.units import parse_duration
from forestall.options.displace import DisplaceOptions

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis

KINDS = ("ceasefire", "agreement")
"""Kinds of events that can hold a loss of control."""


def control_given_up(
    crisis: Crisis, options: DisplaceOptions, holders: Sequence[str]
) -> tuple[str, list[str]] | None:
    """Return the event in which holders of exposed places give up control, and which of them; or None.

    Parameters
    ----------
    crisis : Crisis
        At its moment.
    options : DisplaceOptions
        ``control_words`` mark such an event; ``ongoing_within`` says how far back it may lie.
    holders : sequence of str
        Who holds the exposed places.
    """
    import polars as pl

    since = crisis.local_date() - timedelta(days=parse_duration(options.ongoing_within).days)
    rows = crisis["events"].filter(
        pl.col("kind").is_in(KINDS) & (pl.col("date") >= since) & pl.col("outcome_of").is_null()
    )
    for event, actor, target, text in (
        rows.sort("date", "event").select("event", "actor", "target", "description").iter_rows()
    ):
        theirs = [holder for holder in holders if names_one_of([holder], actor, target)]
        if theirs and says_so(text, options.control_words):
            return event, theirs
    return None


def held_lately(crisis: Crisis, options: DisplaceOptions) -> pl.DataFrame:
    """Return who holds each place, and who did ``ongoing_within`` before: place, held_by, before."""
    import polars as pl

    since = crisis.moment - parse_duration(options.ongoing_within).timedelta
    rows = crisis["control"].filter(pl.col("effective") <= crisis.moment).sort("place", "effective")
    now = rows.group_by("place").agg(pl.col("held_by").last())
    then = rows.filter(pl.col("effective") <= since).group_by("place").agg(before=pl.col("held_by").last())
    return now.join(then, on="place", how="left").sort("place")


def holders_of(crisis: Crisis, options: DisplaceOptions, places: Sequence[str]) -> list[str]:
    """Return who holds any of the places, or did ``ongoing_within`` before, sorted."""
    import polars as pl

    rows = held_lately(crisis, options).filter(pl.col("place").is_in(list(places)))
    return sorted({*rows["held_by"].drop_nulls().to_list(), *rows["before"].drop_nulls().to_list()})


def last_changes(crisis: Crisis, before: date) -> dict[str, date]:
    """Return the last day before a day on which each place changed hands; those that never did left out."""
    import polars as pl

    rows = crisis["control"].filter(pl.col("effective") <= crisis.moment).sort("place", "effective")
    changed = rows.filter(pl.col("held_by") != pl.col("held_by").shift().over("place"))
    days = [
        (place, at.astimezone(crisis.zone).date())
        for place, at in changed.select("place", "effective").iter_rows()
    ]
    return {place: day for place, day in days if day < before}


def places_lost(crisis: Crisis, options: DisplaceOptions, places: Sequence[str]) -> list[str]:
    """Return those of the places that lately changed hands, sorted."""
    import polars as pl

    rows = held_lately(crisis, options).filter(
        pl.col("place").is_in(list(places)) & pl.col("before").is_not_null()
    )
    return rows.filter(pl.col("before") != pl.col("held_by"))["place"].to_list()


def names_one_of(holders: Sequence[str], *actors: str | None) -> bool:
    """Return whether one of the holders takes part.

    Examples
    --------
    >>> names_one_of(["Hill council"], "Valley state|Hill council", None)
    True
    """
    taking_part = {part.strip().casefold() for text in actors for part in (text or "").split("|")}
    return any(holder.casefold() in taking_part for holder in holders)


def says_so(text: str, words: Sequence[str]) -> bool:
    """Return whether a description holds one of the words, as whole words.

    Examples
    --------
    >>> says_so("Ceasefire; the forces are to disband", ("disband", "disarm"))
    True
    >>> says_so("Ceasefire", ("disband", "disarm"))
    False
    """
    pattern = "|".join(re.escape(word) for word in words)
    return bool(pattern) and re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE) is not None
