"""Reliability of bands as a picture, of what `forestall score transfer FOLDER... --json` printed.

Usage: learning_picture.py FILE.json FILE.svg
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

SIDE, LEFT, TOP, GAP = 200, 46, 34, 40
INK, COLOURS = "#222222", ("#0b5394", "#b45f06", "#38761d", "#741b47", "#a61c00", "#134f5c", "#7f6000")


def panel(rows: list[dict], arm: str, x0: int) -> str:
    """Return one arm: what bands claim across, what they hold upwards, one line a crisis."""
    frame = f'<path d="M{x0} {TOP}V{TOP + SIDE}H{x0 + SIDE}" fill="none" stroke="{INK}"/>'
    ideal = f'<path d="M{x0} {TOP + SIDE}L{x0 + SIDE} {TOP}" stroke="{INK}" stroke-dasharray="3 3"/>'
    marks = "".join(
        f'<text x="{x0 + SIDE * v / 100:.0f}" y="{TOP + SIDE + 16}" text-anchor="middle">{v}</text>'
        f'<text x="{x0 - 6}" y="{TOP + SIDE - SIDE * v / 100 + 4:.0f}" text-anchor="end">{v}</text>'
        for v in (0, 50, 100)
    )
    return f'<text x="{x0}" y="{TOP - 14}">{arm}</text>{frame}{ideal}{marks}' + "".join(
        line(row, x0, COLOURS[number % len(COLOURS)], number) for number, row in enumerate(rows)
    )


def line(row: dict, x0: int, colour: str, number: int) -> str:
    """Return one crisis."""
    points = [(float(level), held) for level, held in row["reliability"].items() if held is not None]
    at = " ".join(f"{x0 + SIDE * x:.1f},{TOP + SIDE * (1 - y):.1f}" for x, y in points)
    name = f'<text x="{x0 + 8}" y="{TOP + 12 + 14 * number}" fill="{colour}">{row["crisis"]}</text>'
    return f'<polyline points="{at}" fill="none" stroke="{colour}" stroke-width="2"/>{name}'


def svg(rows: list[dict]) -> str:
    """Return the arms side by side."""
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    body = "".join(
        panel([row for row in rows if row["arm"] == arm], arm, LEFT + number * (SIDE + GAP))
        for number, arm in enumerate(arms)
    )
    label = "Share of counts that bands hold, against what they claim, in per cent"
    size = f"{LEFT + len(arms) * (SIDE + GAP)} {SIDE + TOP + 50}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" '
        f'role="img" aria-label="{label}"><rect width="100%" height="100%" fill="#ffffff"/>'
        f'<g font-family="sans-serif" font-size="11" fill="{INK}">{body}'
        f'<text x="{LEFT}" y="{SIDE + TOP + 40}">{label}</text></g></svg>\n'
    )


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(svg(json.loads(source.read_text(encoding="utf-8"))["rows"]), encoding="utf-8")
