"""Options of the check of claims."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ClaimsOptions(BaseModel):
    """Limits of a query, and the one tolerance for every voice; unknown keys are refused.

    Examples
    --------
    >>> ClaimsOptions().seconds
    5.0
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: Annotated[float, Field(gt=0, le=600, description="time a query may take")] = 5.0
    all_seconds: Annotated[float, Field(gt=0, le=36_000, description="time all queries may take")] = 60.0
    rows: Annotated[int, Field(ge=1, le=10_000, description="rows a query may return")] = 200
    memory_mb: Annotated[int, Field(ge=64, le=16_384, description="memory of the database")] = 256
    answer: Annotated[int, Field(ge=100, le=10_000_000, description="characters an answer may have")] = 50_000
    characters: Annotated[int, Field(ge=1, le=20_000, description="length of a query")] = 4000
    tolerance: Annotated[
        float, Field(ge=0, le=1, description="how far off a claimed figure may be, as a share of it")
    ] = 0.1
    tolerance_days: Annotated[
        int, Field(ge=0, le=366, description="how many days off a claimed day may be")
    ] = 1
