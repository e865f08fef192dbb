"""What people choose for a crisis, by hand, in crisis.toml."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from forestall.core.errors import CrisisError, Finding, UsageError
from forestall.core.files import write_atomic
from forestall.core.moments import parse_zone
from forestall.options.faults import FILE, option_findings
from forestall.options.plan import MODELS

SECTIONS = tuple(MODELS)


class Period(BaseModel):
    """First and last day the crisis folder speaks of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: date
    end: date


class Settings(BaseModel):
    """Title, countries, zone, period and the options of each stage.

    Examples
    --------
    >>> period = {"start": "2020-01-01", "end": "2020-12-31"}
    >>> Settings(title="A", iso3=("AZE",), period=period).seed
    1
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1, description="Title, with both names where two are in use")
    iso3: tuple[str, ...] = Field(description="ISO 3166-1 alpha-3 codes of the countries under watch")
    zone: str = Field("UTC", description="IANA time zone of the crisis")
    period: Period = Field(description="First and last day")
    step: str = Field("1 hour", description="Time step of displace")
    seed: int = Field(1, ge=0, description="Seed of all random streams")
    draws: int = Field(1000, ge=1, le=100_000, description="Draws")
    as_of: str | None = Field(None, description="Moment of knowledge where none is asked for")
    options: dict[str, dict[str, Any]] = Field(default_factory=dict, description="One section per stage")

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            return parse_zone(value).key
        except UsageError as error:
            raise ValueError(str(error)) from error

    @property
    def zone_info(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.zone)


def read_settings(path: Path) -> Settings:
    """Read crisis.toml.

    Raises
    ------
    CrisisError
        With a finding for every key that is unknown, missing or of the wrong type.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError as error:
        message = "crisis.toml is nested too deeply"
        raise CrisisError([Finding("E113", "error", message, table=FILE)]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CrisisError(
            [Finding("E113", "error", "crisis.toml is not valid TOML", table=FILE, value=str(error))]
        ) from error
    options = {name: data.pop(name) for name in SECTIONS if isinstance(data.get(name), dict)}
    try:
        return Settings(**data, options=options)
    except (ValidationError, TypeError) as error:
        raise CrisisError(_findings(error)) from error


def _findings(error: ValidationError | TypeError) -> list[Finding]:
    """Return a finding per fault of the settings."""
    if isinstance(error, TypeError):
        return [
            Finding(
                "E111", "error", "crisis.toml holds a key that is not allowed", table=FILE, value=str(error)
            )
        ]
    return option_findings(error, Settings, unknown="unknown key in crisis.toml", more=SECTIONS)


def write_settings(settings: Settings, path: Path) -> None:
    """Write crisis.toml, atomically."""
    lines = [
        f"{key} = {toml_text(value)}"
        for key, value in settings.model_dump().items()
        if key not in ("options", "period") and value is not None
    ]
    start, end = toml_text(settings.period.start), toml_text(settings.period.end)
    lines.append(f"period = {{ start = {start}, end = {end} }}")
    for section, options in settings.options.items():
        lines += _section(section, options)
    write_atomic(path, "\n".join(lines) + "\n")


def _section(name: str, options: dict[str, Any]) -> list[str]:
    """Return one section, its nested tables after its own keys."""
    flat = {key: value for key, value in options.items() if not isinstance(value, dict)}
    lines = ["", f"[{name}]", *(f"{_key(key)} = {toml_text(value)}" for key, value in flat.items())]
    for key, value in options.items():
        if isinstance(value, dict):
            lines += _section(f"{name}.{_key(key)}", value)
    return lines


def _key(key: str) -> str:
    """Return a TOML key, quoted where it must be."""
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else toml_text(key)


def toml_text(value: object) -> str:
    """Return a value as TOML.

    Examples
    --------
    >>> toml_text(["a", True])
    '["a", true]'
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = (
            value.replace("\\", "\\\\")
            .replace('"', '\\"')
            .replace("\n", "\\n")
            .replace("\r", "\\r")
            .replace("\t", "\\t")
        )
        return f'"{escaped}"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_text(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {toml_text(v)}" for k, v in value.items()) + " }"
    return value.isoformat() if isinstance(value, date) else repr(value)
