"""Where a row comes from: the publisher, linked to the page that was read, and how sure it is."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from forestall.reporting.desk import Desk

_MARKS = {"recalled": "recalled", "assumption": "assumption", "derived": "derived"}


def cite(desk: Desk, row: Mapping[str, Any]) -> Markup:
    """Return the source of a row as a plain link, with a mark where it is recalled, derived or assumed.

    Parameters
    ----------
    desk : Desk
        Holds the table of sources.
    row : mapping
        With ``source`` and, where it has them, ``url`` and ``basis``.
    """
    words = desk.publishers.get(row["source"] or "", row["source"]) or "no source given"
    mark = _MARKS.get(row.get("basis") or "")
    return link(row.get("url"), words) + (Markup(" <em>{}</em>").format(mark) if mark else Markup(""))


def link(url: str | None, words: str) -> Markup:
    """Return words with a plain link where the address is a web page; nothing is loaded from it.

    Examples
    --------
    >>> link("javascript:alert(1)", "a < b")
    Markup('a &lt; b')
    """
    if url and url.startswith(("https://", "http://")):
        return Markup('<a href="{}" rel="noreferrer noopener">{}</a>').format(url, words)
    return escape(words)
