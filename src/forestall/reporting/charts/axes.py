"""Axes: light rules, few ticks, labels that do not overlap."""

from collections.abc import Sequence

from markupsafe import Markup

from forestall.reporting.charts.svg import Clock, Linear, element, group
from forestall.reporting.charts.widths import text_width
from forestall.reporting.writing import exact, rounded

TICK = 11.0
"""Size of the letters of ticks and small notes in a chart, in pixels, as in chart.css."""


def value_axis(scale: Linear, left: float, right: float, *, count: int = 5, unit: str = "") -> Markup:
    """Return horizontal rules with their values at the left."""
    parts: list[Markup] = []
    ticks = scale.ticks(count)
    top = max(abs(tick) for tick in ticks)
    for tick in ticks:
        y = scale(tick)
        parts.append(element("line", x1=left, x2=right, y1=y, y2=y, class_="rule" if tick else "base"))
        text = short(tick) if top >= 1e6 else exact(tick) if float(tick).is_integer() else rounded(tick)
        parts.append(element("text", text, x=left - 6, y=y + 4, class_="tick end"))
    if unit:
        parts.append(element("text", unit, x=0, y=12, class_="tick"))
    return group(parts, class_="axis")


def time_axis(clock: Clock, y: float, width: float, *, top: float, count: int = 7) -> Markup:
    """Return the days under a chart with short marks."""
    parts: list[Markup] = []
    last = -1e9
    for moment, label in clock.ticks(count):
        x = clock(moment)
        parts.append(element("line", x1=x, x2=x, y1=top, y2=y, class_="rule faint"))
        wide = text_width(label, TICK)
        if x - last > wide + 4:
            parts.append(element("text", label, x=x, y=y + 16, class_=f"tick{anchor(x, wide, width)}"))
            last = x
    return group(parts, class_="axis")


def share_axis(scale: Linear, top: float, bottom: float, width: float, *, count: int = 5) -> Markup:
    """Return vertical rules with percentages above them."""
    return _upright(scale, top, bottom, width, [(t, f"{t * 100:.0f} %") for t in scale.ticks(count)])


def people_axis(scale: Linear, top: float, bottom: float, width: float, *, count: int = 4) -> Markup:
    """Return vertical rules with numbers above them."""
    return _upright(scale, top, bottom, width, [(t, short(t)) for t in scale.ticks(count)])


def _upright(
    scale: Linear, top: float, bottom: float, width: float, ticks: Sequence[tuple[float, str]]
) -> Markup:
    """Return vertical rules with a label above each, kept inside the picture."""
    parts: list[Markup] = []
    for tick, words in ticks:
        x = scale(tick)
        parts.append(element("line", x1=x, x2=x, y1=top, y2=bottom, class_="rule" if tick else "base"))
        parts.append(
            element("text", words, x=x, y=top - 6, class_=f"tick{anchor(x, text_width(words, TICK), width)}")
        )
    return group(parts, class_="axis")


def anchor(x: float, long: float, width: float) -> str:
    """Return the class that keeps a label of a length inside the picture.

    Examples
    --------
    >>> anchor(4, 30, 350), anchor(348, 30, 350), anchor(100, 30, 350)
    ('', ' end', ' middle')
    """
    return "" if x - long / 2 < 0 else " end" if x + long / 2 > width else " middle"


def short(value: float) -> str:
    """Return a round number briefly.

    Examples
    --------
    >>> short(20000), short(1_500_000), short(0)
    ('20k', '1.5M', '0')
    """
    for size, mark in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{rounded(value / size)}{mark}"
    return rounded(value)
