"""The brief: whole, self-contained, honest about what is absent and about what was known only later."""

import re
from datetime import date, datetime
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from brief_tables import displaced, later_counts, replayed, whole
from forestall.core.errors import CrisisError
from forestall.reporting import ReportOptions, report
from forestall.reporting.brief import section_keys
from forestall.reporting.disclosure import may_show_detail
from forestall.reporting.sections import SECTIONS

LONG_AFTER = date(2026, 11, 22)
DETAIL = ReportOptions(public_detail=True, replay_by=datetime.fromisoformat("2023-10-03T18:00+04:00"))


class Page(HTMLParser):
    """Tags of a page in order, its ids, and the text of each section."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


def section(html: str, key: str) -> str:
    """Return one section of a page, its ties loosened."""
    html = html.replace("\N{NO-BREAK SPACE}", " ")
    return html.split(f'<section id="{key}"')[1].split("</section>", maxsplit=1)[0]


@pytest.fixture(scope="module")
def full() -> str:
    return report(replayed(), outcome=whole(), options=DETAIL, today=LONG_AFTER).html


@pytest.fixture(scope="module")
def blind() -> str:
    return report(replayed(), options=DETAIL, today=LONG_AFTER).html


def test_every_section_is_there(full: str) -> None:
    present = set(re.findall(r'<section id="([^"]+)"', full))
    named = {s.key for s in SECTIONS if not s.optional}
    assert named <= present
    assert set(section_keys()) - present <= {s.key for s in SECTIONS if s.optional}
    contents = re.findall(r'<li[^>]*><a href="#([^"]+)"', full)
    assert set(contents) == present


def test_nothing_is_loaded_and_nothing_runs(full: str) -> None:
    loading = {"script", "iframe", "object", "embed", "img", "audio", "video", "source", "base", "form"}
    page = Page(full)
    assert not [tag for tag, _ in page.tags if tag in loading]
    assert not [a for tag, a in page.tags if tag == "link" and not a["href"].startswith("data:")]
    assert not [a for _, a in page.tags for name in a if name.startswith("on") or name == "style"]
    assert not [a for tag, a in page.tags if "src" in a]
    assert set(re.findall(r"url\(([^)]*)\)", full)) == {"#hatch"}
    assert "@import" not in full
    assert "default-src 'none'" in full


def test_links_lead_to_sources_or_within_the_page(full: str) -> None:
    page = Page(full)
    ids = {a["id"] for _, a in page.tags if "id" in a}
    for tag, a in page.tags:
        if tag in {"a", "use"}:
            href = a["href"]
            assert href.startswith(("https://", "http://")) or href[1:] in ids, href


def test_ids_are_unique_and_headings_do_not_skip(full: str) -> None:
    page = Page(full)
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_every_chart_says_in_words_what_it_shows(full: str) -> None:
    charts = re.findall(r'<svg class="chart".*?</svg>', full, flags=re.DOTALL)
    assert len(charts) > 10
    for chart in charts:
        assert 'role="img"' in chart
        assert re.search(r"<title>[^<]{5,}</title><desc>[^<]{10,}</desc>", chart)
    assert full.count("<table>") == full.count("<caption")


def test_the_odds_say_what_they_do_not_know_yet(full: str) -> None:
    said = section(full, "odds")
    assert "deaths by month up to August 2023: nothing that happened since is in them" in said
    begun = replayed()["episodes"]["ongoing"].all()
    assert ("not even that violence had begun" in said) == begun


def test_absent_tables_are_said_to_be_absent() -> None:
    brief = report(whole().at("2022-12-13"), today=LONG_AFTER)
    assert {"odds", "arrivals", "gaps", "caseloads", "not-assessed"} <= set(brief.absent)
    assert "was not made" in section(brief.html, "odds")
    assert "Absent is not the same as safe" in section(brief.html, "arrivals")
    assert "Not assessed" in brief.html.split("</header>")[0]


def test_later_counts_stand_only_where_they_are_marked(full: str, blind: str) -> None:
    assert "Known only later" in full
    assert "Known only later" not in blind
    assert "known only later" not in blind.lower().replace("key-count-later", "")
    for key in section_keys():
        if key in {"verdict", "arrivals"} or f'<section id="{key}"' not in full:
            continue
        assert section(full, key) == section(blind, key), key


def test_the_verdict_is_reckoned_from_the_counts() -> None:
    many = later_counts(whole(), "2023-10-03T18:00+04:00", 900_000)
    html = report(replayed(), outcome=many, options=DETAIL, today=LONG_AFTER).html
    assert "above the 90 % band" in section(html, "verdict")
    assert "too low" in html.split("</header>")[0]


def test_a_band_that_holds_almost_everything_earns_weak_praise() -> None:
    crisis = replayed()
    wide = crisis["arrivals_summary"].with_columns(
        people=pl.when(pl.col("quantile") > 0.9)
        .then(500_000.0)
        .when(pl.col("quantile") < 0.1)
        .then(0.0)
        .otherwise("people")
    )
    html = report(
        crisis.with_tables({"arrivals_summary": wide}), outcome=whole(), options=DETAIL, today=LONG_AFTER
    ).html
    assert "weak praise" in section(html, "verdict")


def test_without_a_later_count_there_is_no_verdict() -> None:
    crisis = replayed()
    counts = whole().as_read("counts").filter(pl.col("known_at") <= crisis.moment)
    early = whole().with_tables({"counts": counts})
    html = report(crisis, outcome=early, options=DETAIL, today=LONG_AFTER).html
    assert "Known only later" not in html
    assert "nothing to compare" in section(html, "verdict")


def test_the_same_tables_give_the_same_page(full: str) -> None:
    assert report(replayed(), outcome=whole(), options=DETAIL, today=LONG_AFTER).html == full


def test_detail_needs_both_the_word_of_the_crisis_and_a_year() -> None:
    crisis = replayed()
    assert may_show_detail(crisis, LONG_AFTER, asked=True)
    assert not may_show_detail(crisis, LONG_AFTER, asked=False)
    assert not may_show_detail(crisis, date(2024, 3, 1), asked=True)


@pytest.mark.parametrize(("options", "today"), [(ReportOptions(), LONG_AFTER), (DETAIL, date(2024, 3, 1))])
def test_restricted_detail_is_left_out_and_said_so(options: ReportOptions, today: date) -> None:
    html = report(replayed(), options=options, today=today).html
    assert 'class="flow"' not in section(html, "map")
    assert "People in the queue" not in html
    assert "Gaps by place at the median" not in html
    for key in ("map", "places", "road", "gaps"):
        assert "Withheld" in section(html, key)
    assert "public_detail = true" in section(html, "limits")


def test_detail_that_may_be_shown_is_shown(full: str) -> None:
    assert 'class="flow"' in section(full, "map")
    assert "People in the queue" in section(full, "road")
    assert "Gaps by place at the median" in section(full, "gaps")
    assert "Withheld" not in section(full, "map")


HOSTILE = '</title><script>alert("x")</script><img src=x onerror=alert(1)>'


def test_hostile_text_is_escaped_wherever_it_stands() -> None:
    crisis = replayed()
    places = crisis["places"].with_columns(name=pl.lit(HOSTILE) + pl.col("place"))
    population = crisis["population"].with_columns(who=pl.lit(HOSTILE), url=pl.lit("javascript:alert(1)"))
    timeline = crisis["response_timeline"].with_columns(what=pl.lit(HOSTILE), actor=pl.lit(HOSTILE))
    sources = crisis["sources"].with_columns(title=pl.lit(HOSTILE))
    settings = crisis.settings.model_copy(update={"title": HOSTILE})
    bad = crisis.with_tables(
        {"places": places, "population": population, "response_timeline": timeline, "sources": sources}
    )
    html = report(
        type(crisis)(settings, bad.tables, crisis.as_of, crisis.mode), options=DETAIL, today=LONG_AFTER
    ).html
    page = Page(html)
    assert "&lt;script&gt;" in html
    assert not [tag for tag, _ in page.tags if tag in {"script", "img"}]
    assert not [a for tag, a in page.tags if tag == "a" and a["href"].startswith("javascript")]


def test_saving_replaces_the_file_whole(tmp_path: Path, blind: str) -> None:
    target = tmp_path / "new" / "brief.html"
    report(whole().at("2022-12-13")).save(target)
    saved = report(replayed(), options=DETAIL, today=LONG_AFTER).save(target)
    assert saved.read_text(encoding="utf-8") == blind
    assert [p.name for p in target.parent.iterdir()] == ["brief.html"]


def test_an_unknown_option_of_the_brief_is_refused_with_the_nearest() -> None:
    with pytest.raises(CrisisError) as error:
        whole().with_options("report", publik_detail=True)
    assert error.value.findings[0].nearest == "public_detail"


def test_a_run_in_which_nothing_happens_is_shown() -> None:
    quiet = displaced(whole().at("2022-12-13"), draws=20, share=0.0)
    html = report(quiet, outcome=whole(), options=DETAIL, today=LONG_AFTER).html
    assert "large-scale violence happens in 0 %" in section(html, "arrivals")


def hue_saturation(colour: str) -> tuple[float, float]:
    """Return hue in degrees and saturation 0-1 of a hex colour."""
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    top, low = max(r, g, b), min(r, g, b)
    if top == low:
        return 0.0, 0.0
    span = top - low
    hue = ((g - b) / span % 6) if top == r else ((b - r) / span + 2) if top == g else ((r - g) / span + 4)
    return hue * 60, span / top


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def themes(html: str) -> list[dict[str, str]]:
    """Return the colours of each theme of the page."""
    return [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", html, flags=re.DOTALL)
    ]


def test_colours_are_never_red_or_green_and_can_be_read(blind: str) -> None:
    found = themes(blind)
    assert len(found) >= 2
    for theme in found:
        for colour in theme.values():
            hue, saturation = hue_saturation(colour)
            assert saturation < 0.3 or 25 <= hue <= 60 or 180 <= hue <= 250, colour
        for name in ("ink", "muted", "link", "ochre"):
            if name in theme and "paper" in theme:
                light, dark = sorted((luminance(theme[name]), luminance(theme["paper"])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, theme[name])
