"""Facts that must hold in the shipped crisis karabakh-2023, and what no replay of it may know."""

import csv
from collections import deque
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

import forestall as fs
from forestall.checks import check_crisis
from forestall.claims.judge import check_claims
from forestall.crisis import Crisis, folder_of
from forestall.schema import load_schema

CLOSED = "2022-12-13"
OFFENSIVE = "2023-09-19T20:00+04:00"
COUNTED = "2023-09-25T20:00+04:00"
AFTER = "2023-10-03"
DE_FACTO = "Nagorno-Karabakh de facto authorities"
WAY_OUT = ("stepanakert-shushi", "shushi-turshsu", "turshsu-hakari_bridge", "hakari_bridge-kornidzor")


@pytest.fixture(scope="module")
def crisis() -> Crisis:
    return fs.open("karabakh-2023").everything()


@pytest.fixture(scope="module")
def replays(crisis: Crisis) -> dict[str, Crisis]:
    return {moment: crisis.at(moment) for moment in (CLOSED, OFFENSIVE, COUNTED, AFTER)}


def arrived(crisis: Crisis) -> pl.DataFrame:
    """Return the running totals of arrivals, by the moment they refer to."""
    counts = crisis["counts"].filter((pl.col("what") == "arrived") & (pl.col("record") == "cumulative"))
    return counts.sort("at")


def statuses(crisis: Crisis) -> dict[str, str]:
    """Return the latest status of every corridor."""
    return dict(crisis.status("corridor_status").select("corridor", "status").iter_rows())


def reached(crisis: Crisis, start: str, passable: set[str]) -> set[str]:
    """Return the places that the corridors of these statuses reach from a place."""
    status = statuses(crisis)
    ways: dict[str, list[str]] = {}
    for name, origin, goal in crisis["corridors"].select("corridor", "from_place", "to_place").iter_rows():
        if status.get(name) in passable:
            ways.setdefault(origin, []).append(goal)
    seen, queue = {start}, deque([start])
    while queue:
        for place in ways.get(queue.popleft(), []):
            if place not in seen:
                seen.add(place)
                queue.append(place)
    return seen


def held_by(crisis: Crisis, holder: str) -> set[str]:
    """Return the places a holder has by the latest rows."""
    rows = crisis.status("control").filter(pl.col("held_by") == holder)
    return set(rows["place"])


# --- the tables as such --------------------------------------------------------------------


def test_no_error_and_no_warning_but_places_off_the_network(crisis: Crisis) -> None:
    assert {finding.code for finding in check_crisis(crisis)} <= {"W205"}


@pytest.mark.parametrize(
    ("table", "least"),
    [
        ("places", 50), ("corridors", 100), ("corridor_status", 150), ("population", 45), ("control", 40),
        ("events", 250), ("deaths", 1490), ("losses", 70), ("movements", 25), ("counts", 85),
        ("destination_shares", 70), ("stocks", 45), ("access", 85), ("standards", 15), ("demography", 15),
        ("actors", 40), ("ties", 70), ("agreements", 8), ("provisions", 45), ("provision_status", 60),
        ("commitments", 40), ("commitment_status", 45), ("triggers", 14), ("indicators", 530),
        ("claims", 80), ("sources", 140),
    ],
)  # fmt: skip
def test_every_section_is_there(crisis: Crisis, table: str, least: int) -> None:
    assert crisis[table].height >= least


def test_every_row_says_where_it_comes_from(crisis: Crisis) -> None:
    known = set(crisis["sources"]["source"])
    for name, table in load_schema().items():
        if table.kind != "result" and name != "sources" and crisis.has(name):
            assert set(crisis[name]["source"]) <= known, name
            assert crisis[name]["basis"].null_count() == crisis[name]["confidence"].null_count() == 0, name


def test_a_row_recalled_is_marked_low_and_has_no_page(crisis: Crisis) -> None:
    for name, table in load_schema().items():
        if "basis" not in table.names or not crisis.has(name) or name == "actors":
            continue
        recalled = crisis[name].filter(pl.col("basis") == "recalled")
        assert set(recalled["confidence"]) <= {"low"}, name


