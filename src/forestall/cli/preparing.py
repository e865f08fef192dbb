"""What to do before: earlier orders, options with and without, spreadsheets."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forestall.cli.apps import app, export_app, import_app
from forestall.cli.common import (
    AsOf,
    CrisisArgument,
    Draws,
    Json,
    Offline,
    Quiet,
    Seed,
    Strict,
    emit,
    explained,
    records,
    say,
    show_table,
)

if TYPE_CHECKING:
    import polars as pl


@app.command()
def earlier(
    crisis: CrisisArgument,
    draws: Draws = None,
    seed: Seed = None,
    as_json: Json = False,
    quiet: Quiet = False,
    offline: Offline = False,
) -> None:
    """What ordering the same supplies earlier would have averted, under stated assumptions."""
    with explained(as_json=as_json):
        from forestall.crisis import open_crisis
        from forestall.scenarios.earlier import TITLE, assumptions_in_words
        from forestall.scenarios.earlier import earlier as work_out

        opened = open_crisis(crisis)
        tables = work_out(opened, draws=draws, seed=seed)
        notes = assumptions_in_words(opened, draws=draws, seed=seed)
        if as_json:
            emit({"title": TITLE, "assumptions": notes, **_rows(tables)})
            return
        show_table(
            _medians(tables["earlier_averted"]), f"{TITLE.capitalize()}: person-days, mean and 90 % of draws"
        )
        names = ("trigger", "ordered", "first_year", "last_year", "activations", "per_year", "cost")
        show_table(
            records(tables["earlier_record"].select(names)), "The same rule before: activations and USD"
        )
        for note in notes:
            say(f"assumed: {note}")


@app.command()
def compare(
    crisis: CrisisArgument,
    options: Annotated[
        str, typer.Option("--options", help="Options, separated by commas: widen-corridor,buses,stock-PLACE.")
    ],
    as_of: AsOf = None,
    draws: Draws = None,
    seed: Seed = None,
    as_json: Json = False,
    strict: Strict = False,
    quiet: Quiet = False,
    offline: Offline = False,
) -> None:
    """Options with and without, on the same draws; never ranked by people moved out."""
    with explained(as_json=as_json):
        from forestall.crisis import open_crisis
        from forestall.scenarios.compare import ASSUMED, moment_for
        from forestall.scenarios.compare import compare as work_out

        opened = open_crisis(crisis)
        known = opened.at(as_of or moment_for(opened), strict=strict)
        names = [name.strip() for name in options.split(",") if name.strip()]
        tables = work_out(known, names, draws=draws, seed=seed)
        if as_json:
            moment = known.moment.astimezone(known.zone).isoformat()
            emit({"as_of": moment, "mode": known.mode, "assumptions": list(ASSUMED), **_rows(tables)})
            return
        show_table(_differences(tables["options_effect"]), "With minus without: median and 90 % of draws")
        for words in ASSUMED:
            say(f"assumed: {words}")
        for note in records(tables["options_notes"]):
            say(f"{note['option']}: {note['evidence']}")
            if note["safeguards"]:
                say(f"  {note['safeguards']}")


@import_app.command("xlsx")
def import_xlsx(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Workbook with one sheet per table.")],
    out: Annotated[str, typer.Argument(metavar="OUT", help="Crisis folder to write.")],
    as_json: Json = False,
) -> None:
    """Read a workbook into a crisis folder; formulas are refused, not evaluated."""
    with explained(as_json=as_json):
        from forestall.recording.xlsx import read_workbook

        folder = read_workbook(Path(file), Path(out))
        say(f"{folder}: written; next `forestall check {folder}`")


@export_app.command("xlsx")
def export_xlsx(
    crisis: CrisisArgument,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Workbook to write.")],
) -> None:
    """Write a crisis folder, or an empty one, as a workbook for people who do not use a terminal."""
    with explained():
        from forestall.crisis import folder_of
        from forestall.recording.xlsx import write_workbook

        folder = folder_of(crisis)
        paths = [*sorted(folder.glob("*.csv")), folder / "crisis.toml"]
        files = {path.name: path.read_text(encoding="utf-8-sig") for path in paths if path.is_file()}
        say(f"{write_workbook(files, Path(file))}: {len(files) - 1} tables")


def _rows(tables: "dict[str, pl.DataFrame]") -> dict[str, list[dict[str, Any]]]:
    """Return tables as lists of rows."""
    return {name: records(table) for name, table in tables.items()}


def _medians(table: "pl.DataFrame") -> list[dict[str, Any]]:
    """Return one row per date, arm, kind of people and sector."""
    keys = ["trigger", "arm", "where", "sector"]
    wide = table.pivot(on="quantile", index=[*keys, "averted_mean", "chance"], values="averted")
    low, high = str(min(table["quantile"])), str(max(table["quantile"]))
    return records(wide.select(*keys, "averted_mean", low, high, "chance"))


def _differences(table: "pl.DataFrame") -> list[dict[str, Any]]:
    """Return one row per options, arm and measure."""
    keys = ["options", "arm", "measure", "where"]
    wide = table.pivot(on="quantile", index=keys, values="difference")
    low, high = str(min(table["quantile"])), str(max(table["quantile"]))
    return records(wide.select(*keys, low, "0.5", high))
