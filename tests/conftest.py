"""What all tests share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of reference material; the test is skipped with the reason where it is absent."""
    folder = Path(os.environ.get("FORESTALL_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"reference material is not at {folder}; set FORESTALL_SHARED to its folder")
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """Folder of the repository."""
    return ROOT


QUICK = (
    "contract/test_imports.py",
    "docs/test_contributing.py",
    "unit/test_act_ledger.py",
    "unit/test_act_triggers.py",
    "unit/test_checks.py",
    "unit/test_cli_tables.py",
    "unit/test_crisis.py",
    "unit/test_flee_import.py",
    "unit/test_prepare_needs.py",
    "unit/test_reading.py",
    "unit/test_record.py",
    "unit/test_reporting_charts.py",
    "unit/test_sampling.py",
    "unit/test_schema.py",
    "unit/test_xlsx.py",
)
"""Files whose tests take little time together; `make quick` runs those."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the quick files."""
    for item in items:
        if item.path.as_posix().endswith(QUICK):
            item.add_marker(pytest.mark.quick)
