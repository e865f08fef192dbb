"""A crisis out as a workbook and in again; formulas, errors, sizes and strange sheets are refused."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from forestall.core.errors import CrisisError, UsageError
from forestall.crisis import read_crisis
from forestall.recording import xlsx
from forestall.schema.templates import templates
from valley import command

VALLEY = Path(__file__).parents[1] / "data" / "river-valley"


def files_of(folder: Path) -> dict[str, str]:
    names = [*folder.glob("*.csv"), folder / "crisis.toml"]
    return {path.name: path.read_text(encoding="utf-8-sig") for path in names}


def test_a_crisis_comes_back_the_same(tmp_path: Path) -> None:
    book = xlsx.write_workbook(files_of(VALLEY), tmp_path / "valley.xlsx")
    before, after = read_crisis(VALLEY), read_crisis(xlsx.read_workbook(book, tmp_path / "again"))
    assert after.findings == before.findings
    assert set(after) == set(before)
    assert all(after.as_read(name).equals(before.as_read(name)) for name in before)
    assert after.settings == before.settings


def test_an_empty_template_has_every_table_and_closed_lists(tmp_path: Path) -> None:
    book = load_workbook(xlsx.write_workbook(templates("Somewhere"), tmp_path / "new.xlsx"))
    status = book["corridor_status"]
    assert [cell.value for cell in status[1]][:3] == ["corridor", "status", "effective"]
    assert "closed" in status.data_validations.dataValidation[0].formula1
    assert status["A1"].comment is not None


def changed(tmp_path: Path, sheet: str, cell: str, value: object) -> Path:
    book = load_workbook(xlsx.write_workbook(templates("Somewhere"), tmp_path / "new.xlsx"))
    book[sheet][cell] = value
    book.save(tmp_path / "changed.xlsx")
    return tmp_path / "changed.xlsx"


def test_a_formula_is_refused_with_its_cell_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(CrisisError) as error:
        xlsx.read_workbook(changed(tmp_path, "population", "C2", "=1+1"), tmp_path / "out")
    finding = error.value.findings[0]
    assert (finding.table, finding.row, finding.column) == ("population", 2, "C")
    assert not (tmp_path / "out").exists()


def test_text_that_begins_like_a_formula_stays_text(tmp_path: Path) -> None:
    rows = {"crisis.toml": "title = 'A'\n", "places.csv": 'place,name\na,=1+1\nb,"@x, y"\n'}
    out = xlsx.read_workbook(xlsx.write_workbook(rows, tmp_path / "a.xlsx"), tmp_path / "out")
    assert (out / "places.csv").read_text() == rows["places.csv"]


def test_an_unknown_sheet_is_named_with_the_nearest(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "populaton"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(CrisisError, match="nearest: population"):
        xlsx.read_workbook(tmp_path / "a.xlsx", tmp_path / "out")


def test_dates_and_whole_numbers_are_written_as_the_schema_wants(tmp_path: Path) -> None:
    from datetime import datetime

    book = load_workbook(xlsx.write_workbook(templates("Somewhere"), tmp_path / "new.xlsx"))
    sheet = book["population"]
    head = [cell.value for cell in sheet[1]]
    sheet.append(
        [
            {"people": 1200.0, "date": datetime.fromisoformat("2023-09-19"), "place": "a"}.get(name)
            for name in head
        ]
    )
    book.save(tmp_path / "a.xlsx")
    text = (xlsx.read_workbook(tmp_path / "a.xlsx", tmp_path / "out") / "population.csv").read_text()
    assert "1200," in text
    assert "2023-09-19" in text
    assert "00:00" not in text


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("not a workbook")
    with pytest.raises(UsageError, match="not a workbook"):
        xlsx.read_workbook(tmp_path / "a.xlsx", tmp_path / "out")


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 2_000_000)
    monkeypatch.setattr(xlsx, "MAX_UNPACKED", 1_000_000)
    with pytest.raises(UsageError, match="unpacks to"):
        xlsx.read_workbook(tmp_path / "a.xlsx", tmp_path / "out")


def test_a_large_file_and_a_large_sheet_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = xlsx.write_workbook(templates("Somewhere"), tmp_path / "new.xlsx")
    monkeypatch.setattr(xlsx, "MAX_CELLS", 5)
    with pytest.raises(UsageError, match="more than 5 cells"):
        xlsx.read_workbook(book, tmp_path / "out")
    monkeypatch.setattr(xlsx, "MAX_BYTES", 10)
    with pytest.raises(UsageError, match="the limit is 10"):
        xlsx.read_workbook(book, tmp_path / "out")


def test_a_folder_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    shutil.copytree(VALLEY, tmp_path / "out")
    book = xlsx.write_workbook(templates("Somewhere"), tmp_path / "new.xlsx")
    with pytest.raises(UsageError, match="not empty"):
        xlsx.read_workbook(book, tmp_path / "out")


def test_new_out_filled_and_in_again_by_command(tmp_path: Path) -> None:
    assert command("new", "somewhere", "--xlsx", "--iso3", "XXX", cwd=tmp_path).returncode == 0
    assert command("new", "somewhere", "--xlsx", cwd=tmp_path).returncode == 2
    assert command("import", "xlsx", "somewhere.xlsx", "somewhere", cwd=tmp_path).returncode == 0
    found = command("check", "somewhere", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert command("export", "xlsx", "somewhere", "back.xlsx", cwd=tmp_path).returncode == 0
    assert (tmp_path / "back.xlsx").stat().st_size > 10_000
    assert command("import", "xlsx", "nothing.xlsx", "out", cwd=tmp_path).returncode == 2


def test_a_workbook_that_is_broken_inside_is_refused_in_words(tmp_path: Path) -> None:
    book = xlsx.write_workbook(templates("River valley"), tmp_path / "a.xlsx")
    whole = book.read_bytes()
    sheet = whole.index(b"xl/worksheets/sheet3.xml") + 60
    wrong = bytes(byte ^ 0x55 for byte in whole[sheet : sheet + 40])
    book.write_bytes(whole[:sheet] + wrong + whole[sheet + 40 :])
    with pytest.raises(UsageError, match="is not a workbook"):
        xlsx.read_sheet(book, "places")
    with pytest.raises(UsageError, match="is not a workbook"):
        xlsx.read_workbook(book, tmp_path / "out")
    name = whole.rindex(b"xl/workbook.xml")
    flags = whole.rindex(b"PK\x01\x02", 0, name)
    utf8 = bytearray(whole)
    utf8[flags + 9] |= 0x08
    utf8[name] = 0xD0
    book.write_bytes(bytes(utf8))
    with pytest.raises(UsageError, match="is not a workbook"):
        xlsx.read_sheet(book, "places")
