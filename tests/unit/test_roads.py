"""One meaning of the status of a corridor, in every part."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forestall.checks import check_crisis
from forestall.crisis import open_crisis
from forestall.displacement.environment import read_environment
from forestall.preparedness.reach import not_shut, open_corridors
from forestall.roads import LIMITED, PASSABLE, SHUT, USES, corridors_in_use, unknown_roads, use_of
from forestall.runs import run
from forestall.schema import load_schema
from forestall.schema.conventions import ALL
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


def test_roads_without_a_status_are_drawn_and_nothing_is_planned_over_them(
    without_log: Path,
) -> None:
    crisis = open_crisis(without_log).at("2024-12-15")
    environment = read_environment(crisis, crisis.plan.displace, crisis.moment)
    states = 2 * (len(environment.regimes.changes) + 1)
    blocks = np.split(environment.passable, 1 + environment.patterns)
    assert environment.patterns == unknown_roads().patterns
    assert len(environment.passable) == (1 + environment.patterns) * states
    assert blocks[0].all()
    drawn = np.mean([block[0] for block in blocks[1:]])
    assert 0.3 < drawn < 1.0
    network = environment.network
    back = {pair: i for i, pair in enumerate(zip(network.start, network.end, strict=True))}
    for (a, b), i in back.items():
        if (b, a) in back:
            assert (environment.passable[:, i] == environment.passable[:, back[b, a]]).all()
    status = crisis.status("corridor_status")
    assert open_corridors(crisis["corridors"], status).is_empty()
    assert not_shut(crisis["corridors"], status).height == crisis["corridors"].height


def test_people_stay_where_the_drawn_roads_are_shut(without_log: Path, tmp_path: Path) -> None:
    """Against the same crisis with every road known to be open, fewer arrive: some draws have no way."""
    (tmp_path / "known").mkdir()
    folder = copy_valley(tmp_path / "known")
    log = folder / "corridor_status.csv"
    text = log.read_text(encoding="utf-8")
    for word in ("closed", "restricted", "humanitarian_only", "one_way"):
        text = text.replace(f",{word},", ",open,")
    log.write_text(text, encoding="utf-8")
    known = run(open_crisis(folder), as_of="2024-12-15", draws=200, until="displace").crisis
    unknown = run(open_crisis(without_log), as_of="2024-12-15", draws=200, until="displace").crisis
    stay = [
        c["departures_summary"].filter(pl.col("place") == ALL)["remaining"].mean() for c in (known, unknown)
    ]
    assert stay[1] > stay[0]


def test_a_plan_says_how_many_roads_it_left_out(without_log: Path) -> None:
    crisis = open_crisis(without_log).with_options("prepare", budget="100000 USD")
    done = run(crisis, as_of="2024-12-15", draws=20, until="prepare").crisis
    said = done["plan_value"].filter(pl.col("measure") == "roads left out")
    assert set(said["value"]) == {float(crisis["corridors"].height)}


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
