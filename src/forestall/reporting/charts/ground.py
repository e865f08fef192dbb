"""The map: places, corridors by status and flows on a plain schematic ground, without boundaries."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forestall.reporting.charts.svg import element, group, line, nice_step, picture
from forestall.reporting.charts.widths import text_width

KM_PER_DEGREE = 111.195
"""Kilometres in one degree of latitude on a sphere of 6,371 km."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the map; ``weight`` decides whose name is written first where there is no room."""

    key: str
    name: str
    lon: float
    lat: float
    kind: str = "other"
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Way:
    """A corridor on the map, both directions together.

    Parameters
    ----------
    start, end : str
        Keys of the places.
    status : str
        Worst status of the two directions, or "not assessed".
    flow : float
        Median people over the horizon; 0 draws no band.
    label : str
        Sentence shown on pointing at it.
    """

    start: str
    end: str
    status: str
    flow: float = 0.0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Projection:
    """Longitude and latitude to pixels: equirectangular, true at the middle latitude."""

    west: float
    north: float
    scale: float
    squeeze: float
    left: float
    top: float

    def __call__(self, lon: float, lat: float) -> tuple[float, float]:
        """Return the pixel of a position."""
        x = self.left + (lon - self.west) * self.squeeze * self.scale
        return x, self.top + (self.north - lat) * self.scale


def fit_projection(spots: Sequence[Spot], width: float, margin: float = 34.0) -> tuple[Projection, float]:
    """Return the projection that fits all spots into a width, and the height it needs.

    Examples
    --------
    >>> spots = [Spot("a", "A", 46.0, 39.0), Spot("b", "B", 47.0, 40.0)]
    >>> projection, height = fit_projection(spots, 400)
    >>> round(projection(46.0, 40.0)[0]), height > 300
    (53, True)
    """
    lons, lats = [s.lon for s in spots] or [0.0], [s.lat for s in spots] or [0.0]
    squeeze = math.cos(math.radians((min(lats) + max(lats)) / 2))
    across = max((max(lons) - min(lons)) * squeeze, 0.02)
    down = max(max(lats) - min(lats), 0.02)
    scale = min((width - 2 * margin) / across, (width * 0.95) / down)
    left = (width - across * scale) / 2
    return Projection(min(lons), max(lats), scale, squeeze, left, margin), down * scale + 2 * margin + 26


def draw_ground(
    spots: Sequence[Spot], ways: Sequence[Way], width: float, *, title: str, text: str, names: int = 40
) -> Markup:
    """Draw places, corridors and flows.

    Parameters
    ----------
    spots : sequence of Spot
        Places with coordinates.
    ways : sequence of Way
        Corridors between them.
    width : float
        Width in pixels.
    names : int
        How many names may be written at most.
    """
    project, height = fit_projection(spots, width)
    at = {s.key: project(s.lon, s.lat) for s in spots}
    ways = [w for w in ways if w.start in at and w.end in at]
    parts = [
        element("rect", x=0, y=0, width=width, height=height, class_="ground"),
        _graticule(project, width, height),
    ]
    parts += _flows(ways, at)
    parts += [_way(way, at) for way in ways]
    parts += [_spot(spot, *at[spot.key]) for spot in spots]
    parts += _names(spots, ways, at, (width, height), names)
    parts.append(_scale_bar(project.scale, width, height))
    return picture(parts, width=width, height=height, title=title, text=text)


def _graticule(project: Projection, width: float, height: float) -> Markup:
    """Return thin lines at round degrees, labelled at the edge."""
    step = nice_step(width / project.scale / 4)
    parts: list[Markup] = []
    south = project.north - (height - project.top) / project.scale
    for index in range(math.ceil(south / step), math.floor((project.north + 1) / step) + 1):
        y = project(0, index * step)[1]
        if 14 < y < height:
            parts.append(element("line", x1=0, x2=width, y1=y, y2=y, class_="graticule"))
            parts.append(element("text", f"{_degrees(index * step)} N", x=4, y=y - 3, class_="degree"))
    west = project.west - project.left / project.scale / project.squeeze
    east = west + width / project.scale / project.squeeze
    for index in range(math.ceil(west / step), math.floor(east / step) + 1):
        x = project(index * step, 0)[0]
        parts.append(element("line", x1=x, x2=x, y1=0, y2=height, class_="graticule"))
        if x < width - 34:
            parts.append(element("text", f"{_degrees(index * step)} E", x=x + 3, y=11, class_="degree"))
    return group(parts)


