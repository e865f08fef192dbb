"""Imports go one way, and the package loads at once."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "forestall"
LAYERS = (
    ("core",),
    ("world",),
    ("engines",),
    ("schema",),
    ("store",),
    ("options",),
    ("settings",),
    ("crisis",),
    ("war", "roads", "hindsight"),
    ("scoring",),
    ("checks", "recording", "warning", "displacement", "preparedness", "action", "claims", "peace"),
    ("fetching",),
    ("stages",),
    ("runs", "nowcasting"),
    ("alerts",),
    ("watch",),
    ("drafting", "outlook", "pressure"),
    ("scenarios",),
    ("evaluation",),
    ("reporting",),
    ("serving",),
    ("cli",),
    ("flee",),
    ("learning",),
)

STAGES = ("recording", "warning", "displacement", "preparedness", "action", "claims")
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def _part(module: str) -> str:
    return module.split(".")[1]


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
    return {name for name in found if name.startswith("forestall.")}


MODULES = sorted(p for p in SOURCE.rglob("*.py") if p.parent != SOURCE or p.name != "__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_one_way(path: Path) -> None:
    own = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    for module in _imports(path):
        other = _part(module)
        assert own == other or LEVEL[other] < LEVEL[own], f"{path} imports {module}"


def test_the_engine_of_the_peer_stands_alone() -> None:
    used = {m for path in (SOURCE / "flee").rglob("*.py") for m in _imports(path)}
    assert {m for m in used if _part(m) in STAGES} == set()


def test_every_part_has_a_level() -> None:
    parts = {p.relative_to(SOURCE).parts[0].removesuffix(".py") for p in MODULES}
    assert parts <= LEVEL.keys()


def test_the_package_loads_without_heavy_libraries() -> None:
    heavy = ("polars", "numpy", "numba", "scipy", "duckdb")
    code = f"import sys, forestall; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_public_names_are_there_and_few() -> None:
    import forestall

    assert len(forestall.__all__) <= 20
    for name in forestall.__all__:
        assert getattr(forestall, name) is not None


def test_print_only_in_the_command_line() -> None:
    for path in MODULES:
        if path.relative_to(SOURCE).parts[0] == "cli":
            continue
        calls = [
            node.func.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
        assert "print" not in calls, path
