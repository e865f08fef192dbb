"""Options of the record."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class RecordOptions(BaseModel):
    """What the record is asked for; unknown keys are refused.

    Examples
    --------
    >>> RecordOptions(sources=["ucdp", "unhcr"]).sources
    ('ucdp', 'unhcr')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: Annotated[
        tuple[str, ...],
        Field(description="sources read from the store as of the moment; of one event, the first counts"),
    ] = ()
    store: Annotated[
        str,
        Field(
            description="DuckDB file, seen from the crisis folder, or postgresql://user@host/name; "
            "empty = FORESTALL_STORE, else forestall.duckdb in the working folder"
        ),
    ] = ""
    release_months: Annotated[
        int,
        Field(ge=0, le=24, description="whole months that monthly deaths may lag before a gap is listed"),
    ] = 1
    draws: Annotated[int, Field(ge=1, le=100_000, description="draws; the record draws nothing")] = 1000
    seed: Annotated[int, Field(ge=0, description="seed; the record draws nothing")] = 1
