"""The options there are, and how one is named: option, option:target, option=amount, stock-PLACE."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from forestall.core.errors import UsageError
from forestall.core.names import nearest

SAFEGUARDS = (
    "Only as a free and informed choice, with a safe way, for as long as people want it, and with the right "
    "to return kept open; it must not replace safety at home. Options are never ranked by people moved out."
)


@dataclass(frozen=True)
class Option:
    """One option: what it changes, by how much, on what evidence.

    Attributes
    ----------
    name
        As the user wrote it.
    operation
        Which edit carries it out.
    target
        Corridor or place it is about; empty = the default of the edit.
    amount, low, high
        How much; for outside acts the published or measured effect with its interval.
    channel
        Channel of the tie that an outside act works through; empty = none is needed.
    """

    name: str
    kind: str
    operation: str
    target: str
    amount: float | None
    unit: str
    low: float | None
    high: float | None
    moves_people: bool
    changes: str
    reference: str
    evidence: str
    channel: str = ""

    @property
    def safeguards(self) -> str | None:
        """What stands beside an option that moves people."""
        return SAFEGUARDS if self.moves_people else None


@cache
def options_there_are() -> Mapping[str, Option]:
    """Return every option by name.

    Examples
    --------
    >>> options_there_are()["monitors"].amount
    1.0
    """
    text = files("forestall.scenarios").joinpath("options.csv").read_text(encoding="utf-8")
    return {row["option"]: _option(row) for row in csv.DictReader(text.splitlines())}


def _option(row: dict[str, str]) -> Option:
    amount, low, high = (float(row[name]) if row[name] else None for name in ("amount", "low", "high"))
    reference = row["reference"] + (f", https://doi.org/{row['doi']}" if row["doi"] else "")
    return Option(
        name=row["option"],
        kind=row["kind"],
        operation=row["operation"],
        target="",
        amount=amount,
        unit=row["unit"],
        low=low,
        high=high,
        moves_people=row["moves_people"] == "true",
        changes=row["changes"],
        reference=reference,
        evidence=row["evidence"],
        channel=row["channel"],
    )


def parse_option(text: str) -> Option:
    """Return the option a text names.

    Parameters
    ----------
    text
        ``widen-corridor``, ``widen-corridor:a-b=2``, ``buses=400``, ``stock-PLACE``.

    Raises
    ------
    UsageError
        Where there is no such option; the nearest is named.

    Examples
    --------
    >>> parse_option("widen-corridor:a-b=2").target, parse_option("stock-harbour").operation
    ('a-b', 'stock')
    """
    there = options_there_are()
    plain, _, amount = text.partition("=")
    stem, _, target = plain.partition(":")
    if stem.startswith("stock-"):
        stem, target = "stock", stem.removeprefix("stock-")
    if stem not in there:
        hint = nearest(stem, there)
        raise UsageError(
            f"unknown option {text!r}"
            + (f"; nearest: {hint}" if hint else "")
            + f"; there are {', '.join(there)}"
        )
    return replace(there[stem], name=text, target=target, amount=_amount(text, amount, there[stem].amount))


def _amount(text: str, given: str, default: float | None) -> float | None:
    """Return the amount given, else the default."""
    if not given:
        return default
    try:
        value = float(given)
    except ValueError as error:
        raise UsageError(f"{text!r}: {given!r} is not a number") from error
    if not 0 <= value < float("inf"):
        raise UsageError(f"{text!r}: the amount must be a number not below 0")
    return value
