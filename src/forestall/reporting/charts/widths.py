"""How wide a text is in the widest sans serif that readers have, so that it fits in every other."""

import unicodedata
from functools import cache

_CLASSES = (
    (" .,:;'|!ijl\N{MIDDLE DOT}\N{RIGHT SINGLE QUOTATION MARK}", 0.34),
    ("()[]-/ftrI\N{HYPHEN}", 0.42),
    ("mwMW@%\N{EM DASH}\N{HORIZONTAL ELLIPSIS}", 1.0),
    ("\N{EN DASH}+=<>~", 0.84),
)
_WIDTHS = {character: width for characters, width in _CLASSES for character in characters}
_USUAL, _CAPITAL, _FULL = 0.64, 0.76, 1.0
BOLD = 1.12
"""How much wider letters of weight 600 are."""


@cache
def text_width(words: str, size: float = 12.0, *, strong: bool = False) -> float:
    """Return the width of a text in pixels, at the letters of DejaVu Sans and Verdana.

    Browsers take whatever sans serif a machine has; those two are the widest that are common, so what
    fits in them is cut off in none.

    Parameters
    ----------
    words : str
        The text.
    size : float
        Size of its letters in pixels.
    strong : bool
        Whether it is set in bold.

    Examples
    --------
    >>> round(text_width("200k")), round(text_width("ill")), round(text_width("200k", strong=True))
    (31, 12, 34)
    """
    return sum(map(_advance, words)) * size * (BOLD if strong else 1.0)


@cache
def _advance(character: str) -> float:
    """Return the width of one character in parts of the size of its letters."""
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return _FULL
    wide = character.isupper() or "\N{ARMENIAN CAPITAL LETTER AYB}" <= character <= "\N{ARMENIAN HYPHEN}"
    usual = _CAPITAL if wide else _USUAL
    return _WIDTHS.get(character, usual)


def fit_text(words: str, room: float, *, size: float = 12.0, strong: bool = False) -> str:
    """Return words cut to the room there is, with an ellipsis where something is cut.

    Examples
    --------
    >>> fit_text("Nagorno-Karabakh de facto authorities", 120)
    'Nagorno-Karaba…'
    """
    if text_width(words, size, strong=strong) <= room:
        return words
    ellipsis = "\N{HORIZONTAL ELLIPSIS}"
    kept = next(
        (
            n
            for n in range(len(words), 1, -1)
            if text_width(words[:n] + ellipsis, size, strong=strong) <= room
        ),
        1,
    )
    return words[:kept].rstrip(" ,;") + ellipsis
