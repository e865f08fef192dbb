"""Back-tests, onset and triggers on a small panel, and the real one where it is at hand."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from forestall.cli.apps import app
from forestall.cli.main import load_commands
from forestall.core.errors import UsageError
from forestall.evaluation import reports, triggers
from forestall.evaluation.backtest import forecast_from, score_from
from forestall.evaluation.hindcast import Hindcast, hindcast
from forestall.evaluation.panels import open_panel
from forestall.evaluation.tidy import score_tidy, tidy_forecast
from forestall.warning.models import model_named
from forestall.warning.panel import Panel
from small_panel import panel_table, small_panel

load_commands()


@pytest.fixture(scope="module")
def scored():
    return reports.score_warn(small_panel(), [2007, 2008], "pool", draws=200)


def test_the_report_has_what_the_command_promises(scored):
    assert set(scored["years"]) == {"2007", "2008"}
    for key in ("crps", "ign", "mis", "log_crps", "coverage90"):
        assert np.isfinite(scored["mean"][key])
    low, high = scored["gain_ign90"]
    assert low < scored["gain_ign"] < high
    assert scored["years"]["2007"]["cells"] == 12 * 12
    assert 0 < scored["share_three_worst"]["crps"] <= 1
    assert sum(row["cells"] for row in scored["strata"].values()) == 2 * 12 * 12


def test_the_default_gains_where_states_persist(scored):
    assert scored["gain_ign"] > 0.05


def test_a_year_that_is_not_complete_is_scored_on_its_months():
    panel = small_panel(12 * 18 + 4)
    result = reports.score_warn(panel, [2008], "conflictology-12", draws=50)
    assert result["years"]["2008"]["cells"] == 4 * 12


def test_years_outside_the_panel_are_refused():
    with pytest.raises(UsageError, match="ends before 2020"):
        reports.score_warn(small_panel(), [2020], "pool")
    with pytest.raises(UsageError, match="begins too late"):
        reports.score_warn(small_panel(), [1993], "pool")


def test_a_country_that_is_not_known_is_counted_not_guessed():
    panel = small_panel()
    deaths = panel.deaths.copy()
    deaths[:202, 0] = np.nan
    result = reports.score_warn(replace(panel, deaths=deaths), [2007], "conflictology-12", draws=20)
    assert result["years"]["2007"]["not_assessed"] == 12


@pytest.mark.parametrize("text", ["2020:2018", "now", "2018-2020"])
def test_years_that_cannot_be_read_are_explained(text):
    with pytest.raises(UsageError, match="2018:2023"):
        reports.parse_years(text)


def perfect_cast(odds, event):
    shape = (len(odds), 1)
    event = np.asarray(event, dtype=float).reshape(shape)
    return Hindcast(
        361, ("126",), np.asarray(odds, dtype=float).reshape(shape), event, event,
        np.where(event > 0, 1.0, np.nan), np.zeros(shape),
    )  # fmt: skip


def test_a_trigger_is_described_by_what_it_did():
    cast = perfect_cast([0.1, 0.6, 0.7, 0.1, 0.6, 0.1], [0, 1, 0, 0, 0, 1])
    trigger = triggers.Trigger("odds", "odds", 0.5, "AZE", money=10.0, lead_days=14)
    report = triggers.trigger_report(trigger, cast)
    own = report["groups"]["own country"]
    assert own["counts"] == [1, 2, 1, 2]
    assert [one["issued"] for one in report["activations"]] == ["2010-02", "2010-05"]
    assert report["missed"] == ["2010-06"]
    assert own["right90"][0] < own["right"] < own["right90"][1]
    assert report["yearly_cost"]["money"] == pytest.approx(40.0)


def test_alerts_of_another_system_stand_beside_the_activations():
    alerts = pl.DataFrame(
        {
            "iso3": ["AZE", "AZE", "ARM"],
            "indicator_id": "x",
            "date": ["2010-03-01", "2019-01-01", "2010-03-01"],
            "alert_level": "High",
        }
    )
    trigger = triggers.Trigger("odds", "odds", 0.5, "AZE")
    report = triggers.trigger_report(trigger, perfect_cast([0.6] * 12, [0] * 12), alerts)
    assert [alert["date"] for alert in report["alerts"]] == ["2010-03-01"]


def noise(skill):
    generator = np.random.default_rng(2)
    event = (generator.random((60, 40)) < 0.1).astype(float)
    odds = np.where(event > 0, 0.6, 0.02) if skill else generator.random((60, 40)) * 0.2
    return Hindcast(361, tuple(map(str, range(40))), odds, event, event, event, np.zeros((60, 40)))


def test_no_threshold_is_worth_it_without_skill():
    design = triggers.design_threshold(noise(skill=False), 0.5)
    assert not design["worth_it"]
    assert design["threshold"] is None
    assert "no threshold" in design["says"]


def test_a_threshold_is_found_where_there_is_skill():
    design = triggers.design_threshold(noise(skill=True), 0.1)
    assert design["worth_it"]
    assert 0.02 < design["threshold"] <= 0.6
    assert design["value"] == pytest.approx(1.0)


def test_odds_are_given_only_where_a_country_is_known():
    panel = small_panel()
    deaths = panel.deaths.copy()
    deaths[200:, 0] = np.nan
    cast = hindcast(Panel(121, panel.countries, deaths, panel.borders), 325, 336, 3)
    assert np.isnan(cast.odds[:, 0]).all()
    assert not np.isnan(cast.odds[:, 1:]).any()


def test_the_commands_answer_in_json(tmp_path):
    path = tmp_path / "panel.parquet"
    panel_table(small_panel()).write_parquet(path)
    calls = (
        ["score", "warn", "--panel", str(path), "--years", "2007", "--model", "analogue", "--draws", "50"],
        ["score", "onset", "--panel", str(path), "--from", "2006-01", "--to", "2007-12"],
        ["score", "horizons", "--panel", str(path), "--years", "2005,2006", "--horizons", "1,6"],
        ["score", "months", "--panel", str(path), "--country", "ARM", "--from", "2007-01", "--to", "2007-02"],
        [
            "trigger",
            "design",
            "--panel",
            str(path),
            "--cost-loss",
            "0.2",
            "--from",
            "2006-01",
            "--to",
            "2007-12",
        ],
    )
    answers = []
    for call in calls:
        result = CliRunner().invoke(app, [*call, "--json"])
        assert result.exit_code == 0, result.output
        answers.append(json.loads(result.stdout))
    assert {"crps", "ign", "mis", "log_crps", "coverage90"} <= set(answers[0]["years"]["2007"])
    assert {"auc", "ap", "top5", "top10", "top20", "rev"} <= set(answers[1])
    assert set(answers[2]["horizons"]) == {"1", "6"}
    assert [row["issued"] for row in answers[3]] == ["2007-01-01", "2007-02-01"]
    assert answers[4]["designs"][0]["cost_loss"] == 0.2


def test_a_wrong_panel_ends_with_findings_and_exit_1(tmp_path):
    path = tmp_path / "panel.csv"
    path.write_text("month,country\n1,2\n")
    result = CliRunner().invoke(app, ["score", "warn", "--panel", str(path)])
    assert result.exit_code == 1
    assert result.stderr.count("E153") == 3


def test_the_real_panel_gives_the_figures_of_the_docs(shared):
    data = shared / "data" / "ucdp"
    panel, findings = open_panel(data / "cm_ged_sb_1990_2023.parquet", data / "contiguity.csv")
    assert [finding.code for finding in findings] == ["N334"]
    result = reports.score_warn(panel, [2020], "pool")
    assert result["years"]["2020"]["ign"] == pytest.approx(0.5036, abs=0.003)
    assert result["baseline"]["years"]["2020"]["ign"] == pytest.approx(0.6336, abs=0.0005)
    assert result["baseline"]["years"]["2020"]["crps"] == pytest.approx(21.336, abs=0.005)


def test_a_tidy_table_of_any_model_is_scored_like_the_back_test():
    panel = small_panel()
    method, origin, horizons = model_named("conflictology-12"), 340, [1, 4]
    made, _ = forecast_from(method, panel, origin, horizons, 24)
    table = tidy_forecast(method.name, origin, horizons, panel.countries, made)
    observed = panel_table(panel).rename({"month_id": "month", "ged_sb": "deaths"})
    observed = observed.with_columns(pl.col("country_id").cast(pl.String).alias("where"))
    scored = score_tidy(table.sample(fraction=1, shuffle=True, seed=1), observed)
    direct = score_from(method, panel, origin, horizons, 24)
    assert scored.height == 2 * len(panel.countries)
    for score in ("crps", "ign", "mis", "log_crps", "coverage90", "brier"):
        assert scored[score].mean() == pytest.approx(direct.mean(score))
    with pytest.raises(UsageError, match="lacks draw"):
        score_tidy(table.drop("draw"), observed)


def test_models_may_see_another_release_and_a_lag():
    panel = small_panel()
    other = replace(panel, deaths=panel.deaths * 3)
    same = reports.score_warn(panel, [2007], "conflictology-12", draws=50, past=panel)
    revised = reports.score_warn(panel, [2007], "conflictology-12", draws=50, past=other)
    late = reports.score_warn(panel, [2007], "conflictology-12", draws=50, lag=2)
    plain = reports.score_warn(panel, [2007], "conflictology-12", draws=50)
    assert same["mean"] == plain["mean"]
    assert revised["mean"]["crps"] != plain["mean"]["crps"] != late["mean"]["crps"]
    assert revised["mode"].startswith("pseudo-real-time")
    assert late["lag_months"] == 2
