"""The store: every vintage kept, nothing twice, nothing lost; the same on DuckDB and on PostgreSQL."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import polars as pl
import pytest

from forestall.core.errors import Unavailable, UsageError
from forestall.schema import frame, table_of
from forestall.store import open_database
from forestall.store.keep import export, last_failures, status, vacuum
from forestall.store.migrate import columns_there, stored_tables
from forestall.store.responses import Answer, log_fetch, newest_answers, save_answer, versions
from forestall.store.rows import add_rows, rows_as_of
from postgres import server
from valley import command

NUMBERS = count(1)
MONDAY = datetime(2025, 3, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def url():
    with server() as found:
        yield found


@pytest.fixture(params=["duckdb", "postgresql"])
def store(request, tmp_path):
    if request.param == "duckdb":
        return open_database(str(tmp_path / "s.duckdb"))
    import psycopg

    url = request.getfixturevalue("url")
    name = f"s{next(NUMBERS)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return open_database(url.replace("/postgres?", f"/{name}?"))


def stock(people, known_at=MONDAY, name="s1", basis="stated", place="XRV", source="unhcr"):
    return {
        "stock": name,
        "place": place,
        "group": "refugees",
        "date": date(2024, 12, 31),
        "people": people,
        "source": source,
        "known_at": known_at,
        "known_basis": basis,
    }


def add(store, *rows, fetched_at=MONDAY, countries="|XRV|", asked_of="unhcr"):
    with store.writing() as connection:
        return add_rows(
            connection,
            "stocks",
            frame("stocks", list(rows)),
            countries=[countries] * len(rows),
            fetched_at=fetched_at,
            asked_of=asked_of,
        )


def known(store, moment=None, **asked):
    with store.reading() as connection:
        return rows_as_of(connection, "stocks", moment, **asked)


def answer(what="population", data=b'{"items": []}', asked_at=MONDAY, **more):
    given = {"status": 200, "terms": "CC BY 4.0", "name": "p.json", "source": "unhcr", **more}
    return Answer(what=what, address="https://example.org/p?key=***", asked_at=asked_at, data=data, **given)


# --- rows ---------------------------------------------------------------------------------------------


def test_the_same_row_twice_is_one(store):
    assert add(store, stock(10)) == 1
    assert add(store, stock(10)) == 0
    assert add(store, stock(10, MONDAY + DAY), fetched_at=MONDAY + DAY) == 0
    assert known(store, newest=False).height == 1


def test_every_vintage_stays_and_the_newest_known_then_is_given(store):
    add(store, stock(10))
    add(store, stock(12, MONDAY + DAY), fetched_at=MONDAY + DAY)
    assert known(store, MONDAY)["people"].to_list() == [10]
    assert known(store, MONDAY + 2 * DAY)["people"].to_list() == [12]
    assert known(store, MONDAY + 2 * DAY, newest=False)["people"].to_list() == [10, 12]
    assert known(store, MONDAY - DAY).height == 0


def test_a_revision_is_known_when_it_was_fetched_not_by_the_calendar(store):
    calendar = MONDAY - 200 * DAY
    add(store, stock(10, calendar, basis="release rule"))
    add(store, stock(12, calendar, basis="release rule"), fetched_at=MONDAY + DAY)
    add(store, stock(12, calendar, basis="release rule"), fetched_at=MONDAY + 2 * DAY)
    rows = known(store, newest=False)
    assert rows["people"].to_list() == [10, 12]
    assert rows["known_at"].to_list() == [calendar, MONDAY + DAY]
    assert rows["known_basis"].to_list() == ["release rule", "stated"]
    assert known(store, MONDAY)["people"].to_list() == [10]


def test_a_figure_that_goes_back_is_a_revision_too(store):
    for number, people in enumerate((10, 12, 10)):
        add(store, stock(people, MONDAY + number * DAY), fetched_at=MONDAY + number * DAY)
    assert known(store, newest=False)["people"].to_list() == [10, 12, 10]


def test_an_unknown_figure_is_no_zero_and_a_revision_of_it_counts(store):
    add(store, stock(None))
    assert add(store, stock(0, MONDAY + DAY), fetched_at=MONDAY + DAY) == 1
    assert known(store, MONDAY)["people"].to_list() == [None]


def test_an_earlier_release_that_comes_late_does_not_take_the_place_of_the_later(store):
    def deaths(best, vintage, known_at):
        row = {"where_kind": "country", "where": "XRV", "period": "month", "start": date(2025, 1, 1)}
        row |= {"violence": "state-based", "best": best, "vintage": vintage, "known_at": known_at}
        with store.writing() as connection:
            table = frame("deaths", [{**row, "source": "ucdp"}])
            return add_rows(connection, "deaths", table, countries=["|XRV|"], fetched_at=MONDAY)

    assert deaths(7, "25.0.3", MONDAY) == 1
    assert deaths(5, "25.0.1", MONDAY - 30 * DAY) == 1
    with store.reading() as connection:
        newest = rows_as_of(connection, "deaths", MONDAY)
        before = rows_as_of(connection, "deaths", MONDAY - DAY)
    assert (newest["best"].to_list(), before["best"].to_list()) == ([7], [5])


def test_rows_are_asked_for_by_country_and_source(store):
    add(store, stock(1, name="a"), countries="|XRV|XHM|")
    add(store, stock(2, name="b"), countries="|XHM|", asked_of="iom")
    assert known(store, iso3=["XRV"])["stock"].to_list() == ["a"]
    assert known(store, iso3=["XHM", "XRV"])["stock"].to_list() == ["a", "b"]
    assert known(store, sources=["iom"])["stock"].to_list() == ["b"]
    assert known(store, iso3=["X"]).height == 0


def test_every_table_of_the_schema_can_be_stored_and_read_back(store):
    with store.writing() as connection:
        for name in stored_tables():
            add_rows(connection, name, frame(name, []), countries=[], fetched_at=MONDAY)
            assert rows_as_of(connection, name).columns == list(table_of(name).names)


def test_hostile_text_comes_back_as_it_was(store):
    text = "a'b\"c;--\n%s $x \\N \t|é名"
    add(store, stock(1, place=text))
    assert known(store)["place"].to_list() == [text]


def test_both_databases_give_the_same_rows(tmp_path, url):
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create database same")
    stores = (open_database(str(tmp_path / "d")), open_database(url.replace("/postgres?", "/same?")))
    draw = random.Random(7)  # noqa: S311
    for day in range(12):
        rows = [stock(draw.choice([None, 1, 2]), MONDAY + day * DAY, name=f"s{i}") for i in range(20)]
        gained = {add(one, *rows, fetched_at=MONDAY + day * DAY) for one in stores}
        assert len(gained) == 1
    for moment in (None, MONDAY + 3 * DAY, MONDAY + 20 * DAY):
        for newest in (True, False):
            first, second = (known(one, moment, newest=newest) for one in stores)
            assert first.equals(second)
            assert first.height > 0


# --- schema -------------------------------------------------------------------------------------------


def test_a_column_that_the_schema_gained_is_added(store):
    add(store, stock(1))
    with store.writing() as connection:
        connection.execute('alter table rows_stocks drop column "high"')
        assert "high" not in columns_there(connection, "stocks")
    assert known(store)["high"].to_list() == [None]
    add(store, stock(2, name="b"))
    with store.reading() as connection:
        assert "high" in columns_there(connection, "stocks")


def test_a_store_of_a_newer_version_is_left_alone(store):
    add(store, stock(1))
    with store.writing() as connection:
        connection.execute("insert into store_version values (999)")
    with pytest.raises(UsageError, match="version 999"):
        add(store, stock(2))


# --- answers ------------------------------------------------------------------------------------------


def test_an_answer_is_kept_with_all_that_tells_where_it_is_from(store):
    with store.writing() as connection:
        save_answer(connection, answer(etag='"a"', last_modified="Mon"))
        save_answer(connection, answer(asked_at=MONDAY + DAY, data=b"later"))
        save_answer(connection, answer(asked_at=MONDAY + 2 * DAY, data=b"blocked", status=404))
        save_answer(connection, answer("countries", source="other"))
    with store.reading() as connection:
        newest = newest_answers(connection, "unhcr")
        assert newest == {"population": answer(asked_at=MONDAY + DAY, data=b"later")}
        assert versions(connection, "unhcr")["population"][:2] == (None, None)


def test_a_body_is_kept_once(store):
    with store.writing() as connection:
        for day in range(3):
            save_answer(connection, answer(asked_at=MONDAY + day * DAY))
    with store.reading() as connection:
        assert connection.rows("select count(*) as n from bodies") == [{"n": 1}]
        assert connection.rows("select count(*) as n from responses") == [{"n": 3}]


def test_the_status_says_how_old_each_source_is_and_why_it_failed(store):
    add(store, stock(1))
    with store.writing() as connection:
        log_fetch(connection, "unhcr", ["XRV"], MONDAY, outcome="new", new_rows=1)
        log_fetch(connection, "unhcr", ["XRV"], MONDAY + DAY, outcome="failed", reason="no network")
        log_fetch(connection, "idmc", ["XRV"], MONDAY + DAY, outcome="same")
    found = status(store, MONDAY + 3 * DAY)
    assert found["tables"] == {"stocks": 1}
    idmc, unhcr = found["sources"]
    assert (idmc["source"], idmc["age_days"], idmc["failing"]) == ("idmc", 2.0, False)
    assert (unhcr["age_days"], unhcr["rows"], unhcr["failing"]) == (3.0, 1, True)
    assert last_failures(store) == {"unhcr": "no network"}


def test_vacuum_takes_old_bodies_and_never_rows(store):
    with store.writing() as connection:
        for day in range(3):
            data = random.Random(day).randbytes(1000)  # noqa: S311
            save_answer(connection, answer(asked_at=MONDAY + day * DAY, data=data))
    add(store, stock(1))
    assert vacuum(store, 30, MONDAY + 100 * DAY)["bodies_gone"] == 2
    assert vacuum(store)["bodies_gone"] == 0
    with store.reading() as connection:
        assert len(newest_answers(connection, "unhcr")) == 1
    assert known(store).height == 1


def test_what_may_not_be_passed_on_stays(store, tmp_path):
    sources = [
        {"source": "unhcr", "publisher": "UNHCR", "licence": "CC BY 4.0", "redistribution": "attribution"},
        {"source": "acled", "publisher": "ACLED", "licence": "own terms", "redistribution": "no"},
    ]
    with store.writing() as connection:
        add_rows(connection, "sources", frame("sources", sources), countries=["", ""], fetched_at=MONDAY)
        save_answer(connection, answer())
        save_answer(connection, answer(source="acled"))
    add(store, stock(1, name="a"))
    add(store, stock(2, name="b", source="acled"))
    facts = export(store, tmp_path / "out")
    text = "".join(path.read_text() for path in (tmp_path / "out").iterdir())
    assert facts["held_back"]["acled"] == 2
    assert pl.read_csv(tmp_path / "out" / "stocks.csv")["stock"].to_list() == ["a"]
    assert (facts["answers"], "own terms" in text) == (1, False)


# --- faults -------------------------------------------------------------------------------------------

WRITER = """
import sys
from datetime import UTC, date, datetime, timedelta
sys.path[:0] = sys.argv[3:]
from test_store import add, stock
from forestall.store import open_database
store = open_database(sys.argv[1])
name = sys.argv[2]
for number in range(int(1e9) if name == "endless" else 8):
    add(store, *(stock(number, name=f"{name}-{number}-{i}") for i in range(5)))
    print(number, flush=True)
