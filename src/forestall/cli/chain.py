"""The chain: run, demo, the single stages, report and diff."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forestall.cli.apps import app
from forestall.cli.common import (
    AsOf,
    CrisisArgument,
    Draws,
    Json,
    Offline,
    Out,
    Quiet,
    Seed,
    Strict,
    emit,
    explained,
    progress_bar,
    records,
    say,
    show_table,
)

if TYPE_CHECKING:
    from forestall.crisis import Crisis
    from forestall.runs import Run

RUNS = Path("forestall-runs")
DEMO_CRISIS = "karabakh-2023"
DEMO_MOMENTS = ("2022-12-13", "2023-09-19T20:00+04:00", "2023-09-25T20:00+04:00")


def crisis_named(name: str) -> "Crisis":
    """Read a crisis with its findings; the run refuses it where one is an error."""
    from forestall.crisis import read_crisis

    return read_crisis(name)


def run_chain(
    crisis: "Crisis",
    until: str,
    *,
    as_of: str | None,
    draws: int | None,
    seed: int | None,
    out: str | None,
    strict: bool,
    quiet: bool,
    pages: bool = False,
    options: Mapping[str, Any] | None = None,
) -> "Run":
    """Run the chain up to a stage."""
    from forestall.runs import run

    given = {name: value for name, value in (options or {}).items() if value is not None}
    if not quiet and until not in ("record", "warn"):
        _say_compiling(crisis, given.get("rules"))
    with progress_bar(quiet=quiet) as progress:
        return run(
            crisis,
            as_of=as_of or _newest(crisis),
            draws=draws,
            seed=seed,
            out=out,
            strict=strict,
            until=until,
            options={until: given} if given else None,
            pages=_brief_of(crisis) if pages else None,
            progress=progress,
        )


def _say_compiling(crisis: "Crisis", rules: str | None) -> None:
    """Say that the first run compiles, where it does."""
    from forestall.core.errors import ForestallError
    from forestall.engines import engine_of

    try:
        engine = engine_of(rules or crisis.plan.displace.rules)
    except ForestallError:
        return  # the run lists every fault, this one among them
    if engine.load().compiling():
        say("the first run compiles the movement of people, which takes some seconds; later runs do not")


def _newest(crisis: "Crisis") -> str:
    """Return the moment crisis.toml names, else that of the newest row, where none is asked for."""
    from forestall.schema import load_schema

    if crisis.settings.as_of is not None:
        return crisis.settings.as_of
    newest = [
        table["known_at"].max()
        for name, table in crisis.tables.items()
        if load_schema()[name].kind == "observed" and table.height
    ]
    moment = max((m for m in newest if m is not None), default=None)
    return str(moment) if moment is not None else str(crisis.settings.period.end)


def _brief_of(crisis: "Crisis") -> Any:
    """Return the function that makes the brief of a run, laid over what is known of the outcome."""
    from forestall.reporting import report
    from forestall.reporting.pictures import map_picture

    def pages(result: "Crisis") -> dict[str, str | bytes]:
        return {"brief.html": report(result, outcome=crisis).html, "map.svg": map_picture(result)}

    return pages


def _default_out(name: str, crisis: "Crisis", as_of: str | None, draws: int | None, seed: int | None) -> str:
    """Return the folder of a run for which none is given."""
    from forestall.core.moments import parse_moment
    from forestall.runs import run_id

    settings, moment = crisis.settings, parse_moment(as_of or _newest(crisis), crisis.zone)
    chosen = (settings.seed if seed is None else seed, settings.draws if draws is None else draws)
    return str(RUNS / run_id(Path(name).name, moment, *chosen))


@app.command()
def run(
    crisis: CrisisArgument,
    as_of: AsOf = None,
    draws: Draws = None,
    seed: Seed = None,
    out: Out = None,
    as_json: Json = False,
    strict: Strict = False,
    quiet: Quiet = False,
    offline: Offline = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what each stage reads and writes, and stop.")
    ] = False,
) -> None:
    """Run the whole chain and write the run with its brief."""
    with explained(as_json=as_json):
        if plan:
            _show_plan(as_json=as_json)
            return
        opened = crisis_named(crisis)
        target = out or _default_out(crisis, opened, as_of, draws, seed)
        done = run_chain(
            opened,
            "act",
            as_of=as_of,
            draws=draws,
            seed=seed,
            out=target,
            strict=strict,
            quiet=quiet,
            pages=True,
        )
        _say_done(done, as_json=as_json)


def _show_plan(*, as_json: bool) -> None:
    """Show the stages in order."""
    from forestall.stages import STAGES

    rows = [
        {"stage": s.verb, "says": s.says, "reads": ", ".join(s.reads), "writes": ", ".join(s.writes)}
        for s in STAGES
    ]
    if as_json:
        emit(rows)
    else:
        show_table(rows, "The stages in order")


def _say_done(done: "Run", *, as_json: bool) -> None:
    """Say what a run found and where it is."""
    from forestall.reporting.summary import odds_title, summary

    folder = done.folder or Path()
    facts = {"run": str(folder), "brief": str(folder / "brief.html"), **summary(done.crisis)}
    if as_json:
        emit(facts)
        return
    show_table(facts["odds"], odds_title(done.crisis))
    show_table(facts["arrivals"], "People arrived by the end of the horizon")
    say(f"mode: {facts['mode']}; what was known as of {facts['as_of']}")
    say(f"brief: {folder / 'brief.html'}")


def _stage_command(verb: str, says: str) -> None:
    """Register the command of one stage: it runs the chain up to that stage."""

    def command(
        crisis: CrisisArgument,
        as_of: AsOf = None,
        draws: Draws = None,
        seed: Seed = None,
        out: Out = None,
        as_json: Json = False,
        strict: Strict = False,
        quiet: Quiet = False,
        offline: Offline = False,
    ) -> None:
        with explained(as_json=as_json):
            done = run_chain(
                crisis_named(crisis),
                verb,
                as_of=as_of,
                draws=draws,
                seed=seed,
                out=out,
                strict=strict,
                quiet=quiet,
            )
            show_stage(done, verb, as_json=as_json)

    command.__doc__ = says
    app.command(verb)(command)


def show_stage(done: "Run", verb: str, *, as_json: bool) -> None:
    """Show the tables a stage added: as JSON, or the rows people want first."""
    from forestall.reporting.disclosure import shown_tables
    from forestall.reporting.summary import headlines
    from forestall.stages import stage_of

    tables, withheld = shown_tables(done.crisis, stage_of(verb).writes)
    if as_json:
        emit(
            {
                "as_of": done.record["as_of"],
                "mode": done.record["mode"],
                "run": str(done.folder) if done.folder else None,
                "withheld": withheld,
                **{name: records(table) for name, table in tables.items() if "draw" not in table.columns},
            }
        )
        return
    for title, rows in headlines(done.crisis, verb):
        show_table(rows, title)
    if withheld:
        say(f"withheld as restricted: {', '.join(withheld)}")


_stage_command("warn", "The odds of deaths by month ahead.")
_stage_command("act", "Triggers, the response so far, and who depends on whom.")


@app.command()
def displace(
    crisis: CrisisArgument,
    as_of: AsOf = None,
    draws: Draws = None,
    seed: Seed = None,
    out: Out = None,
    rules: Annotated[
        str | None, typer.Option("--rules", help="Rule list: forestall, flee-3 or flee-3-intended.")
    ] = None,
    as_json: Json = False,
    strict: Strict = False,
    quiet: Quiet = False,
    offline: Offline = False,
) -> None:
    """How many flee, where, by which road, when."""
    with explained(as_json=as_json):
        done = run_chain(
            crisis_named(crisis),
            "displace",
            as_of=as_of,
            draws=draws,
            seed=seed,
            out=out,
            strict=strict,
            quiet=quiet,
            options={"rules": rules},
        )
        show_stage(done, "displace", as_json=as_json)


@app.command()
def prepare(
    crisis: CrisisArgument,
    as_of: AsOf = None,
    draws: Draws = None,
    seed: Seed = None,
    out: Out = None,
    budget: Annotated[
        str | None, typer.Option("--budget", help="Money for pre-positioning, for example '5 MUSD'.")
    ] = None,
    as_json: Json = False,
    strict: Strict = False,
    quiet: Quiet = False,
    offline: Offline = False,
) -> None:
    """What they need, what is there, what is missing, and what to place where before."""
    with explained(as_json=as_json):
        done = run_chain(
            crisis_named(crisis),
            "prepare",
            as_of=as_of,
            draws=draws,
            seed=seed,
            out=out,
            strict=strict,
            quiet=quiet,
            options={"budget": budget},
        )
        show_stage(done, "prepare", as_json=as_json)


@app.command()
def report(
    run_folder: Annotated[str, typer.Argument(metavar="RUN", help="Folder of a run.")],
    out: Annotated[str, typer.Option("--out", help="File to write.")] = "brief.html",
    crisis: Annotated[
        str | None, typer.Option("--crisis", help="Crisis to lay what really happened over it.")
    ] = None,
    options: Annotated[
        str, typer.Option("--options", help="Add options compared: widen-corridor,buses,stock-PLACE.")
    ] = "",
    earlier: Annotated[
        bool, typer.Option("--earlier", help="Add what earlier action would have averted.")
    ] = False,
    draws: Draws = None,
    seed: Seed = None,
) -> None:
    """Make the brief of a run anew, if wanted with options compared and earlier action."""
    with explained():
        from forestall.reporting import report as make
        from forestall.reporting.added import with_scenarios
        from forestall.reporting.again import crisis_of_run

        result, outcome = crisis_of_run(run_folder, crisis)
        names = [name.strip() for name in options.split(",") if name.strip()]
        result = with_scenarios(result, outcome, options=names, earlier=earlier, draws=draws, seed=seed)
        make(result, outcome=outcome).save(out)
        say(f"brief: {out}")


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Folder of the earlier run.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Folder of the later run.")],
    as_json: Json = False,
) -> None:
    """What changed between two runs: new rows, inputs, outputs."""
    with explained(as_json=as_json):
        from forestall.runs import differences

        rows = differences(old, new)
        if as_json:
            emit({"differences": rows})
        elif rows:
            names = ("what", "name", "change", "new", "gone", "changed", "rows")
            show_table([{n: row.get(n, "") for n in names} for row in rows], "What changed")
        else:
            say("nothing changed: same choices, same inputs, same outputs")


@app.command()
def demo(
    out: Annotated[str, typer.Option("--out", help="Folder to write.")] = "demo",
    draws: Draws = None,
    seed: Seed = None,
    as_json: Json = False,
    quiet: Quiet = False,
    offline: Offline = False,
) -> None:
    """Replay the shipped crisis at three moments, without hindsight, beside what happened."""
    with explained(as_json=as_json):
        from forestall.core.files import write_atomic
        from forestall.crisis import open_crisis
        from forestall.reporting.pictures import replay_picture
        from forestall.reporting.replay import replay_table
        from forestall.reporting.summary import replay_rows, verdicts

        outcome = open_crisis(DEMO_CRISIS)
        runs = {}
        for moment in DEMO_MOMENTS:
            say(f"replay as of {moment}")
            target = str(Path(out) / moment.replace(":", "").replace("+", "_"))
            runs[moment] = run_chain(
                outcome,
                "act",
                as_of=moment,
                draws=draws,
                seed=seed,
                out=target,
                strict=False,
                quiet=quiet,
                pages=True,
            )
        table = replay_table([done.crisis for done in runs.values()], outcome=outcome)
        briefs = [str((done.folder or Path()) / "brief.html") for done in runs.values()]
        picture = Path(out) / "arrivals.svg"
        write_atomic(picture, replay_picture([done.crisis for done in runs.values()], outcome=outcome))
        if as_json:
            emit({"replay": records(table), "briefs": briefs, "picture": str(picture)})
            return
        show_table(
            replay_rows(table, outcome.zone), "What was forecast without hindsight, beside what happened"
        )
        for line in verdicts(table, outcome.zone):
            print(line)
        print(f"The picture of the replays: {picture}")
        print("The briefs:", *briefs, sep="\n  ")
