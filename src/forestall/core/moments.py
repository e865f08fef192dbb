"""Moments, days and months, always with a zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from forestall.core.errors import UsageError

_OFFSET = re.compile(r"^(?:UTC)?([+-])(\d{2}):?(\d{2})$")


def parse_zone(text: str) -> ZoneInfo:
    """Return the time zone of that IANA name.

    Examples
    --------
    >>> parse_zone("Etc/GMT-4").key
    'Etc/GMT-4'
    """
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as error:
        raise UsageError(f"unknown time zone {text!r}; expected an IANA name such as Europe/Kyiv") from error


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the last microsecond of a day in a zone, in UTC.

    Examples
    --------
    >>> end_of_day(date(2022, 12, 13), ZoneInfo("Etc/GMT-4")).isoformat()
    '2022-12-13T19:59:59.999999+00:00'
    """
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return midnight.astimezone(UTC) - timedelta(microseconds=1)


def parse_moment(text: str | date | datetime, zone: ZoneInfo) -> datetime:
    """Return the moment in UTC; a bare date means the end of that day in the zone.

    Parameters
    ----------
    text : str, date or datetime
        ISO 8601, for example ``2023-09-25`` or ``2023-09-25T20:00+04:00``. A time without an
        offset is read in ``zone``.
    zone : ZoneInfo
        Zone of the crisis.

    Raises
    ------
    UsageError
        Where the text is not a date or a moment.

    Examples
    --------
    >>> parse_moment("2023-09-25T20:00+04:00", ZoneInfo("UTC")).isoformat()
    '2023-09-25T16:00:00+00:00'
    """
    try:
        return _moment(text, zone)
    except OverflowError as error:
        raise UsageError(f"{str(text)!r} lies too far off; expected a year from 2 to 9998") from error


def _moment(text: str | date | datetime, zone: ZoneInfo) -> datetime:
    """Return the moment in UTC."""
    if isinstance(text, datetime):
        return (text if text.tzinfo else text.replace(tzinfo=zone)).astimezone(UTC)
    if isinstance(text, date):
        return end_of_day(text, zone)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()):
            return end_of_day(date.fromisoformat(text.strip()), zone)
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a moment; expected 2023-09-25 or 2023-09-25T20:00+04:00"
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def month_start(day: date) -> date:
    """Return the first day of the month of a day.

    Examples
    --------
    >>> month_start(date(2023, 9, 19))
    datetime.date(2023, 9, 1)
    """
    return date(day.year, day.month, 1)


def add_months(day: date, months: int) -> date:
    """Return the first day of the month that many months later.

    Examples
    --------
    >>> add_months(date(2023, 11, 1), 3)
    datetime.date(2024, 2, 1)
    """
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def months_between(first: date, last: date) -> int:
    """Return how many months lie from one month to another.

    Examples
    --------
    >>> months_between(date(2023, 7, 1), date(2023, 9, 1))
    2
    """
    return (last.year - first.year) * 12 + last.month - first.month
