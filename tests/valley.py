"""The small crisis of the tests, with changes."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

from typer.testing import CliRunner

from forestall.cli.apps import app
from forestall.cli.main import load_commands
from forestall.schema import load_schema

VALLEY = Path(__file__).parent / "data" / "river-valley"


def copy_valley(folder: Path, only: str | None = None) -> Path:
    """Copy the crisis to a folder of its own: every table, or the required ones and one more."""
    target = folder / "valley"
    target.mkdir()
    wanted = {only, *_referred(only)} if only else set()
    for path in VALLEY.iterdir():
        table = load_schema().get(path.stem)
        if only is None or table is None or table.required or path.stem in wanted:
            shutil.copy(path, target / path.name)
    return target


def _referred(table: str) -> set[str]:
    """Return the tables that a table refers to, where it is one."""
    columns = load_schema()[table].columns if table in load_schema() else ()
    return {column.refers_to.partition(".")[0] for column in columns if column.refers_to}


def replaced(path: Path, old: str, new: str) -> None:
    """Replace a text that must be there once or more."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def added(path: Path, **cells: str) -> None:
    """Append a row to a table, cells by name; the others are copied from the last row."""
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    names = header.split(",")
    assert set(cells) <= set(names), f"{path.name} has no {set(cells) - set(names)}"
    last = dict(zip(names, rows[-1].split(","), strict=False))
    row = ",".join({**last, **cells}[name] for name in names)
    path.write_text("\n".join([header, *rows, row]) + "\n", encoding="utf-8")


def command(*arguments: str, cwd: Path) -> SimpleNamespace:
    """Run a command of the command line in this process; an error that is no exit is raised."""
    load_commands()
    before = Path.cwd()
    os.chdir(cwd)
    try:
        done = CliRunner().invoke(app, list(arguments), prog_name="forestall", catch_exceptions=False)
    finally:
        os.chdir(before)
    return SimpleNamespace(returncode=done.exit_code, stdout=done.stdout, stderr=done.stderr)
