"""What the check passes, the run completes: over settings that nobody chose with care."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forestall.checks import check_crisis
from forestall.crisis import open_crisis
from forestall.options import MODELS
from forestall.runs import run
from valley import copy_valley

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


def changed(folder: Path, section: str, name: str, value: str) -> Path:
    """Return a copy of the crisis in which one option is another, whatever it was."""
    crisis = copy_valley(folder)
    path = crisis / "crisis.toml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.split(" =")[0] != name]
    if f"[{section}]" not in lines:
        lines.append(f"[{section}]")
    lines.insert(lines.index(f"[{section}]") + 1, f"{name} = {value}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert tomllib.loads(path.read_text(encoding="utf-8"))[section][name] is not None
    return crisis


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(change=CHANGES)
def test_what_the_check_passes_the_run_completes(change: tuple[tuple[str, str], str]) -> None:
    (section, name), value = change
    with tempfile.TemporaryDirectory() as place:
        folder = changed(Path(place), section, name, value)
        moment = "2024-12-15"
        if any(finding.severity == "error" for finding in check_crisis(folder)):
            return
        crisis = open_crisis(folder)
        if any(finding.severity == "error" for finding in check_crisis(crisis.at(moment))):
            return
        assert "response_timeline" in run(crisis, as_of=moment, draws=5, seed=1).crisis
