"""A crisis as it was known at a moment."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

import forestall as fs
from forestall.core.errors import CrisisError, UsageError
from forestall.crisis import open_crisis, read_crisis
from forestall.schema import load_schema

TOML = 'title = "T"\niso3 = ["AAA"]\nzone = "Etc/GMT-4"\nperiod = { start = 2020-01-01, end = 2020-12-31 }\n'
PLACES = "place,name,kind\na,A,settlement\nb,B,crossing\n"
CORRIDORS = "corridor,from_place,to_place,km\nab,a,b,10\nba,b,a,10\n"
STATUS = (
    "corridor,status,effective,known_at,known_basis,note\n"
    "ab,open,2020-01-01,2020-01-01,assumed,\n"
    "ab,closed,2020-03-01T08:00+04:00,2020-03-02,end of day,later it was opened again\n"
    "ab,open,2020-06-01,2020-06-01,release rule,\n"
)
POPULATION = "place,people,who,kind,date,known_at\na,100,census,census,2019-01-01,2019-06-01\n"
EVENTS = (
    "event,date,kind,actor,form,stance,description,known_at\n"
    "e,2020-03-01,closure,X,material,conflict,road closed,2020-03-02\n"
)
DEATHS = (
    "where_kind,where,period,start,violence,best,vintage,known_at,known_basis\n"
    "country,AAA,month,2020-01-01,state-based,0,v,2020-02-20,release rule\n"
)
STANDARDS = "sector,item,quantity,unit,per,verified\nWASH,water,15,l,person-day,read\n"
SOURCES = "source,publisher\ns,S\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    crisis = tmp_path / "crisis"
    crisis.mkdir()
    (crisis / "crisis.toml").write_text(TOML)
    tables = {
        "places": PLACES,
        "corridors": CORRIDORS,
        "corridor_status": STATUS,
        "population": POPULATION,
        "events": EVENTS,
        "deaths": DEATHS,
        "standards": STANDARDS,
        "sources": SOURCES,
    }
    for name, text in tables.items():
        (crisis / f"{name}.csv").write_text(text)
    return crisis


def test_a_bare_date_means_the_end_of_that_day_in_the_zone(folder: Path) -> None:
    assert open_crisis(folder).at("2020-03-01").as_of == datetime(2020, 3, 1, 19, 59, 59, 999999, tzinfo=UTC)


def test_only_rows_known_by_the_moment_are_there(folder: Path) -> None:
    crisis = open_crisis(folder)
    assert crisis.at("2020-03-01")["corridor_status"].height == 1
    assert crisis.at("2020-03-02")["corridor_status"].height == 2


def test_the_latest_effective_status_counts(folder: Path) -> None:
    crisis = open_crisis(folder)
    assert crisis.at("2020-03-01").status("corridor_status")["status"].to_list() == ["open"]
    assert crisis.at("2020-03-02").status("corridor_status")["status"].to_list() == ["closed"]
    assert crisis.at("2020-07-01").status("corridor_status")["status"].to_list() == ["open"]


def test_an_announced_status_does_not_hold_before_it_takes_effect(folder: Path) -> None:
    with (folder / "corridor_status.csv").open("a") as file:
        file.write("ab,restricted,2020-09-01,2020-07-01,end of day,\n")
    assert open_crisis(folder).at("2020-08-01").status("corridor_status")["status"].to_list() == ["open"]


def test_notes_never_reach_a_stage(folder: Path) -> None:
    assert open_crisis(folder).at("2020-12-31")["corridor_status"]["note"].null_count() == 3


def test_the_mode_says_when_a_later_vintage_stands_in(folder: Path) -> None:
    crisis = open_crisis(folder)
    assert crisis.at("2020-02-01").mode == "real-time"
    assert crisis.at("2020-02-20").mode == "pseudo-real-time"
    strict = crisis.at("2020-12-31", strict=True)
    assert strict.mode == "real-time"
    assert strict["deaths"].height == 0


def test_a_folder_saved_and_opened_is_the_same(folder: Path, tmp_path: Path) -> None:
    crisis = open_crisis(folder)
    again = open_crisis(crisis.save(tmp_path / "copy"))
    assert again.settings == crisis.settings
    for name, table in crisis.everything().items():
        assert table.equals(again.everything()[name]), name


def test_an_observed_table_is_read_through_the_cut_only(folder: Path) -> None:
    crisis = open_crisis(folder)
    for read in (lambda: crisis["deaths"], lambda: crisis.status("corridor_status"), lambda: dict(crisis)):
        with pytest.raises(UsageError, match="observed"):
            read()
    assert crisis["places"].height
    assert crisis.everything()["deaths"].height > crisis.at("2020-01-01")["deaths"].height


def test_a_one_way_status_known_later_leaves_the_way_back_before(folder: Path) -> None:
    with (folder / "corridor_status.csv").open("a") as file:
        file.write("ab,one_way,2020-01-01,2020-09-01,end of day,\n")
    (folder / "corridors.csv").write_text(CORRIDORS.replace("ba,b,a,10\n", ""))
    crisis = open_crisis(folder)
    back = ["ab", "ab-back"]
    assert crisis.at("2020-08-01")["corridors"]["corridor"].to_list() == back
    assert crisis.at("2020-08-01").status("corridor_status")["corridor"].to_list() == back
    assert crisis.at("2020-10-01")["corridors"]["corridor"].to_list() == back[:1]
    assert crisis.everything().at("2020-08-01")["corridors"]["corridor"].to_list() == back


def test_an_absent_table_is_empty_and_typed(folder: Path) -> None:
    sites = open_crisis(folder).at("2020-01-01")["sites"]
    assert sites.height == 0
    assert sites.columns == list(load_schema()["sites"].names)


def test_an_unknown_table_is_refused_with_the_nearest_name(folder: Path) -> None:
    (folder / "plaecs.csv").write_text(PLACES)
    with pytest.raises(CrisisError) as caught:
        open_crisis(folder)
    assert next(f for f in caught.value.findings if f.code == "E101").nearest == "places"
    with pytest.raises(UsageError, match="nearest: places"):
        read_crisis(folder)["plaecs"]


def test_all_findings_come_together(folder: Path) -> None:
    (folder / "places.csv").write_text("place,nmae,kind\na,A,setlement\n")
    (folder / "events.csv").unlink()
    findings = read_crisis(folder).findings
    assert {f.code for f in findings} >= {"E102", "E104", "E105", "E109"}
    by_code = {f.code: f for f in findings}
    assert by_code["E105"].row == 2
    assert by_code["E105"].nearest == "settlement"


@pytest.mark.parametrize(
    ("line", "key", "hint"), [("titel = 1", "titel", "title"), ("[wran]\nx = 1", "wran", "warn")]
)
def test_unknown_keys_of_the_settings_are_refused(folder: Path, line: str, key: str, hint: str) -> None:
    (folder / "crisis.toml").write_text(TOML + line + "\n")
    with pytest.raises(CrisisError) as caught:
        open_crisis(folder)
    finding = next(f for f in caught.value.findings if f.column == key)
    assert finding.code == "E111"
    assert finding.nearest == hint


def test_with_tables_checks_the_columns_and_leaves_the_crisis_as_it_was(folder: Path) -> None:
    crisis = open_crisis(folder)
    with pytest.raises(UsageError, match="unknown columns"):
        crisis.with_tables({"terms": pl.DataFrame({"sauce": ["s"]})})
    assert "terms" not in crisis


def test_no_crisis_of_that_name() -> None:
    with pytest.raises(UsageError, match="karabakh-2023"):
        fs.open("karabach-2023")


def test_a_stage_needs_a_moment(folder: Path) -> None:
    with pytest.raises(UsageError, match="no moment of knowledge"):
        fs.warn(open_crisis(folder))


def test_a_crisis_may_name_the_moment_it_is_run_at(folder: Path, tmp_path: Path) -> None:
    (folder / "crisis.toml").write_text('as_of = "2020-03-01"\n' + TOML)
    crisis = open_crisis(folder)
    assert crisis.settings.as_of == "2020-03-01"
    assert open_crisis(crisis.save(tmp_path / "copy")).settings.as_of == "2020-03-01"


def test_without_a_moment_the_newest_status_counts(folder: Path) -> None:
    whole = open_crisis(folder).everything()
    assert whole.status("corridor_status").height > 0


def test_tables_that_are_given_are_there(folder: Path) -> None:
    crisis = open_crisis(folder).everything()
    more = crisis.with_tables({"places": crisis["places"].head(1)})
    assert more["places"].height == 1


def test_the_seed_that_is_chosen_is_saved(folder: Path, tmp_path: Path) -> None:
    crisis = open_crisis(folder)
    chosen = crisis.with_plan(crisis.plan.model_copy(update={"seed": 41}))
    assert open_crisis(chosen.save(tmp_path / "saved")).plan.seed == 41
