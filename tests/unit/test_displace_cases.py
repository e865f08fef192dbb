"""Cases of flight: what is shipped, what a replay may read, and what is refused."""

import shutil
from collections import Counter
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from forestall.core.errors import CrisisError
from forestall.displacement.cases import REGIMES, load_cases, load_paces, read_cases

SHIPPED = Path(str(files("forestall.displacement").joinpath("cases.csv")))


def test_every_regime_has_cases_and_lost_control_has_most() -> None:
    """Four regimes, each with cases of its own; a range is a range."""
    counted = Counter(case.regime for case in load_cases())
    assert set(counted) == set(REGIMES)
    assert min(counted.values()) >= 4
    assert counted["control lost or given up"] >= 24
    assert all(0 <= low <= high <= 1 for c in load_cases() if c.share_30d for low, high in [c.share_30d])


def test_a_replay_reads_nothing_that_was_not_over() -> None:
    """On the day a case is over it is still unknown, the day after it is known."""
    case = max(load_cases(), key=lambda c: c.over_by)
    assert case not in load_cases(case.over_by)
    assert case in load_cases(date(case.over_by.year + 1, 12, 31))
    assert load_paces(date(2022, 1, 1)) == ()
    assert all(case.day <= case.over_by for case in load_cases())


def test_both_sides_of_a_war_stand_in_the_table() -> None:
    """Where one people's flight is listed for a country, the other's is too."""
    groups = {case.group for case in load_cases() if case.iso3 == "AZE"}
    assert any("Armenians" in g for g in groups)
    assert any("Azerbaijanis" in g for g in groups)


def test_no_pace_is_a_certainty() -> None:
    """Quantiles rise and the median of a long war is far below a lost town's share."""
    for pace in load_paces():
        assert 0 < pace.median <= pace.q95 <= pace.q99 <= pace.most <= 1
        assert pace.cells > 20
    assert next(p for p in load_paces() if p.unit == "district-month").median < 0.002


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        (",control lost or given up,", ",controll lost,", "regime"),
        ("1995-11-12", "1995-08-01", "over_by"),
        ("0.96,0.98", "0.98,0.96", "share_30d_low"),
        ("1995-08-05", "5 August", "date"),
        ("HRV", "Croatia", "iso3"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line(tmp_path: Path, old: str, new: str, column: str) -> None:
    """Every fault says line, column, value and what was expected."""
    path = shutil.copy(SHIPPED, tmp_path / "cases.csv")
    text = SHIPPED.read_text(encoding="utf-8")
    line = next(i for i, row in enumerate(text.splitlines(), 1) if row.startswith("Krajina"))
    rows = text.splitlines()
    rows[line - 1] = rows[line - 1].replace(old, new, 1)
    Path(path).write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(CrisisError) as caught:
        read_cases(Path(path))
    found = caught.value.findings[0]
    assert (found.row, found.column) == (line, column)
    assert found.expected


def test_a_case_listed_twice_is_named(tmp_path: Path) -> None:
    """Two rows of one name would count twice."""
    rows = SHIPPED.read_text(encoding="utf-8").splitlines()
    path = tmp_path / "cases.csv"
    path.write_text("\n".join([*rows, rows[1]]) + "\n", encoding="utf-8")
    with pytest.raises(CrisisError) as caught:
        read_cases(path)
    assert caught.value.findings[0].expected == "a name of its own"
