"""The style sheets and the templates: colours of both themes, the page, the charts, print."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


@cache
def style_sheet(*names: str) -> Markup:
    """Return style sheets one after the other.

    Examples
    --------
    >>> ":root" in style_sheet("colours")
    True
    """
    sheets = [(TEMPLATES / f"{name}.css").read_text(encoding="utf-8") for name in names]
    return Markup("\n".join(sheets))  # noqa: S704 - our own files


_TIE = "\N{NO-BREAK SPACE}"


@cache
def environment() -> "Environment":
    """Return the templates; everything is escaped unless it is marked as safe."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["tied"] = tied
    return environment


_DATE = re.compile(r"\b(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})\b")
_SHARE = re.compile(r"(?<=\d) %")


def tied(words: str | Markup) -> str | Markup:
    """Return text in which no line breaks inside a date or between a number and its per cent sign.

    Examples
    --------
    >>> tied("by 5 Sep 2023, 18 %").encode("ascii", "replace").decode()
    'by 5?Sep?2023, 18?%'
    """
    if isinstance(words, Markup):
        return words
    return _SHARE.sub(f"{_TIE}%", _DATE.sub(rf"\1{_TIE}\2{_TIE}\3", words))
