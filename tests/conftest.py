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
