"""Checks: every code has a page and a case that provokes it, and nothing else."""

import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forestall.checks import check_crisis, codes, explain
from forestall.checks.registry import CHECKS
from forestall.core.errors import UsageError
from forestall.crisis import open_crisis
from valley import VALLEY, added, command, copy_valley, replaced

ROOT = Path(__file__).parents[2]
CASES = {}


def case(code, *, table, column=None, row=None, nearest=None, also=()):
    """Register a change of the valley that provokes a code; ``also`` names codes that come with it."""

    def register(change):
        CASES.setdefault(code, []).append((change, table, column, row, nearest, set(also)))
        return change

    return register


@pytest.fixture
def valley(tmp_path):
    return copy_valley(tmp_path)


def test_the_valley_is_sound(valley):
    assert check_crisis(valley) == []


# --- one case a code --------------------------------------------------------------------------------


@case("E101", table="plaecs", nearest="places")
def unknown_table(valley):
    (valley / "plaecs.csv").write_text("place\nx\n")


@case("E102", table="corridors", column="vehicle_per_hour", nearest="vehicles_per_hour", also={"W208"})
def unknown_column(valley):
    replaced(valley / "corridors.csv", "vehicles_per_hour", "vehicle_per_hour")


@case("E103", table="corridors", column="km", row=3)
def wrong_type(valley):
    replaced(
        valley / "corridors.csv",
        "mill_dale,mill_town,upper_dale,road,14",
        "mill_dale,mill_town,upper_dale,road,about 14",
    )


@case("E103", table="corridors", column="km", row=3)
def two_numbers(valley):
    replaced(
        valley / "corridors.csv",
        "mill_dale,mill_town,upper_dale,road,14",
        "mill_dale,mill_town,upper_dale,road,14 km",
    )


@case("E104", table="places", column="kind", row=2)
def missing_value(valley):
    replaced(valley / "places.csv", "Горный Дол,settlement", "Горный Дол,")


@case("E104", table="places", column="kind")
def missing_column(valley):
    text = (valley / "places.csv").read_text()
    rows = [line.split(",") for line in text.splitlines()]
    (valley / "places.csv").write_text("\n".join(",".join([*row[:3], *row[4:]]) for row in rows))


@case("E105", table="corridor_status", column="status", nearest="closed", also={"W205"})
def unknown_word(valley):
    replaced(valley / "corridor_status.csv", "mill_pass,closed", "mill_pass,close")


@case("E106", table="corridors", column="km")
def not_a_number(valley):
    replaced(valley / "corridors.csv", "road,14,", "road,NaN,")


@case("E106", table="corridors", column="km")
def beyond_all_numbers(valley):
    replaced(valley / "corridors.csv", "road,14,", "road,1e400,")


@case("E107", table="losses")
def too_large(valley):
    with (valley / "losses.csv").open("ab") as file:
        file.truncate(2 * 1024**3)


@case("E108", table="losses")
def a_link(valley):
    (valley / "losses.csv").unlink()
    (valley / "losses.csv").symlink_to("/etc/passwd")


@case("E108", table="losses")
def a_link_inside(valley):
    (valley / "losses.csv").unlink()
    (valley / "losses.csv").symlink_to("../valley/counts.csv")


@case("E108", table="losses")
def a_folder_named_like_a_table(valley):
    (valley / "losses.csv").unlink()
    (valley / "losses.csv").mkdir()


@case("E108", table="losses")
def a_pipe(valley):
    (valley / "losses.csv").unlink()
    os.mkfifo(valley / "losses.csv")


@case("E109", table="population")
def missing_table(valley):
    (valley / "population.csv").unlink()


@case("E110", table="losses", row=3)
def ragged(valley):
    with (valley / "losses.csv").open("a") as file:
        file.write("L3,x" + ",y" * 40 + "\n")
    text = (valley / "losses.csv").read_text().splitlines()
    (valley / "losses.csv").write_text("\n".join([text[0], text[1], text[3], text[2]]))


@case("E111", table="crisis.toml", column="titel", nearest="title")
def unknown_key(valley):
    replaced(valley / "crisis.toml", "seed = 1", 'seed = 1\ntitel = "x"')


