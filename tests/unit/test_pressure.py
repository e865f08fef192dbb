"""Who could press whom: shares, acts and odds by one rule for every party and outsider."""

import json
from pathlib import Path

import polars as pl
import pytest

from forestall.crisis import Crisis, open_crisis
from forestall.evaluation.pressure import score_pressure
from forestall.pressure.standing import OLDEST, newest_tie, pressure_tables
from forestall.pressure.threats import PRIOR_CASES, Rate, cell_rate, load_cells, rate_of, threat_rates
from forestall.pressure.word import word_tables
from forestall.schema import frame
from valley import command, copy_valley

SWAP = {"ARM": "AZE", "AZE": "ARM"}
NAMES = {"Armenia": "Azerbaijan", "Azerbaijan": "Armenia"}
DRAWN = ("net_q05", "net_median", "net_q95")


@pytest.fixture(scope="module")
def karabakh() -> Crisis:
    return open_crisis("karabakh-2023").everything()


def tables_of(crisis: Crisis, year: int | None = 2022) -> dict[str, pl.DataFrame]:
    return pressure_tables(crisis, crisis.with_options("act", draws=200).plan.act, year)


def swapped(crisis: Crisis) -> Crisis:
    """Return the crisis with the two states in each other's place."""
    ids = [pl.col(name).replace(SWAP) for name in ("actor", "partner")]
    lists = [
        pl.col(name).str.split("|").list.eval(pl.element().replace(NAMES)).list.join("|")
        for name in ("actor", "target")
    ]
    events = crisis["events"].with_columns(*lists)
    return crisis.with_tables({"ties": crisis["ties"].with_columns(*ids), "events": events})


# --- the record ------------------------------------------------------------------------------------------


def test_a_rate_of_few_cases_is_none() -> None:
    assert rate_of(5, 9) == Rate(None, None, None, 9)
    assert rate_of(5, 9).in_words() == "too few cases (n = 9)"
    assert rate_of(5, 10).share == 0.5


def test_a_cell_is_drawn_to_the_pooled_rate_by_forty_cases() -> None:
    row = {"issue": "use of force", "cost": "major", "institution": "with an institution"}
    cells = pl.DataFrame([{**row, "n": 10, "got": 10}, {**row, "issue": "trade", "n": 30, "got": 10}])
    assert cell_rate(cells, row).share == pytest.approx((10 + PRIOR_CASES * 0.5) / (10 + PRIOR_CASES))
    assert cell_rate(cells, {**row, "cost": "minor"}).share == pytest.approx(0.5)


def test_both_tables_of_counts_hold_the_same_cases() -> None:
    rates = threat_rates().filter(record="TIES 1945-2005")
    issues = rates.filter(factor="issue")
    assert issues["n"].sum() == load_cells()["n"].sum() == rates["n"][0]
    by_issue = load_cells().group_by("issue").agg(pl.col("got").sum()).sort("issue")
    assert by_issue["got"].to_list() == issues.sort("level")["got"].to_list()
    assert rates.filter(pl.col("n") < 10)["rate"].null_count() == rates.filter(pl.col("n") < 10).height
    known = rates.filter(pl.col("rate").is_not_null())
    assert (known["low"] < known["rate"]).all()
    assert (known["rate_if_uncoded_failed"] <= known["rate"]).all()


def test_kinds_are_not_worse_than_the_pooled_rate_at_the_splits_named_before() -> None:
    score = score_pressure()
    named = score.filter(pl.col("split").is_in([1985, 1990]))
    assert (named["log_loss"] <= named["log_loss_pooled"]).all()
    assert (score["gain_low"] < 0).all(), "at no split is the gain shown to be above nothing"
    assert score.filter(split=1995)["gain"][0] < 0


def test_the_score_knows_no_case_that_ended_after_the_split() -> None:
    cells = load_cells()
    known = cells.filter((pl.col("began") <= 1985) & (pl.col("ended") <= 1985))["n"].sum()
    assert score_pressure().filter(split=1985)["known"][0] == known
    assert known < cells.filter(pl.col("began") <= 1985)["n"].sum()


# --- a crisis --------------------------------------------------------------------------------------------


def test_every_pair_with_a_tie_has_shares_acts_and_odds(karabakh: Crisis) -> None:
    found = tables_of(karabakh)
    pairs = set(found["pressure_ties"].select("actor", "party").iter_rows())
    assert pairs == set(found["pressure_odds"].select("actor", "party").iter_rows())
    assert pairs <= set(found["pressure_acts"].select("actor", "party").iter_rows())
    assert {"ARM", "AZE", "NK"} <= {party for _, party in pairs}


def test_what_is_not_known_is_empty_and_says_where_to_look(karabakh: Crisis) -> None:
    ties = tables_of(karabakh)["pressure_ties"]
    unknown = ties.filter(pl.col("unknown") != "")
    assert unknown["where_to_look"].null_count() == 0
    assert unknown["net_median"].null_count() == unknown.height
    assert ties.filter(pl.col("party_on_actor").is_null())["party_on_actor_low"].null_count() > 0


