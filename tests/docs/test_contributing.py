"""The walk-through of four changes leads to files that are there, and to all that a change touches."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHANGES = re.findall(r"^### ([^\n]+)\n(.*?)(?=^### |\Z)", TEXT, flags=re.MULTILINE | re.DOTALL)
MOST_FILES = {"A source of data": 2, "A rule of departure": 4, "A section of the brief": 2}


def steps(text: str) -> list[Path]:
    return [ROOT / name for name in re.findall(r"^\d\. `([^`]+)`", text, flags=re.MULTILINE)]


def named_in_source(word: str) -> set[str]:
    package = ROOT / "src" / "forestall"
    files = [path for path in package.rglob("*.py") if path.is_file()]
    return {
        path.relative_to(ROOT).as_posix()
        for path in files
        if re.search(word, path.read_text(encoding="utf-8"))
    }


def test_there_are_four_changes() -> None:
    assert len(CHANGES) == 4


@pytest.mark.parametrize(("title", "text"), CHANGES, ids=[title for title, _ in CHANGES])
def test_the_files_of_a_change_are_there(title: str, text: str) -> None:
    paths = steps(text)
    assert [str(path) for path in paths if not path.is_file()] == []
    assert paths[-1].is_relative_to(ROOT / "tests")
    source = [path for path in paths if path.is_relative_to(ROOT / "src")]
    assert len(source) <= MOST_FILES.get(title, 2)


def test_a_source_is_named_in_its_folder_and_one_row() -> None:
    naming = named_in_source(r"recording\.idmc")
    outside = {name for name in naming if "/idmc/" not in name}
    assert outside == {"src/forestall/recording/sources.py"}


def test_a_section_is_named_in_its_file_and_one_entry() -> None:
    naming = named_in_source(r"sections\.promises\b")
    folder = "src/forestall/reporting/sections"
    assert naming <= {f"{folder}/__init__.py", f"{folder}/promises.py"}


def test_a_model_is_named_in_its_file_and_one_entry() -> None:
    naming = named_in_source(r"warning\.baselines import .*\bAllMonths\b")
    assert naming == {"src/forestall/warning/models.py"}