def test_both_names_stand_where_two_are_in_use(crisis: Crisis) -> None:
    inside = crisis["places"].filter((pl.col("country") == "AZE") & (pl.col("kind") == "settlement"))
    one_name = {"lachin", "barda", "hadrut"}
    named = inside.filter(~pl.col("place").is_in(list(one_name)))
    assert named.filter(~pl.col("name").str.contains("/"))["place"].to_list() == []
    assert set(inside["other_names"].is_null()) == {False}


def test_no_cell_of_a_stage_reads_notes(crisis: Crisis, replays: dict[str, Crisis]) -> None:
    assert crisis["events"]["note"].null_count() < crisis["events"].height
    for replay in replays.values():
        for name in replay:
            if "note" in replay[name].columns:
                assert replay[name]["note"].null_count() == replay[name].height, name


# --- the network ---------------------------------------------------------------------------


def test_every_stretch_has_both_directions_and_no_capacity_from_hindsight(crisis: Crisis) -> None:
    corridors = crisis["corridors"]
    pairs = set(corridors.select("from_place", "to_place", "road").iter_rows())
    assert all((goal, origin, road) in pairs for origin, goal, road in pairs)
    assert corridors["vehicles_per_hour"].null_count() == corridors.height


def test_road_is_longer_than_the_straight_line(crisis: Crisis) -> None:
    from forestall.core.geography import great_circle_km

    where = {row["place"]: (row["lon"], row["lat"]) for row in crisis["places"].iter_rows(named=True)}
    for row in crisis["corridors"].iter_rows(named=True):
        straight = float(great_circle_km(*where[row["from_place"]], *where[row["to_place"]]))
        assert straight <= row["km"] <= max(3 * straight, 1.0), row["corridor"]


@pytest.mark.parametrize("moment", [CLOSED, OFFENSIVE])
def test_from_every_origin_with_people_the_roads_lead_to_every_marz(
    crisis: Crisis, replays: dict[str, Crisis], moment: str
) -> None:
    replay = replays[moment]
    hosts = set(crisis["places"].filter(pl.col("hosts"))["place"])
    assert len(hosts) == 11
    origins = set(replay["population"].filter(pl.col("level") == "district")["place"])
    for origin in sorted(origins & held_by(replay, DE_FACTO)):
        assert hosts <= reached(replay, origin, {"open", "restricted", "humanitarian_only"}), origin


def test_while_the_road_is_closed_nobody_gets_out_and_after_the_opening_everybody(
    replays: dict[str, Crisis],
) -> None:
    for moment in (CLOSED, OFFENSIVE):
        assert "kornidzor" not in reached(replays[moment], "stepanakert", {"open"})
    for origin in ("stepanakert", "martuni", "askeran"):
        assert {"kornidzor", "goris", "yerevan"} <= reached(replays[COUNTED], origin, {"open"})
    assert "stepanakert" not in reached(replays[COUNTED], "kornidzor", {"open"})


# --- what was known when -------------------------------------------------------------------


def test_what_closed_the_road_is_known_on_the_first_replay(replays: dict[str, Crisis]) -> None:
    status = statuses(replays[CLOSED])
    assert status["shushi-turshsu"] == "humanitarian_only"
    assert "TL068" in set(replays[CLOSED]["events"]["event"])
    assert replays[CLOSED]["counts"].height == 0


def test_on_the_evening_of_the_offensive_only_its_start_is_known(replays: dict[str, Crisis]) -> None:
    replay = replays[OFFENSIVE]
    events = set(replay["events"]["event"])
    assert "TL106" in events
    assert not any(event.startswith(("TL106-", "TL107", "TL113", "TL114", "TL188")) for event in events)
    assert replay["events"]["date"].max() == date(2023, 9, 19)
    assert replay["counts"].height == 0
    assert set(replay["destination_shares"]["wave"]) == {"2020"}
    assert not replay["movements"]["wave"].str.contains("2023").any()
    assert not replay["population"]["who"].str.contains("derived|UN mission").any()
    assert replay["losses"]["start"].max() < date(2023, 9, 19)
    assert "ceasefire-2023" not in set(replay["agreements"]["agreement"])


