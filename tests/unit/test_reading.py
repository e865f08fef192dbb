"""Reading: what is accepted, what is mended with a note, what is refused with all findings together."""

import os
import random
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forestall.core.files import MAX_FILE_BYTES
from forestall.schema import table_of
from forestall.schema.cells import read_cells
from forestall.schema.persons import is_about_persons
from forestall.schema.reading import read_bytes, read_table

ZONE = ZoneInfo("Etc/GMT-4")
PLACES = "place,name,kind,lon,lat,source\na,Ստեփանակերտ / Xankəndi,settlement,46.75,39.82,s\n"


def read(text, table="places", zone=ZONE):
    data = text if isinstance(text, bytes) else text.encode()
    return read_bytes(data, table_of(table), zone)


def codes(result):
    return [finding.code for finding in result.findings]


# --- accepted -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        PLACES.encode(),
        PLACES.encode("utf-8-sig"),
        PLACES.replace("\n", "\r\n").encode(),
        PLACES.replace("\n", "\r").encode(),
        PLACES.replace(",", ";").encode(),
        PLACES.replace(",", "\t").encode(),
        ("sep=;\n" + PLACES.replace(",", ";")).encode(),
        ("\n\n" + PLACES).encode(),
        PLACES.rstrip("\n").encode(),
        PLACES.replace("\n", ",,\n").encode(),
    ],
    ids=["plain", "mark", "crlf", "cr", "semicolon", "tab", "sep", "blank", "no end", "empty columns"],
)
def test_the_same_table_in_other_clothes(data):
    result = read(data)
    assert result.findings == []
    assert result.frame.select("place", "name", "lon").row(0) == ("a", "Ստեփանակերտ / Xankəndi", 46.75)


@pytest.mark.parametrize("name", ["Շուշի", "Şuşa", "Шуша", "شوشا", "შუშა", "Schuscha \U0001f3d4"])
def test_any_script_stays_as_it_is(name):
    assert read(f"place,name,kind\na,{name},settlement\n").frame["name"][0] == name


def test_two_places_of_one_name_are_two_places():
    result = read("place,name,kind\na,Kyzyl,settlement\nb,Kyzyl,settlement\n")
    assert result.findings == []
    assert result.frame["place"].to_list() == ["a", "b"]


def test_lines_are_those_of_the_file_where_cells_hold_line_breaks():
    result = read('place,name,kind\na,"two\nlines",settlement\n\nb,B,hamlet\n')
    assert result.lines.to_list() == [2, 5]
    assert [(f.code, f.row, f.column) for f in result.findings] == [("E105", 5, "kind")]


def test_lines_count_what_stands_before_the_header():
    assert read("sep=;\nplace;name;kind\na;A;hamlet\n").findings[0].row == 3


def test_a_million_rows_are_read():
    body = "".join(f"m{i},a,2020-01-02,5\n" for i in range(250_000)) * 4
    result = read("place,note,date,people\n" + body, "departures")
    assert result.lines.len() == 250_000
    assert codes(result)[:2] == ["N302", "E112"]


# --- mended with a note ---------------------------------------------------------------------------


def test_latin_1_is_read_with_a_note():
    result = read("place,name,kind\na,Orléans,settlement\n".encode("latin-1"))
    assert codes(result) == ["N301"]
    assert result.frame["name"][0] == "Orléans"


def test_utf_16_is_read_with_a_note():
    result = read(PLACES.encode("utf-16"))
    assert codes(result) == ["N301"]
    assert result.frame["name"][0] == "Ստեփանակերտ / Xankəndi"


def test_identical_rows_are_read_once_with_a_note():
    result = read("place,name,kind\na,A,settlement\na, A ,settlement\n")
    assert codes(result) == ["N302"]
    assert result.frame.height == 1


def test_stray_blanks_and_quotes_are_stripped():
    result = read(' "place" , name ,kind\n "a" ,  A ,settlement\n')
    assert result.frame.select("place", "name").row(0) == ("a", "A")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2023-09-25"], [date(2023, 9, 25)]),
        (["2023/09/25", "2023.9.5"], [date(2023, 9, 25), date(2023, 9, 5)]),
        (["25.09.2023", "03.04.2023"], [date(2023, 9, 25), date(2023, 4, 3)]),
        (["25/09/2023", "03/04/2023"], [date(2023, 9, 25), date(2023, 4, 3)]),
        (["09/25/2023", "03/04/2023"], [date(2023, 9, 25), date(2023, 3, 4)]),
        (["2023-09-25T00:00:00"], [date(2023, 9, 25)]),
        (["2023-09-25 00:00:00.000", "26.09.2023"], [date(2023, 9, 25), date(2023, 9, 26)]),
    ],
)
def test_dates_in_several_orders(cells, expected):
    rows = "".join(f"s{i},a,{cell},1,idp,2024-01-01\n" for i, cell in enumerate(cells))
    result = read("stock,place,date,people,group,known_at\n" + rows, "stocks")
    assert result.frame["date"].to_list() == expected
    assert all(finding.severity == "note" for finding in result.findings)