@case("E112", table="counts", column="known_at", row=3)
def no_date_of_knowledge(valley):
    replaced(valley / "counts.csv", "2025-03-13T13:00+01:00", "")


@case("E113", table="crisis.toml")
def not_toml(valley):
    replaced(valley / "crisis.toml", "seed = 1", "seed = = 1")


@case("E114", table="crisis.toml", column="zone")
def unknown_zone(valley):
    replaced(valley / "crisis.toml", "Etc/GMT-1", "Etc/Nowhere")


@case("E115", table="crisis.toml")
def empty_folder(valley):
    for path in valley.iterdir():
        path.unlink()


@case("E116", table="counts", column="passport_number")
def column_about_persons(valley):
    replaced(valley / "counts.csv", "confidence", "confidence,passport_number")


@case("E121", table="places", row=11)
def key_twice(valley):
    added(valley / "places.csv", place="harbour", name="Second Harbour", kind="settlement")


@case("E122", table="corridors", column="to_place", nearest="mill_town", also={"N306"})
def dangling_place(valley):
    replaced(valley / "corridors.csv", "dale_mill,upper_dale,mill_town", "dale_mill,upper_dale,mil_town")


@case("E122", table="counts", column="source", nearest="hillmark-relief")
def dangling_source(valley):
    replaced(valley / "counts.csv", "hillmark-relief", "hillmark-releif")


@case("E122", table="deaths", column="where")
def dangling_place_of_deaths(valley):
    added(valley / "deaths.csv", where_kind="place", where="nowhere")


@case("E123", table="population", column="people", row=2)
def negative_people(valley):
    replaced(valley / "population.csv", "upper_dale,all,12000", "upper_dale,all,-12000")


@case("E123", table="deaths", column="low", row=2)
def unknown_as_minus_one(valley):
    replaced(valley / "deaths.csv", "2022-12-01,state-based,0,0,0", "2022-12-01,state-based,0,-1,0")


@case("E124", table="counts", column="at", row=3)
def count_after_knowledge(valley):
    replaced(valley / "counts.csv", "2025-03-13T12:00+01:00", "2025-03-13T14:00+01:00")


@case("E124", table="population", column="date")
def figure_after_knowledge(valley):
    replaced(valley / "population.csv", "claim,total,2024-01-01", "claim,total,2024-03-01")


@case("E124", table="deaths", column="start", row=2)
def month_before_its_end(valley):
    replaced(valley / "deaths.csv", "2023-01-20", "2022-12-20")


@case("E124", table="ties", column="year")
def year_after_knowledge(valley):
    replaced(valley / "ties.csv", "I1,riverland,union,trade,2023", "I1,riverland,union,trade,2025")


@case("E125", table="corridors", column="to_place", also={"N306", "W202"})
def corridor_to_itself(valley):
    replaced(valley / "corridors.csv", "dale_mill,upper_dale,mill_town", "dale_mill,upper_dale,upper_dale")


@case("E126", table="corridors", column="km")
def no_length(valley):
    replaced(valley / "corridors.csv", "road,14,", "road,0,")


@case("E126", table="corridors", column="free_hours")
def negative_hours(valley):
    replaced(valley / "corridors.csv", "road,14,0.3,", "road,14,-0.3,")


@case("E127", table="corridors", column="vehicles_per_hour")
def no_capacity(valley):
    replaced(valley / "corridors.csv", ",500,", ",0,")


@case("E128", table="losses", column="low", row=2)
def low_above_best(valley):
    replaced(valley / "losses.csv", "60,50,80", "60,70,80")


@case("E128", table="losses", column="best", row=2)
def best_above_high(valley):
    replaced(valley / "losses.csv", "60,50,80", "90,50,80")


@case("E129", table="places", column="lat", row=2)
def off_the_globe(valley):
    replaced(valley / "places.csv", "20.10,45.30", "20.10,145.30")


