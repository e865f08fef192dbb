"""Learn how many flee from several crises, and judge it on the ones left out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forestall.cli.apps import fit_app, score_app
from forestall.cli.common import CrisisArgument, Seed
from forestall.cli.layout import show_table
from forestall.cli.terminal import emit, print_findings, say, terminal

if TYPE_CHECKING:
    from forestall.crisis import Crisis

ARMS = {
    "with": "with capacities",
    "with-capacities": "with capacities",
    "without": "without capacities",
    "without-capacities": "without capacities",
    "forecast": "forecast",
}
"""Arms by the words of the command line."""
Folders = Annotated[
    list[str], typer.Argument(metavar="FOLDER...", help="Imported crises, or folders of the reference model.")
]
Count = Annotated[int, typer.Option("--draws", min=20, max=20_000, help="Number of draws of each fit.")]
Cluster = Annotated[
    str,
    typer.Option(
        "--cluster", help="Workers: local:2, slurm:8 or tcp://HOST:PORT; else this process, on all its cores."
    ),
]
RULES = "forestall"


@score_app.command("displace")
def score_displace(
    crisis: CrisisArgument,
    rules: Annotated[
        str,
        typer.Option(
            "--rules", help="forestall, flee-3, flee-3-intended, or flee-3+DEFECT to mend one defect."
        ),
    ] = "flee-3",
    draws: Annotated[
        int | None, typer.Option("--draws", min=1, max=100_000, help="Number of draws; 20 for flee-3.")
    ] = None,
    seed: Seed = 1,
    arm: Annotated[
        str,
        typer.Option("--arm", help="with (capacities), without, or forecast (fitted on 30 days)."),
    ] = "with",
    learnt: Annotated[
        str | None,
        typer.Option("--learnt", help="Folder of `forestall fit displace`; else the draws that ship."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Only what was learnt from crises over before this one began.")
    ] = False,
) -> None:
    """Score simulated displacement against recorded counts, beside naive rows."""
    from forestall.learning.situation import opened

    read, number, chosen = opened(crisis), 1 if seed is None else seed, ARMS.get(arm, arm)
    _refuse_options(rules, learnt, strict)
    if rules == RULES:
        _score_own(read, draws, number, chosen, learnt, strict)
    else:
        _score_peer(read, rules, draws or 20, number, chosen)


def _refuse_options(rules: str, learnt: str | None, strict: bool) -> None:
    """Refuse options that the rules of the peer would not use."""
    from forestall.core.errors import UsageError

    unused = [name for name, given in (("--learnt", learnt), ("--strict", strict)) if given]
    if rules != RULES and unused:
        raise UsageError(
            f"{', '.join(unused)}: the rules {rules} learn nothing; next: --rules forestall, or leave it out"
        )


def _score_peer(crisis: "Crisis", rules: str, draws: int, seed: int, arm: str) -> None:
    """Score the rules of the reference model."""
    from forestall.flee.engine.simulate import compiling
    from forestall.flee.scoring import score_displacement

    if compiling():
        say("the first run compiles the kernel, which takes some seconds; later runs do not")
    scores = score_displacement(crisis, rules=rules, draws=draws, seed=seed, arm=arm)
    if terminal().as_json:
        emit(scores)
        return
    _show_errors(scores)
    say(f"{scores['cpu_s_per_draw']:.3f} CPU seconds per draw, {scores['cohorts_max']:,} cohorts")
    say(scores["note"])


def _show_errors(scores: dict[str, Any]) -> None:
    """Show errors beside naive rows, and people on the last day."""
    naive = [{"row": name, "ARD raw": v, "ARD rescaled": v} for name, v in scores["naive"].items()]
    ours = {
        "row": f"{scores['rules']} ({scores['arm']})",
        "ARD raw": scores["ard_raw"],
        "ARD rescaled": scores["ard_rescaled"],
    }
    show_table([ours, *naive], f"{scores['crisis']}: averaged relative difference, {scores['draws']} draws")
    show_table([{"camp": name, **row} for name, row in scores["camps"].items()], "People on the last day")


def _score_own(
    crisis: "Crisis", draws: int | None, seed: int, arm: str, folder: str | None, strict: bool
) -> None:
    """Score the daily rules, with what was learnt from other crises."""
    from forestall.flee.engine.from_tables import instance_of
    from forestall.learning.forecasting import checked_arm
    from forestall.learning.scores import score
    from forestall.learning.situation import situation_of

    chosen = checked_arm(arm)
    situation = situation_of(instance_of(crisis))
    found = _draws_for(situation, chosen, folder, strict, seed)
    scores = {
        **score(situation, found.some(draws), chosen, seed),
        "learnt_from": [source.title for source in found.sources],
        "cut_off": found.cut_off,
        "hindsight": found.cut_off > situation.start.isoformat(),
    }
    if terminal().as_json:
        emit(scores)
        return
    if situation.findings:
        print_findings(situation.findings)
    _show_errors(scores)
    show_table(scores["totals"], "People at all sites")
    _say_what_it_rests_on(scores)


def _draws_for(situation: Any, arm: str, folder: str | None, strict: bool, seed: int) -> Any:
    """Return learnt draws that may be used on a crisis."""
    from forestall.learning import draws as store
    from forestall.learning.fitting import prior

    capacities = arm == ARMS["with"]
    if folder is None:
        if strict:
            return store.shipped_before(situation, capacities=capacities) or store.learnt(
                prior(1000, seed), (), capacities=capacities, seed=seed
            )
        return store.shipped_for(situation, capacities=capacities)
    found = store.load(folder)
    store.refuse_unfair(found, situation, capacities=capacities)
    if strict:
        store.refuse_later(found.sources, situation.start)
    return found


def _say_what_it_rests_on(scores: dict[str, Any]) -> None:
    """Say how many counts lay in their bands, what was learnt from, and with which hindsight."""
    say(f"90 % bands hold {scores['coverage']:.0%} of counts by site and day; {scores['note']}")
    say("the naive rows are told the number of people of every day")
    if not scores["learnt_from"]:
        say("nothing was learnt from other crises: the ranges of the parameters stand alone")
        return
    said = f"learnt from {', '.join(scores['learnt_from'])}, over by {scores['cut_off']}"
    after = "; that is after this crisis began, so it tests other crises, not other times"
    say(said + (after if scores["hindsight"] else ""))


@score_app.command("transfer")
def score_transfer(
    folders: Folders,
    arms: Annotated[
        str, typer.Option("--arms", help="Arms to score, with commas: with,without,forecast.")
    ] = "with,without,forecast",
    draws: Count = 1000,
    seed: Seed = 1,
    cluster: Cluster = "",
) -> None:
    """Leave one crisis out: learn from the others, score on it, by crisis and arm."""
    from forestall.learning.forecasting import checked_arm
    from forestall.learning.situation import read_all
    from forestall.learning.transfer import transfer
    from forestall.learning.workers import mapping, threads_of

    chosen = [checked_arm(ARMS.get(arm.strip(), arm.strip())) for arm in arms.split(",")]
    situations = read_all(folders)
    with mapping(cluster) as mapped:
        found = transfer(
            situations,
            arms=chosen,
            draws=draws,
            seed=1 if seed is None else seed,
            mapped=mapped,
            threads=threads_of(cluster),
        )
    if terminal().as_json:
        emit(found)
        return
    show_table([_row(row) for row in found["rows"]], "Each crisis, learnt from the others", ("crisis", "arm"))
    show_table(found["summary"], "Means over crises", ("arm", "ard_rescaled", "coverage"))
    for finding in found["findings"]:
        say(finding["message"])


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of leave one out for the terminal."""
    from forestall.learning.transfer import least_naive, rival

    last = row["totals"][-1] if row["totals"] else {}
    return {
        "crisis": row["crisis"],
        "arm": row["arm"].split()[0],
        "ARD": row["ard_rescaled"],
        "peer": rival(row),
        "naive": least_naive(row),
        "cover": row["coverage"],
        "total": last.get("ratio"),
        "held": last.get("held"),
        "ARD raw": row["ard_raw"],
    }


