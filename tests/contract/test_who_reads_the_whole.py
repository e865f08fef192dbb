"""Only checks, scores and what writes tables may see what came later than a moment; each says why."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "forestall"
WHOLE = {
    "checks/every.py": "checks look at every row",
    "claims/judge.py": "statements are checked against all there is where no moment is given",
    "cli/acting.py": "verbs without a moment look at all there is",
    "cli/pressure.py": "verbs without a moment look at all there is",
    "evaluation/replay.py": "a score needs what happened",
    "flee/engine/from_tables.py": "an instance of the peer has no moment of knowledge",
    "reporting/desk.py": "the outcome is shown beside the forecast, and marked",
}
AS_READ = {
    "action/append.py": "a new row is laid beside those there are",
    "drafting/adding.py": "a new row is checked among those there are",
    "drafting/form.py": "places to choose from",
    "recording/append.py": "a new row is laid beside those there are",
    "recording/from_store.py": "names of places and sources only",
    "recording/sources.py": "which countries are asked for",
    "recording/writing.py": "what is written is what was read, with more",
    "runs.py": "queries are looked at before anything runs, their answers come later",
}


def called(text: str, name: str) -> bool:
    """Tell whether a module calls a method of that name."""
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Attribute) and call.func.attr == name for call in calls)


def callers(name: str) -> Iterator[str]:
    """Yield the modules that call a method of that name."""
    for path in sorted(SOURCE.rglob("*.py")):
        if called(path.read_text(encoding="utf-8"), name):
            yield path.relative_to(SOURCE).as_posix()


@pytest.mark.quick
@pytest.mark.parametrize(("name", "known"), [("everything", WHOLE), ("as_read", AS_READ)])
def test_who_may_see_what_came_later_is_listed_with_the_reason(name: str, known: dict[str, str]) -> None:
    assert set(callers(name)) == set(known)


@pytest.mark.quick
def test_no_stage_sees_what_came_later() -> None:
    stages = ("warning/", "displacement/", "preparedness/", "action/stage.py", "war/", "peace/", "pressure/")
    assert not [module for module in (*WHOLE, *AS_READ) if module.startswith(stages)]


@pytest.mark.quick
def test_a_call_is_seen() -> None:
    assert called("def f(crisis):\n    return crisis.everything()", "everything")
    assert not called("# crisis.everything()", "everything")
