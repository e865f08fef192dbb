"""Pictures that stand alone: the replays beside what was counted, and the map; for pages and slides."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from markupsafe import Markup

from forestall.core.files import write_atomic
from forestall.crisis import Crisis
from forestall.reporting.charts.fan import Fan, draw_fan
from forestall.reporting.charts.ground import draw_ground
from forestall.reporting.charts.svg import element, group, number
from forestall.reporting.desk import Desk
from forestall.reporting.reckoning import counts_of, fan_of
from forestall.reporting.sections.fans import close_up, top_of
from forestall.reporting.sections.ground import DISCLAIMER, spots_of, ways_of
from forestall.reporting.style import TEMPLATES, style_sheet

PANEL = 340.0
"""Width of one panel, in pixels."""
_FONT = "svg{font-family:Inter,'Helvetica Neue',Helvetica,Arial,sans-serif;background:var(--paper)}"


def replay_picture(crises: Iterable[Crisis], *, outcome: Crisis, arm: str = "if it happens") -> str:
    """Return several replays side by side with what was counted, as a whole SVG file.

    Parameters
    ----------
    crises : iterable of Crisis
        The crisis after its stages, at several moments.
    outcome : Crisis
        The whole crisis; its later counts are drawn as hollow diamonds.
    arm : str
        Which arm is drawn.

    Returns
    -------
    str
        A file that follows light and dark, with its style inside.
    """
    desks = [Desk(crisis, outcome, crisis.plan.report) for crisis in crises]
    fans = [(desk, fan) for desk in desks if (fan := _fan(desk, arm)) is not None]
    top = top_of([fan for _, fan in fans], [c for desk, _ in fans for c in counts_of(desk, desk.entry)])
    panels = [_panel(desk, fan, top, index * PANEL) for index, (desk, fan) in enumerate(fans)]
    said = f"People arrived, {arm}: median, 50 and 90 % bands of each replay, and what was counted."
    return _file([*panels, _key(34.0)], PANEL * len(fans), 330.0, said)


def _fan(desk: Desk, arm: str) -> Fan | None:
    """Return the fan of a replay: its first days where they hold much, else the whole horizon."""
    fan = fan_of(desk, arm, desk.entry) if desk.entry else None
    return None if fan is None else close_up(fan, desk.moment) or fan


def _panel(desk: Desk, fan: Fan, top: float, left: float) -> Markup:
    """Return one replay with its moment above it."""
    counts = [c for c in counts_of(desk, desk.entry) if fan.at[0] <= c.at <= fan.at[-1]]
    drawn = draw_fan(
        fan,
        counts,
        PANEL - 10,
        zone=desk.zone,
        moment=desk.moment,
        top_value=top,
        title=desk.when(desk.moment),
    )
    heading = element("text", f"As known {desk.when(desk.moment)}", x=4, y=18, class_="row-name strong")
    return group(
        [heading, group([drawn], transform="translate(0 26)")], transform=f"translate({number(left)} 0)"
    )


def _key(left: float) -> Markup:
    """Return what the marks mean, in one line under the panels."""
    parts: list[Markup] = []
    marks = (
        ("median", "median"),
        ("band50", "50 % of draws"),
        ("band90", "90 % of draws"),
        ("count-then", "counted, known at the moment"),
        ("count-later", "counted, known only later"),
    )
    for name, words in marks:
        parts.append(element("use", href=f"#key-{name}", x=left, y=300, width=28, height=14))
        parts.append(element("text", words, x=left + 34, y=311, class_="tick"))
        left += 62 + 6.2 * len(words)
    return group(parts)


def map_picture(crisis: Crisis, *, today: date | None = None, width: float = 960.0) -> str:
    """Return the map of places and corridors at the crisis's moment, as a whole SVG file.

    Parameters
    ----------
    crisis : Crisis
        At its moment; with the results of displace the flows are drawn where detail may be shown.
    today : date, optional
        Day on which it is made; it decides only whether detail may be public.
    width : float
        Width in pixels.
    """
    desk = Desk(crisis, None, crisis.plan.report, today or date.today())
    title = f"Places and corridors, {desk.when(desk.moment)}"
    drawn = draw_ground(spots_of(desk), ways_of(desk), width, title=title, text=DISCLAIMER)
    height = float(re.search(r'height="([\d.]+)"', drawn).group(1))  # type: ignore[union-attr]
    note = [
        element("text", line, x=4, y=height + 16 + 14 * index, class_="tick")
        for index, line in enumerate(_lines(DISCLAIMER, 150))
    ]
    return _file([drawn, *note], width, height + 54, title)


def _lines(words: str, long: int) -> list[str]:
    """Return words broken into lines."""
    out = [""]
    for word in words.split():
        if len(out[-1]) + len(word) > long:
            out.append("")
        out[-1] = f"{out[-1]} {word}".strip()
    return out


def alone(drawn: Markup, said: str) -> str:
    """Return one drawn chart as a whole SVG file, its colours written out for readers without variables.

    Parameters
    ----------
    drawn : Markup
        A chart as the functions of ``charts`` draw it.
    said : str
        What it shows.
    """
    width, height = (float(re.search(rf' {name}="([\d.]+)"', drawn).group(1)) for name in ("width", "height"))  # type: ignore[union-attr]
    whole = _file([drawn], width, height, said)
    light = style_sheet("colours").split("@media")[0]
    colours = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+)", light))
    colours["--paper"] = "#ffffff"
    for name, colour in colours.items():
        whole = whole.replace(f"var({name})", colour)
    return whole


def _file(children: Sequence[Markup], width: float, height: float, said: str) -> str:
    """Return a whole SVG file with colours, chart styles and patterns inside."""
    key = (TEMPLATES / "key.html.j2").read_text(encoding="utf-8")
    defs = key[key.index("<defs>") : key.index("</defs>") + len("</defs>")]
    style = f"<style>{style_sheet('colours', 'chart')}\n{_FONT}</style>"
    drawn = element(
        "svg",
        element("title", said),
        Markup(style + defs),  # noqa: S704 - our own files
        element("rect", width=width, height=height, fill="var(--paper)"),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
    )
    return f"{drawn}\n"


def write_pictures(
    crises: Sequence[Crisis], *, outcome: Crisis, folder: str | Path, today: date | None = None
) -> list[Path]:
    """Write ``arrivals.svg`` of all replays and ``map.svg`` of the last one, and return their paths.

    Parameters
    ----------
    crises : sequence of Crisis
        The crisis after its stages, at several moments.
    outcome : Crisis
        The whole crisis.
    folder : path
        Where to write.
    today : date, optional
        Day on which they are made.
    """
    made = {
        "arrivals.svg": replay_picture(crises, outcome=outcome),
        "map.svg": map_picture(crises[-1], today=today),
    }
    paths = [Path(folder) / name for name in made]
    for path in paths:
        write_atomic(path, made[path.name])
    return paths
