"""The nowcast in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from forestall.core.words import probability_words
from forestall.displacement.nowcast import Nowcast
from forestall.displacement.results import ARMS
from forestall.reporting.writing import exact, interval, rounded
from forestall.schema.conventions import ALL

Row = Mapping[str, Any]


def nowcast_words(found: Nowcast, zone: ZoneInfo) -> list[str]:
    """Return the nowcast as sentences: what leads, all people, the worlds in which they differ.

    Parameters
    ----------
    found : Nowcast
        As :func:`forestall.nowcasting.nowcast_of` returns it.
    zone : ZoneInfo
        Zone in which days are told.
    """
    rows = [row for row in found.rows if row["place"] == ALL]
    whole = [row for row in rows if row["world"] is None]
    words = [_lead(found, whole[0], zone)]
    for row in whole:
        words += [_people(found, row, zone), *_days(found, row, zone)]
    words += [_world(found, row, zone) for row in rows if row["world"] is not None]
    if found.guessed:
        words.append(
            "People were counted on one side of the border: how many fled on the other rests on other wars"
        )
    return words


def by_day(moment: datetime, zone: ZoneInfo) -> str:
    """Return the day that ends with a moment.

    Examples
    --------
    >>> from datetime import UTC
    >>> by_day(datetime(2022, 3, 18, 22, tzinfo=UTC), ZoneInfo("Europe/Kyiv"))
    'Friday 18 March'
    """
    return (moment.astimezone(zone) - timedelta(seconds=1)).strftime("%A %-d %B")


def day(moment: datetime | None, zone: ZoneInfo) -> str:
    """Return a day, or that nobody knows it."""
    return "not known" if moment is None else moment.astimezone(zone).strftime("%-d %B %Y")


def _lead(found: Nowcast, row: Row, zone: ZoneInfo) -> str:
    """Say what leads: the counts, or the chain where nobody was counted."""
    if not found.counted or row["counted"] is None:
        return "Nobody of this flight was counted: what follows is the chain's, of people from that moment on"
    at = row["counted_at"].astimezone(zone).strftime("%-d %B %Y %H:%M")
    return f"Counted so far: {exact(row['counted'])} people, last on {at}"


def _arm(row: Row) -> str:
    """Say under which condition a row holds."""
    return "If violence starts: " if row["arm"] == ARMS[1] else "All people: "


def _people(found: Nowcast, row: Row, zone: ZoneInfo) -> str:
    """Say how many will have come."""
    parts = []
    for name, when in (("friday", found.friday), ("month_end", found.month_end)):
        middle, band = rounded(row[f"{name}_median"]), interval(row[f"{name}_low"], row[f"{name}_high"])
        chance = row[f"{name}_chance"]
        some = "" if chance == 1 else f"; that anybody has: {chance:.0%}, {probability_words(chance)}"
        parts.append(f"by {by_day(when, zone)} {middle} ({band}{some})")
    return f"{_arm(row)}{', '.join(parts)}"


def _days(found: Nowcast, row: Row, zone: ZoneInfo) -> list[str]:
    """Say by when half and most have come; of a flight to come, how long after it begins."""
    if row["half_median"] is None:
        return []
    words = []
    for name, share in (("half", "half"), ("most", "95 %")):
        low, middle, high = (row[f"{name}_{end}"] for end in ("low", "median", "high"))
        told = f"by {day(middle, zone)} ({day(low, zone)} to {day(high, zone)})"
        if not found.begun:
            low, middle, high = (row[f"{name}_days_{end}"] for end in ("low", "median", "high"))
            told = f"{rounded(middle)} days after it begins ({interval(low, high)})"
        words.append(f"{share} {told}")
    until = day(found.until, zone)
    return [f"{_arm(row)}of those who come until {until}, {' and '.join(words)} have come"]


def _world(found: Nowcast, row: Row, zone: ZoneInfo) -> str:
    """Say what comes in one world, with its probability."""
    middle, band = rounded(row["month_end_median"]), interval(row["month_end_low"], row["month_end_high"])
    return f"{row['world']} ({row['probability']:.0%}): by {by_day(found.month_end, zone)} {middle} ({band})"
