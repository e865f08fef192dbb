"""The page of all commands, made from the commands themselves: ``python -m forestall.cli.docs``."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import typer

from forestall.cli.apps import app
from forestall.cli.main import load_commands
from forestall.cli.terminal import Terminal
from forestall.core.files import write_atomic

_HEAD = """\
# Commands

Made from the commands by `make docs-tables`; do not edit by hand. `forestall COMMAND --help` prints the same.

Exit code 0: fine. 1: findings that are errors, nothing was written. 2: the command was called wrongly.
4: the machine failed, such as a full disk or a folder that may not be written. Results go to files,
progress to standard error, answers and `--json` to standard output. No command uses the network.

Every command has `--json` (the result as JSON), `--wide` (every column, however narrow the terminal) and
`--quiet` (nothing but errors, and the JSON that `--json` asks for).
"""


def all_commands() -> dict[str, Any]:
    """Return every command by its full name.

    Examples
    --------
    >>> "forestall check" in all_commands()
    True
    """
    load_commands()
    return dict(_below(typer.main.get_command(app), "forestall"))


def _below(group: Any, name: str) -> Iterator[tuple[str, Any]]:
    for child, command in getattr(group, "commands", {}).items():
        below = f"{name} {child}"
        if not getattr(command, "commands", {}) or getattr(command, "invoke_without_command", False):
            yield below, command
        yield from _below(command, below)


def commands_page() -> str:
    """Return the page of all commands, in Markdown."""
    return _HEAD + "".join(_text(name, command) for name, command in sorted(all_commands().items()))


def _text(name: str, command: Any) -> str:
    """Return one command: what it does, its arguments and its options."""
    context = typer.Context(command, info_name=name)
    usage = " ".join([name, *(piece for piece in command.collect_usage_pieces(context))])
    common = {one.name for one in fields(Terminal)}
    rows = [row for param in command.params if param.name not in common and (row := _row(param)) is not None]
    table = "\n| option | what it is |\n|---|---|\n" + "\n".join(rows) + "\n" if rows else ""
    return f"\n## {name}\n\n{(command.help or '').strip()}\n\n`{usage}`\n{table}"


def _row(param: Any) -> str | None:
    """Return a parameter as a row, or None where it needs none."""
    if param.name == "help" or getattr(param, "hidden", False):
        return None
    name = (
        param.metavar or param.name.upper() if param.param_type_name == "argument" else ", ".join(param.opts)
    )
    said = (getattr(param, "help", "") or "").replace("|", "\\|").replace("\n", " ")
    return f"| `{name}` | {said} |"


if __name__ == "__main__":
    write_atomic(Path("docs/commands.md"), commands_page())
