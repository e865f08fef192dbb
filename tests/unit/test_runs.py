"""A run on disk: whole or not at all, the same bytes for the same seed, and comparable with another."""

import json
from pathlib import Path

import polars as pl
import pytest

from forestall.core.errors import CrisisError, UsageError
from forestall.crisis import open_crisis
from forestall.runs import RUN_FILE, differences, read_run, run, run_id
from valley import added, copy_valley, replaced

MOMENT = "2024-12-15"
DRAWS = 30


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_valley(tmp_path_factory.mktemp("crisis"))


@pytest.fixture(scope="module")
def first(valley: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "first"
    run(open_crisis(valley), as_of=MOMENT, draws=DRAWS, seed=1, out=out)
    return out


def test_the_same_seed_gives_the_same_bytes(valley: Path, first: Path, tmp_path: Path) -> None:
    run(open_crisis(valley), as_of=MOMENT, draws=DRAWS, seed=1, out=tmp_path / "again")
    assert _files(first) == _files(tmp_path / "again")


def test_a_run_says_where_it_comes_from(valley: Path, first: Path) -> None:
    facts = json.loads((first / RUN_FILE).read_text())
    assert facts["plan"]["displace"]["seed"] == 1
    assert facts["plan"]["displace"]["draws"] == DRAWS
    assert facts["mode"] in {"real-time", "pseudo-real-time"}
    assert len(facts["inputs"]["crisis.toml"]) == 64
    assert facts["versions"]["forestall"] != "not installed"
    assert str(valley) not in (first / RUN_FILE).read_text()


def test_a_run_read_again_has_the_same_tables(valley: Path, first: Path) -> None:
    done = run(open_crisis(valley), as_of=MOMENT, draws=DRAWS, seed=1)
    _, results, inputs = read_run(first)
    for name, table in {**results, **inputs}.items():
        assert _no_blanks(table).equals(_no_blanks(done.crisis[name]), null_equal=True), name


def _no_blanks(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table with empty text as null: a CSV file does not tell them apart."""
    text = pl.selectors.string()
    return table.with_columns(pl.when(text == "").then(None).otherwise(text).name.keep())


def test_an_interrupted_run_leaves_the_last_one_whole(valley: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(open_crisis(valley), as_of=MOMENT, draws=DRAWS, seed=1, out=out)
    before = _files(out)

    def interrupted(_: object) -> dict[str, str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(open_crisis(valley), as_of=MOMENT, draws=DRAWS, seed=2, out=out, pages=interrupted)
    assert _files(out) == before
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_folder_that_is_no_run_is_never_replaced(valley: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear")
    with pytest.raises(UsageError, match="choose another folder"):
        run(open_crisis(valley), as_of=MOMENT, draws=DRAWS, seed=1, out=tmp_path / "letters")
    assert (tmp_path / "letters" / "a.txt").read_text() == "dear"


def test_an_unknown_option_stops_before_anything_is_written(valley: Path, tmp_path: Path) -> None:
    wrong = {"displace": {"horizn": "6 months"}}
    with pytest.raises(CrisisError) as caught:
        run(open_crisis(valley), as_of=MOMENT, draws=DRAWS, seed=1, out=tmp_path / "run", options=wrong)
    assert caught.value.findings[0].nearest == "horizon"
    assert not (tmp_path / "run").exists()


def test_what_the_check_refuses_never_runs(tmp_path: Path) -> None:
    crisis = copy_valley(tmp_path)
    replaced(crisis / "corridors.csv", "dale_mill,upper_dale,mill_town", "dale_mill,upper_dale,upper_dale")
    replaced(crisis / "crisis.toml", 'horizon = "3 months"', 'horizon = "3 moons"')
    with pytest.raises(CrisisError) as caught:
        run(open_crisis(crisis), as_of=MOMENT, draws=DRAWS, seed=1, out=tmp_path / "run")
    assert {f.code for f in caught.value.findings if f.severity == "error"} == {"E114", "E125"}
    assert not (tmp_path / "run").exists()


def test_the_same_run_differs_in_nothing(first: Path) -> None:
    assert differences(first, first) == []


def test_what_changed_between_two_runs_is_said(valley: Path, first: Path, tmp_path: Path) -> None:
    changed = tmp_path / "valley"
    open_crisis(valley).save(changed)
    added(changed / "events.csv", event="new-event", date="2024-12-01", known_at="2024-12-01")
    run(open_crisis(changed), as_of=MOMENT, draws=DRAWS, seed=2, out=tmp_path / "second")
    rows = differences(first, tmp_path / "second")
    assert {"what": "choice", "name": "plan.displace.seed", "change": "1 -> 2"} in rows
    events = next(row for row in rows if row["what"] == "input" and row["name"] == "events")
    assert (events["new"], events["gone"], events["changed"]) == (1, 0, 0)
    assert any(row["what"] == "output" and row["name"] == "arrivals" for row in rows)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="forestall run"):
        read_run(tmp_path)


def test_the_name_of_a_run_tells_its_choices(first: Path, valley: Path) -> None:
    moment = open_crisis(valley).at(MOMENT).moment
    assert run_id("valley", moment, 1, 30) != run_id("valley", moment, 2, 30)


def test_one_stage_may_run_alone(valley: Path) -> None:
    done = run(open_crisis(valley), as_of=MOMENT, draws=DRAWS, seed=1, until="record", only=True)
    assert "freshness" in done.crisis
    alone = run(open_crisis(valley), as_of=MOMENT, draws=DRAWS, seed=1, until="warn", only=True)
    assert "outlook" in alone.crisis
    assert "freshness" not in alone.crisis
