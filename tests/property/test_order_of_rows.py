"""Shuffled rows change no table, and no cell of a result acts in a spreadsheet."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from forestall.core.formulas import as_before, neutral
from forestall.crisis import Crisis, open_crisis
from forestall.runs import read_run, run
from forestall.schema import load_schema
from valley import VALLEY, added, copy_valley


def results(crisis, moment):
    done = run(Crisis(crisis.settings, crisis.tables), as_of=moment, draws=10, seed=1).crisis
    return {name: table for name, table in done.items() if load_schema()[name].kind == "result"}


@pytest.mark.parametrize(("name", "moment"), [(VALLEY, "2025-03-14"), ("karabakh-2023", "2023-09-25")])
def test_shuffled_rows_change_no_table(name, moment):
    crisis = open_crisis(name)
    expected = results(crisis, moment)
    for seed in (1, 2):
        mixed = {n: table.sample(fraction=1.0, shuffle=True, seed=seed) for n, table in crisis.tables.items()}
        found = results(Crisis(crisis.settings, mixed), moment)
        assert [n for n in expected if not expected[n].equals(found[n])] == []


def test_no_cell_of_a_result_acts_in_a_spreadsheet(tmp_path):
    valley = copy_valley(tmp_path)
    added(valley / "actors.csv", actor="calc", name="=HYPERLINK(1)")
    done = run(open_crisis(valley), as_of="2025-03-14", draws=10, seed=1, out=tmp_path / "run")
    cells = _cells(tmp_path / "run")
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    assert [cell for cell in cells if cell[:1] in set("=+-@\t\r\n") and cell] == []
    read = read_run(tmp_path / "run")[1]["response_gap"]
    assert_frame_equal(read.select("actor", "name"), done.crisis["response_gap"].select("actor", "name"))


def _cells(folder):
    """Return every cell of every column of words."""
    words = {"text", "id"}
    return [
        cell
        for path in folder.glob("*.csv")
        for column in load_schema()[path.stem].columns
        if column.type in words
        for cell in pl.read_csv(path, infer_schema=False)[column.name].drop_nulls()
    ]


TEXTS = ("=1", "'=1", "''-a", "+4", "@x", "\tx", "plain", "", "it's", "'quoted'", None)


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_neutral_comes_back(text):
    table = pl.DataFrame({"a": [text]}, schema={"a": pl.String})
    assert as_before(neutral(table)).equals(table)
