"""Find a Chromium for the tests, or install one; run by ``make test``."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def browser_path() -> str | None:
    """Return the path of a Chromium on this machine, or None."""
    named = os.environ.get("FORESTALL_BROWSER")
    if named:
        return named
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    return found or _from_playwright()


def _from_playwright() -> str | None:
    """Return the path of the browser that playwright installed itself, where it has."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def install() -> None:
    """Install a Chromium by the system's packages where we may, else by playwright."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
        packages = ["chromium", "fonts-dejavu-core"]
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], check=False, **quiet
        )
    if browser_path() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> None:
    """Say where the browser is; with --install, get one where there is none."""
    if browser_path() is None and "--install" in sys.argv:
        install()
    path = browser_path()
    sys.stdout.write(f"browser: {path}\n" if path else "no browser was found and none could be installed\n")


if __name__ == "__main__":
    main()
