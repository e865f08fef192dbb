"""Options of the stage displace."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from forestall.core.sizes import bytes_of
from forestall.core.units import parse_duration
from forestall.engines import RULES
from forestall.options.flee import FleeSettings
from forestall.options.names import known_name, parameter_names

MOST_DAYS = 1827
"""Longest horizon: five years."""


class DisplaceOptions(BaseModel):
    """What the displacement is asked for; unknown keys are refused.

    Durations are text with a unit, such as ``"6 months"``.

    Examples
    --------
    >>> DisplaceOptions(horizon="90 days").draws
    1000
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: Annotated[
        str,
        Field(description="rules that people move by: forestall, flee-3, flee-3-intended, flee-3+DEFECT"),
    ] = "forestall"
    draws: Annotated[int, Field(ge=1, le=1_000_000, description="sampled futures")] = 1000
    seed: Annotated[int, Field(ge=0, description="seed of all random streams")] = 1
    horizon: Annotated[str, Field(description="how far ahead of the moment")] = "6 months"
    planning_window: Annotated[
        str, Field(description="planning figures are for so long after it begins, or after the moment")
    ] = "30 days"
    hourly_for: Annotated[
        str, Field(description="hourly steps for so long after the onset, then daily ones")
    ] = "14 days"
    step: Annotated[
        Literal["hour", "day"], Field(description="length of the steps; hour turns to day after hourly_for")
    ] = "hour"
    reception: Annotated[
        tuple[str, ...],
        Field(description="places of first reception; empty = counted_at, else sites, else host places"),
    ] = ()
    counted_at: Annotated[str, Field(description="place where people are counted on arrival")] = ""
    routes: Annotated[int, Field(ge=1, le=20, description="cheapest routes that people choose between")] = 3
    detailed_routes_up_to: Annotated[
        int,
        Field(
            ge=0, description="places up to which all k cheapest routes are found, else the k cheapest sites"
        ),
    ] = 2000
    ongoing_within: Annotated[
        str,
        Field(
            description="longest time between violence, people counted as they flee, and the moment in one "
            "flight; how far back control counts as lately lost"
        ),
    ] = "45 days"
    control_words: Annotated[
        tuple[str, ...],
        Field(description="words by which a ceasefire or agreement says that holders give up control"),
    ] = ("disarm", "disband", "surrender", "capitulate", "hand over", "withdraw")
    recent_closure: Annotated[
        str,
        Field(description="a corridor closed for no longer than that may open again for people who leave"),
    ] = "12 months"
    recent_estimates: Annotated[
        str, Field(description="age at which an estimate of population counts half as much")
    ] = "2 years"
    announced_end_window: Annotated[
        str, Field(description="so long before an announced closure people hurry")
    ] = "72 hours"
    walking_km_per_hour: Annotated[float, Field(gt=0, le=10, description="walking speed")] = 4.0
    walking_hours_at_most: Annotated[
        float, Field(ge=0, description="longer ways are not walked: people without a vehicle are taken along")
    ] = 12.0
    assimilate: Annotated[bool, Field(description="fit the draws to the counts known by the moment")] = True
    particles: Annotated[
        int,
        Field(
            ge=50, le=100_000, description="futures that are fitted to the counts; draws are taken from them"
        ),
    ] = 4000
    fixed: Annotated[
        dict[str, float], Field(description="parameters of priors.csv that are set instead of drawn")
    ] = {}
    memory: Annotated[
        str, Field(description="memory of the movement, such as 4GB; empty = four fifths of what is free")
    ] = ""
    workers: Annotated[int, Field(ge=0, le=256, description="threads; 0 = one per core")] = 0
    flee: Annotated[
        FleeSettings, Field(description="settings of an imported instance, for the flee rules only")
    ] = FleeSettings()

    @field_validator("fixed")
    @classmethod
    def _are_parameters(cls, values: dict[str, float]) -> dict[str, float]:
        for name in values:
            known_name(name, "parameter", parameter_names())
        return values

    @field_validator("rules")
    @classmethod
    def _is_known(cls, text: str) -> str:
        known_name(text.partition("+")[0], "rules", RULES)
        return text

    @field_validator("memory")
    @classmethod
    def _is_a_size(cls, text: str) -> str:
        if text:
            bytes_of(text)
        return text

    @field_validator("horizon")
    @classmethod
    def _is_near(cls, text: str) -> str:
        if parse_duration(text).days > MOST_DAYS:
            raise ValueError(f"a horizon is at most {MOST_DAYS} days")
        return text

    @field_validator(
        "horizon",
        "hourly_for",
        "planning_window",
        "ongoing_within",
        "recent_closure",
        "recent_estimates",
        "announced_end_window",
    )
    @classmethod
    def _is_duration(cls, text: str) -> str:
        if parse_duration(text).days < 0:
            raise ValueError("a duration must not be negative")
        return text
