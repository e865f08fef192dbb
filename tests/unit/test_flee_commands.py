"""The commands for folders of the reference model, from import to a file its own tools can score."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flee_folders import write_folder
from forestall.cli.apps import app
from forestall.cli.main import load_commands

runner = CliRunner()
load_commands()


def forestall(*arguments: object, code: int = 0) -> str:
    done = runner.invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    return done.stdout


@pytest.fixture
def crisis(tmp_path: Path) -> Path:
    forestall("import", "flee", write_folder(tmp_path / "in"), tmp_path / "crisis")
    return tmp_path / "crisis"


def test_import_keeps_the_settings_and_says_what_it_found(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in", closures_csv="link,Alder,Birch,1,2\n")
    out = json.loads(forestall("import", "flee", folder, tmp_path / "crisis", "--json"))
    assert [finding["code"] for finding in out["findings"]] == ["W486"]
    assert "max_move_speed = 400.0" in (tmp_path / "crisis" / "crisis.toml").read_text(encoding="utf-8")


def test_import_of_a_rule_that_is_left_out_writes_nothing(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in", simsetting_yml="move_rules:\n  fixed_routes: True\n")
    forestall("import", "flee", folder, tmp_path / "crisis", code=1)
    assert not (tmp_path / "crisis").exists()


def test_import_of_nothing_is_a_usage_error(tmp_path: Path) -> None:
    forestall("import", "flee", tmp_path / "nowhere", tmp_path / "crisis", code=2)


def test_a_run_is_exported_in_the_form_of_the_peer(crisis: Path, tmp_path: Path) -> None:
    arguments = ("--rules", "flee-3", "--draws", 3, "--seed", 1, "--out", tmp_path / "run", "--quiet")
    forestall("displace", crisis, *arguments)
    forestall("export", "flee", tmp_path / "run", tmp_path / "out.csv", "--draw", 2)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert rows[0]["Day"] == "0"
    assert rows[0]["Date"] == "2020-01-02"
    assert [rows[0]["Elm data"], rows[11]["Elm data"], rows[11]["Fir data"]] == ["150", "1000", "780"]
    people = [int(row["total refugees (simulation)"]) for row in rows]
    assert people == [150, 675, 1200, *people[3:]]
    assert all(int(r["Elm sim"]) + int(r["Fir sim"]) <= n for r, n in zip(rows, people, strict=True))
    forestall("export", "flee", tmp_path / "run", tmp_path / "out.csv", "--draw", 3, code=2)


def test_export_needs_a_run(crisis: Path, tmp_path: Path) -> None:
    forestall("export", "flee", crisis, tmp_path / "out.csv", code=2)


def test_scores_name_the_arm_and_the_naive_rows(crisis: Path) -> None:
    base = ("score", "displace", crisis, "--draws", 4, "--json", "--quiet")
    scores = {arm: json.loads(forestall(*base, "--arm", arm)) for arm in ("with", "without")}
    for arm, said in (("with", "with capacities"), ("without", "without capacities")):
        assert scores[arm]["arm"] == said
        assert set(scores[arm]["naive"]) == {"equal_shares", "capacity_shares", "day30_shares_held"}
        assert set(scores[arm]["camps"]) == {"Elm", "Fir"}
    assert scores["with"]["naive"]["equal_shares"] > 0
    assert scores["with"]["ard_raw"] > 0
    assert scores["with"]["cpu_s_per_draw"] < 1
    assert scores["with"]["cohorts_max"] > 0


def test_the_arm_forecast_is_fitted_on_30_days_and_scored_after(crisis: Path, tmp_path: Path) -> None:
    forestall("score", "displace", crisis, "--arm", "forecast", "--draws", 2, code=2)
    period = "StartDate,2020-01-01\nLength,45\n"
    folder = write_folder(tmp_path / "long", sim_period_csv=period)
    forestall("import", "flee", folder, tmp_path / "other", "--quiet")
    arguments = ("--arm", "forecast", "--draws", 2, "--json", "--quiet")
    scores = json.loads(forestall("score", "displace", tmp_path / "other", *arguments))
    assert scores["days_scored"] == 15
    assert set(scores["fitted_on_first_30_days"]) == {"camp_weight", "conflict_weight", "default_movechance"}


def test_scores_are_the_same_again(crisis: Path) -> None:
    base = ("score", "displace", crisis, "--draws", 3, "--seed", 7, "--json", "--quiet")
    one, other = (json.loads(forestall(*base)) for _ in range(2))
    del one["cpu_s_per_draw"], other["cpu_s_per_draw"]
    assert one == other


def test_unknown_rules_and_arms_are_refused_with_the_nearest(crisis: Path) -> None:
    for options in (("--rules", "flee-4"), ("--arm", "withut")):
        done = runner.invoke(app, ["score", "displace", str(crisis), *options])
        assert done.exit_code == 2
        assert "nearest" in done.output


def test_scores_for_people_are_tables(crisis: Path) -> None:
    text = forestall("score", "displace", crisis, "--draws", 2, "--rules", "flee-3-intended")
    assert "equal_shares" in text
    assert "Elm" in text


@pytest.mark.parametrize(
    ("name", "raw", "rescaled", "tolerance"),
    [("mali2012", 0.347, 0.315, 0.006), ("burundi2015", 0.519, 0.464, 0.006)],
)
def test_errors_are_those_of_the_peer(
    shared: Path, tmp_path: Path, name: str, raw: float, rescaled: float, tolerance: float
) -> None:
    folder = shared / "data" / "displacement-instances" / name
    forestall("import", "flee", folder, tmp_path / "crisis")
    scores = json.loads(
        forestall("score", "displace", tmp_path / "crisis", "--draws", 8, "--json", "--quiet")
    )
    assert scores["ard_raw"] == pytest.approx(raw, abs=tolerance)
    assert scores["ard_rescaled"] == pytest.approx(rescaled, abs=tolerance)


def test_the_peers_evaluation_gives_the_same_errors_on_our_export(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "displacement-instances" / "mali2012"
    crisis, run, out = tmp_path / "crisis", tmp_path / "run", tmp_path / "out.csv"
    forestall("import", "flee", folder, crisis)
    forestall("displace", crisis, "--rules", "flee-3", "--draws", 1, "--seed", 1, "--out", run, "--quiet")
    forestall("export", "flee", run, out)
    ours = json.loads(forestall("score", "displace", crisis, "--draws", 1, "--seed", 1, "--json", "--quiet"))
    script = shared / "tools" / "score_flee_out.py"
    command = [sys.executable, str(script), str(out), "--instance", str(folder), "--check", "--json"]
    theirs = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert theirs["max_abs_reference_mismatch"] == 0
    assert ours["ard_raw"] == pytest.approx(theirs["ard_raw"], abs=1e-9)
    assert ours["ard_rescaled"] == pytest.approx(theirs["ard_rescaled"], abs=1e-9)
