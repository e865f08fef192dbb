"""The page as a folder that opens without a server, one folder a day of publishing, none ever changed.

A page that is opened as a file may not read other files, but it may load scripts: so each answer lies there
twice, as JSON and CSV for people and programs, and as a script that hands the same JSON to the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from forestall import __version__
from forestall.core.errors import UsageError
from forestall.core.files import folder_atomic, write_atomic
from forestall.serving.answers import as_json
from forestall.serving.app import STATIC
from forestall.serving.desk import Reading
from forestall.serving.shelf import Kept, Shelf
from forestall.serving.views import NAMES, VIEWS

DATA, HISTORY = "data", "history.json"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'"
HEAD = f"""\
    <meta http-equiv="Content-Security-Policy" content="{POLICY}" />
    <link rel="stylesheet" href="page.css" />
    <script defer src="page.js"></script>
"""
MARKS = re.compile(r"\s*<(script|link) [^>]*(page\.js|page\.css)[^>]*>(</script>)?")


@dataclass(frozen=True, slots=True)
class Published:
    """What was published.

    Parameters
    ----------
    folder
        Of this day.
    runs
        Crisis and moment of each run in it.
    files
        How many files it holds.
    size
        Their bytes.
    """

    folder: Path
    runs: list[dict[str, str]]
    files: int
    size: int


def publish(shelf: Shelf, out: Path, *, when: datetime | None = None, static: Path = STATIC) -> Published:
    """Write the page with every run of a shelf as a folder, and list it with the earlier ones.

    Parameters
    ----------
    shelf
        Crises and runs; what may not be shown is left out as everywhere.
    out
        Archive: a folder per day of publishing, ``index.html`` that lists them, ``history.json``.
    when
        Moment of publishing; now where none is given.
    static
        Folder of the built page.

    Raises
    ------
    UsageError
        Where the page is not built, or there is no run to publish.
    """
    if not (static / "index.html").is_file():
        raise UsageError("the page is not built; next: make web")
    runs = [run for name in sorted(shelf.crises) for run in shelf.runs_of(name)]
    if not runs:
        raise UsageError(f"no run of {', '.join(sorted(shelf.crises))} is in {str(shelf.folder)!r}; "
                         "next: forestall run CRISIS --out FOLDER/NAME")  # fmt: skip
    history_of(out)  # a list that cannot be read is said before anything is written
    moment = (when or datetime.now(UTC)).astimezone(UTC)
    target = _free(out, f"{moment:%Y-%m-%d}")
    with folder_atomic(target) as fresh:
        files = [_write(fresh, path, body) for path, body in _bodies(shelf, runs)]
        files += _page(fresh, static)
    made = Published(target, [{"crisis": run.name, "as_of": run.at} for run in runs], len(files), sum(files))
    _list(out, made, moment)
    return made


def _free(out: Path, day: str) -> Path:
    """Return a folder that is not there yet: what was published is never changed."""
    names = (day, *(f"{day}_{number}" for number in range(2, 1000)))
    return next(out / name for name in names if not (out / name).exists())


def _bodies(shelf: Shelf, runs: list[Kept]) -> Iterator[tuple[str, bytes]]:
    """Yield what is answered at each address."""
    reading = Reading(shelf)
    yield "world.json", reading.world("json").plain
    yield "world.csv", reading.world("csv").plain
    yield "outlines.json", reading.outlines().plain
    yield "crises.json", as_json({"crises": reading.crises(), "views": NAMES, "page": 1})
    for run in runs:
        for view in NAMES:
            base = f"crisis/{run.name}/{run.at}/{view}"
            yield f"{base}.json", reading.view(run.name, run.at, view, "json", None).plain
            yield f"{base}.csv", reading.view(run.name, run.at, view, "csv", None).plain
            for table in VIEWS[view].tables if view in VIEWS else ():
                yield f"{base}.{table}.csv", reading.view(run.name, run.at, view, "csv", table).plain


def _write(folder: Path, path: str, body: bytes) -> int:
    """Write an answer under a name that every file system holds, JSON also as a script; return the bytes."""
    whole = folder / DATA / path.replace(":", "")
    whole.parent.mkdir(parents=True, exist_ok=True)
    whole.write_bytes(body)
    if not path.endswith(".json"):
        return len(body)
    script = b"forestall(" + json.dumps(f"/{path}").encode() + b"," + body + b");\n"
    whole.with_name(whole.name + ".js").write_bytes(script)
    return len(body) + len(script)


def _page(folder: Path, static: Path) -> list[int]:
    """Write the built page so that it opens as a file; return the bytes of its files."""
    text = (static / "index.html").read_text(encoding="utf-8")
    text = MARKS.sub("", text).replace("<html ", '<html data-published="1" ')
    text = text.replace('href="/world"', 'href="#/world"')
    pages = {"index.html": text.replace("  </head>", f"{HEAD}  </head>").encode()}
    pages |= {path.name: path.read_bytes() for path in sorted(static.iterdir()) if path.name != "index.html"}
    for name, body in pages.items():
        (folder / name).write_bytes(body)
    return [len(body) for body in pages.values()]


def _list(out: Path, made: Published, moment: datetime) -> None:
    """Add a publication to the list, the newest first."""
    entry = {"folder": made.folder.name, "published": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "version": __version__,
             "runs": made.runs, "files": made.files, "bytes": made.size}  # fmt: skip
    history = [entry, *history_of(out)]
    write_atomic(out / HISTORY, json.dumps(history, ensure_ascii=False, indent=1) + "\n")
    write_atomic(out / "index.html", _index(history))


def history_of(out: Path) -> list[dict[str, Any]]:
    """Return what was published before, the newest first; none where there is no list."""
    try:
        held = json.loads((out / HISTORY).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        where = f"{out / HISTORY}: cannot be read: {error}"
        raise UsageError(f"{where}; mend it or choose another folder") from error
    return [entry for entry in held if (out / str(entry.get("folder", "-"))).is_dir()]


def _index(history: list[dict[str, Any]]) -> str:
    """Return the list of what was published as a page without scripts."""
    pages = Environment(loader=PackageLoader("forestall.serving"), autoescape=True)
    return pages.get_template("archive.html").render(history=history)
