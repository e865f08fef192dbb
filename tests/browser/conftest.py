"""What the tests in a real browser share: the browser, and the page as it was built."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from find_browser import browser_path

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Return an open Chromium; without one CI fails, and elsewhere the test is skipped with the reason."""
    path = browser_path()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no browser is on this machine, and CI must have one")
        pytest.skip("no browser is on this machine; set FORESTALL_BROWSER to a Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def built_page() -> Path:
    """Return the folder of the built page; unbuilt CI fails, and elsewhere the test is skipped."""
    pytest.importorskip("fastapi")
    from forestall.serving.app import STATIC

    if not (STATIC / "index.html").is_file():
        if os.environ.get("CI"):
            pytest.fail("the page is not built, and CI must build it: make web")
        pytest.skip("the page is not built: make web")
    return STATIC
