"""Fair and true: one rule for all sides, on the shipped crises and on one built from nothing."""

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
