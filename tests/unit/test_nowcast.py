"""The nowcast: the counts lead, nothing else runs again, and unknown is never shown as safe."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from flee_folders import write_folder
from forestall import nowcasting
from forestall.crisis import Crisis, open_crisis
from forestall.displacement import forecast as forecasting
from forestall.displacement import nowcast
from forestall.displacement.forecast import make_forecast
from forestall.displacement.nowcast import Nowcast, end_of_month, next_friday
from forestall.displacement.results import arrivals_at
from forestall.nowcasting import nowcast_of
from forestall.reporting.nowcast import nowcast_words
from forestall.schema.conventions import ALL
from valley import command

LATE = "2023-09-25T20:00+04:00"


def known(name: str, moment: str, draws: int = 100) -> Crisis:
    crisis = open_crisis(name).at(moment)
    return crisis.with_plan(crisis.plan.changed({"displace": {"particles": 200}}, draws=draws))


@pytest.fixture(scope="module")
def counted() -> Nowcast:
    return nowcast_of(known("ukraine-2022", "2022-03-14"))


def test_with_counts_no_other_part_of_the_chain_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("this part need not run again")

    monkeypatch.setattr(nowcasting, "run_stage", never)
    monkeypatch.setattr(forecasting, "exodus_of", never)
    monkeypatch.setattr(forecasting, "simulate", never)
    assert nowcast_of(known("karabakh-2023", LATE)).counted


def test_the_figures_are_those_of_the_whole_chain() -> None:
    crisis = known("karabakh-2023", LATE)
    found = nowcast_of(crisis)
    names, people = arrivals_at(make_forecast(crisis, crisis.plan.displace), [found.friday])
    low, median, high = np.quantile(people[:, 0, names.index(ALL)], (0.05, 0.5, 0.95))
    row = found.rows[0]
    assert row["friday_low"] == pytest.approx(low, abs=2)
    assert row["friday_median"] == pytest.approx(median, abs=2)
    assert row["friday_high"] == pytest.approx(high, abs=2)


def test_no_row_lies_below_its_count_and_bands_are_in_order(counted: Nowcast) -> None:
    assert len({row["place"] for row in counted.rows}) > 8
    for row in counted.rows:
        for name in ("friday", "month_end", "half", "most", "half_days", "most_days"):
            assert row[f"{name}_low"] <= row[f"{name}_median"] <= row[f"{name}_high"]
        assert row["friday_median"] <= row["month_end_median"]
        assert row["half_median"] <= row["most_median"]
        if row["counted"] is not None:
            assert row["friday_low"] >= row["counted"] - 1


def test_one_more_count_binds_the_draws() -> None:
    before = known("ukraine-2022", "2022-03-14")
    counts = before["counts"]
    left = counts.filter(pl.col("what") == "left").sort("at").tail(1)
    more = left.with_columns(
        pl.lit("one-more").alias("count"),
        pl.lit(datetime(2022, 3, 14, 18, tzinfo=UTC)).alias("at").cast(counts.schema["at"]),
        pl.lit(4_000_000.0).cast(counts.schema["value"]).alias("value"),
    )
    after = before.with_tables({"counts": pl.concat([counts, more.select(counts.columns)])})
    first, second = nowcast_of(before), nowcast_of(after)
    assert second.rows[0]["counted"] == 4_000_000
    ukraine = {row["place"]: row for row in second.rows}["ukraine"]
    assert ukraine["friday_low"] >= 4_000_000
    assert ukraine["friday_median"] > {row["place"]: row for row in first.rows}["ukraine"]["friday_median"]


def test_worlds_that_differ_stand_beside_the_median_with_their_odds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crisis = known("ukraine-2022", "2022-03-14", draws=400)
    monkeypatch.setattr(nowcast, "LEAST_CHANCE", 0.001)
    monkeypatch.setattr(nowcast, "DIFFERENT", 1.0)
    found = nowcast_of(crisis)
    worlds = [row for row in found.rows if row["world"]]
    assert len(worlds) == 2
    assert sum(row["probability"] for row in worlds) == pytest.approx(1)
    words = nowcast_words(found, crisis.zone)
    assert sum(any(row["world"] in line for row in worlds) for line in words) == 2
    assert any("rests on other wars" in line for line in words), "nobody was counted inside the country"
    monkeypatch.setattr(nowcast, "DIFFERENT", 100.0)
    assert not any(row["world"] for row in nowcast_of(crisis).rows), "worlds that are alike need no row"


def test_without_counts_the_chain_answers_and_says_so() -> None:
    crisis = known("karabakh-2023", "2023-09-18", draws=400)
    found = nowcast_of(crisis)
    assert not found.counted
    assert {row["arm"] for row in found.rows} == {"unconditional", "if it happens"}
    all_of_it = [row for row in found.rows if row["place"] == ALL]
    assert all(row["counted"] is None and row["counted_at"] is None for row in all_of_it)
    chance = {row["arm"]: row["month_end_chance"] for row in all_of_it}
    assert 0 < chance["if it happens"] < 1
    whole = next(row for row in all_of_it if row["arm"] == "unconditional")
    assert whole["half_median"] is None, "no day of a flight that may not be"
    words = nowcast_words(found, crisis.zone)
    assert words[0].startswith("Nobody of this flight was counted")
    assert "that anybody has" in words[1]


@pytest.mark.parametrize(
    ("moment", "friday", "month_end"),
    [
        ("2023-09-25T20:00+04:00", "2023-09-30", "2023-10-01"),
        ("2023-09-29T12:00+04:00", "2023-09-30", "2023-10-01"),
        ("2023-09-29", "2023-10-07", "2023-10-01"),
        ("2023-09-30", "2023-10-07", "2023-11-01"),
        ("2023-12-30", "2024-01-06", "2024-01-01"),
    ],
)
def test_friday_and_month_end_follow_the_clock_of_the_crisis(
    moment: str, friday: str, month_end: str
) -> None:
    crisis = open_crisis("karabakh-2023").at(moment)
    for found, day in ((next_friday, friday), (end_of_month, month_end)):
        assert found(crisis.moment, crisis).astimezone(crisis.zone).isoformat() == f"{day}T00:00:00+04:00"


def test_the_command_refuses_what_cannot_be_nowcast(tmp_path: Path) -> None:
    write_folder(tmp_path / "folder")
    command("import", "flee", "folder", "peer", cwd=tmp_path)
    refused = command("nowcast", "peer", cwd=tmp_path)
    assert refused.returncode == 2
    assert "told how many flee" in refused.stderr
    assert command("nowcast", "nowhere", cwd=tmp_path).returncode != 0
    late = command("nowcast", "karabakh-2023", "--as-of", "tomorrow", cwd=tmp_path)
    assert late.returncode == 2


def test_the_json_holds_every_place_and_the_words(tmp_path: Path) -> None:
    done = command(
        "nowcast", "karabakh-2023", "--as-of", LATE, "--draws", "20", "--json", "--quiet", cwd=tmp_path
    )
    found = json.loads(done.stdout)
    assert found["counted"] is True
    assert found["says"][0].startswith("Counted so far: 6,650 people")
    assert {row["place"] for row in found["rows"]} == {"ALL", "kornidzor"}
    assert {one["what"] for one in found["unused"]} >= {"wounded", "in_accommodation"}
