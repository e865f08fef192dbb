"""All options resolved once: the plan, who reads it, and what is said of a wrong one."""

import csv
import json
import re
from pathlib import Path

import pytest

from forestall.checks import check_crisis
from forestall.core.errors import CrisisError
from forestall.crisis import open_crisis
from forestall.options import MODELS, Plan, resolve
from forestall.options.docs import option_rows
from forestall.runs import plan_of, read_run, run
from forestall.settings import SECTIONS
from valley import command, copy_valley

MOMENT = "2024-12-15"
SOURCE = Path(__file__).resolve().parents[2] / "src" / "forestall"


def test_the_seed_of_the_command_stands_in_the_brief(tmp_path: Path) -> None:
    copy_valley(tmp_path)
    done = command("run", "valley", "--seed", "7", "--draws", "20", "--out", "run", "--quiet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    brief = (tmp_path / "run" / "record.html").read_text(encoding="utf-8")
    assert _value_of(brief, "Seed") == "7"
    again = command("report", "run", "--crisis", "valley", "--out", "again.html", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert _value_of((tmp_path / "record.html").read_text(encoding="utf-8"), "Seed") == "7"


def _value_of(page: str, name: str) -> str:
    """Return what stands beside a name in the table of methods."""
    rest = page.split(f">{name}<", 1)[1]
    cell = rest.split("<td", 1)[1].partition(">")[2]
    return cell.partition("<")[0].strip()


def test_the_threshold_that_was_chosen_is_the_one_that_is_said(tmp_path: Path) -> None:
    folder = copy_valley(tmp_path)
    with (folder / "crisis.toml").open("a", encoding="utf-8") as file:
        file.write("\n[warn]\nevent_deaths = 100\n")
    done = command("run", "valley", "--as-of", MOMENT, "--draws", "20", "--out", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    brief = (tmp_path / "run" / "record.html").read_text(encoding="utf-8")
    for page in (brief, done.stdout):
        assert "25 deaths" not in page
    assert "100 deaths" in done.stdout


def test_the_plan_is_written_and_read_back(tmp_path: Path) -> None:
    crisis = open_crisis("karabakh-2023")
    done = run(crisis, as_of="2023-01-15", draws=20, seed=7, until="record", out=tmp_path / "run")
    assert done.crisis.plan == plan_of(read_run(tmp_path / "run")[0])
    assert done.crisis.plan == plan_of(json.loads(json.dumps(done.record)))
    assert {done.crisis.plan.section(name).seed for name in ("warn", "displace", "prepare", "act")} == {7}


def test_what_is_chosen_for_one_section_stands_above_the_whole() -> None:
    plan = resolve({"warn": {"draws": 50}}, draws=10)
    assert (plan.warn.draws, plan.displace.draws) == (50, 10)
    assert plan.changed(draws=99).warn.draws == 99
    with pytest.raises(Exception, match="frozen"):
        plan.seed = 3


def test_a_saved_crisis_has_the_options_it_went_by(tmp_path: Path) -> None:
    crisis = open_crisis("karabakh-2023").with_options("warn", event_deaths=100, draws=17)
    assert open_crisis(crisis.save(tmp_path / "copy")).plan == crisis.plan


@pytest.mark.parametrize(
    ("section", "text", "column", "said"),
    [
        ("report", "publik_detail = true", "report.publik_detail", "public_detail"),
        ("earlier", 'lead_spread = "wide"', "earlier.lead_spread", "a number"),
        ("earlier", "dates = 3", "earlier.dates", "a list in square brackets"),
        ("earlier", 'dates = [{ name = "a" }]', "earlier.dates.0.ordered", "missing"),
        ("warn", 'model = "poool"', "warn.model", "pool"),
        ("warn", 'model = "learn"', "warn.model", "unknown model"),
        ("warn", 'odds_months = "all"', "warn.odds_months", "a list in square brackets"),
        ("warn", "draws = 0", "warn.draws", "at least 1"),
        ("prepare", 'budget = "5 MEUR"', "prepare.budget", "USD"),
        ("prepare", 'climate = "mild"', "prepare.climate", "'cold'"),
        ("displace", 'counted_at = "nowhere"', "displace.counted_at", "places.csv"),
        ("displace", 'reception = ["nowhere"]', "displace.reception", "places.csv"),
        ("displace", "flee = { max_move_sped = 3 }", "displace.flee.max_move_sped", "max_move_speed"),
        ("displace", "fixed = { fera = 3.0 }", "displace.fixed", "fear"),
        ("act", 'warning_events = ["E999"]', "act.warning_events", "events.csv"),
        ("act", 'quiet = "soon"', "act.quiet", "duration"),
        ("record", "release_months = 1.5", "record.release_months", "a whole number"),
    ],
)
def test_check_finds_every_wrong_option_in_plain_words(
    section: str, text: str, column: str, said: str, tmp_path: Path
) -> None:
    folder = copy_valley(tmp_path)
    path = folder / "crisis.toml"
    path.write_text(_without_section(path.read_text(), "displace") + f"\n[{section}]\n{text}\n")
    found = [f for f in check_crisis(folder) if f.column == column]
    assert [f.severity for f in found] == ["error"], check_crisis(folder)
    assert said in str(found[0])
    for foreign in ("Input should", "valid ", "Value error", "ctx", "type="):
        assert foreign not in str(found[0])


def _without_section(text: str, section: str) -> str:
    return text.partition(f"[{section}]")[0]


def test_faults_of_all_sections_are_listed_together() -> None:
    with pytest.raises(CrisisError) as caught:
        resolve({"report": {"row_shown": 3}, "earlier": {"budget": 5}, "act": {"draws": -1}})
    assert [f.column for f in caught.value.findings] == ["act.draws", "report.row_shown", "earlier.budget"]
    assert caught.value.findings[1].nearest == "rows_shown"


def test_nobody_reads_the_raw_sections_but_the_plan_and_the_file() -> None:
    readers = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if "settings.options" in path.read_text(encoding="utf-8")
    }
    assert readers == {"crisis.py", "settings.py"}


def test_every_section_of_crisis_toml_has_its_model() -> None:
    assert set(MODELS) == set(SECTIONS)
    assert set(Plan.model_fields) == {"seed", "draws", *MODELS}


def test_every_option_is_documented_with_type_and_meaning() -> None:
    rows = {(row.section, row.name): row for row in option_rows()}
    for section, model in MODELS.items():
        assert {name for where, name in rows if where == section} == set(model.model_fields)
    own = [row for row in rows.values() if not row.section.startswith("displace.flee")]
    assert all(row.type and row.meaning for row in own)
    assert rows["warn", "event_deaths"].unit == "deaths"
    assert (rows["prepare", "lead_time"].unit, rows["prepare", "lead_time"].default) == (
        "with its unit",
        '"14 days"',
    )


def test_the_options_are_shown_by_the_schema(tmp_path: Path) -> None:
    done = command("schema", "options", "--json", cwd=tmp_path)
    assert {row["section"] for row in json.loads(done.stdout)} >= {"", *MODELS}
    assert "## [warn]" in command("schema", "options", cwd=tmp_path).stdout


def test_the_check_of_a_moment_says_what_only_that_moment_lacks(tmp_path: Path) -> None:
    copy_valley(tmp_path)
    assert command("check", "valley", cwd=tmp_path).returncode == 0
    early = command("check", "valley", "--as-of", "2019-01-02", cwd=tmp_path)
    assert early.returncode == 1
    assert "as of 2019-01-02" in early.stdout + early.stderr
    assert command("check", "valley", "--as-of", MOMENT, cwd=tmp_path).returncode == 0


def test_every_option_says_what_it_means_and_where_it_comes_from() -> None:
    rows = option_rows()
    assert [f"{row.section}.{row.name}" for row in rows if not (row.type and row.meaning)] == []
    assert [f"{row.section}.{row.name}" for row in rows if row.section and not row.reference] == []
    pages = {found for row in rows for found in re.findall(r"docs/[\w-]+\.md", row.reference)}
    assert pages
    assert [page for page in pages if not (SOURCE.parents[1] / page).is_file()] == []


def test_every_reference_is_of_an_option() -> None:
    names = {f"{row.section}.{row.name}" for row in option_rows()}
    sections = {row.section for row in option_rows()}
    text = (SOURCE / "options" / "references.csv").read_text(encoding="utf-8")
    known = [row["option"] for row in csv.DictReader(text.splitlines())]
    wrong = [
        key
        for key in known
        if key not in names and not (key.startswith("*.") or key.removesuffix(".*") in sections)
    ]
    assert wrong == []
