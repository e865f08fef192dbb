"""Record: saved files become rows with their own date of knowledge; nothing later can be seen."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forestall.checks import check_crisis
from forestall.core.errors import CrisisError, UsageError
from forestall.crisis import open_crisis
from forestall.options.record import RecordOptions
from forestall.recording.append import appended, merge
from forestall.recording.hapi.tidy import tidy as tidy_hapi
from forestall.recording.idmc.tidy import tidy as tidy_idmc
from forestall.recording.saved import Saved
from forestall.recording.sources import source_of
from forestall.recording.stage import record
from forestall.recording.ucdp.releases import release_of
from forestall.recording.ucdp.tidy import iso3_of
from forestall.recording.ucdp.tidy import tidy as tidy_ucdp
from forestall.schema import frame, load_schema, table_of
from valley import VALLEY, added, command, copy_valley

SOURCES = Path(__file__).parents[1] / "data" / "sources"
UTC_ZONE = ZoneInfo("UTC")
NAMES = {"Riverland": "XRV", "Hillmark": "XHM"}


def saved(name, known_at=None):
    return Saved(name, (SOURCES / name).read_bytes(), known_at)


def ucdp(*names, **options):
    options = {"zone": UTC_ZONE, "iso3": ["XRV"], "names": NAMES, **options}
    return tidy_ucdp([saved(name) for name in names], **options)


def codes(tidied):
    return sorted(finding.code for finding in tidied.findings)


def figures(tidied, violence="state-based", where="XRV"):
    """Return (month, best, low, high, day of knowledge) in the order the figures became known."""
    rows = tidied.tables["deaths"].filter((pl.col("violence") == violence) & (pl.col("where") == where))
    rows = rows.sort("known_at", "start").select("start", "best", "low", "high", pl.col("known_at").dt.date())
    return [(str(start)[:7], best, low, high, str(day)) for start, best, low, high, day in rows.iter_rows()]


# --- UCDP -------------------------------------------------------------------------------------------


def test_a_release_becomes_sums_by_country_month_and_violence():
    tidied = ucdp("GEDEvent_v25_0_2.csv")
    assert figures(tidied) == [("2025-02", 9, 7, 14, "2025-03-20")]
    assert figures(tidied, "one-sided") == [("2025-02", 1, 1, 1, "2025-03-20")]
    row = tidied.tables["deaths"].row(0, named=True)
    assert (row["vintage"], row["known_basis"], row["basis"]) == (
        "UCDP candidate 25.0.2",
        "end of day",
        "derived",
    )
    assert tidied.tables["sources"]["licence"].to_list() == ["CC BY 4.0"]


def test_a_stated_month_without_an_event_is_zero():
    assert figures(ucdp("GEDEvent_v25_0_2.csv"), "non-state") == [("2025-02", 0, 0, 0, "2025-03-20")]
    assert figures(ucdp("GEDEvent_v25_0_3.csv", iso3=["XHM"]), where="XHM") == [
        ("2025-03", 0, 0, 0, "2025-04-20")
    ]


def test_unclear_events_are_counted_and_lower_the_confidence():
    rows = ucdp("GEDEvent_v25_0_2.csv").tables["deaths"].filter(pl.col("violence") == "state-based")
    assert rows["confidence"].to_list() == ["medium"]
    assert "1 not clear" in rows["note"][0]
    assert "1 begun in an earlier month" in rows["note"][0]
    doubtful = ucdp("GEDEvent_v25_0_3.csv").tables["deaths"].filter(pl.col("violence") == "one-sided")
    assert doubtful["confidence"].to_list() == ["low"]


def test_the_latest_revision_known_by_a_day_counts():
    files = [
        saved("GEDEvent_v25_0_2.csv", datetime(2025, 3, 20, tzinfo=UTC)),
        saved("GEDEvent_v25_0_3.csv", datetime(2025, 4, 20, tzinfo=UTC)),
        saved("GEDEvent_v25_01_25_03.csv", datetime(2025, 4, 25, tzinfo=UTC)),
    ]
    for order in (files, files[::-1]):
        tidied = tidy_ucdp(order, zone=UTC_ZONE, iso3=["XRV"], names=NAMES)
        assert figures(tidied) == [
            ("2025-02", 9, 7, 14, "2025-03-20"),
            ("2025-02", 12, 9, 19, "2025-04-20"),
            ("2025-03", 125, 90, 190, "2025-04-20"),
            ("2025-01", 0, 0, 0, "2025-04-25"),
            ("2025-02", 15, 13, 19, "2025-04-25"),
            ("2025-03", 140, 110, 190, "2025-04-25"),
        ]


def test_an_event_twice_in_a_file_is_read_once():
    tidied = ucdp("GEDEvent_v25_0_2.csv", "GEDEvent_v25_0_3.csv")
    assert codes(tidied) == ["N321"]
    assert figures(tidied, "one-sided")[-1] == ("2025-03", 18, 12, 30, "2025-04-20")


def test_a_revision_without_the_release_of_its_month_gives_no_sum():
    tidied = ucdp("GEDEvent_v25_0_3.csv")
    assert "W223" in codes(tidied)
    assert {month for month, *_ in figures(tidied)} == {"2025-03"}


def test_a_month_that_had_not_ended_has_a_low_figure_only():
    early = saved("GEDEvent_v25_0_3.csv", datetime(2025, 3, 18, tzinfo=UTC))
    tidied = tidy_ucdp([early], zone=UTC_ZONE, iso3=["XRV"], names=NAMES)
    assert "W221" in codes(tidied)
    assert figures(tidied) == [("2025-03", None, 90, None, "2025-03-18")]


def test_a_later_release_completes_the_month():
    early = saved("GEDEvent_v25_0_3.csv", datetime(2025, 3, 18, tzinfo=UTC))
    full = saved("GEDEvent_v25_0_3.csv", datetime(2025, 4, 20, tzinfo=UTC))
    tidied = tidy_ucdp([full, early], zone=UTC_ZONE, iso3=["XRV"], names=NAMES)
    assert figures(tidied) == [
        ("2025-03", None, 90, None, "2025-03-18"),
        ("2025-03", 125, 90, 190, "2025-04-20"),
    ]


def test_events_of_a_country_without_a_code_are_named():
    tidied = ucdp("GEDEvent_v25_0_2.csv", names={"Hillmark": "XHM"})
    finding = next(finding for finding in tidied.findings if finding.code == "W222")
    assert finding.value == "Riverland (4001)"
    assert figures(tidied) == [("2025-02", 0, 0, 0, "2025-03-20")]


@pytest.mark.parametrize(
    ("number", "name", "code"),
    [
        (373, "Azerbaijan", "AZE"),
        (371, "Armenia", "ARM"),
        (490, "DR Congo (Zaire)", "COD"),
        (365, "Russia (Soviet Union)", "RUS"),
        (437, "Ivory Coast", "CIV"),
        (775, "Myanmar (Burma)", "MMR"),
        (990, "Borduria", None),
        (None, None, None),
    ],
)
def test_numbers_of_countries_count_where_the_name_agrees(number, name, code):
    assert iso3_of(number, name, {}) == code


@pytest.mark.parametrize(
    ("name", "first", "last", "published"),
    [
        ("GEDEvent_v26_0_8.csv", "2026-08-01", "2026-08-01", "2026-09-20"),
        ("GEDEvent_v25_0_12.csv", "2025-12-01", "2025-12-01", "2026-01-20"),
        ("GEDEvent_v26_01_26_03.csv", "2026-01-01", "2026-03-01", "2026-04-20"),
        ("GEDEvent_v25_1.csv", "1989-01-01", "2024-12-01", "2025-06-30"),
        ("ged241-csv.csv", "1989-01-01", "2023-12-01", "2024-06-30"),
    ],
)
def test_the_name_tells_the_release(name, first, last, published):
    release = release_of(name)
    assert (str(release.first), str(release.last), str(release.published)) == (first, last, published)


@pytest.mark.parametrize("name", ["events.csv", "GEDEvent_v26_0_13.csv", "GEDEvent_v26_05_26_03.csv"])
def test_other_names_tell_none(name):
    assert release_of(name) is None


def test_a_file_of_another_name_needs_its_date():
    data = (SOURCES / "GEDEvent_v25_0_2.csv").read_bytes()
    assert codes(tidy_ucdp([Saved("events.csv", data)], zone=UTC_ZONE, names=NAMES)) == ["E165"]
    known = Saved("events.csv", data, datetime(2025, 3, 25, tzinfo=UTC))
    rows = tidy_ucdp([known], zone=UTC_ZONE, iso3=["XRV", "XHM"], names=NAMES).tables["deaths"]
    assert rows["best"].to_list() == [9, 1, 9], "no zero is read into a file that may be a part"


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        (",4,6,3", ",many,6,3", "best"),
        ("2025-02-03 00", "yesterday 00", "date_end"),
        (",4,6,3", ",4,2,3", "best"),
        (",best,", ",bset,", "best"),
    ],
)
def test_a_cell_that_cannot_be_read_refuses_the_file(old, new, column):
    text = (SOURCES / "GEDEvent_v25_0_2.csv").read_text()
    assert old in text
    tidied = tidy_ucdp(
        [Saved("GEDEvent_v25_0_2.csv", text.replace(old, new).encode())], zone=UTC_ZONE, names=NAMES
    )
    assert set(codes(tidied)) == {"E163"}
    assert column in tidied.findings[0].column
    assert tidied.tables == {}


def test_pages_of_the_api_are_joined_and_none_may_be_missing():
    day = {"date_start": "2025-02-03T00:00:00", "date_end": "2025-02-03T00:00:00"}
    place = {"country": "Riverland", "country_id": 4001}
    row = {"id": 1, "type_of_violence": 1, **place, **day, "best": 2, "low": 1, "high": 3}
    pages = [json.dumps({"TotalPages": 2, "Result": [{**row, "id": number}]}).encode() for number in (1, 2)]
    at = datetime(2025, 3, 20, tzinfo=UTC)
    both = tidy_ucdp(
        [Saved(f"{i}.json", page, at) for i, page in enumerate(pages)], zone=UTC_ZONE, names=NAMES
    )
    assert both.tables["deaths"]["best"].to_list() == [4]
    assert codes(tidy_ucdp([Saved("0.json", pages[0], at)], zone=UTC_ZONE, names=NAMES)) == ["E163"]


# --- HAPI -------------------------------------------------------------------------------------------

APRIL = datetime(2025, 4, 10, 12, tzinfo=UTC)


def test_idps_become_stocks_and_missing_stays_missing():
    rows = tidy_hapi([saved("hapi_idps.json", APRIL)]).tables["stocks"]
    assert rows.select("place", "group", "date", "people").rows() == [
        ("XH0201", "idps", date(2025, 3, 31), 640),
        ("XH03", "idps", date(2025, 3, 31), None),
    ]
    assert rows["known_at"].unique().to_list() == [APRIL]


def test_refugees_stand_where_they_are_and_returnees_where_they_came_back():
    tidied = tidy_hapi([saved("hapi_refugees.json", APRIL)])
    assert codes(tidied) == ["N323"]
    assert tidied.tables["stocks"].select("place", "group", "people").rows() == [
        ("XHM", "refugees from XRV", 16900),
        ("XRV", "returned refugees back from XHM", 55),
    ]


def test_needs_and_violence_become_indicators():
    tidied = tidy_hapi([saved("hapi_needs.json", APRIL), saved("hapi_violence.json", APRIL)])
    assert tidied.tables["indicators"].select("indicator", "where", "value", "unit").rows() == [
        ("people in need: Intersectoral", "XH0201", 9000.0, "people"),
        ("people targeted: Education, Children", "XH0201", 2100.0, "people"),
        ("political violence: events", "XH0201", 6.0, "events/month"),
        ("political violence: deaths", "XH0201", None, "deaths/month"),
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"data": []}', "W225"),
        (b'{"data": [{"location_code": "XHM"}]}', "E163"),
        (b'{"data": {"a": 1}}', "E163"),
        (b'{"data": [1]}', "E163"),
        (b"[]", "E163"),
        (b"{", "E163"),
        (b'{"data": NaN}', "E163"),
        (b"\xff\xfe\x00", "E163"),
    ],
)
def test_other_answers_are_findings(data, code):
    assert codes(tidy_hapi([Saved("a.json", data, APRIL)])) == [code]


def test_an_answer_as_long_as_the_limit_is_a_warning():
    row = json.loads((SOURCES / "hapi_idps.json").read_text())["data"][0]
    data = json.dumps({"data": [{**row, "admin2_code": f"XH{i}"} for i in range(10_000)]}).encode()
    assert codes(tidy_hapi([Saved("a.json", data, APRIL)])) == ["W224"]


@pytest.mark.parametrize("people", [-5, 1.5, "many", True])
def test_what_is_no_number_of_people_refuses_the_file(people):
    row = json.loads((SOURCES / "hapi_idps.json").read_text())["data"][0]
    data = json.dumps({"data": [{**row, "population": people}]}).encode()
    assert codes(tidy_hapi([Saved("a.json", data, APRIL)])) == ["E163"]


def test_a_row_of_no_area_is_misshapen():
    row = json.loads((SOURCES / "hapi_violence.json").read_text())["data"][0]
    bare = {name: value for name, value in row.items() if not name.endswith("_code")}
    data = json.dumps({"data": [{**bare, "location_code": ""}]}).encode()
    assert codes(tidy_hapi([Saved("a.json", data, APRIL)])) == ["E163"]


# --- IDMC -------------------------------------------------------------------------------------------


def test_updates_become_movements():
    tidied = tidy_idmc([saved("idmc_idu.json")], iso3=["XRV"])
    assert codes(tidied) == ["N323", "N323"]
    rows = tidied.tables["movements"]
    assert rows.select("movement", "origin", "destination", "people", "low", "high", "kind").rows() == [
        ("idu-61001", "Upper Dale, Mill Town", "Riverland", 2400, 2400, None, "idps"),
        ("idu-61005", "Riverland", "Riverland City", 700, None, None, "idps"),
    ]
    assert rows["known_at"].unique().to_list() == [datetime(2025, 3, 16, 8, 30, tzinfo=UTC)]


def test_a_file_saved_later_is_known_later():
    later = tidy_idmc([saved("idmc_idu.json", datetime(2025, 5, 1, tzinfo=UTC))], iso3=["XRV"])
    assert later.tables["movements"]["known_at"].unique().to_list() == [datetime(2025, 5, 1, tzinfo=UTC)]


# --- refusals ------------------------------------------------------------------------------------------

TIDY = {
    "ucdp": lambda one: tidy_ucdp([one], zone=UTC_ZONE),
    "hapi": lambda one: tidy_hapi([one]),
    "idmc": lambda one: tidy_idmc([one]),
}


@pytest.mark.parametrize("source", TIDY)
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("bot_page.html", "E161"),
        ("ucdp_401.txt", "E162"),
        ("hapi_403.json", "E162"),
        ("hapi_422.json", "E162"),
    ],
)
def test_refusals_are_findings_with_what_to_do(source, name, code):
    tidied = TIDY[source](saved(name, APRIL))
    assert codes(tidied) == [code]
    assert tidied.findings[0].value
    assert tidied.findings[0].next
    assert tidied.tables == {}


@pytest.mark.parametrize("source", TIDY)
def test_an_empty_file_is_a_finding(source):
    assert codes(TIDY[source](Saved("a", b" \n", APRIL))) == ["E161"]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("GEDEvent_v25_0_2.csv", "ucdp"),
        ("hapi_idps.json", "hapi"),
        ("hapi_violence.json", "hapi"),
        ("idmc_idu.json", "idmc"),
        ("ucdp_401.txt", "ucdp"),
        ("hapi_403.json", "hapi"),
    ],
)
def test_the_file_tells_its_source(name, source):
    assert source_of([saved(name)]) == source


def test_a_file_that_tells_nothing_needs_its_source():
    with pytest.raises(UsageError, match="--source"):
        source_of([saved("bot_page.html")])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(sorted(TIDY)),
    st.binary(max_size=120) | JSON.map(lambda value: json.dumps(value).encode()),
)
def test_any_bytes_are_a_finding(source, data):
    tidied = TIDY[source](Saved("GEDEvent_v25_0_2.csv", data, APRIL))
    assert tidied.findings or tidied.tables == {}


def broken(name, draw):
    """Return a saved answer with one cell of its first row replaced by anything."""
    answer = json.loads((SOURCES / name).read_text())
    row = answer[0] if isinstance(answer, list) else answer["data"][0]
    row[draw.draw(st.sampled_from(sorted(row)))] = draw.draw(JSON)
    return Saved(name, json.dumps(answer).encode(), APRIL)


@settings(max_examples=150, deadline=None)
@given(
    st.data(),
    st.sampled_from(
        ["hapi_idps.json", "hapi_refugees.json", "hapi_needs.json", "hapi_violence.json", "idmc_idu.json"]
    ),
)
def test_any_cell_is_read_or_refused(data, name):
    source = name.partition("_")[0]
    tidied = TIDY[source](broken(name, data))
    assert tidied.tables or any(finding.severity in ("error", "warning") for finding in tidied.findings)


# --- shapes of the sources, where they are at hand ---------------------------------------------------------


def test_recorded_shapes_are_read(shared):
    folder = shared / "data" / "api-shapes"
    at = datetime(2026, 10, 1, tzinfo=UTC)

    def one(name):
        return Saved(name.removeprefix("ucdp_candidate_"), (folder / name).read_bytes(), at)

    names = {"Borduria": "BDR"}
    deaths = tidy_ucdp([one("ucdp_candidate_GEDEvent_v26_0_8.csv")], zone=UTC_ZONE, names=names).tables[
        "deaths"
    ]
    assert deaths["best"].to_list() == [0, 0, 5]
    pages = [one("ucdp_gedevents_page0.json"), one("ucdp_gedevents_page1.json")]
    assert tidy_ucdp(pages, zone=UTC_ZONE, names=names).tables["deaths"].height > 0
    for name in ("idps", "refugees", "returnees", "humanitarian_needs", "conflict_events"):
        assert tidy_hapi([one(f"hapi_v2_{name}.json")]).tables
    assert tidy_idmc([one("idmc_idu.json")]).tables["movements"]["people"].to_list() == [1500]
    assert codes(TIDY["ucdp"](one("ucdp_401.txt"))) == ["E162"]
    assert codes(TIDY["hapi"](one("hapi_v2_403.json"))) == ["E162"]
    assert codes(TIDY["hapi"](one("hapi_v2_422.json"))) == ["E162"]
    assert codes(TIDY["hapi"](one("unhcr_odp_bot_block.html"))) == ["E161"]


# --- appending ---------------------------------------------------------------------------------------------


def stock(people, known_at, **more):
    row = {
        "stock": "s",
        "place": "XHM",
        "group": "refugees",
        "date": date(2025, 3, 1),
        "people": people,
        **more,
    }
    provenance = {"source": "hapi", "known_basis": "stated", "basis": "reported", "confidence": "medium"}
    return frame("stocks", [{**row, **provenance, "known_at": datetime(2025, 4, known_at, tzinfo=UTC)}])


def people_of(*steps):
    table = frame("stocks", {name: [] for name in table_of("stocks").names})
    found = []
    for step in steps:
        table, findings = merge(table, step, table_of("stocks"))
        found += [finding.code for finding in findings]
    return table["people"].to_list(), found


def test_the_same_row_twice_is_one_row():
    assert people_of(stock(5, 1), stock(5, 1)) == ([5], ["N322"])


def test_the_same_figure_known_later_is_one_row():
    assert people_of(stock(5, 1), stock(5, 9, note="again")) == ([5], ["N322"])


def test_another_figure_known_later_is_a_revision():
    assert people_of(stock(5, 1), stock(6, 9), stock(5, 20)) == ([5, 6, 5], [])


def test_a_missing_figure_is_not_the_same_as_another():
    assert people_of(stock(None, 1), stock(6, 9), stock(None, 20)) == ([None, 6, None], [])


def test_another_figure_known_at_the_same_moment_contradicts():
    assert people_of(stock(5, 1), stock(6, 1))[1] == ["E164"]
    with pytest.raises(CrisisError, match="E164"):
        appended(open_crisis(VALLEY).with_tables({"stocks": stock(5, 1)}), {"stocks": stock(6, 1)})


def test_terms_of_a_source_stand_as_they_are():
    rows = frame(
        "sources", [{"source": "hapi", "publisher": "A", "licence": "CC0 1.0", "redistribution": "yes"}]
    )
    other = rows.with_columns(licence=pl.lit("none"))
    assert merge(rows, other, table_of("sources"))[0]["licence"].to_list() == ["CC0 1.0"]


# --- on the command line ------------------------------------------------------------------------------------


UCDP = ["--country", "Riverland=XRV", "--country", "Hillmark=XHM"]


def test_a_file_is_recorded_into_a_new_folder_and_again_into_itself(tmp_path):
    file = str(SOURCES / "GEDEvent_v25_0_2.csv")
    first = command("record", str(VALLEY), "--from", file, *UCDP, "--out", "new", "--json", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["rows"] == {"deaths": 6, "sources": 1}
    old, new = (VALLEY / "deaths.csv").read_bytes(), (tmp_path / "new" / "deaths.csv").read_bytes()
    assert new.startswith(old), "recorded lines stay as they are"
    assert check_crisis(tmp_path / "new") == []
    again = command("record", "new", "--from", file, *UCDP, "--out", "new", "--json", cwd=tmp_path)
    assert json.loads(again.stdout)["rows"] == {}
    assert (tmp_path / "new" / "deaths.csv").read_bytes() == new


def test_rows_added_to_a_file_with_crlf_end_so_too(tmp_path):
    valley = copy_valley(tmp_path)
    path = valley / "deaths.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n").rstrip())
    file = str(SOURCES / "GEDEvent_v25_0_2.csv")
    done = command("record", "valley", "--from", file, *UCDP, "--out", "valley", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")
    assert open_crisis(valley).as_read("deaths").height == open_crisis(VALLEY).as_read("deaths").height + 6


def test_a_file_without_the_columns_of_a_new_row_is_written_anew(tmp_path):
    valley = copy_valley(tmp_path)
    header, *rows = (valley / "deaths.csv").read_text().splitlines()
    assert header.endswith(",note")
    short = "\n".join(line.rsplit(",", 1)[0] for line in (header, *rows))
    (valley / "deaths.csv").write_text(short + "\n")
    before = open_crisis(valley).as_read("deaths")
    file = str(SOURCES / "GEDEvent_v25_0_2.csv")
    done = command("record", "valley", "--from", file, *UCDP, "--out", "valley", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    after = open_crisis(valley).as_read("deaths")
    assert after.head(before.height).equals(before)
    assert after["note"].drop_nulls().len() == 6


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--from", str(SOURCES / "hapi_403.json"), "--out", "x"], 1, "E162"),
        (["--from", str(SOURCES / "hapi_idps.json"), "--out", "x"], 1, "E165"),
        (["--from", str(SOURCES / "hapi_idps.json"), "--known-at", "2025-04-10"], 2, "--out"),
        (["--from", "nowhere.json", "--out", "x"], 2, "nowhere.json"),
        (["--from", str(SOURCES / "bot_page.html"), "--out", "x"], 2, "--source"),
        (["--from", str(SOURCES / "bot_page.html"), "--source", "udcp", "--out", "x"], 2, "nearest: ucdp"),
        (["--from", str(SOURCES / "idmc_idu.json"), "--country", "Riverland", "--out", "x"], 2, "Name=XXX"),
    ],
)
def test_what_cannot_be_recorded_leaves_nothing_behind(arguments, code, said, tmp_path):
    done = command("record", str(VALLEY), *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_another_folder_is_not_overwritten(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("mine")
    done = command(
        "record", str(VALLEY), "--from", str(SOURCES / "idmc_idu.json"), "--out", "mine", cwd=tmp_path
    )
    assert done.returncode == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["a.txt"]


# --- the stage ----------------------------------------------------------------------------------

MOMENT = "2025-03-14T12:00+01:00"


def test_freshness_counts_what_was_known():
    rows = record(open_crisis(VALLEY).at(MOMENT), RecordOptions())["freshness"].rows_by_key(
        "table", named=True, unique=True
    )
    observed = {name for name, table in load_schema().items() if table.kind == "observed"}
    assert set(rows) == {name for name in observed if not name.startswith("flee_")}
    assert (rows["counts"]["rows"], rows["counts"]["latest_date"], rows["counts"]["days_behind"]) == (
        2,
        date(2025, 3, 13),
        1.0,
    )
    assert rows["deaths"]["latest_date"] == date(2025, 1, 31)
    assert rows["departures"]["rows"] == 0
    assert rows["departures"]["days_behind"] is None


def test_gaps_say_what_is_missing_and_why():
    gaps = record(open_crisis(VALLEY).at(MOMENT), RecordOptions())["record_gaps"]
    reasons = {(row["table"], row["reason"]) for row in gaps.to_dicts()}
    assert ("departures", "not applicable") in reasons
    assert ("population", "not reported") in reasons
    assert any("capital" in what for what in gaps.filter(pl.col("table") == "population")["what"])
    assert gaps.filter(pl.col("table") == "deaths").height == 0
    late = record(open_crisis(VALLEY).at("2025-04-30"), RecordOptions(release_months=0))["record_gaps"]
    assert late.filter(pl.col("reason") == "not yet released")["since"].to_list() == [date(2025, 3, 1)] * 2


def test_terms_count_the_rows_of_each_source():
    rows = record(open_crisis(VALLEY).at(MOMENT), RecordOptions())["terms"].rows_by_key(
        "source", named=True, unique=True
    )
    assert rows["conflict-data"]["rows"] == 52
    assert rows["handbook"]["licence"] == "not stated"


def test_a_source_without_terms_is_shown_as_such(tmp_path):
    crisis = open_crisis(VALLEY)
    nameless = crisis.with_tables({"sources": crisis["sources"].filter(pl.col("source") != "conflict-data")})
    rows = record(nameless.at(MOMENT), RecordOptions())["terms"].filter(pl.col("source") == "conflict-data")
    assert rows.select("licence", "redistribution").row(0) == ("not stated", "not stated")


def test_nothing_known_later_changes_the_record(tmp_path):
    valley = copy_valley(tmp_path)
    added(valley / "counts.csv", count="C9", value="99999", known_at="2025-03-15T00:00+01:00")
    added(valley / "losses.csv", loss="L9", known_at="2025-04-01", source="handbook")
    added(valley / "deaths.csv", start="2025-02-01", best="900", vintage="later", known_at="2025-05-01")
    (valley / "departures.csv").write_text(
        "place,date,people,source,known_at\nupper_dale,2025-03-20,5,handbook,2025-04-01\n"
    )
    for moment in ("2025-03-14T12:00+01:00", "2024-12-01"):
        plain = record(open_crisis(VALLEY).at(moment), RecordOptions())
        more = record(open_crisis(valley).at(moment), RecordOptions())
        assert all(plain[name].equals(more[name]) for name in plain)
