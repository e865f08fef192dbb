"""The commands around tables: new, schema, explain."""

import json
import tomllib

import pytest

from forestall.checks import check_crisis, codes
from forestall.crisis import open_crisis
from forestall.schema import load_schema
from valley import command


def test_a_new_crisis_is_sound_and_empty(tmp_path):
    done = command(
        "new",
        "river",
        "--title",
        'The "River" / Река',
        "--iso3",
        "XRV",
        "--zone",
        "Asia/Tbilisi",
        cwd=tmp_path,
    )
    assert done.returncode == 0
    assert check_crisis(tmp_path / "river") == []
    crisis = open_crisis(tmp_path / "river")
    assert (crisis.settings.title, crisis.settings.iso3, crisis.zone.key) == (
        'The "River" / Река',
        ("XRV",),
        "Asia/Tbilisi",
    )
    assert set(crisis) == {name for name, table in load_schema().items() if table.kind != "result"}
    assert not any(crisis.as_read(name).height for name in crisis)
    assert "known_at" in (tmp_path / "river" / "README.md").read_text()


def test_the_title_comes_from_the_folder(tmp_path):
    command("new", "upper-valley", "--start", "2020-01-01", "--end", "2021-06-30", cwd=tmp_path)
    settings = tomllib.loads((tmp_path / "upper-valley" / "crisis.toml").read_text())
    assert settings["title"] == "Upper valley"
    assert settings["period"]["end"].isoformat() == "2021-06-30"


@pytest.mark.parametrize("arguments", [["--zone", "Mars/Base"], ["--start", "01.02.2020"]])
def test_a_wrong_option_makes_nothing(arguments, tmp_path):
    done = command("new", "river", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("mine")
    assert command("new", "mine", cwd=tmp_path).returncode == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["a.txt"]


def test_schema_shows_every_table_and_column(tmp_path):
    shown = command("schema", cwd=tmp_path).stdout
    assert all(name in shown for name in load_schema())
    columns = command("schema", "corridors", cwd=tmp_path).stdout
    assert all(name in columns for name in load_schema()["corridors"].names)
    assert "vehicles/hour" in columns


def test_schema_is_a_data_package(tmp_path):
    package = json.loads(command("schema", "--json", cwd=tmp_path).stdout)
    assert {resource["name"] for resource in package["resources"]} == set(load_schema())
    one = json.loads(command("schema", "places", "--json", cwd=tmp_path).stdout)
    kind = next(f for f in one["resources"][0]["schema"]["fields"] if f["name"] == "kind")
    assert "settlement" in kind["constraints"]["enum"]


def test_wrong_names_give_the_nearest(tmp_path):
    for arguments, near in ((["schema", "plaecs"], "places"), (["explain", "E12"], "E1")):
        done = command(*arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert near in done.stderr


def test_explain_lists_and_explains(tmp_path):
    assert all(code in command("explain", cwd=tmp_path).stdout for code in codes())
    assert "What to do" in command("explain", "w205", cwd=tmp_path).stdout
