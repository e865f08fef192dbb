"""Loss of control: the holders of the exposed places give them up, or say that they will.

Where those who hold a place for its people disarm, disband or hand it over, most of these people
leave: of comparable losses before 2022 nearly all left the districts lost in 1992-94 and the
places handed over in 2020 (this conflict, either side), Krajina 1995, Abkhazia 1993 and the
Georgian-held villages of South Ossetia 2008; about half left Kosovo in 1999.  From such an event
on, the share that leaves is therefore drawn from a prior of its own, and for every exposed place.

The rule looks only at events known by the moment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from forestall.core.units import parse_duration
from forestall.options.displace import DisplaceOptions

if TYPE_CHECKING:
    from forestall.crisis import Crisis

KINDS = ("ceasefire", "agreement")
"""Kinds of events that can hold a loss of control."""


def control_given_up(crisis: Crisis, options: DisplaceOptions, holders: Sequence[str]) -> str | None:
    """Return the event in which the exposed holders give up control, or None.

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
    found = [
        event
        for event, actor, target, text in rows.sort("date", "event")
        .select("event", "actor", "target", "description")
        .iter_rows()
        if names_one_of(holders, actor, target) and says_so(text, options.control_words)
    ]
    return found[0] if found else None


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
