"""From a fault of the options to a finding, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from forestall.core.errors import Finding
from forestall.core.names import nearest

FILE = "crisis.toml"

_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "bool": "true or false",
    "string": 'text in quotes, such as "a text"',
    "tuple": 'a list in square brackets, such as ["a", "b"]',
    "list": 'a list in square brackets, such as ["a", "b"]',
    "dict": "a table of names and values, such as { name = 1 }",
    "model": "a table of names and values, such as { name = 1 }",
    "date": "a day, such as 2023-09-19",
    "datetime": "a moment, such as 2023-09-19T20:00:00+04:00",
}
"""What was expected, by the first word of the validator's name for the fault."""

_BOUNDS = {
    "greater_than_equal": ("the value is too small", "at least {ge}"),
    "greater_than": ("the value is too small", "more than {gt}"),
    "less_than_equal": ("the value is too large", "at most {le}"),
    "less_than": ("the value is too large", "less than {lt}"),
    "string_too_short": ("the text is too short", "at least {min_length} characters"),
    "string_too_long": ("the text is too long", "at most {max_length} characters"),
    "too_short": ("the list is too short", "at least {min_length} values"),
    "too_long": ("the list is too long", "at most {max_length} values"),
    "literal_error": ("the value is not one of those allowed", "{expected}"),
}
_UNIONS = {"str", "int", "float", "bool", "date", "datetime", "none"}
"""Words by which the validator tells the members of a union apart; they are no keys."""


def option_findings(
    error: ValidationError,
    model: type[BaseModel],
    *,
    unknown: str,
    section: str = "",
    more: tuple[str, ...] = (),
) -> list[Finding]:
    """Return a finding per fault of options that crisis.toml holds.

    Parameters
    ----------
    error : ValidationError
        What the options model says.
    model : type
        The options model; the one of its names nearest to an unknown key is offered.
    unknown : str
        What to say of an unknown key.
    section : str
        Section of crisis.toml; empty for its top level.
    more : tuple of str
        Keys that are valid besides those of the model.
    """
    by_key: dict[str, Finding] = {}
    for fault in error.errors():
        path = [part for part in fault["loc"] if not _is_member(part)]
        key = ".".join(str(part) for part in path)
        where = ".".join(part for part in (section, key) if part)
        known = [*_fields_at(model, path[:-1]), *(more if len(path) == 1 else ())]
        by_key.setdefault(where, _finding(dict(fault), where, str(path[-1]) if path else "", known, unknown))
    return list(by_key.values())


def _is_member(part: int | str) -> bool:
    """Return whether a part of the place of a fault names a member of a union, not a key."""
    return isinstance(part, str) and (part in _UNIONS or "[" in part)


def _fields_at(model: type[BaseModel], path: list[int | str]) -> list[str]:
    """Return the names that are valid where a fault is."""
    fields: Mapping[str, Any] = model.model_fields
    for part in path:
        if isinstance(part, str) and part in fields:
            inner = next(_models_in(fields[part].annotation), None)
            fields = inner.model_fields if inner is not None else {}
    return list(fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that a type speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models_in(part)


def _finding(fault: dict[str, Any], where: str, key: str, known: list[str], unknown: str) -> Finding:
    """Return one fault as a finding."""
    if fault["type"] == "extra_forbidden":
        hint, expected = nearest(key, known), "one of " + ", ".join(sorted(known))
        return Finding("E111", "error", unknown, table=FILE, column=where, nearest=hint, expected=expected)
    message, expected = in_words(fault)
    value = "" if fault["type"] == "missing" else str(fault.get("input", ""))[:80]
    return Finding("E114", "error", message, table=FILE, column=where, value=value, expected=expected)


def in_words(fault: Mapping[str, Any]) -> tuple[str, str]:
    """Return what is wrong and what was expected, in plain words.

    Examples
    --------
    >>> in_words({"type": "int_parsing", "msg": "Input should be a valid integer"})
    ('the value is of another kind', 'a whole number')
    """
    kind, context = str(fault["type"]), dict(fault.get("ctx") or {})
    if kind == "missing":
        return "a value is missing", ""
    if kind == "value_error":
        return str(fault["msg"]).removeprefix("Value error, "), ""
    if kind in _BOUNDS:
        message, expected = _BOUNDS[kind]
        return message, expected.format(**context)
    return "the value is of another kind", _KINDS.get(kind.partition("_")[0], "")
