"""Options of the warning."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from forestall.core.errors import UsageError
from forestall.core.units import parse_duration
from forestall.options.names import known_name, model_names
from forestall.schema.conventions import EVENT_DEATHS

DEFAULT_MODEL = "pool"
"""The fitted model that ships with the package: a linear pool of two methods."""
ALIASES = {"default": DEFAULT_MODEL}
"""Other names that a model may be asked for by."""


class WarnOptions(BaseModel):
    """What the warning is asked for; unknown keys are refused.

    ``horizon`` may be given instead of ``horizon_months``, as text with its unit.

    Examples
    --------
    >>> WarnOptions(horizon="6 months").horizon_months
    6
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    horizon_months: Annotated[
        int, Field(ge=1, le=36, description="months ahead, counted from the moment")
    ] = 12
    model: Annotated[
        str,
        Field(description="name of a model; all but `pool` are baselines; `default` is an alias of `pool`"),
    ] = DEFAULT_MODEL
    draws: Annotated[int, Field(ge=1, le=100_000, description="sampled futures")] = 1000
    seed: Annotated[int, Field(ge=0, description="seed of all random streams")] = 1
    event_deaths: Annotated[
        int, Field(ge=1, description="deaths in a month from which it counts as an event")
    ] = EVENT_DEATHS
    countries: Annotated[
        tuple[str, ...], Field(description="ISO3 codes to warn for; empty = those of the crisis")
    ] = ()
    odds_months: Annotated[tuple[int, ...], Field(description="windows of the summary odds, in months")] = (
        1,
        3,
        6,
        12,
    )

    @field_validator("model")
    @classmethod
    def _is_a_model(cls, name: str) -> str:
        name = ALIASES.get(name, name)
        return name if name == DEFAULT_MODEL else known_name(name, "model", model_names())

    @model_validator(mode="before")
    @classmethod
    def _horizon_in_words(cls, given: Any) -> Any:
        """Read a horizon such as "6 months" or "2 years"."""
        if not isinstance(given, dict) or "horizon" not in given:
            return given
        rest = {name: value for name, value in given.items() if name != "horizon"}
        try:
            months = parse_duration(str(given["horizon"])).months
        except UsageError as error:
            raise ValueError(str(error)) from error
        if not months:
            raise ValueError(
                f"horizon {given['horizon']!r} is not in months or years; expected for example '6 months'"
            )
        return {**rest, "horizon_months": months}
