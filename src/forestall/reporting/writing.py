"""How figures, days and moments are written in the brief: one rule for each."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

UNKNOWN = "not known"
"""What stands where a figure is missing; never a zero, never an empty cell."""


def exact(value: float | None) -> str:
    """Return a counted figure in full.

    Examples
    --------
    >>> exact(100617), exact(None)
    ('100,617', 'not known')
    """
    return UNKNOWN if value is None else f"{value:,.0f}"


def rounded(value: float | None, digits: int = 3) -> str:
    """Return a forecast figure with as many digits as it can carry.

    Examples
    --------
    >>> rounded(64231.0), rounded(64231.0, 2), rounded(0.0), rounded(0.4)
    ('64,200', '64,000', '0', '0.4')
    """
    if value is None or value != value:  # noqa: PLR0124 - not a number is unequal to itself
        return UNKNOWN
    if value == 0:
        return "0"
    text = float(f"{value:.{digits}g}")
    if abs(text) >= 10 or text == int(text):
        return f"{text:,.0f}"
    return f"{text:,.2f}".rstrip("0").rstrip(".")


def interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """Return an interval in words.

    Examples
    --------
    >>> interval(900, 118000)
    '900 to 118,000'
    """
    if low is None or high is None:
        return UNKNOWN
    return f"{rounded(low, digits)} to {rounded(high, digits)}"


def range_words(low: float | None, high: float | None) -> str:
    """Return the range somebody gave with a figure, or that none was given.

    Examples
    --------
    >>> range_words(40, 60), range_words(7, 7), range_words(None, 5)
    ('40 to 60', 'none given', 'none given')
    """
    if low is None or high is None or low == high:
        return "none given"
    return f"{exact(low)} to {exact(high)}"


def percent(share: float | None) -> str:
    """Return a share as a percentage; very small ones keep a digit.

    Examples
    --------
    >>> percent(0.184), percent(0.004), percent(None), percent(0.0001), percent(0.9999)
    ('18 %', '0.4 %', 'not known', 'under 0.1 %', 'over 99.9 %')
    """
    if share is None or share != share:  # noqa: PLR0124 - not a number is unequal to itself
        return UNKNOWN
    if 0 < share < 0.001:
        return "under 0.1 %"
    if 0.999 < share < 1:
        return "over 99.9 %"
    value = share * 100
    return f"{value:.1f} %" if 0 < value < 1 or 99 < value < 100 else f"{value:.0f} %"


def percent_interval(low: float | None, high: float | None) -> str:
    """Return an interval of shares.

    Examples
    --------
    >>> percent_interval(0.05, 0.31)
    '5 to 31 %'
    """
    if low is None or high is None:
        return UNKNOWN
    return f"{percent(low).removesuffix(' %')} to {percent(high)}"


def day(value: date | datetime | None) -> str:
    """Return a day.

    Examples
    --------
    >>> day(date(2023, 9, 5))
    '5 Sep 2023'
    """
    return UNKNOWN if value is None else f"{value.day} {value:%b %Y}"


def moment(value: datetime | None, zone: ZoneInfo, *, year: bool = True) -> str:
    """Return a moment in the zone of the crisis.

    Examples
    --------
    >>> from datetime import UTC
    >>> moment(datetime(2023, 9, 25, 16, tzinfo=UTC), ZoneInfo("Etc/GMT-4"))
    '25 Sep 2023, 20:00'
    """
    if value is None:
        return UNKNOWN
    local = value.astimezone(zone)
    if (local.hour, local.minute) == (23, 59):
        return f"end of {local.day} {local:%b}" + (f" {local:%Y}" if year else "")
    return f"{local.day} {local:%b}" + (f" {local:%Y}" if year else "") + f", {local:%H:%M}"


def offset(value: datetime, zone: ZoneInfo) -> str:
    """Return the offset of a zone at a moment.

    Examples
    --------
    >>> from datetime import UTC
    >>> offset(datetime(2023, 9, 25, tzinfo=UTC), ZoneInfo("Etc/GMT-4"))
    '+04:00'
    """
    return f"{value.astimezone(zone).isoformat()[-6:]}"


def span(hours: float | None) -> str:
    """Return a stretch of time in the unit people would use.

    Examples
    --------
    >>> span(31.2), span(5), span(240)
    ('31 hours', '5 hours', '10 days')
    """
    if hours is None:
        return UNKNOWN
    if abs(hours) >= 72:
        return f"{hours / 24:,.0f} days"
    text = rounded(hours, 2)
    return f"{text} hour" if text == "1" else f"{text} hours"


def count_of(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> count_of(1, "row"), count_of(1318, "row"), count_of(2, "country", "countries")
    ('1 row', '1,318 rows', '2 countries')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: list[str]) -> str:
    """Return names as a list in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else "none"


def sentence(text: str) -> str:
    """Return text with its first letter as a capital.

    Examples
    --------
    >>> sentence("about 16 in 100")
    'About 16 in 100'
    """
    return text[:1].upper() + text[1:]


def unit(words: str | None) -> str:
    """Return a unit as people write it.

    Examples
    --------
    >>> unit("m2"), unit(None)
    ('m²', '')
    """
    return (words or "").replace("m2", "m\N{SUPERSCRIPT TWO}").replace("m3", "m\N{SUPERSCRIPT THREE}")


def quoted(words: str) -> str:
    """Return words in quotation marks."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{words}\N{RIGHT DOUBLE QUOTATION MARK}"
