"""A terminal that people can read: every command shows its answer, whatever the width."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from flee_folders import write_folder
from forestall.cli.docs import all_commands
from forestall.cli.layout import columns_that_fit
from small_panel import panel_table, small_panel
from valley import command, copy_valley

DRAWS = ("--draws", "10", "--seed", "1")
KARABAKH = "karabakh-2023"
EARLY = ("--as-of", "2023-09-19T20:00+04:00")
LATE = ("--as-of", "2023-09-25T20:00+04:00")
MONTHS = ("--from", "2009-01", "--to", "2009-12")
SHOWN = {
    "forestall act": (("act", KARABAKH, *LATE, *DRAWS), "Triggers that activated"),
    "forestall brief": (("brief", KARABAKH, *LATE, *DRAWS), "Decide today"),
    "forestall check": (("check", KARABAKH), ""),
    "forestall claims": (("claims", KARABAKH, "--only", "CL02"), "The offensive began on 19"),
    "forestall compare": (("compare", KARABAKH, "--options", "buses", *LATE, *DRAWS), "median"),
    "forestall diff": (("diff", "early", "late"), "forecast for"),
    "forestall displace": (("displace", KARABAKH, *LATE, *DRAWS), "q95"),
    "forestall earlier": (("earlier", KARABAKH, *DRAWS), "high"),
    "forestall explain": (("explain", "E122"), "E122"),
    "forestall export flee": (("export", "flee", "peer", "out.csv"), ""),
    "forestall export xlsx": (("export", "xlsx", "valley", "valley.xlsx"), ""),
    "forestall fit displace": (
        ("fit", "displace", "folder", "--draws", "20", "--out", "learnt"),
        "spread_left",
    ),
    "forestall import flee": (("import", "flee", "folder", "again"), ""),
    "forestall keys list": (("keys", "list", "--keys", "keys.json"), "analyst"),
    "forestall ledger due": (("ledger", "due", KARABAKH, "--within", "3000 days"), "days_overdue"),
    "forestall ledger list": (("ledger", "list", KARABAKH), "keep 1,960"),
    "forestall leverage": (("leverage", KARABAKH, *DRAWS), "net_q95"),
    "forestall missed": (("missed", KARABAKH), "nearest"),
    "forestall new": (("new", "fresh"), ""),
    "forestall nowcast": (("nowcast", KARABAKH, *LATE, *DRAWS), "by Friday 29 September"),
    "forestall peace": (("peace", KARABAKH, *DRAWS), "years:"),
    "forestall pressure": (("pressure", KARABAKH, "--year", "2022", *DRAWS), "could withhold"),
    "forestall prepare": (("prepare", KARABAKH, "--budget", "2 MUSD", *LATE, *DRAWS), "Widest gaps"),
    "forestall record": (("record", KARABAKH, *LATE), "days_behind"),
    "forestall report": (("report", "early", "--out", "brief.html"), ""),
    "forestall run": (("run", KARABAKH, *EARLY, *DRAWS, "--out", "whole"), "p_high"),
    "forestall score pressure": (("score", "pressure"), "log loss"),
    "forestall schema": (("schema", "places"), "lon"),
    "forestall score displace": (("score", "displace", "peer-crisis", "--draws", "2"), "ARD rescaled"),
    "forestall score onset": (("score", "onset", "--panel", "panel.csv", *MONTHS), "auc"),
    "forestall score transfer": (
        ("score", "transfer", "folder", "second", "--arms", "without", "--draws", "20"),
        "Means over crises",
    ),
    "forestall trigger design": (
        ("trigger", "design", "--panel", "panel.csv", "--cost-loss", "0.1", *MONTHS),
        "all countries",
    ),
    "forestall warn": (("warn", KARABAKH, *LATE, *DRAWS), "p_high"),
}
"""Commands with what their answer must hold; one that answers by a file has no text of it."""
ELSEWHERE = {
    "forestall add": "tests of adding",
    **{
        f"forestall alert {verb}": "tests of alerts"
        for verb in ("approve", "correct", "list", "releaser", "withdraw")
    },
    "forestall demo": "tests of the demonstration",
    "forestall fetch": "tests of fetching",
    "forestall fit history": "takes minutes",
    "forestall fit warn": "takes minutes",
    "forestall import xlsx": "tests of workbooks",
    "forestall keys add": "tests of the keys",
    "forestall keys revoke": "tests of the keys",
    "forestall ledger add": "tests of the ledger",
    "forestall publish": "tests of the published page",
    "forestall score escalation": "tests of the escalation",
    "forestall score horizons": "takes minutes",
    "forestall score kinds": "tests of the kinds of violence",
    "forestall score months": "tests of the warning",
    "forestall score official": "needs the files of a challenge",
    "forestall score peace": "takes minutes",
    "forestall score replay": "tests of the score of replays",
    "forestall score stocks": "tests of the stocks",
    "forestall score warn": "tests of the warning",
    "forestall score world": "tests of the world",
    "forestall serve": "tests of the service",
    "forestall store export": "tests of the store",
    "forestall store status": "tests of the store",
    "forestall store vacuum": "tests of the store",
    "forestall trigger report": "takes minutes",
    "forestall watch": "tests of the watch",
    "forestall world": "tests of the world",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs, a crisis, a panel and an imported folder."""
    folder = tmp_path_factory.mktemp("terminal")
    for name, moment in (("early", EARLY), ("late", LATE)):
        assert command("run", KARABAKH, *moment, *DRAWS, "--out", name, cwd=folder).returncode == 0
    copy_valley(folder)
    panel_table(small_panel()).write_csv(folder / "panel.csv")
    write_folder(folder / "folder")
    write_folder(folder / "second", sim_period_csv="StartDate,2020-01-01\nLength,11\n")
    command("import", "flee", "folder", "peer-crisis", cwd=folder)
    command("keys", "add", "Field office", "--role", "analyst", "--keys", "keys.json", cwd=folder)
    rules = ("--rules", "flee-3", "--draws", "2", "--out", "peer")
    assert command("displace", "peer-crisis", *rules, cwd=folder).returncode == 0
    return folder


