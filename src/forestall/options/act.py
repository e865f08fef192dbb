"""Options of the stage act."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from forestall.core.units import parse_duration
from forestall.schema.conventions import EVENT_DEATHS


class ActOptions(BaseModel):
    """What the stage act is asked for; unknown keys are refused.

    Examples
    --------
    >>> ActOptions(warning_events=("E12",)).warning_within
    '12 months'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: Annotated[int, Field(ge=0, description="seed of all random streams")] = 1
    draws: Annotated[int, Field(ge=1, le=100_000, description="draws of weights and shares")] = 1000
    warning_events: Annotated[
        tuple[str, ...],
        Field(
            description="events that count as first public warning, one for each episode; empty = by the rule"
        ),
    ] = ()
    warning_kinds: Annotated[
        tuple[str, ...], Field(description="rule: kinds of event that warn when they are acts of conflict")
    ] = ("closure", "posture")
    warning_within: Annotated[str, Field(description="how long before the moment a warning may lie")] = (
        "12 months"
    )
    warning_quiet: Annotated[
        str, Field(description="rule: time without such an event after which the next opens an episode")
    ] = "90 days"
    answering_kinds: Annotated[
        tuple[str, ...], Field(description="kinds of deed that answer a warning; an exercise or arms do not")
    ] = ("access", "agreement", "aid", "ceasefire", "court", "mediation", "mission", "sanction")
    observation_kinds: Annotated[
        tuple[str, ...], Field(description="kinds that tell what happened to people; not acts of anybody")
    ] = ("supplies", "displacement", "return")
    year: Annotated[int | None, Field(description="year of the ties; empty = every year with a tie")] = None
    ranked_unknown: Annotated[
        float, Field(ge=0, le=1, description="an actor with a larger share of unknown ties is not ranked")
    ] = 0.3
    share_error: Annotated[
        dict[Literal["high", "medium", "low"], Annotated[float, Field(ge=0, le=1)]],
        Field(description="relative error of a share without low and high figure, by confidence"),
    ] = {"high": 0.02, "medium": 0.1, "low": 0.3}
    lever_share: Annotated[
        float, Field(ge=0, le=1, description="share from which a tie counts as a lever that the actor had")
    ] = 0.05
    lever_years: Annotated[
        int, Field(ge=0, description="years back to which a tie still counts as a lever")
    ] = 5
    violence_deaths: Annotated[
        int, Field(ge=1, description="deaths from which violence counts as a return to violence")
    ] = EVENT_DEATHS
    quiet: Annotated[
        str, Field(description="time without such violence after which it counts as a return")
    ] = "30 days"

    @field_validator("warning_within", "warning_quiet", "quiet")
    @classmethod
    def _is_duration(cls, text: str) -> str:
        """Refuse a text that is no duration."""
        parse_duration(text)
        return text
