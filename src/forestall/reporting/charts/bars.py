"""Rows with a median and its interval, with shares, or with a hatched "not known"."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forestall.reporting.charts.axes import TICK, people_axis, share_axis
from forestall.reporting.charts.labels import ENGLISH, Labels
from forestall.reporting.charts.svg import Linear, element, nice_top, picture
from forestall.reporting.charts.widths import fit_text, text_width


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a name, a middle value and what surrounds it; unknown values are None.

    Parameters
    ----------
    name : str
        Label at the left.
    middle, low, high : float or None
        Median and 90 % interval.
    inner_low, inner_high : float or None
        50 % interval, where there is one.
    style : str
        ``model``, ``baseline``, ``said`` or ``heading``.
    aside : str
        What is written at the right.
    beside : tuple of float
        Values of baselines, drawn as hollow squares on the same line.
    """

    name: str
    middle: float | None = None
    low: float | None = None
    high: float | None = None
    inner_low: float | None = None
    inner_high: float | None = None
    style: str = "model"
    aside: str = ""
    beside: tuple[float, ...] = ()


def draw_rows(
    rows: Sequence[Row],
    width: float,
    *,
    title: str,
    text: str,
    share: bool = False,
    top_value: float | None = None,
    label_width: float = 190.0,
    labels: Labels = ENGLISH,
) -> Markup:
    """Draw rows with a mark for the middle and lines for the intervals.

    Parameters
    ----------
    rows : sequence of Row
        What is drawn, from the top.
    width : float
        Width in pixels; below 500 names stand above their line.
    share : bool
        Whether values are shares 0-1, shown as percentages.
    top_value : float, optional
        End of the axis.
    label_width : float
        Room for names on a wide chart, in pixels.
    labels : Labels
        Words within the chart.
    """
    narrow = width < 500
    step = 40.0 if narrow else 27.0
    left, right, top = (8.0 if narrow else label_width), width - (12.0 if narrow else 24.0), 26.0
    values = [v for r in rows for v in (r.middle, r.low, r.high) if v is not None]
    high = top_value or (1.0 if share else nice_top(max([*values, 0.0])))
    low = -nice_top(-min([*values, 0.0])) if min([*values, 0.0]) < 0 else 0.0
    x = Linear(low, high, left, right)
    tops = _tops(rows, top, step)
    bottom = tops[-1]
    axis = share_axis if share else people_axis
    parts = [axis(x, top, bottom, width, count=4 if narrow else 6)]
    for row, start in zip(rows, tops, strict=False):
        parts += _row(row, x, start, step, narrow=narrow, unknown=labels.unknown)
    return picture(parts, width=width, height=bottom + 8, title=title, text=text)


def _tops(rows: Sequence[Row], top: float, step: float) -> list[float]:
    """Return where each row starts, and where the last ends; a heading needs less room than a row."""
    heights = [min(step, 27.0) if row.style == "heading" else step for row in rows]
    return [top + sum(heights[:index]) for index in range(len(rows) + 1)]


def _row(row: Row, x: Linear, top: float, step: float, *, narrow: bool, unknown: str) -> list[Markup]:
    """Return the marks of one row."""
    y = top + (step * 0.72 if narrow else step / 2)
    label = _label(row, x, top, y, narrow=narrow)
    if row.style == "heading":
        return label
    if row.middle is None:
        bar = element("rect", x=x.start, y=y - 6, width=x.end - x.start, height=12, class_="unknown")
        return [*label, bar, element("text", unknown, x=x.start + 8, y=y + 4, class_="tick halo")]
    return [*label, *_marks(row, x, y, row.middle)]


def _label(row: Row, x: Linear, top: float, y: float, *, narrow: bool) -> list[Markup]:
    """Return the name of a row, beside it or above it."""
    strong = row.style == "heading"
    style = "row-name strong" if strong else "row-name"
    if narrow:
        words = fit_text(row.name, x.end - x.start, strong=strong)
        top += 6 if row.style == "heading" else 0
        return [element("text", words, x=x.start, y=top + 12, class_=style + " halo")]
    if row.style == "heading":
        return [element("text", row.name, x=0, y=y + 5, class_=style + " halo")]
    words = fit_text(row.name, x.start - 14)
    return [element("text", words, x=x.start - 12, y=y + 4, class_=style + " end")]


