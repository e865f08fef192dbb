"""The entry point: register the commands and run the one that was asked for."""

from importlib import import_module

from forestall.cli.apps import app

MODULES = (
    "forestall.cli.chain",
    "forestall.cli.demonstration",
    "forestall.cli.tables",
    "forestall.flee.command",
    "forestall.learning.command",
    "forestall.cli.warning",
    "forestall.cli.replaying",
    "forestall.cli.nowcasting",
    "forestall.cli.preparing",
    "forestall.cli.acting",
    "forestall.cli.peace",
    "forestall.cli.pressure",
    "forestall.cli.world",
    "forestall.cli.adding",
    "forestall.cli.serving",
    "forestall.cli.keys",
    "forestall.cli.stocks",
    "forestall.cli.storing",
    "forestall.cli.fetching",
    "forestall.cli.watching",
)


def load_commands() -> None:
    """Import the modules of commands, which register themselves."""
    for name in MODULES:
        import_module(name)


def main() -> None:
    """Run the command line."""
    load_commands()
    app()
