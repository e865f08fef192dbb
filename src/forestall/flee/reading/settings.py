"""simsetting.yml: the settings of a run, each checked against the list of those the peer knows."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from forestall.core.names import nearest
from forestall.flee.reading.cells import Notes, decode, number_of

FILE = "simsetting.yml"
DRIVEN = "conflict_driven_spawning"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of the peer: section, key, our name, type, and whether the rules use it."""

    section: str
    key: str
    name: str
    type: str
    default: str
    unit: str
    status: str
    description: str


@cache
def known_settings() -> dict[tuple[str, str], Setting]:
    """Return every setting by section and folded key.

    Examples
    --------
    >>> known_settings()["move_rules", "awarenesslevel"].status
    'used'
    """
    text = files("forestall.flee.reading").joinpath("settings.csv").read_text(encoding="utf-8")
    rows = [Setting(**row) for row in csv.DictReader(text.splitlines())]
    return {(row.section, _folded(row.key)): row for row in rows}


def _folded(key: str) -> str:
    """Return a key without case and underscores: the peer has both forms."""
    return key.replace("_", "").lower()


def read_settings(path: Path | None, notes: Notes) -> dict[str, Any]:
    """Read the settings that rules use; every key that is unknown or left out is found.

    Returns
    -------
    dict
        Settings under the names of crisis.toml; settings that are absent keep their defaults.
    """
    if path is None:
        notes.add("N387", "note", "no settings: the peer's defaults hold", FILE)
        return {}
    import yaml

    try:
        data = yaml.safe_load(decode(path.read_bytes(), path.name, notes).replace("\t", "  "))
    except yaml.YAMLError as error:
        notes.add(
            "E485", "error", "the settings are not YAML", path.name, value=str(error).splitlines()[0][:80]
        )
        return {}
    found: dict[str, Any] = {}
    if not isinstance(data, dict):
        notes.refused("settings without sections; the defaults hold", path.name)
        return {}
    sections = {setting.section for setting in known_settings().values()} - {DRIVEN}
    for section, body in data.items():
        if section in sections:
            found.update(_section(section, body, path.name, notes))
        elif section not in ("number_of_steps", "conflict_input_file"):
            notes.add(
                "W494",
                "warning",
                "unknown section",
                path.name,
                column=str(section),
                nearest=nearest(str(section), sections),
            )
    return found


def _section(section: str, body: object, file: str, notes: Notes) -> dict[str, Any]:
    """Read one section."""
    if body is None:
        return {}
    if not isinstance(body, dict):
        notes.refused("a section that is no list of keys", file, column=section)
        return {}
    found: dict[str, Any] = {}
    for key, raw in body.items():
        setting = known_settings().get((section, _folded(str(key))))
        if setting is None:
            _note_unknown(section, str(key), file, notes)
        elif setting.status == "left out":
            _note_left_out(setting, raw, file, notes)
        elif setting.key == DRIVEN:
            found[DRIVEN] = _section(DRIVEN, raw or {}, file, notes) if raw is not None else None
            found = {k: v for k, v in found.items() if v is not None}
        elif setting.status == "used":
            value = _value(setting, raw, file, notes)
            if value is not None:
                found[setting.name] = value
    return found


def _note_unknown(section: str, key: str, file: str, notes: Notes) -> None:
    others = {s.key: s for s in known_settings().values()}
    elsewhere = next((s.section for s in others.values() if _folded(s.key) == _folded(key)), "")
    keys = [s.key for s in known_settings().values() if s.section == section]
    hint = nearest(key, keys) or nearest(key, others)
    said = (
        f"the setting belongs into the section {elsewhere}; here it has no effect"
        if elsewhere
        else "unknown setting, without effect"
    )
    notes.add("W495", "warning", said, file, column=f"{section}.{key}", nearest=hint)


def _note_left_out(setting: Setting, raw: object, file: str, notes: Notes) -> None:
    """Refuse a rule that is left out where it is switched on."""
    if raw in (None, False, 0, [], "", "False", "false"):
        return
    notes.add(
        "E486",
        "error",
        f"the rule {setting.key} is left out ({setting.description.lower()})",
        file,
        column=f"{setting.section}.{setting.key}",
        value=str(raw)[:40],
        next_step="switch it off, or see docs/displacement-flee.md for what is left out and why",
    )


def _value(setting: Setting, raw: object, file: str, notes: Notes) -> Any:
    """Return a value of the setting's type; None, with a finding, where it is not of it."""
    where = {"column": f"{setting.section}.{setting.key}", "value": str(raw)[:40]}
    if raw is None:
        return None
    if setting.type == "boolean":
        return _boolean(raw, file, where, notes)
    if setting.type == "text":
        return str(raw).lower()
    many = setting.type == "numbers"
    numbers = [_number(item) for item in raw] if isinstance(raw, list) else [_number(raw)]
    if any(n is None for n in numbers) or many != isinstance(raw, list):
        said = "the setting must be a list of numbers" if many else "the setting must be a number"
        notes.add("E487", "error", said, file, column=where["column"], value=where["value"])
        return None
    if many:
        return numbers
    return int(numbers[0] or 0) if setting.type == "integer" else numbers[0]


def _boolean(raw: object, file: str, where: dict[str, str], notes: Notes) -> bool:
    if isinstance(raw, str):
        notes.mended("a text was read as true or false (the peer takes any text for true)", file, **where)
        return raw.strip().lower() in ("true", "yes", "on", "1")
    return bool(raw)


def _number(raw: object) -> float | None:
    if isinstance(raw, bool):
        return float(raw)
    return float(raw) if isinstance(raw, int | float) else number_of(str(raw))
