"""Sizes of memory as people write them."""

import re

UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def bytes_of(text: str) -> int:
    """Return a size such as "4GB" or "500 MB" in bytes.

    Raises
    ------
    ValueError
        Where the text is no size.

    Examples
    --------
    >>> bytes_of("4GB"), bytes_of("0.5 mb")
    (4000000000, 500000)
    """
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?) ?([KMGT]?)B", text.strip().upper())
    if not found or not float(found[1]):
        raise ValueError(f"no size of memory: {text!r}; expected a number with kB, MB, GB or TB, such as 4GB")
    return int(float(found[1]) * UNITS[found[2]])