def _degrees(value: float) -> str:
    """Return degrees without trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".") + "\N{DEGREE SIGN}"


def _flows(ways: Sequence[Way], at: Mapping[str, tuple[float, float]]) -> list[Markup]:
    """Return bands under the corridors, as wide as the square root of their people."""
    top = max([w.flow for w in ways], default=0.0)
    if top <= 0:
        return []
    return [
        element(
            "path",
            d=line([at[w.start], at[w.end]]),
            class_="flow",
            stroke_width=max(2.0, 20.0 * math.sqrt(w.flow / top)),
        )
        for w in sorted(ways, key=lambda way: -way.flow)
        if w.flow > 0
    ]


def _way(way: Way, at: Mapping[str, tuple[float, float]]) -> Markup:
    """Return one corridor in the style of its status; a closed one carries a bar across its middle."""
    (x1, y1), (x2, y2) = at[way.start], at[way.end]
    style = way.status.replace(" ", "-").replace("_", "-")
    parts = [
        element("title", way.label),
        element("path", d=line([(x1, y1), (x2, y2)]), class_=f"way {style}"),
    ]
    if way.status == "closed":
        parts.append(element("path", d=_bar(x1, y1, x2, y2), class_="way-bar"))
    return group(parts)


def _bar(x1: float, y1: float, x2: float, y2: float) -> str:
    """Return a short stroke across the middle of a line."""
    length = math.hypot(x2 - x1, y2 - y1) or 1.0
    dx, dy = -(y2 - y1) / length * 5, (x2 - x1) / length * 5
    mx, my = (x1 + x2) / 2, (y1 + y2) / 2
    return line([(mx - dx, my - dy), (mx + dx, my + dy)])


def _spot(spot: Spot, x: float, y: float) -> Markup:
    """Return the mark of a place by its kind."""
    title = element("title", spot.name)
    if spot.kind == "entry":
        path = line([(x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y)]) + "Z"
        return group([title, element("path", d=path, class_="spot entry")])
    if spot.kind == "host":
        return group(
            [title, element("rect", x=x - 3.6, y=y - 3.6, width=7.2, height=7.2, class_="spot host")]
        )
    radius = 4.6 if spot.kind == "exposed" else 2.2
    return group([title, element("circle", cx=x, cy=y, r=radius, class_=f"spot {spot.kind}")])


Area = tuple[float, float, float, float]
_SIDES = ((8, 4, False), (-8, 4, True), (6, -7, False), (6, 14, False), (-6, -7, True), (-6, 14, True))


def _names(
    spots: Sequence[Spot],
    ways: Sequence[Way],
    at: Mapping[str, tuple[float, float]],
    size: tuple[float, float],
    most: int,
) -> list[Markup]:
    """Return the names that fit, heaviest places first, never over one another."""
    width, height = size
    taken: list[Area] = [(x - 5, y - 5, x + 5, y + 5) for x, y in at.values()]
    taken.append((0, height - 26, 130, height))
    dots = [dot for way in ways for dot in _dots(at[way.start], at[way.end])]
    out: list[Markup] = []
    for spot in sorted(spots, key=lambda s: -s.weight):
        if len(out) >= most:
            break
        found = _room(spot, at[spot.key], taken, dots, (width, height))
        if found is not None:
            box, (dx, dy, end) = found
            taken.append(box)
            out.append(_name(spot, at[spot.key], dx, dy, end=end))
    return out


def _room(
    spot: Spot,
    own: tuple[float, float],
    taken: Sequence[Area],
    dots: Sequence[tuple[float, float]],
    size: tuple[float, float],
) -> tuple[Area, tuple[float, float, bool]] | None:
    """Return the free box beside a place that fewest lines cross, or None where there is no room."""
    x, y = own
    long = text_width(spot.name, 11.0, strong=_strong(spot))
    best: tuple[int, Area, tuple[float, float, bool]] | None = None
    for dx, dy, end in _SIDES:
        box = (x + dx - (long if end else 0), y + dy - 10, x + dx + (0 if end else long), y + dy + 3)
        if box[0] < 2 or box[2] > size[0] - 2 or box[1] < 12 or box[3] > size[1] - 2:
            continue
        if any(_overlap(box, other, own) for other in taken):
            continue
        crossed = sum(box[0] < a < box[2] and box[1] < b < box[3] for a, b in dots)
        if best is None or crossed < best[0]:
            best = (crossed, box, (dx, dy, end))
    return None if best is None else (best[1], best[2])


def _dots(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    """Return points along a line, every six pixels."""
    steps = max(int(math.dist(start, end) / 6), 1)
    return [
        (start[0] + (end[0] - start[0]) * i / steps, start[1] + (end[1] - start[1]) * i / steps)
        for i in range(1, steps)
    ]


def _name(spot: Spot, own: tuple[float, float], dx: float, dy: float, *, end: bool) -> Markup:
    """Return one name."""
    strong = " strong" if _strong(spot) else ""
    style = "place-name halo" + (" end" if end else "") + strong
    return element("text", spot.name, x=own[0] + dx, y=own[1] + dy, class_=style)


def _strong(spot: Spot) -> bool:
    """Return whether the name of a place is set in bold."""
    return spot.kind in {"entry", "exposed"}


def _overlap(box: Area, other: Area, own: tuple[float, float]) -> bool:
    """Return whether two boxes overlap; the mark of the place itself does not count."""
    if other[0] + 5 == own[0] and other[1] + 5 == own[1]:
        return False
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]


def _scale_bar(scale: float, width: float, height: float) -> Markup:
    """Return a bar of a round number of kilometres."""
    km = nice_step(width / scale * KM_PER_DEGREE / 8)
    long = km / KM_PER_DEGREE * scale
    y = height - 12
    bar = element(
        "path", d=line([(12, y - 4), (12, y), (12 + long, y), (12 + long, y - 4)]), class_="scale-bar"
    )
    return group([bar, element("text", f"{km:g} km", x=18 + long, y=y + 1, class_="degree")])
