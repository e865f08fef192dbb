"""The world at a glance, and how good it has been."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forestall.cli.apps import app, score_app
from forestall.cli.common import AsOf, Out, records
from forestall.cli.layout import show_table
from forestall.cli.terminal import emit, say, terminal
from forestall.core.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

SHOWN = 20
MOST_YEARS = 30
SCORED = {
    "inside": "People newly displaced inside within the year; brier: 10,000 or more",
    "abroad": "People displaced abroad at the end of the year; brier: a rise by a fifth or more",
}


@app.command()
def world(
    as_of: AsOf = None,
    draws: Annotated[int, typer.Option("--draws", min=50, max=20_000, help="Sampled futures.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of all random streams.")] = 1,
    out: Out = None,
    rows: Annotated[int, typer.Option("--rows", min=1, help="Countries to show.")] = SHOWN,
) -> None:
    """Every country at a glance: odds, deaths, displacement; what rose most in a month comes first."""
    from zoneinfo import ZoneInfo

    from forestall.core.moments import parse_moment
    from forestall.outlook import dictionary, wide, world_table
    from forestall.outlook.table import NEWEST
    from forestall.outlook.writing import write_world

    if as_of is None:
        say(
            f"as of {NEWEST}, the newest moment that the deaths that come with Forestall reach; "
            "--as-of for another"
        )
    moment = parse_moment(as_of or NEWEST, ZoneInfo("UTC"))
    if moment > datetime.now(UTC):
        raise UsageError(f"--as-of {as_of}: that moment has not come yet")
    table = world_table(moment, draws=draws, seed=seed)
    known_to = table["data_to"][0]
    said = f"{table['iso3'].n_unique()} countries as of {moment:%Y-%m-%d}; deaths known to {known_to:%B %Y}"
    if out is not None:
        for path in write_world(table, Path(out)):
            say(str(path))
    if terminal().as_json:
        emit({"as_of": moment, "rows": records(table), "dictionary": records(dictionary())})
        return
    if out is None:
        show_table(records(_rounded(wide(table).head(rows))), said)
    say(f"{said}; one row is a country, quantity, horizon and quantile with --json or --out")


def _rounded(table: "pl.DataFrame") -> "pl.DataFrame":
    """Round people and deaths to whole ones, chances to whole per cent."""
    import polars as pl

    people = [name for name in table.columns if name.startswith(("deaths", "displaced", "inside", "abroad"))]
    chances = [name for name in table.columns if name.startswith(("p_", "change", "onset"))]
    return table.with_columns(pl.col(people).round(0).cast(pl.Int64), pl.col(chances).round(2))


@score_app.command("world")
def score_world(
    years: Annotated[
        str, typer.Option("--years", help="First and last year that is forecast.")
    ] = "2019:2024",
) -> None:
    """Score forecasts of people displaced within a year, made on the last day of the year before."""
    import polars as pl

    from forestall.outlook import score_displaced
    from forestall.outlook.odds import known_panel

    first, last = _years(years)
    countries = known_panel(datetime(last, 1, 1, tzinfo=UTC)).countries
    table = score_displaced(range(first, last + 1), countries)
    if not table.height:
        raise UsageError(f"--years {years}: nothing to score; figures of movement run from 2009 to 2024")
    scores = pl.col("log1p_crps", "brier", "covered", "covered_moving").mean()
    means = table.group_by("what", "known", "rule", "default", maintain_order=True).agg(
        pl.len().alias("years"), pl.col("countries").first(), scores
    )
    if terminal().as_json:
        emit({"by_year": records(table), "by_rule": records(means)})
        return
    for (what, known), group in means.group_by("what", "known", maintain_order=True):
        shown = group.sort("log1p_crps").select("rule", "log1p_crps", "brier", "covered", "default", "years")
        scored = pl.col("log1p_crps", "brier", "covered").round(4)
        show_table(records(shown.with_columns(scored)), f"{SCORED[str(what)]}; {known}")


def _years(text: str) -> tuple[int, int]:
    """Read two years.

    Examples
    --------
    >>> _years("2019:2024")
    (2019, 2024)
    """
    first, _, last = text.partition(":")
    if not (first.isdigit() and last.isdigit() and 0 <= int(last) - int(first) <= MOST_YEARS):
        raise UsageError(f"--years {text!r}: expected two years, for example 2019:2024")
    return int(first), int(last)
