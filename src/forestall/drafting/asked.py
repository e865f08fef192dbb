"""What is asked of each thing that people add: its fields, which are needed, which values are permitted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl
from rapidfuzz import fuzz

from forestall.schema import table_of
from forestall.world.names import folded

OFFERED_FROM = 60.0
"""Likeness of 0-100 from which a field is offered for a column."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked.

    Parameters
    ----------
    name
        As an option of ``forestall add`` and as the head of a column.
    needed
        Whether a row without it is refused.
    values
        Permitted values; none where any text may stand.
    also_called
        What people call it; offered, never taken without being told.
    """

    name: str
    needed: bool
    values: tuple[str, ...]
    also_called: tuple[str, ...]


@cache
def fields_of(what: str) -> tuple[Field, ...]:
    """Return the fields of one kind of thing.

    Parameters
    ----------
    what
        event, closure, count, control or estimate.

    Examples
    --------
    >>> [field.name for field in fields_of("control") if field.needed]
    ['place', 'who']
    """
    table = pl.read_csv(str(files("forestall.drafting").joinpath("asked.csv")), infer_schema=False)
    return tuple(
        Field(row["field"], row["needed"] == "true", _values(row["values_of"]),
              tuple((row["also_called"] or "").split("|")))
        for row in table.filter(what=what).iter_rows(named=True)
    )  # fmt: skip


def _values(named: str | None) -> tuple[str, ...]:
    if not named:
        return ()
    table, column = named.split(".")
    return next(one.values for one in table_of(table).columns if one.name == column)


def likest_field(what: str, head: str) -> str:
    """Return the field that a column most likely means, or an empty text where none is like it.

    Examples
    --------
    >>> likest_field("count", "Nb. of individuals"), likest_field("count", "zzz")
    ('people', '')
    """
    likeness = [
        (fuzz.token_set_ratio(folded(head), folded(name)), field.name)
        for field in fields_of(what)
        for name in (field.name.replace("_", " "), *field.also_called)
    ]
    best, name = max(likeness, key=lambda one: one[0])
    return name if best >= OFFERED_FROM else ""
