"""Displaced people by area, month by month."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.apps import score_app
from forestall.cli.common import records
from forestall.cli.layout import show_table
from forestall.cli.terminal import emit, say, terminal
from forestall.core.errors import UsageError

ROUNDED = 4


@score_app.command("stocks")
def score_stocks(
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV file with day, area and people.")],
    area: Annotated[str | None, typer.Option("--area", help="Column of the area, if not known.")] = None,
    people: Annotated[str | None, typer.Option("--people", help="Column of people, if not known.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Day from which forecasts are judged; earlier ones teach.")
    ] = None,
) -> None:
    """Score displaced people by area one to six months ahead, by the change, beside simple rules."""
    import polars as pl

    from forestall.displacement.stocks import months_ahead
    from forestall.evaluation.stocks import read_stocks
    from forestall.evaluation.stocks import score_stocks as scores_of

    rounds = read_stocks(Path(file), area=area, people=people)
    table = scores_of(rounds, _day(since))
    if not table.height:
        raise UsageError(
            f"{file}: {len(rounds.days)} rounds are too few to judge a forecast by; expected ten or so, "
            "a month or two apart"
        )
    if terminal().as_json:
        emit({"areas": len(rounds.areas), "scores": records(table), "ahead": months_ahead(rounds)})
        return
    shown = table.with_columns(pl.col(pl.Float64).round(ROUNDED))
    title = f"{len(rounds.areas)} areas, {len(rounds.days)} rounds"
    show_table(records(shown), title, ("months", "rule", "error", "brier", "covered"))
    say("error: of the change, over people counted at the end; brier: a rise by more than 1,200")


def _day(text: str | None) -> date | None:
    """Return a day.

    Examples
    --------
    >>> _day("2021-01-01")
    datetime.date(2021, 1, 1)
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--since {text!r}: expected a day, for example 2021-01-01") from error
