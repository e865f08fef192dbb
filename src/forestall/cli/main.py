"""The entry point: register the commands and run the one that was asked for."""

from importlib import import_module
from importlib.util import find_spec

from forestall.cli.apps import app

MODULES = ("chain", "tables", "flee", "warning", "preparing", "acting")


def load_commands() -> None:
    """Import the modules of commands, which register themselves."""
    for name in MODULES:
        if find_spec(f"forestall.cli.{name}") is not None:
            import_module(f"forestall.cli.{name}")


def main() -> None:
    """Run the command line."""
    load_commands()
    app()
