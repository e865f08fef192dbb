"""The page of all options, made from their models: ``python -m forestall.options.docs``."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from forestall.core.files import write_atomic
from forestall.core.units import is_duration
from forestall.options.plan import MODELS, Plan

_HEAD = """\
# Options

Made from the models of the options by `make docs-tables`; do not edit by hand. The same is printed by
`forestall schema options`, and `forestall schema options --json` gives it as data.

Every option has its place in a section of `crisis.toml`. All are resolved once, when a run begins: what a
command gives, else what the section says, else `seed` and `draws` of the whole, else the default. What a
run went by stands in its `run.json` under `plan`.
"""
_KINDS = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    date: "day",
    datetime: "moment",
    dict: "table of names and values",
}
_UNITS = (
    ("deaths", "deaths"),
    ("months", "months"),
    ("_days", "days"),
    ("days_", "days"),
    ("_hours", "hours"),
    ("km_per_hour", "km/h"),
    ("seconds", "s"),
    ("tonnes", "t"),
    ("lorries", "lorries/day"),
    ("household_size", "people"),
    ("share", "fraction"),
    ("quantile", "fraction"),
    ("draws", "draws"),
    ("particles", "draws"),
    ("years", "years"),
)
"""Units by what a name holds; durations and money carry their unit in the text."""


class OptionRow(NamedTuple):
    """One option as people read it."""

    section: str
    name: str
    type: str
    unit: str
    default: str
    meaning: str
    reference: str


def option_rows() -> list[OptionRow]:
    """Return every option of every section.

    Examples
    --------
    >>> [row.default for row in option_rows() if row.name == "event_deaths"]
    ['25']
    """
    whole = [("", name, Plan.model_fields[name]) for name in ("seed", "draws")]
    return [_row(*one) for one in (*whole, *_of_sections())]


def _of_sections() -> Iterator[tuple[str, str, FieldInfo]]:
    for section, model in MODELS.items():
        yield from _of_model(section, model)


def _of_model(section: str, model: type[BaseModel]) -> Iterator[tuple[str, str, FieldInfo]]:
    """Yield the options of a model, those of a model inside it below its name."""
    for name, field in model.model_fields.items():
        yield section, name, field
        for inner in _models_in(field.annotation):
            yield from _of_model(f"{section}.{name}", inner)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that a type speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _row(section: str, name: str, field: FieldInfo) -> OptionRow:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    default = _default_of(field)
    return OptionRow(
        section,
        name,
        _type_of(field.annotation),
        str(extra.get("unit") or _unit_of(name, field)),
        default,
        field.description or "the peer's own setting of this name; see the page flee",
        str(extra.get("reference") or reference_of(section, name)),
    )


@cache
def _references() -> dict[str, str]:
    """Return the references by option, or by the section they hold for."""
    text = files("forestall.options").joinpath("references.csv").read_text(encoding="utf-8")
    return {row["option"]: row["reference"] for row in csv.DictReader(text.splitlines())}


def reference_of(section: str, name: str) -> str:
    """Return where an option comes from: its own reference, else that of the nearest section above it.

    Examples
    --------
    >>> reference_of("warn", "countries")
    'docs/warn.md'
    """
    known, parts = _references(), section.split(".")
    above = [".".join(parts[:n]) + ".*" for n in range(len(parts), 0, -1)]
    keys = (f"{section}.{name}", f"*.{name}", *above)
    return next((known[key] for key in keys if key in known), "")


def _type_of(annotation: Any) -> str:
    """Return a type in plain words.

    Examples
    --------
    >>> _type_of(tuple[str, ...]), _type_of(int | None)
    ('list of text', 'whole number')
    """
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_type_of(part) for part in inner if part is not NoneType))
    if origin is tuple:
        return f"list of {_type_of(inner[0])}"
    if hasattr(annotation, "__metadata__"):
        return _type_of(inner[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _KINDS[dict]
    return _KINDS.get(origin or annotation, "text")


def _default_of(field: FieldInfo) -> str:
    """Return the default as it would stand in crisis.toml; empty where there is none."""
    value = field.default
    if field.is_required() or value is None or isinstance(value, BaseModel):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{v}"' if isinstance(v, str) else str(v) for v in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _unit_of(name: str, field: FieldInfo) -> str:
    """Return the unit of an option; empty where it is a name or a choice."""
    kind = _type_of(field.annotation)
    if kind == "text":
        text = str(field.default)
        return "with its unit" if is_duration(text) or "budget" in name else ""
    if "number" not in kind:
        return ""
    return next((unit for part, unit in _UNITS if part in name), "")


def options_page() -> str:
    """Return the page of all options, in Markdown.

    Examples
    --------
    >>> options_page().splitlines()[0]
    '# Options'
    """
    parts, sections = [_HEAD], list(dict.fromkeys(row.section for row in option_rows()))
    for section in sections:
        title = f"[{section}]" if section else "The whole"
        rows = [row for row in option_rows() if row.section == section]
        parts.append(f"## {title}\n\n{options_text(rows)}")
    return "\n".join(parts)


def options_text(rows: list[OptionRow]) -> str:
    """Return options as a table, in Markdown."""
    head = "| option | type | unit | default | what it means | reference |\n|---|---|---|---|---|---|\n"
    cells = (
        (row.name, row.type, row.unit, f"`{row.default}`" if row.default else "", row.meaning, row.reference)
        for row in rows
    )
    return head + "".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |\n" for row in cells)


if __name__ == "__main__":
    write_atomic(Path("docs/options.md"), options_page())
