"""Whom an event concerns: names of sides and places as events write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

SHORTEST = 3
"""Names shorter than that must be equal; longer ones may be part of one another."""


def parts(*texts: str | None) -> list[str]:
    """Return the names in cells that hold several, separated by ``|``.

    Examples
    --------
    >>> parts("Valley state|Hill council", None)
    ['valley state', 'hill council']
    """
    return [part.strip().casefold() for text in texts for part in (text or "").split("|") if part.strip()]


def same(one: str, other: str) -> bool:
    """Return whether two names can mean the same: equal, or one holds the other.

    Examples
    --------
    >>> same("hill council", "Armed groups of the Hill council"), same("us", "russia")
    (True, False)
    """
    a, b = sorted((one.casefold(), other.casefold()), key=len)
    return a == b or (len(a) > SHORTEST and a in b)


def concerns(given: Iterable[str], names: Sequence[str]) -> bool:
    """Return whether one of the given names can mean one of the names; every one where there are none."""
    return not names or any(same(part, name) for part in given for name in names)