@case("E130", table="supplies", column="available_from", row=4)
def supply_before_order(valley):
    replaced(
        valley / "supplies.csv", "2025-03-20T00:00+01:00,2025-03-10", "2025-03-01T00:00+01:00,2025-03-10"
    )


@case("E131", table="access", column="value", row=2)
def no_unit(valley):
    replaced(valley / "access.csv", "tonnes/day", "")


@case("E131", table="commitments", column="amount", row=2)
def no_currency(valley):
    replaced(valley / "commitments.csv", "5000000,USD", "5000000,")


@case("E132", table="demography", column="share", row=2)
def share_in_per_cent(valley):
    replaced(valley / "demography.csv", "0.27", "27")


@case("E133", table="supplies", column="quantity", row=2)
def negative_stock(valley):
    replaced(valley / "supplies.csv", "2800,m2", "-2800,m2")


@case("E141", table="triggers", column="indicator", row=2, nearest="corridor_closed_days")
def unknown_indicator(valley):
    replaced(valley / "triggers.csv", "corridor_closed_days", "corridor_closed_day")


@case("E142", table="triggers", column="lead_time", row=2)
def duration_without_unit(valley):
    replaced(valley / "triggers.csv", "365 days,14 days", "365 days,14")


@case("E143", table="ties", column="share", row=2)
def shares_above_one(valley):
    added(valley / "ties.csv", tie="I5", actor="riverland", partner="hillmark", channel="trade", share="0.7",
          of_what="goods exported")  # fmt: skip


@case("E147", table="ties", column="partner")
def tie_to_itself(valley):
    added(valley / "ties.csv", tie="I5", actor="riverland", partner="riverland", channel="aid", share="0.2",
          of_what="gas used")  # fmt: skip


@case("E148", table="endings", column="ending", row=3)
def ending_coded_twice(valley):
    (valley / "endings.csv").write_text(
        "ending,title,parties,date,kind,war,territory,between_states,rounds_before,source,known_at,confidence\n"
        "N1,First,Riverland|Hillmark,2020-01-01,ceasefire,false,true,true,0,river-statistics,2020-01-02,low\n"
        "N2,Again,Hillmark|Riverland,2020-01-01,agreement,false,true,true,0,river-statistics,2020-01-02,low\n",
        encoding="utf-8",
    )


@case("E146", table="triggers", column="unit", row=2)
def threshold_in_weeks(valley):
    replaced(valley / "triggers.csv", ">=,30,days", ">=,4,weeks")


@case("E134", table="losses", column="loss", row=2)
def identifier_that_is_a_path(valley):
    replaced(valley / "losses.csv", "L1,", "../../L1,")


@case("E135", table="crisis.toml", column="iso3")
def country_by_name(valley):
    replaced(valley / "crisis.toml", '"XHM"', '"Hillmark"')


@case("E136", table="crisis.toml", column="displace.counted_at")
def place_of_counts_that_is_no_place(folder):
    replaced(folder / "crisis.toml", 'counted_at = "long_bridge"', 'counted_at = "long_bridg"')


@case("E135", table="crisis.toml", column="period")
def period_backwards(valley):
    replaced(valley / "crisis.toml", "end = 2025-04-30", "end = 2018-04-30")


@case("W201", table="movements", column="people", row=2)
def more_moved_than_lived_there(valley):
    replaced(valley / "movements.csv", "4200,4000,4500", "42000,40000,45000")


@case("W202", table="corridor_status", column="status")
def two_statuses_at_once(valley):
    added(
        valley / "corridor_status.csv",
        corridor="mill_pass",
        status="open",
        effective="2024-11-20T06:00+01:00",
    )


@case("W202", table="control", column="held_by")
def two_holders_at_once(valley):
    added(valley / "control.csv", held_by="Dale council")


@case("W203", table="counts", column="source", row=2)
def no_source(valley):
    replaced(valley / "counts.csv", "2025-03-12T21:00+01:00,stated", "2025-03-12T21:00+01:00,stated")
    text = (valley / "counts.csv").read_text().splitlines()
    text[1] = text[1].replace("hillmark-relief", "")
    (valley / "counts.csv").write_text("\n".join(text))


