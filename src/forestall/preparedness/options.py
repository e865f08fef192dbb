"""Options of the stage prepare."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from forestall.core.units import parse_amount, parse_duration

Fraction = Annotated[float, Field(ge=0, le=1)]


class PrepareOptions(BaseModel):
    """What the stage prepare is asked for; unknown keys are refused.

    Examples
    --------
    >>> PrepareOptions(budget="5 MUSD").central_quantile
    0.5
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: Annotated[int, Field(ge=0, description="seed of all random streams")] = 1
    draws: Annotated[int, Field(ge=1, le=100_000, description="draws to use, at most those of displace")] = (
        1000
    )
    horizon: Annotated[str, Field(description="days of needs after the moment, for example '30 days'")] = (
        "30 days"
    )
    acute: Annotated[str, Field(description="length of the acute phase after the moment")] = "14 days"
    climate: Annotated[
        Literal["auto", "cold", "temperate", "hot", "any"],
        Field(description="climate of the standards; auto = by month and latitude"),
    ] = "auto"
    quantiles: Annotated[tuple[Fraction, ...], Field(description="quantiles of needs and gaps")] = (
        0.05,
        0.25,
        0.5,
        0.75,
        0.95,
    )
    best_quantile: Annotated[float, Field(ge=0, le=1, description="quantile of the best figure")] = 0.05
    central_quantile: Annotated[float, Field(ge=0, le=1, description="quantile of the central figure")] = 0.5
    worst_quantile: Annotated[
        float, Field(ge=0, le=1, description="quantile of the reasonable worst figure")
    ] = 0.95
    household_size: Annotated[
        float, Field(gt=0, description="people per household where the tables do not say")
    ] = 4.0
    hosts_per_arrival: Annotated[
        float, Field(ge=0, description="host community members counted per person arrived, an assumption")
    ] = 0.43
    budget: Annotated[
        str | None,
        Field(description="money for supplies placed before, for example '5 MUSD'; none = no plan"),
    ] = None

    @field_validator("horizon", "acute")
    @classmethod
    def _is_duration(cls, text: str) -> str:
        parse_duration(text)
        return text

    @field_validator("budget")
    @classmethod
    def _is_amount(cls, text: str | None) -> str | None:
        if text is not None:
            parse_amount(text)
        return text
