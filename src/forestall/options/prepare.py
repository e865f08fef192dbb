"""Options of the stage prepare."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from forestall.core.units import parse_duration
from forestall.options.money import usd
from forestall.schema.conventions import QUANTILES

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
    quantiles: Annotated[tuple[Fraction, ...], Field(description="quantiles of needs and gaps")] = QUANTILES
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
    lead_time: Annotated[str, Field(description="from order until supplies are in the warehouse")] = "14 days"
    dispatch: Annotated[str, Field(description="from need until lorries leave the warehouse")] = "24 hours"
    plan_draws: Annotated[int, Field(ge=2, le=2000, description="draws the plan is made for")] = 200
    tail_weight: Annotated[
        float, Field(ge=0, le=1, description="weight of the worst draws in the plan; 0 = the mean alone")
    ] = 0.5
    tail: Annotated[float, Field(gt=0, lt=1, description="worst draws: those above this level of loss")] = 0.9
    lorries_per_day: Annotated[
        float, Field(gt=0, description="relief lorries a corridor takes in a day, an assumption")
    ] = 30.0
    lorry_tonnes: Annotated[float, Field(gt=0, description="tonnes on a lorry, an assumption")] = 10.0
    serve_at_least: Annotated[
        float | None, Field(ge=0, le=1, description="share of unmet need the plan must avert on average")
    ] = None
    no_regret_share: Annotated[
        float, Field(gt=0, le=1, description="share of draws in which supplies must be used to be no-regret")
    ] = 0.8
    closure_horizon: Annotated[
        str, Field(description="days after the moment for which stocks inside a closed area are run down")
    ] = "90 days"
    shortage_topics: Annotated[
        tuple[str, ...], Field(description="topics of the table access that report shortages")
    ] = ("food", "fuel", "energy", "rationing", "medical", "health", "price")
    plan_seconds: Annotated[
        float, Field(gt=0, description="time after which the best plan so far is taken; the table says so")
    ] = 600.0
    plan_work: Annotated[
        int, Field(gt=0, description="iterations after which the best plan so far is taken, on every machine")
    ] = 1_000_000

    @field_validator("horizon", "acute", "lead_time", "dispatch", "closure_horizon")
    @classmethod
    def _is_duration(cls, text: str) -> str:
        parse_duration(text)
        return text

    @field_validator("budget")
    @classmethod
    def _is_amount(cls, text: str | None) -> str | None:
        return None if text is None else usd(text)
