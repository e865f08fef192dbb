"""Make the font of the PDF anew from the npm packages of Noto Sans, as its README says.

Usage: ``npm install @fontsource/noto-sans @fontsource/noto-sans-armenian @fontsource/noto-sans-arabic`` in a
folder, then ``python docs/make_fonts.py FOLDER/node_modules`` (it needs fonttools).
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

PARTS = (
    ("noto-sans", "noto-sans-latin"),
    ("noto-sans", "noto-sans-latin-ext"),
    ("noto-sans", "noto-sans-cyrillic"),
    ("noto-sans-armenian", "noto-sans-armenian-armenian"),
    ("noto-sans-arabic", "noto-sans-arabic-arabic"),
)
FAMILY = "Noto Sans Forestall"
HOME = Path(__file__).parent.parent / "src" / "forestall" / "reporting" / "fonts"


def unpacked(source: Path, folder: Path) -> str:
    """Return the path of one part as TrueType."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    font: Any = TTFont(source)
    font.flavor = None
    target = folder / f"{source.stem}.ttf"
    font.save(target)
    return str(target)


def joined(packages: Path, weight: int, style: str) -> None:
    """Write one font of all scripts: pictures are set with a single font, so that no letter is missed."""
    from fontTools.merge import Merger  # type: ignore[import-untyped]

    with tempfile.TemporaryDirectory() as folder:
        parts = [
            unpacked(
                packages / "@fontsource" / package / "files" / f"{stem}-{weight}-normal.woff", Path(folder)
            )
            for package, stem in PARTS
        ]
        font: Any = Merger().merge(parts)
    names = ((1, FAMILY), (2, style), (4, f"{FAMILY} {style}"), (6, f"{FAMILY}-{style}".replace(" ", "")))
    for number, text in names:
        font["name"].setName(text, number, 3, 1, 0x409)
    for number in (16, 17):
        font["name"].removeNames(nameID=number)
    font.save(HOME / f"{FAMILY.replace(' ', '')}-{style}.ttf")


if __name__ == "__main__":
    HOME.mkdir(exist_ok=True)
    for size, name in ((400, "Regular"), (700, "Bold")):
        joined(Path(sys.argv[1]), size, name)
