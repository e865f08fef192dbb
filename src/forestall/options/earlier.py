"""Options of the question what earlier action would have averted."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from forestall.options.money import usd


class TriggerDate(BaseModel):
    """A date on which supplies would have been ordered, and the rule behind it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(description="what the date is called")]
    ordered: Annotated[date, Field(description="day of the order")]
    rule: Annotated[str | None, Field(description="trigger behind the date, as in triggers.csv")] = None


class EarlierOptions(BaseModel):
    """The section ``[earlier]`` of crisis.toml; unknown keys are refused.

    Examples
    --------
    >>> EarlierOptions(budget="2 MUSD").lead_spread
    0.5
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    evaluate_at: Annotated[
        str | datetime | date | None,
        Field(description="moment whose forecast of displacement all dates share"),
    ] = None
    budget: Annotated[str, Field(description="money of the order")] = "5 MUSD"
    lead_spread: Annotated[
        float,
        Field(
            ge=0, lt=1, description="lead times are drawn evenly from 1 - this to 1 + this of the lead time"
        ),
    ] = 0.5
    reference: Annotated[str, Field(description="name of the date compared with; empty = the latest")] = ""
    record_from: Annotated[int | None, Field(description="first year in which activations are counted")] = (
        None
    )
    record_to: Annotated[int | None, Field(description="last year in which activations are counted")] = None
    dates: Annotated[
        tuple[TriggerDate, ...],
        Field(description="dates of order, each with name, ordered and rule; none = the last activations"),
    ] = ()

    @field_validator("budget")
    @classmethod
    def _is_amount(cls, text: str) -> str:
        return usd(text)
