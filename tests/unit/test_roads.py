"""One meaning of the status of a corridor, in every part."""

from pathlib import Path

import polars as pl
import pytest

from forestall.checks import check_crisis
from forestall.crisis import open_crisis
from forestall.preparedness.reach import open_corridors
from forestall.roads import LIMITED, PASSABLE, SHUT, USES, corridors_in_use, use_of
from forestall.runs import run
from forestall.schema import load_schema
from valley import copy_valley

SOURCE = Path(__file__).resolve().parents[2] / "src" / "forestall"


def test_every_status_of_the_schema_has_its_use() -> None:
    assert set(USES) == set(load_schema()["corridor_status"].column("status").values)
    assert (*PASSABLE, *SHUT) == tuple(USES)
    assert set(SHUT) < set(LIMITED)


def test_an_unknown_status_is_neither_open_nor_shut() -> None:
    for status in (None, "not assessed"):
        assert use_of(status)[:3] == (None, None, None)


def test_no_other_part_says_what_a_status_means() -> None:
    pair = ("closed", "humanitarian_only")
    told = [
        path.name
        for path in SOURCE.rglob("*.py")
        if all(f'"{word}"' in path.read_text(encoding="utf-8") for word in pair)
    ]
    assert told == ["roads.py"]


@pytest.fixture
def without_log(tmp_path: Path) -> Path:
    """The crisis of the tests with a status log that holds no row."""
    folder = copy_valley(tmp_path)
    path = folder / "corridor_status.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    return folder


def test_roads_without_a_status_are_unknown_in_the_check_and_in_displace(without_log: Path) -> None:
    messages = {f.message for f in check_crisis(without_log) if f.code == "W205"}
    assert messages == {"no corridor here is known to be open: of some no status is known"}
    crisis = run(open_crisis(without_log), as_of="2024-12-15", draws=20, until="displace").crisis
    said = crisis["assumptions"].filter(pl.col("name") == "corridors of which no status is known")
    corridors = crisis["corridors"].height
    assert said["value"].str.starts_with(f"{corridors} of {corridors}").to_list() == [True]


def test_humanitarian_only_is_shut_for_people_and_for_stored_supplies_and_for_the_check(tmp_path) -> None:
    folder = copy_valley(tmp_path)
    crisis = open_crisis(folder).at("2024-12-15")
    status = crisis.status("corridor_status")
    one = status["corridor"][0]
    log = status.with_columns(
        status=pl.when(pl.col("corridor") == one).then(pl.lit("humanitarian_only")).otherwise(pl.lit("open"))
    )
    for known in (True, False):
        assert one not in corridors_in_use(crisis["corridors"], log, unknown=known)["corridor"].to_list()
    assert one not in open_corridors(crisis["corridors"], log)["corridor"].to_list()
    text = (folder / "corridor_status.csv").read_text(encoding="utf-8")
    for word in ("open", "restricted", "one_way", "closed"):
        text = text.replace(f",{word},", ",humanitarian_only,")
    (folder / "corridor_status.csv").write_text(text, encoding="utf-8")
    shut = [f for f in check_crisis(folder) if f.code == "W205" and "is shut" in f.message]
    assert shut
