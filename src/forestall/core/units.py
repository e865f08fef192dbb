"""Durations and amounts of money, which are never bare numbers."""

import re
from dataclasses import dataclass
from datetime import timedelta

from forestall.core.errors import UsageError
from forestall.core.names import nearest

_HOURS = {"hour": 1.0, "day": 24.0, "week": 168.0}
_MONTHS = {"month": 1, "year": 12}
_SCALES = {"": 1.0, "k": 1e3, "M": 1e6, "B": 1e9}
_CURRENCIES = ("USD", "EUR", "AMD", "AZN", "GBP", "CHF")


LONGEST_YEARS = 100
"""Longest duration: what is longer is a slip of the pen, and no calendar holds it."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: calendar months, or hours.

    Examples
    --------
    >>> parse_duration("48 hours").timedelta
    datetime.timedelta(days=2)
    """

    months: int = 0
    hours: float = 0.0

    @property
    def timedelta(self) -> timedelta:
        """The length as a timedelta; a month counts 30.4375 days."""
        return timedelta(hours=self.hours + self.months * 30.4375 * 24)

    @property
    def days(self) -> float:
        """The length in days."""
        return self.timedelta.total_seconds() / 86400


def parse_duration(text: str) -> Duration:
    """Read a duration such as ``6 months``, ``14 days`` or ``48 hours``.

    Raises
    ------
    UsageError
        Where the number or the unit is missing or unknown, or it is longer than a hundred years.

    Examples
    --------
    >>> parse_duration("6 months")
    Duration(months=6, hours=0.0)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", text)
    units = [*_HOURS, *_MONTHS]
    if match is None:
        raise UsageError(f"{text!r} is not a duration; expected a number and a unit, for example '6 months'")
    number, unit = float(match[1]), match[2].lower().rstrip("s")
    if number * (_HOURS.get(unit, 0.0) / 8766 + _MONTHS.get(unit, 0) / 12) > LONGEST_YEARS:
        raise UsageError(f"{text!r} is too long; expected at most {LONGEST_YEARS} years")
    if unit in _HOURS:
        return Duration(hours=number * _HOURS[unit])
    if unit in _MONTHS and number.is_integer():
        return Duration(months=int(number) * _MONTHS[unit])
    hint = nearest(unit, units)
    raise UsageError(
        f"{text!r}: unknown unit; expected hours, days, weeks, months or years"
        + (f" (nearest: {hint}s)" if hint else "")
    )


def is_duration(text: str) -> bool:
    """Return whether a text can be read as a duration.

    Examples
    --------
    >>> is_duration("14 days"), is_duration("soon")
    (True, False)
    """
    try:
        parse_duration(text)
    except UsageError:
        return False
    return True


def parse_amount(text: str) -> tuple[float, str]:
    """Read an amount of money such as ``5 MUSD`` and return value and currency.

    Raises
    ------
    UsageError
        Where the amount is negative, or the currency missing or unknown.

    Examples
    --------
    >>> parse_amount("5 MUSD")
    (5000000.0, 'USD')
    """
    match = re.fullmatch(r"\s*(\d+(?:[ ,_]?\d{3})*(?:\.\d+)?)\s*([kMB]?)([A-Z]{3})\s*", text)
    if match is None or match[3] not in _CURRENCIES:
        raise UsageError(
            f"{text!r} is not an amount; expected for example '5 MUSD' or '250 kEUR' "
            f"({', '.join(_CURRENCIES)})"
        )
    return float(re.sub(r"[ ,_]", "", match[1])) * _SCALES[match[2]], match[3]
