"""One line adds one row, or nothing at all."""

from pathlib import Path

import pytest

from forestall.core.errors import UsageError
from forestall.crisis import folder_of, open_crisis
from forestall.drafting.adding import own_crisis
from valley import command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = command("new", "it", "--country", "BOL", "--as-of", "2019-06-30", "--places", "8", cwd=tmp_path)
    assert made.returncode == 0
    return tmp_path


def add(folder: Path, *given: str) -> int:
    code: int = command("add", "it", *given, "--known-at", "2019-06-29", cwd=folder).returncode
    return code


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "it").iterdir()}


def test_each_kind_of_row_is_appended_and_the_crisis_stays_sound(folder: Path) -> None:
    said = ("--date", "2019-06-28", "--source", "https://example.org/a")
    assert add(folder, "event", *said, "--kind", "violence", "--place", "Zzzz", "--words", "Shots.") == 1
    assert add(folder, "event", *said, "--kind", "violence", "--place", "Ла-Пас", "--words", "Shots.") == 0
    assert add(folder, "control", *said, "--place", "Sucre", "--who", "Government") == 0
    assert add(folder, "count", *said, "--place", "Sucre", "--people", "120", "--who", "Red Cross") == 0
    assert add(folder, "estimate", *said, "--place", "Sucre", "--people", "250000", "--who", "Town") == 0
    crisis = open_crisis(folder / "it")
    way = crisis.as_read("corridors").row(0, named=True)
    assert add(folder, "closure", *said, "--place", way["from_place"], "--to", way["to_place"]) == 0
    assert command("check", "it", cwd=folder).returncode == 0
    crisis = open_crisis(folder / "it")
    assert crisis.as_read("events")["target"].to_list() == ["la_paz"]
    assert crisis.as_read("corridor_status").filter(status="closed").height == 2
    assert "example_org_a" in crisis.as_read("sources")["source"].to_list()


@pytest.mark.parametrize(
    "wrong",
    [
        ["event", "--kind", "violense", "--words", "x"],
        ["count", "--place", "Cochabmaba", "--people", "5", "--who", "a"],
        ["count", "--place", "Sucre", "--who", "a"],
        ["control", "--place", "Sucre", "--who", "a", "--date", "2019-13-40"],
        ["estimate", "--place", "Sucre", "--people", "5", "--low", "9", "--who", "a"],
        ["closure", "--place", "Sucre", "--to", "Sucre"],
        ["evnt", "--place", "Sucre"],
    ],
)
def test_what_is_wrong_is_refused_whole(folder: Path, wrong: list[str]) -> None:
    before = contents(folder)
    assert add(folder, *wrong, "--source", "somebody") in (1, 2)
    assert contents(folder) == before


def test_a_shipped_crisis_given_by_its_path_is_left_alone() -> None:
    with pytest.raises(UsageError, match="no crisis folder of yours"):
        own_crisis(folder_of("karabakh-2023"))


def test_the_same_row_twice_is_refused_and_shipped_crises_are_left_alone(folder: Path) -> None:
    row = ("control", "--place", "Sucre", "--who", "Government", "--date", "2019-06-28", "--source", "a")
    assert add(folder, *row) == 0
    before = contents(folder)
    assert add(folder, *row) == 2
    assert contents(folder) == before
    assert command("add", "karabakh-2023", *row, cwd=folder).returncode == 2
