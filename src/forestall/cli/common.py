"""Arguments and options that several commands share."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import polars as pl

CrisisArgument = Annotated[
    str, typer.Argument(metavar="CRISIS", help="Folder of a crisis, or the name of a shipped one.")
]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Folder of a run.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", help="Moment of knowledge: 2023-09-19 (end of that day) or 2023-09-25T20:00+04:00."
    ),
]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Seed of all random streams.")]
Draws = Annotated[int | None, typer.Option("--draws", min=1, max=100_000, help="Number of draws.")]
Out = Annotated[str | None, typer.Option("--out", help="Folder to write.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Drop figures of which only a later vintage is at hand.")
]

Memory = Annotated[
    str | None,
    typer.Option("--memory", help="Memory the movement may take, such as 4GB; else a part of what is free."),
]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many draws, from which seed; what is not given is taken from the crisis."""

    draws: Draws = None
    seed: Seed = None


@dataclass(frozen=True, slots=True)
class Replay:
    """At which moment the chain runs, with which draws, and where the run goes."""

    as_of: AsOf = None
    draws: Draws = None
    seed: Seed = None
    out: Out = None
    strict: Strict = False


def records(table: "pl.DataFrame") -> list[dict[str, Any]]:
    """Return a table as a list of rows."""
    return table.to_dicts()


def spread(table: "pl.DataFrame", keys: list[str], value: str) -> "pl.DataFrame":
    """Return quantiles in rows as columns: low, median, high."""
    import polars as pl

    ends = {"low": table["quantile"].min(), "median": 0.5, "high": table["quantile"].max()}
    columns = [
        pl.col(value).filter((pl.col("quantile") - end).abs() < 1e-9).first().alias(name)
        for name, end in ends.items()
    ]
    return table.group_by(keys, maintain_order=True).agg(columns)
