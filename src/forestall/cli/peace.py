"""Would it last: the odds that endings hold, and how good such odds have been."""

from typing import TYPE_CHECKING

from forestall.cli.apps import app, score_app
from forestall.cli.common import AsOf, CrisisArgument, Draws, Seed, records
from forestall.cli.layout import wrapped
from forestall.cli.terminal import answer, emit, say, terminal

if TYPE_CHECKING:
    import polars as pl

NO_SPENDING = (
    "indicators.csv has no series `military expenditure` of ten years for two parties; SIPRI has one "
    "for most states (milex.sipri.org)"
)
NO_CAUSE = "Association, never cause: peacekeepers and guarantors come to hard cases."


@app.command()
def peace(
    crisis: CrisisArgument,
    as_of: AsOf = None,
    draws: Draws = None,
    seed: Seed = None,
) -> None:
    """Show whether ceasefires and agreements would hold, with the nearest real cases."""
    from forestall.crisis import open_crisis
    from forestall.peace.holding import peace_tables

    opened = open_crisis(crisis)
    known = opened.at(as_of or opened.settings.as_of or opened.settings.period.end)
    tables = peace_tables(known, draws=draws or 1000, seed=seed or opened.settings.seed)
    if terminal().as_json:
        emit({"as_of": known.moment, "note": NO_CAUSE} | {n: records(t) for n, t in tables.items()})
    else:
        _show(tables)


def _show(tables: "dict[str, pl.DataFrame]") -> None:
    """Print each ending with its odds, its nearest cases and what it lacks."""
    for (ending,), odds in tables["peace_odds"].group_by("ending", maintain_order=True):
        first = odds.row(0, named=True)
        answer(
            f"\n{first['title']} ({first['date']}, {first['kind']}; held {first['held_for']} years so far)"
        )
        for row in odds.iter_rows(named=True):
            answer(f"  {_odds(row)}{row['says']}")
        for row in tables["peace_cases"].filter(ending=ending).head(3).iter_rows(named=True):
            answer(f"  near: {row['sides']}, {row['date'].year}: {row['says']}")
    _show_deals(tables["peace_bargaining"])
    say(NO_CAUSE)


def _show_deals(table: "pl.DataFrame") -> None:
    """Print the window of deals of the first and the last year, and what would widen it."""
    answer("\nWhat deal could hold")
    if not table.height:
        answer(wrapped("  not assessed:", NO_SPENDING))
        return
    bare = table.filter(provision="none").sort("year")
    for row in (bare.row(0, named=True), bare.row(-1, named=True)):
        answer(wrapped(f"  {row['year']}", row["says"]))
    last = table.filter(table["year"] == bare["year"][-1])
    wider = [f"{r['provision']} {r['width']:.0%}" for r in last.iter_rows(named=True)]
    answer(wrapped("  range by what a deal holds:", ", ".join(wider)))


def _odds(row: dict[str, object]) -> str:
    """Return odds with their interval, or nothing where there are none."""
    if row["holds"] is None:
        return ""
    return f"{row['years']} years: {row['holds']:.0%} ({row['low']:.0%} to {row['high']:.0%}); "


@score_app.command("peace")
def score_peace_command(seed: Seed = None) -> None:
    """Score the odds of holding out of time: fitted to 2005, judged on 2006-2020."""
    from forestall.evaluation.peace import score_peace

    table = score_peace(seed=seed or 1)
    if terminal().as_json:
        emit({"peace": records(table)})
        return
    answer("years cases held  Brier  rate by kind  placebo  gain (90 %)            slope")
    for row in table.iter_rows(named=True):
        answer(
            f"{row['years']:>5} {row['cases']:>5} {row['held']:>4.0%} {row['brier']:>6.3f} "
            f"{row['brier_rate']:>13.3f} {row['brier_placebo']:>8.3f}  "
            f"{row['gain']:+.4f} ({row['gain_low']:+.4f} to {row['gain_high']:+.4f}) {row['slope']:>5.2f}"
        )
