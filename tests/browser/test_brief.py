"""The saved brief in a real browser: it loads nothing, complains of nothing, fits, and can be seen."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from brief_tables import replayed, whole
from forestall.reporting import ReportOptions, report
from forestall.reporting.sections import SECTIONS

pytestmark = pytest.mark.browser

BY = datetime.fromisoformat("2023-10-03T18:00+04:00")


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = ReportOptions(public_detail=True, replay_by=BY)
    made = report(replayed(), outcome=whole(), options=options, today=date(2026, 11, 22))
    return made.save(tmp_path_factory.mktemp("brief") / "brief.html")


class Visit:
    """A page that was opened, with what it asked for and what it complained of."""

    def __init__(self, browser: Any, file: Path, width: int, scheme: str) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(file.as_uri())


@pytest.fixture(
    scope="module", params=[(1280, "light"), (390, "light"), (390, "dark")], ids=["desk", "phone", "dark"]
)
def visit(request: pytest.FixtureRequest, browser: Any, brief: Path) -> Iterator[Visit]:
    width, scheme = request.param
    opened = Visit(browser, brief, width, scheme)
    yield opened
    opened.page.close()


def test_it_asks_for_nothing_but_itself(visit: Visit, brief: Path) -> None:
    assert visit.requests == [brief.as_uri()]


def test_it_complains_of_nothing(visit: Visit) -> None:
    assert visit.complaints == []


def test_every_section_is_seen(visit: Visit) -> None:
    for section in SECTIONS:
        if not section.optional:
            assert visit.page.locator(f"section#{section.key} h2").is_visible(), section.key


def test_nothing_runs_over_the_edge(visit: Visit) -> None:
    wide = visit.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= visit.page.viewport_size["width"]


def test_charts_fit_and_one_of_each_pair_is_shown(visit: Visit) -> None:
    room = visit.page.viewport_size["width"]
    shown = [box for box in (c.bounding_box() for c in visit.page.locator("svg.chart").all()) if box]
    assert len(shown) * 2 == visit.page.locator("svg.chart").count()
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= room + 0.5 for box in shown)


@pytest.mark.parametrize(
    ("where", "least"),
    [
        ("#map svg.chart:visible .spot", 20),
        ("#map svg.chart:visible .way", 20),
        ("#map svg.chart:visible .place-name", 8),
        ("#arrivals svg.chart:visible .band90", 1),
        ("#arrivals svg.chart:visible .median", 1),
        ("#arrivals svg.chart:visible .count-then", 2),
        ("#arrivals svg.chart:visible .count-later", 20),
    ],
)
def test_the_map_and_the_fan_have_marks(visit: Visit, where: str, least: int) -> None:
    assert visit.page.locator(where).count() >= least
    box = visit.page.locator(where).first.bounding_box()
    assert box is not None
    assert box["width"] + box["height"] > 0


def test_text_in_charts_can_be_read(visit: Visit) -> None:
    sizes = visit.page.evaluate(
        """[...document.querySelectorAll('svg.chart text')].filter(t => t.getClientRects().length)
           .map(t => t.getBoundingClientRect().height)"""
    )
    assert min(sizes) >= 8.5


def test_text_in_charts_is_not_cut_off(visit: Visit) -> None:
    cut = visit.page.evaluate(
        """[...document.querySelectorAll('svg.chart')].filter(s => s.getClientRects().length).flatMap(s => {
             const a = s.getBoundingClientRect();
             return [...s.querySelectorAll('text')].filter(t => {
               const b = t.getBoundingClientRect();
               return b.left < a.left - 1 || b.right > a.right + 1
                 || b.top < a.top - 2 || b.bottom > a.bottom + 2;
             }).map(t => s.querySelector('title').textContent + ': ' + t.textContent);
           })"""
    )
    assert cut == []


def test_colours_follow_the_scheme(visit: Visit) -> None:
    paper = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = visit.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert paper == ("rgb(19, 24, 27)" if dark else "rgb(250, 248, 244)")


def test_it_prints(browser: Any, brief: Path) -> None:
    printed = Visit(browser, brief, 1280, "light")
    pdf = printed.page.pdf(format="A4")
    printed.page.close()
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 50_000
