"""A crisis for a country out of the tables of the world."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forestall.checks import check_crisis
from forestall.core.errors import CrisisError, UsageError, errors_in
from forestall.crisis import open_crisis
from forestall.drafting import draft
from forestall.drafting.land import read_land
from forestall.drafting.roads import gabriel, way_km
from forestall.runs import run
from valley import command

MOMENT = "2019-06-30"


@pytest.mark.parametrize("country", ["BOL", "PSE", "MCO", "TLS"])
def test_a_crisis_of_a_country_has_no_error_and_runs_to_the_brief(country: str, tmp_path: Path) -> None:
    done = command("new", "it", "--country", country, "--as-of", MOMENT, "--places", "8", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert command("check", "it", cwd=tmp_path).returncode == 0
    ran = command("run", "it", "--draws", "50", "--quiet", "--out", "out", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "out" / "brief.html").is_file()
    assert "Confirm first" in (tmp_path / "it" / "README.md").read_text(encoding="utf-8")


def test_every_row_says_where_it_is_from_and_nothing_is_known_later() -> None:
    made = draft("BOL", as_of=MOMENT, places=8)
    assert not errors_in(check_crisis(made.crisis))
    end = datetime(2019, 7, 1, 12, tzinfo=UTC)
    for name, table in made.crisis.tables.items():
        if "basis" in table.columns:
            assert table["basis"].null_count() == 0, name
            assert table["confidence"].null_count() == 0, name
            assert table["source"].null_count() == 0, name
        if "known_at" in table.columns and table.height:
            assert table["known_at"].max() < end, name
    assert made.crisis.tables["deaths"]["start"].max() == datetime(2019, 5, 1, tzinfo=UTC).date()
    assert made.crisis.tables["stocks"]["date"].max() == datetime(2018, 12, 31, tzinfo=UTC).date()


def test_derived_ways_are_assumed_open_and_ways_by_sea_unknown() -> None:
    tables = draft("TLS", as_of=MOMENT, places=10).crisis.tables
    status = tables["corridor_status"]
    by_sea = tables["corridors"].filter(mode="sea")["corridor"]
    assert by_sea.len() > 0
    assert not set(by_sea) & set(status["corridor"])
    assert set(status["basis"]) == {"assumption"}
    assert set(tables["corridors"]["basis"]) == {"derived"}
    assert tables["corridors"]["road"].null_count() == tables["corridors"].height


def test_states_are_joined_at_crossings_only() -> None:
    tables = draft("PRY", as_of=MOMENT, places=12).crisis.tables
    country = dict(tables["places"].select("place", "country").iter_rows())
    kind = dict(tables["places"].select("place", "kind").iter_rows())
    for one, other in tables["corridors"].filter(mode="road").select("from_place", "to_place").iter_rows():
        if "crossing" not in (kind[one], kind[other]):
            assert country[one] == country[other]
    assert "crossing" in kind.values()


def test_people_add_up_to_the_country() -> None:
    tables = draft("BOL", as_of=MOMENT, places=8).crisis.tables
    rows = tables["population"]
    parts = rows.filter(who="sum of the parts")["people"].sum()
    assert parts == pytest.approx(rows.filter(level="total")["people"].item(), rel=0.001)


def test_the_country_is_named_and_the_moment_lies_in_the_data() -> None:
    with pytest.raises(CrisisError) as wrong:
        draft("BOLL")
    assert wrong.value.findings[0].code == "E501"
    assert "BOL" in wrong.value.findings[0].nearest
    with pytest.raises(CrisisError) as early:
        draft("BOL", as_of="1975-01-01")
    assert early.value.findings[0].code == "E504"
    with pytest.raises(CrisisError) as empty:
        draft("ATA")
    assert empty.value.findings[0].code == "E503"
    with pytest.raises(CrisisError) as alone:
        draft("PCN")
    assert alone.value.findings[0].code == "E503"
    with pytest.raises(UsageError):
        draft("BOL", places=0)


@pytest.mark.parametrize("wrong", [["--country", "QQQ"], ["--country", "BOL", "--as-of", "1970-01-01"]])
def test_nothing_is_half_written(wrong: list[str], tmp_path: Path) -> None:
    assert command("new", "it", *wrong, cwd=tmp_path).returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_a_country_over_the_date_line_and_one_that_was_split() -> None:
    made = draft("FJI", as_of=MOMENT, places=10)
    roads = made.crisis.tables["corridors"].filter(mode="road")
    assert roads["km"].max() < 300
    assert any(finding.code == "W501" for finding in made.findings)
    split = draft("SSD", as_of="2005-06-30", places=5)
    assert any(finding.code == "N501" and "2011" in finding.message for finding in split.findings)


def test_a_point_in_the_sea_is_no_land_and_one_in_a_state_is_its_own() -> None:
    land = read_land(["PRY", "BOL"], (-70.0, -28.0, -53.0, -8.0), across=False)
    found = land.state(np.array([-57.6, -65.3, -69.9]), np.array([-25.0, -17.5, -27.9]))
    assert found.tolist() == [1, 2, 0]


def test_a_gabriel_graph_keeps_what_no_third_point_lies_between() -> None:
    joined = gabriel(np.array([0.0, 1.0, 0.5, 0.5]), np.array([0.0, 0.0, 0.05, 3.0]))
    assert not joined[0, 1]
    assert joined[0, 2]
    assert joined.tolist() == joined.T.tolist()
    assert way_km(200.0) > 200.0


def test_the_crisis_opens_again_as_it_was_drawn_up(tmp_path: Path) -> None:
    command("new", "it", "--country", "Боливия", "--as-of", MOMENT, "--places", "5", cwd=tmp_path)
    crisis = open_crisis(tmp_path / "it")
    assert crisis.settings.iso3 == ("BOL",)
    assert crisis.settings.as_of == MOMENT
    listed = command("check", "it", "--json", cwd=tmp_path)
    assert not [f for f in json.loads(listed.stdout)["findings"] if f["severity"] == "error"]
    assert isinstance(crisis.tables["places"], pl.DataFrame)


def test_the_days_of_a_forecast_go_on_where_clocks_go_back() -> None:
    made = draft("MDA", as_of=MOMENT, places=4)
    assert made.crisis.settings.zone == "Europe/Chisinau"
    done = run(made.crisis, as_of=MOMENT, draws=20, until="displace")
    days = done.crisis["arrivals_summary"]["at"].unique().sort()
    assert days.max() > datetime(2019, 11, 1, tzinfo=UTC)
