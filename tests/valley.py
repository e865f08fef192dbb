"""The small crisis of the tests, with changes."""

import shutil
from pathlib import Path

from forestall.schema import load_schema

VALLEY = Path(__file__).parent / "data" / "river-valley"


def copy_valley(folder: Path, only: str | None = None) -> Path:
    """Copy the crisis to a folder of its own: every table, or the required ones and one more."""
    target = folder / "valley"
    target.mkdir()
    for path in VALLEY.iterdir():
        table = load_schema().get(path.stem)
        if only is None or table is None or table.required or path.stem == only:
            shutil.copy(path, target / path.name)
    return target


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