@case("W204", table="events", column="date", row=2)
def known_before_it_happened(valley):
    replaced(valley / "events.csv", "V01,2019-06-01", "V01,2019-07-01")


@case("W241", table="corridors", column="km", row=2)
def a_length_with_a_digit_too_many(valley):
    replaced(
        valley / "corridors.csv",
        "dale_mill,upper_dale,mill_town,road,14,0.3",
        "dale_mill,upper_dale,mill_town,road,140,3.0",
    )


@case("W242", table="corridors", column="free_hours", row=2)
def hours_with_a_digit_too_few(valley):
    replaced(
        valley / "corridors.csv",
        "dale_mill,upper_dale,mill_town,road,14,0.3",
        "dale_mill,upper_dale,mill_town,road,14,0.03",
    )


@case("W243", table="places", column="country", also={"W244"})
def a_code_that_is_no_country(valley):
    replaced(valley / "places.csv", "settlement,XRV,Dale,20.10", "settlement,QQV,Dale,20.10")


@case("W244", table="places", column="lon")
def a_point_in_another_country(valley):
    replaced(valley / "places.csv", "settlement,XRV,Dale,20.10", "settlement,ARM,Dale,20.10")


@case("W245", table="population", column="people")
def an_estimate_times_ten(valley):
    added(
        valley / "population.csv",
        place="mill_town",
        people="65000",
        date="2024-01-01",
        known_at="2024-06-30",
        who="Riverland Statistics Office",
        kind="estimate",
        group="all",
        level="settlement",
    )


@case("W246", table="counts", column="value", row=4)
def a_running_total_that_falls(valley):
    replaced(valley / "counts.csv", ",5200,", ",520,")


@case("W247", table="counts", column="value")
def parts_above_their_total(valley):
    path = valley / "counts.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    rows = [f"{row},{'C2' if row.startswith('C3') else ''}" for row in rows]
    path.write_text("\n".join([f"{head},part_of", *rows]) + "\n", encoding="utf-8")


@case("W250", table="counts", column="hours")
def a_period_that_ends_before_it_begins(valley):
    path = valley / "counts.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([f"{head},hours", *(f"{row}," for row in rows)]) + "\n", encoding="utf-8")
    added(
        valley / "counts.csv",
        count="C90",
        place="long_bridge",
        what="arrived",
        record="period",
        hours="0",
        at="2025-03-19T18:00+01:00",
        value="300",
        precision="stated",
        known_at="2025-03-19",
    )


@case("W251", table="counts", column="value", also={"W252"})
def two_things_under_one_name(valley):
    path = valley / "counts.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    last = rows[-1].split(",")
    place = head.split(",").index("value")
    again = [f"{last[0]}-again", *last[1:place], str(int(last[place]) * 3), *last[place + 1 :]]
    path.write_text("\n".join([head, *rows, ",".join(again)]) + "\n", encoding="utf-8")


@case("W252", table="counts", column="value")
def more_people_counted_than_live_there(valley):
    added(
        valley / "counts.csv",
        count="C91",
        place="long_bridge",
        what="arrived",
        record="cumulative",
        at="2025-03-29T18:00+01:00",
        value="900000",
        precision="stated",
        known_at="2025-03-29",
    )


@case("W253", table="events", column="date")
def an_outcome_before_its_act(valley):
    replaced(valley / "events.csv", "V11,2025-03-20", "V11,2025-03-02")


@case("W254", table="events", column="step")
def violence_without_its_step(valley):
    added(
        valley / "events.csv",
        event="V90",
        date="2025-03-14",
        kind="violence",
        actor="Dale council",
        target="Government of Riverland",
        form="material",
        stance="conflict",
        description="Shots at a post",
        value="",
        unit="",
        outcome_of="",
        known_at="2025-03-14",
    )


@case("W255", table="population", column="people", also={"W241"})
def a_settlement_larger_than_its_town(valley):
    from forestall.world.read import load_towns

    town = load_towns().sort("people").row(-1, named=True)
    path = valley / "places.csv"
    text = path.read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("mill_town,"))
    moved = (
        row.replace("XRV", town["iso3"]).replace("20.22", str(town["lon"])).replace("45.24", str(town["lat"]))
    )
    path.write_text(text.replace(row, moved), encoding="utf-8")
    replaced(valley / "population.csv", "mill_town,all,6500", "mill_town,all,650000000")


