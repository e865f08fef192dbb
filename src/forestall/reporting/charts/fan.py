"""The fan: how a number of people may grow, with what was counted laid over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from forestall.reporting.charts.axes import time_axis, value_axis
from forestall.reporting.charts.labels import ENGLISH, Labels
from forestall.reporting.charts.svg import Clock, Linear, Since, band, element, group, line, nice_top, picture


@dataclass(frozen=True, slots=True)
class Fan:
    """Quantiles along time; the five sequences are as long as ``at``."""

    at: Sequence[datetime]
    q05: Sequence[float]
    q25: Sequence[float]
    q50: Sequence[float]
    q75: Sequence[float]
    q95: Sequence[float]


@dataclass(frozen=True, slots=True)
class Count:
    """One observed count; ``later`` when it became known after the moment."""

    at: datetime
    people: float
    later: bool


def draw_fan(
    fan: Fan,
    counts: Sequence[Count],
    width: float,
    *,
    zone: ZoneInfo,
    moment: datetime | None,
    top_value: float | None = None,
    title: str = "Arrivals",
    text: str = "",
    since: bool = False,
    unit: str = "people",
    labels: Labels = ENGLISH,
) -> Markup:
    """Draw a fan with its 50 and 90 % bands, median and counts.

    Parameters
    ----------
    fan : Fan
        Quantiles along time.
    counts : sequence of Count
        What was counted, known then or only later.
    width : float
        Width in pixels; below 500 the chart is drawn for a phone.
    zone : ZoneInfo
        Zone of the labels.
    moment : datetime or None
        Moment of the replay, drawn as an upright line.
    top_value : float, optional
        End of the axis, so that two fans can share it.
    title, text : str
        Name and description for those who cannot see it.
    since : bool
        Count days from the start of the fan instead of showing dates.
    unit : str
        Written above the axis.
    labels : Labels
        Words and days within the chart.
    """
    height = 340.0 if width > 500 else 260.0
    left, right, top, bottom = (64.0 if width > 500 else 54.0), width - 14, 34.0, height - 30
    high = top_value or nice_top(max([*fan.q95, *(c.people for c in counts), 1.0]))
    y = Linear(0, high, bottom, top)
    x = (Since if since else Clock)(*_ends(fan, counts, moment), left, right, zone, labels)
    parts = [value_axis(y, left, right, unit=unit), time_axis(x, bottom, width, top=top, count=_ticks(width))]
    parts += _bands(fan, x, y)
    parts += _now(moment, x, top, bottom, labels.moment)
    parts += [_mark(count, x, y) for count in counts if x.low <= count.at <= x.high]
    return picture(parts, width=width, height=height, title=title, text=text)


def _ticks(width: float) -> int:
    """Return how many days fit under a chart."""
    return 9 if width > 500 else 4


def _ends(fan: Fan, counts: Sequence[Count], moment: datetime | None) -> tuple[datetime, datetime]:
    """Return the ends of the time scale: fan, moment and the counts known by then."""
    inside = [c.at for c in counts if not c.later]
    stamps = [*fan.at, *inside, *([moment] if moment else [])]
    return min(stamps), max(stamps)


def _bands(fan: Fan, x: Clock, y: Linear) -> list[Markup]:
    """Return the two bands and the median."""
    xs = [x(at) for at in fan.at]
    return [
        element("path", d=band(xs, [y(v) for v in fan.q05], [y(v) for v in fan.q95]), class_="band90"),
        element("path", d=band(xs, [y(v) for v in fan.q25], [y(v) for v in fan.q75]), class_="band50"),
        element("path", d=line([(a, y(v)) for a, v in zip(xs, fan.q50, strict=True)]), class_="median"),
    ]


def _now(moment: datetime | None, x: Clock, top: float, bottom: float, words: str) -> list[Markup]:
    """Return the upright line at the moment of the replay."""
    if moment is None:
        return []
    at = x(moment)
    flip = at > (x.start + x.end) / 2
    return [
        element("line", x1=at, x2=at, y1=top - 8, y2=bottom, class_="now"),
        element(
            "text",
            words,
            x=at - 5 if flip else at + 5,
            y=top - 2,
            class_="tick now-label" + (" end" if flip else ""),
        ),
    ]


def _mark(count: Count, x: Clock, y: Linear) -> Markup:
    """Return the mark of one count: a disc if known then, a hollow diamond if only later."""
    px, py = x(count.at), y(count.people)
    if not count.later:
        return element("circle", cx=px, cy=py, r=4, class_="count-then")
    path = line([(px, py - 5), (px + 5, py), (px, py + 5), (px - 5, py)]) + "Z"
    return group([element("path", d=path)], class_="count-later")