def test_the_opening_of_the_road_is_not_known_before_it_was_reported(crisis: Crisis) -> None:
    opening = crisis["corridor_status"].filter(
        pl.col("corridor").is_in(WAY_OUT) & (pl.col("effective") >= datetime(2023, 9, 1, tzinfo=UTC))
    )
    assert set(opening["status"]) == {"open"}
    assert opening["known_at"].min() == datetime(2023, 9, 24, 12, 56, tzinfo=UTC)
    assert (opening["effective"] <= opening["known_at"]).all()
    stretch = opening.filter(pl.col("corridor") == "stepanakert-shushi")
    assert stretch.select("basis", "confidence").row(0) == ("assumption", "low")


def test_the_last_count_known_on_25_september_is_6650_at_17_00(replays: dict[str, Crisis]) -> None:
    last = arrived(replays[COUNTED]).row(-1, named=True)
    assert (last["value"], last["at"]) == (6650, datetime(2023, 9, 25, 13, tzinfo=UTC))


def test_100600_by_3_october_and_not_before(crisis: Crisis, replays: dict[str, Crisis]) -> None:
    assert 100_600 <= arrived(replays[AFTER])["value"].max() <= 100_640
    assert arrived(crisis.at("2023-10-02"))["value"].max() < 100_600


def test_half_had_arrived_in_the_afternoon_of_27_september(crisis: Crisis) -> None:
    counts = arrived(crisis)
    half = 100_632 / 2
    before = counts.filter(pl.col("value") < half).row(-1, named=True)
    after = counts.filter(pl.col("value") >= half).row(0, named=True)
    assert before["at"] == datetime(2023, 9, 27, 11, tzinfo=UTC)
    assert after["at"] <= datetime(2023, 9, 27, 16, tzinfo=UTC)


def test_running_totals_never_fall(crisis: Crisis) -> None:
    rows = crisis["counts"].filter(pl.col("record") == "cumulative").sort("at")
    for _, table in rows.group_by("what", "place"):
        assert table["value"].is_sorted()


def test_interpolated_counts_are_marked_and_known_only_after_their_last_input(crisis: Crisis) -> None:
    rows = crisis["counts"].filter(pl.col("precision") == "interpolated")
    assert rows.height == 10
    assert set(rows["basis"]) == {"derived"}
    assert rows["known_at"].min() >= datetime(2023, 10, 7, tzinfo=UTC)


def test_the_first_row_of_an_event_does_not_hold_what_became_known_later(crisis: Crisis) -> None:
    events = crisis["events"]
    later = events.filter(pl.col("outcome_of").is_not_null())
    first = events.join(later.select("outcome_of"), left_on="event", right_on="outcome_of", how="semi")
    assert later.height >= 40
    assert first["value"].null_count() == first.height
    pairs = later.join(events, left_on="outcome_of", right_on="event", suffix="_first")
    assert (pairs["known_at"] >= pairs["known_at_first"]).all()


def test_no_reference_table_speaks_of_the_flight(crisis: Crisis) -> None:
    folder = folder_of("karabakh-2023")
    words = ("exodus", "entry point", "registration", "humanitarian point", "bottleneck", "explosion")
    for name in ("places", "corridors", "standards", "actors"):
        for row in _cells(folder / f"{name}.csv"):
            assert not any(word in row for word in words), (name, row)


