"""The commands leverage, ledger and claims on a crisis written by hand."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from forestall.action.ledger import ledger_status
from forestall.action.stage import moment_of
from forestall.cli.apps import app
from forestall.cli.main import load_commands
from forestall.crisis import open_crisis
from valley import added, copy_valley, replaced

MOMENT = "2025-03-20"


@pytest.fixture(autouse=True)
def in_valley(tmp_path, monkeypatch):
    load_commands()
    copy_valley(tmp_path)
    monkeypatch.chdir(tmp_path)


def call(*arguments, code=0):
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == code, done.output
    return done


def call_json(*arguments):
    return json.loads(call(*arguments, "--json").stdout)


def test_leverage_by_hand():
    found = call_json("leverage", "valley", "--year", "2023")
    trade = next(row for row in found["leverage"] if row["channel"] == "trade")
    assert trade["net_median"] == pytest.approx(0.46 * 0.28 - 0.004 * 0.05, rel=0.05)
    energy = next(row for row in found["leverage"] if row["channel"] == "energy")
    assert (energy["net_median"], energy["unknown"]) == (None, "hillmark on riverland")
    assert all(row["rank"] is None for row in found["leverage_ranks"] if not row["ranked"])


def test_ledger_lists_entries_and_the_gap_of_every_actor():
    found = call_json("ledger", "list", "valley", "--gap", "--as-of", MOMENT)
    assert {row["commitment"] for row in found["entries"]} == {"K1", "K2"}
    gap = {row["actor"]: row for row in found["gap"]}
    assert gap["union"]["warning"].startswith("V07")
    assert (gap["union"]["days_to_statement"], gap["union"]["days_to_material"]) == (4, 20)
    assert (gap["hillmark"]["days_to_statement"], gap["hillmark"]["days_to_material"]) == (None, None)
    assert found["findings"] == []


def test_a_promise_is_appended_and_nothing_else_changes(tmp_path):
    path = tmp_path / "valley" / "commitments.csv"
    before = path.read_bytes()
    options = ["--who", "Hillmark", "--to", "Dale council", "--what", "500 tents", "--made-on", "2025-03-18"]
    options += ["--known-at", "2025-03-18T12:00+01:00", "--amount", "500", "--unit", "tents"]
    call("ledger", "add", "valley", "--id", "K3", *options, "--source", "valley-radio")
    assert path.read_bytes().startswith(before)
    assert open_crisis("valley").as_read("commitments")["commitment"].to_list() == ["K1", "K2", "K3"]
    grown = path.read_bytes()
    taken = call("ledger", "add", "valley", "--id", "K3", *options, "--source", "valley-radio", code=1)
    unknown = call("ledger", "add", "valley", "--id", "K4", *options, "--source", "nobody", code=1)
    wrong = call("ledger", "add", "valley", "--id", "K5", *options, "--source", "valley-radio",
                 "--kind", "hope", code=1)  # fmt: skip
    assert ["E121" in taken.output, "E122" in unknown.output, "E105" in wrong.output] == [True] * 3
    assert path.read_bytes() == grown
    call("ledger", "add", "karabakh-2023", "--id", "K9", *options, "--source", "valley-radio", code=2)


def test_an_edit_since_the_last_run_is_reported(tmp_path):
    last = tmp_path / "forestall-runs" / "valley_1"
    last.mkdir(parents=True)
    (last / "run.json").write_text('{"plan": {}}')
    valley = open_crisis("valley").everything()
    ledger_status(valley, moment_of(valley)).write_csv(last / "ledger_status.csv")
    assert call_json("ledger", "list", "valley")["findings"] == []
    replaced(tmp_path / "valley" / "commitments.csv", "5000000", "4000000")
    found = call_json("ledger", "list", "valley")["findings"]
    assert [(f["code"], f["value"][:2]) for f in found] == [("W211", "K1")]


def test_due_promises():
    found = call_json("ledger", "due", "valley", "--within", "4 months", "--as-of", MOMENT)
    assert [row["commitment"] for row in found] == ["K1"]
    assert call_json("ledger", "due", "valley", "--within", "7 days", "--as-of", MOMENT) == []


def test_claims_with_their_rows_and_a_judgement_unscored():
    found = {row["id"]: row for row in call_json("claims", "valley")}
    people = pl.read_csv("valley/population.csv").filter(pl.col("place") == "dale")["people"].max()
    assert (found["Q1"]["verdict"], found["Q1"]["rows"][0]["value"]) == ("supported", people)
    assert found["Q2"]["verdict"] == "not testable"


def test_a_hostile_claim_is_a_finding_and_the_others_are_judged(tmp_path):
    added(tmp_path / "valley" / "claims.csv", claim="Q3", kind="count", query="DROP TABLE population",
          comparison="=", expected="1")  # fmt: skip
    done = call("claims", "valley", "--json", code=1)
    found = {row["id"]: row["verdict"] for row in json.loads(done.stdout)}
    assert found == {"Q1": "supported", "Q2": "not testable", "Q3": "not testable"}
    assert "E144" in done.stderr
    checked = call("check", "valley", "--json", code=1)
    (fault,) = json.loads(checked.stdout)["findings"]
    assert (fault["code"], fault["row"]) == ("E144", 4)


def test_tables_for_people():
    for arguments in (["leverage", "valley"], ["ledger", "list", "valley", "--gap"], ["claims", "valley"]):
        assert call(*arguments).stdout.strip()