@case("W249", table="provision_status", column="readings", row=4, also={"E122"})
def a_dispute_told_by_one_side(valley):
    replaced(valley / "provision_status.csv", "ford-2,broken", "ford-2,disputed")


@case("W248", table="deaths", column="best")
def deaths_of_a_year_in_a_month(valley):
    added(
        valley / "deaths.csv",
        best="90000",
        low="",
        high="",
        start="2025-02-01",
        where="XRV",
        known_at="2025-03-20",
        vintage="CD 23.02",
    )
    added(
        valley / "deaths.csv",
        best="2",
        low="",
        high="",
        start="2023-03-01",
        where="XRV",
        known_at="2023-04-20",
        vintage="CD 23.02",
    )
    added(
        valley / "deaths.csv",
        best="3",
        low="",
        high="",
        start="2023-04-01",
        where="XRV",
        known_at="2023-05-20",
        vintage="CD 23.02",
    )


@case("W205", table="places", column="place")
def cut_off(valley):
    replaced(valley / "corridor_status.csv", "lowtown_harbour,open", "lowtown_harbour,closed")
    replaced(valley / "corridor_status.csv", "harbour_lowtown,open", "harbour_lowtown,closed")


@case("W205", table="places", column="place")
def no_status_is_not_open(valley):
    text = (valley / "corridor_status.csv").read_text().splitlines()
    kept = [line for line in text if "lowtown_harbour" not in line and "harbour_lowtown" not in line]
    (valley / "corridor_status.csv").write_text("\n".join(kept))


@case("W205", table="places", column="place")
def joined_to_others_but_to_no_host(valley):
    path = valley / "corridor_status.csv"
    for way in ("lowtown", "capital"):
        text = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join(closed_into(line, way) for line in text), encoding="utf-8")


def closed_into(line: str, way: str) -> str:
    corridor = line.split(",", maxsplit=1)[0]
    return line.replace(",open,", ",closed,") if corridor.endswith(f"_{way}") else line


@case("E122", table="corridor_status", column="corridor", nearest="mill_pass")
def status_of_an_unknown_corridor(valley):
    replaced(valley / "corridor_status.csv", "mill_pass,closed", "mil_pass,closed")


@case("W207", table="control", column="effective", row=6)
def announced(valley):
    replaced(valley / "control.csv", "2025-03-14T10:00+01:00", "2025-03-20T10:00+01:00")


@case("W208", table="events", column="description", row=5)
def hindsight_in_words(valley):
    replaced(valley / "events.csv", "closed to all traffic", "closed to all traffic until September 2025")


@case("W208", table="events", column="description", row=5)
def a_later_day_in_words(valley):
    replaced(valley / "events.csv", "closed to all traffic", "closed to all traffic until 2024-11-28")


@case("W214", table="events", column="url", row=5)
def a_page_of_a_later_day(valley):
    path = valley / "events.csv"
    header, *rows = path.read_text().splitlines()
    pages = ["https://example.org/2031/1/9/looking-back" if n == 3 else "" for n in range(len(rows))]
    lines = [f"{row},{page}" for row, page in zip(rows, pages, strict=True)]
    path.write_text("\n".join([f"{header},url", *lines]) + "\n")


@case("W209", table="events", column="description", row=5)
def contact_details(valley):
    replaced(valley / "events.csv", "closed to all traffic", "closed; call +44 20 7946 0000")


@case("W210", table="roads")
def spreadsheet(valley):
    (valley / "roads.xlsx").write_bytes(b"PK\x03\x04")


def test_a_local_figure_stands_beside_the_handbook(valley):
    rows = (valley / "standards.csv").read_text().splitlines()
    text = [rows[0] + ",override_by", *(row + "," for row in rows[1:]), rows[1] + ",water office"]
    (valley / "standards.csv").write_text("\n".join(text) + "\n")
    assert check_crisis(valley) == []
    (valley / "standards.csv").write_text("\n".join([*text, text[1]]) + "\n")
    assert {finding.code for finding in check_crisis(valley)} <= {"E121", "N302"}


