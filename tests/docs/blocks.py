"""Blocks of code in Markdown pages: which there are, and what running them means.

A page is one story: its blocks run in order in one empty folder.

``python``   runs in one namespace per page; with ``>>>`` prompts it is checked as a doctest.
``console``  every line that begins with ``$ `` is a command; lines below it are what it prints,
             ``...`` standing for anything. A comment ``# exit 1`` after a command gives the exit
             code expected, else 0.
``csv``, ``toml``, ``json`` and ``text`` blocks whose fence names a file, for example
             ``csv valley/places.csv``, are written there.
Anything else is not run. A line ``<!-- not run -->`` before a block leaves that block out.
"""

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FENCE = re.compile(
    r"^(?P<mark>`{3,})(?P<info>[^`\n]*)\n(?P<body>.*?)^(?P=mark)\s*$", re.MULTILINE | re.DOTALL
)
FILES = {"csv", "toml", "json", "text"}
OUTSIDE = {"make", "git", "pip", "python3", "cd", "docker"}
EXIT = re.compile(r"\s+# exit (\d+)\s*$")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    language: str
    file: str
    body: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


@dataclass(frozen=True)
class Command:
    """One command of a console block, its exit code and the output a reader is promised."""

    text: str
    code: int
    output: str


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page that run or are written, in order."""
    text = page.read_text(encoding="utf-8")
    return [block for block in _all_blocks(page, text) if _matters(block)]


def _all_blocks(page: Path, text: str) -> Iterator[Block]:
    for match in FENCE.finditer(text):
        before = text[: match.start()].rstrip().rsplit("\n", 1)[-1].strip()
        language, _, file = match["info"].strip().partition(" ")
        if before != "<!-- not run -->":
            line = text.count("\n", 0, match.start()) + 1
            yield Block(page, line, language, file.strip(), match["body"])


def _matters(block: Block) -> bool:
    return block.language in {"python", "console"} or (block.language in FILES and bool(block.file))


def commands_of(body: str) -> list[Command]:
    """Split a console block into commands with the output promised below each.

    A backslash at the end of a line joins the next one to it.
    """
    chunks = re.split(r"^\$ ", body.replace("\\\n", " "), flags=re.MULTILINE)
    return [_command(chunk) for chunk in chunks if chunk.strip()]


def _command(chunk: str) -> Command:
    line, _, output = chunk.partition("\n")
    code = EXIT.search(line)
    return Command(EXIT.sub("", line).strip(), int(code[1]) if code else 0, output)


def run_page(page: Path, folder: Path) -> int:
    """Run every block of a page in a folder and return how many ran."""
    namespace: dict[str, Any] = {"__name__": "__page__"}
    blocks = blocks_of(page)
    for block in blocks:
        if block.language == "python":
            run_python(block, namespace)
        elif block.language == "console":
            run_console(block, folder)
        else:
            _write(folder / block.file, block.body)
    return len(blocks)


def run_python(block: Block, namespace: dict[str, Any]) -> None:
    """Run a python block in the namespace of its page."""
    if ">>> " in block.body:
        _run_prompts(block, namespace)
    else:
        code = compile("\n" * block.line + block.body, str(block.page), "exec")
        exec(code, namespace)  # noqa: S102 - the pages of this project


def _run_prompts(block: Block, namespace: dict[str, Any]) -> None:
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(block.body, namespace, str(block), str(block.page), block.line)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    failed = runner.run(test, out=said.append, clear_globs=False).failed
    namespace.update(test.globs)
    assert not failed, "".join(said)


def run_console(block: Block, folder: Path) -> None:
    """Run the commands of a console block and compare what they print with what the page says."""
    for command in commands_of(block.body):
        if shlex.split(command.text, comments=True)[0] in OUTSIDE:
            continue
        done = subprocess.run(
            ["bash", "-c", command.text],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        told = f"{block}: $ {command.text}\n{done.stdout}{done.stderr}"
        assert done.returncode == command.code, f"exit {done.returncode}, not {command.code}\n{told}"
        if command.output.strip():
            assert matches(command.output, done.stdout + done.stderr), (
                f"the page says\n{command.output}\nbut\n{told}"
            )


def environment() -> dict[str, str]:
    """Return the environment of a reader who installed the package and nothing else."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "COLUMNS": "110", "NO_COLOR": "1", "TERM": "dumb"}


def matches(promised: str, printed: str) -> bool:
    """Return whether the promised lines are printed, ``...`` standing for anything.

    Runs of blanks count as one, so that a table may be narrower than on the page.
    """
    parts = [re.escape(" ".join(part.split())) for part in promised.split("...")]
    return re.search(".*".join(parts).replace("\\ ", r"\s+"), " ".join(printed.split())) is not None


def _write(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body, encoding="utf-8")
