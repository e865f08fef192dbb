"""What of a replay was chosen or made later, as far as nothing carries the day on which it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forestall.crisis import Crisis

CHOICES = (
    ("displace", "counted_at"),
    ("displace", "reception"),
    ("act", "warning_events"),
    ("earlier", "dates"),
)
"""Options that a crisis sets by what happened: section and name."""

LISTS = ("triggers", "standards", "closure_items", "items")
"""Tables without a day of knowledge that somebody filled in."""


def undated_choices(crisis: Crisis) -> dict[str, int]:
    """Return what was chosen for a crisis without a day of knowledge, and how many of each.

    Parameters
    ----------
    crisis : Crisis
        With its options.

    Examples
    --------
    >>> from forestall.crisis import open_crisis
    >>> undated_choices(open_crisis("karabakh-2023"))["displace.counted_at"]
    1
    """
    found = {}
    for section, name in CHOICES:
        options = crisis.plan.section(section)
        value = getattr(options, name)
        if value and value != type(options).model_fields[name].default:
            found[f"{section}.{name}"] = 1 if isinstance(value, str) else len(value)
    return found | {name: crisis[name].height for name in LISTS if crisis.has(name)}


def choices_in_words(choices: dict[str, int]) -> str:
    """Return one sentence on choices without a day, or nothing where there are none.

    Examples
    --------
    >>> choices_in_words({"displace.counted_at": 1, "triggers": 4})
    'Chosen for this crisis without a day of knowledge, perhaps later: displace.counted_at (1), triggers (4).'
    """
    named = ", ".join(f"{name} ({many})" for name, many in choices.items())
    return f"Chosen for this crisis without a day of knowledge, perhaps later: {named}." if named else ""
