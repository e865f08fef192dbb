"""Columns about single persons, which no table may have."""

import csv
import re
import unicodedata
from functools import cache
from importlib.resources import files


@cache
def _words() -> tuple[tuple[str, bool], ...]:
    """Return each word with whether it must be the whole name of a column."""
    text = files("forestall.schema").joinpath("persons.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple((folded(row["word"]), row["match"] == "whole") for row in rows)


def folded(name: str) -> str:
    """Return a name in lower case with one underscore between its words.

    Examples
    --------
    >>> folded("PassportNo."), folded(" Date of  birth")
    ('passport_no', 'date_of_birth')
    """
    spaced = re.sub(
        r"(?<=[^\W\d_A-Z])(?=[A-Z][a-z]|[A-Z]+$|[A-Z]{2})", "_", unicodedata.normalize("NFC", name)
    )
    return re.sub(r"[\W_]+", "_", spaced.casefold()).strip("_")


def is_about_persons(column: str) -> bool:
    """Return whether a column is named like something that belongs to one person.

    Examples
    --------
    >>> is_about_persons("Phone number"), is_about_persons("Фамилия"), is_about_persons("people")
    (True, True, False)
    """
    name = folded(column)
    return any(name == word if whole else f"_{word}_" in f"_{name}_" for word, whole in _words())
