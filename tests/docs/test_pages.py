"""Every block of code in README.md and docs/ runs."""

import re
from pathlib import Path

import pytest

from docs import blocks

ROOT = Path(__file__).parents[2]
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if page.exists()]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if blocks.blocks_of(page)], ids=name)
def test_blocks_of_the_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert blocks.run_page(page, tmp_path) > 0


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_to_files_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_targets_of_make_exist(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8") if (ROOT / "Makefile").exists() else ""
    wanted = re.findall(r"^(?:\$ )?make ([a-z-]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [target for target in wanted if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []
