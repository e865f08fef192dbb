"""Make the fonts of the PDF anew from the npm packages of Noto Sans, as its README says.

Usage: ``npm install @fontsource/noto-sans @fontsource/noto-sans-armenian @fontsource/noto-sans-arabic`` in a
folder, then ``python docs/make_fonts.py FOLDER/node_modules`` (it needs fonttools).
"""

import sys
from pathlib import Path
from typing import Any

PARTS = {
    "Latin": ("noto-sans", "noto-sans-latin"),
    "Latin Ext": ("noto-sans", "noto-sans-latin-ext"),
    "Cyrillic": ("noto-sans", "noto-sans-cyrillic"),
    "Armenian": ("noto-sans-armenian", "noto-sans-armenian-armenian"),
    "Arabic": ("noto-sans-arabic", "noto-sans-arabic-arabic"),
}
HOME = Path(__file__).parent.parent / "src" / "forestall" / "reporting" / "fonts"


def convert(source: Path, family: str, weight: int) -> None:
    """Write one part of a font as TrueType under a family name of its own."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    font: Any = TTFont(source)
    style = "Bold" if weight == 700 else "Regular"
    for number, text in (
        (1, family),
        (2, style),
        (4, f"{family} {style}"),
        (6, f"{family}-{style}".replace(" ", "")),
    ):
        font["name"].setName(text, number, 3, 1, 0x409)
    for number in (16, 17):
        font["name"].removeNames(nameID=number)
    font.flavor = None
    font.save(HOME / f"{family.replace(' ', '')}-{style}.ttf")


if __name__ == "__main__":
    HOME.mkdir(exist_ok=True)
    for part, (package, stem) in PARTS.items():
        for size in (400, 700):
            folder = Path(sys.argv[1]) / "@fontsource" / package / "files"
            convert(folder / f"{stem}-{size}-normal.woff", f"Noto Sans {part}", size)
