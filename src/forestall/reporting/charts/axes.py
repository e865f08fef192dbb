"""Axes: light rules, few ticks, labels that do not overlap."""

from markupsafe import Markup

from forestall.reporting.charts.svg import Clock, Linear, element, group
from forestall.reporting.writing import exact, rounded


def value_axis(scale: Linear, left: float, right: float, *, count: int = 5, unit: str = "") -> Markup:
    """Return horizontal rules with their values at the left."""
    parts: list[Markup] = []
    ticks = scale.ticks(count)
    for tick in ticks:
        y = scale(tick)
        parts.append(element("line", x1=left, x2=right, y1=y, y2=y, class_="rule" if tick else "base"))
        text = exact(tick) if float(tick).is_integer() else rounded(tick)
        parts.append(element("text", text, x=left - 6, y=y + 4, class_="tick end"))
    if unit:
        parts.append(element("text", unit, x=0, y=scale(ticks[-1]) - 10, class_="tick"))
    return group(parts, class_="axis")


def time_axis(clock: Clock, y: float, *, top: float, count: int = 7) -> Markup:
    """Return the days under a chart with short marks."""
    parts: list[Markup] = []
    last = -1e9
    for moment, label in clock.ticks(count):
        x = clock(moment)
        parts.append(element("line", x1=x, x2=x, y1=top, y2=y, class_="rule faint"))
        if x - last > 7 * len(label):
            parts.append(element("text", label, x=x, y=y + 16, class_="tick middle"))
            last = x
    return group(parts, class_="axis")


def share_axis(scale: Linear, top: float, bottom: float, *, count: int = 5) -> Markup:
    """Return vertical rules with percentages above them."""
    parts: list[Markup] = []
    for tick in scale.ticks(count):
        x = scale(tick)
        parts.append(element("line", x1=x, x2=x, y1=top, y2=bottom, class_="rule" if tick else "base"))
        parts.append(element("text", f"{tick * 100:.0f} %", x=x, y=top - 6, class_="tick middle"))
    return group(parts, class_="axis")


def people_axis(scale: Linear, top: float, bottom: float, *, count: int = 4) -> Markup:
    """Return vertical rules with numbers of people above them."""
    parts: list[Markup] = []
    for tick in scale.ticks(count):
        x = scale(tick)
        parts.append(element("line", x1=x, x2=x, y1=top, y2=bottom, class_="rule" if tick else "base"))
        parts.append(element("text", short(tick), x=x, y=top - 6, class_="tick middle"))
    return group(parts, class_="axis")


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