def _cells(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield " ".join(row.values()).lower()


# --- both sides ----------------------------------------------------------------------------


def test_the_flight_of_both_sides_is_there(crisis: Crisis) -> None:
    rows = crisis["movements"].filter(pl.col("part_of").is_null())
    azerbaijanis = rows.filter(pl.col("group").str.contains("Azerbaijanis") & (pl.col("kind") != "returnees"))
    armenians = rows.filter(pl.col("group") == "Armenians")
    assert azerbaijanis["people"].sum() >= 800_000
    assert armenians["people"].sum() >= 600_000


def test_parts_stand_below_a_larger_row_that_was_known_no_later(crisis: Crisis) -> None:
    rows = crisis["movements"]
    pairs = rows.filter(pl.col("part_of").is_not_null()).join(
        rows, left_on="part_of", right_on="movement", suffix="_all"
    )
    assert pairs.height >= 9
    assert (pairs["known_at_all"] <= pairs["known_at"]).all()


def test_losses_name_a_side_and_tell_civilians_apart(crisis: Crisis) -> None:
    losses = crisis["losses"]
    assert set(losses["side"]) == {"Armenian", "Azerbaijani", "Russian"}
    for side in ("Armenian", "Azerbaijani"):
        assert losses.filter((pl.col("side") == side) & (pl.col("who_died") == "civilian")).height >= 5


def test_the_estimates_of_residents_span_the_whole_dispute(crisis: Crisis) -> None:
    totals = crisis["population"].filter(
        (pl.col("place") == "nk_total") & (pl.col("date") >= date(2010, 1, 1))
    )
    claimed = totals.filter(pl.col("kind") != "observed")
    assert (claimed["people"].min(), claimed["people"].max()) == (25_000, 150_932)
    assert claimed["who"].n_unique() >= 7


def test_claims_of_every_voice_are_decided_by_rows(crisis: Crisis) -> None:
    judged = check_claims(crisis)
    verdicts = judged.tables["claims_verdicts"]
    assert judged.findings == []
    assert {"Government of Azerbaijan", "Government of Armenia", DE_FACTO, "Russia", "UNHCR"} <= set(
        verdicts["voice"]
    )
    found = dict(verdicts.select("claim", "verdict").iter_rows())
    assert found["CL07"] == "contested"
    assert found["CL17"] == "contradicted"
    assert found["AZ01"] == "contradicted"
    assert found["AZ04"] == "contradicted"
    assert found["UN01"] == "contradicted"
    assert {found[claim] for claim in ("CL26", "CL36", "CL37", "AZ05")} == {"supported"}
    assert {found[claim] for claim in ("AZ02", "AZ11", "NK01", "NK08", "AM02")} == {"not testable"}
    judgements = verdicts.filter(pl.col("kind") == "judgement")
    assert set(judgements["verdict"]) == {"not testable"}


# --- figures that other tables must agree with ---------------------------------------------


def test_known_deaths_by_month(crisis: Crisis) -> None:
    months = crisis["deaths"].filter((pl.col("period") == "month") & (pl.col("violence") == "state-based"))
    newest = months.sort("known_at").unique(["where", "start"], keep="last")
    best = {(row["where"], row["start"]): row["best"] for row in newest.iter_rows(named=True)}
    assert best["AZE", date(2020, 10, 1)] == 1445
    assert best["AZE", date(2020, 11, 1)] == 5991
    assert best["ARM", date(2022, 9, 1)] == 149
    assert best["AZE", date(2023, 9, 1)] == 430
    assert best["AZE", date(2023, 8, 1)] == 0
    countries = set(months["where"])
    assert countries == {"AZE", "ARM", "GEO", "IRN", "TUR", "RUS"}


def test_months_and_years_of_the_same_source_agree(crisis: Crisis) -> None:
    rows = crisis["deaths"].filter(
        (pl.col("violence") == "state-based") & pl.col("where").is_in(["AZE", "ARM"])
    )
    newest = rows.sort("known_at").unique(["where", "period", "start"], keep="last")
    sums = newest.group_by("where", pl.col("start").dt.year().alias("of"), "period").agg(pl.col("best").sum())
    months = sums.filter(pl.col("period") == "month")
    years = sums.filter(pl.col("period") == "year")
    both = months.join(years, on=["where", "of"], suffix="_year")
    assert both.height >= 60
    assert ((both["best"] - both["best_year"]).abs() <= 1).all()


def test_a_month_is_known_from_the_20th_of_the_next_on_or_from_its_revision(crisis: Crisis) -> None:
    months = crisis["deaths"].filter(pl.col("period") == "month")
    rule = pl.col("start").dt.offset_by("1mo").dt.offset_by("19d")
    local = pl.col("known_at").dt.convert_time_zone("Etc/GMT-4").dt.date()
    released = months.filter(pl.col("known_basis") == "release rule")
    assert released.select((local == rule).all()).item()
    revised = months.filter(pl.col("known_basis") != "release rule")
    assert set(revised["vintage"]) == {"GED 24.1"}
    assert revised["known_at"].min() > datetime(2024, 6, 1, tzinfo=UTC)


def test_gas_shares_follow_from_the_flows(crisis: Crisis) -> None:
    ties = {row["tie"]: row for row in crisis["ties"].iter_rows(named=True)}
    now, then = ties["eu-aze-energy-2022"], ties["eu-rus-energy-2021"]
    assert round(now["flow"] / now["total"], 3) == now["share"] == 0.032
    assert round(now["flow"] / then["flow"], 3) == 0.074


def test_an_unknown_share_is_empty_and_never_nothing(crisis: Crisis) -> None:
    ties = crisis["ties"]
    assert ties["share"].null_count() >= 15
    nothing = ties.filter(share=0)
    assert set(nothing["source"]) <= {"sipri-register", "derived"}, "nothing is said only of a whole record"
    assert nothing["note"].null_count() == 0


def test_shares_of_one_total_do_not_exceed_it(crisis: Crisis) -> None:
    sums = crisis["ties"].group_by("actor", "channel", "year", "of_what").agg(pl.col("share").sum())
    assert sums["share"].max() <= 1.0


def test_agreements_hold_what_each_side_and_the_guarantor_owe(crisis: Crisis) -> None:
    owed = crisis["provisions"].filter(pl.col("agreement") == "statement-2020")
    for who in ("Armenia", "Azerbaijan", "Russia"):
        assert owed.filter(pl.col("who").str.contains(who)).height >= 3
    assert set(crisis["provisions"]["provision"]) == set(crisis["provision_status"]["provision"])


# --- against the facts it was written from -------------------------------------------------


def test_the_counts_are_those_of_the_record(shared: Path, crisis: Crisis) -> None:
    with (shared / "data" / "karabakh" / "arrivals.csv").open(encoding="utf-8", newline="") as file:
        facts = [row for row in csv.DictReader(file) if row["record_type"] == "cumulative"]
    ours = dict(arrived(crisis).select("count", "value").iter_rows())
    assert ours == {row["row_id"]: int(row["cumulative_arrivals"]) for row in facts}


def test_the_months_are_those_of_the_panel(shared: Path, crisis: Crisis) -> None:
    panel = pl.read_parquet(shared / "data" / "ucdp" / "cm_ged_sb_1990_2023.parquet")
    facts = panel.filter(pl.col("country_id") == 126).sort("month_id")["ged_sb"]
    months = crisis["deaths"].filter(
        (pl.col("period") == "month") & (pl.col("where") == "AZE") & (pl.col("vintage") == "GED 24.1")
    )
    assert months.sort("start")["best"].to_list() == facts.to_list()


def test_no_observed_row_is_known_before_its_page_was_published(shared: Path, crisis: Crisis) -> None:
    with (shared / "data" / "karabakh" / "timeline.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    published = {row["event_id"]: date.fromisoformat(row["published"]) for row in rows}
    page = {row["event_id"]: row["source_url"] for row in rows}
    known = crisis["events"].with_columns(pl.col("known_at").dt.convert_time_zone("Etc/GMT-4").dt.date())
    first = known.filter(pl.col("outcome_of").is_null())
    assert set(first["event"]) >= set(published)
    # A row that cites another page than the collection carries the day of that page.
    days = first.filter(pl.col("event").is_in(list(published))).select("event", "known_at", "url").iter_rows()
    assert all(day >= published[event] for event, day, url in days if (url or "") == page[event])
