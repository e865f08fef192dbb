"""The chain: run, demo, the single stages, report and diff."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forestall.cli.apps import app
from forestall.cli.common import CrisisArgument, Memory, Replay, RunArgument, Sampling, records
from forestall.cli.layout import show_table, wrapped
from forestall.cli.terminal import answer, emit, progress_bar, say, terminal, told

if TYPE_CHECKING:
    from forestall.crisis import Crisis
    from forestall.runs import Run

RUNS = Path("forestall-runs")


ODDS_FIRST = ("where", "within_months", "p_event", "p_low", "p_high", "words")


def crisis_named(name: str) -> "Crisis":
    """Read a crisis with its findings; the run refuses it where one is an error."""
    from forestall.crisis import read_crisis

    return read_crisis(name)


def run_chain(
    crisis: "Crisis",
    until: str,
    chosen: Replay,
    *,
    pages: bool = False,
    options: Mapping[str, Any] | None = None,
    memory: str | None = None,
) -> "Run":
    """Run the chain up to a stage."""
    from forestall.runs import run

    given = {name: value for name, value in (options or {}).items() if value is not None}
    sections = ({until: given} if given else {}) | ({"displace": {"memory": memory}} if memory else {})
    if until not in ("record", "warn"):
        _say_compiling(crisis, given.get("rules"))
    with progress_bar() as progress:
        done = run(
            crisis,
            **(asdict(chosen) | {"as_of": chosen.as_of or newest_moment(crisis)}),
            until=until,
            options=sections or None,
            pages=_brief_of(crisis) if pages else None,
            progress=progress,
        )
    for line in done.record.get("store", ()):
        say(line)
    return done


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


def newest_moment(crisis: "Crisis") -> str:
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
    from forestall.reporting.pages.made import files_of

    def pages(result: "Crisis") -> dict[str, str | bytes]:
        return files_of(result, crisis)

    return pages


def _default_out(name: str, crisis: "Crisis", chosen: Replay) -> str:
    """Return the folder of a run for which none is given."""
    from forestall.core.moments import parse_moment
    from forestall.runs import run_id

    settings, moment = crisis.settings, parse_moment(chosen.as_of or newest_moment(crisis), crisis.zone)
    seed = settings.seed if chosen.seed is None else chosen.seed
    draws = settings.draws if chosen.draws is None else chosen.draws
    return str(RUNS / run_id(Path(name).name, moment, seed, draws))


@app.command()
def run(
    crisis: CrisisArgument,
    chosen: Replay,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what each stage reads and writes, and stop.")
    ] = False,
    memory: Memory = None,
) -> None:
    """Run the whole chain and write the run with its brief."""
    if plan:
        _show_plan()
        return
    opened = crisis_named(crisis)
    target = chosen.out or _default_out(crisis, opened, chosen)
    chain = replace(chosen, out=target)
    _say_done(run_chain(opened, "act", chain, pages=True, memory=memory))


def _show_plan() -> None:
    """Show the stages in order."""
    from forestall.stages import STAGES

    if terminal().as_json:
        emit(
            [
                {"stage": s.verb, "says": s.says, "reads": list(s.reads), "writes": list(s.writes)}
                for s in STAGES
            ]
        )
        return
    for stage in STAGES:
        answer(f"{stage.verb}: {stage.says}")
        answer(wrapped("reads", ", ".join(stage.reads)))
        answer(wrapped("writes", ", ".join(stage.writes)))


def _say_done(done: "Run") -> None:
    """Say what a run found and where it is."""
    from forestall.reporting.summary import odds_title, summary

    folder = done.folder or Path()
    facts = {"run": str(folder), "brief": str(folder / "brief.html"), **summary(done.crisis)}
    if terminal().as_json:
        emit(facts)
        return
    show_table(facts["odds"], odds_title(done.crisis), ODDS_FIRST)
    show_table(facts["arrivals"], "People arrived by the end of the horizon")
    say(f"mode: {facts['mode']}; what was known as of {facts['as_of']}")
    say(f"brief: {folder / 'brief.html'}")


def _stage_command(verb: str, says: str) -> None:
    """Register the command of one stage: it runs the chain up to that stage."""

    def command(crisis: CrisisArgument, chosen: Replay) -> None:
        show_stage(run_chain(crisis_named(crisis), verb, chosen), verb)

    command.__doc__ = says
    app.command(verb)(command)


def show_stage(done: "Run", verb: str) -> None:
    """Show the tables a stage added: as JSON, or the rows people want first."""
    from forestall.reporting.disclosure import shown_tables
    from forestall.reporting.summary import headlines
    from forestall.stages import stage_of

    tables, withheld = shown_tables(done.crisis, stage_of(verb).writes)
    if terminal().as_json:
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
        show_table(rows, title, [name for name in ODDS_FIRST if rows and name in rows[0]])
    if withheld:
        say(f"withheld as restricted: {', '.join(withheld)}")


_stage_command("warn", "The odds of deaths by month ahead.")
_stage_command("act", "Triggers, the response so far, and who depends on whom.")


@app.command()
def displace(
    crisis: CrisisArgument,
    chosen: Replay,
    rules: Annotated[
        str | None, typer.Option("--rules", help="Rule list: forestall, flee-3 or flee-3-intended.")
    ] = None,
) -> None:
    """How many flee, where, by which road, when."""
    done = run_chain(crisis_named(crisis), "displace", chosen, options={"rules": rules})
    show_stage(done, "displace")


@app.command()
def prepare(
    crisis: CrisisArgument,
    chosen: Replay,
    budget: Annotated[
        str | None, typer.Option("--budget", help="Money for pre-positioning, for example '5 MUSD'.")
    ] = None,
) -> None:
    """What they need, what is there, what is missing, and what to place where before."""
    done = run_chain(crisis_named(crisis), "prepare", chosen, options={"budget": budget})
    show_stage(done, "prepare")


LanguageOption = Annotated[
    str, typer.Option("--language", help="Language of the pages: ar, az, en, es, fr, hy or ru.")
]


@app.command()
def report(
    run_folder: RunArgument,
    chosen: Sampling,
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
    language: LanguageOption = "en",
) -> None:
    """Make the pages of a run anew in any language, its annex with options compared and earlier action."""
    from forestall.core.files import write_atomic
    from forestall.reporting.pages.made import files_of
    from forestall.reporting.scenario_tables import with_scenarios
    from forestall.reporting.stored_run import crisis_of_run

    result, outcome = crisis_of_run(run_folder, crisis)
    names = [name.strip() for name in options.split(",") if name.strip()]
    result = with_scenarios(result, outcome, options=names, earlier=earlier, **asdict(chosen))
    for name, made in files_of(result, outcome, language).items():
        write_atomic(Path(out) if name == "brief.html" else Path(out).with_name(name), made)
    told(f"brief: {out}", brief=out)


SinceOption = Annotated[
    str | None,
    typer.Option("--since", help="Say what changed since an earlier brief: a run folder, or a moment."),
]


@app.command()
def brief(
    crisis: CrisisArgument, chosen: Replay, language: LanguageOption = "en", since: SinceOption = None
) -> None:
    """What is happening, what may come and what to do tonight, in some 25 lines."""
    from forestall.reporting.pages.language import catalogue
    from forestall.reporting.pages.made import two_pages

    catalogue(language)
    opened = crisis_named(crisis)
    earlier = _earlier(opened, chosen, since) if since is not None else None
    done = run_chain(opened, "act", chosen, pages=chosen.out is not None)
    made = two_pages(done.crisis, outcome=opened, language=language, before=earlier)
    if terminal().as_json:
        emit(made.content)
    else:
        answer(made.text.rstrip("\n"))


def _earlier(crisis: "Crisis", chosen: Replay, since: str) -> "Crisis":
    """Return the crisis of an earlier brief: that of a run folder, or of the chain at an earlier moment."""
    from forestall.core.errors import UsageError
    from forestall.core.moments import parse_moment
    from forestall.reporting.stored_run import crisis_of_run
    from forestall.runs import RUN_FILE

    if (Path(since) / RUN_FILE).is_file():
        return crisis_of_run(since, None)[0]
    now = parse_moment(chosen.as_of or newest_moment(crisis), crisis.zone)
    if parse_moment(since, crisis.zone) >= now:
        raise UsageError(f"--since {since}: expected a moment before that of the brief, {now.isoformat()}")
    return run_chain(crisis, "act", replace(chosen, as_of=since, out=None)).crisis


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Folder of the earlier run.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Folder of the later run.")],
) -> None:
    """What changed between two runs, in words; --wide adds the tables that differ."""
    from forestall.reporting.changes import changes_in_words
    from forestall.runs import differences

    rows, words = differences(old, new), changes_in_words(old, new)
    if terminal().as_json:
        emit({"says": words, "differences": rows})
        return
    for line in words:
        answer(wrapped("-", line))
    if not rows:
        say("nothing changed: same choices, same inputs, same outputs")
    elif terminal().wide:
        names = ("what", "name", "change", "new", "gone", "changed", "rows")
        show_table([{n: row.get(n, "") for n in names} for row in rows], "Tables and choices that differ")
    else:
        tables = sum(row["what"] in ("input", "output") for row in rows)
        say(f"{tables} tables and {len(rows) - tables} choices differ: --wide or --json lists them")
