"""The demonstration: the world, a country built from nothing, and the shipped crises replayed."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forestall.cli.apps import app
from forestall.cli.chain import run_chain
from forestall.cli.common import Replay, Sampling, records
from forestall.cli.layout import show_table
from forestall.cli.terminal import answer, emit, say, terminal

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis
    from forestall.runs import Run

REPLAYED = {
    "karabakh-2023": ("2022-12-13", "2023-09-19T20:00+04:00", "2023-09-25T20:00+04:00"),
    "ukraine-2022": ("2022-03-14",),
}
"""Moments of the shipped crises, the first of which is set beside what happened in a picture."""
PICTURED = "karabakh-2023"
COUNTRY_DRAWS = 200
SHOWN = 5
FIRST = ("as of", "median", "90 % band", "counted")


@app.command()
def demo(
    chosen: Sampling, out: Annotated[str, typer.Option("--out", help="Folder to write.")] = "demo"
) -> None:
    """Rank the world, build a crisis for a country, replay the shipped crises, beside what happened."""
    folder = Path(out)
    ranked = _world(folder / "world")
    iso3 = _unprepared(ranked)
    built = _built(iso3, folder, chosen)
    runs = {name: _replays(name, folder, chosen) for name in REPLAYED}
    table, picture = _pictured([done.crisis for done in runs[PICTURED]], folder / "arrivals.svg")
    every = [built, *(done for some in runs.values() for done in some)]
    briefs = [str((done.folder or Path()) / "brief.html") for done in every]
    if terminal().as_json:
        worlds = records(ranked.head(SHOWN))
        found = {"world": worlds, "country": iso3, "replay": records(table)}
        emit(found | {"briefs": briefs, "picture": str(picture)})
        return
    _show(ranked, table, runs[PICTURED][-1].crisis, briefs, picture)


def _world(folder: Path) -> "pl.DataFrame":
    """Rank the countries as of the newest moment that ships, and write the tidy files."""
    from zoneinfo import ZoneInfo

    from forestall.core.moments import parse_moment
    from forestall.outlook import wide, world_table
    from forestall.outlook.table import NEWEST
    from forestall.outlook.writing import write_world

    say(f"the world as of {NEWEST}")
    table = world_table(parse_moment(NEWEST, ZoneInfo("UTC")), draws=1000, seed=1)
    write_world(table, folder)
    return wide(table)


def _unprepared(ranked: "pl.DataFrame") -> str:
    """Return the first country by rank that no shipped crisis is about."""
    from forestall.crisis import read_crisis

    prepared = {iso3 for name in REPLAYED for iso3 in read_crisis(name).settings.iso3}
    return next(str(iso3) for iso3 in ranked["iso3"] if iso3 not in prepared)


def _built(iso3: str, folder: Path, chosen: Sampling) -> "Run":
    """Draw up a crisis for a country as of the newest moment that ships, and run it."""
    from shutil import rmtree

    from forestall.crisis import open_crisis
    from forestall.drafting import draft, write_draft
    from forestall.outlook.table import NEWEST

    say(f"a crisis for {iso3}, built from nothing as of {NEWEST}")
    target = folder / iso3.lower()
    rmtree(target, ignore_errors=True)
    write_draft(draft(iso3, as_of=NEWEST, places=40), target)
    few = replace(chosen, draws=chosen.draws or COUNTRY_DRAWS)
    where = Replay(as_of=NEWEST, out=str(folder / f"{iso3.lower()}-run"), **asdict(few))
    return run_chain(open_crisis(target), "act", where, pages=True)


def _replays(name: str, folder: Path, chosen: Sampling) -> "list[Run]":
    """Run a shipped crisis at its moments."""
    from forestall.crisis import open_crisis

    crisis = open_crisis(name)
    return [_replay(crisis, name, moment, folder, chosen) for moment in REPLAYED[name]]


def _replay(crisis: "Crisis", name: str, moment: str, folder: Path, chosen: Sampling) -> "Run":
    """Run a crisis at one moment."""
    say(f"{name} as known on {moment}")
    target = folder / f"{name}_{moment.replace(':', '').replace('+', '_')}"
    return run_chain(crisis, "act", Replay(as_of=moment, out=str(target), **asdict(chosen)), pages=True)


def _pictured(crises: "list[Crisis]", picture: Path) -> "tuple[pl.DataFrame, Path]":
    """Set replays beside what happened, as a table and a picture."""
    from forestall.core.files import write_atomic
    from forestall.crisis import open_crisis
    from forestall.reporting.pictures import replay_picture
    from forestall.reporting.replay import replay_table

    outcome = open_crisis(PICTURED)
    write_atomic(picture, replay_picture(crises, outcome=outcome))
    return replay_table(crises, outcome=outcome), picture


def _show(
    ranked: "pl.DataFrame", table: "pl.DataFrame", crisis: "Crisis", briefs: list[str], picture: Path
) -> None:
    """Show the world, the replays beside what happened, and where to look."""
    from forestall.reporting.summary import replay_rows, verdicts

    head = ranked.head(SHOWN).select("country", "p_25 3 months", "change", "displaced (median)")
    show_table(_in_words(head), "What rose most in the world within a month: odds of 25 deaths in 3 months")
    rows = replay_rows(table, crisis.zone)
    show_table(rows, f"{PICTURED}: forecast without hindsight, beside what happened", FIRST)
    for line in verdicts(table, crisis.zone):
        answer(line)
    answer(f"The picture of the replays: {picture}")
    for brief in ("The briefs:", *(f"  {brief}" for brief in briefs)):
        answer(brief)


def _in_words(table: "pl.DataFrame") -> list[dict[str, Any]]:
    """Return the ranked countries as people read them."""
    return [
        {
            "country": row["country"],
            "odds": f"{row['p_25 3 months']:.0%}",
            "change": f"{row['change']:+.0%}" if row["change"] is not None else "not known",
            "displaced in 12 months": f"{row['displaced (median)']:,.0f}"
            if row["displaced (median)"] is not None
            else "not assessed",
        }
        for row in table.iter_rows(named=True)
    ]
