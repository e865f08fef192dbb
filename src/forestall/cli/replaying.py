"""Replays judged against what was counted later."""

from datetime import datetime
from typing import Annotated, Any

import typer

from forestall.cli.apps import score_app
from forestall.cli.common import CrisisArgument
from forestall.cli.layout import show_table
from forestall.cli.terminal import emit, say, terminal, told


@score_app.command("replay")
def score_replay(
    crisis: CrisisArgument,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", help="Moment of a replay, several times; else those of crisis.toml."),
    ] = None,
    days: Annotated[float | None, typer.Option("--days", min=0.1, help="Days ahead that are judged.")] = None,
    draws: Annotated[int, typer.Option("--draws", min=20, max=10_000, help="Draws of each replay.")] = 300,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of all random streams.")] = 1,
) -> None:
    """Judge the replays of a crisis against what was counted later, beside simple rules."""
    from forestall.core.moments import parse_moment
    from forestall.crisis import open_crisis
    from forestall.evaluation import replay

    opened = open_crisis(crisis)
    moments: list[datetime] | None = [parse_moment(text, opened.zone) for text in at] if at else None

    def started(moment: str) -> None:
        told(f"replay of {moment}", replay=moment)

    result = replay.score_replay(opened, moments=moments, days=days, draws=draws, seed=seed, progress=started)
    if terminal().as_json:
        emit(result)
        return
    for moment in result["moments"]:
        show_table([_row(row) for row in moment["places"]], f"Known at {moment['moment']}: people so far")
        if moment["worlds"]:
            names = ("world", "q05", "median", "q95", "count", "holds")
            show_table(
                [{name: world[name] for name in names} for world in moment["worlds"]],
                "Total at the last count, by world",
            )
        if moment["destinations"]:
            show_table(_destinations(moment["destinations"]), "Where those counted next went: shares of all")
    say(result["verdict"])


def _destinations(judged: dict[str, Any]) -> list[dict[str, Any]]:
    """Return shares of each place as counted and by each rule, and the share put at the wrong place."""
    rows = [
        {"place": place, "counted": judged["counted"][i]}
        | {rule: share[i] for rule, share in judged["shares"].items()}
        for i, place in enumerate(judged["places"])
    ]
    return [*rows, {"place": "at the wrong place", "counted": 0.0, **judged["misplaced"]}]


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a place's scores as one row of a table."""
    rules = {f"error: {name}": value for name, value in row["rules"].items()}
    names = ("place", "what", "q05", "median", "q95", "count", "counts", "inside", "crps")
    return {**{name: row[name] for name in names}, **rules}
