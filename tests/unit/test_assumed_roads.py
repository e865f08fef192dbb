"""What was assumed to fill a table is not told as a fact about a road."""

import pytest

from forestall.crisis import Crisis
from forestall.drafting import draft
from forestall.reporting.desk import Desk
from forestall.reporting.pages.standing import ways_out


@pytest.fixture(scope="module")
def drafted() -> Crisis:
    """A crisis drawn up from public tables: every status of a road is an assumption."""
    return draft("TGO", as_of="2022-06-30", places=12).crisis.at("2022-06-30")


def test_an_assumed_status_is_no_way_out_that_a_brief_speaks_of(drafted: Crisis) -> None:
    assert drafted["corridor_status"]["basis"].unique().to_list() == ["assumption"]
    assert ways_out(Desk(drafted)) == []
