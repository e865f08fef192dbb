"""Tables: new, check, schema, explain and record."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forestall.cli.apps import app
from forestall.cli.common import AsOf, CrisisArgument, Out, Replay, Strict
from forestall.cli.terminal import EXIT_FINDINGS, answer, emit, print_findings, say, shown, terminal, told
from forestall.core.errors import UsageError

if TYPE_CHECKING:
    from forestall.core.errors import Finding
    from forestall.crisis import Crisis
    from forestall.recording.saved import Saved


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
    xlsx: Annotated[
        bool, typer.Option("--xlsx", help="Make one workbook, FOLDER.xlsx, with a sheet per table instead.")
    ] = False,
    country: Annotated[
        str | None,
        typer.Option("--country", help="Fill it for this country, by code or name, from public tables."),
    ] = None,
    as_of: AsOf = None,
    places: Annotated[int, typer.Option("--places", help="With --country: its towns, at most.")] = 40,
    osm: Annotated[
        str | None,
        typer.Option("--osm", help="With --country: roads and crossings from this OpenStreetMap extract."),
    ] = None,
) -> None:
    """Make a crisis: empty tables with their header, or with --country a complete one to confirm."""
    from forestall.core.files import folder_atomic
    from forestall.schema.templates import templates

    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{folder!r} is there already and is not empty; choose another folder")
    if country is None and (as_of or osm):
        raise UsageError("--as-of and --osm go with --country, which fills the crisis")
    if country is not None:
        if xlsx or iso3 or start or end or zone != "UTC":
            raise UsageError(
                "--country sets countries, zone and period: it does not go with --xlsx, --iso3, --zone, "
                "--start or --end"
            )
        from forestall.cli.drafting import draw_up

        draw_up(target, country, as_of, places, title, osm)
        return
    name = title or target.name.replace("-", " ").replace("_", " ").capitalize()
    files = templates(name, iso3 or (), zone, _day(start), _day(end))
    if xlsx:
        from forestall.recording.xlsx import write_workbook

        book = target.with_name(target.name.removesuffix(".xlsx") + ".xlsx")
        if book.exists():
            raise UsageError(f"{str(book)!r} is there already; choose another name")
        write_workbook(files, book)
        told(
            f"{book}: {len(files) - 2} empty sheets; then `forestall import xlsx {book} FOLDER`",
            file=str(book),
        )
        return
    with folder_atomic(target) as fresh:
        for file, text in files.items():
            (fresh / file).write_text(text, encoding="utf-8")
    told(
        f"{target}: {len(files) - 2} empty tables; begin with README.md, then `forestall check {folder}`",
        crisis=str(target),
        tables=len(files) - 2,
    )


def _day(text: str | None) -> date | None:
    """Read a day of the command line."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(f"{text!r} is not a day; expected 2023-09-25") from error


@app.command()
def check(crisis: CrisisArgument, as_of: AsOf = None) -> None:
    """List everything that is wrong with a crisis; with --as-of also what a run at that moment lacks."""
    from forestall.checks.every import sorted_findings
    from forestall.core.errors import errors_in

    findings = sorted_findings(_all_findings(crisis, as_of))
    print_findings(findings)
    if errors_in(findings):
        raise typer.Exit(EXIT_FINDINGS)


def _all_findings(name: str, as_of: str | None) -> "list[Finding]":
    """Return what is wrong with a crisis, faults of crisis.toml too; it is read once."""
    from forestall.core.errors import CrisisError
    from forestall.crisis import read_crisis
    from forestall.runs import findings_of, rehearsed

    try:
        crisis = read_crisis(name)
    except CrisisError as error:
        return [*error.findings]
    return findings_of(crisis) if as_of is None else rehearsed(crisis, as_of)


@app.command()
def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="Code of a finding, for example E122; none lists all."),
    ] = None,
) -> None:
    """Explain a finding: what is wrong, why it matters, what to do."""
    from forestall.checks import codes
    from forestall.checks import explain as page_of

    if code is None:
        listed = [{"code": c.code, "severity": c.severity, "title": c.title} for c in codes().values()]
        lines = [f"{c['code']}  {c['severity']:8} {c['title']}" for c in listed]
        shown("\n".join(lines), codes=listed)
    else:
        shown(page_of(code), code=code, page=page_of(code))