def _marks(row: Row, x: Linear, y: float, middle: float) -> list[Markup]:
    """Return the lines of the intervals and the mark of the middle."""
    parts: list[Markup] = []
    if row.low is not None and row.high is not None:
        parts.append(
            element("line", x1=x(row.low), x2=x(row.high), y1=y, y2=y, class_=f"whisker {row.style}")
        )
    if row.inner_low is not None and row.inner_high is not None:
        a, b = x(row.inner_low), x(row.inner_high)
        parts.append(element("line", x1=a, x2=b, y1=y, y2=y, class_=f"whisker inner {row.style}"))
    parts += [_square(x(value), y) for value in row.beside]
    if row.style in {"baseline", "said"}:
        parts.append(_square(x(middle), y))
    else:
        parts.append(element("circle", cx=x(middle), cy=y, r=4.5, class_="middle-model"))
    if row.aside:
        parts.append(element("text", row.aside, x=x.end, y=y - 7, class_="tick end"))
    return parts


def _square(x: float, y: float, side: float = 7.0) -> Markup:
    """Return the hollow square of a baseline or of a figure somebody gave."""
    return element("rect", x=x - side / 2, y=y - side / 2, width=side, height=side, class_="middle-baseline")


def draw_shares(
    rows: Sequence[Row],
    width: float,
    *,
    title: str,
    text: str,
    label_width: float = 250.0,
    labels: Labels = ENGLISH,
) -> Markup:
    """Draw plain bars of shares between 0 and 1; an unknown share is hatched over the whole width."""
    narrow = width < 500
    step = 38.0 if narrow else 26.0
    asides = [text_width(row.aside, TICK) for row in rows] + [text_width(labels.unknown, TICK)]
    left, right, top = (4.0 if narrow else label_width), width - max(asides) - 8, 24.0
    x = Linear(0, 1, left, right)
    tops = _tops(rows, top, step)
    bottom = tops[-1]
    parts = [share_axis(x, top, bottom, width, count=4)]
    for row, start in zip(rows, tops, strict=False):
        y = start + (step * 0.72 if narrow else step / 2)
        parts += _label(row, x, start, y, narrow=narrow)
        if row.style == "heading":
            continue
        if row.middle is None:
            parts.append(element("rect", x=left, y=y - 6, width=right - left, height=12, class_="unknown"))
            parts.append(element("text", labels.unknown, x=right + 6, y=y + 4, class_="tick"))
            continue
        parts.append(element("rect", x=left, y=y - 6, width=x(row.middle) - left, height=12, class_="bar"))
        if row.low is not None and row.high is not None:
            parts.append(element("line", x1=x(row.low), x2=x(row.high), y1=y, y2=y, class_="whisker over"))
        parts.append(element("text", row.aside, x=right + 6, y=y + 4, class_="tick"))
    return picture(parts, width=width, height=bottom + 8, title=title, text=text)


def draw_pyramid(
    ages: Sequence[tuple[str, float | None, float | None]], width: float, *, title: str, text: str
) -> Markup:
    """Draw age groups with women at the left and men at the right, youngest at the bottom.

    Parameters
    ----------
    ages : sequence of (str, float or None, float or None)
        Age group, women and girls, men and boys.
    width : float
        Width in pixels.
    """
    values = [v for _, female, male in ages for v in (female, male) if v is not None]
    high = nice_top(max([*values, 1.0]))
    gap, top, step = 64.0, 42.0, 30.0
    middle = width / 2
    left = Linear(0, high, middle - gap / 2, 8)
    right = Linear(0, high, middle + gap / 2, width - 8)
    bottom = top + step * len(ages)
    parts = [people_axis(left, top, bottom, width, count=3), people_axis(right, top, bottom, width, count=3)]
    parts.append(element("text", "women and girls", x=middle - gap / 2, y=14, class_="row-name end"))
    parts.append(element("text", "men and boys", x=middle + gap / 2, y=14, class_="row-name"))
    for index, (age, female, male) in enumerate(reversed(ages)):
        y = top + step * index
        parts.append(element("text", age, x=middle, y=y + step / 2 + 4, class_="row-name middle"))
        parts += [_side(female, left, y, step, "female"), _side(male, right, y, step, "male")]
    return picture(parts, width=width, height=bottom + 8, title=title, text=text)


def _side(value: float | None, x: Linear, y: float, step: float, style: str) -> Markup:
    """Return one bar of the pyramid, hatched where the number is not known."""
    end = x(value) if value is not None else x.end
    return element(
        "rect",
        x=min(x.start, end),
        y=y + 3,
        width=abs(end - x.start),
        height=step - 6,
        class_=f"bar {style}" if value is not None else "unknown",
    )