"""


def writer(store, name):
    here = Path(__file__).parent
    address = getattr(store, "url", store.address)
    arguments = [sys.executable, "-c", WRITER, address, name, str(here), str(here.parent)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_writers_at_once_lose_nothing_and_double_nothing(store):
    running = [writer(store, name) for name in ("a", "b", "c")]
    for one in running:
        _, said = one.communicate(timeout=120)
        assert one.returncode == 0, said
    assert known(store, newest=False).height == 3 * 8 * 5


def test_a_writer_that_is_killed_leaves_whole_transactions(store):
    add(store, stock(1))
    for seconds in (0.0, 0.013, 0.029, 0.041):
        one = writer(store, "endless")
        assert one.stdout.readline()
        time.sleep(seconds)
        one.send_signal(signal.SIGKILL)
        one.communicate()
        rows = known(store, newest=False)
        assert rows["stock"].is_duplicated().sum() == 0
        assert (rows.height - 1) % 5 == 0
        assert add(store, stock(1)) == 0


def test_a_failure_within_a_transaction_takes_all_of_it_back(store):
    add(store, stock(1))

    def fails():
        with store.writing() as connection:
            save_answer(connection, answer())
            later = frame("stocks", [stock(2)])
            add_rows(connection, "stocks", later, countries=[""], fetched_at=MONDAY + DAY)
            raise RuntimeError("in between")

    with pytest.raises(RuntimeError, match="in between"):
        fails()
    assert known(store, newest=False)["people"].to_list() == [1]
    assert status(store)["answers"] == 0


FULL = """
import resource, signal, sys
sys.path[:0] = sys.argv[3:]
from test_store import add, stock, answer, MONDAY
from forestall.store import open_database
from forestall.store.responses import save_answer
import json
import random
store = open_database(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (store.size() + 300_000,) * 2)
try:
    with store.writing() as connection:
        save_answer(connection, answer(data=random.Random(1).randbytes(3_000_000)))
