"""The reckoning: each place beside its own counts, a total only of the same places."""

import pytest

from brief_tables import displaced
from forestall.crisis import open_crisis
from forestall.reporting.desk import Desk
from forestall.reporting.reckoning import by_place, counts_of
from forestall.reporting.sections.verdict import show_verdict

SEVEN = {"belarus", "hungary", "moldova", "poland", "romania", "russia", "slovakia"}


@pytest.fixture(scope="module")
def desk() -> Desk:
    """A crisis with seven countries that count and regions inside that do not."""
    opened = open_crisis("ukraine-2022")
    return Desk(displaced(opened.at("2022-03-14"), draws=40), opened.everything())


def test_each_place_is_held_against_its_own_counts(desk: Desk) -> None:
    """No country's band is compared with the count of another."""
    rows = {row.place: row for row in by_place(desk, "unconditional")}
    assert set(rows) == SEVEN
    assert rows["moldova"].counted < 600_000
    assert rows["poland"].counted > 2_000_000
    assert all(row.known is not None and row.known < row.counted for row in rows.values())
    assert all(row.compared >= row.inside >= 0 for row in rows.values())


def test_no_total_is_compared_where_other_places_were_not_counted(desk: Desk) -> None:
    """People inside were not counted on arrival: the sum of all places has no count."""
    assert counts_of(desk, "ALL") == []
    assert {c.people for c in counts_of(desk, "belarus")} < set(range(100_000))


def test_a_revised_count_stands_once(desk: Desk) -> None:
    """One count a moment, the newest vintage known then, or the newest of later ones."""
    for place in SEVEN:
        at = [count.at for count in counts_of(desk, place)]
        assert at == sorted(set(at))


def test_the_verdict_says_places_in_words(desk: Desk) -> None:
    """A reader is told how many places were right, beside what was known."""
    said = str(show_verdict(desk))
    assert "of 7 places" in said
    assert "The median was closer than the last count known then" in said
    assert "not held against a count" in said
