"""Options of the brief: what may be shown to whom, and how much of it."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field


class ReportOptions(BaseModel):
    """Options of the brief, the section ``[report]`` of crisis.toml.

    Parameters
    ----------
    public_detail : bool
        Show detail below the first admin level (routes, queues, sites). It takes effect only where all
        that the results speak of lies over a year back.
    timeline_days_before : int
        Days before the first public warning from which the timeline is drawn.
    replay_by : date or datetime, optional
        Moment at which a replay is compared with what was counted; the last count within the horizon
        where it is not given.
    headline_item : str
        Item of the standards whose gap stands at the head of the page.
    rows_shown : int
        Longest table shown in full; longer ones are cut and say so.

    Examples
    --------
    >>> ReportOptions().public_detail
    False
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    public_detail: bool = False
    timeline_days_before: int = Field(default=30, ge=0)
    replay_by: date | datetime | None = None
    headline_item: str = "covered living space"
    rows_shown: int = Field(default=200, ge=1)
