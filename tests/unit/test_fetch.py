"""Sources over the loopback: each asked, saved, made rows; every fault said, what is there stays."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from forestall.checks import explain
from forestall.checks.codes import codes
from forestall.fetching.asking import Asked
from forestall.fetching.client import Patience
from forestall.fetching.fetch import fetch
from forestall.fetching.registry import load_sources
from forestall.store import open_database
from forestall.store.keep import export
from forestall.store.responses import newest_answers
from forestall.store.rows import rows_as_of
from loopback import Play, serving
from valley import command

NOW = datetime.now(UTC)
YEAR = NOW.date() - timedelta(days=400)
HURRY = Patience(connect=2, read=1.0, whole=2.0, tries=2, most_wait=100)
KEYS = {
    "FORESTALL_IDMC_CLIENT_ID": "good",
    "FORESTALL_HAPI_APP": "good",
    "FORESTALL_RELIEFWEB_APPNAME": "good",
    "FORESTALL_DTM_KEY": "good",
    "FORESTALL_ACLED_LOGIN": "me@example.org:hush",
}
EVERY = sorted(load_sources())


@pytest.fixture
def play():
    return Play()


@pytest.fixture
def base(play):
    with serving(play) as address:
        yield address


@pytest.fixture
def store(tmp_path):
    return open_database(str(tmp_path / "s.duckdb"))


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    for source in load_sources().values():
        monkeypatch.delenv(source.key or "NO_KEY", raising=False)
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    return monkeypatch


def get(name, store, base, countries=("MLI",), since=YEAR, sleeps=None, now=NOW, patience=HURRY):
    waited = [] if sleeps is None else sleeps
    asked = Asked(countries, since, now, more={"geo_id": "501"})
    return fetch(load_sources()[name], asked, store, base=base, patience=patience, sleep=waited.append)


def rows(store, table, **asked):
    with store.reading() as connection:
        return rows_as_of(connection, table, newest=False, **asked)


def codes_of(done):
    return sorted({finding.code for finding in done.findings})


# --- every source -------------------------------------------------------------------------------------

GIVES = {
    "acled": {"events"},
    "comtrade": {"indicators"},
    "eurostat": {"indicators"},
    "fts": {"commitments"},
    "gdelt": {"indicators"},
    "hdx-hapi": {"stocks", "indicators"},
    "idmc": {"movements", "stocks"},
    "inform": {"indicators"},
    "iom-dtm": {"stocks"},
    "reliefweb": {"indicators"},
    "ucdp": {"deaths", "events"},
    "unhcr": {"stocks"},
    "unhcr-odp": {"stocks"},
    "views": {"indicators"},
    "worldbank": {"indicators"},
}


@pytest.mark.parametrize("name", EVERY)
def test_a_source_gives_rows_once_and_asks_politely_again(name, store, base, play):
    first = get(name, store, base)
    assert first.outcome == "new", first.reason
    assert {table for table, n in first.rows.items() if n} == GIVES[name] | {"sources"}
    before = len(play.log)
    again = get(name, store, base)
    assert (again.outcome, sum(again.rows.values())) == ("same", 0), again.reason
    repeated = [headers for _, _, headers in play.log[before:]]
    assert sum("if-none-match" in headers for headers in repeated) >= len(repeated) - 2
    for table in GIVES[name]:
        found = rows(store, table, sources=[name])
        assert found.height == first.rows[table]
        assert found["known_at"].max() <= datetime.now(UTC)
        assert set(found["source"]) <= set(rows(store, "sources")["source"])


@pytest.mark.parametrize("name", EVERY)
def test_the_same_fault_stops_no_source_silently(name, store, base, play):
    """Robots page with 404, web page as data, nothing at all: a finding, exit 3 material, no row."""
    for fault in ("robots", "robots_200", "empty", "hang_up", "latin"):
        play.fault("/", fault)
        done = get(name, store, base)
        assert done.outcome == "failed", (fault, done)
        assert done.reason
        assert all(finding.code in codes() for finding in done.findings)
        assert done.there_since is None
    assert "nothing of it is there yet" in done.age(NOW)


def test_every_code_of_fetching_has_a_page():
    for code in ("E601", "E602", "E603", "E604", "E605", "W601", "N601"):
        assert "What to do" in explain(code)


# --- what the figures say -----------------------------------------------------------------------------


def test_ucdp_gives_each_release_its_vintage_and_events_their_place(store, base, play):
    get("ucdp", store, base, since=date(NOW.year - 1, 11, 1))
    deaths = rows(store, "deaths", iso3=["MLI"]).filter(pl.col("best") > 0)
    assert set(deaths["best"]) == {4}
    assert any("GED" in one for one in deaths["vintage"])
    assert any("candidate" in one for one in deaths["vintage"])
    events = rows(store, "events")
    assert events["date"].min() >= date(NOW.year - 1, 11, 1)
    assert set(events.select("lon", "lat").iter_rows()) == {(-3.5, 14.5)}
    play.deaths = 9
    get("ucdp", store, base, since=date(NOW.year - 1, 11, 1))
    assert {4, 9} <= set(rows(store, "deaths", iso3=["MLI"])["best"])


def test_a_month_that_is_not_released_is_a_note_and_a_gap_before_it_is_a_fault(store, base, play):
    done = get("ucdp", store, base)
    assert set(codes_of(done)) <= {"N601", "N322", "W221", "W222", "W223"}
    play.fault(f"/downloads/candidateged/GEDEvent_v{NOW.year % 100}_0_2", "robots")
    if NOW.month > 4:
        assert get("ucdp", store, base, countries=("NER",)).outcome in ("failed", "same")


def test_with_a_token_ucdp_is_asked_by_its_api_and_the_token_is_not_kept(store, base, keys):
    keys.setenv("FORESTALL_UCDP_TOKEN", "good")
    done = get("ucdp", store, base, since=date(NOW.year, 1, 1))
    assert done.outcome == "new", done.reason
    assert (Path(store.address).read_bytes()).count(b"good") == 0
    with store.reading() as connection:
        assert all("page" in a.address for a in newest_answers(connection, "ucdp").values())
    keys.setenv("FORESTALL_UCDP_TOKEN", "bad")
    wrong = get("ucdp", store, base, countries=("NER",), since=date(NOW.year, 1, 1))
    assert (codes_of(wrong), "write to UCDP" in wrong.reason) == (["E605"], True)


def test_a_dash_is_unknown_and_no_zero(store, base):
    get("unhcr", store, base)
    stocks = rows(store, "stocks")
    assert not stocks.filter(pl.col("group").str.contains("other people")).height
    assert stocks["people"].null_count() == 0
    assert set(stocks["known_basis"]) == {"release rule"}


def test_a_revision_is_a_row_more_known_from_its_fetch(store, base, play):
    get("unhcr", store, base)
    before = datetime.now(UTC)
    play.refugees = 5000
    again = get("unhcr", store, base)
    assert again.outcome == "new"
    revised = rows(store, "stocks").filter(pl.col("people") >= 5000)
    assert revised["known_at"].min() >= before
    with store.reading() as connection:
        assert rows_as_of(connection, "stocks", before)["people"].max() < 5000


def test_a_cell_that_is_not_there_is_unknown_in_eurostat(store, base):
    get("eurostat", store, base, since=date(NOW.year - 3, 1, 1))
    found = rows(store, "indicators")
    assert (found.height, set(found["where"])) == (5, {"DEU", "GRC"})


def test_a_country_is_found_by_any_code_that_a_row_names(store, base):
    get("unhcr", store, base)
    assert rows(store, "stocks", iso3=["SYR"]).height > 0
    assert rows(store, "stocks", iso3=["FRA"]).height == 0


def test_the_runs_of_a_rival_stand_side_by_side(store, base):
    get("views", store, base)
    assert set(rows(store, "indicators")["who"]) == {"VIEWS fatalities003_2026_08_t01"}


# --- keys, embargo, shape -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in EVERY if load_sources()[n].key_needed])
def test_without_a_key_one_is_told_where_to_get_it(name, store, base, keys, play):
    keys.delenv(load_sources()[name].key)
    done = get(name, store, base)
    assert (done.outcome, codes_of(done), len(play.log)) == ("failed", ["E602"], 0)
    assert load_sources()[name].key in done.reason


@pytest.mark.parametrize("name", ["idmc", "hdx-hapi", "reliefweb", "iom-dtm"])
def test_a_wrong_key_is_said_in_the_words_of_the_source(name, store, base, keys):
    keys.setenv(load_sources()[name].key, "WRONG-KEY")
    done = get(name, store, base)
    assert (done.outcome, codes_of(done)) == ("failed", ["E605"])
    assert "WRONG-KEY" not in done.reason
    assert b"WRONG-KEY" not in Path(store.address).read_bytes()


def test_acled_stays_here_and_its_token_and_password_are_kept_nowhere(store, base, tmp_path):
    get("acled", store, base)
    get("unhcr", store, base)
    kept = Path(store.address).read_bytes()
    assert b"SECRET-TOKEN" not in kept
    assert b"hush" not in kept
    facts = export(store, tmp_path / "out")
    text = "".join(path.read_text() for path in (tmp_path / "out").iterdir() if path.suffix == ".csv")
    assert "acled" not in text
    assert facts["held_back"]["acled"] > 0


def test_a_window_held_back_is_said_and_is_not_empty(store, base, play):
    play.fault("/api/acled", "embargo")
    done = get("acled", store, base)
    assert (codes_of(done), done.outcome) == (["W601"], "same")
    assert "2025-11-22" in done.findings[0].message


def test_an_empty_answer_is_a_warning_and_takes_nothing_away(store, base, play):
    get("unhcr", store, base)
    there = rows(store, "stocks").height
    play.fault("/population", "no_rows")
    done = get("unhcr", store, base)
    assert (codes_of(done), done.outcome, rows(store, "stocks").height) == (["W225"], "same", there)


@pytest.mark.parametrize(("name", "column"), [("unhcr", "refugees"), ("ucdp", "best")])
def test_a_column_that_is_gone_is_a_finding_and_old_rows_stay(name, column, store, base, play):
    get(name, store, base)
    table = "stocks" if name == "unhcr" else "deaths"
    there = rows(store, table).height
    play.drop = {column}
    done = get(name, store, base)
    assert (codes_of(done)[0], done.outcome, rows(store, table).height) == ("E163", "failed", there)
    assert column in done.reason
    play.drop = set()
    assert get(name, store, base).outcome == "same"


def test_errors_that_come_as_if_all_were_well_are_told(store, base, play):
    play.fault("/v2/country", "world_bank_error")
    play.fault("/eurostat", "asynchronous")
    for name, said in (("worldbank", "not valid"), ("eurostat", "later")):
        done = get(name, store, base)
        assert (codes_of(done), said in done.reason) == (["E162"], True)


# --- faults of the way --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("503", "E601"),
        ("cut", "E601"),
        ("drip", "E601"),
        ("slow", "E601"),
        ("loop", "E601"),
        ("away", "E601"),
        ("inward", "E601"),
        ("huge_said", "E604"),
        ("huge_unsaid", "E604"),
        ("bomb", "E604"),
        ("wrong_encoding", "E604"),
        ("strange_encoding", "E604"),
        ("latin", "E163"),
        ("429_tomorrow", "E603"),
    ],
)
def test_a_fault_ends_soon_with_its_reason_and_old_rows_stay(fault, code, store, base, play):
    get("unhcr", store, base)
    there = rows(store, "stocks")
    play.fault("/population", fault)
    start = time.monotonic()
    done = get("unhcr", store, base, now=NOW + timedelta(days=7))
    assert time.monotonic() - start < 15
    assert (done.outcome, codes_of(done)) == ("failed", [code]), done.reason
    assert "days ago" in done.age(NOW + timedelta(days=7))
    assert rows(store, "stocks").equals(there)


def test_a_source_that_is_busy_is_asked_again_when_it_says(store, base, play):
    play.fault("/population", "429", times=1)
    waited = []
    assert get("unhcr", store, base, sleeps=waited).outcome == "new"
    assert waited == [1.0]


def test_what_was_cut_off_is_gone_on_with(store, base, play):
    play.fault("/population", "cut_resumable", times=1)
    assert get("unhcr", store, base).outcome == "new"
    assert any(headers.get("range", "").startswith("bytes=") for _, _, headers in play.log)


def test_the_answers_of_a_fetch_that_broke_off_are_not_asked_again(store, base, play):
    play.fault("/v2/country/MLI/indicator/MS.MIL", "503")
    assert get("worldbank", store, base).outcome == "failed"
    play.faults.clear()
    before = len(play.log)
    assert get("worldbank", store, base).outcome == "new"
    assert len(play.log) - before == 1


def test_one_source_that_fails_leaves_the_others_alone_and_ends_with_3(tmp_path, base, play):
    play.fault("/population", "503")
    done = command(
        "fetch", "unhcr", "inform", "--country", "Mali", "--base", base, "--store", "s.duckdb", cwd=tmp_path
    )
    assert done.returncode == 3
    assert "inform: " in done.stdout
    assert "nothing of it is there yet" in done.stderr


def test_a_clock_that_jumps_back_is_said(store, base, play):
    get("unhcr", store, base)
    play.fault("/population", "503")
    done = get("unhcr", store, base, now=NOW - timedelta(days=30))
    assert "after the present clock" in done.age(NOW - timedelta(days=30))


def test_no_network_is_said_with_the_age(store, base):
    get("unhcr", store, base)
    done = get("unhcr", store, "http://127.0.0.1:1")
    assert (codes_of(done), "cannot be reached" in done.reason) == (["E601"], True)
    assert "0.0 days ago" in done.age(datetime.now(UTC))


KILLED = """
import sys
sys.path[:0] = sys.argv[3:]
from test_fetch import get
from forestall.store import open_database
while True:
    get("worldbank", open_database(sys.argv[1]), sys.argv[2])
