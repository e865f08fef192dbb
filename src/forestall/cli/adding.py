"""What people know, added to a crisis: one thing in one line, or a file with many."""

from pathlib import Path
from typing import Annotated, Any

import typer

from forestall.cli.apps import app
from forestall.cli.terminal import say, told
from forestall.core.errors import UsageError
from forestall.core.names import nearest


@app.command()
def add(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Folder of a crisis.")],
    what: Annotated[str, typer.Argument(metavar="WHAT", help="event, closure, count, control or estimate.")],
    source: Annotated[
        str | None, typer.Option("--source", help="Who says so: a source, a publisher or an address.")
    ] = None,
    day: Annotated[str | None, typer.Option("--date", help="Day it holds for; today if left out.")] = None,
    place: Annotated[str | None, typer.Option("--place", help="Place, by any of its names.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="closure: the place at the other end.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Kind of the event, what is counted, kind of estimate.")
    ] = None,
    words: Annotated[str | None, typer.Option("--words", help="event: one neutral sentence.")] = None,
    who: Annotated[
        str | None, typer.Option("--who", help="Who acted, counted, holds it or estimates.")
    ] = None,
    people: Annotated[int | None, typer.Option("--people", min=0, help="count, estimate: people.")] = None,
    low: Annotated[int | None, typer.Option("--low", min=0, help="estimate: low figure.")] = None,
    high: Annotated[int | None, typer.Option("--high", min=0, help="estimate: high figure.")] = None,
    status: Annotated[str | None, typer.Option("--status", help="closure: closed if left out.")] = None,
    form: Annotated[str | None, typer.Option("--form", help="event: verbal or material.")] = None,
    stance: Annotated[
        str | None, typer.Option("--stance", help="event: cooperation, criticism or conflict.")
    ] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="When it became public; now if left out.")
    ] = None,
    file: Annotated[str | None, typer.Option("--from", help="A CSV file or workbook with many.")] = None,
    match: Annotated[
        str, typer.Option("--match", help='--from: "their column=field,...", - for not used; remembered.')
    ] = "",
    blank: Annotated[
        str | None, typer.Option("--blank", help="Write a workbook to be filled in for --from.")
    ] = None,
) -> None:
    """Add what people know, one thing or a file of them: checked at once, appended or refused whole."""
    from forestall.drafting.adding import KINDS

    if what not in KINDS:
        raise UsageError(
            f"{what!r} cannot be added; expected one of {', '.join(KINDS)}; nearest: {nearest(what, KINDS)}"
        )
    given = {
        "date": day, "place": place, "to": to, "kind": kind, "words": words, "who": who, "people": people,
        "low": low, "high": high, "status": status, "form": form, "stance": stance,
    }  # fmt: skip
    also = [f"--{name}" for name, value in given.items() if value is not None]
    if (file or blank) and also:
        raise UsageError(f"{', '.join(also)} say one thing; with --from and --blank the file says it")
    if file and blank:
        raise UsageError("--blank writes a workbook, --from reads one: give one of them")
    if match and not file:
        raise UsageError("--match goes with --from")
    if blank:
        _write_blank(folder, what, Path(blank))
    elif file:
        _add_file(folder, what, Path(file), match, source, known_at)
    else:
        _add_one(folder, what, given, source, known_at)


def _add_one(folder: str, what: str, given: dict[str, Any], source: str | None, known_at: str | None) -> None:
    from forestall.drafting.adding import KINDS, add_rows, own_crisis, row_of

    if not source:
        raise UsageError("needed, but not given: --source")
    rows = add_rows(folder, KINDS[what], row_of(own_crisis(folder), what, given), source, known_at)
    _told(folder, KINDS[what], rows)


def _told(folder: str, table: str, rows: list[dict[str, Any]], **more: Any) -> None:
    said = f"{folder}: {len(rows)} row{'s' * (len(rows) > 1)} more in {table}.csv"
    told(said, table=table, rows=rows, **more)


def _add_file(
    folder: str, what: str, path: Path, match: str, source: str | None, known_at: str | None
) -> None:
    from forestall.drafting.lists import add_list

    added = add_list(folder, what, path, match=match, source=source, known_at=known_at)
    for column, field in added.matched.items():
        if column != field:
            say(f"column {column!r} was taken as {field}")
    if added.not_used:
        say(f"not used: column {', '.join(added.not_used)}")
    _told(folder, added.table, added.rows, matched=added.matched, not_used=added.not_used)


def _write_blank(folder: str, what: str, path: Path) -> None:
    from forestall.drafting.adding import own_crisis
    from forestall.drafting.form import write_form

    write_form(own_crisis(folder), what, path)
    told(f"{path}: fill it in, then `forestall add {folder} {what} --from {path}`", file=str(path))
