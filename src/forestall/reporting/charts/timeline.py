"""Words and deeds on one axis, a lane for each actor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from forestall.reporting.charts.axes import time_axis
from forestall.reporting.charts.svg import Clock, element, picture
from forestall.reporting.charts.widths import fit_text


@dataclass(frozen=True, slots=True)
class Act:
    """One statement or act.

    Parameters
    ----------
    at : datetime
        When it was known.
    lane : str
        Who.
    material : bool
        Deed (square) or word (circle).
    conflict : bool
        Conflict (hollow) or cooperation (filled).
    later : bool
        Whether it became known only after the moment.
    """

    at: datetime
    lane: str
    material: bool
    conflict: bool
    later: bool = False


def draw_timeline(
    acts: Sequence[Act],
    lanes: Sequence[str],
    width: float,
    *,
    zone: ZoneInfo,
    warning: datetime | None,
    moment: datetime,
    start: datetime,
    title: str,
    text: str,
) -> Markup:
    """Draw a lane for each actor with its words and deeds.

    Parameters
    ----------
    acts : sequence of Act
        What was said and done.
    lanes : sequence of str
        Actors from the top.
    width : float
        Width in pixels.
    warning : datetime or None
        First public warning, drawn as an upright line.
    moment, start : datetime
        End and start of the axis.
    """
    narrow = width < 500
    step, left, right, top = (36.0, 10.0, width - 10, 42.0) if narrow else (26.0, 200.0, width - 14, 42.0)
    bottom = top + step * len(lanes)
    x = Clock(start, moment, left, right, zone)
    parts = [time_axis(x, bottom, width, top=top, count=4 if narrow else 8)]
    parts += _upright(x, warning, "first public warning", top, bottom, left=True)
    days = f", day {(moment - warning).days}" if warning is not None and warning <= moment else ""
    parts += _upright(x, moment, f"the moment{days}", top, bottom, left=False)
    for index, lane in enumerate(lanes):
        y = top + step * index + (step * 0.7 if narrow else step / 2)
        parts.append(element("line", x1=left, x2=right, y1=y, y2=y, class_="rule"))
        where = (left, y - 10, "row-name halo") if narrow else (left - 10, y + 4, "row-name end")
        parts.append(
            element(
                "text",
                fit_text(lane, 186 if not narrow else width - 20),
                x=where[0],
                y=where[1],
                class_=where[2],
            )
        )
        parts += [_mark(act, x(act.at), y) for act in acts if act.lane == lane and start <= act.at <= moment]
    return picture(parts, width=width, height=bottom + 28, title=title, text=text)


def _upright(
    x: Clock, at: datetime | None, label: str, top: float, bottom: float, *, left: bool
) -> list[Markup]:
    """Return a labelled upright line, its label on the side with room."""
    if at is None or not x.low <= at <= x.high:
        return []
    px = x(at)
    end = px > (x.start + x.end) / 2
    y = top - 22 if left else top - 8
    return [
        element("line", x1=px, x2=px, y1=y - 8, y2=bottom, class_="now"),
        element(
            "text", label, x=px - 5 if end else px + 5, y=y, class_="tick now-label" + (" end" if end else "")
        ),
    ]


def _mark(act: Act, x: float, y: float) -> Markup:
    """Return the mark of one act: square for deeds, circle for words; hollow for conflict."""
    style = f"act {'conflict' if act.conflict else 'cooperation'}"
    if act.material:
        return element("rect", x=x - 4, y=y - 4, width=8, height=8, class_=style)
    return element("circle", cx=x, cy=y, r=4.2, class_=style)
