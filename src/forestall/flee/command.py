"""Folders of the reference model Flee: import them, export runs in its form, score the rules."""

from pathlib import Path
from typing import Annotated, Any

import typer

from forestall.cli.apps import export_app, import_app, score_app
from forestall.cli.common import CrisisArgument, RunArgument, Seed
from forestall.cli.layout import show_table
from forestall.cli.terminal import EXIT_FINDINGS, emit, print_findings, say, terminal, told

ARMS = {"with": "with capacities", "without": "without capacities", "forecast": "forecast"}


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


@score_app.command("displace")
def score_displace(
    crisis: CrisisArgument,
    rules: Annotated[
        str, typer.Option("--rules", help="flee-3, flee-3-intended, or flee-3+DEFECT to mend one defect.")
    ] = "flee-3",
    draws: Annotated[int, typer.Option("--draws", min=1, max=100_000, help="Number of draws.")] = 20,
    seed: Seed = 1,
    arm: Annotated[
        str, typer.Option("--arm", help="with, without (no capacities) or forecast (fitted on 30 days).")
    ] = "with",
) -> None:
    """Score simulated displacement against recorded counts, beside naive rows."""
    from forestall.crisis import open_crisis
    from forestall.flee.scoring import score_displacement

    opened = open_crisis(crisis)
    _say_compiling()
    scores = score_displacement(
        opened, rules=rules, draws=draws, seed=1 if seed is None else seed, arm=ARMS.get(arm, arm)
    )
    if terminal().as_json:
        emit(scores)
    else:
        _show_scores(scores)


def _say_compiling() -> None:
    """Say that the first run compiles."""
    from forestall.flee.engine.simulate import compiling

    if compiling():
        say("the first run compiles the kernel, which takes some seconds; later runs do not")


def _show_scores(scores: dict[str, Any]) -> None:
    """Show scores as tables."""
    naive = [{"row": name, "ARD raw": v, "ARD rescaled": v} for name, v in scores["naive"].items()]
    ours = {
        "row": f"{scores['rules']} ({scores['arm']})",
        "ARD raw": scores["ard_raw"],
        "ARD rescaled": scores["ard_rescaled"],
    }
    show_table([ours, *naive], f"{scores['crisis']}: averaged relative difference, {scores['draws']} draws")
    show_table([{"camp": name, **row} for name, row in scores["camps"].items()], "People on the last day")
    say(f"{scores['cpu_s_per_draw']:.3f} CPU seconds per draw, {scores['cohorts_max']:,} cohorts")
    say(scores["note"])
