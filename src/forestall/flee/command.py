"""Folders of the reference model Flee: import them, export runs in its form."""

from pathlib import Path
from typing import Annotated, Any

import typer

from forestall.cli.apps import export_app, import_app
from forestall.cli.common import RunArgument
from forestall.cli.terminal import EXIT_FINDINGS, emit, print_findings, say, terminal, told


@import_app.command("flee")
def import_flee(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Folder of a Flee instance.")],
    out: Annotated[str, typer.Argument(metavar="OUT", help="Folder of the crisis to write.")],
) -> None:
    """Turn a Flee folder into a crisis, and say what was mended and what was refused."""
    from forestall.core.errors import UsageError
    from forestall.flee.reading import read_folder
    from forestall.flee.reading.to_tables import crisis_of

    if not Path(folder).is_dir():
        raise UsageError(f"there is no folder {folder!r}")
    read = read_folder(folder)
    if not read.usable:
        print_findings(read.findings)
        say(f"nothing was written to {out}")
        raise typer.Exit(EXIT_FINDINGS)
    crisis_of(read).save(out)
    _say_imported(read, out)


def _say_imported(read: Any, out: str) -> None:
    """Say what was read, mended and refused."""
    facts = {
        "crisis": out,
        "days": read.days,
        "places": len(read.places),
        "links": len(read.links),
        "camps": sum(place.is_camp for place in read.places),
        "series": len(read.series),
        "findings": [finding.as_dict() for finding in read.findings],
    }
    if terminal().as_json:
        emit(facts)
        return
    print_findings(read.findings)
    say(f"{out}: {read.days} days, {facts['places']} places, {facts['links']} links, {facts['camps']} camps")


@export_app.command("flee")
def export_flee(
    run: RunArgument,
    file: Annotated[str, typer.Argument(metavar="FILE", help="File to write, such as out.csv.")],
    draw: Annotated[int, typer.Option("--draw", min=0, help="Which draw.")] = 0,
) -> None:
    """Write one draw of a run as Flee's out.csv."""
    from forestall.flee.writing import export_flee as export

    series = export(run, file, draw=draw)
    told(
        f"{file}: draw {draw}, {len(series.simulated)} days, {len(series.camps)} camps",
        file=file,
        draw=draw,
        days=len(series.simulated),
        camps=list(series.camps),
    )
