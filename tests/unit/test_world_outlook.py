"""The world at a glance: odds of every country, with nothing known later than the moment."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forestall import outlook
from forestall.core import alike
from forestall.core.errors import CrisisError
from forestall.outlook import displaced, odds, yearly
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
    load, load_inside, load_abroad = odds.load_deaths, yearly.load_inside, yearly.load_abroad

    def worse(as_of: datetime | None = None, *, by: str = "month") -> pl.DataFrame:
        late = pl.when(pl.col("known_at") > MOMENT).then(99_999).otherwise(pl.col("best"))
        changed = load(None, by=by).with_columns(late.cast(pl.Int32).alias("best"))
        return changed if as_of is None else changed.filter(pl.col("known_at") <= as_of)

    def moved(as_of: datetime | None = None) -> pl.DataFrame:
        late = pl.when(pl.col("known_at") > MOMENT).then(9_999_999).otherwise(pl.col("moved"))
        changed = load_inside(None).with_columns(late.alias("moved"))
        return changed if as_of is None else changed.filter(pl.col("known_at") <= as_of)

    def fled(as_of: datetime | None = None) -> pl.DataFrame:
        late = pl.when(pl.col("known_at") > MOMENT).then(9_999_999).otherwise(pl.col("refugees"))
        changed = load_abroad(None).with_columns(late.cast(pl.Int32).alias("refugees"))
        return changed if as_of is None else changed.filter(pl.col("known_at") <= as_of)

    for module in (odds, yearly):
        monkeypatch.setattr(module, "load_deaths", worse)
    monkeypatch.setattr(yearly, "load_inside", moved)
    monkeypatch.setattr(yearly, "load_abroad", fled)
    assert outlook.world_table(MOMENT, draws=200).equals(table)


def test_a_moment_before_the_data_is_refused() -> None:
    with pytest.raises(CrisisError) as early:
        outlook.world_table(datetime(1980, 1, 1, tzinfo=UTC), draws=50)
    assert early.value.findings[0].code == "E504"


@pytest.fixture(scope="module")
def scores() -> dict[tuple[str, str, str], float]:
    """Mean log1p CRPS by what is forecast, what was known, and rule."""
    made = outlook.score_displaced(range(2016, 2018), odds.known_panel(MOMENT).countries)
    means = made.group_by("what", "known", "rule").agg(pl.col("log1p_crps").mean())
    return {(what, known, rule): score for what, known, rule, score in means.iter_rows()}


def test_the_rules_of_the_world_are_better_than_the_plain_ones(scores) -> None:
    for known in ("figures once they are out", "figures at once"):
        pool = scores["inside", known, "pool"]
        plain = ("nobody", "last year", "own three years", "own years", "analogues", "steps")
        assert all(pool < scores["inside", known, rule] for rule in plain)
        held = scores["abroad", known, "analogues"]
        assert held < min(scores["abroad", known, rule] for rule in ("no change", "last change goes on"))


def test_figures_that_must_be_waited_for_are_worth_less(scores) -> None:
    for what, rule in (("inside", "pool"), ("abroad", "analogues")):
        assert scores[what, "figures at once", rule] < scores[what, "figures once they are out", rule]


def test_what_is_learnt_spans_as_many_years_as_the_forecast() -> None:
    moment = datetime(2018, 12, 31, tzinfo=UTC)
    history = yearly.moved_yearly(moment, ("COL", "NER"))
    assert history.years[-1] == 2017
    assert displaced.target_year(moment) == 2019
    stock = yearly.stock_yearly(moment, ("COL", "NER"))
    cases = displaced.inside_cases(moment, ("COL", "NER"), history, stock)
    assert np.array_equal(cases.before[:, :, 0], np.log1p(history.values[:-2]))
    assert np.array_equal(cases.after, np.log1p(history.values[2:]))
    made = displaced.inside_draws(moment, ("COL", "NER"))
    assert np.all(np.diff(made["pool"], axis=1) >= 0)
    assert displaced.inside_draws(datetime(2010, 1, 1, tzinfo=UTC), ("COL",)) == {}


def test_deaths_are_of_the_twelve_months_known_last_and_the_same_months_before() -> None:
    moment = datetime(2018, 12, 31, tzinfo=UTC)
    deaths = yearly.deaths_before(moment, ("NGA", "ISR", "PSE"), 2019, (2018, 2019))
    rows = odds.load_deaths(moment).sort("known_at").unique(["iso3", "start", "violence"], keep="last")
    newest = rows.filter(pl.col("iso3") == "NGA", pl.col("start") >= datetime(2017, 12, 1))  # noqa: DTZ001
    assert newest["start"].max() == datetime(2018, 11, 1).date()  # noqa: DTZ001
    assert deaths[1, 0] == newest["best"].sum() > 0
    assert deaths[1, 1] == deaths[1, 2]


def test_a_country_counted_with_another_has_displacement_but_no_odds_of_its_own(table: pl.DataFrame) -> None:
    own = table.filter(pl.col("iso3") == "PSE")
    assert {"displaced", "abroad"} <= set(own["quantity"])
    assert not {"p_25", "deaths"} & set(own["quantity"])
    assert "PSE" in outlook.wide(table)["iso3"]


def test_the_steps_find_a_rule_that_is_there_and_keep_the_base_rate_without_one() -> None:
    stream = np.random.default_rng(5)
    known = stream.normal(size=(4000, 1))
    happened = np.where(stream.random(4000) < 1 / (1 + np.exp(-2 * known[:, 0])), 7.0, 0.0)
    now = np.array([[-1.5], [0.0], [1.5]])
    made = alike.steps(known, happened, now, np.array([1.0]), 1.0)
    chance = made.weights[:, made.values > 1].sum(axis=1)
    assert np.allclose(chance, 1 / (1 + np.exp(-2 * now[:, 0])), atol=0.05)
    blind = alike.steps(np.zeros((4000, 1)), happened, np.zeros((1, 1)), np.array([1.0]), 1.0)
    assert np.isclose(blind.weights[0, blind.values > 1].sum(), (happened > 1).mean(), atol=0.01)


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
