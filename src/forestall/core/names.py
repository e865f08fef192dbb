"""The nearest valid name, for error messages."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, choices: Iterable[str]) -> str:
    """Return the choice most like a name, or an empty text where none is close.

    Examples
    --------
    >>> nearest("plaecs", ["places", "corridors"])
    'places'
    >>> nearest("zzz", ["places"])
    ''
    """
    known = list(choices)
    folded = {choice.casefold(): choice for choice in known}
    found = get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    return folded[found[0]] if found else ""
