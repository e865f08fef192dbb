"""The two pages and the annex in a real browser: they load nothing and fit, in both directions."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from brief_tables import replayed, whole
from forestall.reporting.pages.made import two_pages

sys.path.insert(0, str(Path(__file__).parent))
from test_brief import Visit

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["en", "ar", "hy"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = two_pages(replayed(), outcome=whole(), language=request.param, today=date(2026, 11, 22))
    home = tmp_path_factory.mktemp(request.param)
    (home / "brief.html").write_text(made.html, encoding="utf-8")
    (home / "annex.html").write_text(made.annex.html, encoding="utf-8")
    return home


@pytest.fixture(scope="module", params=["brief", "annex"])
def file(request: pytest.FixtureRequest, folder: Path) -> Path:
    return folder / f"{request.param}.html"


@pytest.fixture(scope="module", params=[(1280, "light"), (390, "dark")], ids=["desk", "phone"])
def visit(request: pytest.FixtureRequest, browser: Any, file: Path) -> Iterator[Visit]:
    width, scheme = request.param
    opened = Visit(browser, file, width, scheme)
    yield opened
    opened.page.close()


def test_a_page_asks_for_nothing_and_complains_of_nothing(visit: Visit, file: Path) -> None:
    assert visit.requests == [file.as_uri()]
    assert visit.complaints == []


def test_nothing_of_a_page_runs_over_either_edge(visit: Visit) -> None:
    over = visit.page.evaluate(
        """[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, svg')
             && getComputedStyle(e).position !== 'absolute').filter(e => {
               const box = e.getBoundingClientRect();
               return box.width && (box.right > innerWidth + 1 || box.left < -1);
             }).map(e => e.tagName + ' ' + e.className)"""
    )
    assert over == []


def test_charts_of_a_page_fit_and_their_text_is_not_cut(visit: Visit) -> None:
    cut = visit.page.evaluate(
        """[...document.querySelectorAll('svg.chart')].filter(s => s.getClientRects().length).flatMap(s => {
             const a = s.getBoundingClientRect();
             return [...s.querySelectorAll('text')].filter(t => {
               const b = t.getBoundingClientRect();
               return b.left < a.left - 1 || b.right > a.right + 1;
             }).map(t => t.textContent);
           })"""
    )
    assert cut == []


def test_the_sentence_of_what_happens_and_the_decision_stand_at_the_top(visit: Visit, file: Path) -> None:
    if file.stem != "brief":
        pytest.skip("the annex has no decision")
    decision = visit.page.locator(".decide").bounding_box()
    assert decision is not None
    assert decision["y"] + decision["height"] < 900
