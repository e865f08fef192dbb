"""Displaced people by area month by month: only what is over teaches, unknown stays unknown."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forestall.core.errors import CrisisError, UsageError
from forestall.crisis import open_crisis
from forestall.displacement.nowcast import nowcast
from forestall.displacement.stocks import Rounds, past_changes, rounds_of, stocks_ahead
from forestall.evaluation.stocks import read_stocks, score_stocks
from valley import command

SAHEL = Path(__file__).resolve().parents[3] / "shared" / "data" / "crises" / "sahel-2019-2023"
MODEL, STILL, LAST = "cases alike and no change", "no change", "the last change goes on"


def growing(rounds: int = 24, areas: int = 12) -> Rounds:
    """Areas that grow month by month, faster where many are."""
    stream = np.random.default_rng(3)
    days = np.arange(rounds) * 30.44
    people = np.cumsum(stream.gamma(0.3, 4000, (rounds, areas)), axis=0)
    return Rounds(tuple(f"area {n}" for n in range(areas)), days, np.rint(people))


def written(rounds: Rounds, path: Path, column: str = "people") -> Path:
    rows = [
        {"date": date(2020, 1, 1) + timedelta(days=float(day)), "area": area, column: people}
        for day, row in zip(rounds.days, rounds.people, strict=True)
        for area, people in zip(rounds.areas, row, strict=True)
    ]
    pl.DataFrame(rows).write_csv(path)
    return path


def test_later_rounds_change_nothing() -> None:
    rounds = growing()
    worse = Rounds(rounds.areas, rounds.days, rounds.people.copy())
    worse.people[13:] *= 100
    before, after = stocks_ahead(rounds.until(12), 3), stocks_ahead(worse.until(12), 3)
    assert before is not None
    assert np.array_equal(before, after)


def test_only_changes_that_are_over_teach() -> None:
    rounds = Rounds(("a",), np.arange(8) * 30.44, np.arange(8.0)[:, None] ** 2)
    begins, changes = past_changes(rounds, 3 * 30.44, 0.5)
    assert begins.tolist() == [0.0, 1.0, 4.0, 9.0, 16.0]
    assert np.allclose(changes, 3.0)
    assert not len(past_changes(rounds.until(4), 3 * 30.44, 0.5)[0]), "two changes are too few"


def test_an_area_left_out_is_unknown_and_teaches_nothing_there() -> None:
    rounds = growing()
    rounds.people[-1, 0] = np.nan
    rounds.people[:, 1] = np.nan
    made = stocks_ahead(rounds, 2)
    assert made is not None
    assert np.isnan(made[:2]).all()
    assert not np.isnan(made[2:]).any()


def test_no_forecast_is_below_nobody_and_its_middle_moves_no_further_than_what_was_seen() -> None:
    rounds = growing()
    made = stocks_ahead(rounds, 6)
    assert made is not None
    assert (made >= 0).all()
    assert (np.diff(made, axis=1) >= 0).all()
    _, changes = past_changes(rounds, 6 * 30.44, 0.5)
    assert (np.sqrt(made).max(axis=1) <= np.sqrt(rounds.people[-1]) + changes.max() + 0.5).all()


def test_the_last_change_of_a_straight_line_is_without_error(tmp_path: Path) -> None:
    line = Rounds(("a", "b"), np.arange(20) * 30.44, np.outer(np.arange(20.0), [2000.0, 100.0]))
    table = score_stocks(read_stocks(written(line, tmp_path / "line.csv")))
    last = table.filter(pl.col("rule") == LAST)
    assert last["error"].to_numpy().max() < 0.03, "days are rounded to whole ones"
    assert (last["brier"] < 0.02).all()
    still = table.filter(pl.col("rule") == STILL)
    assert still["brier"].to_list() == still["rises"].to_list()


@pytest.mark.skipif(not SAHEL.is_dir(), reason="the rounds of Burkina Faso are not shipped")
def test_burkina_faso_three_and_four_months_ahead() -> None:
    table = score_stocks(read_stocks(SAHEL / "bfa_province.csv"), date(2021, 1, 1))
    for months in (3, 4):
        by = {row["rule"]: row for row in table.filter(pl.col("months") == months).to_dicts()}
        for score in ("error", "brier"):
            assert by[MODEL][score] < min(by[STILL][score], by[LAST][score])
        assert 0.85 <= by[MODEL]["covered"] <= 0.95


@pytest.mark.parametrize(
    ("column", "code", "says"),
    [("menages", "E131", "households"), ("heads", "E131", "a unit that is known"), ("PDI", "", "")],
)
def test_a_unit_that_nobody_knows_is_a_finding(tmp_path: Path, column: str, code: str, says: str) -> None:
    path = written(growing(), tmp_path / "rounds.csv", column)
    if not code:
        assert len(read_stocks(path).areas) == 12
        return
    with pytest.raises(CrisisError) as refused:
        read_stocks(path)
    assert refused.value.findings[0].code == code
    assert says in refused.value.findings[0].message


def test_bad_cells_are_all_found_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("date,area,people\n2020-01-01,a,-5\nlater,b,7\n2020-02-01,a,many\n2020-03-01,a,\n")
    with pytest.raises(CrisisError) as refused:
        read_stocks(path)
    assert [finding.row for finding in refused.value.findings] == [3, 4, 2]
    with pytest.raises(UsageError, match="is no file"):
        read_stocks(tmp_path / "nowhere.csv")


def test_the_command_scores_and_looks_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(written(growing(), tmp_path / "rounds.csv"))
    found = json.loads(command("score", "stocks", path, "--json", cwd=tmp_path).stdout)
    assert {row["rule"] for row in found["scores"]} == {MODEL, STILL, LAST}
    assert {row["months"] for row in found["ahead"]} == {1, 2, 3, 4, 5, 6}
    assert command("score", "stocks", path, "--since", "soon", cwd=tmp_path).returncode == 2
    few = str(written(growing(4), tmp_path / "few.csv"))
    assert command("score", "stocks", few, cwd=tmp_path).returncode == 2
    assert command("score", "stocks", path, "--people", "poeple", cwd=tmp_path).returncode == 1
    for width in (80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        text = command("score", "stocks", path, cwd=tmp_path).stdout
        assert max(map(len, text.splitlines())) <= width
        assert MODEL.split(maxsplit=1)[0] in text


def test_a_crisis_with_rounds_by_area_shows_them_ahead() -> None:
    crisis = open_crisis("karabakh-2023").at("2023-09-25T20:00+04:00")
    crisis = crisis.with_options("displace", draws=20, particles=50)
    assert nowcast(crisis, crisis.plan.displace).stocks == []
    kinds = crisis["stocks"]
    rows = kinds.head(1)
    more = pl.concat(
        [
            rows.with_columns(
                pl.lit(f"s{n}").alias("stock"),
                pl.lit(date(2022, 9, 1) + timedelta(days=30 * n)).alias("date"),
                pl.lit(1000 + 200 * n).cast(kinds.schema["people"]).alias("people"),
            )
            for n in range(12)
        ]
    )
    known = crisis.with_tables({"stocks": more.select(kinds.columns)})
    assert rounds_of(known).people[-1].tolist() == [3200.0]
    found = nowcast(known, known.plan.displace).stocks
    assert [row["months"] for row in found] == [1, 2, 3, 4, 5, 6]
    assert found[-1]["low"] >= 3000
    assert found[-1]["high"] > 3200
