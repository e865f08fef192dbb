"""Write constraints.txt: the version of every package that the commands install, as tested here."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

HEAD = """\
# Versions that all tests were run with; written by `make lock`, used by every target that installs.
# Versions only, no addresses: packages come from wherever pip or uv is set up to take them.
"""
EXTRAS = ("learn", "live", "serve", "team", "docs", "test")


def named(text: str) -> str:
    """Return the package that a line of requirements names."""
    return re.split(r"[^\w.-]", text, maxsplit=1)[0].lower().replace("_", "-")


def own() -> set[str]:
    """Return the packages that pyproject.toml names, with those of the extras that are installed."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(one for e in EXTRAS for one in project["optional-dependencies"][e])]
    return {named(line) for line in lines} - {"forestall"}


def wanted(name: str) -> set[str]:
    """Return the packages that a package requires, without its extras."""
    return {named(text) for text in requires(name) or () if "extra ==" not in text}


def closure() -> dict[str, str]:
    """Return every package needed with its version; what this system does not install is left out."""
    todo, done = own(), dict[str, str]()
    while todo:
        name = todo.pop()
        try:
            done[name] = version(name)
        except PackageNotFoundError:
            continue
        todo |= wanted(name) - done.keys()
    return done


if __name__ == "__main__":
    lines = [f"{name}=={number}\n" for name, number in sorted(closure().items())]
    Path("constraints.txt").write_text(HEAD + "".join(lines), encoding="utf-8")
    sys.stdout.write(f"constraints.txt: {len(lines)} packages\n")
