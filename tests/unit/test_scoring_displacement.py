"""Errors of simulated displacement equal those of the peer's own evaluation."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from forestall.scoring.displacement import ard, naive, relative_difference, rmse, shares_over


def test_scores_equal_those_of_the_evaluation_script(shared: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    recorded = random.integers(0, 5000, (60, 4))
    simulated = random.integers(0, 5000, (60, 4))
    simulated[7] = 0
    recorded[9] = 0
    path = tmp_path / "out.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = [f"camp {n}" for n in range(4)]
        writer.writerow(["Day", *(f"{n} sim" for n in names), *(f"{n} data" for n in names)])
        for day in range(60):
            writer.writerow([day, *simulated[day], *recorded[day]])
    script = shared / "tools" / "score_flee_out.py"
    done = subprocess.run(
        [sys.executable, str(script), str(path), "--json"], capture_output=True, text=True, check=True
    )
    theirs = json.loads(done.stdout)
    assert float(ard(simulated, recorded)) == pytest.approx(theirs["ard_raw"], abs=1e-9)
    assert float(ard(simulated, recorded, rescaled=True)) == pytest.approx(theirs["ard_rescaled"], abs=1e-9)


def test_raw_error_by_hand() -> None:
    assert relative_difference([[12.0, 8.0]], [[10.0, 10.0]]).tolist() == [0.2]


def test_rescaled_error_sees_shares_only() -> None:
    assert float(ard([[3.0, 1.0]], [[30.0, 10.0]], rescaled=True)) == 0.0
    assert float(ard([[0.0, 0.0]], [[30.0, 10.0]], rescaled=True)) == 1.0


def test_the_mean_of_errors_is_not_the_error_of_the_mean() -> None:
    draws = np.array([[[20.0, 0.0]], [[0.0, 20.0]]])
    recorded = np.array([[10.0, 10.0]])
    assert float(ard(draws, recorded).mean()) == 1.0
    assert float(ard(draws.mean(axis=0), recorded)) == 0.0


def test_days_without_anybody_divide_by_one() -> None:
    assert float(ard([[2.0, 1.0]], [[0.0, 0.0]])) == 3.0


def test_rmse_by_hand() -> None:
    assert float(rmse([[1.0, 7.0]], [[1.0, 1.0]])) == pytest.approx(np.sqrt(18))


def test_naive_rows_by_hand_and_unknown_where_they_cannot_be_known() -> None:
    recorded = np.array([[30.0, 10.0]] * 5)
    rows = naive(recorded, [np.nan, 10.0])
    assert rows == {"equal_shares": 0.5, "capacity_shares": None, "day30_shares_held": None}
    assert naive(recorded, [30, -1])["capacity_shares"] is None
    assert shares_over(recorded, [1.0, 0.0])[0].tolist() == [40.0, 0.0]


def test_naive_rows_of_the_four_instances(shared: Path) -> None:
    from forestall.flee.engine.from_tables import instance_of
    from forestall.flee.engine.simulate import camps_of
    from forestall.flee.reading import read_folder
    from forestall.flee.reading.to_tables import crisis_of

    known = {"burundi2015": (0.749, 0.337, 0.341), "mali2012": (1.075, 0.168, 0.376)}
    for name, rows in known.items():
        instance = instance_of(crisis_of(read_folder(shared / "data" / "displacement-instances" / name)))
        camps = camps_of(instance)
        capacities = [instance.places[instance.index()[camp]].capacity for camp in camps]
        found = naive(instance.reference(camps), capacities)
        assert list(found.values()) == pytest.approx(list(rows), abs=0.0006)
