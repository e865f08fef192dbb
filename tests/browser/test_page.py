"""The page in a real browser: every view loads nothing from outside, complains of nothing and fits."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
from forestall.crisis import open_crisis
from forestall.reporting.pages.made import files_of
from forestall.runs import run

pytestmark = pytest.mark.browser
CRISIS, AT = "karabakh-2023", "2023-09-25T16:00:00Z"
VIEWS = ("now", "map", "odds", "needs", "action", "claims", "sources", "replay")
COUNTED_LATER = "100,625"
"""Counted by 3 October 2023, after the moment."""


@pytest.fixture(scope="module")
def address(built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("runs")
    crisis = open_crisis(CRISIS)
    pages = lambda made: files_of(made, crisis)  # noqa: E731
    run(crisis, as_of="2023-09-25T20:00+04:00", draws=20, out=folder / "a", pages=pages)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = "from forestall.cli import main; main()"
    command = [sys.executable, "-c", start, "serve", CRISIS, "--runs", str(folder), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(port: int) -> None:
    for _ in range(150):
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the server did not start")


class Visit:
    """A page that was opened, with what it asked for and what it complained of."""

    def __init__(
        self, browser: Any, address: str, path: str, width: int = 1280, scheme: str = "light"
    ) -> None:
        self.address, self.requests, self.complaints = address, list[str](), list[str]()
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(address + path)
        self.page.wait_for_selector("main h1, main [role=alert]")

    def outside(self) -> list[str]:
        return [one for one in self.requests if not one.startswith((self.address, "data:"))]


PATHS = ["/world", *(f"/crisis/{CRISIS}/{AT}/{view}" for view in VIEWS)]
SCREENS = [(1280, "light"), (390, "dark")]


@pytest.mark.parametrize(("width", "scheme"), SCREENS, ids=["desk", "phone-dark"])
@pytest.mark.parametrize("tab", ["chart", "table"])
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.rsplit("/", 1)[-1])
def test_every_view_loads_and_fits(
    browser: Any, address: str, path: str, tab: str, width: int, scheme: str
) -> None:
    visit = Visit(browser, address, f"{path}?tab={tab}", width, scheme)
    try:
        assert visit.complaints == []
        assert visit.outside() == []
        assert visit.page.locator("main [role=alert]").count() == 0
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        folder = os.environ.get("FORESTALL_PICTURES")
        if folder:
            visit.page.screenshot(path=f"{folder}/{path.rsplit('/', 1)[-1]}-{tab}-{width}.png")
    finally:
        visit.page.close()


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    opened: list[Visit] = []

    def visited(path: str, **rest: Any) -> Visit:
        opened.append(Visit(browser, address, path, **rest))
        return opened[-1]

    yield visited
    for one in opened:
        one.page.close()


def test_a_replay_hides_what_came_later_until_it_is_asked_for(visit: Any) -> None:
    page = visit(f"/crisis/{CRISIS}/{AT}/replay").page
    assert COUNTED_LATER not in page.content()
    page.click("#reveal")
    page.wait_for_selector("h2:has-text('What happened')")
    assert COUNTED_LATER in page.content()


def test_the_slider_goes_from_history_into_forecast_by_keys_and_is_kept_in_the_address(visit: Any) -> None:
    opened = visit(f"/crisis/{CRISIS}/{AT}/map")
    page = opened.page
    assert "known by then" in page.locator("output").inner_text()
    page.focus("input[type=range]")
    page.keyboard.press("End")
    assert "forecast" in page.locator("output").inner_text()
    kept = page.url.removeprefix(opened.address)
    assert "t=" in kept
    again = visit(kept).page
    assert again.locator("output").inner_text() == page.locator("output").inner_text()


def test_a_table_is_downloaded(visit: Any) -> None:
    page = visit(f"/crisis/{CRISIS}/{AT}/odds").page
    with page.expect_download() as started:
        page.click("a[download='triggers.csv']")
    assert started.value.path().read_text(encoding="utf-8").startswith("trigger,")


def test_the_world_is_searched_and_leads_to_a_crisis(visit: Any) -> None:
    page = visit("/world").page
    page.fill("input[type=search]", "azer")
    assert page.locator("tbody tr").count() == 1
    assert "q=azer" in page.url
    page.click("tbody a")
    page.wait_for_selector("h1:has-text('Karabakh')")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (f"/crisis/{CRISIS}/{AT}/ods?tab=tabel&t=999999", "Karabakh"),
        ("/crisis/karabak-2023/default/now", "Nearest"),
        ("/crisis/%E0%A4%A/x", "The world"),
        (f"/crisis/{CRISIS}/2020-01-01/odds", "Run this moment"),
    ],
)
def test_a_bad_address_gives_the_nearest_good_state(visit: Any, path: str, says: str) -> None:
    assert says in visit(path).page.inner_text("body")


def test_the_keyboard_alone_reaches_the_views(visit: Any) -> None:
    page = visit(f"/crisis/{CRISIS}/{AT}/now").page
    seen = []
    for _ in range(20):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent"))
    assert {"To the content", "Map", "Replay"} <= set(seen)
