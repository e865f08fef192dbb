"""Options of the brief: what may be shown to whom, and how much of it."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ReportOptions(BaseModel):
    """Options of the brief, the section ``[report]`` of crisis.toml.

    Examples
    --------
    >>> ReportOptions().public_detail
    False
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    public_detail: Annotated[
        bool,
        Field(
            description="show detail below the first admin level (routes, queues, sites); it takes effect "
            "only where all that the results speak of lies over a year back"
        ),
    ] = False
    timeline_days_before: Annotated[
        int, Field(ge=0, description="days before the first public warning from which the timeline is drawn")
    ] = 30
    replay_by: Annotated[
        date | datetime | None,
        Field(
            description="moment at which a replay is compared with what was counted; empty = the last count "
            "within the horizon"
        ),
    ] = None
    replays: Annotated[
        tuple[datetime, ...],
        Field(description="moments at which replays are judged; empty = spread over the counts"),
    ] = ()
    replay_days: Annotated[
        float, Field(gt=0, description="days after each moment over which a replay is judged")
    ] = 14.0
    headline_item: Annotated[
        str, Field(description="item of the standards whose gap stands at the head of the page")
    ] = "covered living space"
    rows_shown: Annotated[
        int, Field(ge=1, description="longest table shown in full; longer ones are cut and say so")
    ] = 200
