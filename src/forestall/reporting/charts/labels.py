"""Words within a chart, in the language of the page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


def _day(moment: datetime) -> str:
    """Return a day as written under an axis."""
    return f"{moment.day} {moment:%b}"


def _month(moment: datetime) -> str:
    """Return a month as written under an axis."""
    return f"{moment:%b %Y}"


@dataclass(frozen=True, slots=True)
class Labels:
    """Words and days within a chart; English where nothing else is given."""

    unknown: str = "not known"
    moment: str = "the moment"
    day: Callable[[datetime], str] = _day
    month: Callable[[datetime], str] = _month


ENGLISH = Labels()
