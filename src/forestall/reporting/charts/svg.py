"""A small grammar for SVG: escaped elements, straight scales and ticks that people can read."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from forestall.reporting.charts.labels import ENGLISH, Labels

WIDE = 720.0
"""Width of a chart beside a desk, in pixels."""
NARROW = 350.0
"""Width of the same chart on a phone, in pixels."""

_HOURS = (1, 3, 6, 12, 24, 48, 96, 168, 336)


def number(value: float) -> str:
    """Return a coordinate with one decimal at most.

    Examples
    --------
    >>> number(12.04), number(3.26)
    ('12', '3.3')
    """
    return f"{value:.1f}".rstrip("0").rstrip(".") or "0"


def element(tag: str, *children: str | Markup, **attributes: str | float | None) -> Markup:
    """Return one element; text and attribute values are escaped, underscores become hyphens.

    Parameters
    ----------
    tag : str
        Name of the element.
    *children : str or Markup
        Content; plain text is escaped.
    **attributes : str, float or None
        ``class_`` gives ``class``; numbers are coordinates; None leaves the attribute out.

    Examples
    --------
    >>> print(element("text", "a < b", x=1.25, class_="axis"))
    <text x="1.2" class="axis">a &lt; b</text>
    """
    parts = [
        f' {name.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for name, value in attributes.items()
        if value is not None
    ]
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{tag}{''.join(parts)}>{inner}</{tag}>")  # noqa: S704 - every part is escaped above


def _plain(value: str | float) -> str:
    """Return an attribute as text."""
    return number(value) if isinstance(value, (int, float)) else value


def group(children: Iterable[Markup], **attributes: str | float | None) -> Markup:
    """Return elements in one group.

    Examples
    --------
    >>> print(group([element("path", d="M0 0")], class_="a"))
    <g class="a"><path d="M0 0"></path></g>
    """
    return element("g", *children, **attributes)


def picture(children: Iterable[Markup], *, width: float, height: float, title: str, text: str) -> Markup:
    """Return a whole picture with its title and a sentence for those who cannot see it.

    Parameters
    ----------
    children : iterable of Markup
        What is drawn.
    width, height : float
        Size in pixels.
    title, text : str
        Name and description, read aloud by screen readers.
    """
    return element(
        "svg",
        element("title", title),
        element("desc", text),
        *children,
        class_="chart",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=f"{title}. {text}",
    )


def line(points: Sequence[tuple[float, float]]) -> str:
    """Return the path through points.

    Examples
    --------
    >>> line([(0, 0), (1, 2)])
    'M0 0L1 2'
    """
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) if points else ""


def band(xs: Sequence[float], low: Sequence[float], high: Sequence[float]) -> str:
    """Return the closed path between a low and a high line.

    Examples
    --------
    >>> band([0, 1], [5, 5], [1, 2])
    'M0 1L1 2L1 5L0 5Z'
    """
    there = list(zip(xs, high, strict=True))
    back = list(zip(xs, low, strict=True))[::-1]
    return line([*there, *back]) + "Z" if there else ""


@dataclass(frozen=True, slots=True)
class Linear:
    """A straight scale from values to pixels.

    Examples
    --------
    >>> scale = Linear(0, 100, 0, 50)
    >>> scale(50), scale.ticks(5)
    (25.0, [0.0, 20.0, 40.0, 60.0, 80.0, 100.0])
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        span = (self.high - self.low) or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)

    def ticks(self, count: int) -> list[float]:
        """Return about that many round values within the scale."""
        step = nice_step((self.high - self.low) / max(count, 1))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [index * step for index in range(first, last + 1)]


def nice_step(raw: float) -> float:
    """Return the next round step: 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> nice_step(17), nice_step(0.3)
    (20.0, 0.5)
    """
    if raw <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    return float(next(factor * power for factor in (1, 2, 5, 10) if raw <= factor * power * (1 + 1e-9)))


def nice_top(value: float) -> float:
    """Return a round end of an axis that holds a value.

    Examples
    --------
    >>> nice_top(117000.0), nice_top(0)
    (120000.0, 1.0)
    """
    if value <= 0:
        return 1.0
    step = nice_step(value / 8)
    return math.ceil(value / step - 1e-9) * step


@dataclass(frozen=True, slots=True)
class Clock:
    """A scale from moments to pixels, with ticks in the zone of the crisis."""

    low: datetime
    high: datetime
    start: float
    end: float
    zone: ZoneInfo
    labels: Labels = ENGLISH

    def __call__(self, moment: datetime) -> float:
        """Return the pixel of a moment."""
        span = (self.high - self.low).total_seconds() or 1.0
        return self.start + (moment - self.low).total_seconds() / span * (self.end - self.start)

    def ticks(self, count: int) -> list[tuple[datetime, str]]:
        """Return about that many moments with what to write under them."""
        hours = (self.high - self.low).total_seconds() / 3600
        if hours > 24 * 60:
            return self._months(count)
        step = next((h for h in _HOURS if hours / h <= count), _HOURS[-1])
        local = self.low.astimezone(self.zone)
        tick = local.replace(hour=0, minute=0, second=0, microsecond=0)
        out = []
        while tick <= self.high:
            if tick >= self.low:
                out.append((tick, f"{tick:%H:%M}" if step < 24 and tick.hour else self.labels.day(tick)))
            tick += timedelta(hours=step)
        return out

    def _months(self, count: int) -> list[tuple[datetime, str]]:
        """Return first days of months, every so many months."""
        local = self.low.astimezone(self.zone)
        months = (self.high - self.low).days / 30.4
        step = next((m for m in (1, 2, 3, 6, 12, 24, 60, 120) if months / m <= count), 120)
        index = local.year * 12 + local.month - 1
        out = []
        for month in range(index - index % step, index + int(months) + step + 1, step):
            tick = datetime(month // 12, month % 12 + 1, 1, tzinfo=self.zone)
            if self.low <= tick <= self.high:
                out.append((tick, self.labels.month(tick) if step < 12 else f"{tick:%Y}"))
        return out


@dataclass(frozen=True, slots=True)
class Since(Clock):
    """A scale of moments whose ticks count the days since its low end.

    Examples
    --------
    >>> from datetime import UTC
    >>> low = datetime(2000, 1, 1, tzinfo=UTC)
    >>> [label for _, label in Since(low, low + timedelta(days=6), 0, 100, ZoneInfo("UTC")).ticks(3)]
    ['day 0', 'day 2', 'day 4', 'day 6']
    """

    def ticks(self, count: int) -> list[tuple[datetime, str]]:
        """Return about that many round days."""
        days = (self.high - self.low).total_seconds() / 86400
        step = max(1, int(nice_step(days / max(count, 1))))
        return [(self.low + timedelta(days=d), f"day {d}") for d in range(0, int(days) + 1, step)]