@app.command()
def schema(
    table: Annotated[
        str | None,
        typer.Argument(metavar="TABLE", help="Name of a table, or: options; none lists all tables."),
    ] = None,
) -> None:
    """Show the tables of a crisis and their columns, or the options of crisis.toml; --json for machines."""
    from forestall.options.docs import option_rows, options_page
    from forestall.schema import load_schema, table_of
    from forestall.schema.datapackage import datapackage
    from forestall.schema.docs import table_text

    if table == "options":
        if terminal().as_json:
            emit([row._asdict() for row in option_rows()])
        else:
            answer(options_page())
    elif terminal().as_json:
        emit(datapackage(table))
    elif table:
        answer(table_text(table_of(table)))
    else:
        for one in load_schema().values():
            answer(f"{one.name:20} {one.kind:10} {one.description}")


From = Annotated[
    list[str] | None, typer.Option("--from", help="Saved file of a source; may be repeated. No network.")
]
Source = Annotated[
    str | None, typer.Option("--source", help="ucdp, hapi or idmc; told from the file if left out.")
]
KnownAt = Annotated[
    list[str] | None,
    typer.Option("--known-at", help="When the file became public: once for all files, or once for each."),
]
Country = Annotated[
    list[str] | None,
    typer.Option("--country", help="Name of a country in the source and its code: 'Name=XXX'."),
]


@app.command()
def record(
    crisis: CrisisArgument,
    from_files: From = None,
    source: Source = None,
    known_at: KnownAt = None,
    country: Country = None,
    as_of: AsOf = None,
    out: Out = None,
    strict: Strict = False,
) -> None:
    """What is known, how fresh it is and what is missing; with --from, record a saved file of a source."""
    if from_files:
        _record_files(crisis, from_files, source, known_at or [], country or [], out)
        return
    from forestall.cli.chain import crisis_named, run_chain, show_stage

    done = run_chain(crisis_named(crisis), "record", Replay(as_of=as_of, out=out, strict=strict))
    show_stage(done, "record")


def _record_files(
    name: str,
    files: list[str],
    source: str | None,
    known_at: list[str],
    country: list[str],
    out: str | None,
) -> None:
    """Tidy saved files and write the crisis with their rows."""
    from forestall.checks import check_crisis
    from forestall.core.errors import CrisisError, errors_in
    from forestall.crisis import open_crisis
    from forestall.recording.append import appended
    from forestall.recording.sources import tidy
    from forestall.recording.writing import sample, write_more

    if out is None:
        raise UsageError(
            "say with --out which folder to write; the crisis itself takes the rows at the end of its files"
        )
    opened = open_crisis(name)
    saved = _saved(files, known_at, opened)
    tidied = tidy(saved, source, opened, _names(country))
    if errors_in(tidied.findings):
        raise CrisisError(tidied.findings)
    more, findings = appended(opened, tidied.tables)
    wrong = errors_in(check_crisis(more))
    if wrong:
        raise CrisisError(wrong)
    gained = write_more(opened, more, Path(out))
    findings = [*tidied.findings, *findings]
    if terminal().as_json:
        emit({"out": out, "rows": gained, "findings": [finding.as_dict() for finding in findings]})
        return
    for finding in findings:
        say(str(finding))
    say(f"{out}: {sample(gained)}")


def _saved(files: list[str], known_at: list[str], crisis: "Crisis") -> "list[Saved]":
    """Read the files, each with its date of knowledge."""
    from forestall.core.errors import CrisisError
    from forestall.core.files import MAX_FILE_BYTES
    from forestall.core.moments import parse_moment
    from forestall.recording.saved import Saved
    from forestall.schema.reading import too_large

    if len(known_at) not in (0, 1, len(files)):
        raise UsageError(f"{len(files)} files, but --known-at is given {len(known_at)} times")
    moments = [parse_moment(text, crisis.zone) for text in known_at]
    moments = moments * len(files) if len(moments) == 1 else moments
    saved = []
    for number, file in enumerate(files):
        path = Path(file)
        if not path.is_file():
            raise UsageError(f"there is no file {file!r}")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise CrisisError([too_large(path.name, path.stat().st_size, path.name)])
        saved.append(Saved(path.name, path.read_bytes(), moments[number] if moments else None))
    return saved


def _names(country: list[str]) -> dict[str, str]:
    """Read names of countries with their codes."""
    pairs = [text.partition("=") for text in country]
    wrong = [text for text, (name, _, code) in zip(country, pairs, strict=True) if not name or len(code) != 3]
    if wrong:
        raise UsageError(f"{wrong[0]!r} is not a name and a code; expected 'Name=XXX'")
    return {name.strip(): code.upper() for name, _, code in pairs}