def run(place: Path, name: str, *more: str):
    """Run a command again: what it writes is taken away before."""
    arguments, _ = SHOWN[name]
    for left in ("fresh", "again", "whole"):
        if (place / left).exists():
            subprocess.run(["rm", "-r", str(place / left)], check=True)
    return command(*arguments, *more, cwd=place)


def test_every_command_is_looked_at() -> None:
    assert set(all_commands()) == SHOWN.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_the_answer_fits_the_terminal(place: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for width in (80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        done = run(place, name)
        assert done.returncode == 0, done.stderr
        table = [line for line in done.stdout.splitlines() if set(line) & set("│┃┏└")]
        assert max((len(line) for line in table), default=0) <= width
        assert SHOWN[name][1] in " ".join(done.stdout.split()), done.stdout


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_quiet_says_nothing_and_json_is_json(place: Path, name: str) -> None:
    done = run(place, name, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads(run(place, name, "--json", "--quiet").stdout) is not None


def test_wide_shows_what_a_narrow_terminal_leaves_out(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    narrow, wide = run(place, "forestall ledger list"), run(place, "forestall ledger list", "--wide")
    assert "made_on" not in narrow.stdout.split("--wide")[0]
    assert "made_on" in wide.stdout
    assert "--wide" not in wide.stdout


def test_no_claim_is_said_to_be_none(place: Path) -> None:
    done = command("claims", KARABAKH, *LATE, "--only", "CL02", cwd=place)
    assert done.stdout == "Claims: none\n", "the statement was made after that moment"


def test_arms_are_never_in_one_table(place: Path) -> None:
    text = run(place, "forestall compare").stdout
    assert "unconditional" in text
    assert "if it happens" in text
    assert "│ arm" not in text


def test_the_plan_shows_what_is_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = command("run", KARABAKH, "--plan", cwd=place).stdout
    assert "corridor_status" in text
    assert max(map(len, text.splitlines())) <= 80


def test_what_differs_is_said_in_words(place: Path) -> None:
    words = json.loads(run(place, "forestall diff", "--json").stdout)["says"]
    assert words[0].startswith("Known as of 2023-09-19")
    counted = [line for line in words if line.startswith("Kornidzor: ")]
    assert "counted not known -> 6,650" in counted[0]
    assert "if it happens" in counted[0]
    assert json.loads(command("diff", "early", "early", "--json", cwd=place).stdout)["says"] == []


@pytest.mark.parametrize(
    "arguments", [("earlier", KARABAKH), ("prepare", KARABAKH, "--budget", "2 MUSD", *LATE)]
)
def test_a_solver_says_nothing_on_standard_output(arguments: tuple[str, ...], tmp_path: Path) -> None:
    # In a process of its own: compiled code writes past everything that a test can catch.
    code = "from forestall.cli import main; main()"
    call = [sys.executable, "-c", code, *arguments, *DRAWS, "--json", "--quiet"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [("export", "xlsx", KARABAKH, "a.xlsx"), ("new", "a", "--xlsx")])
def test_a_missing_library_is_named(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forestall.core.extras.find_spec", lambda _: None)
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "spreadsheets need 'openpyxl'; next: pip install openpyxl" in done.stderr


def test_a_run_of_our_own_rules_is_no_file_of_the_peer(place: Path) -> None:
    done = command("export", "flee", "late", "ours.csv", cwd=place)
    assert done.returncode == 2
    assert "is no run of an imported Flee crisis" in done.stderr
    assert not (place / "ours.csv").exists()


def test_a_machine_that_fails_has_a_code_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("forestall.schema.templates.templates", full)
    done = command("new", "river", "--quiet", cwd=tmp_path)
    assert (done.returncode, "No space left on device" in done.stderr) == (4, True)


def test_the_answer_stays_where_there_is_no_room() -> None:
    rows = [{"a": "x" * 30, "b": 123456, "c": "a text of some words", "d": 1.0}]
    assert columns_that_fit(rows, ["a", "b", "c", "d"], 20, at_least=2) == (["a", "b"], ["c", "d"])
    assert columns_that_fit(rows, ["a", "b", "c", "d"], 120) == (["a", "b", "c", "d"], [])
