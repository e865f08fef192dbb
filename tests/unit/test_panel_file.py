"""What a panel file may hold, and what becomes of it."""

import numpy as np
import polars as pl
import pytest

from forestall.core.errors import CrisisError
from forestall.evaluation.panels import open_panel
from forestall.recording.panel import compare_vintages, read_panel
from small_panel import panel_table, small_panel


def written(table, tmp_path, name="panel.parquet"):
    path = tmp_path / name
    table.write_parquet(path) if name.endswith("parquet") else table.write_csv(path)
    return path


def codes(findings):
    return sorted(finding.code for finding in findings)


def test_a_clean_panel_is_read_as_it_is(tmp_path):
    panel = small_panel(100)
    for name in ("panel.parquet", "panel.csv"):
        read, findings = open_panel(written(panel_table(panel), tmp_path, name))
        order = [panel.countries.index(code) for code in read.countries]
        assert np.array_equal(read.deaths, panel.deaths[:, order])
        assert findings == []


def test_what_cannot_be_a_count_becomes_unknown_never_nought(tmp_path):
    table = panel_table(small_panel(60)).with_row_index()
    value = pl.col("ged_sb")
    broken = table.with_columns(
        pl.when(pl.col("index") == 5)
        .then(-3.0)
        .when(pl.col("index") == 6)
        .then(float("inf"))
        .otherwise(value)
        .alias("ged_sb")
    ).drop("index")
    read = read_panel(written(broken, tmp_path))
    assert read.table["deaths"].null_count() == 2
    assert codes(read.findings) == ["W232"]


def test_repeated_cells_are_kept_once_and_contradictions_are_unknown(tmp_path):
    table = panel_table(small_panel(60))
    more = pl.concat([table, table.head(1), table[1:2].with_columns(pl.col("ged_sb") + 1)])
    read = read_panel(written(more, tmp_path))
    assert read.table.height == table.height
    assert read.table["deaths"].null_count() == 1
    assert codes(read.findings) == ["N331", "W231"]


def test_fractions_are_rounded_and_gaps_and_new_states_are_said(tmp_path):
    table = panel_table(small_panel(60))
    table = table.with_columns(pl.col("ged_sb") + 0.2)
    gone = (pl.col("country_id") == 125) & (pl.col("month_id") == 140)
    late = (pl.col("country_id") == 126) & (pl.col("month_id") < 150)
    read, findings = open_panel(written(table.filter(~gone & ~late), tmp_path))
    assert codes(findings) == ["N332", "N334", "W234"]
    column = read.countries.index("125")
    assert np.isnan(read.deaths[140 - 121, column])
    assert not np.isnan(read.deaths[141 - 121, column])


def test_a_last_month_that_is_not_complete_is_left_out(tmp_path):
    table = panel_table(small_panel(60))
    last = table["month_id"].max()
    empty = table.with_columns(
        pl.when(pl.col("month_id") == last).then(0.0).otherwise("ged_sb").alias("ged_sb")
    )
    partial = table.filter((pl.col("month_id") < last) | (pl.col("country_id") == 125))
    for broken in (empty, partial):
        read = read_panel(written(broken, tmp_path))
        assert read.table["month"].max() == last - 1
        assert "W233" in codes(read.findings)


def test_all_faults_of_the_columns_come_together(tmp_path):
    table = (
        panel_table(small_panel(30))
        .rename({"ged_sb": "ged_bs"})
        .with_columns(pl.col("month_id").cast(pl.String))
    )
    with pytest.raises(CrisisError) as caught:
        read_panel(written(table, tmp_path))
    assert codes(caught.value.findings) == ["E153", "E154"]
    assert caught.value.findings[-1].nearest == "ged_bs"
    with pytest.raises(CrisisError, match="no such file"):
        read_panel(tmp_path / "absent.parquet")


def test_another_release_is_compared(tmp_path):
    ours = read_panel(written(panel_table(small_panel(40)), tmp_path)).table
    other = ours.with_columns(
        pl.when(pl.col("month") == 130).then(pl.col("deaths") + 1).otherwise("deaths").alias("deaths")
    )
    assert compare_vintages(ours, other).value == "12"


def test_the_deaths_that_ship_are_a_panel_without_a_file():
    panel, findings = open_panel()
    assert findings == []
    assert panel.deaths.shape == (408, 191)
    assert panel.last_month == 528
    assert panel.borders.any()
    assert 2_000_000 < np.nansum(panel.deaths) < 2_200_000
