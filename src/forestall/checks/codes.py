"""The codes of all findings, and the page that explains each."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from forestall.core.errors import Severity, UsageError
from forestall.core.names import nearest


@dataclass(frozen=True, slots=True)
class Code:
    """One code: how grave it is, which part of the software finds it, and its title."""

    code: str
    severity: Severity
    found_by: str
    title: str


@cache
def codes() -> Mapping[str, Code]:
    """Return every code by name.

    Examples
    --------
    >>> codes()["E122"].title
    'Reference to a row that does not exist'
    """
    text = files("forestall.checks").joinpath("codes.csv").read_text(encoding="utf-8")
    return {row["code"]: Code(**row) for row in csv.DictReader(text.splitlines())}  # type: ignore[arg-type]


def explain(code: str) -> str:
    """Return the page of a code, in Markdown.

    Raises
    ------
    UsageError
        Where there is no such code; the nearest is given.

    Examples
    --------
    >>> explain("e125").splitlines()[0]
    '# E125 Corridor from a place to itself'
    """
    name = code.strip().upper()
    if name not in codes():
        hint = nearest(name, codes())
        raise UsageError(
            f"unknown code {code!r}" + (f"; nearest: {hint}" if hint else "") + "; see `forestall explain`"
        )
    text = files("forestall.checks").joinpath("pages", f"{name}.md").read_text(encoding="utf-8")
    return f"# {name} {codes()[name].title}\n\n{text}"
