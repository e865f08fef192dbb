"""The watch, and alerts: list, release, correct, withdraw."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forestall.cli.apps import alert_app, app
from forestall.cli.storing import Store
from forestall.cli.terminal import EXIT_UNAVAILABLE, answer, complain, emit, say, terminal, told
from forestall.core.errors import UsageError

if TYPE_CHECKING:
    from forestall.alerts.log import Alert
    from forestall.store import Database
    from forestall.watch.once import Round

UNITS = "~/.config/systemd/user"
Person = Annotated[
    str, typer.Option("--by", help="Who releases: a name of [alert.releasers] in crisis.toml.")
]
Phrase = Annotated[
    str | None,
    typer.Option("--phrase", envvar="FORESTALL_PHRASE", help="Your phrase; asked for where it is left out."),
]
AlertArgument = Annotated[str, typer.Argument(metavar="ALERT", help="Identifier of an alert.")]
CrisisOfAlert = Annotated[
    str | None, typer.Option("--crisis", help="Folder of the crisis; else the folder of the alert's name.")
]


@app.command()
def watch(
    crises: Annotated[
        list[str] | None, typer.Argument(metavar="[CRISIS ...]", help="Crises to watch.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="One round, for cron or systemd.")] = False,
    status: Annotated[bool, typer.Option("--status", help="How the watch stands; asks no source.")] = False,
    install: Annotated[
        bool, typer.Option("--install", help="Write units of systemd that do one round a day.")
    ] = False,
    store: Store = None,
    runs: Annotated[str, typer.Option("--runs", help="Folder of runs.")] = "forestall-runs",
    base: Annotated[
        str | None, typer.Option("--base", help="Another address that plays the sources: a mirror.")
    ] = None,
    units: Annotated[str, typer.Option("--units", help="With --install: folder of the units.")] = UNITS,
    at: Annotated[str, typer.Option("--at", help="With --install: hour of the day.")] = "05:40",
) -> None:
    """Fetch what is due, run what changed, compare with the last run, stage alerts; nothing is sent."""
    from forestall.store import open_database

    if [once, status, install].count(True) != 1:
        raise UsageError("say one of --once, --status and --install")
    if status:
        _status(open_database(store), crises or [])
        return
    if not crises:
        raise UsageError("name the crises to watch, each by its folder")
    if install:
        _install(crises, store, runs, units, at)
        return
    from forestall.cli.fetching import address
    from forestall.watch.once import watch_once

    done = watch_once(crises, open_database(store), Path(runs), base=address(base))
    _tell(done)
    if not done.whole:
        raise typer.Exit(EXIT_UNAVAILABLE)


def _tell(done: "Round") -> None:
    """Say what a round did."""
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    failing = {one.source: f"{one.reason}; {one.age(now)}" for one in done.fetched if one.outcome == "failed"}
    if terminal().as_json:
        fetched = [{"source": one.source, "outcome": one.outcome} for one in done.fetched]
        facts = {"ran": done.ran, "same": done.same, "failed": done.failed, "alerts": done.alerts}
        emit({"fetched": fetched, "failing": failing, **facts})
        return
    for one in done.fetched:
        if one.outcome != "failed":
            answer(f"{one.source}: {sum(one.rows.values()):,} new rows")
    for name, why in {**failing, **done.failed}.items():
        complain(f"{name}: {why}")
    for name, folder in done.ran.items():
        answer(f"{name}: ran, {folder}")
    for name in done.alerts:
        answer(f"staged: {name}; next: forestall alert list")
    say(f"{len(done.ran)} ran, {len(done.same)} without news, {len(done.failed)} failed")


def _status(database: "Database", names: list[str]) -> None:
    from forestall.cli.layout import show_table
    from forestall.watch.state import watch_state

    state = watch_state(database, [Path(name).name for name in names])
    if terminal().as_json:
        emit(state)
        return
    for name, title in (("crises", "Crises"), ("sources", "Sources")):
        rows = [{k: v for k, v in row.items() if k != "reason"} for row in state[name]]
        show_table(rows, title, first=tuple(rows[0])[:3] if rows else ())
    for row in (*state["crises"], *state["sources"]):
        if row["reason"]:
            answer(f"{row.get('crisis') or row.get('source')}: {row['reason']}")
    for name in state["waiting"]:
        answer(f"waits for a person: {name}")


def _install(crises: list[str], store: str | None, runs: str, target: str, at: str) -> None:
    """Write the units; the same again writes nothing."""
    from forestall.crisis import folder_of
    from forestall.watch.units import NAME, units, write_units

    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", at):
        raise UsageError(f"--at {at!r} is no hour of the day; expected 05:40")
    folders = [str(folder_of(name).resolve()) for name in crises]
    arguments = ["--once", *folders, "--runs", str(Path(runs).resolve())]
    arguments += ["--store", store] if store else []
    written = write_units(Path(target).expanduser(), units(arguments, Path.cwd(), at))
    said = ", ".join(str(path) for path in written) or f"the units in {target} are as they should be"
    told(
        f"{said}; next: systemctl --user daemon-reload && systemctl --user enable --now {NAME}.timer",
        written=[str(path) for path in written],
    )


@alert_app.command("list")
def alert_list(
    crisis: Annotated[str | None, typer.Option("--crisis", help="Name of one crisis.")] = None,
    store: Store = None,
) -> None:
    """Every alert: staged, released, withdrawn; with its odds, its false alarms and its call-off rule."""
    from forestall.alerts.log import alerts
    from forestall.cli.layout import show_table
    from forestall.store import open_database

    with open_database(store).reading() as connection:
        found = alerts(connection, Path(crisis).name if crisis else None)
    if terminal().as_json:
        emit([_facts(one) for one in found.values()])
        return
    rows = [{"state": one.state, **_row(one)} for one in found.values()]
    show_table(rows, "Alerts", first=("state", "p_event"))
    for one in found.values():
        answer(f"{one.name}: {one.content['headline']}")
        answer(f"  {one.content['false_alarms']}; {one.content['call_off']}")


def _row(alert: "Alert") -> dict[str, Any]:
    content = alert.content
    return {
        "p_event": content["p_event"],
        "p_low": content["p_low"],
        "p_high": content["p_high"],
        "told_by": ", ".join(sorted(alert.told_by)) or None,
        "before": content.get("before"),
    }


def _facts(alert: "Alert") -> dict[str, Any]:
    return {
        "alert": alert.name,
        "crisis": alert.crisis,
        "state": alert.state,
        "told_by": sorted(alert.told_by),
        "content": alert.content,
        "history": alert.history,
    }


@alert_app.command("approve")
def alert_approve(
    alert: AlertArgument, by: Person, phrase: Phrase = None, crisis: CrisisOfAlert = None, store: Store = None
) -> None:
    """Release an alert and tell it over the channels of the crisis; again tells only those that failed."""
    from forestall.alerts.log import CALL_OFF
    from forestall.alerts.releasing import approve, withdraw
    from forestall.store import open_database

    database = open_database(store)
    options, folder = _allowed(database, alert, crisis, by, phrase)
    done = approve(database, alert, by)
    _told(database, done, options, folder)
    ended = done.content.get("before")
    if done.content["rule"] == CALL_OFF and ended:
        reason = f"called off: {done.content['headline']}"
        _told(database, withdraw(database, ended, by, reason), options, folder)


@alert_app.command("correct")
def alert_correct(
    alert: AlertArgument,
    by: Person,
    headline: Annotated[str, typer.Option("--headline", help="The right headline.")],
    text: Annotated[str | None, typer.Option("--text", help="The right text; else the headline.")] = None,
    phrase: Phrase = None,
    crisis: CrisisOfAlert = None,
    store: Store = None,
) -> None:
    """Correct what a released alert says, and tell it to those who were told; the first text stays."""
    from forestall.alerts.releasing import correct
    from forestall.store import open_database

    database = open_database(store)
    options, folder = _allowed(database, alert, crisis, by, phrase)
    done = correct(database, alert, by, {"headline": headline, "text": text or headline})
    _told(database, done, options, folder)


@alert_app.command("withdraw")
def alert_withdraw(
    alert: AlertArgument,
    by: Person,
    reason: Annotated[str, typer.Option("--reason", help="Why; those who were told are told it.")],
    phrase: Phrase = None,
    crisis: CrisisOfAlert = None,
    store: Store = None,
) -> None:
    """Withdraw an alert, released or not, for a reason."""
    from forestall.alerts.releasing import withdraw
    from forestall.store import open_database

    database = open_database(store)
    options, folder = _allowed(database, alert, crisis, by, phrase)
    _told(database, withdraw(database, alert, by, reason), options, folder)


@alert_app.command("releaser")
def alert_releaser(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who may release.")], phrase: Phrase = None
) -> None:
    """Print the line for crisis.toml that lets a person release alerts, by a phrase only they know."""
    from forestall.alerts.releasing import hashed
    from forestall.settings import toml_text

    made = hashed(_phrase(phrase, twice=True))
    if terminal().as_json:
        emit({"name": name, "hash": made})
        return
    answer(f"[alert.releasers]\n{toml_text(name)} = {toml_text(made)}")


def _phrase(given: str | None, *, twice: bool = False) -> str:
    return given or str(typer.prompt("Phrase", hide_input=True, confirmation_prompt=twice, err=True))


def _allowed(
    database: "Database", name: str, crisis: str | None, person: str, phrase: str | None
) -> tuple[Any, Path]:
    """Return the options and folder of the crisis of an alert, where the person may release its alerts."""
    from forestall.alerts.log import alert_named
    from forestall.alerts.releasing import known
    from forestall.watch.due import watched

    with database.reading() as connection:
        alert = alert_named(connection, name)
    found = watched(crisis or alert.crisis)
    if found.name != alert.crisis:
        raise UsageError(f"{name} is an alert of {alert.crisis!r}, not of {found.name!r}")
    options = found.plan.alert
    if not options.releasers:
        raise UsageError(
            f"nobody may release alerts of {found.name!r} yet; `forestall alert releaser NAME` makes "
            "the line for [alert.releasers] in crisis.toml"
        )
    known(options.releasers, person, _phrase(phrase))
    return options, found.folder


def _told(database: "Database", alert: "Alert", options: Any, folder: Path) -> None:
    """Tell the state of an alert and say how it went; a channel that failed ends the command with 3."""
    from forestall.alerts.channels import channels_of
    from forestall.alerts.releasing import tell

    went = tell(database, alert, channels_of(options, folder))
    if terminal().as_json:
        emit({"alert": alert.name, "state": alert.state, "channels": went})
    else:
        for channel, how in went.items():
            answer(f"{channel}: {how}")
        say(f"{alert.name}: {alert.state}" + ("" if went else "; told to nobody"))
    if any(how.startswith("not told") for how in went.values()):
        raise typer.Exit(EXIT_UNAVAILABLE)
