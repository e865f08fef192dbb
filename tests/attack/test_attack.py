"""The short form of the attack: each part is tried, and nothing falls."""

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from attack import PARTS


@pytest.mark.parametrize("name", PARTS)
def test_nothing_falls(name, tmp_path):
    _, seconds, part = PARTS[name]
    tried = list(part(tmp_path, time.monotonic() + seconds, True))
    assert tried
    assert not [(what, how) for what, how in tried if how]
