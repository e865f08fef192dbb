"""Files of things that people know: columns of any name, matched only when somebody says so."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from forestall.core.errors import CrisisError, UsageError
from forestall.crisis import open_crisis
from forestall.drafting.adding import KINDS
from forestall.drafting.asked import fields_of
from forestall.drafting.lists import MATCHES, add_list
from valley import command

KNOWN = "2019-06-29"
ARRIVALS = """\
Reporting date;Town;Individuals;Organisation;Remark
2019-06-27;Sucre;120;Red Cross;x
2019-06-28;Sucre;300;Red Cross;
"""
FAULTY = """\
date,place,people,who,source
2019-06-27,Sucre,1.200,A,b
2019-06-31,Sucre,5,A,b
,Qqqq,5,A,b
,Sucre,5,A,
,Sucre,7,A,b
"""
MATCH = "Reporting date=date,Town=place,Individuals=people,Organisation=who"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    done = command("new", "it", "--country", "BOL", "--as-of", "2019-06-30", "--places", "8", cwd=folder)
    assert done.returncode == 0
    return folder / "it"


@pytest.fixture
def crisis(made: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "it"
    copy.mkdir()
    for path in made.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    return copy


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "given.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_of_other_names_are_offered_then_remembered(crisis: Path, tmp_path: Path) -> None:
    path = written(tmp_path, ARRIVALS)
    with pytest.raises(UsageError) as offered:
        add_list(crisis, "count", path, source="DTM", known_at=KNOWN)
    for pair in ("Town=place", "Individuals=people", "Organisation=who"):
        assert pair in str(offered.value)
    added = add_list(crisis, "count", path, match=MATCH, source="DTM", known_at=KNOWN)
    assert [row["value"] for row in added.rows] == [120, 300]
    assert added.not_used == ["Remark"]
    assert open_crisis(crisis).as_read("counts")["value"].to_list() == [120, 300]
    later = written(tmp_path, ARRIVALS.replace("300", "450").replace("06-28", "06-29"))
    again = add_list(crisis, "count", later, source="DTM", known_at="2019-06-30")
    assert again.matched["Individuals"] == "people"
    assert (crisis / MATCHES).is_file()
    assert command("check", str(crisis), cwd=tmp_path).returncode == 0


def test_a_file_with_faults_adds_nothing_and_names_every_line(crisis: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in crisis.iterdir()}
    with pytest.raises(CrisisError) as wrong:
        add_list(crisis, "count", written(tmp_path, FAULTY), known_at=KNOWN)
    assert sorted({finding.row for finding in wrong.value.findings if finding.row}) == [2, 3, 4, 5]
    assert {path.name: path.read_bytes() for path in crisis.iterdir()} == before


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", ""),
        ("place,who\n", ""),
        ("place,place,who\nSucre,Sucre,A\n", ""),
        ("place,who\nSucre,A\n", "where=plaace"),
        ("place,who\nSucre,A\n", "who=place"),
        ('place,who\n"Sucre,A\n', ""),
    ],
)
def test_files_that_cannot_be_read_are_refused_in_words(
    crisis: Path, tmp_path: Path, text: str, match: str
) -> None:
    with pytest.raises((UsageError, CrisisError)) as wrong:
        add_list(crisis, "control", written(tmp_path, text), match=match, source="b", known_at=KNOWN)
    assert "Traceback" not in str(wrong.value)


@pytest.mark.parametrize("what", KINDS)
def test_a_blank_workbook_offers_places_and_permitted_values(crisis: Path, tmp_path: Path, what: str) -> None:
    form = tmp_path / f"{what}.xlsx"
    assert command("add", str(crisis), what, "--blank", str(form), cwd=tmp_path).returncode == 0
    sheet = load_workbook(form)[what]
    assert [cell.value for cell in sheet[1]] == [field.name for field in fields_of(what)]
    offered = " ".join(str(rule.formula1) for rule in sheet.data_validations.dataValidation)
    assert all(value in offered for field in fields_of(what) for value in field.values)


def test_a_filled_in_workbook_is_added(crisis: Path, tmp_path: Path) -> None:
    form = tmp_path / "control.xlsx"
    assert command("add", str(crisis), "control", "--blank", str(form), cwd=tmp_path).returncode == 0
    book = load_workbook(form)
    head = [cell.value for cell in book["control"][1]]
    row = {"date": "2019-06-20", "place": "Sucre", "who": "Government", "source": "https://example.org/c"}
    book["control"].append([row.get(name) for name in head])
    book["control"].append([{**row, "place": "Oruro"}.get(name) for name in head])
    book.save(form)
    done = command("add", str(crisis), "control", "--from", str(form), "--known-at", KNOWN, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert open_crisis(crisis).as_read("control")["place"].to_list() == ["sucre", "oruro"]
    book["control"].append(["=1+1"])
    book.save(form)
    assert command("add", str(crisis), "control", "--from", str(form), cwd=tmp_path).returncode == 1