@fit_app.command("displace")
def fit_displace(
    folders: Folders,
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")] = Path("learnt"),
    draws: Count = 1000,
    seed: Seed = 1,
    capacities: Annotated[
        bool, typer.Option("--capacities", help="Learn the pull of sites' capacities too.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Refuse crises that were not over by this day: 2016-05-01.")
    ] = None,
    cluster: Cluster = "",
) -> None:
    """Learn the parameters of displacement from several crises, as a table of draws."""
    from forestall.learning import draws as store
    from forestall.learning.for_chain import day_of, write_priors
    from forestall.learning.situation import read_all
    from forestall.learning.transfer import Task, refuse_unfit, run_task
    from forestall.learning.workers import mapping, threads_of

    situations = read_all(folders)
    refuse_unfit(situations, ["without capacities"])
    if as_of is not None:
        store.refuse_later([store.source_of(one) for one in situations], day_of(as_of))
    task = Task(tuple(situations), capacities, draws, 1 if seed is None else seed, threads_of(cluster))
    with mapping(cluster) as mapped:
        (found,) = mapped(run_task, [task])
    store.save(found, out)
    write_priors(found, out)
    _say_learnt(found, out)


def _say_learnt(found: Any, out: Path) -> None:
    """Show what the counts moved and what not."""
    from forestall.learning import draws as store

    findings, rows = store.faults_of(found), store.moved(found)
    if terminal().as_json:
        card = {name: value for name, value in store.card_of(found).items() if name != "scores"}
        emit({**card, "folder": str(out), "moved": rows, "findings": [f.as_dict() for f in findings]})
        return
    if findings:
        print_findings(findings)
    show_table(rows, "Parameters, by 90 % range", ("parameter", "q05", "q50", "q95", "spread_left"))
    said = found.diagnostics
    say(
        f"{out}: {said['draws']} draws in {said['steps']} steps, {said['different']:.0%} different, "
        f"{said['accepted']:.0%} of moves accepted; known from {found.cut_off or 'the start'}"
    )
    say("spread_left near 1: the counts say nothing about this parameter")
