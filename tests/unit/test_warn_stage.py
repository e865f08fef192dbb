"""The stage warn on full, short, broken and empty records."""

from datetime import UTC, date, datetime
from importlib.resources import files

import numpy as np
import polars as pl
import pytest

from forestall.options.warn import WarnOptions
from forestall.schema import empty, frame
from forestall.warning.artefacts import newest_artefact, read_artefact, save_artefact, shipped_cutoffs
from forestall.warning.draws import dependent_ranks
from forestall.warning.making import any_chance, make_artefacts
from forestall.warning.stage import warn_tables
from small_panel import small_panel

MOMENT = datetime(2015, 6, 30, tzinfo=UTC)


def record(**months):
    """A table of deaths: per country a list of figures that ends in May 2015."""
    rows = []
    for where, figures in months.items():
        for back, best in enumerate(reversed(figures)):
            month = 2015 * 12 + 4 - back
            start = date(month // 12, month % 12 + 1, 1)
            rows.append(("country", where, "month", start, "state-based", best, "v"))
    names = ["where_kind", "where", "period", "start", "violence", "best", "vintage"]
    return pl.DataFrame(rows, schema=names, orient="row")


def run(table, countries=("ARM",), moment=MOMENT, **options):
    chosen = WarnOptions(**{"horizon_months": 6, "draws": 200, **options})
    return warn_tables(table, countries=countries, as_of=moment, options=chosen)


def test_the_tables_fit_the_schema_and_each_other():
    tables = run(record(ARM=[0, 30, 2] * 20, AZE=[40] * 60), ("ARM", "AZE"))
    for name, table in tables.items():
        assert frame(name, table).height == table.height, name
    first = tables["outlook"].filter(pl.col("where") == "ARM", pl.col("month") == date(2015, 7, 1))
    said = tables["outlook_summary"].filter(
        pl.col("where") == "ARM", pl.col("month") == date(2015, 7, 1), pl.col("model") == "pool"
    )
    assert first["event"].mean() == pytest.approx(said["p_event"][0])
    assert first["deaths"].mean() == pytest.approx(said["mean"][0])
    assert first["horizon"].unique().to_list() == [2]


def test_a_country_at_war_is_given_more_than_one_at_rest():
    tables = run(record(ARM=[0] * 60, AZE=[300] * 60), ("ARM", "AZE"))
    odds = tables["warning_odds"].filter(pl.col("model") == "pool", pl.col("within_months") == 3)
    chance = dict(odds.select("where", "p_event").iter_rows())
    assert chance["ARM"] < 0.1
    assert chance["AZE"] > 0.8


def test_a_short_record_falls_back_and_says_so():
    tables = run(record(ARM=[0, 30, 2]))
    assert tables["outlook_summary"]["model"][0] == "conflictology-24"
    assert "conflictology stands in" in tables["warning_drivers"]["driver"][-1]
    assert set(tables["outlook"]["deaths"].unique()) == {0.0, 2.0, 30.0}


def test_a_moment_before_every_fitted_model_falls_back():
    early = record(ARM=[1] * 40).with_columns(pl.col("start").dt.offset_by("-15y"))
    tables = run(early, moment=datetime(2000, 6, 30, tzinfo=UTC))
    assert tables["outlook_summary"]["model"][0] == "conflictology-24"
    assert "no fitted model was known" in tables["warning_drivers"]["driver"][-1]


@pytest.mark.parametrize("table", [record(AZE=[3] * 30), record(ARM=[None] * 30), record()])
def test_without_a_known_month_nothing_is_assessed(table):
    tables = run(table.cast({"best": pl.Int64}) if table.height else empty("deaths"))
    assert tables["outlook"].height == 0
    assert tables["outlook_summary"]["p_event"].null_count() == tables["outlook_summary"].height
    assert set(tables["outlook_summary"]["words"]) == {"not assessed"}
    assert tables["warning_odds"].height == 0


def test_unknown_months_are_not_counted_as_quiet():
    known, gaps = record(ARM=[40, 0] * 12), record(ARM=[40, None] * 12)
    chance = [
        run(table, model="conflictology-24")["outlook_summary"]["p_event"][0] for table in (known, gaps)
    ]
    assert chance == [0.5, 1.0]


def test_the_same_seed_gives_the_same_futures_and_more_months_change_none():
    table = record(ARM=[0, 30, 2] * 20)
    short, long = run(table), run(table, horizon_months=12)
    assert short["outlook"].equals(run(table)["outlook"])
    assert not short["outlook"].equals(run(table, seed=2)["outlook"])
    both = long["outlook"].filter(pl.col("month") <= date(2015, 12, 1))
    assert both.equals(short["outlook"])


def test_months_hang_together_and_keep_their_own_distribution():
    scores = np.random.default_rng(1).standard_normal((2, 4000))
    ranks = dependent_ranks(scores, 0.6)
    assert all(sorted(row) == list(range(4000)) for row in ranks.tolist())
    assert np.corrcoef(ranks)[0, 1] == pytest.approx(0.58, abs=0.04)


def test_windows_are_likelier_the_less_months_hang_together():
    chances = np.array([[0.2], [0.2], [0.2]])
    loose, tight = any_chance(chances, 0.0)[0], any_chance(chances, 0.9)[0]
    assert loose == pytest.approx(1 - 0.8**3, abs=0.05)
    assert tight < loose


def test_an_unknown_model_names_the_nearest():
    with pytest.raises(ValueError, match="conflictology-24"):
        run(record(ARM=[1] * 30), model="conflictology-42")


def test_shipped_models_are_small_and_one_a_year():
    folder = files("forestall.warning").joinpath("artefacts")
    sizes = [len(entry.read_bytes()) for entry in folder.iterdir() if entry.name.endswith(".json")]
    assert sum(sizes) <= 2 * 1024 * 1024
    cutoffs = shipped_cutoffs()
    assert len(cutoffs) >= 10
    assert set(np.diff(cutoffs)) == {12}


def test_a_shipped_model_has_a_card_and_a_record_from_before():
    artefact = newest_artefact(datetime(2019, 2, 1, tzinfo=UTC))
    assert artefact.card["months"].endswith("2018-12")
    for key in ("data", "scores", "no_skill", "record", "known_cells"):
        assert artefact.card[key]
    issued = sum(counts[0] for counts in artefact.record.values())
    earlier = newest_artefact(datetime(2018, 2, 1, tzinfo=UTC))
    assert issued > sum(counts[0] for counts in earlier.record.values())
    assert newest_artefact(datetime(2019, 1, 19, tzinfo=UTC)).cutoff == earlier.cutoff


def test_artefacts_do_not_know_what_comes_after_and_survive_writing(tmp_path):
    panel = small_panel(260)
    year = 1980 + (panel.last_month - 12 - 1) // 12 - 1
    (whole,) = make_artefacts(panel, [year], {"data": "made up"}, replicas=1)
    (cut,) = make_artefacts(panel.cut((year - 1980) * 12 + 12), [year], {"data": "made up"}, replicas=1)
    assert np.array_equal(whole.arrays["climb"], cut.arrays["climb"])
    assert whole.record == cut.record
    read = read_artefact(save_artefact(whole, tmp_path).read_text(encoding="utf-8"))
    assert np.allclose(read.arrays["hurdle"], whole.arrays["hurdle"], rtol=1e-5)
    assert read.known_at.day == 20


def test_a_model_that_learns_from_all_countries_is_not_fitted_on_a_folder():
    with pytest.raises(ValueError, match="known: pool"):
        run(record(ARM=[1] * 30), model="learn")


def test_a_record_that_stopped_long_ago_is_said_to_be_old():
    tables = run(record(ARM=[0, 30, 2] * 20), moment=datetime(2019, 6, 30, tzinfo=UTC))
    assert "more than 36 ahead of the record" in tables["warning_drivers"]["driver"][-1]
    assert tables["outlook_summary"]["horizon"][0] == 50


def test_another_threshold_is_judged_by_its_own_record():
    table = record(ARM=[0, 30, 2] * 20)
    notes = [run(table, event_deaths=deaths)["warning_record"]["note_text"][0] for deaths in (25, 100)]
    assert "all countries" in notes[0]
    assert "own countries" in notes[1]
