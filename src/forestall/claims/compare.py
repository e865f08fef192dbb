"""A claimed value against the value of a row: for, against or open."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from forestall.claims.options import ClaimsOptions

Says = Literal["for", "against", "open", "shown"]
Figure = float | str
"""A number, or a text that sorts as it should: an ISO date."""

COMPARISONS = ("=", ">=", "<=", ">", "<", "between")
_MARGIN = re.compile(r"±|\+-|\+/-")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a claim allows: every figure from low to high.

    Parameters
    ----------
    low, high : float or str or None
        Ends; None = no end on that side.
    open_low, open_high : bool
        Whether the end itself is left out.
    centre : float or None
        The claimed number, where there is one.
    """

    low: Figure | None
    high: Figure | None
    open_low: bool = False
    open_high: bool = False
    centre: float | None = None


def figure(text: Any) -> Figure | None:
    """Return a cell as a number where it is one, else as folded text; None where it is empty.

    Examples
    --------
    >>> figure("120,000"), figure("2023-09-19"), figure(True), figure(None)
    (120000.0, '2023-09-19', 'true', None)
    """
    if text is None or (isinstance(text, str) and not text.strip()):
        return None
    if isinstance(text, bool):
        return str(text).lower()
    if isinstance(text, int | float):
        return float(text)
    try:
        return float(re.sub(r"(?<=\d)[ ,](?=\d{3})", "", str(text)))
    except ValueError:
        return str(text).strip().casefold()


def expected_of(comparison: str, text: str, tolerance: ClaimsOptions | None = None) -> Expected:
    """Return what a claim allows.

    Parameters
    ----------
    comparison : str
        ``=``, ``>=``, ``<=``, ``>``, ``<``, ``between`` (``1000..9999``). A number or a day that is
        claimed (``=``) is taken with the one tolerance for every voice.
    text : str
        Expected value.
    tolerance : ClaimsOptions, optional
        Holds the tolerance.

    Raises
    ------
    ValueError
        Where the text does not fit the comparison, or brings a margin of its own.

    Examples
    --------
    >>> expected_of("=", "120000").low
    108000.0
    >>> expected_of("between", "1000..9999").high
    9999.0
    """
    if _MARGIN.search(text):
        return _off(comparison, text, "a value without a margin: one tolerance holds for every voice")
    if comparison == "between":
        low, dots, high = text.partition("..")
        return Expected(_needed(low), _needed(high)) if dots else _off(comparison, text, "low..high")
    value = _needed(text)
    if comparison == "=":
        return _about(value, tolerance or ClaimsOptions())
    ends: Mapping[str, Expected] = {
        ">=": Expected(value, None),
        ">": Expected(value, None, open_low=True),
        "<=": Expected(None, value),
        "<": Expected(None, value, open_high=True),
    }
    return ends[comparison] if comparison in ends else _off(comparison, text, " ".join(COMPARISONS))


def _about(value: Figure, tolerance: ClaimsOptions) -> Expected:
    """Return the range about a claimed value; a text allows itself alone."""
    if isinstance(value, float):
        spread = abs(value) * tolerance.tolerance
        return Expected(value - spread, value + spread, centre=value)
    if not _DAY.fullmatch(value):
        return Expected(value, value)
    day, step = date.fromisoformat(value), timedelta(days=tolerance.tolerance_days)
    return Expected((day - step).isoformat(), (day + step).isoformat())


def _needed(text: str) -> Figure:
    """Return a figure that has to be there."""
    value = figure(text)
    if value is None:
        raise ValueError("a value is expected")
    return value


def _off(comparison: str, text: str, wanted: str) -> Expected:
    """Raise for an expected value that does not fit."""
    raise ValueError(f"{text!r} does not fit {comparison!r}; expected {wanted}")


