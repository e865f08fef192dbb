"""Fair and true: one rule for all sides, on the shipped crises and on one built from nothing."""

from datetime import date

import polars as pl
import pytest

from forestall.action.due import standing_of
from forestall.action.provisions import provisions_status
from forestall.action.stage import moment_of
from forestall.crisis import open_crisis
from forestall.options.act import ActOptions
from forestall.reporting.sections.now import standing_in_words

SHIPPED = ("karabakh-2023", "ukraine-2022")


@pytest.fixture(params=SHIPPED)
def shipped(request):
    return open_crisis(request.param).everything()


def test_nobody_is_called_to_have_agreed_what_nobody_agreed(shipped):
    for row in shipped["triggers"].iter_rows(named=True):
        assert (standing_of(row)[0] == "agreed") == bool(row["agreed_by"])
        assert row["agreed_by"] or standing_in_words(row).startswith("nobody: proposed (")


def test_to_condemn_is_not_to_fight(shipped):
    parties = set(shipped["actors"].filter(pl.col("role") == "party")["name"])
    outside = shipped["events"].filter(
        pl.col("kind").is_in(["statement", "court"]) & ~pl.col("actor").is_in(list(parties))
    )
    assert outside.height
    assert outside.filter(pl.col("stance") == "conflict").is_empty()


def test_a_disputed_provision_names_both_readings_and_no_shut_road_is_kept(shipped):
    log = shipped["provision_status"].filter(pl.col("status") == "disputed")
    assert all((row or "").count(":") >= 2 and "|" in row for row in log["readings"])
    for moment in ("2022-12-12", "2022-12-13", "2023-06-16", "2023-08-01"):
        crisis = shipped.at(moment)
        table = provisions_status(crisis, ActOptions(), moment_of(crisis))
        promised = crisis["provisions"].filter(pl.col("corridors").is_not_null())["provision"]
        assert "kept" not in set(table.filter(pl.col("provision").is_in(promised.implode()))["status"])
        differ = table.filter(pl.col("status") == "disputed")
        assert differ["readings"].null_count() == 0


def test_losses_of_both_sides_stand_where_those_of_one_do():
    """An episode in which both fought has rows of both; the one-sided ones are named, and no more."""
    losses = open_crisis("karabakh-2023").everything()["losses"]
    # Episodes in which only one side could lose, or of which the other side's dead are not public.
    alone = r"Khojaly|Maraga|Gugark|strike|landmines|mine |peacekeepers|fuel depot|road to Armenia"
    both = losses.filter(~pl.col("episode").str.contains(alone))
    sides = both.group_by("episode").agg(pl.col("side").n_unique())
    assert sides.filter(pl.col("side") < 2).is_empty(), sides.filter(pl.col("side") < 2)["episode"].to_list()
    mines = losses.filter(pl.col("episode").str.contains("mine"))
    assert set(mines["side"]) == {"Armenian", "Azerbaijani"}


def test_the_record_holds_what_is_public_with_a_source():
    crisis = open_crisis("karabakh-2023").everything()
    assert {"unsc-822", "unsc-853", "unsc-874", "unsc-884"} <= set(crisis["agreements"]["agreement"])
    assert set(crisis["provisions"]["agreement"]) == set(crisis["agreements"]["agreement"])
    ultimatum = crisis["events"].filter(pl.col("step") == "ultimatum")
    assert ultimatum.filter(pl.col("date") == date(2023, 5, 28)).height == 1
    icrc = crisis["events"].filter((pl.col("actor") == "ICRC") & (pl.col("form") == "verbal"))
    first = icrc.filter(pl.col("date") >= date(2022, 12, 12))["date"].min()
    assert (first - date(2022, 12, 12)).days <= 10
    missing = crisis["indicators"].filter(pl.col("indicator").str.starts_with("missing persons"))
    assert set(missing["where"]) == {"ARM", "AZE"}
    rows = crisis["events"].filter(pl.col("date") >= date(2022, 1, 1))
    of_baku = {"azernews", "trend", "report-az", "news-az", "apa", "turan", "menafn-trend"}
    assert rows.filter(pl.col("source").is_in(list(of_baku))).height >= 10


def test_the_bypass_leaves_the_road_at_its_stone_of_36_km():
    corridors = open_crisis("karabakh-2023")["corridors"]
    way = corridors.filter(pl.col("corridor").is_in(["stepanakert-shushi", "shushi-turshsu"]))
    assert way["km"].sum() == 36
