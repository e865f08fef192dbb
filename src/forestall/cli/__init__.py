"""The command line: one thin command per verb."""

from forestall.cli.main import main

__all__ = ["main"]
