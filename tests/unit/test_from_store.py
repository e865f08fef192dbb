"""From the store into a crisis: what was known then, each thing once, places recognised."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from forestall.core.errors import CrisisError
from forestall.crisis import open_crisis
from forestall.recording.from_store import with_store
from forestall.recording.same_event import one_of_each
from forestall.runs import findings_of, run
from forestall.schema import frame
from forestall.store import open_database
from forestall.store.rows import add_rows
from valley import command, copy_valley

MOMENT = datetime(2025, 3, 10, tzinfo=UTC)
SOURCE = {"publisher": "P", "licence": "CC BY 4.0", "redistribution": "attribution"}


def event(name, day, lon=20.2, lat=45.2, value=3.0, known_at=MOMENT, source="ucdp", kind="violence"):
    return {
        "event": name, "date": day, "kind": kind, "actor": "A", "target": "B", "form": "material",
        "stance": "conflict", "description": "Violence", "value": value, "unit": "deaths", "lon": lon,
        "lat": lat, "source": source, "known_at": known_at,
    }  # fmt: skip


def stock(people, known_at, place="XRV"):
    return {
        "stock": "s1", "place": place, "group": "idps", "date": date(2025, 3, 1), "people": people,
        "source": "unhcr", "known_at": known_at,
    }  # fmt: skip


@pytest.fixture
def named(tmp_path):
    folder = copy_valley(tmp_path)
    text = (folder / "crisis.toml").read_text()
    lines = '\n[record]\nsources = ["ucdp", "acled", "unhcr"]\nstore = "../s.duckdb"\n'
    (folder / "crisis.toml").write_text(text + lines)
    return folder


def put(folder, source, table, *rows):
    database = open_database(str(folder.parent / "s.duckdb"))
    with database.writing() as connection:
        given = frame("sources", [{"source": source, **SOURCE}])
        add_rows(connection, "sources", given, countries=[""], fetched_at=MOMENT, asked_of=source)
        made, countries = frame(table, list(rows)), ["|XRV|"] * len(rows)
        add_rows(connection, table, made, countries=countries, fetched_at=MOMENT, asked_of=source)


def events_of(*rows):
    sources = [row.pop("_from") for row in rows]
    return frame("events", list(rows)).with_columns(pl.Series("_from", sources))


def told(name, source, day, **more):
    return {**event(name, day, source=source, **more), "_from": source}


DAY = date(2025, 3, 2)


# --- the same event -----------------------------------------------------------------------------------


def test_an_event_of_two_sources_is_one_and_the_match_is_shown():
    kept, matches = one_of_each(
        events_of(told("u1", "ucdp", DAY), told("a1", "acled", DAY + timedelta(days=1), lat=45.3, value=5.0)),
        ["ucdp", "acled"],
    )
    assert kept["event"].to_list() == ["u1"]
    row = matches.row(0, named=True)
    assert (row["event"], row["same_as"], row["days_apart"], row["km_apart"]) == ("u1", "a1", 1, 11.1)
    assert (row["value"], row["same_value"]) == (3.0, 5.0)


@pytest.mark.parametrize(
    "other",
    [
        told("a1", "acled", DAY + timedelta(days=2)),
        told("a1", "acled", DAY, lat=45.5),
        told("a1", "acled", DAY, kind="posture"),
        told("a1", "ucdp", DAY),
        told("a1", "acled", DAY, lon=None, lat=None),
    ],
)
def test_what_is_apart_in_place_day_or_kind_is_two(other):
    kept, matches = one_of_each(events_of(told("u1", "ucdp", DAY), dict(other)), ["ucdp", "acled"])
    assert (kept.height, matches.height) == (2, 0)


def test_each_event_is_matched_once_and_with_the_nearest():
    kept, matches = one_of_each(
        events_of(
            told("u1", "ucdp", DAY),
            told("u2", "ucdp", DAY, lat=45.25),
            told("a1", "acled", DAY, lat=45.24),
            told("a2", "acled", DAY, lat=45.23),
            told("a3", "acled", DAY, lat=45.22),
        ),
        ["ucdp", "acled"],
    )
    assert set(matches.select("event", "same_as").iter_rows()) == {("u2", "a1"), ("u1", "a3")}
    assert kept["event"].to_list() == ["u1", "u2", "a2"]


# --- into a crisis ------------------------------------------------------------------------------------


def test_the_newest_figure_known_then_is_read(named):
    put(named, "unhcr", "stocks", stock(10, MOMENT), stock(12, MOMENT + timedelta(days=3)))
    crisis = open_crisis(named)

    def at(moment):
        found = with_store(crisis, moment).crisis.at(moment)["stocks"]
        return found.filter(pl.col("stock") == "s1")["people"].to_list()

    assert at("2025-03-11") == [10]
    assert at("2025-03-14") == [12]
    assert at("2025-03-01") == []


def test_a_place_is_recognised_by_any_of_its_names(named):
    place = open_crisis(named).as_read("places").row(0, named=True)
    put(named, "unhcr", "stocks", stock(10, MOMENT, place=place["name"].upper()))
    found = with_store(open_crisis(named), "2025-03-12").crisis.as_read("stocks")
    assert found.filter(pl.col("stock") == "s1")["place"].to_list() == [place["place"]]


def test_a_run_reads_the_store_and_shows_the_matches(named, tmp_path):
    put(named, "ucdp", "events", event("u1", DAY))
    put(named, "acled", "events", event("a1", DAY, source="acled"))
    done = run(open_crisis(named), as_of="2025-03-12", draws=10, until="record")
    assert done.crisis["event_matches"].select("event", "same_as").rows() == [("u1", "a1")]
    events = done.crisis["events"]["event"].to_list()
    assert ("u1" in events, "a1" in events) == (True, False)
    assert {"ucdp"} <= set(done.crisis["terms"]["source"])
    shown = command("record", str(named), "--as-of", "2025-03-12", "--json", cwd=tmp_path)
    assert (shown.returncode, "u1" in shown.stdout) == (0, True), shown.stderr


def test_what_came_later_changes_nothing_before(named):
    put(named, "ucdp", "events", event("u1", DAY))
    before = run(open_crisis(named), as_of="2025-03-12", draws=10, until="warn")
    late = datetime(2025, 4, 1, tzinfo=UTC)
    put(named, "ucdp", "events", event("u2", DAY + timedelta(days=25), known_at=late))
    put(named, "unhcr", "stocks", stock(9, late))
    after = run(open_crisis(named), as_of="2025-03-12", draws=10, until="warn")
    for name, table in before.crisis.tables.items():
        assert table.equals(after.crisis.tables[name]), name


def test_a_source_that_said_nothing_is_no_zero(named):
    put(named, "ucdp", "events", event("u1", DAY))
    codes = [finding.code for finding in with_store(open_crisis(named), "2025-03-12").findings]
    assert codes.count("W602") == 2


def test_check_refuses_what_a_run_would(named, tmp_path):
    crisis = open_crisis(named)
    assert [f.code for f in findings_of(crisis) if f.severity == "error"] == ["E606"]
    with pytest.raises(CrisisError, match="E606"):
        run(crisis, as_of="2025-03-12", draws=10)
    text = (named / "crisis.toml").read_text()
    (named / "crisis.toml").write_text(text.replace('"acled"', '"alced"'))
    done = command("check", str(named), cwd=tmp_path)
    assert (done.returncode, "E607" in done.stderr, "nearest: acled" in done.stderr) == (1, True, True)


def test_a_crisis_that_names_no_source_is_as_it_was(tmp_path):
    crisis = open_crisis(copy_valley(tmp_path))
    assert with_store(crisis, "2025-03-12").crisis is crisis
