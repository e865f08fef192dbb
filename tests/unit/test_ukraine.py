"""The shipped crisis of a large country: clean, dated by vintage, made again from what was saved."""

import runpy
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from forestall.checks.every import check_crisis
from forestall.crisis import Crisis, read_crisis, shipped

ROOT = Path(__file__).parents[2]
SAVED = ROOT.parent / "shared" / "data"


def counted(moment: str) -> pl.DataFrame:
    """Return people who left as known at a moment, by vintage."""
    rows = read_crisis("ukraine-2022").at(moment)["counts"]
    return rows.filter(what="left").sort("known_at", "at")


@pytest.fixture(scope="module")
def crisis() -> Crisis:
    """The crisis with all that was ever known."""
    return read_crisis("ukraine-2022").everything()


def test_it_is_shipped_and_holds_no_error(crisis: Crisis) -> None:
    """Everything `run` would refuse is absent."""
    assert "ukraine-2022" in shipped()
    found = check_crisis(crisis)
    assert [f for f in found if f.severity == "error"] == []
    assert {f.code for f in found} == {"W205", "W246", "W251"}, "only corrected totals and a town cut off"


def test_a_revised_day_is_seen_as_it_was_known(crisis: Crisis) -> None:
    """Of one day the newest vintage known at the moment counts, and it changes later."""
    day = pl.col("at").dt.date() == pl.date(2022, 2, 24)
    seen = [
        counted(moment).filter(day)["value"][-1]
        for moment in ("2022-03-08T20:00+02:00", "2022-06-09T20:00+03:00")
    ]
    assert seen[0] > seen[1] == 79_209


def test_nothing_is_known_before_it_happened_or_before_the_first_vintage(crisis: Crisis) -> None:
    """A count is not known before its moment, nor before anybody published it."""
    counts = crisis["counts"]
    assert counts.filter(pl.col("at") > pl.col("known_at")).is_empty()
    assert counts["known_at"].min() == datetime(2022, 3, 6, 22, 58, 29, tzinfo=UTC)
    assert read_crisis("ukraine-2022").at("2022-03-06T22:00+02:00")["counts"].is_empty()


def test_only_changes_are_kept(crisis: Crisis) -> None:
    """Two vintages of one count in a row never give the same value."""
    left = crisis["counts"].filter(what="left").sort("at", "known_at")
    same = (pl.col("value") == pl.col("value").shift()) & (pl.col("at") == pl.col("at").shift())
    assert left.filter(same).is_empty()


def test_the_last_total_is_the_known_one(crisis: Crisis) -> None:
    """By 17 May 2022, as known the next day, 6,312,255 people had left."""
    assert counted("2022-05-18T20:00+03:00")["value"][-1] == 6_312_255


def test_the_script_makes_the_tables_that_are_shipped(crisis: Crisis, tmp_path: Path) -> None:
    """Counts, stocks and deaths come from the saved vintages and nothing else."""
    if not (SAVED / "crises" / "ukraine-2022").is_dir():
        pytest.skip("the saved vintages are not beside the project")
    made = runpy.run_path(str(ROOT / "bench" / "ukraine_tables.py"))
    rows = made["counts"](SAVED / "crises" / "ukraine-2022")
    assert [row["value"] for row in rows] == crisis["counts"].sort("count")["value"].to_list()
    assert len(made["stocks"](SAVED / "crises" / "ukraine-2022")) == crisis["stocks"].height
    assert len(made["deaths"](SAVED / "ucdp")) == crisis["deaths"].height