def test_the_newest_share_stands_in_and_says_its_year(karabakh: Crisis) -> None:
    from forestall.action.leverage import Ties

    row = karabakh["ties"].filter(tie="aze-isr-arms-2018")
    ties, options = Ties.of(row), karabakh.plan.act
    assert newest_tie(ties, "AZE", "ISR", "arms", 2022, options).key[3] == 2018
    assert newest_tie(ties, "AZE", "ISR", "arms", 2018 + OLDEST, options) is not None
    assert newest_tie(ties, "AZE", "ISR", "arms", 2018 + OLDEST + 1, options) is None
    assert newest_tie(ties, "AZE", "ISR", "arms", 2017, options) is None


def test_the_names_of_the_parties_do_not_move_the_answer(karabakh: Crisis) -> None:
    one, other = tables_of(karabakh), tables_of(swapped(karabakh))
    for name in ("pressure_ties", "pressure_acts", "pressure_odds"):
        back = other[name].with_columns(pl.col("party").replace(SWAP))
        plain = [c for c in back.columns if c not in (*DRAWN, "says", "unknown", "ally")]
        key = [c for c in ("actor", "party", "channel") if c in plain]
        assert back.select(plain).sort(key).equals(one[name].select(plain).sort(key)), name
    nets = (
        t["pressure_ties"].with_columns(pl.col("party").replace(r)).sort("actor", "party", "channel")
        for t, r in ((one, {}), (other, SWAP))
    )
    first, second = (t["net_median"].drop_nulls() for t in nets)
    assert first.to_numpy() == pytest.approx(second.to_numpy(), abs=0.05)


def test_nothing_published_later_is_known_at_a_moment() -> None:
    crisis = open_crisis("karabakh-2023")
    found = tables_of(crisis.at("2022-12-20"), None)
    assert found["pressure_ties"]["party_on_actor_year"].max() <= 2022
    assert found["pressure_acts"]["last_date"].max().isoformat() <= "2022-12-20"
    assert tables_of(crisis.at("2012-01-01"), None)["pressure_rates"].height == 0


def test_a_crisis_without_rows_is_not_assessed(tmp_path: Path) -> None:
    valley = copy_valley(tmp_path)
    for name in ("ties.csv", "events.csv"):
        header = (valley / name).read_text(encoding="utf-8").splitlines()[0]
        (valley / name).write_text(header + "\n", encoding="utf-8")
    done = command("pressure", str(valley), cwd=tmp_path)
    assert done.returncode == 0
    assert "not assessed" in done.stdout
    assert json.loads(command("pressure", str(valley), "--json", cwd=tmp_path).stdout)["pressure_ties"] == []


def test_ukraine_is_assessed_by_the_same_rule() -> None:
    crisis = open_crisis("ukraine-2022").everything()
    found = tables_of(crisis, 2022)
    assert found["pressure_acts"].filter(actor="EU", party="RUS")["sanctions"][0] >= 1
    assert frame("pressure_acts", found["pressure_acts"]).height


# --- a guarantor's word ----------------------------------------------------------------------------------


def test_every_call_has_both_readings_and_no_rate_rests_on_few_calls(karabakh: Crisis) -> None:
    found = word_tables(karabakh)
    answers = found["guarantee_answers"]
    assert answers.select("reading_ally", "reading_guarantor").null_count().row(0) == (0, 0)
    assert {"RUS", "CSTO", "AZE"} <= set(answers["guarantor"])
    record = found["guarantee_record"]
    assert record["rate"].null_count() == record.filter(pl.col("calls") < 10).height == record.height
    shusha = record.filter(guarantor="TUR", ally="AZE").row(0, named=True)
    assert (shusha["calls"], "no call" in shusha["says"]) == (0, True)


def test_the_answer_to_a_call_is_not_known_before_it_came() -> None:
    crisis = open_crisis("karabakh-2023")
    early, late = (word_tables(crisis.at(day))["guarantee_answers"] for day in ("2022-12-20", "2023-02-01"))
    assert early.filter(call="rus-2022-12")["answer"].to_list() == ["not known"]
    assert late.filter(call="rus-2022-12")["answer"].to_list() == ["in part"]
    assert early["date"].max().isoformat() <= "2022-12-20"


def test_published_rates_of_kept_promises_are_known_from_their_year() -> None:
    crisis = open_crisis("karabakh-2023")
    assert word_tables(crisis.at("2016-01-01"))["guarantee_rates"]["kept"].to_list() == [0.75, 0.75]
    assert min(word_tables(crisis.at("2020-01-01"))["guarantee_rates"]["kept"]) == 0.22


def test_ten_calls_make_a_rate(karabakh: Crisis) -> None:
    one = karabakh["guarantee_calls"].head(1)
    many = pl.concat([one.with_columns(pl.lit(f"c{n}").alias("call")) for n in range(10)])
    record = word_tables(karabakh.with_tables({"guarantee_calls": many}))["guarantee_record"]
    row = record.row(by_predicate=pl.col("calls") == 10, named=True)
    assert row["rate"] == 0.0
    assert row["high"] > 0