@case("W212", table="supplies", column="unit", row=3)
def supply_in_another_unit(valley):
    shutil.copy(VALLEY / "standards.csv", valley)
    replaced(valley / "supplies.csv", "90000,litres", "90,m3")


@case("W213", table="crisis.toml", column="prepare.budget")
def budget_of_zero(valley):
    with (valley / "crisis.toml").open("a", encoding="utf-8") as file:
        file.write('\n[prepare]\nbudget = "0 USD"\n')


@case("N301", table="losses")
def another_encoding(valley):
    text = (valley / "losses.csv").read_text().replace("2019 fighting", "combats de l'été 2019")
    (valley / "losses.csv").write_bytes(text.encode("latin-1"))


@case("N302", table="losses")
def the_same_row_twice(valley):
    added(valley / "losses.csv")


@case("N303", table="losses", column="start")
def another_order_of_dates(valley):
    replaced(valley / "losses.csv", "2019-06-01", "01.06.2019")


@case("N304", table="control", column="effective")
def no_offset(valley):
    replaced(valley / "control.csv", "2025-03-14T10:00+01:00", "2025-03-14T10:00")


@case("N305", table="control", column="effective")
def no_hour(valley):
    replaced(valley / "control.csv", "2025-03-14T10:00+01:00", "2025-03-14")


@case("N306", table="corridors")
def one_direction(valley):
    text = (valley / "corridors.csv").read_text().splitlines()
    (valley / "corridors.csv").write_text("\n".join(line for line in text if "harbour_lowtown" not in line))
    log = (valley / "corridor_status.csv").read_text().splitlines()
    (valley / "corridor_status.csv").write_text(
        "\n".join(line for line in log if "harbour_lowtown" not in line)
    )


@case("N307", table="standards", column="quantity")
def decimal_commas(valley):
    text = (valley / "standards.csv").read_text()
    (valley / "standards.csv").write_text(text.replace(",", ";").replace(";3.5;", ";3,5;"))


@case("N308", table="losses")
def control_characters(valley):
    replaced(valley / "losses.csv", "2019 fighting", "2019\x1b[2J fighting")


@pytest.mark.parametrize(
    ("code", "number"), [(code, number) for code, cases in CASES.items() for number in range(len(cases))]
)
def test_the_case_provokes_its_code(code, number, tmp_path):
    change, table, column, row, nearest, also = CASES[code][number]
    valley = copy_valley(tmp_path, only=table)
    change(valley)
    found = check_crisis(valley)
    assert {finding.code for finding in found} - also == {code}
    finding = next(finding for finding in found if finding.code == code)
    assert finding.table == table
    assert column is None or finding.column == column
    assert row is None or finding.row == row
    assert nearest is None or finding.nearest == nearest
    assert finding.severity == codes()[code].severity


# --- codes, pages and cases go together ----------------------------------------------------------------


def test_every_code_of_reading_and_checks_has_a_case():
    wanted = {code for code, one in codes().items() if one.found_by in ("reading", "checks")}
    assert wanted - set(CASES) == {"E117"}, "E117 has its own tests with the reading of files"


def test_every_check_has_a_code():
    assert {code for code, one in codes().items() if one.found_by == "checks"} | {"E114"} == set(CHECKS), (
        "options are found by reading and by a check"
    )


def test_every_code_used_in_the_source_has_a_page():
    pattern = re.compile(r"\"([EWN]\d{3})\"")
    sources = (ROOT / "src/forestall").rglob("*.py")
    used = {code for path in sources for code in pattern.findall(path.read_text(encoding="utf-8"))}
    assert used - set(codes()) == set()


@pytest.mark.parametrize("code", codes())
def test_every_code_has_a_page(code):
    page = explain(code)
    assert "## Why it matters" in page
    assert "## What to do" in page
    assert codes()[code].severity == {"E": "error", "W": "warning", "N": "note"}[code[0]]


