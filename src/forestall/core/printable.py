"""Text without characters that can make a page or a terminal lie."""

import re

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters but tab and line ends, marks that turn the text after them round, byte order marks."""


def printable(text: str) -> tuple[str, int]:
    r"""Return a text without control characters and marks that turn text round, and how many went.

    Examples
    --------
    >>> printable("people: 1\u202e21\x1b[2J")
    ('people: 121[2J', 2)
    """
    return _UNPRINTABLE.subn("", text)
