"""Tables: new, check, schema, explain and record."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.apps import app
from forestall.cli.common import (
    EXIT_FINDINGS,
    CrisisArgument,
    Json,
    emit,
    explained,
    print_findings,
    say,
)
from forestall.core.errors import UsageError


@app.command()
def new(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Folder to make.")],
    title: Annotated[str, typer.Option("--title", help="Title of the crisis.")] = "",
    iso3: Annotated[
        list[str] | None, typer.Option("--iso3", help="ISO3 code of a country under watch; may be repeated.")
    ] = None,
    zone: Annotated[str, typer.Option("--zone", help="IANA time zone, for example Europe/Kyiv.")] = "UTC",
    start: Annotated[str | None, typer.Option("--start", help="First day the tables speak of.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="Last day the tables speak of.")] = None,
) -> None:
    """Make an empty crisis: every table with its header, crisis.toml, and a page on how to go on."""
    with explained():
        from forestall.core.files import folder_atomic
        from forestall.schema.templates import templates

        target = Path(folder)
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise UsageError(f"{folder!r} is there already and is not empty; choose another folder")
        name = title or target.name.replace("-", " ").replace("_", " ").capitalize()
        files = templates(name, iso3 or (), zone, _day(start), _day(end))
        with folder_atomic(target) as fresh:
            for file, text in files.items():
                (fresh / file).write_text(text, encoding="utf-8")
        say(f"{target}: {len(files) - 2} empty tables; begin with README.md, then `forestall check {folder}`")


def _day(text: str | None) -> date | None:
    """Read a day of the command line."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(f"{text!r} is not a day; expected 2023-09-25") from error


@app.command()
def check(crisis: CrisisArgument, as_json: Json = False) -> None:
    """List everything that is wrong with a crisis, all together."""
    with explained(as_json=as_json):
        from forestall.checks import check_crisis
        from forestall.core.errors import errors_in

        findings = check_crisis(crisis)
        print_findings(findings, as_json=as_json)
    if errors_in(findings):
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="Code of a finding, for example E122; none lists all."),
    ] = None,
) -> None:
    """Explain a finding: what is wrong, why it matters, what to do."""
    with explained():
        from forestall.checks import codes
        from forestall.checks import explain as page_of

        if code is None:
            print("\n".join(f"{c.code}  {c.severity:8} {c.title}" for c in codes().values()))
        else:
            print(page_of(code))


@app.command()
def schema(
    table: Annotated[
        str | None, typer.Argument(metavar="TABLE", help="Name of a table; none lists all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the tables of a crisis and their columns; --json gives a data package."""
    with explained():
        from forestall.schema import load_schema, table_of
        from forestall.schema.datapackage import datapackage
        from forestall.schema.docs import table_text

        if as_json:
            emit(datapackage(table))
        elif table:
            print(table_text(table_of(table)))
        else:
            for one in load_schema().values():
                print(f"{one.name:20} {one.kind:10} {one.description}")
