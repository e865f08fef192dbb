"""Faults of the machine are told apart from findings; texts and numbers that once ended in a traceback."""

import errno

import pytest
from openpyxl import load_workbook

from forestall.cli.terminal import explained
from forestall.core import files
from forestall.core.errors import UsageError
from forestall.core.moments import parse_moment
from forestall.core.units import parse_duration
from forestall.crisis import open_crisis
from valley import added, command, copy_valley


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 4),
        (PermissionError(errno.EACCES, "Permission denied"), 4),
        (MemoryError(), 4),
    ],
)
def test_a_machine_that_fails_is_exit_4(error, code, capsys):
    with pytest.raises(Exception) as ended, explained():  # noqa: PT011 - its code is looked at
        raise error
    assert ended.value.exit_code == code
    assert capsys.readouterr().err.startswith("forestall: ")


def test_what_lies_too_far_off_is_refused():
    zone = open_crisis("karabakh-2023").zone
    for text in ("9999-12-31", "0001-01-01T00:00+14:00"):
        with pytest.raises(UsageError, match="too far"):
            parse_moment(text, zone)
    with pytest.raises(UsageError, match="too long"):
        parse_duration("9999999 days")
    assert parse_duration("100 years").months == 1200


def test_options_that_once_hung_or_broke_are_findings(tmp_path):
    valley = copy_valley(tmp_path)
    text = (valley / "crisis.toml").read_text()
    for bad in ('horizon = "9999999 days"', 'horizon = "99 years"', "x = " + "[" * 500 + "]" * 500):
        key = bad.partition(" ")[0]
        kept = "\n".join(line for line in text.splitlines() if not line.startswith(f"{key} "))
        (valley / "crisis.toml").write_text(kept.replace("[displace]", f"[displace]\n{bad}"))
        assert command("check", "valley", cwd=tmp_path).returncode == 1


def test_a_folder_without_coordinates_runs(tmp_path):
    valley = copy_valley(tmp_path)
    rows = [line.split(",") for line in (valley / "places.csv").read_text().splitlines()]
    gone = [rows[0].index(name) for name in ("lon", "lat")]
    kept = [",".join(cell for n, cell in enumerate(row) if n not in gone) for row in rows]
    (valley / "places.csv").write_text("\n".join(kept) + "\n")
    done = command(
        "run", "valley", "--as-of", "2025-03-14", "--draws", "10", "--quiet", "--out", "run", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr


def test_a_workbook_takes_any_text_and_no_link(tmp_path):
    valley = copy_valley(tmp_path)
    data = (valley / "places.csv").read_bytes()
    (valley / "places.csv").write_bytes(data.replace(b"Upper Dale", b"Upp\x0ber D\xc3\xa4le\xe2\x80\xae"))
    (tmp_path / "secret.csv").write_text("actor,name\nx,secret\n")
    (valley / "actors.csv").unlink()
    (valley / "actors.csv").symlink_to(tmp_path / "secret.csv")
    assert command("export", "xlsx", "valley", "a.xlsx", cwd=tmp_path).returncode == 0
    book = load_workbook(tmp_path / "a.xlsx")
    assert "actors" not in book.sheetnames
    assert any(cell.value == "Upper Däle" for row in book["places"].rows for cell in row)
    added(valley / "events.csv", description="x" * 40_000)
    done = command("export", "xlsx", "valley", "b.xlsx", cwd=tmp_path)
    assert (done.returncode, (tmp_path / "b.xlsx").exists()) == (2, False)
    assert "32,767" in done.stderr


def test_where_folders_cannot_be_exchanged_the_old_one_is_put_back(tmp_path, monkeypatch):
    target = tmp_path / "run"
    monkeypatch.setattr(files, "_exchanged", lambda *_: False)
    for text in ("old", "new"):
        with files.folder_atomic(target) as fresh:
            (fresh / "a").write_text(text)
    assert (target / "a").read_text() == "new"
    target.rename(tmp_path / ".run.old")
    files.put_back(target)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_what_a_killed_writer_left_goes_and_what_a_living_one_holds_stays(tmp_path):
    (tmp_path / ".run.abc.part").mkdir()
    with files.folder_atomic(tmp_path / "run") as fresh:
        assert [path.name for path in tmp_path.iterdir()] == [fresh.name]
        files.clear_abandoned(tmp_path, ".run")
        assert fresh.is_dir()