def test_an_unknown_code_names_the_nearest():
    with pytest.raises(UsageError, match="nearest: E1"):
        explain("E12")


# --- together ---------------------------------------------------------------------------------------------


def test_all_findings_come_together_errors_first(valley):
    negative_people(valley)
    corridor_to_itself(valley)
    known_before_it_happened(valley)
    no_hour(valley)
    found = [finding.code for finding in check_crisis(valley)]
    assert {"E123", "E125", "W204", "N305"} <= set(found)
    assert [code[0] for code in found] == sorted((code[0] for code in found), key="EWN".index)


def test_a_crisis_in_memory_is_checked_too(valley):
    crisis = open_crisis(valley).at(datetime(2025, 3, 14, tzinfo=UTC))
    assert {finding.severity for finding in check_crisis(crisis)} <= {"warning"}


def test_a_revision_known_later_is_no_duplicate(valley):
    added(valley / "losses.csv", best="95", known_at="2020-01-01")
    assert check_crisis(valley) == []


def test_a_projection_may_look_ahead(valley):
    replaced(valley / "population.csv", "claim,total,2024-01-01", "projection,total,2030-01-01")
    assert check_crisis(valley) == []


def test_a_one_way_road_gets_no_way_back(valley):
    one_direction(valley)
    added(
        valley / "corridor_status.csv",
        corridor="lowtown_harbour",
        status="one_way",
        effective="2025-03-12T06:00+01:00",
    )
    assert check_crisis(valley) == []


def test_the_way_back_has_length_and_statuses(valley):
    one_direction(valley)
    crisis = open_crisis(valley).at("2025-04-30")
    rows = crisis["corridors"].filter(crisis["corridors"]["corridor"] == "lowtown_harbour-back").to_dicts()
    assert [(row["from_place"], row["to_place"], row["km"]) for row in rows] == [("harbour", "lowtown", 38.0)]
    log = crisis.status("corridor_status")
    assert log.filter(log["corridor"] == "lowtown_harbour-back")["status"].to_list() == ["open"]


# --- on the command line -----------------------------------------------------------------------------------


def test_errors_end_with_exit_1_and_no_traceback(valley, tmp_path):
    wrong_type(valley)
    before = sorted(tmp_path.rglob("*"))
    for arguments in (["check", "valley", "--json"], ["run", "valley", "--out", "run"]):
        done = command(*arguments, cwd=tmp_path)
        assert done.returncode == 1
        assert "E103" in done.stdout + done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_options_of_the_stages_are_checked_too(valley, tmp_path):
    replaced(valley / "crisis.toml", 'counted_at = "long_bridge"', 'count_at = "long_bridge"')
    replaced(valley / "crisis.toml", 'horizon = "3 months"', 'horizon = "3 moons"')
    done = command("check", "valley", "--json", cwd=tmp_path)
    found = {(f["code"], f["column"], f["nearest"]) for f in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert found == {("E111", "displace.count_at", "counted_at"), ("E114", "displace.horizon", "")}


def test_faults_of_settings_and_tables_come_together(valley):
    unknown_key(valley)
    wrong_type(valley)
    assert {"E103", "E111"} <= {finding.code for finding in check_crisis(valley)}


@pytest.mark.parametrize(("make", "code"), [("link", "E108"), ("folder", "E108"), ("huge", "E107")])
def test_settings_that_are_no_plain_file_are_refused(make, code, valley):
    path = valley / "crisis.toml"
    path.unlink()
    if make == "link":
        path.symlink_to("/etc/hostname")
    elif make == "folder":
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(2 * 1024**3)
    assert code in {finding.code for finding in check_crisis(valley)}


def test_a_sound_crisis_ends_with_exit_0(valley, tmp_path):
    done = command("check", "valley", "--json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, '{\n  "findings": []\n}\n')


def test_quiet_shows_errors_only(tmp_path):
    done = command("check", "karabakh-2023", "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_such_folder_ends_with_exit_2(tmp_path):
    done = command("check", "nowhere", cwd=tmp_path)
    assert done.returncode == 2
