"""The demonstration: a country by its rank, built from nothing, beside the replays."""

import json

from typer.testing import CliRunner

from forestall.cli.apps import app
from forestall.cli.main import load_commands


def test_the_demonstration_builds_a_country_that_nobody_prepared(tmp_path) -> None:
    load_commands()
    done = CliRunner().invoke(app, ["demo", "--draws", "20", "--out", str(tmp_path / "d"), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["country"] not in {"AZE", "ARM", "UKR"}
    assert found["country"] == next(
        row["iso3"] for row in found["world"] if row["iso3"] not in {"AZE", "ARM", "UKR"}
    )
    assert len(found["briefs"]) == 5
    for brief in found["briefs"]:
        assert (tmp_path / "d").joinpath(*brief.split("/")[-2:]).read_text(encoding="utf-8").startswith("<")
    assert len(found["replay"]) >= 3
