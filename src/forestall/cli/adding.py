"""One thing that somebody knows, added to a crisis in one line."""

from typing import Annotated

import typer

from forestall.cli.apps import app
from forestall.cli.terminal import told
from forestall.core.errors import UsageError
from forestall.core.names import nearest


@app.command()
def add(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Folder of a crisis.")],
    what: Annotated[str, typer.Argument(metavar="WHAT", help="event, closure, count, control or estimate.")],
    source: Annotated[
        str, typer.Option("--source", help="Who says so: a source, a publisher or an address.")
    ],
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
) -> None:
    """Add one thing that people know: it is checked at once, and appended or refused whole."""
    from forestall.drafting.adding import KINDS, add_rows, own_crisis, row_of

    if what not in KINDS:
        raise UsageError(
            f"{what!r} cannot be added; expected one of {', '.join(KINDS)}; nearest: {nearest(what, KINDS)}"
        )
    given = {
        "date": day, "place": place, "to": to, "kind": kind, "words": words, "who": who, "people": people,
        "low": low, "high": high, "status": status, "form": form, "stance": stance,
    }  # fmt: skip
    rows = add_rows(folder, KINDS[what], row_of(own_crisis(folder), what, given), source, known_at)
    told(
        f"{folder}: {len(rows)} row{'s' * (len(rows) > 1)} more in {KINDS[what]}.csv",
        table=KINDS[what],
        rows=rows,
    )
