"""What the check passes, the run completes: over settings that nobody chose with care."""

from __future__ import annotations

import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forestall.checks import check_crisis
from forestall.core.errors import CrisisError, Finding, UsageError
from forestall.crisis import open_crisis
from forestall.drafting import draft
from forestall.options import MODELS
from forestall.runs import run
from valley import VALLEY

VALUES = st.one_of(
    st.sampled_from(["0", "1", "-1", "2.5", "true", "false", '""', '"0"', '"3 days"', '"nowhere"', "[]"]),
    st.integers(-3, 400).map(str),
    st.floats(0, 1).map(lambda share: f"{share:.3f}"),
)
VERBS = ("warn", "displace", "prepare", "act")
OPTIONS = sorted((verb, name) for verb in VERBS for name in MODELS[verb].model_fields)
BOUND = {"draws", "seed", "workers", "samples"}
"""Options that say how much is computed, kept small here."""
CHANGES = st.tuples(st.sampled_from([option for option in OPTIONS if option[1] not in BOUND]), VALUES)


CRISES = {
    "valley": "2024-12-15",
    "karabakh-2023": "2023-09-10",
    "ukraine-2022": "2022-03-05",
    "TGO": "2023-06-30",
}
"""The crisis of the tests, both shipped ones, and one drawn up from public tables; each at a moment."""


@cache
def original(name: str) -> Path:
    """Return the folder of a crisis; the one drawn up is written once."""
    if name == "valley":
        return VALLEY
    if len(name) > 3:
        return Path(str(files("forestall").joinpath("crises", name)))
    folder = Path(tempfile.mkdtemp()) / name
    draft(name, as_of=CRISES[name], places=8).crisis.save(folder)
    return folder


def changed(place: Path, crisis: str, section: str, name: str, value: str) -> Path:
    """Return a copy of a crisis in which one option is another, whatever it was."""
    folder = Path(shutil.copytree(original(crisis), place / "crisis"))
    path = folder / "crisis.toml"
    kept, inside = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        inside = line.strip() if line.startswith("[") else inside
        if not (inside == f"[{section}]" and line.split(" =")[0] == name):
            kept.append(line)
    if f"[{section}]" not in kept:
        kept.append(f"[{section}]")
    kept.insert(kept.index(f"[{section}]") + 1, f"{name} = {value}")
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert tomllib.loads(path.read_text(encoding="utf-8"))[section][name] is not None
    return folder


def refused(found: Iterable[Finding]) -> bool:
    """Tell whether findings keep a run from beginning."""
    return any(finding.severity == "error" for finding in found)


def run_if_checked(name: str, section: str, option: str, value: str) -> bool:
    """Run a changed crisis where the check passes it; return whether it did."""
    with tempfile.TemporaryDirectory() as place:
        folder, moment = changed(Path(place), name, section, option, value), CRISES[name]
        if refused(check_crisis(folder)):
            return False
        crisis = open_crisis(folder)
        if refused(check_crisis(crisis.at(moment))):
            return False
        assert "response_timeline" in run(crisis, as_of=moment, draws=5, seed=1).crisis
        return True


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(change=CHANGES)
def test_what_the_check_passes_the_run_completes(change: tuple[tuple[str, str], str]) -> None:
    (section, option), value = change
    run_if_checked("valley", section, option, value)


@pytest.mark.parametrize("name", ["karabakh-2023", "ukraine-2022", "TGO"])
def test_so_it_is_on_other_crises(name: str) -> None:
    @settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(change=CHANGES)
    def holds(change: tuple[tuple[str, str], str]) -> None:
        run_if_checked(name, *change[0], change[1])

    holds()


@pytest.mark.parametrize(
    ("section", "option", "value"),
    [
        ("warn", "model", '"nowhere"'),
        ("displace", "counted_at", '"nowhere"'),
        ("prepare", "budget", '"3 days"'),
        ("act", "quiet", '"nowhere"'),
    ],
)
def test_a_check_that_found_nothing_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch, section: str, option: str, value: str
) -> None:
    """The test above can fail: with a check that is blind, the run that it lets begin breaks off."""
    assert run_if_checked("valley", section, option, value) is False
    monkeypatch.setattr(sys.modules[__name__], "check_crisis", lambda _: [])
    with pytest.raises((CrisisError, UsageError)):
        run_if_checked("valley", section, option, value)
