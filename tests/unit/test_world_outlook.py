"""The world at a glance: odds of every country, with nothing known later than the moment."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forestall import outlook
from forestall.core.errors import CrisisError
from forestall.outlook import displaced, odds
from valley import command

MOMENT = datetime(2018, 5, 31, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return outlook.world_table(MOMENT, draws=200)


def test_every_country_of_the_panel_has_odds_and_codes(table: pl.DataFrame) -> None:
    chances = table.filter(pl.col("quantity") == "p_25", pl.col("horizon") == 3)
    assert chances.height >= 185
    assert chances["value"].is_between(0, 1).all()
    assert set(table["quantity"]) <= set(outlook.dictionary()["quantity"])
    assert table.select("iso3", "country", "unit", "value").null_count().row(0) == (0, 0, 0, 0)
    assert table["data_to"].unique().to_list() == [datetime(2018, 4, 1, tzinfo=UTC).date()]


def test_odds_grow_with_the_horizon_and_fall_with_the_bar(table: pl.DataFrame) -> None:
    odds_of = table.filter(pl.col("quantity").is_in(["p_25", "p_100"]))
    whole = odds_of.pivot(on=["quantity", "horizon"], index="iso3", values="value")
    names = [name for name in whole.columns if name != "iso3"]
    by = {name: whole[name].to_numpy() for name in names}
    key = {(q, h): by[f'{{"{q}",{h}}}'] for q in ("p_25", "p_100") for h in (3, 6, 12)}
    assert (key["p_25", 3] <= key["p_25", 6]).all()
    assert (key["p_25", 6] <= key["p_25", 12]).all()
    assert (key["p_100", 12] <= key["p_25", 12]).all()


def test_the_one_that_rose_most_comes_first(table: pl.DataFrame) -> None:
    rose = table.filter(pl.col("quantity") == "change_p_25", pl.col("horizon") == 3)["value"].to_list()
    assert rose == sorted(rose, reverse=True)


def test_what_came_later_changes_nothing(table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    load, load_inside = odds.load_deaths, displaced.load_inside

    def worse(as_of: datetime | None = None, *, by: str = "month") -> pl.DataFrame:
        late = pl.when(pl.col("known_at") > MOMENT).then(99_999).otherwise(pl.col("best"))
        changed = load(None, by=by).with_columns(late.cast(pl.Int32).alias("best"))
        return changed if as_of is None else changed.filter(pl.col("known_at") <= as_of)

    def moved(as_of: datetime | None = None) -> pl.DataFrame:
        late = pl.when(pl.col("known_at") > MOMENT).then(9_999_999).otherwise(pl.col("moved"))
        changed = load_inside(None).with_columns(late.alias("moved"))
        return changed if as_of is None else changed.filter(pl.col("known_at") <= as_of)

    for module in (odds, displaced):
        monkeypatch.setattr(module, "load_deaths", worse)
    monkeypatch.setattr(displaced, "load_inside", moved)
    assert outlook.world_table(MOMENT, draws=200).equals(table)


def test_a_moment_before_the_data_is_refused() -> None:
    with pytest.raises(CrisisError) as early:
        outlook.world_table(datetime(1980, 1, 1, tzinfo=UTC), draws=50)
    assert early.value.findings[0].code == "E504"


def test_the_pool_is_better_than_last_year_and_scores_are_honest() -> None:
    scores = outlook.score_displaced(range(2019, 2023), odds.known_panel(MOMENT).countries)
    means = dict(scores.group_by("rule").agg(pl.col("log1p_crps").mean()).iter_rows())
    assert means["pool"] < means["own five years"] < means["last year"]
    made = displaced.displaced_draws(datetime(2018, 12, 31, tzinfo=UTC), ("COL", "NER"))
    years, _ = displaced.moved_matrix(datetime(2018, 12, 31, tzinfo=UTC), ("COL",))
    assert max(years) == 2017
    assert np.all(np.diff(made["pool"], axis=1) >= 0)


def test_the_command_gives_json_files_and_refuses_the_future(tmp_path: Path) -> None:
    done = command("world", "--as-of", "2018-05-31", "--draws", "50", "--json", cwd=tmp_path)
    rows = json.loads(done.stdout)["rows"]
    assert {"iso3", "m49", "quantity", "horizon", "quantile", "value", "unit"} <= set(rows[0])
    assert (
        command("world", "--as-of", "2018-05-31", "--draws", "50", "--out", "w", cwd=tmp_path).returncode == 0
    )
    assert {path.name for path in (tmp_path / "w").iterdir()} == {
        "world.csv", "world.parquet", "world.xlsx", "dictionary.csv",
    }  # fmt: skip
    assert pl.read_csv(tmp_path / "w" / "world.csv").height == len(rows)
    assert command("world", "--as-of", "2190-01-01", cwd=tmp_path).returncode == 2
    assert command("world", "--out", "x.pdf", "--draws", "50", cwd=tmp_path).returncode == 2
    assert not (tmp_path / "x.pdf").exists()
    assert command("score", "world", "--years", "20x9", cwd=tmp_path).returncode == 2
