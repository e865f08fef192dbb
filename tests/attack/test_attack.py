"""The short form of the attack: each part is tried, and nothing falls."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import hindsight
import same
from until import Until

from attack import PARTS
from forestall.crisis import open_crisis
from valley import VALLEY


@pytest.mark.parametrize("name", PARTS)
def test_nothing_falls(name, tmp_path):
    _, (seconds, floor), part = PARTS[name]
    tried = list(part(tmp_path, Until(seconds, floor), True))
    assert len(tried) >= floor
    assert not [(what, how) for what, how in tried if how]


def test_refusals_are_not_equal_tables():
    refused = {"refused": "error: nothing known"}
    assert same._differ(refused, refused).startswith("nothing compared")
    assert same._differ({"gaps.csv": "a"}, {"gaps.csv": "a"}) == ""


def test_a_moment_before_anything_is_known_is_no_comparison():
    assert hindsight._differs(open_crisis(VALLEY), "1999-01-01").startswith("nothing compared")