@pytest.mark.parametrize("cells", [["03/04/2023"], ["25/09/2023", "09/25/2023"]])
def test_dates_with_two_readings_are_refused(cells):
    rows = "".join(f"s{i},a,{cell},1,idp,2024-01-01\n" for i, cell in enumerate(cells))
    result = read("stock,place,date,people,group,known_at\n" + rows, "stocks")
    assert {(f.code, f.column) for f in result.findings} == {("E103", "date")}


@pytest.mark.parametrize(
    "cell", ["2023-02-30", "202-01-01", "yesterday", "2023-09-25T10:00", "20230925", "1695600000"]
)
def test_what_is_no_date_is_refused(cell):
    result = read(f"stock,place,date,people,group,known_at\ns,a,{cell},1,idp,2024-01-01\n", "stocks")
    assert [(f.code, f.column, f.value) for f in result.findings] == [("E103", "date", cell)]


@pytest.mark.parametrize(
    ("cell", "moment", "code"),
    [
        ("2023-09-25T20:00+04:00", "2023-09-25T16:00:00", None),
        ("2023-09-25 20:00:00+0400", "2023-09-25T16:00:00", None),
        ("2023-09-25T20:00+04", "2023-09-25T16:00:00", None),
        ("2023-09-25T16:00Z", "2023-09-25T16:00:00", None),
        ("2023-09-25T08:30-07:30", "2023-09-25T16:00:00", None),
        ("2023-09-25T20:00", "2023-09-25T16:00:00", "N304"),
        ("25.09.2023 20:00", "2023-09-25T16:00:00", "N303"),
        ("2023-09-25", "2023-09-24T20:00:00", "N305"),
    ],
)
def test_moments_with_and_without_a_zone(cell, moment, code):
    text = f"corridor,status,effective,known_at\nx,open,{cell},2023-09-26\n"
    result = read(text, "corridor_status")
    assert result.frame["effective"][0] == datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert code is None or code in codes(result)
    assert code is not None or result.findings == []


def test_a_day_of_knowledge_is_its_end():
    result = read(
        "corridor,status,effective,known_at\nx,open,2023-09-25T00:00Z,2023-09-26\n", "corridor_status"
    )
    assert result.frame["known_at"][0] == datetime(2023, 9, 26, 19, 59, 59, 999999, tzinfo=UTC)


def test_an_hour_that_the_clock_skips_is_refused():
    text = "corridor,status,effective,known_at\nx,open,2024-03-31T02:30,2024-04-02\n"
    result = read(text, "corridor_status", ZoneInfo("Europe/Berlin"))
    assert codes(result) == ["N304", "E103"]


def test_decimal_commas_are_read_where_they_are_certain():
    result = read("place;name;kind;lon\na;A;settlement;46,75\nb;B;settlement;46,125\n")
    assert codes(result) == ["N307"]
    assert result.frame["lon"].to_list() == [46.75, 46.125]


def test_commas_that_may_mean_thousands_are_refused():
    assert codes(read("place;name;kind;lon\na;A;settlement;1,250\n")) == ["E103"]


# --- refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["NaN", "nan", "inf", "-Infinity", "1e400"])
@pytest.mark.parametrize(("table", "column"), [("corridors", "km"), ("population", "people")])
def test_numbers_that_are_not_finite(cell, table, column):
    result = read(f"{column}\n{cell}\n", table)
    assert [(f.code, f.row, f.value) for f in result.findings if f.column == column] == [("E106", 2, cell)]
    assert result.frame[column].to_list() == [None]


@pytest.mark.parametrize("cell", ["12.5", "1 200", "1,200", "n/a", "-", "many", "9" * 30])
def test_what_is_no_whole_number(cell):
    result = read(f'people\n"{cell}"\n', "population")
    assert [(f.code, f.value) for f in result.findings if f.column == "people"] == [("E103", cell)]


@pytest.mark.parametrize(
    ("cell", "value"), [("1200", 1200), ("1200.0", 1200), ("1e3", 1000), ("-5", -5), ("+7", 7)]
)
def test_whole_numbers(cell, value):
    assert read(f"people\n{cell}\n", "population").frame["people"].to_list() == [value]


