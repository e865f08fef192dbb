"""Small panels of cost against size, drawn by hand as SVG."""

from __future__ import annotations

from math import ceil, floor, log10

Panel = tuple[str, list[tuple[float, float]]]
WIDTH, HEIGHT, LEFT, TOP = 230, 170, 58, 30
INK, LINE = "#222222", "#0b5394"


def svg(panels: list[Panel]) -> str:
    """Return panels side by side; both axes are in powers of ten."""
    whole = len(panels) * (WIDTH + LEFT + 20)
    body = "".join(_panel(panel, number * (WIDTH + LEFT + 20) + LEFT) for number, panel in enumerate(panels))
    style = f'font-family="sans-serif" font-size="11" fill="{INK}"'
    label = "CPU seconds of one run against people, places and draws"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {HEIGHT + TOP + 45}" role="img" '
        f'aria-label="{label}"><rect width="100%" height="100%" fill="#ffffff"/><g {style}>{body}</g></svg>\n'
    )


def _panel(panel: Panel, x0: int) -> str:
    name, points = panel
    xs, ys = [log10(x) for x, _ in points], [log10(max(y, 1e-4)) for _, y in points]
    x_range = (floor(min(xs)), max(ceil(max(xs)), floor(min(xs)) + 1))
    y_range = (floor(min(ys)), max(ceil(max(ys)), floor(min(ys)) + 1))
    at = [
        (
            x0 + (x - x_range[0]) / (x_range[1] - x_range[0]) * WIDTH,
            TOP + HEIGHT - (y - y_range[0]) / (y_range[1] - y_range[0]) * HEIGHT,
        )
        for x, y in zip(xs, ys, strict=True)
    ]
    marks = _marks(x0, x_range, y_range)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{LINE}"/>' for x, y in at)
    title = f'<text x="{x0}" y="{TOP - 12}">CPU seconds by {name}</text>'
    return f'{title}{marks}<polyline points="{line}" fill="none" stroke="{LINE}" stroke-width="2"/>{dots}'


def _marks(x0: int, x_range: tuple[int, int], y_range: tuple[int, int]) -> str:
    """Return axes with a label at each power of ten."""
    out = [f'<path d="M{x0} {TOP}V{TOP + HEIGHT}H{x0 + WIDTH}" fill="none" stroke="{INK}"/>']
    for power in range(x_range[0], x_range[1] + 1):
        x = x0 + (power - x_range[0]) / (x_range[1] - x_range[0]) * WIDTH
        out.append(f'<text x="{x:.0f}" y="{TOP + HEIGHT + 16}" text-anchor="middle">{_ten(power)}</text>')
    for power in range(y_range[0], y_range[1] + 1):
        y = TOP + HEIGHT - (power - y_range[0]) / (y_range[1] - y_range[0]) * HEIGHT
        out.append(f'<text x="{x0 - 6}" y="{y + 4:.0f}" text-anchor="end">{_ten(power)}</text>')
    return "".join(out)


def _ten(power: int) -> str:
    """Return a power of ten as people write it.

    Examples
    --------
    >>> _ten(3), _ten(-2)
    ('1,000', '0.01')
    """
    if power >= 6:
        return f"{10 ** (power - 6)} M"
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:.{-power}f}"
