"""The peer's rules as a list of small objects, and its defects by name.

A rule set is a list of rules and the set of defects that it mends.  ``flee-3`` mends none and so
reproduces the peer; ``flee-3-intended`` mends all; any other set of names may be given.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files

from forestall.core.errors import UsageError
from forestall.core.names import nearest

PEER = (
    "Flee 3, after Suleimenova, D., Bell, D., Groen, D. (2017). A generalized simulation development "
    "approach for predicting refugee destinations. Scientific Reports 7, 13377. "
    "doi:10.1038/s41598-017-13828-9"
)


@dataclass(frozen=True, slots=True)
class Defect:
    """Something the peer does although its own documentation or names say otherwise."""

    name: str
    peer: str
    mended: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it says, its parameters (settings and their units), where it comes from.

    Parameters
    ----------
    name : str
        Name; ``rule_<name>`` in tests/property sets it against the model person by person.
    says : str
        The rule in words or as a formula.
    parameters : tuple of str
        Settings it reads; units, defaults and meaning stand in reading/settings.csv.
    defects : tuple of Defect
        Defects that it reproduces unless they are mended.
    reference : str
        Where it comes from.
    """

    name: str
    says: str
    parameters: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()
    reference: str = PEER


def _rows(name: str) -> list[dict[str, str]]:
    """Read one table of this package."""
    text = files("forestall.flee.engine").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def load_rules() -> tuple[Rule, ...]:
    """Return the peer's rules in the order in which they act, as rules.csv and defects.csv state them.

    Examples
    --------
    >>> load_rules()[0].name
    'place_types'
    """
    defects = [(row["rule"], Defect(row["name"], row["peer"], row["mended"])) for row in _rows("defects.csv")]
    return tuple(
        Rule(
            row["name"],
            row["says"],
            tuple(part for part in row["parameters"].split("|") if part),
            tuple(defect for rule, defect in defects if rule == row["name"]),
        )
        for row in _rows("rules.csv")
    )


RULES: tuple[Rule, ...] = load_rules()

DEFECTS: dict[str, Defect] = {defect.name: defect for rule in RULES for defect in rule.defects}


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A named list of rules with the defects that it mends.

    Examples
    --------
    >>> rule_set("flee-3").mends("fresh_day_on_every_link")
    False
    >>> rule_set("flee-3-intended").mends("fresh_day_on_every_link")
    True
    """

    name: str
    rules: tuple[Rule, ...] = RULES
    mended: frozenset[str] = frozenset()

    def mends(self, defect: str) -> bool:
        """Return whether a defect is mended.

        Raises
        ------
        KeyError
            Where there is no such defect.
        """
        return DEFECTS[defect].name in self.mended


def rule_set(name: str) -> RuleSet:
    """Return a rule set by name.

    ``flee-3``, ``flee-3-intended``, or ``flee-3`` with defects mended one by one, as in
    ``flee-3+fresh_day_on_every_link``.

    Raises
    ------
    UsageError
        Where the name is unknown; the nearest is given.

    Examples
    --------
    >>> sorted(rule_set("flee-3+day0_counted_twice").mended)
    ['day0_counted_twice']
    """
    base, *mended = name.split("+")
    unknown = [defect for defect in mended if defect not in DEFECTS]
    if base == "flee-3" and not unknown:
        return RuleSet(name, mended=frozenset(mended))
    if name == "flee-3-intended":
        return RuleSet(name, mended=frozenset(DEFECTS))
    names = ["flee-3", "flee-3-intended", "forestall"]
    wrong, choices = (unknown[0], list(DEFECTS)) if unknown and base == "flee-3" else (name, names)
    hint = nearest(wrong, choices)
    known = "flee-3, flee-3-intended, flee-3+DEFECT with DEFECT one of " + ", ".join(DEFECTS)
    raise UsageError(
        f"unknown rules {wrong!r}" + (f"; nearest: {hint}" if hint else "") + f"; known: {known}"
    )