"""


def test_a_fetch_that_is_killed_leaves_a_whole_store(store, base, keys):
    here = Path(__file__).parent
    arguments = [sys.executable, "-c", KILLED, store.address, base, str(here), str(here.parent)]
    for seconds in (0.9, 1.0, 1.15, 1.3):
        one = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        one.kill()
        one.wait()
    assert get("worldbank", store, base).outcome in ("new", "same")
    found = rows(store, "indicators")
    assert (found.height, found.select("indicator", "where", "date").is_duplicated().any()) == (5, False)


# --- the command --------------------------------------------------------------------------------------


def test_the_command_says_what_came(tmp_path, base, monkeypatch):
    where = ("--base", base, "--store", "s.duckdb")
    done = command("fetch", "unhcr", "--country", "MLI", *where, cwd=tmp_path)
    assert (done.returncode, "stocks +" in done.stdout) == (0, True)
    told = json.loads(command("fetch", "unhcr", "--country", "MLI", *where, "--json", cwd=tmp_path).stdout)
    assert told["sources"][0]["outcome"] == "same"
    for width in ("80", "120"):
        monkeypatch.setenv("COLUMNS", width)
        listed = command("fetch", "--list", cwd=tmp_path).stdout
        assert max(map(len, listed.splitlines())) <= int(width)
        assert re.search(r"acled\s+│ needed", listed)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("unchr", "--country", "MLI"), "nearest: unhcr"),
        (("unhcr",), "name a country"),
        ((), "name a source"),
        (("unhcr", "--country", "Nowhere"), "E501"),
        (("unhcr", "--country", "MLI", "--since", "soon"), "expected 2026-01-01"),
        (("unhcr", "--country", "MLI", "--since", "2999-01-01"), "has not come"),
        (("unhcr", "--country", "MLI", "--base", "here"), "no address"),
        (("unhcr-odp", "--country", "MLI"), "geo_id"),
        (("unhcr", "--country", "MLI", "--set", "x"), "NAME=VALUE"),
    ],
)
def test_a_slip_of_the_hand_is_told(tmp_path, arguments, said):
    done = command("fetch", *arguments, "--store", "s.duckdb", cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert said in done.stderr