def test_a_word_outside_its_list_names_the_nearest():
    finding = read("place,name,kind\na,A,setlement\n").findings[0]
    assert (finding.code, finding.row, finding.nearest) == ("E105", 2, "settlement")


def test_an_unknown_column_names_the_nearest():
    finding = read("place,nmae,kind\na,A,settlement\n").findings[0]
    assert (finding.code, finding.column, finding.nearest) == ("E102", "nmae", "name")


@pytest.mark.parametrize("header", ["place,name,kind,name", "place,name,kind,"])
def test_columns_without_a_name_or_given_twice(header):
    result = read(f"{header}\na,A,settlement,x\n")
    assert codes(result) == ["E102"]
    assert result.frame.height == 0


@pytest.mark.parametrize(
    "column",
    [
        "First name",
        "PassportNo",
        "phone_number",
        "фамилия",
        "Ազգանուն",
        "Soyad",
        "الاسم الكامل",
        "caseId",
        "household_id",
        "Nom de famille",
        "date-of-birth",
    ],
)
def test_columns_about_persons_are_refused(column):
    result = read(f"place,name,kind,{column}\na,A,settlement,x\n")
    assert [(f.code, f.column) for f in result.findings] == [("E116", column)]


@pytest.mark.parametrize("column", ["people", "group", "age_group", "adopted", "network", "loads", "inname"])
def test_ordinary_columns_are_not_about_persons(column):
    assert not is_about_persons(column)


def test_a_row_without_date_of_knowledge():
    result = read("place,date,people,known_at\na,2023-01-01,5,\n", "departures")
    assert [(f.code, f.row) for f in result.findings] == [("E112", 2)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("place,name,kind\na,A,settlement\nb,B,settlement,more\n", 3),
        ('place,name,kind\na,"A,settlement\nb,B,settlement\n', 2),
        ('place,name,kind\na,A,settlement\nb,"B"x,settlement\n', 3),
    ],
    ids=["more cells", "open quote", "text after quote"],
)
def test_rows_that_cannot_be_read_are_named(text, line):
    result = read(text)
    assert [(f.code, f.row) for f in result.findings] == [("E110", line)]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"PK\x03\x04rest", b"\x00\x01\x02", b"PAR1...."])
def test_what_is_no_table_at_all(data):
    result = read(data)
    assert codes(result) == ["E110"]
    assert result.frame.height == 0


def test_a_quote_inside_a_cell_is_part_of_it():
    assert read('place,name,kind\na,the 5" mast,settlement\n').frame["name"][0] == 'the 5" mast'


def test_a_file_above_the_limit_is_refused_by_its_size(tmp_path):
    path = tmp_path / "deaths.csv"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    finding = read_table(path, table_of("deaths"), ZONE).findings[0]
    assert finding.code == "E107"
    assert f"{MAX_FILE_BYTES:,}" in finding.expected
    assert "2,147,483,648" in finding.value


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_without_permission_is_a_finding(tmp_path):
    path = tmp_path / "places.csv"
    path.write_text(PLACES)
    path.chmod(0)
    assert codes(read_table(path, table_of("places"), ZONE)) == ["E117"]


def test_a_file_that_vanished_is_a_finding(tmp_path):
    assert codes(read_table(tmp_path / "places.csv", table_of("places"), ZONE)) == ["E117"]


def test_many_faults_of_a_column_are_counted():
    result = read("place,name,kind,lon\n" + "".join(f"p{i},P,settlement,east\n" for i in range(50)))
    assert len(result.findings) == 21
    assert "30 more" in result.findings[-1].message


# --- whatever the bytes, no error escapes ------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_table_of_the_schema(data):
    result = read_bytes(data, table_of("counts"), ZONE)
    assert result.frame.columns == list(table_of("counts").names)
    assert result.lines.len() == result.frame.height


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=6), st.sampled_from([",", ";", "\t"]))
def test_any_cells_give_a_table_of_the_schema(rows, separator):
    text = "\n".join(separator.join(row) for row in [("count", "at", "value"), *rows])
    result = read(text, "counts")
    assert result.frame.columns == list(table_of("counts").names)
    assert set(result.frame.schema.dtypes()) >= {pl.Int64()}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_shuffled_rows_are_the_same_table(seed):
    rows = [f"p{i},P{i},settlement,{i}" for i in range(8)]
    random.Random(seed).shuffle(rows)  # noqa: S311 - an order, not a secret
    result = read("place,name,kind,lon\n" + "\n".join(rows))
    assert result.frame.sort("place")["lon"].to_list() == list(range(8))


def test_cells_of_a_single_column():
    assert read_cells(b"a\n1\n\n2\n", "x").frame.rows() == [("1",), ("2",)]
