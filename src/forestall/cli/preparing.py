"""What to do before: earlier orders, options with and without, spreadsheets."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forestall.cli.apps import app, export_app, import_app
from forestall.cli.common import AsOf, CrisisArgument, Sampling, Strict, records, spread
from forestall.cli.layout import show_by_arm, show_table
from forestall.cli.terminal import emit, say, terminal, told

if TYPE_CHECKING:
    import polars as pl


SAID = {"arrived": "at reception"}
"""Where people are, as it is said beside the table."""


@app.command()
def earlier(
    crisis: CrisisArgument,
    chosen: Sampling,
) -> None:
    """What ordering the same supplies earlier would have averted, under stated assumptions."""
    from forestall.crisis import open_crisis
    from forestall.scenarios.earlier import TITLE, assumptions_in_words
    from forestall.scenarios.earlier import earlier as work_out

    opened = open_crisis(crisis)
    tables = work_out(opened, **asdict(chosen))
    notes = assumptions_in_words(opened, **asdict(chosen))
    if terminal().as_json:
        emit({"title": TITLE, "assumptions": notes, **_rows(tables)})
        return
    title = f"{TITLE.capitalize()}: person-days, mean and 90 % of draws"
    show_by_arm(
        _medians(tables["earlier_averted"]), title, ("trigger", "where", "sector", "mean", "low", "high")
    )
    for line in nothing_averted(tables["earlier_averted"]):
        say(line)
    names = ("trigger", "ordered", "first_year", "last_year", "activations", "per_year", "cost")
    show_table(records(tables["earlier_record"].select(names)), "The same rule before: activations and USD")
    for note in notes:
        say(f"assumed: {note}")


@app.command()
def compare(
    crisis: CrisisArgument,
    chosen: Sampling,
    options: Annotated[
        str, typer.Option("--options", help="Options, separated by commas: widen-corridor,buses,stock-PLACE.")
    ],
    as_of: AsOf = None,
    strict: Strict = False,
) -> None:
    """Options with and without, on the same draws; never ranked by people moved out."""
    from forestall.crisis import open_crisis
    from forestall.scenarios.compare import ASSUMED, moment_for
    from forestall.scenarios.compare import compare as work_out

    opened = open_crisis(crisis)
    known = opened.at(as_of or moment_for(opened), strict=strict)
    names = [name.strip() for name in options.split(",") if name.strip()]
    tables = work_out(known, names, **asdict(chosen))
    if terminal().as_json:
        moment = known.moment.astimezone(known.zone).isoformat()
        emit({"as_of": moment, "mode": known.mode, "assumptions": list(ASSUMED), **_rows(tables)})
        return
    show_by_arm(
        _differences(tables["options_effect"]),
        "With minus without: median and 90 % of draws",
        ("options", "measure", "where", "median", "low", "high"),
    )
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
) -> None:
    """Read a workbook into a crisis folder; formulas are refused, not evaluated."""
    from forestall.recording.xlsx import read_workbook

    folder = read_workbook(Path(file), Path(out))
    told(f"{folder}: written; next `forestall check {folder}`", crisis=str(folder))


@export_app.command("xlsx")
def export_xlsx(
    crisis: CrisisArgument,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Workbook to write.")],
) -> None:
    """Write a crisis folder, or an empty one, as a workbook for people who do not use a terminal."""
    from forestall.crisis import folder_of
    from forestall.recording.xlsx import texts_of, write_workbook

    folder = folder_of(crisis)
    paths = [*sorted(folder.glob("*.csv")), folder / "crisis.toml"]
    files = {path.name: path.read_bytes() for path in paths if path.is_file() and not path.is_symlink()}
    book = write_workbook(texts_of(files), Path(file))
    told(f"{book}: {len(files) - 1} tables", file=str(book), tables=len(files) - 1)


def nothing_averted(table: "pl.DataFrame") -> list[str]:
    """Return a sentence for each kind of people and reason why an order averts nothing."""
    from forestall.scenarios.earlier import TITLE

    zero = table.filter((table["words"] != TITLE) & (table["arm"] == "if it happens"))
    found: dict[tuple[str, str], list[str]] = {}
    for where, words, trigger in zero.select("where", "words", "trigger").iter_rows():
        names = found.setdefault((where, words), [])
        names += [] if trigger in names else [trigger]
    return [
        f"0 for people {SAID.get(where, where)}, {', '.join(names)}: {words}"
        for (where, words), names in found.items()
    ]


def _rows(tables: "dict[str, pl.DataFrame]") -> dict[str, list[dict[str, Any]]]:
    """Return tables as lists of rows."""
    return {name: records(table) for name, table in tables.items()}


def _medians(table: "pl.DataFrame") -> list[dict[str, Any]]:
    """Return one row per date, arm, kind of people and sector."""
    keys = ["trigger", "arm", "where", "sector", "averted_mean", "chance"]
    return records(spread(table, keys, "averted").rename({"averted_mean": "mean"}))


def _differences(table: "pl.DataFrame") -> list[dict[str, Any]]:
    """Return one row per options, arm and measure."""
    return records(spread(table, ["options", "arm", "measure", "where"], "difference"))
