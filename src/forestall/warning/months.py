"""Months as consecutive whole numbers, 1 = January 1980."""

from __future__ import annotations

import re
from datetime import date

FIRST_YEAR = 1980
_MONTH = re.compile(r"(\d{4})-(\d{2})(?:-\d{2})?")


def month_id(day: date) -> int:
    """Return the number of the month of a day, 1 = January 1980.

    Parameters
    ----------
    day
        Any day of the month.

    Examples
    --------
    >>> from datetime import date
    >>> month_id(date(1990, 1, 31)), month_id(date(2023, 12, 1))
    (121, 528)
    """
    return (day.year - FIRST_YEAR) * 12 + day.month


def first_day(month: int) -> date:
    """Return the first day of a numbered month.

    Parameters
    ----------
    month
        Month number, 1 = January 1980.

    Examples
    --------
    >>> first_day(528)
    datetime.date(2023, 12, 1)
    """
    return date(FIRST_YEAR + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def parse_month(text: str) -> int:
    """Read ``2023-08`` or ``2023-08-31`` as a month number.

    Parameters
    ----------
    text
        Year and month, with or without a day.

    Raises
    ------
    ValueError
        When the text is not a month.

    Examples
    --------
    >>> parse_month("1990-01")
    121
    """
    match = _MONTH.fullmatch(text.strip())
    if match is None or not 1 <= int(match[2]) <= 12:
        message = f"{text!r} is not a month; write it as 2023-08"
        raise ValueError(message)
    return (int(match[1]) - FIRST_YEAR) * 12 + int(match[2])
