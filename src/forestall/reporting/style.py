"""The style sheets: colours of both themes, the page, the charts, print."""

from functools import cache
from pathlib import Path

from markupsafe import Markup

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
