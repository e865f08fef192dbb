"""The published folder opens in a real browser as a file, without a server, and asks for nothing outside."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from test_page import AT, COUNTED_LATER, CRISIS, VIEWS, Visit

pytest.importorskip("fastapi")
from forestall.core.errors import UsageError
from forestall.crisis import open_crisis
from forestall.reporting.pages.made import files_of
from forestall.runs import run
from forestall.serving.publish import publish
from forestall.serving.shelf import Shelf

pytestmark = pytest.mark.browser
WHEN = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def archive(built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    crisis = open_crisis(CRISIS)
    pages = lambda made: files_of(made, crisis)  # noqa: E731
    run(crisis, as_of="2023-09-25T20:00+04:00", draws=20, out=folder / "runs" / "a", pages=pages)
    shelf = Shelf(folder / "runs", [CRISIS])
    publish(shelf, folder / "out", when=WHEN)
    return folder / "out"


@pytest.fixture
def visit(browser: Any, archive: Path) -> Iterator[Any]:
    opened: list[Visit] = []
    base = f"{(archive / '2026-03-01' / 'index.html').as_uri()}#"

    def visited(path: str) -> Visit:
        opened.append(Visit(browser, base, path))
        return opened[-1]

    yield visited
    for one in opened:
        assert all(asked.startswith(("file:", "data:")) for asked in one.requests)
        one.page.close()


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_as_a_file(visit: Any, view: str) -> None:
    seen = visit(f"/crisis/{CRISIS}/{AT}/{view}")
    assert "Karabakh" in seen.page.inner_text("main h1")
    assert seen.page.locator("main [role=alert]").count() == 0
    assert seen.complaints == []
    if view == "replay":
        assert COUNTED_LATER not in seen.page.inner_text("main")


def test_the_world_leads_to_a_crisis_and_back(visit: Any) -> None:
    seen = visit("/world")
    assert seen.page.locator("main table tbody tr").count() > 150
    seen.page.click("#crises a")
    seen.page.wait_for_selector("nav.tabs")
    assert f"#/crisis/{CRISIS}/" in seen.page.url
    seen.page.go_back()
    seen.page.wait_for_selector("input[type=search]")
    assert seen.complaints == []


def test_files_that_the_page_offers_lie_beside_it(visit: Any, archive: Path) -> None:
    seen = visit(f"/crisis/{CRISIS}/{AT}/action?tab=table")
    offered = [link.get_attribute("href") for link in seen.page.locator("main a[href^=data]").all()]
    assert len(offered) > 3
    assert all((archive / "2026-03-01" / one).is_file() for one in offered)


def test_what_is_not_published_is_said(visit: Any) -> None:
    seen = visit("/crisis/nowhere/default/now")
    assert "Not published" in seen.page.inner_text("[role=alert]")
    assert seen.page.locator("#start").count() == 0


def test_each_day_has_a_folder_and_the_list_grows(archive: Path, tmp_path: Path) -> None:
    shelf = Shelf(archive.parent / "runs", [CRISIS])
    first = publish(shelf, tmp_path, when=WHEN)
    before = {path: path.read_bytes() for path in first.folder.rglob("*") if path.is_file()}
    second = publish(shelf, tmp_path, when=WHEN)
    assert (first.folder.name, second.folder.name) == ("2026-03-01", "2026-03-01_2")
    assert {path: path.read_bytes() for path in first.folder.rglob("*") if path.is_file()} == before
    held = json.loads((tmp_path / "history.json").read_text(encoding="utf-8"))
    assert [entry["folder"] for entry in held] == ["2026-03-01_2", "2026-03-01"]
    assert held[0]["runs"] == [{"crisis": CRISIS, "as_of": AT}]
    assert not [name for name in (path.name for path in tmp_path.rglob("*")) if set(name) & set(':?*"<>|')]


def test_nothing_to_publish_or_a_broken_list_is_said_and_nothing_written(
    archive: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no run of"):
        publish(Shelf(tmp_path / "none", [CRISIS]), tmp_path / "out")
    with pytest.raises(UsageError, match="make web"):
        publish(Shelf(archive.parent / "runs", [CRISIS]), tmp_path / "out", static=tmp_path)
    assert not (tmp_path / "out").exists()
    (tmp_path / "history.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be read"):
        publish(Shelf(archive.parent / "runs", [CRISIS]), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["history.json"]
