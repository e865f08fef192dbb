"""The command and its groups, on which the modules of commands register."""

from typing import Annotated

import typer

from forestall.cli.terminal import Commands

app = Commands(
    name="forestall",
    help="From a warning of war to action in time: record, warn, displace, prepare, act, report.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
import_app = Commands(help="Turn another tool's folder into a crisis.", no_args_is_help=True)
export_app = Commands(help="Write results in another tool's form.", no_args_is_help=True)
score_app = Commands(help="Score forecasts and simulations against what happened.", no_args_is_help=True)
fit_app = Commands(help="Fit models and write their artefacts.", no_args_is_help=True)
trigger_app = Commands(help="Report on triggers and design them.", no_args_is_help=True)
store_app = Commands(help="What was fetched: its state, upkeep and files.", no_args_is_help=True)
alert_app = Commands(help="Alerts: list, release, correct, withdraw.", no_args_is_help=True)
ledger_app = Commands(help="Promises: add, list, due.", no_args_is_help=True)

keys_app = Commands(help="Keys of readers of the page: add, list, revoke.", no_args_is_help=True)


def _say_version(asked: bool) -> None:
    """Print the version and stop."""
    if asked:
        import forestall

        print(f"forestall {forestall.__version__}")
        raise typer.Exit


@app.callback()
def _every_command(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and stop.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """From a warning of war to action in time: record, warn, displace, prepare, act, report."""


app.add_typer(import_app, name="import")
app.add_typer(export_app, name="export")
app.add_typer(score_app, name="score")
app.add_typer(fit_app, name="fit")
app.add_typer(trigger_app, name="trigger")
app.add_typer(ledger_app, name="ledger")
app.add_typer(store_app, name="store")
app.add_typer(alert_app, name="alert")
app.add_typer(keys_app, name="keys")
