"""Options of alerts: when one is staged, who may release it, and where it goes then."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class AlertOptions(BaseModel):
    """When an alert is staged, who releases it, where it goes; unknown keys are refused.

    Examples
    --------
    >>> AlertOptions(odds=0.6).odds
    0.6
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    odds: Annotated[
        float, Field(gt=0, le=1, description="odds of an event from which an alert is staged, 0-1")
    ] = 0.5
    within_months: Annotated[
        Literal[1, 3, 6, 12], Field(description="months ahead that the odds are about")
    ] = 3
    change: Annotated[
        float,
        Field(gt=0, le=1, description="rise of the odds since the last watch that stages an alert, 0-1"),
    ] = 0.2
    new_people: Annotated[
        int, Field(ge=1, description="people counted more than at the last watch that stage an alert")
    ] = 1000
    triggers: Annotated[bool, Field(description="whether a trigger that has activated stages an alert")] = (
        True
    )
    call_off: Annotated[
        float,
        Field(ge=0, lt=1, description="odds below which an alert on odds is proposed to be called off, 0-1"),
    ] = 0.25
    releasers: Annotated[
        dict[str, str],
        Field(description="people who may release, each with the hash that `forestall alert releaser` gives"),
    ] = {}
    status: Annotated[
        Literal["Actual", "Exercise", "Test"],
        Field(description="status in CAP 1.2: an exercise says that it is one"),
    ] = "Actual"
    scope: Annotated[
        Literal["Public", "Restricted"],
        Field(description="scope in CAP 1.2; restricted unless people decide else"),
    ] = "Restricted"
    sender: Annotated[str, Field(description="address of the sender, as in ew@example.org")] = ""
    atom: Annotated[
        str, Field(description="file of the Atom feed, seen from the crisis folder; empty = none")
    ] = ""
    cap: Annotated[
        str, Field(description="folder of CAP 1.2 files, seen from the crisis folder; empty = none")
    ] = ""
    webhook: Annotated[str, Field(description="address told by a signed POST; empty = none")] = ""
    smtp: Annotated[str, Field(description="mail server, smtp://host:port or smtps://host; empty = none")] = (
        ""
    )
    mail_to: Annotated[tuple[str, ...], Field(description="who is told by e-mail")] = ()