def row_says(row: Mapping[str, Any], expected: Expected) -> Says:
    """Return what a row says of a claim.

    A row is for the claim when all that it allows (from ``low`` to ``high``, else ``value``) is
    allowed by the claim, or when the claimed figure lies inside the range of the row; against it
    when the two do not meet; else it leaves it open. A row without a figure is only shown.

    Parameters
    ----------
    row : mapping
        ``value``, and ``low`` and ``high`` where there are any.
    expected : Expected
        What the claim allows.

    Examples
    --------
    >>> claimed = expected_of("=", "120000")
    >>> row_says({"value": 102000, "low": 100682, "high": 102848}, claimed)
    'against'
    >>> row_says({"value": 600, "low": 500, "high": 900}, expected_of("=", "650"))
    'for'
    """
    low, high = _range_of(row)
    if low is None or high is None:
        return "shown"
    if not _alike(low, high, expected):
        return "against" if expected.low is not None and expected.high is not None else "shown"
    if _below(high, expected) or _above(low, expected):
        return "against"
    inside = not _below(low, expected) and not _above(high, expected)
    holds = expected.low is not None and expected.high is not None and _holds(low, high, expected)
    return "for" if inside or holds else "open"


def floor_says(row: Mapping[str, Any], expected: Expected) -> Says:
    """Return what a row says whose value is a floor: what is there may be more.

    Parameters
    ----------
    row : mapping
        ``value``, a number.
    expected : Expected
        What the claim allows.

    Examples
    --------
    >>> [floor_says({"value": n}, expected_of(">=", "3")) for n in (2, 3)]
    ['open', 'for']
    """
    floor = figure(row.get("value"))
    if not isinstance(floor, float):
        return "shown"
    if _above(floor, expected):
        return "against"
    return "for" if expected.high is None and not _below(floor, expected) else "open"


def _range_of(row: Mapping[str, Any]) -> tuple[Figure | None, Figure | None]:
    """Return the range a row allows; its value where it gives no range."""
    value, low, high = (figure(row.get(name)) for name in ("value", "low", "high"))
    return (low if low is not None else value), (high if high is not None else value)


def _alike(low: Figure, high: Figure, expected: Expected) -> bool:
    """Return whether row and claim are both numbers, or both texts."""
    kinds = {isinstance(end, float) for end in (low, high, expected.low, expected.high) if end is not None}
    return len(kinds) == 1


def _below(end: Figure, expected: Expected) -> bool:
    """Return whether a figure lies below what the claim allows."""
    if expected.low is None:
        return False
    if expected.open_low:
        return not _less(expected.low, end)
    return _less(end, expected.low)


def _above(end: Figure, expected: Expected) -> bool:
    """Return whether a figure lies above what the claim allows."""
    if expected.high is None:
        return False
    if expected.open_high:
        return not _less(end, expected.high)
    return _less(expected.high, end)


def _holds(low: Figure, high: Figure, expected: Expected) -> bool:
    """Return whether the claimed figure, or all that the claim allows, lies inside the range of a row."""
    if expected.centre is not None:
        return not _less(expected.centre, low) and not _less(high, expected.centre)
    if expected.low is None or expected.high is None:
        return False
    return not _less(expected.low, low) and not _less(high, expected.high)


def _less(one: Figure, other: Figure) -> bool:
    """Return whether one figure is less than another, both numbers or both texts."""
    if isinstance(one, float) and isinstance(other, float):
        return one < other and abs(one - other) > 1e-9 * max(abs(one), abs(other))
    return str(one) < str(other)


def difference(claimed: float, value: float) -> str:
    """Return how far a claimed figure is from another, in words.

    Examples
    --------
    >>> difference(120000, 102000), difference(5, 5)
    ('17.6 % above 102,000', 'the same as 5')
    """
    if value == 0 or abs(claimed - value) < 0.0005 * abs(value):
        return f"the same as {value:,g}" if claimed == value or value else f"{claimed:,g} against 0"
    ratio = claimed / value
    side = "above" if ratio > 1 else "below"
    return f"{abs(ratio - 1) * 100:.1f} % {side} {value:,g}"
