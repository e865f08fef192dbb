"""Options of the warning."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class WarnOptions(BaseModel):
    """What the warning is asked for; unknown keys are refused.

    Examples
    --------
    >>> WarnOptions(horizon_months=3).draws
    1000
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    horizon_months: Annotated[
        int, Field(ge=1, le=36, description="months ahead, counted from the moment")
    ] = 12
    model: Annotated[str, Field(description="a name of `forestall.warning.MODEL_NAMES`")] = "default"
    draws: Annotated[int, Field(ge=1, le=100_000, description="sampled futures")] = 1000
    seed: Annotated[int, Field(ge=0, description="seed of all random streams")] = 1
    event_deaths: Annotated[
        int, Field(ge=1, description="deaths in a month from which it counts as an event")
    ] = 25
    countries: Annotated[
        tuple[str, ...], Field(description="ISO3 codes to warn for; empty = those of the crisis")
    ] = ()
    odds_months: Annotated[tuple[int, ...], Field(description="windows of the summary odds, in months")] = (
        1,
        3,
        6,
        12,
    )
