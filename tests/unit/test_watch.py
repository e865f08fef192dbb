"""The watch: what is due is fetched, what changed is run, alerts are staged once; a crash leaves it whole."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from forestall.alerts.log import alerts
from forestall.core.errors import Unavailable
from forestall.fetching.fetch import Fetched
from forestall.store import open_database
from forestall.store.responses import log_fetch
from forestall.watch.due import due_sources, fingerprints, watched
from forestall.watch.lock import alone
from forestall.watch.once import watch_once
from forestall.watch.state import watch_state
from loopback import Play, serving
from valley import command, copy_valley, replaced

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ALERT = "\n[alert]\nodds = 0.001\ncall_off = 0.0\n"
SOURCES = '\n[record]\nsources = ["worldbank", "unhcr"]\nstore = "../s.duckdb"\n'


@pytest.fixture
def folder(tmp_path):
    """A crisis that runs in seconds, and whose odds stage an alert."""
    valley = copy_valley(tmp_path)
    settings = valley / "crisis.toml"
    text = settings.read_text().replace("draws = 200", 'draws = 10\nas_of = "2025-03-14"')
    settings.write_text(text + ALERT)
    return valley


@pytest.fixture
def store(tmp_path):
    return open_database(str(tmp_path / "s.duckdb"))


def with_sources(folder, iso3=True):
    settings = folder / "crisis.toml"
    text = settings.read_text() + SOURCES
    settings.write_text(text.replace('iso3 = ["XRV", "XHM"]', 'iso3 = ["XRV", "MLI"]') if iso3 else text)
    return folder


def fetched(store, source, moment, countries=("MLI", "XRV"), rows=0, outcome="same"):
    with store.writing() as connection:
        log_fetch(connection, source, countries, moment, outcome=outcome, new_rows=rows)


def due(store, folder, now=NOW):
    with store.reading() as connection:
        return {one.source.name: one.since for one in due_sources(connection, [watched(str(folder))], now)}


# --- what is due --------------------------------------------------------------------------------------


def test_a_source_is_due_when_it_is_old_was_never_asked_or_failed(store, folder):
    with_sources(folder)
    week = timedelta(days=7)
    fetched(store, "worldbank", NOW - week + timedelta(hours=1))
    fetched(store, "unhcr", NOW - week - timedelta(hours=1))
    assert set(due(store, folder)) == {"unhcr"}
    fetched(store, "unhcr", NOW - timedelta(hours=1), outcome="failed")
    assert set(due(store, folder)) == {"unhcr"}
    fetched(store, "unhcr", NOW - timedelta(hours=1))
    assert due(store, folder) == {}


def test_a_missed_week_is_asked_for_again_and_the_first_time_a_year(store, folder):
    with_sources(folder)
    fetched(store, "worldbank", NOW - timedelta(days=30))
    found = due(store, folder)
    assert found["worldbank"] <= (NOW - timedelta(days=30 + 30)).date()
    assert found["unhcr"] == (NOW - timedelta(days=365)).date()


def test_another_country_and_a_clock_that_jumped_make_a_source_due(store, folder):
    with_sources(folder)
    for name in ("worldbank", "unhcr"):
        fetched(store, name, NOW, countries=["MLI"])
    assert set(due(store, folder)) == {"worldbank", "unhcr"}
    for name in ("worldbank", "unhcr"):
        fetched(store, name, NOW + timedelta(days=400))
    assert set(due(store, folder)) == {"worldbank", "unhcr"}


def test_a_crisis_has_news_when_files_rows_or_the_month_are_others(store, folder):
    with_sources(folder)
    crisis = [watched(str(folder))]

    def prints(now=NOW):
        with store.reading() as connection:
            return fingerprints(connection, crisis, now)["valley"]

    fetched(store, "unhcr", NOW, rows=5)
    first = prints()
    fetched(store, "unhcr", NOW, rows=0)
    fetched(store, "gdelt", NOW, rows=9)
    assert prints() == first
    assert prints(NOW + timedelta(days=25)) != first
    fetched(store, "unhcr", NOW + timedelta(days=1), rows=1)
    second = prints()
    assert second != first
    with (folder / "events.csv").open("a") as file:
        file.write("\n")
    assert prints() != second


# --- a round ------------------------------------------------------------------------------------------


def test_a_round_runs_what_changed_and_stages_once(store, folder, tmp_path):
    first = watch_once([str(folder)], store, tmp_path / "runs", now=NOW)
    assert (list(first.ran), first.same, first.failed) == (["valley"], [], {})
    assert first.alerts
    assert (Path(first.ran["valley"]) / "run.json").is_file()
    second = watch_once([str(folder)], store, tmp_path / "runs", now=NOW + timedelta(minutes=1))
    assert (second.ran, second.same, second.alerts) == ({}, ["valley"], [])
    replaced(folder / "crisis.toml", "draws = 10", "draws = 11")
    third = watch_once([str(folder)], store, tmp_path / "runs", now=NOW + timedelta(hours=1))
    assert list(third.ran) == ["valley"]
    assert third.alerts == [], "what stands already is not staged a second time"
    with store.reading() as connection:
        found = alerts(connection)
    assert set(found) == set(first.alerts)
    assert all(one.state == "staged" for one in found.values())


def test_a_crisis_that_fails_leaves_the_others_alone_and_is_tried_again(store, folder, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "crisis.toml").write_text('title = "B"\niso3 = ["XRV"]\n')
    other = tmp_path / "other"
    subprocess.run(["cp", "-r", str(folder), str(other)], check=True)
    (other / "places.csv").write_text("place\n")
    done = watch_once([str(broken), str(other), str(folder)], store, tmp_path / "runs", now=NOW)
    assert (set(done.failed), set(done.ran)) == ({str(broken), "other"}, {"valley"})
    assert not done.whole
    again = watch_once([str(other)], store, tmp_path / "runs", now=NOW)
    assert set(again.failed) == {"other"}
    state = watch_state(store, now=NOW)
    assert {row["crisis"]: row["outcome"] for row in state["crises"]}["other"] == "failed"


def test_a_source_that_is_down_is_said_and_all_else_goes_on(store, folder, tmp_path):
    with_sources(folder, iso3=False)

    def down(source, asked, database, *, base):
        return Fetched(source.name, "failed", reason="no network")

    fetched(store, "unhcr", NOW - timedelta(days=7))
    done = watch_once([str(folder)], store, tmp_path / "runs", now=NOW, asks=down)
    assert {one.source for one in done.fetched} == {"unhcr", "worldbank"}
    assert list(done.ran) == ["valley"]
    assert not done.whole


def test_news_of_a_source_make_a_run_over_the_loopback(store, folder, tmp_path):
    with_sources(folder)
    play = Play()
    with serving(play) as base:
        first = watch_once([str(folder)], store, tmp_path / "runs", base=base)
        second = watch_once([str(folder)], store, tmp_path / "runs", base=base)
    assert (list(first.ran), first.whole) == (["valley"], True), first.failed
    assert (second.fetched, second.same) == ([], ["valley"])


# --- the lock -----------------------------------------------------------------------------------------

HOLDS = """
import sys, time
from pathlib import Path
from forestall.watch.lock import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_watch_at_a_time_and_a_crash_frees_the_lock(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Unavailable, match=f"process {holder.pid}"), alone(tmp_path):
        pass
    holder.kill()
    holder.communicate()
    with alone(tmp_path):
        handle = os.open(tmp_path / ".watch.lock", os.O_RDWR)
        with pytest.raises(OSError, match="temporarily"):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(handle)


KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from forestall.store import open_database
from forestall.watch.once import watch_once
now = datetime(2026, 3, 10, 12, tzinfo=UTC)
watch_once([sys.argv[1]], open_database(sys.argv[2]), Path(sys.argv[3]), now=now)
"""


def test_a_watch_that_is_killed_is_made_up_for_and_stages_once(store, folder, tmp_path):
    arguments = [sys.executable, "-c", KILLED, str(folder), store.address, str(tmp_path / "runs")]
    for seconds in (1.5, 3.0):
        one = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        one.kill()
        one.wait()
    watch_once([str(folder)], store, tmp_path / "runs", now=NOW)
    with store.reading() as connection:
        found = alerts(connection)
        rounds = connection.rows("select count(*) as n from watches where outcome <> 'failed'")
    assert rounds == [{"n": 1}]
    subjects = [(one.content["rule"], one.content["subject"]) for one in found.values()]
    assert len(subjects) == len(set(subjects)) > 0


# --- commands -----------------------------------------------------------------------------------------


def test_the_commands_say_how_it_went(folder, tmp_path, monkeypatch):
    where = ("--store", "s.duckdb")
    done = command("watch", "valley", "--once", *where, cwd=tmp_path)
    assert (done.returncode, "staged: valley-odds" in done.stdout) == (0, True), done.stderr
    told = json.loads(command("watch", "valley", "--once", *where, "--json", cwd=tmp_path).stdout)
    assert told["same"] == ["valley"]
    for width in ("80", "120"):
        monkeypatch.setenv("COLUMNS", width)
        shown = command("watch", "--status", *where, cwd=tmp_path).stdout
        assert max(len(r) for r in shown.splitlines() if set(r) & set("│┃┏└")) <= int(width)
        assert "waits for a person" in shown
    state = json.loads(command("watch", "--status", *where, "--json", cwd=tmp_path).stdout)
    assert state["crises"][0]["outcome"] == "staged"


def test_units_are_written_once_and_hold_no_key(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("FORESTALL_ACLED_LOGIN", "me:hush")
    arguments = ("watch", "valley", "--install", "--units", "units", "--at", "06:15", "--store", "s.duckdb")
    assert command(*arguments, cwd=tmp_path).returncode == 0
    texts = {path.name: path.read_text() for path in (tmp_path / "units").iterdir()}
    assert set(texts) == {"forestall-watch.service", "forestall-watch.timer"}
    assert "OnCalendar=*-*-* 06:15" in texts["forestall-watch.timer"]
    assert f"watch --once {folder}" in texts["forestall-watch.service"]
    assert "hush" not in "".join(texts.values())
    assert "as they should be" in command(*arguments, cwd=tmp_path).stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "say one of"),
        (("--once", "--status"), 2, "say one of"),
        (("--once",), 2, "name the crises"),
        (("--status", "--store", "none.duckdb"), 2, "no store"),
        (("--once", "nowhere", "--store", "x.duckdb"), 3, "no crisis folder"),
        (("--install", "nowhere"), 2, "no crisis folder"),
        (("valley", "--install", "--at", "25:00"), 2, "no hour"),
    ],
)
def test_a_slip_of_the_hand_is_told(folder, tmp_path, arguments, code, said):
    done = command("watch", *arguments, cwd=tmp_path)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