except OSError as error:
    print("OSError", error)
"""


def test_a_full_disk_is_said_and_what_was_there_stays(tmp_path):
    store = open_database(str(tmp_path / "s.duckdb"))
    add(store, stock(1))
    here = Path(__file__).parent
    arguments = [sys.executable, "-c", FULL, store.address, "-", str(here), str(here.parent)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("OSError"), done.stderr
    assert known(store)["people"].to_list() == [1]
    assert status(store)["answers"] == 0
    assert add(store, stock(3, name="b")) == 1


def test_no_store_another_file_and_no_server_are_said(tmp_path):
    with pytest.raises(UsageError, match="no store"), open_database(str(tmp_path / "none")).reading():
        pass
    (tmp_path / "text").write_text("hello" * 2000)
    with pytest.raises(UsageError, match="no DuckDB file"), open_database(str(tmp_path / "text")).reading():
        pass
    pytest.importorskip("psycopg")
    nowhere = open_database("postgresql://someone:secret@127.0.0.1:1/none")
    assert "secret" not in nowhere.address
    with pytest.raises(Unavailable, match="cannot be reached") as ended, nowhere.writing():
        pass
    assert "secret" not in str(ended.value)


# --- commands -----------------------------------------------------------------------------------------


def test_the_commands_say_what_is_there(tmp_path, monkeypatch):
    store = open_database(str(tmp_path / "s.duckdb"))
    add(store, stock(1))
    with store.writing() as connection:
        log_fetch(connection, "unhcr", ["XRV"], MONDAY, outcome="new", new_rows=1)
        log_fetch(
            connection, "idmc", ["XRV"], MONDAY, outcome="failed", reason="no key: set FORESTALL_IDMC_ID"
        )
    for width in ("80", "120"):
        monkeypatch.setenv("COLUMNS", width)
        done = command("store", "status", "--store", "s.duckdb", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert max(map(len, done.stdout.splitlines())) <= int(width)
        assert "no key: set FORESTALL_IDMC_ID" in done.stdout
    told = json.loads(command("store", "status", "--store", "s.duckdb", "--json", cwd=tmp_path).stdout)
    assert [row["source"] for row in told["sources"]] == ["idmc", "unhcr"]
    assert command("store", "vacuum", "--store", "s.duckdb", "--quiet", cwd=tmp_path).stderr == ""
    assert command("store", "export", "out", "--store", "s.duckdb", cwd=tmp_path).returncode == 0
    assert (tmp_path / "out" / "stocks.csv").is_file()
    again = command("store", "export", "out", "--store", "s.duckdb", cwd=tmp_path)
    assert (again.returncode, "choose another folder" in again.stderr) == (2, True)


def test_the_variable_names_the_store_and_a_missing_one_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("FORESTALL_STORE", "elsewhere.duckdb")
    for verb in ("status", "vacuum"):
        done = command("store", verb, cwd=tmp_path)
        assert (done.returncode, "elsewhere.duckdb" in done.stderr) == (2, True)
    done = command("store", "status", "--store", "postgresql://127.0.0.1:1/none", cwd=tmp_path)
    assert (done.returncode, "cannot be reached" in done.stderr) == (3, True)
