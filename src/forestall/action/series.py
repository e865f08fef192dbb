"""An indicator over time as it was known then, and when it meets a threshold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import ge, gt, le, lt

COMPARISONS: dict[str, Callable[[float, float], bool]] = {">=": ge, ">": gt, "<=": le, "<": lt}


@dataclass(frozen=True, slots=True)
class Point:
    """What an indicator says at one moment; ``value`` None = not known.

    Parameters
    ----------
    at : datetime
        Moment, in UTC.
    value : float or None
        Value of the indicator as it was known then.
    seen : tuple of str
        Rows that decide it.
    """

    at: datetime
    value: float | None
    seen: tuple[str, ...] = field(default=())


def activations_of(points: Sequence[Point], comparison: str, threshold: float) -> list[Point]:
    """Return the points at which an indicator comes to meet a threshold.

    The trigger activates when the comparison becomes true and is armed again when it is known
    to be false; a value that is not known neither activates nor arms.

    Parameters
    ----------
    points : sequence of Point
        In order of time.
    comparison : {">=", ">", "<=", "<"}
        How the value is compared.
    threshold : float
        In the unit of the indicator.

    Examples
    --------
    >>> from datetime import UTC
    >>> days = [datetime(2023, 1, day, tzinfo=UTC) for day in (1, 2, 3, 4)]
    >>> series = [Point(day, value) for day, value in zip(days, (1, 7, 0, 9))]
    >>> [point.at.day for point in activations_of(series, ">=", 7)]
    [2, 4]
    """
    meets = COMPARISONS[comparison]
    found: list[Point] = []
    armed = True
    for point in points:
        if point.value is None:
            continue
        met = meets(point.value, threshold)
        if met and armed:
            found.append(point)
        armed = not met
    return found
